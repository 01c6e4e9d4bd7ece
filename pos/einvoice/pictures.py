"""Read pictures such as a shop's logo: only common formats, and large ones are refused by their header."""

from __future__ import annotations

import io
import struct
import warnings
from typing import Final

from PIL import Image

FORMATS: Final = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
"""Pillow reads some forty formats, and starts other programs for a few of them."""

LARGEST: Final = 4_000_000
"""Largest picture in pixels; a printed logo has fewer than 40,000."""

LONGEST_SIDE: Final = 10_000
MOST_BYTES: Final = 4_000_000

_NO_PICTURE: Final = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error, Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # fmt: skip
"""Exceptions of Pillow for files that are not pictures, or too large."""


def read_picture(raw: bytes) -> Image.Image | None:
    """Return a picture on white, in shades of grey; None if it is too large or not a picture.

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
