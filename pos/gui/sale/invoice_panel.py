"""How the buyer wants the e-invoice: one field for scanning and typing, and a company's number and name beneath it."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from pos.domain.invoice import InvoiceRequest, Kind, detect_carrier, invoice_request, normalize_code
from pos.domain.payment import Attempt
from pos.errors import InputError
from pos.gui.invoice_words import invoice_request_words
from pos.gui.layouts import STRETCH, vbox
from pos.gui.scan_fields import CodeField
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Button, label, restyle
from pos.i18n import _


def read(code: str, ban: str, title: str) -> InvoiceRequest:
    """What was scanned or typed: nothing is paper, eight digits a company, three to seven a donation, else a carrier.

    Raises InputError naming the rule.
    """
    text = normalize_code(code)
    if re.fullmatch("[0-9]{8}", text, re.ASCII):
        return invoice_request(Kind.PAPER, ban=text, title=title)
    if re.fullmatch("[0-9]+", text, re.ASCII):
        return invoice_request(Kind.DONATION, text, ban, title)
    if not text:
        return invoice_request(Kind.PAPER, ban=ban, title=title)
    return invoice_request(
        detect_carrier(text) or (Kind.MOBILE if text.startswith("/") else Kind.CERTIFICATE), text, ban, title
    )


class InvoicePanel(SelfUpdating, QWidget):
    """``chosen`` carries the request; ``dropped`` means that there is none."""

    chosen = Signal(object)
    dropped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title, self._about = label("title"), label("soft", "invoiceAbout", wrap=True)
        self._fields = {name: self._made_field(name) for name in ("invoiceCode", "invoiceBan", "invoiceTitle")}
        self._words = {name: label("caption", wrap=True) for name in self._fields}
        self._says = label("lead", "invoiceSays", wrap=True)
        self._done = Button("invoiceDone", "primary", self.take)
        self._drop = Button("invoiceNone", "flat", self.dropped.emit)
        self._done.setMinimumHeight(64)
        self._drop.setMinimumHeight(48)
        self._attempt: Attempt | None = None
        fields = [part for name, field in self._fields.items() for part in (self._words[name], field)]
        head, foot = (self._title, self._about), (self._says, STRETCH, self._done, self._drop)
        vbox(*head, 8, *fields, 8, *foot, into=self, margins=16)
        self.retranslate()

    def _made_field(self, name: str) -> QLineEdit:
        field = QLineEdit() if name == "invoiceTitle" else CodeField()
        field.setObjectName(name)
        field.setMaxLength(64)
        field.textChanged.connect(lambda _text: self._show_reading())
        return field

    def ask(self, attempt: Attempt | None, known: InvoiceRequest | None) -> None:
        """For the next sale, or for ``attempt``; what was chosen before is shown again."""
        self._attempt = attempt
        self._fields["invoiceCode"].setText(known.code if known else "")
        self._fields["invoiceBan"].setText(known.ban if known else "")
        self._fields["invoiceTitle"].setText(known.title if known else "")
        self.retranslate()
        self._fields["invoiceCode"].setFocus()

    @property
    def attempt(self) -> Attempt | None:
        """The paid payment it is for, None for the next sale."""
        return self._attempt

    def take(self) -> None:
        """Take what was entered if it is valid."""
        try:
            found = self._read()
        except InputError:
            return  # it says why beneath the fields
        self.chosen.emit(found)

    def _read(self) -> InvoiceRequest:
        return read(*(field.text() for field in self._fields.values()))

    def _show_reading(self) -> None:
        try:
            words, tone = invoice_request_words(self._read()), "good"
        except InputError as error:
            words, tone = error.spoken(), "warn"
        self._says.setText(words)
        restyle(self._says, "tone", tone)
        self._done.setEnabled(tone == "good")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.take()
        else:
            super().keyPressEvent(event)

    def retranslate(self) -> None:
        attempt = self._attempt
        self._title.setText(_("E-invoice"))
        about = _about_next_sale()
        if attempt is not None and attempt.sale_id:
            about = _("The one e-invoice of the whole sale is issued when all of it is paid.")
        elif attempt is not None:
            about = _("For {amount}, {order}").format(amount=attempt.shown_amount.display, order=attempt.order_no)
        self._about.setText(about)
        words = {
            "invoiceCode": _("Scan or type the carrier, donation code or company number; empty for paper"),
            "invoiceBan": _("Company number (8 digits)"),
            "invoiceTitle": _("Company name"),
        }
        for name, text in words.items():
            self._words[name].setText(text)
            self._fields[name].setAccessibleName(text)
        self._done.say(_("Use this · Enter"))
        self._drop.say(_("No e-invoice · Esc"))
        self._show_reading()


def _about_next_sale() -> str:
    from pos.gateways import titles_with  # the window starts before it needs them
    from pos.gateways.capabilities import Capability

    text = _("For the next sale. {gateway} issues it when the payment is received.")
    return text.format(gateway=titles_with(Capability.E_INVOICE))
