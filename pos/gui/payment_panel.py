"""One payment at the counter: its code or account, its state, what to do. It says what the services know, no more."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos.domain.payment import Attempt
from pos.domain.states import State
from pos.gui.bridge import Bridge
from pos.gui.qr import QrView, encode
from pos.gui.widgets import Band, Button, label
from pos.gui.words import LOOKS, route_word, spell_seconds, state_word
from pos.i18n import _

SHOWS_CODE = (State.PENDING,)
MAY_CANCEL = (State.CREATED, State.SENT, State.PENDING, State.UNKNOWN)
MAY_CHECK = (State.PENDING, State.UNKNOWN, State.VOIDING, State.REVIEW)


class PaymentPanel(QWidget):
    """Signals carry the order number."""

    check_wanted = Signal(str)
    cancel_wanted = Signal(str)
    again_wanted = Signal(str)
    leave_wanted = Signal()

    def __init__(self, bridge: Bridge, zone: ZoneInfo) -> None:
        super().__init__()
        self._bridge = bridge
        self._zone = zone
        self.attempt: Attempt | None = None
        self._next_question: datetime | None = None
        self._encoded = ""
        self._amount, self._route = label("big"), label("soft", align=Qt.AlignmentFlag.AlignRight)
        self._state = Band("paymentState")
        self._state.setMinimumHeight(48)
        self.qr = QrView()
        self.qr.setObjectName("paymentQr")
        self._bank = label("lead", align=Qt.AlignmentFlag.AlignCenter)
        self._account = label("big", "virtualAccount", align=Qt.AlignmentFlag.AlignCenter)
        self._account.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._words = label("lead", "paymentWords", wrap=True, align=Qt.AlignmentFlag.AlignCenter)
        self._until = label("soft", "paymentExpiry", align=Qt.AlignmentFlag.AlignCenter)
        self._copy = Button("copyAccount", "", self._copy_account).with_icon("copy")
        self._check = Button("checkNow", "", lambda: self._wish(self.check_wanted))
        self._again = Button("sendAgain", "primary", lambda: self._wish(self.again_wanted))
        self._leave = Button("newSale", "primary", self.leave_wanted.emit)
        self._cancel = Button("cancelPayment", "danger", lambda: self._wish(self.cancel_wanted))
        self._middle = QStackedWidget()
        self._lay_out()
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        self.retranslate()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        top = QHBoxLayout()
        top.addWidget(self._amount)
        top.addStretch()
        top.addWidget(self._route)
        column.addLayout(top)
        column.addWidget(self._state)
        self._middle.addWidget(self.qr)
        self._middle.addWidget(self._centred(self._bank, self._account, self._copy))
        self._middle.addWidget(self._centred(self._words))
        column.addWidget(self._middle, 1)
        column.addWidget(self._until)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self._leave, self._again, self._check):
            button.setMinimumHeight(56)
            row.addWidget(button, 1)
        row.addSpacing(40)  # 12 mm: nobody cancels by a slip of the finger
        self._cancel.setMinimumHeight(56)
        row.addWidget(self._cancel)
        column.addLayout(row)

    def _centred(self, *parts: QWidget) -> QWidget:
        room = QWidget()
        column = QVBoxLayout(room)
        column.setSpacing(16)
        column.addStretch()
        for part in parts:
            column.addWidget(part)
        column.addStretch()
        return room

    # -- showing ----------------------------------------------------------------------------------------------

    def show_attempt(self, attempt: Attempt | None) -> None:
        """Bring a payment to the front; None empties the panel."""
        if attempt is None or self.attempt is None or attempt.order_no != self.attempt.order_no:
            self._next_question = None
        self.attempt = attempt
        self._clock.start() if attempt else self._clock.stop()
        self._refresh()

    def asked(self, order_no: str, next_in: float | None) -> None:
        """A question about this payment ended."""
        if self.attempt is not None and self.attempt.order_no == order_no:
            now = datetime.now(UTC).timestamp()
            self._next_question = None if next_in is None else datetime.fromtimestamp(now + next_in, UTC)
            self._tick()

    def _refresh(self) -> None:
        attempt = self.attempt
        if attempt is None:
            self._show_link("")
            return
        look = LOOKS[attempt.state]
        self._amount.setText(attempt.amount.display)
        self._route.setText(f"{route_word(attempt)}\n{attempt.order_no}")
        self._state.say(state_word(attempt.state), look.tone, look.icon)
        shown = attempt.state in SHOWS_CODE
        account = attempt.virtual_account if shown else None
        link = attempt.pay_url if shown and account is None else ""
        self._show_link(link)
        if account is not None:
            self._bank.setText(f"{account.bank_code}  {account.bank_name}")
            self._account.setText(account.grouped)
        self._words.setText(self._sentence(attempt))
        self._middle.setCurrentIndex(1 if account else (0 if link else 2))
        self._again.setVisible(attempt.state is State.CREATED)
        self._check.setVisible(attempt.state is not State.CREATED)
        self._check.setEnabled(attempt.state in MAY_CHECK)
        self._cancel.setEnabled(attempt.state in MAY_CANCEL and not attempt.cancel_wanted)
        self._tick()

    def _show_link(self, link: str) -> None:
        if link == self._encoded:
            return
        self._encoded = link
        self.qr.show_image(None)
        if link:
            self._bridge.compute(lambda: (link, encode(link)), self._encoded_now)

    def _encoded_now(self, found: tuple[str, object]) -> None:
        link, image = found
        if link == self._encoded:  # another payment may have come to the front meanwhile
            self.qr.show_image(image)  # type: ignore[arg-type]

    def _sentence(self, attempt: Attempt) -> str:
        said = attempt.message.spoken()
        first = {
            State.CREATED: _("Nothing was sent. Send it again, or take another way."),
            State.SENT: _("Asking the gateway for the code…"),
            State.PENDING: _("The gateway has the order."),
            State.UNKNOWN: _("Do not charge again. The gateway is being asked what became of it."),
            State.VOIDING: _("The counter is free. If money still comes, a manager is told."),
            State.CAPTURED: _("Paid."),
            State.DECLINED: _("No money came. Take another way, or try again."),
            State.EXPIRED: _("No money came in time."),
            State.VOIDED: _("Cancelled; no money came."),
            State.REVIEW: _("Do not charge again. A manager settles this payment."),
        }[attempt.state]
        return f"{first}\n\n{said}" if said else first

    def _tick(self) -> None:
        attempt, now = self.attempt, datetime.now(UTC)
        if attempt is None:
            return
        parts = []
        if attempt.expires_at and attempt.state in SHOWS_CODE:
            ends = attempt.expires_at.astimezone(self._zone)
            left = spell_seconds((attempt.expires_at - now).total_seconds())
            parts.append(_("until {time} · {left} left").format(time=f"{ends:%m-%d %H:%M}", left=left))
        if attempt.state is State.UNKNOWN and attempt.sent_at:
            since = spell_seconds((now - attempt.sent_at).total_seconds())
            parts.append(_("unknown for {time}").format(time=since))
        if self._next_question and attempt.state in MAY_CHECK:
            seconds = max(0, int((self._next_question - now).total_seconds()))
            parts.append(_("asked again in {seconds} s").format(seconds=seconds))
        self._until.setText("   ".join(parts))

    # -- hands ------------------------------------------------------------------------------------------------

    def _wish(self, signal: SignalInstance) -> None:
        if self.attempt is not None:
            signal.emit(self.attempt.order_no)

    def check(self) -> None:
        """F6."""
        if self._check.isEnabled() and self._check.isVisible():
            self._wish(self.check_wanted)

    def _copy_account(self) -> None:
        if self.attempt and self.attempt.virtual_account:
            QGuiApplication.clipboard().setText(self.attempt.virtual_account.account)

    def retranslate(self) -> None:
        self._copy.say(_("Copy the account"))
        self._check.say(_("Check now · F6"))
        self._again.say(_("Send again"))
        self._leave.say(_("Next sale · Esc"))
        self._cancel.say(_("Cancel"))
        self.qr.setAccessibleName(_("QR code for the customer"))
        self._refresh()

    def repaint_icons(self) -> None:
        self._state.repaint_icon()
        self._copy.repaint_icon()
