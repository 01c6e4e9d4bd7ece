"""Paper of any length and any text: nothing is cropped, and no empty box is printed for a character."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pos.domain.money import Money
from pos.domain.payment import Line
from pos.domain.states import State
from pos.einvoice.fonts import FALLBACKS, MISSING, font, font_file, printable
from pos.einvoice.payload import Proof, read_proof
from pos.einvoice.pdf import pdf_of
from pos.einvoice.printer import FEED
from pos.einvoice.receipt_canvas import STEP, WIDTH, Bitmap, DoesNotFit, ReceiptCanvas
from pos.einvoice.receipt_header import ReceiptHeader
from pos.einvoice.receipts import receipt
from pos.einvoice.render import detail_sheet, proof_sheet
from tests.einvoice.samples import COMPANY, MOF, codes_of, read_codes
from tests.einvoice.test_printer import RecordingPrinter, pictures, printer
from tests.einvoice.test_receipts import HEAD
from tests.support.sample import cases, examples
from tests.support.shop import attempt

NAME = "手工蜂蜜檸檬愛玉凍飲（少冰微糖加椰果）"
MOST_BLACK = 0.75
"""Share of black dots in ten rows of text, codes or rules."""


def invoice(found: dict[str, Any], items: int, name: str = NAME) -> Proof:
    """Return a published invoice with other items."""
    rows = [
        {"Description": f"{name} {number}", "Quantity": "3", "UnitPrice": "1250", "Amount": "3750"}
        for number in range(items)
    ]
    return read_proof(found | {"order_detail": json.dumps(rows)})


def blackest(sheet: Bitmap) -> float:
    """Return the largest share of black in any ten rows."""
    shares = []
    for top in range(0, sheet.height - 10, 10):
        part = sheet.image.crop((0, top, WIDTH, top + 10)).convert("L")
        shares.append(1 - sum(part.histogram()[128:]) / (WIDTH * 10))
    return max(shares)


def ends_with(sheet: Bitmap, text: str) -> bool:
    """Return whether the last line of a sheet has ``text`` at its right."""
    canvas = ReceiptCanvas()
    bottom = canvas.text(0, text, 24, side="right")
    wanted = canvas.bitmap(bottom + 6).image
    tail = sheet.image.crop((0, sheet.height - 80, WIDTH, sheet.height))
    return any(
        tail.crop((WIDTH // 2, top, WIDTH, top + 24)).tobytes() == wanted.crop((WIDTH // 2, 0, WIDTH, 24)).tobytes()
        for top in range(57)
    )


@pytest.mark.parametrize("items", cases([1, 70, 200], lambda items: items > 1))
@pytest.mark.parametrize("found", [MOF, COMPANY], ids=["consumer", "company"])
def test_every_item_and_the_total_are_on_paper_of_any_length(found: dict[str, Any], items: int) -> None:
    proof = invoice(found, items)
    sheets = [proof_sheet(proof, "十全茶行", copy=False)]
    if not proof.for_company:
        sheets.append(detail_sheet(proof, "十全茶行"))
    assert read_codes(sheets[0].image) == codes_of(found)
    assert sheets[-1].height > items * 60
    assert ends_with(sheets[-1], str(proof.total))
    assert max(map(blackest, sheets)) < MOST_BLACK


@pytest.mark.parametrize("items", cases([1, 67, 68, 200], lambda items: min(items, 68)))
def test_a_receipt_of_many_items_has_its_total_and_its_barcode(items: int) -> None:
    lines = tuple(Line(f"{NAME} {number}", Money(125, "TWD"), 9) for number in range(items))
    sheet = receipt(HEAD, attempt("261120ABCDEFGHJKMNPQ", state=State.CAPTURED, lines=lines))
    assert read_codes(sheet.image) == {"261120ABCDEFGHJKMNPQ"}
    assert sheet.height > items * 60
    assert blackest(sheet) < MOST_BLACK


@pytest.mark.parametrize("items", cases([70, 200], lambda items: items > 1))
def test_the_printer_gets_the_whole_of_a_long_company_invoice(items: int) -> None:
    paper, sheet = RecordingPrinter(), proof_sheet(invoice(COMPANY, items), "十全茶行", copy=False)
    printer(paper).send([sheet])
    printed = pictures(paper.output)
    assert printed.tobytes() == sheet.image.tobytes()
    assert read_codes(printed) == codes_of(COMPANY)
    assert paper.output.endswith(FEED)


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils renders PDFs")
@pytest.mark.parametrize("items", cases([1, 70, 200], lambda items: items > 1))
def test_a_long_company_invoice_is_one_page_of_its_pdf(tmp_path: Path, items: int) -> None:
    sheet = proof_sheet(invoice(COMPANY, items), "十全茶行", copy=False)
    (tmp_path / "a.pdf").write_bytes(pdf_of([sheet]))
    subprocess.run(["pdftoppm", "-r", "203.2", "-gray", "-png", "a.pdf", "page"], cwd=tmp_path, check=True)
    (page,) = tmp_path.glob("page-*.png")
    seen = Image.open(page)
    assert abs(seen.height - sheet.height) < 3
    assert read_codes(seen.crop((0, 0, seen.width, 700))) == codes_of(COMPANY)


def test_a_drawing_longer_than_its_paper_is_refused() -> None:
    canvas = ReceiptCanvas()
    beneath = canvas.text(3 * STEP, "總計", 24)
    with pytest.raises(DoesNotFit, match="does not fit"):
        canvas.bitmap(beneath - 8)
    assert canvas.bitmap(beneath + 1).height == beneath + 1


@pytest.mark.parametrize("side", ["left", "right", "centre"])
def test_a_line_wider_than_the_paper_is_refused(side: str) -> None:
    with pytest.raises(DoesNotFit):
        ReceiptCanvas().text(0, "寬" * 20, 24, side=side)


def test_bars_wider_than_the_paper_are_refused() -> None:
    with pytest.raises(DoesNotFit):
        ReceiptCanvas().bars(0, "A" * 24, 48)


@pytest.mark.parametrize("shop", ["店" * 60, "Supercalifragilisticexpialidocious " * 4])
def test_a_long_name_goes_on_several_lines(shop: str) -> None:
    short, long = (receipt(ReceiptHeader(one, "R1", HEAD.zone), attempt(state=State.CAPTURED)) for one in ("店", shop))
    assert long.height > short.height + 40
    assert proof_sheet(read_proof(MOF), shop, copy=False).height == 624


@pytest.mark.parametrize("amount", [999_999_999_999, 88_888_888])
def test_a_large_amount_is_not_drawn_over_its_name(amount: int) -> None:
    canvas = ReceiptCanvas()
    lines = (Line("金條", Money(amount, "TWD"), 9999),)
    paid = attempt(state=State.CAPTURED, lines=lines, amount=Money(amount * 9999, "TWD"), tendered=None)
    assert blackest(receipt(HEAD, paid)) < MOST_BLACK
    assert canvas.bitmap(1).height == 1


UNKNOWN = ["🍜", "ก", "☕", "אב", "\U0001f9cb", "ᚠ", "\U00010348"]


@pytest.mark.parametrize("text", UNKNOWN)
def test_characters_that_the_chinese_font_lacks_come_from_another_font_or_are_a_visible_mark(text: str) -> None:
    """The empty box of a missing character is never printed."""
    shown = printable(f"麵{text}", font_file(), ())
    assert shown == "麵" + MISSING * len(text)
    assert ink_of(font(24).getbbox(f"麵{text}")) > ink_of(font(24).getbbox("麵"))


def test_the_first_font_that_has_a_character_draws_it(tmp_path: Path) -> None:
    there = [file for file in FALLBACKS if Path(file[0]).is_file()]
    assert printable("麵☕א", font_file(), tuple(there)).count(MISSING) in (0, 1, 2)
    assert printable("麵", font_file(), ((str(tmp_path / "none.ttf"), 0),)) == "麵"
    assert printable("☕", font_file(), ((str(tmp_path / "none.ttf"), 0),)) == MISSING


@pytest.mark.parametrize("text", ["a\u200bb", "a\u202eb", "a\x1bb", "ab\ufe0f", "a\ue000b"])
def test_invisible_characters_are_not_printed(text: str) -> None:
    assert printable(text, font_file(), ()) == "ab"


@settings(deadline=None, max_examples=examples(60, 15))
@given(st.text(max_size=40))
def test_any_item_name_is_printed(name: str) -> None:
    lines = (Line(name, Money(125, "TWD"), 1),)
    sheet = receipt(HEAD, attempt("261120ABCDEFGHJKMNPQ", state=State.CAPTURED, lines=lines))
    assert read_codes(sheet.image) == {"261120ABCDEFGHJKMNPQ"}


def ink_of(box: tuple[float, float, float, float]) -> float:
    left, _top, right, _bottom = box
    return right - left
