"""The tables of totals: sums by tender, gateway, cashier, hour or day; and the lines behind a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent

from pos.domain.cash import is_rounded
from pos.domain.money import display_hundredths
from pos.domain.totals import By, EntryKind, LedgerEntry, Sum
from pos.domain.words import TENDERS, gateway_name, spoken
from pos.gateways import TITLES
from pos.gui.tables import Column, RecordModel, RecordView
from pos.gui.totals.words import TABLES, key_word, money
from pos.i18n import N_, _

ROUNDING: Final = N_("Rounding")
"""The last column of both tables, only where cash is rounded to what coins can pay."""


class Table(RecordView):
    """Rows that open by a touch, a click or Enter: ``opened`` carries the row."""

    opened = Signal(int)

    def __init__(self, name: str, model: RecordModel[Any]) -> None:
        super().__init__(name, model)
        self.clicked.connect(lambda index: self.opened.emit(index.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self.currentIndex().isValid() and not event.isAutoRepeat():
            self.opened.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


@dataclass(frozen=True, slots=True)
class SumRow:
    """The sums of one ``key``, a tender for instance, and its ``word``."""

    key: str
    word: str
    found: Sum
    currency: str


def _refunds(row: SumRow) -> str:
    return money(row.found.refunded, row.currency) if row.found.refunds else "–"


def _fees(row: SumRow) -> str:
    return display_hundredths(row.found.fees, row.currency) if row.found.fees_of else "–"


def _rounding(rounding: int, currency: str) -> str:
    return money(rounding, currency) if rounding else "–"


SUM_COLUMNS: Final[tuple[Column[SumRow], ...]] = (
    Column(TABLES[By.TENDER], lambda row: row.word),
    Column(N_("Sales count"), lambda row: f"{row.found.sales:,}", 120, right=True),
    Column(N_("Gross"), lambda row: money(row.found.gross, row.currency), 120, right=True),
    Column(N_("Refund count"), lambda row: f"{row.found.refunds:,}", 120, right=True),
    Column(N_("Refunds"), _refunds, 120, right=True),
    Column(N_("Net"), lambda row: money(row.found.net, row.currency), 120, right=True),
    Column(N_("Fees known"), _fees, 120, right=True),
    Column(ROUNDING, lambda row: _rounding(row.found.rounding, row.currency), 120, right=True),
)


def show_sums(
    model: RecordModel[SumRow], by: By, table: Mapping[str, Sum], currency: str, people: Mapping[str, str]
) -> None:
    """Show one table of one currency."""
    has_rounding = is_rounded(currency) or any(one.rounding for one in table.values())
    rows = [SumRow(key, key_word(by, key, people), found, currency) for key, found in table.items()]
    named = (replace(SUM_COLUMNS[0], title=TABLES[by]), *SUM_COLUMNS[1:])
    model.reset(rows, named if has_rounding else named[:-1])


def show_entries(
    model: RecordModel[LedgerEntry], entries: Sequence[LedgerEntry], zone: tzinfo, people: Mapping[str, str]
) -> None:
    """Show the lines of the ledger behind another figure."""
    has_rounding = any(is_rounded(one.amount.currency) or one.rounding for one in entries)
    columns = entry_columns(zone, people)
    model.reset(entries, columns if has_rounding else columns[:-1])


def entry_columns(zone: tzinfo, people: Mapping[str, str]) -> tuple[Column[LedgerEntry], ...]:
    """Return the columns of lines; ``people``: names of cashiers by their ids."""
    return (
        Column(N_("Time"), lambda entry: f"{entry.at.astimezone(zone):%m-%d %H:%M:%S}", 144),
        Column(N_("Kind"), _kind, 104, icon=_kind_icon),
        Column(N_("Amount"), lambda entry: money(entry.signed, entry.amount.currency), 120, right=True),
        Column(N_("Paid by"), _paid_by),
        Column(N_("Cashier"), lambda entry: key_word(By.CASHIER, entry.cashier, people), 120),
        Column(N_("Order"), lambda entry: entry.order_no, 208),
        Column(ROUNDING, lambda entry: _rounding(entry.rounding, entry.amount.currency), 104, right=True),
    )


def _kind(entry: LedgerEntry) -> str:
    return _("Sale") if entry.kind is EntryKind.SALE else _("Refund")


def _kind_icon(entry: LedgerEntry) -> tuple[str, str]:
    return ("tick", "good") if entry.kind is EntryKind.SALE else ("back", "late")


def _paid_by(entry: LedgerEntry) -> str:
    tender, gateway = spoken(TENDERS, entry.tender), gateway_name(TITLES, entry.gateway)
    return tender if tender == gateway else f"{tender} · {gateway}"
