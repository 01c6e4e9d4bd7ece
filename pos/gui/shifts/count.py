"""The blind count: notes and coins piece by piece, or one sum. What should lie there is not shown."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QRegularExpressionValidator
from PySide6.QtWidgets import QGridLayout, QStackedWidget, QWidget

from pos.domain.cash import DENOMINATIONS
from pos.domain.in_process import InProcess
from pos.domain.money import Money
from pos.domain.shift import MAX_PIECES, sum_of_count
from pos.errors import InputError
from pos.gui.digit_pad import BACK, DigitPad
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.reasons import Reasons
from pos.gui.scan_fields import DigitField
from pos.gui.self_updating import SelfUpdating
from pos.gui.shifts.parts import SumPad, big_button, pair, sheet
from pos.gui.shifts.running import show_in_process
from pos.gui.shifts.words import CLOSE_REASONS
from pos.gui.widgets import Band, Button, Card, label
from pos.i18n import _


class Pieces(DigitField):
    """How many of one note or coin. Up and Down step, Enter goes to the next one."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.setProperty("role", "pieces")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setPlaceholderText("0")
        self.setFixedWidth(68)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        digits = QRegularExpression(f"[0-9]{{0,{len(str(MAX_PIECES))}}}")
        self.setValidator(QRegularExpressionValidator(digits, self))

    @property
    def number(self) -> int:
        return int(self.text() or 0)

    def step(self, by: int) -> None:
        """One more, or one less."""
        number = min(max(self.number + by, 0), MAX_PIECES)
        self.setText(str(number) if number else "")
        self.setFocus()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self.selectAll()  # typing replaces the old number

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps: Mapping[int, int] = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        if event.key() in steps:
            self.step(steps[event.key()])
        else:
            super().keyPressEvent(event)


TWO_LINES = 56
"""Pixels of a sentence that does not fit on one line."""


class CountPanel(SelfUpdating, QWidget):
    """``closing`` carries the sum, the pieces and the reason, "" for none."""

    closing = Signal(object, object, str)
    scanned = Signal()

    def __init__(self, currency: str) -> None:
        super().__init__()
        self._currency = currency
        self._waiting = InProcess()
        self._refusal: InputError | None = None
        self._title, self._about = label("title", "shiftCountTitle"), label("soft", wrap=True)
        self._fields = {piece: Pieces(f"shiftCount{piece}") for piece in DENOMINATIONS.get(currency, ())}
        self._pad = None if self._fields else SumPad("shiftCount", "shiftCountDigitField", currency)
        self._sum_word, self._sum = label("lead"), label("big", "shiftCountSum", align=Qt.AlignmentFlag.AlignRight)
        self._flying = Band("shiftHandedOn")
        self._keys = DigitPad("shiftCount", ("0", "00", BACK))
        self._reason = Reasons("shiftCloseReason", CLOSE_REASONS)
        self._says = Band("shiftDifference")
        self._says.setMinimumHeight(TWO_LINES)
        self._again = big_button("shiftCountAgain", "", self._count_again, 56)
        self._close = big_button("shiftClose", "primary", self._on_close)
        self._aside = QStackedWidget()
        self._steppers: list[Button] = []
        self._waits = False
        pair(self, self._count_card(), self._close_card(), 58)
        self._connect()
        self.retranslate()

    def _connect(self) -> None:
        self._keys.typed.connect(self._on_key)
        self._keys.backspaced.connect(lambda: self._on_key(""))
        self._reason.entered.connect(self._on_close)
        self._reason.changed.connect(self._show_sum)
        for field in self._fields.values():
            field.textChanged.connect(lambda _text: self._on_changed())
            field.returnPressed.connect(self._on_next)
            field.scanned.connect(self.scanned)
        if self._pad is not None:
            self._pad.changed.connect(self._on_changed)
            self._pad.entered.connect(self._close.setFocus)
            self._pad.scanned.connect(self.scanned)

    def _count_card(self) -> Card:
        card, column = sheet()
        for part in (self._title, self._about):
            column.addWidget(part)
        if self._pad is not None:
            column.addWidget(self._pad, 1)
        else:
            column.addLayout(self._grid())
            column.addStretch(1)
        column.addWidget(self._flying)
        return card

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        half = (len(self._fields) + 1) // 2
        for place, (piece, field) in enumerate(self._fields.items()):
            left = 5 * (place // half)
            word = label("strong", align=Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            word.setText(Money(piece, self._currency).display.removesuffix(".00"))
            parts = (word, self._stepper(piece, "Less", -1), field, self._stepper(piece, "More", 1))
            for column, part in enumerate(parts):
                grid.addWidget(part, place % half, left + column)
        grid.setColumnMinimumWidth(4, 8)
        grid.setColumnStretch(9, 1)
        return grid

    def _stepper(self, piece: int, name: str, by: int) -> Button:
        key = Button(f"shiftCount{piece}{name}", "edit", lambda: self._fields[piece].step(by))
        key.setFixedSize(48, 50)
        key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        key.say("+" if by > 0 else "−")
        self._steppers.append(key)
        return key

    def _close_card(self) -> Card:
        card, column = sheet()
        column.addLayout(hbox(self._sum_word, (self._sum, 1)))
        why = QWidget()
        vbox(self._says, self._reason, STRETCH, self._again, into=why)
        for page in (self._keys if self._pad is None else QWidget(), why):
            self._aside.addWidget(page)
        column.addWidget(self._aside, 1)
        column.addWidget(self._close)
        return card

    # -- counting ---------------------------------------------------------------------------------------------

    def begin(self, waiting: InProcess) -> None:
        """Start with an empty count; ``waiting`` is what the next shift will be handed."""
        self.show_in_process(waiting)
        self.clear()
        self._count_again()

    def show_in_process(self, waiting: InProcess) -> None:
        """Show what is in process now: it goes on while the drawer is counted."""
        self._waiting = waiting
        show_in_process(self._flying, waiting, 2)

    @property
    def notes(self) -> dict[int, int]:
        """What was counted, by denomination."""
        return {piece: field.number for piece, field in self._fields.items() if field.number}

    @property
    def counted(self) -> Money:
        """The sum so far."""
        return self._pad.money if self._pad is not None else sum_of_count(self.notes, self._currency)

    def clear(self) -> bool:
        """Empty it; False when it was empty."""
        had = any(field.text() for field in self._fields.values())
        for field in self._fields.values():
            field.clear()
        return self._pad.clear() if self._pad is not None else had

    def escape(self) -> bool:
        """From the reason back to the count; else clear it; False when there was nothing."""
        if self._waits:
            return True  # what is being closed stays as it was counted
        if self._aside.currentIndex() == 1:
            self._count_again()
            return True
        return self.clear()

    def ask_reason(self, refusal: InputError) -> None:
        """It is over or short: say so in place, and ask why."""
        self._reason.clear()
        self._refusal = refusal
        self._aside.setCurrentIndex(1)
        self.busy(False)
        self.retranslate()
        self._reason.setFocus()

    def busy(self, wait: bool) -> None:
        """While the gateways are asked for their last word the count cannot be changed."""
        self._waits = wait
        pads = [self._pad] if self._pad is not None else []
        for field in (*self._fields.values(), *(pad.field for pad in pads)):
            field.setReadOnly(wait)
        for key in (*self._steppers, self._keys, self._again, *(pad.keys for pad in pads)):
            key.setEnabled(not wait)
        self._close.setEnabled(not wait)
        if wait:
            self._close.say(_("Checking with the gateways…"))
        else:
            self._show_sum()

    def _count_again(self) -> None:
        self._refusal = None
        self._aside.setCurrentIndex(0)
        self.busy(False)
        self.retranslate()
        (self._pad or next(iter(self._fields.values()))).setFocus()

    def _on_changed(self) -> None:
        self._refusal = None
        self._aside.setCurrentIndex(0)  # another count needs another answer
        self._show_sum()

    def _on_key(self, text: str) -> None:
        front = self.focusWidget()
        field = front if isinstance(front, Pieces) else next(iter(self._fields.values()))
        field.setFocus()
        field.insert(text) if text else field.backspace()

    def _on_next(self) -> None:
        fields = list(self._fields.values())
        place = next((place for place, field in enumerate(fields) if field.hasFocus()), -1) + 1
        (fields[place] if place < len(fields) else self._close).setFocus()

    def _on_close(self) -> None:
        if self._close.isEnabled():
            self.closing.emit(self.counted, self.notes, self._reason.text if self._refusal else "")

    # -- looks ------------------------------------------------------------------------------------------------

    def _show_sum(self) -> None:
        self._sum.setText(self.counted.display)
        self._sum.setAccessibleName(self.counted.display)
        self._close.setEnabled(self._refusal is None or bool(self._reason.text))
        self._close.say(_("Close with this reason") if self._refusal else _("Close the shift"))

    def retranslate(self) -> None:
        self._title.setText(_("Count the drawer"))
        self._about.setText(_("Count all the cash in the drawer, including the float."))
        self._sum_word.setText(_("Counted"))
        if self._pad is not None:
            self._pad.say(_("Counted"))
        self._says.say(self._refusal.spoken() if self._refusal else "", "warn", "question")
        self._again.say(_("Count again"))
        for piece, field in self._fields.items():
            field.setAccessibleName(_("Pieces of {money}").format(money=Money(piece, self._currency).display))
        self._show_sum()
        show_in_process(self._flying, self._waiting, 2)
