"""The drawing of a proof: legal heights, whole dots, the fixed order of lines, and readable codes."""

from __future__ import annotations

import io
import itertools
import string
from typing import Any

import pytest
from barcode.codex import Code39
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pos.einvoice import code39
from pos.einvoice.fonts import font
from pos.einvoice.payload import Proof, read_proof
from pos.einvoice.qr import GAP, LARGEST_VERSION, SMALLEST_VERSION, module_size, pair
from pos.einvoice.receipt_canvas import WIDTH, ReceiptCanvas
from pos.einvoice.render import PROOF_ROWS, detail_sheet, proof_sheet
from pos.errors import InputError
from tests.einvoice.samples import COMPANY, MOF, SEED, codes_of, read_codes

DARK = 0


def ink(image: Image.Image) -> tuple[int, int, int, int]:
    """Return the box around everything black."""
    found = image.convert("L").point(lambda grey: 255 - grey).getbbox()
    assert found is not None
    return found


def of_version(version: int) -> str:
    """Return the longest left code that fits into a version."""
    bytes_at_l = (134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644)
    return str(SEED["left_qrcode"])[:77].ljust(bytes_at_l[version - 6], "x")


@pytest.mark.parametrize("found", [SEED, MOF, COMPANY])
@pytest.mark.parametrize("copy", [False, True])
def test_a_scanner_reads_all_three_codes_from_the_bitmap(found: dict[str, Any], copy: bool) -> None:
    sheet = proof_sheet(read_proof(found), "十全茶行", copy=copy)
    assert read_codes(sheet.image) == codes_of(found)
    assert (sheet.image.mode, sheet.image.width) == ("1", WIDTH)


def test_smaller_modules_are_read_too() -> None:
    left = MOF["left_qrcode"] + "延長的品名" * 6 + ":1:1:"
    sheet = proof_sheet(read_proof(MOF | {"left_qrcode": left}), "", copy=False)
    assert read_codes(sheet.image) == {left, MOF["middle_barcode"], MOF["right_qrcode"]}


def test_details_are_a_separate_sheet_for_a_consumer_and_on_the_same_strip_for_a_company() -> None:
    consumer, company = read_proof(MOF), read_proof(COMPANY)
    assert proof_sheet(consumer, "", copy=False).height == PROOF_ROWS
    assert proof_sheet(company, "", copy=False).height > PROOF_ROWS + 200
    assert detail_sheet(consumer, "十全茶行").height > 200


@given(st.text(alphabet=string.digits + string.ascii_uppercase + "-. $/+%", min_size=1, max_size=19))
def test_code_39_equals_that_of_another_library(text: str) -> None:
    assert code39.modules(text) == Code39(text, add_checksum=False).build()[0]


def test_nineteen_characters_are_335_dots() -> None:
    assert len(code39.modules(SEED["middle_barcode"])) == 335


@pytest.mark.parametrize("text", ["", "a", "*", "A*B", "中", "A\n"])
def test_characters_without_a_barcode_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        code39.modules(text)


@pytest.mark.parametrize(
    ("version", "module"),
    [(6, 4), (7, 3), (8, 3), (9, 3), (10, 3), (11, 2), (12, 2), (13, 2), (14, 2), (15, 2), (16, 2), (17, 2)],
)
def test_both_codes_are_of_one_size_and_on_whole_dots(version: int, module: int) -> None:
    left, right = pair(of_version(version), "**")
    side = 17 + 4 * version
    assert len(left) == len(right) == side
    assert module_size(side, WIDTH) == module
    assert side * module >= 120
    assert 2 * side * module + GAP <= WIDTH
    canvas = ReceiptCanvas()
    canvas.codes(0, (left, right))
    image = canvas.bitmap(side * module).image
    x0 = (WIDTH - 2 * side * module - GAP) // 2
    for matrix, x in ((left, x0), (right, x0 + side * module + GAP)):
        box = image.crop((x, 0, x + side * module, side * module))
        small = box.resize((side, side), Image.Resampling.NEAREST)
        seen = tuple(tuple(small.getpixel((c, r)) == DARK for c in range(side)) for r in range(side))
        assert seen == matrix


def test_a_text_longer_than_version_17_is_refused() -> None:
    assert (SMALLEST_VERSION, LARGEST_VERSION) == (6, 17)
    for length in (645, 5000):
        with pytest.raises(InputError, match="too long"):
            pair("x" * length, "**")


def test_nothing_is_drawn_outside_the_head_and_the_bars_have_their_quiet_zone() -> None:
    sheet = proof_sheet(read_proof(SEED), "店" * 40, copy=True)
    left, _top, right, bottom = ink(sheet.image)
    assert (left >= 0, right <= WIDTH, bottom <= PROOF_ROWS) == (True, True, True)
    row = [x for x in range(WIDTH) if sheet.image.getpixel((x, 350)) == DARK]
    assert (row[0], row[-1]) == (24, 358)


def height_of(text: str, pixels: int, bold: bool) -> int:
    canvas = ReceiptCanvas()
    canvas.text(10, text, pixels, bold=bold, side="centre")
    _left, top, _right, bottom = ink(canvas.bitmap(120).image)
    return bottom - top


def test_letters_have_the_height_that_the_law_requires() -> None:
    for title, pixels in (("電子發票證明聯", 46), ("電子發票證明聯補印", 42)):
        assert height_of(title, pixels, True) >= 40
        assert font(pixels, bold=True).getlength(title) <= WIDTH
    assert height_of("0123456789", 54, True) >= 40
    assert height_of("0123456789", 24, False) >= 16


def test_every_track_fits() -> None:
    face = font(54, bold=True)
    for letters in itertools.product(string.ascii_uppercase, repeat=2):
        left, _top, right, _bottom = face.getbbox(f"{''.join(letters)}-00000000")
        assert right - left <= WIDTH


def test_the_longest_sum_fits_beside_the_random_code() -> None:
    face = font(24)
    assert face.getlength("隨機碼 9999") + face.getlength("總計 99999999") + 32 <= WIDTH
    assert face.getlength("賣方 28915188") + face.getlength("買方 28915188") + 32 <= WIDTH


def test_a_proof_longer_than_its_paper_is_refused() -> None:
    with pytest.raises(InputError, match="longer than the paper"):
        proof_sheet(read_proof(SEED), "", copy=False, rows=500)


def lines_of(proof: Proof, copy: bool) -> list[tuple[int, str]]:
    """Return the texts of a proof with their y, from top to bottom."""
    from pos.einvoice import render

    seen: list[tuple[int, str]] = []

    class RecordingCanvas(ReceiptCanvas):
        def text(self, y: int, text: str, pixels: int, **how: Any) -> int:
            seen.append((y, text))
            return super().text(y, text, pixels, **how)

    render._proof(RecordingCanvas(), proof, "十全茶行", copy)
    return sorted(seen, key=lambda one: one[0])


def test_the_lines_of_the_official_figure_in_their_order_and_nothing_else() -> None:
    assert [text for _y, text in lines_of(read_proof(SEED | {"title": ""}), False)] == [
        "十全茶行", "電子發票證明聯", "111年03-04月", "JH-00000242", "2022-04-27 16:00:43", "隨機碼 3385", "總計 10",
        "賣方 28915188",
    ]  # fmt: skip
    company = [text for _y, text in lines_of(read_proof(COMPANY), True)]
    assert "格式25" in company
    assert "買方 09876543" in company
    assert "電子發票證明聯補印" in company


def logo(size: tuple[int, int] = (300, 100), kind: str = "PNG") -> bytes:
    raw = io.BytesIO()
    Image.new("RGB", size, "black").save(raw, kind)
    return raw.getvalue()


def test_a_picture_replaces_the_name_and_the_codes_stay() -> None:
    proof = read_proof(SEED | {"title_type": 2, "title": "https://pay.usecase.cc/logo.png"})
    plain = proof_sheet(proof, "十全茶行", copy=False)
    pictured = proof_sheet(proof, "十全茶行", copy=False, picture=logo())
    assert read_codes(pictured.image) == codes_of(SEED)
    assert ink(pictured.image.crop((0, 0, WIDTH, 56)))[3] == 52  # 44 rows from row 8 on
    assert pictured.image.crop((0, 56, WIDTH, 624)).tobytes() == plain.image.crop((0, 56, WIDTH, 624)).tobytes()


@pytest.mark.parametrize("raw", [b"", b"<html>", b"\x89PNG\r\n\x1a\n", logo((4000, 4000), "GIF")])
def test_an_invalid_picture_leaves_the_name(raw: bytes) -> None:
    proof = read_proof(SEED | {"title_type": 2})
    assert (
        proof_sheet(proof, "店", copy=False, picture=raw).image.tobytes()
        == proof_sheet(proof, "店", copy=False).image.tobytes()
    )


def test_a_picture_for_a_title_falls_back_to_the_shops_name() -> None:
    proof = read_proof(SEED | {"title_type": 2, "title": "https://shop.example/logo.png"})
    assert lines_of(proof, False)[0][1] == "十全茶行"
