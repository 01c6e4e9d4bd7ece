"""The chosen agreement: its state, its page while the customer has not paid, its calendar, and what can be done."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QWidget

from pos.domain.agreement import Agreement, AgreementState, ChargeState
from pos.domain.agreement_words import terms_words
from pos.domain.payment import Attempt
from pos.gui.agreements.calendar import Calendar
from pos.gui.agreements.decision import DecisionPanel
from pos.gui.agreements.words import (
    CHARGE_ABOUT,
    CHARGE_CHOICES,
    LOOKS,
    SETTLE_ABOUT,
    SETTLE_CHOICES,
    SETTLE_REASONS,
    STOP,
    STOP_ABOUT,
    STOP_CHOICES,
    STOP_REASONS,
)
from pos.gui.bridge import Bridge
from pos.gui.layouts import hbox, vbox
from pos.gui.reasons import OTHER
from pos.gui.refunds.verdict_card import WHY
from pos.gui.sale.qr import QrView, encode
from pos.gui.widgets import Band, Button, Card, Palette, label
from pos.i18n import N_, _

CALENDAR, PAGE, STOPPING, SETTLING, SETTLING_CHARGE = range(5)

CODE: Final = 232
"""Pixels of the QR code at least."""

_NEW: Final = frozenset({AgreementState.CREATED, AgreementState.OPEN})

NO_ADDRESS: Final = N_("This register does not know the address of the page any more. Cancel it and make a new one.")


class AgreementCard(Card):
    """Signals carry the agreement's number; ``stop_wanted`` also the reason, ``settle_wanted`` also the decision, the
    reason and the number of the charge, None for the agreement itself."""

    check_wanted = Signal(str)
    cancel_wanted = Signal(str)
    stop_wanted = Signal(str, str)
    settle_wanted = Signal(str, str, str, object)
    payment_wanted = Signal(str)
    review_wanted = Signal(str)

    def __init__(self, zone: tzinfo, bridge: Bridge) -> None:
        super().__init__("agreementCard", "card")
        self._bridge, self._zone = bridge, zone
        self.agreement: Agreement | None = None
        self._first: Attempt | None = None
        self._encoded = ""
        right = Qt.AlignmentFlag.AlignRight
        self._amount, self._terms = label("big", "agreementAmount"), label("soft", "agreementTerms", align=right)
        self._state, self._says = Band("agreementState"), label("", "agreementSays", wrap=True)
        self._state.setMinimumHeight(48)
        self._qr, self._until = QrView(), label("soft", "agreementUntil", align=Qt.AlignmentFlag.AlignCenter, wrap=True)
        self._qr.setObjectName("agreementQr")
        self._qr.setMinimumSize(CODE, CODE)
        self.calendar = Calendar(zone)
        self.calendar.chosen.connect(lambda _charge: self._refresh())
        self._decisions = {
            STOPPING: DecisionPanel("agreementStop", STOP_ABOUT, STOP_CHOICES, STOP_REASONS, OTHER),
            SETTLING: DecisionPanel("agreementSettle", SETTLE_ABOUT, SETTLE_CHOICES, SETTLE_REASONS, WHY),
            SETTLING_CHARGE: DecisionPanel("agreementCharge", CHARGE_ABOUT, CHARGE_CHOICES, SETTLE_REASONS, WHY),
        }
        for panel in self._decisions.values():
            panel.decided.connect(self._on_decided)
            panel.left.connect(self.show_main)
        self._settle = Button("agreementSettle", "primary", self._ask_settle)
        self._check = Button("agreementCheck", "", self.check)
        self._payment = Button("agreementPayment", "", self._on_payment)
        self._stop = Button("agreementStop", "", self._ask_stop)
        self._cancel = Button("agreementCancel", "danger", self._on_cancel)
        self._gap = QWidget()  # 12 mm with the spacing: no cancelling by a slip of the finger
        self._gap.setFixedWidth(32)
        self._middle = QStackedWidget()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # the row's shares, nothing else
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        page = QWidget()
        vbox((self._qr, 1), self._until, into=page)
        for part in (self.calendar, page, *self._decisions.values()):
            self._middle.addWidget(part)
        self._buttons = QWidget()
        hbox(self._button_row(), into=self._buttons)
        top, state = hbox(self._amount, (self._terms, 1)), hbox((self._state, 1), self._settle)
        margins = 16, 28 if Palette.training else 16, 16, 16
        vbox(top, state, self._says, (self._middle, 1), self._buttons, into=self, margins=margins)

    def _button_row(self) -> QHBoxLayout:
        for button in (self._check, self._payment, self._stop, self._cancel, self._settle):
            button.setMinimumHeight(48)
        return hbox((self._check, 1), (self._payment, 1), self._gap, self._stop, self._cancel)

    # -- showing ----------------------------------------------------------------------------------------------

    def show_agreement(self, agreement: Agreement | None) -> None:
        """Bring an agreement to the front; None empties the card."""
        before = self.agreement
        if agreement is None or before is None or before.order_no != agreement.order_no:
            self._first = None
        self.agreement = agreement
        if agreement is None:
            self._show_link("")
            return
        if before is None or (before.order_no, before.state) != (agreement.order_no, agreement.state):
            self._middle.setCurrentIndex(PAGE if agreement.state in _NEW else CALENDAR)
        self.calendar.show_agreement(agreement)
        self._refresh()

    def show_first(self, first: Attempt) -> None:
        """Show the page of the first charge, if its agreement is in front."""
        if self.agreement is not None and first.order_no == self.agreement.order_no:
            self._first = first
            self._refresh()

    def show_main(self) -> None:
        """Go back from the reason for a decision."""
        self._middle.setCurrentIndex(PAGE if self.agreement and self.agreement.state in _NEW else CALENDAR)
        self._refresh()
        self._check.setFocus()

    def escape(self) -> bool:
        """Handle Esc: leave the reason for a decision; False if none was asked for."""
        if not self._asks:
            return False
        self.show_main()
        return True

    def _refresh(self) -> None:
        if (agreement := self.agreement) is None:
            return
        look = LOOKS[agreement.state]
        self._amount.setText(agreement.terms.amount.display)
        lines = terms_words(agreement.terms), agreement.reference, agreement.order_no
        self._terms.setText("\n".join(line for line in lines if line))
        self._state.say(_(look.word), look.tone, look.icon)
        is_new, asks = agreement.state in _NEW, self._asks
        failed = self._first is not None and agreement.state is AgreementState.FAILED
        said = (self._first.message if failed and self._first else agreement.message).spoken()
        self._says.setText(said)
        self._says.setVisible(bool(said) and not asks)
        self._show_page(agreement)
        self._buttons.setVisible(not asks)
        self._check.setEnabled(agreement.state is not AgreementState.CREATED)
        self._payment.setVisible(not is_new)
        self._payment.setEnabled(bool(self._payment_no()))
        self._settle.setVisible(not asks and (agreement.state is AgreementState.REVIEW or self._charge is not None))
        self._settle.say(_("Settle charge {number}…").format(number=self._charge) if self._charge else _("Settle…"))
        self._stop.setVisible(agreement.state is AgreementState.ACTIVE)
        self._cancel.setVisible(is_new)
        self._gap.setVisible(is_new)
        self._cancel.setEnabled(self._first is not None and not self._first.cancel_wanted)

    def _show_page(self, agreement: Agreement) -> None:
        first = self._first
        link = first.shown_url if first is not None and agreement.state is AgreementState.OPEN else ""
        self._show_link(link)
        self._until.setText(self._page_words(first, link) if agreement.state is AgreementState.OPEN and first else "")

    def _page_words(self, first: Attempt, link: str) -> str:
        if not link:
            return _(NO_ADDRESS)
        words = _("The customer scans the code and enters the card.")
        if first.expires_at is None:
            return words
        ends = f"{first.expires_at.astimezone(self._zone):%Y-%m-%d %H:%M}"
        until = _("until {time}").format(time=ends)  # not inside the f-string, where it is not extracted
        return f"{words}\n{until}"

    def _show_link(self, link: str) -> None:
        if link == self._encoded:
            return
        self._encoded = link
        self._qr.show_image(None)
        if link:
            self._bridge.compute(lambda: encode(link), lambda image: self._encoded_now(link, image))

    def _encoded_now(self, link: str, image: QImage) -> None:
        if link == self._encoded:  # another agreement may have come to the front meanwhile
            self._qr.show_image(image)

    # -- buttons ----------------------------------------------------------------------------------------------

    def check(self) -> None:
        """F6: ask the gateway."""
        if self.agreement is not None and self._check.isEnabled():
            self.check_wanted.emit(self.agreement.order_no)

    def _payment_no(self) -> str:
        """The payment of the chosen charge, that of the first one if there is no calendar; "" if no money came."""
        if self.calendar.charge is None:
            return self.agreement.order_no if self.agreement else ""
        return self.calendar.charge.order_no

    def _on_payment(self) -> None:
        self.payment_wanted.emit(self._payment_no())

    @property
    def _asks(self) -> bool:
        """Whether the reason for a decision is asked for."""
        return self._middle.currentIndex() in self._decisions

    @property
    def _charge(self) -> int | None:
        """The number of the chosen charge if it is in review."""
        charge = self.calendar.charge
        return charge.number if charge is not None and charge.state is ChargeState.REVIEW else None

    def _ask_stop(self) -> None:
        self._ask(STOPPING)

    def _ask_settle(self) -> None:
        if self.agreement is not None and not self.agreement.charges:
            self.review_wanted.emit(self.agreement.order_no)
        else:
            self._ask(SETTLING if self._charge is None else SETTLING_CHARGE)

    def _ask(self, decision: int) -> None:
        self._middle.setCurrentIndex(decision)
        self._refresh()
        self._decisions[decision].ask()

    def _on_decided(self, choice: str, reason: str) -> None:
        if self.agreement is None:
            return
        if choice == STOP:
            self.stop_wanted.emit(self.agreement.order_no, reason)
        else:
            charge = self._charge if self._middle.currentIndex() == SETTLING_CHARGE else None
            self.settle_wanted.emit(self.agreement.order_no, choice, reason, charge)

    def _on_cancel(self) -> None:
        if self.agreement is not None:
            self.cancel_wanted.emit(self.agreement.order_no)

    def retranslate(self) -> None:
        self._check.say(_("Check now · F6"))
        self._payment.say(_("Show payment"))
        self._stop.say(_("Stop…"))
        self._cancel.say(_("Cancel agreement"))
        self._qr.setAccessibleName(_("QR code for the customer"))
        self._refresh()

    def repaint_icons(self) -> None:
        self._refresh()
