"""One payment at the counter: its code or account, its state, what to do. It says what the services know, no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from PySide6.QtCore import Qt, QTimer, QUrl, Signal, SignalInstance
from PySide6.QtGui import QDesktopServices, QImage
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from pos.domain.payment import Attempt
from pos.domain.states import State
from pos.gateways import is_held
from pos.gui.bridge import Bridge
from pos.gui.layouts import hbox, vbox
from pos.gui.sale.account_view import AccountView
from pos.gui.sale.qr import QrView, encode
from pos.gui.sale.status_view import StatusView
from pos.gui.sale.store_view import StoreView, has_store_codes
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Band, Button, Palette, label, restyle
from pos.gui.words import LOOKS, attempt_word, is_key_refused, route_word, spell_seconds
from pos.i18n import N_, _

SHOWS_CODE = (State.PENDING,)
MAY_CANCEL = (State.CREATED, State.SENT, State.PENDING, State.UNKNOWN)
MAY_TAKE_AGAIN = (State.DECLINED, State.EXPIRED, State.VOIDED)
MAY_CHECK = (State.PENDING, State.UNKNOWN, State.VOIDING, State.REVIEW, *MAY_TAKE_AGAIN)
"""States in which the gateway can be asked. Money may have come after a payment failed, expired or was cancelled."""
CODE, ACCOUNT, STATUS, STORE = range(4)

ENDED_HINTS: Final = {
    None: N_("The customer says it was paid? Check now before you charge again."),
    True: N_("The gateway answered: no money has come."),
    False: N_("The gateway did not answer. Check again before you charge again."),
}
"""What to do with a payment that ended without money, by whether the gateway answered the last question."""


class PaymentPanel(SelfUpdating, QWidget):
    """Signals carry the order number; ``retake_wanted`` the attempt whose amount is to be taken in another way."""

    check_wanted = Signal(str)
    cancel_wanted = Signal(str)
    again_wanted = Signal(str)
    retake_wanted = Signal(object)
    leave_wanted = Signal()
    slip_wanted = Signal(str)
    capture_wanted = Signal(str)

    def __init__(self, bridge: Bridge, zone: tzinfo) -> None:
        super().__init__()
        self._bridge = bridge
        self._zone = zone
        self.attempt: Attempt | None = None
        self._next_question: datetime | None = None
        self._answered: bool | None = None
        self._encoded = ""
        self._amount, self._route = label("big", "paymentAmount"), label("soft", align=Qt.AlignmentFlag.AlignRight)
        self._state = Band("paymentState")
        self._state.setMinimumHeight(48)
        self.qr = QrView()
        self.qr.setObjectName("paymentQr")
        if Palette.training:  # no phone outside this machine reaches what the code says
            self.qr.touched.connect(self._play_customer)
            self.qr.setCursor(Qt.CursorShape.PointingHandCursor)
        self._account = AccountView()
        self._status = StatusView(zone)
        self._until = label("soft", "paymentExpiry", align=Qt.AlignmentFlag.AlignCenter, wrap=True)
        self._store = StoreView()
        self._slip = Button("printSlip", "flat", lambda: self._emit_order(self.slip_wanted))
        self._take = Button("captureHold", "", lambda: self._emit_order(self.capture_wanted))
        self._leave = Button("newSale", "primary", self.leave_wanted.emit)
        self._again = Button("sendAgain", "primary", lambda: self._emit_order(self.again_wanted))
        self._retake_button = Button("takeAnew", "", self._retake)
        self._check = Button("checkNow", "", lambda: self._emit_order(self.check_wanted))
        self._cancel = Button("cancelPayment", "danger", lambda: self._emit_order(self.cancel_wanted))
        self._middle = QStackedWidget()
        self._lay_out()
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        self.retranslate()

    def _lay_out(self) -> None:
        for page in (self.qr, self._account, self._status, self._store):
            self._middle.addWidget(page)
        top, foot = hbox(self._amount, None, self._route), hbox((self._until, 1), self._slip)
        vbox(top, self._state, (self._middle, 1), foot, self._button_row(), into=self, margins=16)

    def _button_row(self) -> QHBoxLayout:
        ways = self._leave, self._again, self._retake_button, self._take, self._check
        for button in (*ways, self._cancel):
            button.setMinimumHeight(56)
        # 12 mm with the spacing: no cancelling by a slip of the finger
        return hbox(*((button, 1) for button in ways), 40, self._cancel)

    # -- showing ----------------------------------------------------------------------------------------------

    def show_attempt(self, attempt: Attempt | None) -> None:
        """Bring a payment to the front; None empties the panel."""
        if attempt is None or self.attempt is None or attempt.order_no != self.attempt.order_no:
            self._next_question, self._answered = None, None
        self.attempt = attempt
        self._clock.start() if attempt else self._clock.stop()
        self._refresh()

    def asked(self, order_no: str, next_in: float | None, *, answered: bool) -> None:
        """Show that a question about this payment ended; the next one comes in ``next_in`` seconds."""
        if self.attempt is not None and self.attempt.order_no == order_no:
            self._answered = answered
            self._next_question = None if next_in is None else datetime.now(UTC) + timedelta(seconds=next_in)
            self._tick()

    def _refresh(self) -> None:
        attempt = self.attempt
        if attempt is None:
            self._show_link("")
            return
        look = LOOKS[attempt.state]
        self._amount.setText(attempt.shown_amount.display)
        self._route.setText(f"{route_word(attempt)}\n{attempt.order_no}")
        self._state.say(attempt_word(attempt), look.tone, look.icon)
        self._show_middle(attempt)
        self._show_hands(attempt)
        self._tick()

    def _show_middle(self, attempt: Attempt) -> None:
        shown = attempt.state in SHOWS_CODE
        account = attempt.virtual_account if shown else None
        store, held = shown and has_store_codes(attempt), shown and is_held(attempt)
        link = attempt.shown_url if shown and account is None and not store and not held else ""
        self._show_link(link)
        if store:
            self._store.show_attempt(attempt)
        if account is not None:
            self._account.show_account(account)
        self._status.show_attempt(attempt)
        self._middle.setCurrentIndex(ACCOUNT if account else STORE if store else CODE if link else STATUS)
        self._slip.setVisible(bool(account) or store)

    def _show_hands(self, attempt: Attempt) -> None:
        unsent, over = attempt.state is State.CREATED, attempt.state in MAY_TAKE_AGAIN
        held = attempt.state is State.PENDING and is_held(attempt)
        self._take.setVisible(held)
        restyle(self._leave, "role", "" if unsent else "primary")
        self._leave.say(_("Next part · Esc") if attempt.sale_id else _("Next sale · Esc"))
        self._again.setVisible(unsent and not attempt.code_type)
        self._retake_button.setVisible(over)
        self._check.setVisible(not unsent and not held)
        self._check.setEnabled(attempt.state in MAY_CHECK)
        self._cancel.setEnabled(attempt.state in MAY_CANCEL and not attempt.cancel_wanted)

    def _show_link(self, link: str) -> None:
        if link == self._encoded:
            return
        self._encoded = link
        self.qr.show_image(None)
        if link:
            self._bridge.compute(lambda: encode(link), lambda image: self._encoded_now(link, image))

    def _encoded_now(self, link: str, image: QImage) -> None:
        if link == self._encoded:  # another payment may have come to the front meanwhile
            self.qr.show_image(image)

    def _tick(self) -> None:
        attempt, now = self.attempt, datetime.now(UTC)
        if attempt is None:
            return
        self._status.tick(attempt, now, self._next_question if attempt.state in MAY_CHECK else None)
        self._until.setText(self._until_words(attempt, now))

    def _until_words(self, attempt: Attempt, now: datetime) -> str:
        words = []
        if attempt.expires_at and attempt.state in SHOWS_CODE:
            ends = attempt.expires_at.astimezone(self._zone)
            left = spell_seconds((attempt.expires_at - now).total_seconds())
            words.append(_("until {time} · {left} left").format(time=f"{ends:%m-%d %H:%M}", left=left))
        if attempt.state in MAY_TAKE_AGAIN and not is_key_refused(attempt):
            words.append(_(ENDED_HINTS[self._answered]))
        if Palette.training and self._encoded:
            words.append(_("tap the QR code to simulate payment"))
        return " · ".join(words)

    # -- buttons ----------------------------------------------------------------------------------------------

    def _emit_order(self, signal: SignalInstance) -> None:
        if self.attempt is not None:
            signal.emit(self.attempt.order_no)

    def _play_customer(self) -> None:
        """In training: what the customer's phone would open."""
        if self._encoded:
            QDesktopServices.openUrl(QUrl(self._encoded))

    def _retake(self) -> None:
        if self.attempt is not None:
            self.retake_wanted.emit(self.attempt)

    def check(self) -> None:
        """F6."""
        if self._check.isEnabled() and self._check.isVisible():
            self._emit_order(self.check_wanted)

    def retranslate(self) -> None:
        self._check.say(_("Check now · F6"))
        self._again.say(_("Send again"))
        self._retake_button.say(_("Charge again"))
        self._leave.say(_("Next sale · Esc"))
        self._cancel.say(_("Cancel"), _("Cancel payment"))
        self._slip.say(_("Print · F8"))
        self._take.say(_("Capture"))
        self.qr.setAccessibleName(_("QR code for the customer"))
        self._refresh()

    def repaint_icons(self) -> None:
        self._refresh()
