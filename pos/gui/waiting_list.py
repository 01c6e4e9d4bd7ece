"""Everything in flight as tiles with live state: none of them holds up the next sale."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from pos.domain.payment import Attempt
from pos.domain.states import IN_FLIGHT, State
from pos.gui import icons
from pos.gui.widgets import Palette, label
from pos.gui.words import LOOKS, state_short, tender_word
from pos.i18n import _

WAITS = IN_FLIGHT | {State.CREATED, State.REVIEW}
TILE = QSize(168, 64)


class WaitingList(QWidget):
    """``chosen`` carries the order number of a tile that was pressed."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._attempts: dict[str, Attempt] = {}
        self._title = label("soft")
        self._list = QListWidget()
        self._list.setObjectName("waitingList")
        self._list.setFlow(QListView.Flow.LeftToRight)
        self._list.setWrapping(False)
        self._list.setUniformItemSizes(True)
        self._list.setIconSize(QSize(24, 24))
        self._list.setSpacing(2)
        self._list.setFixedHeight(96)
        self._list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._list.itemClicked.connect(self._on_item)
        self._list.itemActivated.connect(self._on_item)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._title)
        column.addWidget(self._list)
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

    def attempts(self) -> list[Attempt]:
        """What is listed, newest first."""
        return sorted(self._attempts.values(), key=lambda one: one.created_at, reverse=True)

    def _fill(self) -> None:
        self._list.clear()
        for attempt in self.attempts():
            look = LOOKS[attempt.state]
            text = f"{attempt.amount.display}\n{tender_word(attempt.tender)} · {state_short(attempt.state)}"
            item = QListWidgetItem(icons.icon(look.icon, Palette.colour(look.tone)), text)
            item.setSizeHint(TILE)
            item.setData(Qt.ItemDataRole.UserRole, attempt.order_no)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, text.replace("\n", ", "))
            self._list.addItem(item)
        self._say_title()

    def _say_title(self) -> None:
        count = len(self._attempts)
        self._title.setText(_("Waiting: {count}").format(count=count) if count else _("Nothing is waiting."))

    def _on_item(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # digits go on to the sale, whatever is marked here

    def retranslate(self) -> None:
        self._list.setAccessibleName(_("Waiting payments"))
        self._fill()

    repaint_icons = retranslate
