"""The tables of totals: sums by tender, gateway, cashier, hour or day; and the lines behind a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QTableView

from pos.domain.cash import is_rounded
from pos.domain.money import display_hundredths
from pos.domain.totals import By, EntryKind, LedgerEntry, Sum
from pos.domain.words import TENDERS, gateway_name, spoken
from pos.gateways import TITLES
from pos.gui import icons
from pos.gui.tables import configure_table
from pos.gui.totals.words import TABLES, key_word, money
from pos.gui.widgets import Palette
from pos.i18n import N_, _

Index = QModelIndex | QPersistentModelIndex
NO_PARENT: Final = QModelIndex()
SUM_COLUMNS: Final = (N_("Sales count"), N_("Gross"), N_("Refund count"), N_("Refunds"), N_("Net"), N_("Fees known"))
LINE_COLUMNS: Final = (N_("Time"), N_("Kind"), N_("Amount"), N_("Paid by"), N_("Cashier"), N_("Order"))
LINE_AMOUNT: Final = 2
LINE_ROUNDING: Final = len(LINE_COLUMNS)
ROUNDING: Final = N_("Rounding")
"""The last column of both tables, only where cash is rounded to what coins can pay."""

_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Table(QTableView):
    """Rows that open by a touch, a click or Enter: ``opened`` carries the row."""

    opened = Signal(int)

    def __init__(self, name: str, model: QAbstractTableModel, widths: Mapping[int, int], wide: int) -> None:
        super().__init__()
        self.setModel(model)
        configure_table(self, name, widths, wide)
        self.clicked.connect(lambda index: self.opened.emit(index.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self.currentIndex().isValid() and not event.isAutoRepeat():
            self.opened.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


class SumModel(QAbstractTableModel):
    """One table of one currency."""

    def __init__(self) -> None:
        super().__init__()
        self._by = By.TENDER
        self._currency = ""
        self._columns: tuple[str, ...] = SUM_COLUMNS
        self.rows: list[tuple[str, str, Sum]] = []

    def reset(self, by: By, table: Mapping[str, Sum], currency: str, people: Mapping[str, str]) -> None:
        """Another table."""
        self.beginResetModel()
        self._by, self._currency = by, currency
        is_shown = is_rounded(currency) or any(one.rounding for one in table.values())
        self._columns = (*SUM_COLUMNS, ROUNDING) if is_shown else SUM_COLUMNS
        self.rows = [(key, key_word(by, key, people), found) for key, found in table.items()]
        self.endResetModel()

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else 1 + len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section else _LEFT
        if role == Qt.ItemDataRole.DisplayRole:
            return _(self._columns[section - 1]) if section else _(TABLES[self._by])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            _key, word, found = self.rows[index.row()]
            return (word, *_cells(found, self._currency))[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return _RIGHT
        return None


def _cells(found: Sum, currency: str) -> tuple[str, ...]:
    refunded = money(found.refunded, currency) if found.refunds else "–"
    fees = display_hundredths(found.fees, currency) if found.fees_of else "–"
    return (
        f"{found.sales:,}", money(found.gross, currency), f"{found.refunds:,}", refunded, money(found.net, currency),
        fees, money(found.rounding, currency) if found.rounding else "–",
    )  # fmt: skip


class LineModel(QAbstractTableModel):
    """Lines of the book, a page at a time."""

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone
        self._people: Mapping[str, str] = {}
        self._columns: tuple[str, ...] = LINE_COLUMNS
        self.lines: list[LedgerEntry] = []

    def reset(self, lines: Sequence[LedgerEntry], people: Mapping[str, str]) -> None:
        """Those behind another figure."""
        self.beginResetModel()
        self.lines, self._people = list(lines), people
        is_shown = any(is_rounded(one.amount.currency) or one.rounding for one in lines)
        self._columns = (*LINE_COLUMNS, ROUNDING) if is_shown else LINE_COLUMNS
        self.endResetModel()

    def extend(self, lines: Sequence[LedgerEntry]) -> None:
        """The next page."""
        if lines:
            first = len(self.lines)
            self.beginInsertRows(QModelIndex(), first, first + len(lines) - 1)
            self.lines.extend(lines)
            self.endInsertRows()

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section in (LINE_AMOUNT, LINE_ROUNDING) else _LEFT
        return _(self._columns[section]) if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line, column = self.lines[index.row()], index.column()
        sale = line.kind is EntryKind.SALE
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._texts(line)[column]
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (LINE_AMOUNT, LINE_ROUNDING):
            return _RIGHT
        if role == Qt.ItemDataRole.DecorationRole and self._columns[column] == "Kind":
            return icons.icon("tick" if sale else "back", Palette.tone("good" if sale else "late"))
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(Palette.colour("ink"))
        return None

    def _texts(self, line: LedgerEntry) -> tuple[str, ...]:
        tender, gateway = spoken(TENDERS, line.tender), gateway_name(TITLES, line.gateway)
        return (
            f"{line.at.astimezone(self._zone):%m-%d %H:%M:%S}",
            _("Sale") if line.kind is EntryKind.SALE else _("Refund"),
            money(line.signed, line.amount.currency),
            tender if tender == gateway else f"{tender} · {gateway}",
            key_word(By.CASHIER, line.cashier, self._people),
            line.order_no,
            money(line.rounding, line.amount.currency) if line.rounding else "–",
        )
