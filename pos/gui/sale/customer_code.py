"""The code on a customer's phone, from its scan until it is charged or forgotten. It is shown masked and not stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from pos.domain.states import State
from pos.gui.sale.actions import PaymentActions
from pos.gui.sale.sale_panels import PanelShown, SalePanels
from pos.gui.sale.tender_keys import TenderKeys
from pos.i18n import _

if TYPE_CHECKING:
    from pos.domain.customer_code import CustomerCode
    from pos.services.routes import Offer

KEPT_SECONDS: Final = 30
"""How long a code waits for its amount; a wallet shows each code for a minute or two."""

END_MS: Final = 300
"""Milliseconds after the last key of a scanner that sends no Enter; its keys come at most 100 ms apart."""

SELLING: Final = frozenset({PanelShown.HINT, PanelShown.PAYMENT, PanelShown.PAID, PanelShown.MORE})
"""Panels beside which a scan is a customer's code; beside the others a question waits for its answer."""


class CustomerCodes(QObject):
    """``charge_wanted`` carries a scanned code while an amount is typed, ``message_posted`` a sentence and its tone.

    ``other_scanned`` carries a scan that is no customer's code.
    """

    charge_wanted = Signal(object)
    other_scanned = Signal(str)
    message_posted = Signal(str, str)

    def __init__(
        self, panels: SalePanels, tenders: TenderKeys, payments: PaymentActions, is_amount_typed: Callable[[], bool]
    ) -> None:
        super().__init__()
        self._panels, self._tenders, self._payments = panels, tenders, payments
        self._is_amount_typed = is_amount_typed
        self._text = ""
        self._kept: CustomerCode | None = None
        self._charged = b""
        self._end, self._expiry = QTimer(self), QTimer(self)
        for timer, milliseconds, on_timeout in (
            (self._end, END_MS, self._read),
            (self._expiry, KEPT_SECONDS * 1000, self._expire),
        ):
            timer.setSingleShot(True)
            timer.setTimerType(Qt.TimerType.PreciseTimer)
            timer.setInterval(milliseconds)
            timer.timeout.connect(on_timeout)

    @property
    def saying(self) -> tuple[str, str]:
        """The sentence and tone while a code is kept; empty without one."""
        if self._kept is None:
            return "", ""
        if self._is_amount_typed():
            text = _("Code {code} scanned. Press the key of its wallet ({seconds} s).")
        else:
            text = _("Code {code} scanned. Type the amount, then press the wallet's key ({seconds} s).")
        return text.format(code=self._kept.masked, seconds=self._expiry.remainingTime() // 1000 + 1), "busy"

    def note(self, scanned: str, *, ended: bool) -> None:
        """Note what a scanner has typed so far; it is read when the scan ended, or no more keys come."""
        self._text = scanned
        if ended:
            self._read()
        else:
            self._end.start()

    def keep(self, code: CustomerCode) -> None:
        """Keep a code for its amount or its wallet."""
        self._kept, self._charged = code, b""
        self._expiry.start()
        self.message_posted.emit(*self.saying)

    def restore(self, code: CustomerCode | None) -> None:
        """Keep the code of a sale that could not be taken."""
        if code is not None:
            self.keep(code)

    def take(self, offer: Offer) -> CustomerCode | None:
        """Return the kept code if the key that was pressed charges codes."""
        return self._kept if offer.takes_codes else None

    def forget(self) -> None:
        """Forget the kept code."""
        self._kept = None
        self._expiry.stop()

    def begin(self, code: CustomerCode | None) -> None:
        """Note that a sale was handed over, with its code: the scanner may read the same code once more."""
        self.forget()
        self._charged = code.fingerprint if code else self._charged

    def _expire(self) -> None:
        self.forget()
        self.message_posted.emit(_("The scanned code was forgotten. Scan it again."), "warn")

    def _read(self) -> None:
        from pos.domain.customer_code import CustomerCode, is_customer_code

        self._end.stop()
        text, self._text = self._text, ""
        if is_customer_code(text) and self._panels.showing in SELLING and self._tenders.take_codes:
            self._scanned(CustomerCode(text))
        elif not is_customer_code(text) and self._panels.showing in SELLING:
            self.other_scanned.emit(text)

    def _scanned(self, code: CustomerCode) -> None:
        if self._is_amount_typed():
            self.charge_wanted.emit(code)
        elif order_no := self._unsent_order():
            self._payments.send_code(order_no, code)
        elif code.fingerprint == self._charged:
            self.message_posted.emit(_("This code is being charged already."), "busy")
        else:
            self.keep(code)

    def _unsent_order(self) -> str:
        """Return the number of the payment in front if its code was not sent."""
        front = self._panels.payment.attempt if self._panels.showing is PanelShown.PAYMENT else None
        return front.order_no if front and front.code_type and front.state is State.CREATED else ""
