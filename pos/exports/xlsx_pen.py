"""Write the cells of a workbook by type, each with its format."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from pos.domain.money import Money, places
from pos.exports.report import Report, fit
from pos.i18n import _

Cell = str | int | Decimal | Money | datetime | date | None

A4: Final = 9
"""The paper size's number in the file format."""


class Pen:
    """Writes values by their type; each format is made once per workbook."""

    def __init__(self, workbook: Any, report: Report) -> None:
        self._workbook = workbook
        self._formats: dict[str, Any] = {}
        self.report = report

    def style(self, number: str = "General", **how: Any) -> Any:
        """Return a format: a number format and other properties of xlsxwriter."""
        key = f"{number} {sorted(how.items())}"
        if key not in self._formats:
            self._formats[key] = self._workbook.add_format({"num_format": number, **how})
        return self._formats[key]

    def money(self, currency: str) -> Any:
        digits = places(currency)
        return self.style(f"#,##0.{'0' * digits}" if digits else "#,##0")

    @property
    def title(self) -> Any:
        return self.style(bold=True, bg_color="#E3E8EE", bottom=1, text_wrap=True, valign="top")

    def put(self, sheet: Any, row: int, column: int, value: Cell) -> None:
        """Write one cell. Text is always written as text, never as a formula or a link."""
        if value is None:
            return
        if isinstance(value, str):
            sheet.write_string(row, column, plain(value))
        elif isinstance(value, Money):
            sheet.write_number(row, column, Decimal(value.decimal), self.money(value.currency))
        elif isinstance(value, Decimal):
            sheet.write_number(row, column, value, self.style("#,##0.00"))
        elif isinstance(value, datetime):
            sheet.write_datetime(row, column, self._wall(value), self.style("yyyy-mm-dd hh:mm:ss"))
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value, self.style("yyyy-mm-dd"))
        else:
            sheet.write_number(row, column, value)

    def _wall(self, at: datetime) -> datetime:
        """Return a time in the shop's zone without a zone: workbooks have none."""
        return self.report.local(at).replace(tzinfo=None, microsecond=0)


def plain(text: str) -> str:
    """Return ``text`` as a cell can have it. xlsxwriter copies text between ``<r>`` and ``</r>`` into the file as XML,
    so a space is put before such a text."""
    shown = fit(text)
    return f" {shown}" if shown.startswith("<r>") else shown


def paper(pen: Pen, sheet: Any) -> None:
    """Set how a sheet is printed: A4, as wide as the page, with a mark in training mode."""
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&P / &N")
    if pen.report.training:
        sheet.set_header(f"&C{_('TRAINING')}")
