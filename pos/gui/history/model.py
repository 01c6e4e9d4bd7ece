"""Past payments as a table model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from pos.domain.payment import Attempt
from pos.gui import icons
from pos.gui.widgets import Palette
from pos.gui.words import attempt_look, attempt_short, route_word
from pos.i18n import _

Index = QModelIndex | QPersistentModelIndex
TIME, AMOUNT, ROUTE, STATE = range(4)
NO_PARENT: Final = QModelIndex()


class PastModel(QAbstractTableModel):
    """Newest first, a page at a time."""

    def __init__(self, zone: tzinfo, moment: str = "%m-%d %H:%M:%S") -> None:
        super().__init__()
        self._zone = zone
        self._moment = moment
        self.attempts: list[Attempt] = []

    def reset(self, attempts: Sequence[Attempt]) -> None:
        """A new search."""
        self.beginResetModel()
        self.attempts = list(attempts)
        self.endResetModel()

    def extend(self, attempts: Sequence[Attempt]) -> None:
        """The next page."""
        first = len(self.attempts)
        self.beginInsertRows(QModelIndex(), first, first + len(attempts) - 1)
        self.attempts.extend(attempts)
        self.endInsertRows()

    def lists(self, order_no: str) -> bool:
        """Return whether this payment is listed."""
        return any(one.order_no == order_no for one in self.attempts)

    def changed(self, attempt: Attempt) -> None:
        """One of them moved."""
        for row, known in enumerate(self.attempts):
            if known.order_no == attempt.order_no:
                self.attempts[row] = attempt
                self.dataChanged.emit(self.index(row, 0), self.index(row, STATE))
                return

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.attempts)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = Qt.AlignmentFlag.AlignRight if section == AMOUNT else Qt.AlignmentFlag.AlignLeft
            return right | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole:
            return (_("Time"), _("Amount"), _("Paid by"), _("State"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        attempt, column = self.attempts[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(attempt, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column == AMOUNT:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        look = attempt_look(attempt)
        if role == Qt.ItemDataRole.DecorationRole and column == STATE:
            return icons.icon(look.icon, Palette.tone(look.tone))
        if role == Qt.ItemDataRole.ForegroundRole and column == STATE:
            return QColor(Palette.colour("ink"))
        return None

    def _text(self, attempt: Attempt, column: int) -> str:
        at = attempt.created_at.astimezone(self._zone)
        return (
            at.strftime(self._moment),
            attempt.shown_amount.display,
            route_word(attempt),
            attempt_short(attempt),
        )[column]
