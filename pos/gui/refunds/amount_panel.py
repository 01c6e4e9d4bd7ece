"""How much goes back: all of it, a sum, or items; and the pad for whatever must be typed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QWidget

from pos.domain.money import Money, parse, places
from pos.domain.payment import Line
from pos.errors import InputError
from pos.gui.digit_pad import field_pad
from pos.gui.layouts import Item, hbox, vbox
from pos.gui.refunds.items import RefundItems
from pos.gui.scan_fields import DigitField, ScanField
from pos.gui.widgets import Button, Card, label, restyle
from pos.gui.words import route_word
from pos.i18n import _
from pos.services.refund_options import RefundOptions, check_amount, chosen, worth

ALL, SUM, ITEMS, REFERENCE = range(4)

GIANT = 11
"""Characters of a sum that fit in the largest size beside the reasons."""


class AmountPanel(Card):
    """``changed`` says that the sum may be another one, ``entered`` that Enter was pressed in it."""

    changed = Signal()
    entered = Signal()

    def __init__(self, currency: str) -> None:
        super().__init__("refundSum", "card")
        self._quote: RefundOptions | None = None
        self._about = label("soft", "refundSumAbout", wrap=True)
        self.all = self._choice("refundChooseAll", lambda: self._choose(whole=True))
        self.part = self._choice("refundChoosePart", lambda: self._choose(whole=False))
        self._whole = label("giant", "refundWhole", align=Qt.AlignmentFlag.AlignCenter)
        self.field = _limited(DigitField("refundAmount"))
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.pad = field_pad("refundPad", self.field, "." if places(currency) else "00")
        self.items, self._worth = RefundItems(), label("title", "refundItemsSum", align=Qt.AlignmentFlag.AlignRight)
        self.reference = _limited(ScanField("refundReference"))
        self._reference_pad = field_pad("refundReferencePad", self.reference, "-")
        self._reference_title = label("caption")
        self._middle = QStackedWidget()
        self._lay_out()
        self.field.textChanged.connect(lambda _text: self.changed.emit())
        self.field.returnPressed.connect(self.entered)
        self.reference.returnPressed.connect(self.entered)
        self.items.changed.connect(self._on_items)
        self.retranslate()

    def _choice(self, name: str, action: Callable[[], object]) -> Button:
        button = Button(name, "choice", action)
        button.setCheckable(True)
        button.setMinimumHeight(48)
        return button

    def _lay_out(self) -> None:
        pages = (
            _page((self._whole, 1)),
            _page(self.field, (self.pad, 1)),
            _page((self.items, 1), self._worth),
            _page(self._reference_title, self.reference, (self._reference_pad, 1)),
        )
        for page in pages:
            self._middle.addWidget(page)
        vbox(self._about, hbox((self.all, 1), (self.part, 1)), (self._middle, 1), into=self, margins=16)

    # -- showing ----------------------------------------------------------------------------------------------

    def begin(self, quote: RefundOptions, *, whole: bool) -> None:
        """A new refund."""
        self._quote = quote
        self.field.clear()
        self.reference.clear()
        self.items.show_items(quote.items)
        self._choose(whole=whole)
        self.retranslate()

    def _choose(self, *, whole: bool) -> None:
        self.all.setChecked(whole)
        self.part.setChecked(not whole)
        by_items = self._quote is not None and len(self._quote.items) > 1
        self._middle.setCurrentIndex(ALL if whole else ITEMS if by_items else SUM)
        if not whole:
            (self.items if by_items else self.field).setFocus()
        self._on_items()

    def ask_reference(self) -> None:
        """Bring the pad for the reference forward."""
        self._middle.setCurrentIndex(REFERENCE)
        self.reference.setFocus()

    def _on_items(self) -> None:
        if self._quote is not None:
            lines = chosen(self._quote, self.items.counts)
            self._worth.setText(_("Total {amount}").format(amount=worth(self._quote, lines).display))
        self.changed.emit()

    # -- telling ----------------------------------------------------------------------------------------------

    def request(self) -> tuple[Money, tuple[Line, ...]]:
        """What goes back. Raises InputError."""
        quote = self._quote
        if quote is None or self.all.isChecked():
            return (quote.left if quote else Money(0, "TWD")), ()
        lines = chosen(quote, self.items.counts) if len(quote.items) > 1 else ()
        amount = worth(quote, lines) if lines else self._typed(quote)
        check_amount(quote, amount)
        return amount, lines

    def _typed(self, quote: RefundOptions) -> Money:
        if len(quote.items) > 1:
            raise InputError("items", _("Choose the items to refund."))
        return parse(self.field.text(), quote.left.currency)

    def retranslate(self) -> None:
        self.all.say(_("Full amount"))
        self.part.say(_("Partial amount"))
        for field, text in ((self.field, _("Amount")), (self.reference, _("Reference"))):
            field.setPlaceholderText(text)
            field.setAccessibleName(text)
        self._reference_title.setText(_("Number of the refund at the bank or the gateway"))
        if self._quote is not None:
            attempt, left = self._quote.attempt, self._quote.left.display
            self._about.setText(f"{route_word(attempt)} · {attempt.order_no}\n" + _("{left} left").format(left=left))
            self._whole.setText(left)
            restyle(self._whole, "role", "big" if len(left) > GIANT else "giant")
            self._on_items()


def _limited(field: QLineEdit) -> QLineEdit:
    field.setMaxLength(64)
    return field


def _page(*items: Item) -> QWidget:
    page = QWidget()
    vbox(*items, into=page)
    return page
