"""A font with Chinese, found on this machine. Without one nothing is printed: boxes are no receipt."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import ImageFont

from pos.errors import ConfigError
from pos.i18n import N_

REGULAR: Final = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 3),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 3),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc", 3),
    ("/System/Library/Fonts/PingFang.ttc", 1),
    ("C:/Windows/Fonts/msjh.ttc", 0),
)
BOLD: Final = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 3),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc", 3),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Bold.ttc", 3),
    ("/System/Library/Fonts/PingFang.ttc", 7),
    ("C:/Windows/Fonts/msjhbd.ttc", 0),
)
"""Files and the number of the Traditional Chinese face in each."""


@lru_cache(maxsize=32)
def font(pixels: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """A face of ``pixels`` em. Raises ConfigError where this machine has none."""
    path, face = font_file(bold=bold)
    return ImageFont.truetype(path, pixels, index=face)


def font_file(*, bold: bool = False) -> tuple[str, int]:
    """The file and the number of the face in it. Raises ConfigError where this machine has none."""
    for path, face in BOLD if bold else REGULAR:
        if Path(path).is_file():
            return path, face
    hint = os.environ.get("WINDIR")
    raise ConfigError(N_("No Chinese font was found for printing. Install Noto Sans CJK."), hint or "")
