"""Printed X and Z reports: sums, the code of the journal's head, and blind X reports."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pos.domain.in_process_words import InProcessLine
from pos.domain.money import Money
from pos.domain.shift import Drawer, Shift
from pos.domain.totals import EntryKind, InvoiceTotals, Scope, Span, Totals, totals
from pos.einvoice.pdf import pdf_of
from pos.einvoice.receipt_canvas import WIDTH, Bitmap, ReceiptCanvas
from pos.einvoice.receipt_header import ReceiptHeader
from pos.einvoice.shift_paper import shift_slip
from pos.exports.report import Report
from pos.i18n import use_language
from tests.einvoice.samples import read_codes
from tests.exports.days import DAY, PEOPLE, TAIPEI, booking, days, report_of, shift
from tests.support.sample import examples

HEAD = ReceiptHeader("十全茶行", "R1", TAIPEI)
HASH = hashlib.sha256(b"the last row").hexdigest()
AT = datetime(2026, 11, 20, 4, 30, 5, tzinfo=UTC)
FLYING = (
    InProcessLine("261120AAAAAAAAAAAAAA", "NT$1,250", "ATM · Waiting"),
    InProcessLine("261120WWWWWWWWWWWWWW", "NT$9", "Cash · Unknown"),
)


class RecordingCanvas(ReceiptCanvas):
    """Records the texts, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[int, str]] = []

    def text(self, y: int, text: str, pixels: int, **how: Any) -> int:
        self.seen.append((y, text))
        return super().text(y, text, pixels, **how)

    @property
    def words(self) -> list[str]:
        return [text for _y, text in self.seen]

    def after(self, label: str) -> list[int]:
        """Return the amounts after a text, in minor units."""
        return [minor(self.words[at + 1]) for at, text in enumerate(self.words) if text == label]


def minor(text: str) -> int:
    return int(re.sub("[^0-9-]", "", text.replace("−", "-")))


def drawer(*minors: int, currency: str = "TWD") -> Drawer:
    """Return a drawer whose cash was not rounded."""
    return Drawer(*(Money(one, currency) for one in (*minors, 0)))


def listened(found: Totals, kept: Drawer, one: Shift, *, z: bool = True, blind: bool = False) -> RecordingCanvas:
    canvas = RecordingCanvas()
    shift_slip(HEAD, one, kept, found, FLYING, PEOPLE, HASH, z, blind=blind, canvas=canvas)
    return canvas


def sheet(one: Shift, *, z: bool, header: ReceiptHeader = HEAD, **facts: Any) -> Bitmap:
    lines = [booking(1, EntryKind.SALE, Money(125, "TWD"), AT), booking(2, EntryKind.REFUND, Money(25, "TWD"), AT)]
    found = report_of(lines).totals
    return shift_slip(
        header, one, drawer(3000, 5200, 0, 0, 0, 0), found, FLYING, PEOPLE, facts.pop("hash", HASH), z, **facts
    )


@settings(deadline=None, max_examples=examples(15, 5))
@given(days(), st.lists(st.integers(0, 99_999_999), min_size=6, max_size=6))
def test_the_numbers_on_a_slip_add_up(report: Report, minors: list[int]) -> None:
    canvas = listened(report.totals, drawer(*minors), shift())
    parts = {label: canvas.after(label)[0] for label in ("Float", "+ Cash sales", "− Cash refunds", "+ Paid in")}
    out = canvas.after("− Paid out")[0] + canvas.after("− Drops")[0]
    expected = parts["Float"] + parts["+ Cash sales"] - parts["− Cash refunds"] + parts["+ Paid in"] - out
    assert canvas.after("= Expected") == [expected] == [drawer(*minors).expected.minor]
    assert canvas.after("Total") == [one.whole.net for one in report.totals.currencies]
    sold = [minor(canvas.words[at + 1]) for at, text in enumerate(canvas.words) if text.startswith("Sales × ")]
    back = [minor(canvas.words[at + 1]) for at, text in enumerate(canvas.words) if text.startswith("Refunds × ")]
    assert sum(sold) + sum(back) == 2 * sum(one.whole.net for one in report.totals.currencies), "tenders, then totals"


def test_the_count_is_the_sum_of_its_pieces_and_a_shortage_has_its_reason() -> None:
    canvas = listened(report_of([]).totals, drawer(3000, 5200, 0, 0, 0, 0), shift())
    pieces = [minor(canvas.words[at + 1]) for at, text in enumerate(canvas.words) if re.match(r"NT\$[0-9,]+ ×", text)]
    assert canvas.after("Counted") == [sum(pieces)] == [8190]
    assert canvas.after("Short") == [10]
    assert "Reason: 短少一個銅板" in canvas.words


@pytest.mark.parametrize(("sold", "label"), [(5190, "Balanced"), (5100, "Over"), (5300, "Short")])
def test_over_and_short_are_named(sold: int, label: str) -> None:
    canvas = listened(report_of([]).totals, drawer(3000, sold, 0, 0, 0, 0), shift())
    assert canvas.after(label) == [abs(5190 - sold)]


def test_a_z_has_its_number_and_lists_what_the_next_shift_takes_over() -> None:
    words = listened(report_of([]).totals, drawer(0, 0, 0, 0, 0, 0), shift()).words
    assert "Z report no. 12" in words
    assert "Carried over to the next shift: 2" in words
    assert {"261120AAAAAAAAAAAAAA", "ATM · Waiting", "NT$1,250", "Cash · Unknown"} <= set(words)
    assert words[-4:] == [" ".join(HASH[at : at + 4] for at in range(row, row + 16, 4)) for row in range(0, 64, 16)]


def test_a_blind_x_shows_no_figure_from_which_the_drawer_can_be_computed() -> None:
    lines = [
        booking(1, EntryKind.SALE, Money(777, "TWD"), AT, tender="cash", gateway="cash"),
        booking(2, EntryKind.SALE, Money(50, "TWD"), AT),
    ]
    found = report_of(lines).totals
    kept = drawer(3000, 777, 0, 0, 0, 0)
    words = listened(found, kept, shift(z_no=None), z=False, blind=True).words
    assert {"X report, not closed", "NT$3,000", "NT$50", "WeChat"} <= set(words)
    assert not {"NT$777", "NT$3,777", "NT$827", "Total", "= Expected"} & set(words)
    seen = listened(found, kept, shift(z_no=None), z=False).words
    assert {"NT$777", "NT$3,777", "NT$827", "Total", "= Expected"} <= set(seen)


def test_a_z_is_never_blind() -> None:
    assert "= Expected" in listened(report_of([]).totals, drawer(1, 0, 0, 0, 0, 0), shift(), blind=True).words


@pytest.mark.parametrize("language", ["en", "zh_TW"])
@pytest.mark.parametrize("z", [True, False])
def test_a_phone_reads_the_journals_head_and_nothing_leaves_the_paper(language: str, z: bool) -> None:
    use_language(language)
    one = sheet(shift(z_no=12 if z else None), z=z, blind=not z, made_at=AT)
    use_language("en")
    assert read_codes(one.image) == {HASH}
    box = one.image.convert("L").point(lambda grey: 255 - grey).getbbox()
    assert box is not None
    assert box[0] >= 14
    assert box[2] <= WIDTH - 14


def test_an_empty_journal_has_no_code() -> None:
    assert read_codes(sheet(shift(), z=True, hash="").image) == set()


def test_long_names_get_lines_of_their_own() -> None:
    found, kept = report_of([]).totals, drawer(0, 0, 0, 0, 0, 0)
    short = shift_slip(HEAD, shift(), kept, found, (), {"p9": "王小明"}, HASH, True)
    long = shift_slip(HEAD, shift(), kept, found, (), {"p9": "非常" * 20}, HASH, True)
    assert long.height > short.height + 50
    box = long.image.convert("L").point(lambda grey: 255 - grey).getbbox()
    assert box is not None
    assert box[0] >= 14


def test_many_payments_in_flight_are_all_on_the_paper() -> None:
    flying = [InProcessLine(f"261120{number:014d}", "NT$5", "ATM · Waiting") for number in range(300)]
    one = shift_slip(HEAD, shift(), drawer(0, 0, 0, 0, 0, 0), report_of([]).totals, flying, PEOPLE, HASH, True)
    assert read_codes(one.image.crop((0, one.height - 300, WIDTH, one.height))) == {HASH}


def test_hong_kong_has_no_e_invoices_and_training_is_marked() -> None:
    scope = Scope(Span.SHIFT, DAY, DAY, 3)
    kept = drawer(0, 0, 0, 0, 0, 0, currency="HKD")
    abroad = listened(totals(scope, (), InvoiceTotals()), kept, shift(currency="HKD"))
    assert "E-invoices" not in abroad.words
    marked = sheet(shift(), z=True, header=ReceiptHeader("店", "R1", TAIPEI, training=True))
    assert marked.height > sheet(shift(), z=True, header=ReceiptHeader("店", "R1", TAIPEI)).height


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils turns PDFs into pictures")
def test_the_z_as_a_pdf_keeps_its_code(tmp_path: Path) -> None:
    (tmp_path / "z.pdf").write_bytes(pdf_of([sheet(shift(), z=True)]))
    subprocess.run(["pdftoppm", "-r", "203", "-png", "z.pdf", "z"], cwd=tmp_path, check=True)
    (page,) = tmp_path.glob("z*.png")
    assert read_codes(Image.open(page)) == {HASH}
