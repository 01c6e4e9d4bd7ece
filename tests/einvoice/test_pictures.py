"""A picture is refused by its header before a pixel of it is decoded."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import pytest
from PIL import Image

from pos.einvoice.pictures import LARGEST, MOST_BYTES, read_picture


def png(width: int, height: int) -> bytes:
    """Return a PNG with this size in its header and almost no data."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def drawn(kind: str, size: tuple[int, int] = (40, 20), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 0).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    "size",
    [(20_000, 20_000), (12_000, 9_000), (2_001, 2_000), (10_001, 1), (1, 10_001), (2**31 - 1, 2**31 - 1), (0, 9)],
)
def test_a_picture_too_large_is_refused_and_not_decoded(size: tuple[int, int]) -> None:
    Image.init()  # Pillow loads its formats once
    tracemalloc.start()
    try:
        assert read_picture(png(*size)) is None
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_common_pictures_are_read(kind: str) -> None:
    found = read_picture(drawn(kind))
    assert found is not None
    assert (found.size, found.mode) == ((40, 20), "L")


def test_transparent_parts_are_white() -> None:
    found = read_picture(drawn("PNG", mode="RGBA"))
    assert found is not None
    assert found.getpixel((3, 3)) == 255


@pytest.mark.parametrize("kind", ["EPS", "TIFF", "ICO", "PPM", "PCX", "TGA", "PDF"])
def test_other_formats_are_not_read(kind: str) -> None:
    assert read_picture(drawn(kind, (32, 32))) is None


@pytest.mark.parametrize("raw", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", b"BM" + b"\0" * 60, b"<svg/>"])
def test_an_invalid_picture_is_none(raw: bytes) -> None:
    assert read_picture(raw) is None


def test_a_file_of_many_bytes_is_refused() -> None:
    assert read_picture(drawn("PNG") + b"\0" * MOST_BYTES) is None
    assert read_picture(drawn("PNG", (2_000, LARGEST // 2_000))) is not None
