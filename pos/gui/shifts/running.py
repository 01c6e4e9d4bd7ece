"""A shift is open: who and since when, cash that moves without a sale, and the way to the count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHeaderView, QWidget

from pos.domain.in_process import InProcess
from pos.domain.in_process_words import entries
from pos.domain.shift import CashMovement, CashMovementKind, Shift
from pos.gui.self_updating import SelfUpdating
from pos.gui.shifts.parts import Rows, big_button, pair, sheet
from pos.gui.shifts.words import MOVEMENTS, since, spell_moment
from pos.gui.tables import ROW
from pos.gui.widgets import Band, Card, label
from pos.i18n import N_, _

NAMES = {
    CashMovementKind.PAID_IN: "shiftPaidIn",
    CashMovementKind.PAID_OUT: "shiftPaidOut",
    CashMovementKind.DROP: "shiftDrop",
}


COLUMNS: Final = {N_("Time"): 104, N_("Entry"): 80, N_("Amount"): 80, N_("Reason"): 0}
AMOUNT: Final = 2


class RunningPanel(SelfUpdating, QWidget):
    """``moving`` carries a Movement, or None for the drawer alone."""

    moving = Signal(object)
    reading = Signal()
    counting = Signal()

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone
        self._shift: Shift | None = None
        self._who = ""
        self._names: Mapping[str, str] = {}
        self._moved: Sequence[CashMovement] = ()
        self._waiting = InProcess()
        self._title, self._since = label("title", "shiftOpenTitle"), label("", "shiftSince", wrap=True)
        self._float = label("lead", "shiftFloatShown")
        self._keys = {kind: big_button(name, "", partial(self.moving.emit, kind)) for kind, name in NAMES.items()}
        self._drawer = big_button("shiftDrawer", "", lambda: self.moving.emit(None))
        self._read = big_button("shiftX", "", self.reading.emit)
        self.count = big_button("shiftCount", "primary", self.counting.emit, 72)
        self._moves_title = label("lead")
        self._moves = Rows("shiftMoves", COLUMNS, right=AMOUNT)
        self._moves.setWordWrap(True)  # a reason is there to be read
        self._moves.verticalHeader().setMinimumSectionSize(ROW)
        self._moves.verticalHeader().setMaximumSectionSize(2 * ROW)
        self._moves.horizontalHeader().sectionResized.connect(lambda *_sizes: self._moves.resizeRowsToContents())
        self._moves.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._none = label("soft", "shiftMovesEmpty", wrap=True, align=Qt.AlignmentFlag.AlignCenter)
        self._moves.empty = self._none
        self._flying = Band("shiftInFlight")
        pair(self, self._act_card(), self._list_card(), 42)
        self.retranslate()

    def _act_card(self) -> Card:
        card, column = sheet()
        for part in (self._title, self._since, self._float):
            column.addWidget(part)
        column.addSpacing(8)
        grid = QGridLayout()
        grid.setSpacing(8)
        for place, key in enumerate((*self._keys.values(), self._drawer)):
            grid.addWidget(key, place // 2, place % 2)
        column.addLayout(grid)
        column.addWidget(self._read)
        column.addStretch(1)
        column.addWidget(self.count)
        return card

    def _list_card(self) -> Card:
        card, column = sheet()
        column.addWidget(self._moves_title)
        column.addWidget(self._moves, 1)
        column.addWidget(self._none, 1)
        column.addWidget(self._flying)
        return card

    def show_shift(
        self, shift: Shift, moves: Sequence[CashMovement], waiting: InProcess, names: Mapping[str, str]
    ) -> None:  # fmt: skip
        """Show the open shift, what moved in it, and what is in process."""
        self._shift, self._moved, self._waiting, self._names = shift, moves, waiting, names
        self._who = names.get(shift.opened_by, shift.opened_by)
        self.retranslate()

    def _fill(self) -> None:
        rows = []
        for one in reversed(self._moved):
            who = self._names.get(one.actor, one.actor)
            reason = f"{one.reason} · {who}" if who else one.reason
            rows.append((spell_moment(one.at, self._zone), _(MOVEMENTS[one.kind]), one.amount.display, reason))
        self._moves.show_rows(rows)

    def _show_in_process(self) -> None:
        show_in_process(self._flying, self._waiting, 4)

    def escape(self) -> bool:
        """There is nothing to clear."""
        return False

    def retranslate(self) -> None:
        if self._shift is not None:
            self._since.setText(since(self._shift, self._who, self._zone))
            self._float.setText(_("Float {amount}").format(amount=self._shift.opening.display))
        self._title.setText(_("The shift is open"))
        for kind, key in self._keys.items():
            key.say(_(MOVEMENTS[kind]))
        self._drawer.say(_("Open the drawer"))
        self._read.say(_("X report: figures so far"))
        self.count.say(_("Count and close"))
        self._moves_title.setText(_("Cash in and out without a sale"))
        self._none.setText(_("No entries yet. Cash in or out without a sale is listed here with its reason."))
        self._fill()
        self._show_in_process()


def show_in_process(band: Band, found: InProcess, most: int) -> None:
    """Say what is handed on when the shift closes: how many, and the first ones by their numbers."""
    if not found.count:
        band.say(_("Nothing is in process."), "quiet", "tick")
        return
    text = _("{count} in process, carried over to the next shift when you close:").format(count=found.count)
    lines = [text, *(f"{one.number}  {one.amount}  {one.words}" for one in entries(found)[:most])]
    if (more := found.count - most) > 0:
        lines.append(_("and {count} more").format(count=more))
    band.say("\n".join(lines), "busy", "clock")
