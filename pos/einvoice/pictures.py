"""Pictures from outside, such as a shop's logo: only common formats, and refused by their header if they are large."""

from __future__ import annotations

import io
import struct
import warnings
from typing import Final

from PIL import Image

FORMATS: Final = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
"""Pillow knows some forty, and starts other programs for a few of them."""

LARGEST: Final = 4_000_000
"""Pixels of a picture; a printed logo has fewer than 40,000."""

LONGEST_SIDE: Final = 10_000
MOST_BYTES: Final = 4_000_000

_NO_PICTURE: Final = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error, Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # fmt: skip
"""What Pillow raises for files that are none, or too large."""


def read_picture(raw: bytes) -> Image.Image | None:
    """Return a picture on white, in shades of grey; None for what is no picture or too large.

    The size is read from the header: no pixel of a large picture is decoded.
    """
    if len(raw) > MOST_BYTES:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            found = Image.open(io.BytesIO(raw), formats=FORMATS)
        if max(found.size) > LONGEST_SIDE or found.width * found.height > LARGEST:
            return None
        return Image.alpha_composite(Image.new("RGBA", found.size, "white"), found.convert("RGBA")).convert("L")
    except _NO_PICTURE:
        return None
