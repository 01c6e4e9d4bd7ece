"""Every payment that is not settled, as tiles with live state: none of them holds up the next sale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from pos.domain.states import IN_FLIGHT, State
from pos.gui.layouts import vbox
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import label
from pos.i18n import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QListWidgetItem

    from pos.domain.payment import Attempt
    from pos.domain.split import SplitSale
    from pos.gui.sale.waiting_delegate import Tiles

WAITS: Final = IN_FLIGHT | {State.CREATED, State.REVIEW}
TALL: Final = 50
"""Pixels of a tile's height, the gap to the next one included; two rows of them have their room."""


class WaitingList(SelfUpdating, QWidget):
    """``chosen`` carries the order number of a tile that was pressed, ``sale_chosen`` the id of a split sale.

    ``name`` is the objectName of the tiles.
    """

    chosen = Signal(str)
    sale_chosen = Signal(str)

    def __init__(self, name: str = "waitingList") -> None:
        super().__init__()
        self._name = name
        self._attempts: dict[str, Attempt] = {}
        self._sales: Sequence[SplitSale] = ()
        self._title = label("soft", "waitingTitle" if name == "waitingList" else f"{name}Title")
        self._tiles: Tiles | None = None
        self._room = QWidget()
        self._room.setFixedHeight(2 * TALL)
        vbox(self._title, self._room, into=self, spacing=4)
        self.retranslate()

    def build_deferred(self) -> None:
        """Build the tiles. Before the journal is open there are none, and Qt's lists cost the start a tenth of it."""
        from pos.gui.sale.waiting_delegate import ORDER_NO, Tiles

        if self._tiles is not None:
            return

        def chosen(item: QListWidgetItem) -> None:
            number = item.data(ORDER_NO)
            (self.chosen if number in self._attempts else self.sale_chosen).emit(number)

        self._tiles = Tiles(self._name)
        self._tiles.itemClicked.connect(chosen)
        self._tiles.itemActivated.connect(chosen)
        vbox(self._tiles, into=self._room)
        self.retranslate()

    def reset(self, attempts: Iterable[Attempt]) -> None:
        """All that waits, as the journal has it."""
        self._attempts = {attempt.order_no: attempt for attempt in attempts}
        self._fill()

    def changed(self, attempt: Attempt) -> None:
        """One attempt moved."""
        if attempt.state in WAITS:
            self._attempts[attempt.order_no] = attempt
        elif self._attempts.pop(attempt.order_no, None) is None:
            return
        self._fill()

    def show_sales(self, sales: Sequence[SplitSale]) -> None:
        """The split sales that were left with a part paid."""
        if sales != self._sales:
            self._sales = sales
            self._fill()

    def mark(self, order_no: str) -> None:
        """Mark the one in front; "" for none."""
        if self._tiles is not None:
            self._tiles.mark(order_no)

    def attempts(self) -> list[Attempt]:
        """What is listed, newest first."""
        return sorted(self._attempts.values(), key=lambda one: one.created_at, reverse=True)

    def _fill(self) -> None:
        if self._tiles is not None:
            self._tiles.fill(self.attempts(), self._sales)
        count = len(self._attempts) + len(self._sales)
        self._title.setText(_("Waiting: {count}").format(count=count) if count else _("No payment is waiting."))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def retranslate(self) -> None:
        if self._tiles is not None:
            self._tiles.setAccessibleName(_("Waiting payments"))
        self._fill()

    repaint_icons = retranslate
