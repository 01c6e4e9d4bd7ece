"""Items to refund where there is an e-invoice: ticked whole, or counted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QWidget

from pos.domain.payment import Line
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.long_button import LongButton
from pos.gui.widgets import TARGET, Button, label
from pos.i18n import _


class ItemButton(LongButton):
    """What goes back and what goes with it: two sizes of one tea differ at the end of their names."""

    dots = Qt.TextElideMode.ElideMiddle


class ItemRow(QWidget):
    """One item: touched whole, or counted with - and +."""

    changed = Signal()

    def __init__(self, item: Line, place: int) -> None:
        super().__init__()
        self.count = 0
        self._item = item
        self.tick = ItemButton(f"refundItem{place}", "choice", self._on_tick)
        self.tick.setCheckable(True)
        self.tick.setMinimumHeight(56)
        self.tick.say(f"{item.name}\n{item.unit_price.display} × {item.quantity}", f"{item.name} × {item.quantity}")
        self._number = label("lead", f"refundItem{place}Count", align=Qt.AlignmentFlag.AlignCenter)
        self._number.setMinimumWidth(32)
        self._less = Button(f"refundItem{place}Less", "edit", partial(self._step, -1))
        self._more = Button(f"refundItem{place}More", "edit", partial(self._step, 1))
        self._less.say("−", _("One less of {item}").format(item=item.name))
        self._more.say("+", _("One more of {item}").format(item=item.name))
        hbox((self.tick, 1), self._less, self._number, self._more, into=self)
        for button in (self._less, self._more):
            button.setMinimumSize(TARGET + 8, 56)
        self._refresh()

    def _on_tick(self) -> None:
        self._set(self._item.quantity if self.tick.isChecked() else 0)

    def _step(self, by: int) -> None:
        self._set(max(0, min(self._item.quantity, self.count + by)))

    def _set(self, count: int) -> None:
        self.count = count
        self._refresh()
        self.changed.emit()

    def _refresh(self) -> None:
        self._number.setText(str(self.count))
        self.tick.setChecked(self.count > 0)
        self._less.setEnabled(self.count > 0)
        self._more.setEnabled(self.count < self._item.quantity)


class RefundItems(QScrollArea):
    """``changed`` says that another number of something goes back."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("refundItems")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rows: list[ItemRow] = []

    def show_items(self, items: Sequence[Line]) -> None:
        """A new sale's items, none of them chosen."""
        self._rows = [ItemRow(item, place) for place, item in enumerate(items, 1)]
        inside = QWidget()
        for row in self._rows:
            row.changed.connect(self.changed)
        vbox(*self._rows, STRETCH, into=inside, margins=(0, 0, 8, 0))
        self.setWidget(inside)
        if self._rows:
            self.setFocusProxy(self._rows[0].tick)

    @property
    def counts(self) -> list[int]:
        """How many of each go back."""
        return [row.count for row in self._rows]
