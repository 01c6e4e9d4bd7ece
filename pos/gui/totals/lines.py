"""The payments behind one figure, a page at a time; each opens in the past payments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from pos.domain.totals import LedgerEntry
from pos.gui.layouts import hbox, vbox
from pos.gui.self_updating import SelfUpdating
from pos.gui.tables import RecordModel
from pos.gui.totals.tables import Table, entry_columns, show_entries
from pos.gui.widgets import Button, label
from pos.i18n import _

PAGE = 100


class Lines(SelfUpdating, QWidget):
    """``opened`` carries an order number, ``closed`` goes back to the charts. ``more`` asks for the lines after one."""

    opened = Signal(str)
    closed = Signal()

    def __init__(self, zone: tzinfo, more: Callable[[int], object]) -> None:
        super().__init__()
        self._more = more
        self._whole = False
        self._close = Button("totalsCloseLines", "", self.closed.emit).with_icon("back")
        self._title = label("lead", "totalsLinesTitle")
        self._zone = zone
        self.model = RecordModel(entry_columns(zone, {}))
        self.table = Table("totalsLines", self.model)
        self._none = label("lead", "totalsLinesEmpty", align=Qt.AlignmentFlag.AlignCenter)
        self.table.opened.connect(lambda row: self.opened.emit(self.model.records[row].order_no))
        self.table.verticalScrollBar().valueChanged.connect(self._on_scroll)
        head = hbox(self._close, (self._title, 1), spacing=16)
        vbox(head, (self.table, 1), (self._none, 1), into=self)
        self.retranslate()

    def begin(self, title: str) -> None:
        """Another figure; its lines are on their way."""
        self._title.setText(title)
        self._whole = True
        show_entries(self.model, (), self._zone, {})
        self._none.hide()
        self.table.show()
        self.table.setFocus()

    def show_lines(self, lines: Sequence[LedgerEntry], people: Mapping[str, str]) -> None:
        """The first page."""
        self._whole = len(lines) < PAGE
        show_entries(self.model, lines, self._zone, people)
        self.table.setVisible(bool(lines))
        self._none.setVisible(not lines)
        if lines:
            self.table.selectRow(0)
            self.table.setFocus()
        else:
            self._close.setFocus()

    def add(self, lines: Sequence[LedgerEntry]) -> None:
        """The next page."""
        self._whole = len(lines) < PAGE
        self.model.extend(lines)

    def _on_scroll(self, value: int) -> None:
        if not self._whole and value >= self.table.verticalScrollBar().maximum():
            self._whole = True  # until the page that is asked for now has come
            self._more(self.model.records[-1].seq)

    def retranslate(self) -> None:
        self._close.say(_("Totals"))
        self._none.setText(_("There are no payments behind this figure."))
