"""The workbook: typed cells, formulas that add the lines up, and the same values beside them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from openpyxl import Workbook, load_workbook

from pos.domain.money import Money, places
from pos.domain.totals import EntryKind, week_scope
from pos.exports.report import Report, fit
from pos.exports.xlsx import as_xlsx
from tests.exports.days import DAY, INVOICES, NASTY, booking, days, in_hong_kong, report_of, shift
from tests.support.sample import examples

AT = datetime(2026, 11, 20, 4, 30, 5, tzinfo=UTC)
RANGE = re.compile(r"'(\w+)'!\$([A-Z])\$(\d+):\$[A-Z]\$(\d+)")


def read(report: Report, *, values: bool) -> Workbook:
    return load_workbook(io.BytesIO(as_xlsx(report)), data_only=values)


class Sheets:
    """Evaluates the formulas of a workbook with its cell values."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._columns: dict[str, list[Any]] = {}

    def value(self, formula: str, row: int) -> Decimal:
        """Return the value of a cell of the sheet of totals."""
        inner = formula.removeprefix("=")
        if found := re.fullmatch(rf"ROUND\(C{row}-E{row},(\d)\)", inner):
            totals = self._book.worksheets[0]
            gross, back = (self.value(str(totals.cell(row, column).value), row) for column in (3, 5))
            return round(gross - back, int(found[1]))
        if found := re.fullmatch(r"ROUND\((ROUND\(.*\))\+(ROUND\(.*\)),(\d)\)", inner):
            return round(self.value(found[1], row) + self.value(found[2], row), int(found[3]))
        if found := re.fullmatch(r"ROUND\((.*),(\d)\)", inner):
            return round(self._sum(found[1]), int(found[2]))
        return self._sum(inner)

    def _sum(self, text: str) -> Decimal:
        name, arguments = text.rstrip(")").split("(", 1)
        ranges = RANGE.findall(arguments)
        cell = re.search(r"[,)]\$A(\d+)|\$A(\d+)\)", text)
        wanted = re.findall(r'"([A-Z]{3})"', text)[0]
        key = None if cell is None else self._book.worksheets[0].cell(int(cell[1] or cell[2]), 1).value
        columns = [self._cells(*one) for one in ranges]
        if name == "SUMPRODUCT":
            currency, keys, amounts = columns
        else:
            amounts, currency, keys = columns if len(columns) == 3 else (*columns, columns[0])
        agree = [c == wanted and (key is None or (t or "") == (key or "")) for c, t in zip(currency, keys, strict=True)]
        taken = [amount for amount, one in zip(amounts, agree, strict=True) if one and amount is not None]
        counts = name == "COUNTIFS" or '<>""' in text
        return Decimal(len(taken)) if counts else sum(map(number, taken), Decimal())

    def _cells(self, sheet: str, column: str, first: str, last: str) -> list[Any]:
        key = f"{sheet}{column}{last}"
        if key not in self._columns:
            cells = self._book[sheet][f"{column}{first}:{column}{last}"]
            self._columns[key] = [row[0].value for row in cells]
        return self._columns[key]


def number(value: Any) -> Decimal:
    """Return the shortest decimal of a binary number."""
    assert isinstance(value, int | float)
    return Decimal(repr(value))


def totals_of(sheet: Any, title: Callable[[str], bool]) -> list[int]:
    return [row for row in range(1, sheet.max_row + 1) if title(str(sheet.cell(row, 1).value or ""))]


@settings(deadline=None, max_examples=examples(20, 6))
@given(days())
def test_the_formulas_and_the_values_beside_them_are_the_totals(report: Report) -> None:
    plain, valued = read(report, values=False), read(report, values=True)
    sheets, totals = Sheets(plain), plain.worksheets[0]
    checked = 0
    for row in range(1, totals.max_row + 1):
        for column in range(2, 10):
            cell = totals.cell(row, column)
            if cell.data_type == "f":
                shown = valued.worksheets[0].cell(row, column).value
                assert sheets.value(str(cell.value), row) == number(shown), (cell.coordinate, cell.value)
                checked += 1
    wholes = sum(len(table.rows) for one in report.totals.currencies for table in report.tables(one))
    assert checked == (8 if report.is_rounded else 7) * (wholes + len(report.totals.currencies))


@settings(deadline=None, max_examples=examples(20, 6))
@given(days())
def test_the_lines_of_the_sheets_add_up_to_the_last_unit(report: Report) -> None:
    book = read(report, values=True)
    totals, payments, refunds, shifts = book.worksheets
    assert book.sheetnames == ["Totals", "Payments", "Refunds", "Shifts"]
    assert (payments.max_row - 1, shifts.max_row - 1) == (len(report.sales), len(report.shifts))
    for one in report.totals.currencies:
        row = totals_of(totals, f"Total {one.currency}".__eq__)[0]
        sold = [number(line[10]) for line in payments.iter_rows(2, values_only=True) if line[9] == one.currency]
        back = [
            number(line[16]) for line in refunds.iter_rows(2, values_only=True)
            if line[14] == one.currency and line[16] is not None
        ]  # fmt: skip
        net = Decimal(Money(one.whole.net, one.currency).decimal)
        assert sum(sold, Decimal()) - sum(back, Decimal()) == net
        assert number(totals.cell(row, 6).value) == net
        if report.is_rounded:
            rounded = [number(line[12]) for line in payments.iter_rows(2, values_only=True) if line[9] == one.currency]
            rounded += [number(line[17]) for line in refunds.iter_rows(2, values_only=True) if line[14] == one.currency]
            assert number(totals.cell(row, 9).value) == sum(rounded, Decimal())


@settings(deadline=None, max_examples=examples(20, 6))
@given(days())
def test_nothing_a_person_typed_is_a_formula_or_a_link(report: Report) -> None:
    for sheet in read(report, values=False).worksheets[1:]:
        for cells in sheet.iter_rows():
            assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)


def test_names_are_in_the_cells_as_they_were_typed() -> None:
    lines = [booking(seq, EntryKind.SALE, Money(1, "TWD"), AT, cashier=f"p{seq}") for seq in range(len(NASTY))]
    sheet = read(report_of(lines), values=True)["Payments"]
    texts = [str(sheet.cell(row, 7).value) for row in range(2, sheet.max_row + 1)]
    assert len(texts) == len(NASTY)
    for seq, (shown, name) in enumerate(zip(texts, NASTY, strict=True)):
        assert shown.lstrip() in (fit(name), f"{fit(name)} (p{seq})")  # names that look the same get distinct texts


def test_cells_have_the_type_of_their_values() -> None:
    report = report_of(
        [
            booking(1, EntryKind.SALE, Money(1230, "HKD"), AT, fee=35),
            booking(2, EntryKind.REFUND, Money(30, "TWD"), AT),
        ],
        shifts=[shift()],
    )  # fmt: skip
    book = read(report, values=True)
    paid, back = book["Payments"], book["Refunds"]
    assert paid["A2"].value == datetime(2026, 11, 20, 12, 30, 5)  # noqa: DTZ001 - workbooks know no zones
    assert paid["B2"].value == datetime(2026, 11, 20)  # noqa: DTZ001 - workbooks know no zones
    assert (paid["C2"].value, paid["K2"].value, paid["L2"].value) == (12, 12.3, 0.35)
    assert (paid["K2"].number_format, back["Q2"].number_format) == ("#,##0.00", "#,##0")
    assert (back["Q2"].value, places("TWD")) == (30, 0)
    assert book["Shifts"]["K2"].value == -10
    assert (paid.freeze_panes, paid.auto_filter.ref) == ("A2", "A1:M2")


def test_a_week_has_a_table_by_day_with_real_dates() -> None:
    report = report_of([booking(1, EntryKind.SALE, Money(5, "TWD"), AT)], scope=week_scope(DAY))
    sheet = read(report, values=True)["Totals"]
    (row,) = totals_of(sheet, lambda text: text == "By day")
    assert sheet.cell(row + 1, 1).value == datetime(2026, 11, 20)  # noqa: DTZ001 - workbooks know no zones
    assert sheet.cell(row + 1, 3).value == 5


def test_a_shop_without_e_invoices_gets_no_table_of_them() -> None:
    def words(report: Report) -> str:
        return " ".join(str(cell.value) for row in read(report, values=True).worksheets[0].rows for cell in row)

    assert "Total HKD" in words(in_hong_kong())
    assert "nvoice" not in words(in_hong_kong())
    assert "E-invoices issued" in words(in_hong_kong(INVOICES))


def test_an_empty_day_is_a_workbook_too() -> None:
    book = read(report_of([], training=True), values=True)
    assert totals_of(book["Totals"], lambda text: text in {"Nothing was booked.", "TRAINING"}) != []
    assert book["Payments"].max_row == 1
    header = book["Payments"].oddHeader
    assert header is not None
    assert header.center.text == "TRAINING"
