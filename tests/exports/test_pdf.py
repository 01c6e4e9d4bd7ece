"""The PDF: real text that adds up, in an embedded font, on numbered pages with their headers."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings

from pos.domain.money import SIGNS, Money
from pos.domain.totals import EntryKind, month_scope
from pos.exports.pdf import as_pdf
from pos.exports.report import Report
from pos.i18n import use_language
from tests.exports.days import DAY, INVOICES, booking, days, in_hong_kong, long_month, refund_of, report_of, shift
from tests.support.sample import examples

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils reads PDFs")

AT = datetime(2026, 11, 20, 4, 30, 5, tzinfo=UTC)
AMOUNT = re.compile(r"-?(?:NT|HK)\$[0-9,]+(?:\.[0-9]{2})?")


def text_of(raw: bytes) -> str:
    """Return the text of a PDF, line by line."""
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=raw, capture_output=True, check=True)
    return done.stdout.decode()


def minor(text: str) -> Money:
    """Return the minor units of a displayed amount."""
    currency = next(name for name, sign in SIGNS.items() if text.lstrip("-").startswith(sign))
    return Money(int(re.sub("[^0-9-]", "", text)), currency)


def lines_with(text: str, number: str) -> list[Money]:
    """Return the amounts of the line with an order's or a refund's number."""
    (line,) = (one for one in text.splitlines() if number in one)
    return [minor(found) for found in AMOUNT.findall(line)]


@settings(deadline=None, max_examples=examples(4, 2), phases=[Phase.explicit, Phase.generate])
@given(days())
def test_the_printed_lines_add_up_to_the_printed_total(report: Report) -> None:
    text = text_of(as_pdf(report))
    refunded = {one.refund_no for one in report.bookings if one.kind is EntryKind.REFUND}
    found: dict[str, int] = {}
    for one in report.bookings:
        number = one.refund_no if one.kind is EntryKind.REFUND else one.order_no
        amount = lines_with(text, number)[-1]
        found[amount.currency] = found.get(amount.currency, 0) + (-amount.minor if number in refunded else amount.minor)
    assert found == {one.currency: one.whole.net for one in report.totals.currencies}
    shown = [minor(AMOUNT.findall(line)[2]) for line in text.splitlines() if re.match(r"\s*All\s", line)]
    assert {one.currency: one.minor for one in shown} == found


def test_the_letters_are_embedded_and_chinese_can_be_searched(tmp_path: Path) -> None:
    use_language("zh_TW")
    raw = as_pdf(report_of([booking(1, EntryKind.SALE, Money(125, "TWD"), AT)]))
    use_language("en")
    assert "十全茶行" in text_of(raw)
    assert "微信支付" in text_of(raw)
    (tmp_path / "a.pdf").write_bytes(raw)
    fonts = subprocess.run(["pdffonts", "a.pdf"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    (font,) = fonts.splitlines()[2:]
    assert re.search(r"yes +yes +yes", font), "embedded, a subset, with a way back to the letters"
    assert len(raw) < 200_000


def test_pages_are_numbered_and_begin_with_the_header() -> None:
    pages = text_of(as_pdf(long_month(400))).split("\f")[:-1]
    assert len(pages) > 8
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
    middle = pages[5].strip().splitlines()[0]
    assert middle.split()[:3] == ["Time", "Order", "Tender"]


def test_a_month_has_a_table_by_day_and_refunds_have_reasons() -> None:
    lines = [booking(1, EntryKind.SALE, Money(125, "TWD"), AT), booking(2, EntryKind.REFUND, Money(5, "TWD"), AT)]
    text = text_of(as_pdf(report_of(lines, [refund_of(lines[1], "spilt tea")], month_scope(DAY), shifts=[shift()])))
    assert "By day" in text
    assert "approved by Ann (twin1) · spilt tea" in " ".join(text.split())
    assert "短少一個銅板" in text
    assert "-NT$10" in text


def test_long_amounts_stay_inside_their_columns() -> None:
    lines = [booking(seq, EntryKind.SALE, Money(999_999_999_999, "HKD"), AT, fee=99_999) for seq in range(1000)]
    text = text_of(as_pdf(report_of(lines)))
    whole = next(line for line in text.splitlines() if re.match(r"\s*All\s", line))
    assert AMOUNT.findall(whole) == ["HK$9,999,999,999,990.00", "HK$0.00", "HK$9,999,999,999,990.00"]


def test_missing_letters_are_marks_and_long_names_are_cut() -> None:
    people = {"a": "店長🎉" + "長" * 60, "b": "\ue000pages {nb}"}
    lines = [booking(seq, EntryKind.SALE, Money(1, "TWD"), AT, cashier=who) for seq, who in enumerate("ab")]
    text = text_of(as_pdf(report_of(lines, people=people)))
    assert "店長〓長" in text
    assert "…" in text
    assert "〓pages {nb}" in text


def test_a_shop_without_e_invoices_gets_no_table_of_them() -> None:
    assert "nvoice" not in text_of(as_pdf(in_hong_kong()))
    assert "E-invoices issued" in text_of(as_pdf(in_hong_kong(INVOICES)))


def test_a_training_report_is_marked_on_every_page() -> None:
    report = report_of([], training=True)
    raw = as_pdf(report)
    text = text_of(raw)
    assert text.count("TRAINING") == 1, "the other one is drawn across the page"
    assert "Nothing was booked." in text
    assert len(raw) > len(as_pdf(report_of([])))
