"""JSON and CSV: the lines add up to the totals, and no text of a person becomes a formula."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.domain.money import Money
from pos.domain.refund import RefundState
from pos.domain.shift import Shift
from pos.domain.totals import EntryKind, Scope, Span, month_scope, week_scope
from pos.errors import InputError
from pos.exports import FORMATS, export
from pos.exports.csv_file import FORMULA_PREFIXES, as_csv, safe
from pos.exports.json_file import as_json, json_bytes
from pos.exports.report import Report, fit
from pos.i18n import use_language
from tests.exports.days import DAY, INVOICES, NASTY, booking, days, in_hong_kong, refund_of, report_of, shift
from tests.support.sample import examples

SHIFT = Scope(Span.SHIFT, DAY, DAY, 3)
AT = datetime(2026, 11, 20, 4, 30, 5, tzinfo=UTC)


def nets(report: Report) -> dict[str, Decimal]:
    return {one.currency: Decimal(Money(one.whole.net, one.currency).decimal) for one in report.totals.currencies}


def rows_of(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


@settings(deadline=None, max_examples=examples(80, 20))
@given(days())
def test_the_lines_of_a_csv_file_add_up_to_its_total(report: Report) -> None:
    rows = rows_of(as_csv(report))
    title, lines, ending = rows[0], rows[1 : 1 + len(report.bookings)], rows[1 + len(report.bookings) :]
    amount, currency = title.index("Amount"), title.index("Currency")
    found: Counter[str] = Counter()
    for line in lines:
        found[line[currency]] += Decimal(line[amount])  # type: ignore[assignment]  # Counter is typed for int, and adds any number
    assert dict(found) == nets(report)
    totals = {row[1]: Decimal(row[6]) for row in ending if row and row[0].startswith("Total ")}
    assert totals == nets(report)
    assert all(len(row) <= amount for row in ending), "a sum over the column must meet nothing but lines"


@settings(deadline=None, max_examples=examples(80, 20))
@given(days())
def test_no_cell_of_a_csv_file_begins_a_formula_but_negative_amounts(report: Report) -> None:
    rows = rows_of(as_csv(report))
    numbers = [rows[0].index(name) for name in ("Amount", "Rounding") if name in rows[0]]
    for place, row in enumerate(rows):
        for column, cell in enumerate(row):
            number = (column in numbers or place > len(report.bookings)) and cell.startswith("-")
            if number:
                Decimal(cell)
            else:
                assert not cell.lstrip().startswith(FORMULA_PREFIXES)
                assert not cell.startswith(("\t", "\r", "\n"))


@pytest.mark.parametrize(
    "text", [*(f"{sign}1+1" for sign in "=+-@＝＋－＠"), "\n=x", "  =x", "　=x", "\t@x", "\u200b=x"]
)
def test_a_text_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe(text) == f"'{fit(text)}"


@pytest.mark.parametrize("text", ["", "Ann", "a=b", "王小明", "1", "'=1", "two words"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


@given(st.text())
def test_a_cell_holds_one_line_that_can_be_printed(text: str) -> None:
    assert fit(text).isprintable()
    assert fit(fit(text)) == fit(text)


def test_marks_that_turn_the_reading_direction_are_taken_out() -> None:
    assert fit("Ann\u202e001\x00") == "Ann001"
    assert fit("two\nlines") == "two lines"


def test_a_csv_file_begins_with_the_mark_of_utf_8_and_ends_its_lines_as_windows_does() -> None:
    raw = as_csv(report_of([booking(1, EntryKind.SALE, Money(125, "TWD"), AT)]))
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\n") == raw.count(b"\r\n")


def test_a_line_of_a_csv_file_has_all_fields_of_an_entry() -> None:
    sale = booking(1, EntryKind.SALE, Money(1250, "HKD"), AT, fee=35)
    back = booking(
        2, EntryKind.REFUND, Money(253, "HKD"), AT, way="cash", gateway="cash", tender="cash", shift=None, rounding=3
    )  # fmt: skip
    rows = rows_of(as_csv(report_of([sale, back])))
    assert rows[1] == [
        "Sale", "2026-11-20 12:30:05", "2026-11-20", "12", sale.order_no, "", "WeChat", "O'Pay", "",
        "王小明", "R1", "3", "HKD", "12.50", "0.35", "0.00",
    ]  # fmt: skip
    assert rows[2] == [
        "Refund", "2026-11-20 12:30:05", "2026-11-20", "12", back.order_no, back.refund_no, "Cash", "Cash", "Cash",
        "王小明", "R1", "", "HKD", "-2.53", "", "0.03",
    ]  # fmt: skip
    assert rows[3] == []
    assert rows[5] == ["Total HKD", "HKD", "1", "12.50", "1", "2.53", "9.97", "0.35", "1", "0.03"]


def test_an_empty_day_is_a_file_too() -> None:
    assert len(rows_of(as_csv(report_of([])))) == 10
    assert as_json(report_of([]))["totals"] == {}


def test_a_shop_without_e_invoices_gets_no_table_of_them() -> None:
    without, one = in_hong_kong(), in_hong_kong(INVOICES)
    assert "invoices" not in as_json(without)
    assert as_json(one)["invoices"]["issued"] == 7
    words = [row[0] for row in rows_of(as_csv(without)) if row]
    assert words[-2:] == ["Total HKD", "Day report 2026-11-20"]
    assert b"E-invoices issued,7" in as_csv(one)
    assert b"E-invoices issued,0" in as_csv(replace(without, currency="TWD")), "a quiet day in Taiwan"


def test_a_training_day_is_marked() -> None:
    report = report_of([], training=True)
    assert rows_of(as_csv(report))[-1] == ["TRAINING"]
    assert as_json(report)["training"] is True
    assert report.file_name("csv") == "counter-training-day-2026-11-20-R1.csv"


@settings(deadline=None, max_examples=examples(80, 20))
@given(days())
def test_the_lines_of_json_add_up_to_every_table(report: Report) -> None:
    found = json.loads(json_bytes(report))
    for currency, total in found["totals"].items():
        sales = [one for one in found["payments"] if one["currency"] == currency]
        backs = [one for one in found["refunds"] if one["currency"] == currency and one["booked"] is not None]
        net = sum(Decimal(one["amount"]) for one in sales) - sum(Decimal(one["booked"]) for one in backs)
        assert Decimal(total["net"]) == net
        assert (total["count"], total["refunds"]) == (len(sales), len(backs))
        assert Decimal(total["fees"]) == sum(Decimal(one["fee"]) for one in sales if one["fee"] is not None)
        for table in total["by"].values():
            assert sum(Decimal(one["net"]) for one in table.values()) == net
        if report.is_rounded:
            rounding = sum(Decimal(one["rounding"]) for one in (*sales, *backs))
            assert Decimal(total["rounding"]) == rounding
            for table in total["by"].values():
                assert sum(Decimal(one["rounding"]) for one in table.values()) == rounding
    assert {"totals", "payments", "refunds", "shifts", "invoices"} <= set(found)


def test_json_has_the_shops_time_with_its_offset_and_amounts_as_text() -> None:
    found = as_json(report_of([booking(1, EntryKind.SALE, Money(1250, "HKD"), AT)], shifts=[shift()]))
    assert found["payments"][0]["at"] == "2026-11-20T12:30:05+08:00"
    assert found["payments"][0]["amount"] == "12.50"
    assert found["shifts"][0]["difference"] == "-10"
    assert found["made_at"] == "2026-11-20T21:00:00+08:00"


def test_a_refund_without_an_entry_is_listed_and_not_counted() -> None:
    asked = booking(2, EntryKind.REFUND, Money(40, "TWD"), AT)
    sale = booking(1, EntryKind.SALE, Money(100, "TWD"), AT)
    report = report_of([sale], [refund_of(asked, "late", RefundState.PENDING)])
    (row,) = as_json(report)["refunds"]
    assert (row["state"], row["amount"], row["booked"]) == ("pending", "40", None)
    assert as_json(report)["totals"]["TWD"]["net"] == "100"


def test_no_two_people_share_a_name() -> None:
    report = report_of([booking(1, EntryKind.SALE, Money(1, "TWD"), AT, cashier="Ann")])
    names = [report.name(who) for who in ("Ann", "twin1", "twin2", "p15")]
    assert len(set(names)) == 4
    assert report.name("") == "–"
    assert all(name.startswith("Ann") for name in names)


@pytest.mark.parametrize(
    ("scope", "shifts", "label", "name"),
    [
        (week_scope(DAY), [], "2026-11-16 – 2026-11-22", "counter-week-2026-11-16.pdf"),
        (month_scope(DAY), [], "2026-11", "counter-month-2026-11.pdf"),
        (SHIFT, [shift()], "Z report no. 12 · 2026-11-20", "counter-z-12.pdf"),
        (SHIFT, [shift(z_no=None)], "X report, not closed · 2026-11-20", "counter-shift-3.pdf"),
    ],
)
def test_a_report_names_its_span_and_its_file(scope: Scope, shifts: list[Shift], label: str, name: str) -> None:
    report = report_of([], scope=scope, shifts=shifts, register_id="")
    assert (report.span_label, report.file_name("pdf")) == (label, name)
    assert report.register_label == "All registers"


def test_a_table_by_day_needs_several_days() -> None:
    lines = [booking(1, EntryKind.SALE, Money(1, "TWD"), AT)]
    day, week = report_of(lines), report_of(lines, scope=week_scope(DAY))
    assert [table.by.value for table in day.tables(day.totals.of("TWD"))] == ["tender", "gateway", "cashier", "hour"]
    assert [table.rows[0][0] for table in week.tables(week.totals.of("TWD"))][3:] == ["12:00", "2026-11-20"]


def test_a_report_is_in_the_language_of_the_shop() -> None:
    report = report_of([booking(1, EntryKind.SALE, Money(1, "TWD"), AT)])
    use_language("zh_TW")
    words = as_csv(report).decode("utf-8-sig")
    use_language("en")
    assert "微信支付" in words
    assert as_json(report)["payments"][0]["tender"] == "wechat"


def test_every_format_is_written_and_no_other() -> None:
    report = report_of([])
    begins = {"json": b"{", "csv": b"\xef\xbb\xbf", "xlsx": b"PK", "pdf": b"%PDF"}
    assert set(begins) == set(FORMATS)
    for form, first in begins.items():
        assert export(report, form).startswith(first)
    with pytest.raises(InputError, match="docx is not known; one of json, csv, xlsx, pdf"):
        export(report, "docx")


def test_nasty_names_are_nasty() -> None:
    risky = [name for name in NASTY if safe(name) != name]
    assert len(risky) >= 9


@pytest.mark.parametrize(
    "text",
    ["\x01=1+1", "\u202e=1+1", "\x7f\u2066 @x", "\x00\t=1", "\x00-1", "﹦1+1", "⁼1", "＋1", "\u3000＝1", "\x01\r\n=1"],
)
def test_removed_characters_do_not_uncover_a_formula(text: str) -> None:
    assert safe(text).startswith("'")
    lines = [booking(1, EntryKind.SALE, Money(1, "TWD"), AT, cashier="x")]
    cells = [cell for row in rows_of(as_csv(report_of(lines, people={"x": text}, shop=text))) for cell in row]
    assert sum(cell.startswith("'") for cell in cells) == 2, "the shop and the cashier"
    assert not [cell for cell in cells if normalize("NFKC", cell).lstrip().startswith(FORMULA_PREFIXES)]
