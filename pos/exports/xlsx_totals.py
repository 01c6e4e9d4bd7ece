"""The sheet of totals: formulas over the entries, each with its value for programs that do not calculate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from pos.domain.money import decimal, places
from pos.domain.totals import By, CurrencyTotals, Sum
from pos.exports.report import Table, hundredths, invoice_words
from pos.exports.xlsx_pen import Pen, paper, plain
from pos.i18n import N_, _

TITLES: Final = (
    N_("Sales, count"), N_("Gross"), N_("Refunds, count"), N_("Refunded"), N_("Net"), N_("Fees known"),
    N_("Sales with a known fee"),
)  # fmt: skip

EXACT: Final = frozenset({By.TENDER, By.GATEWAY, By.CASHIER})
"""Groupings by text. SUMIFS would read ``*`` or ``>`` in a name as a pattern and ignore case; EXACT does not."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """The cells of a sheet: its name, the keys of its columns, and the number of rows."""

    sheet: str
    keys: tuple[str, ...]
    rows: int

    def of(self, key: str) -> str:
        """Return the range of a column: ``'Payments'!$K$2:$K$91``."""
        letter = chr(ord("A") + self.keys.index(key))
        quoted = self.sheet.replace("'", "''")
        return f"'{quoted}'!${letter}$2:${letter}${max(self.rows, 1) + 1}"


@dataclass(frozen=True, slots=True)
class RowFilter:
    """The entries that a row of totals sums: of one currency, with ``by`` only those that equal ``cell``."""

    currency: str
    by: By | None = None
    cell: str = ""

    def count(self, lines: Ranges, key: str) -> str:
        """Return a formula for the number of entries with a value in the column ``key``."""
        if self.by in EXACT:
            return f'SUMPRODUCT({self._exact(lines)}*({lines.of(key)}<>""))'
        return f'COUNTIFS({lines.of(key)},"<>",{self._pairs(lines)})'

    def sum(self, lines: Ranges, key: str, digits: int) -> str:
        """Return a formula for the rounded sum of the column ``key``."""
        if self.by in EXACT:
            return f"ROUND(SUMPRODUCT({self._exact(lines)}*{lines.of(key)}),{digits})"
        return f"ROUND(SUMIFS({lines.of(key)},{self._pairs(lines)}),{digits})"

    def _exact(self, lines: Ranges) -> str:
        return f'({lines.of("currency")}="{self.currency}")*EXACT({lines.of(str(self.by))},{self.cell})'

    def _pairs(self, lines: Ranges) -> str:
        more = f",{lines.of(str(self.by))},{self.cell}" if self.by else ""
        return f'{lines.of("currency")},"{self.currency}"{more}'


def write_totals(pen: Pen, sheet: Any, payments: Ranges, refunds: Ranges) -> None:
    """Write the title, then the total and the tables of each currency, then the e-invoices."""
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, len(TITLES) + 1, 16)
    row = _head(pen, sheet)
    for found in pen.report.totals.currencies:
        row = _Block(pen, sheet, found, payments, refunds).write(row)
    if not pen.report.totals.currencies:
        sheet.write_string(row, 0, _("Nothing was booked."))
        row += 2
    if pen.report.shows_invoices:
        sheet.write_string(row, 0, _("E-invoices"), pen.title)
    for name, number in invoice_words(pen.report):
        row += 1
        sheet.write_string(row, 0, name)
        sheet.write_number(row, 1, number, pen.style("#,##0"))
    sheet.freeze_panes(0, 1)
    paper(pen, sheet)
    sheet.set_landscape()


def _head(pen: Pen, sheet: Any) -> int:
    report = pen.report
    sheet.write_string(0, 0, plain(f"{report.shop} · {report.title}".strip(" ·")), pen.style(bold=True, font_size=16))
    lines = [report.span_label, report.register_label, report.made_label]
    lines += [_("TRAINING")] if report.training else []
    for row, line in enumerate(lines, start=1):
        sheet.write_string(row, 0, line)
    return len(lines) + 2


class _Block:
    """The tables of one currency."""

    def __init__(self, pen: Pen, sheet: Any, found: CurrencyTotals, payments: Ranges, refunds: Ranges) -> None:
        self._pen, self._sheet, self._found = pen, sheet, found
        self._payments, self._refunds = payments, refunds
        self._digits = places(found.currency)

    def write(self, row: int) -> int:
        """Write the tables from ``row`` on and return the row after them."""
        name = self._found.currency
        row = self._title(row, name)
        self._sheet.write_string(row, 0, _("Total {currency}").format(currency=name), self._pen.style(bold=True))
        self._sums(row, RowFilter(name), self._found.whole)
        row += 2
        for table in self._pen.report.tables(self._found):
            row = self._table(row, table) + 1
        return row

    def _table(self, row: int, table: Table) -> int:
        row = self._title(row, table.title)
        for name, key, one in table.rows:
            self._key(row, table.by, name, key)
            self._sums(row, RowFilter(self._found.currency, table.by, f"$A{row + 1}"), one)
            row += 1
        return row

    def _title(self, row: int, title: str) -> int:
        rounding = (_("Rounding"),) if self._pen.report.is_rounded else ()
        for column, text in enumerate((title, *(_(one) for one in TITLES), *rounding)):
            self._sheet.write_string(row, column, text, self._pen.title)
        return row + 1

    def _key(self, row: int, by: By, name: str, key: str) -> None:
        """Write the key of a row with the same type as in the entries, so that the formulas match."""
        left = {"align": "left"}
        if by is By.HOUR:
            self._sheet.write_number(row, 0, int(key), self._pen.style('00":00"', **left))
        elif by is By.DAY:
            self._sheet.write_datetime(row, 0, date.fromisoformat(key), self._pen.style("yyyy-mm-dd", **left))
        else:
            self._pen.put(self._sheet, row, 0, name)

    def _sums(self, row: int, row_filter: RowFilter, one: Sum) -> None:
        digits, number = self._digits, row + 1
        money, fees, count = (
            self._pen.money(self._found.currency),
            self._pen.style("#,##0.00"),
            self._pen.style("#,##0"),
        )
        cells: Sequence[tuple[str, Any, int | Decimal]] = (
            (row_filter.count(self._payments, "amount"), count, one.sales),
            (row_filter.sum(self._payments, "amount", digits), money, self._amount(one.gross)),
            (row_filter.count(self._refunds, "amount"), count, one.refunds),
            (row_filter.sum(self._refunds, "amount", digits), money, self._amount(one.refunded)),
            (f"ROUND(C{number}-E{number},{digits})", money, self._amount(one.net)),
            (row_filter.sum(self._payments, "fee", 2), fees, Decimal(hundredths(one.fees))),
            (row_filter.count(self._payments, "fee"), count, one.fees_of),
        )
        if self._pen.report.is_rounded:
            cells = (*cells, (self._rounding(row_filter), money, self._amount(one.rounding)))
        for column, (formula, style, value) in enumerate(cells, start=1):
            self._sheet.write_formula(row, column, f"={formula}", style, value)

    def _rounding(self, row_filter: RowFilter) -> str:
        """Return a formula for what the rounding of cash added to the drawer, in sales and refunds."""
        sales, refunds = (row_filter.sum(lines, "rounding", self._digits) for lines in (self._payments, self._refunds))
        return f"ROUND({sales}+{refunds},{self._digits})"

    def _amount(self, minor: int) -> Decimal:
        return Decimal(decimal(minor, self._found.currency))
