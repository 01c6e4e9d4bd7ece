"""Hand what is typed over to the payments; put it back where nothing could be taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from pos.domain.money import Money
from pos.domain.tenders import Tender
from pos.errors import PosError
from pos.gui.bridge import Bridge, Call
from pos.gui.key_guard import KeyGuard
from pos.gui.sale.basket import Basket
from pos.gui.sale.cash_check import CashCheck
from pos.gui.sale.confirmation import Confirmation
from pos.gui.sale.customer_code import CustomerCodes
from pos.gui.sale.entry import Entry
from pos.gui.sale.invoice_request import InvoiceRequests
from pos.gui.sale.sale_panels import PanelShown, SalePanels
from pos.gui.sale.split_sale import SplitAtCounter

if TYPE_CHECKING:
    from pos.domain.customer_code import CustomerCode
    from pos.domain.payment import Attempt, Sale


class Charging(QObject):
    """``begun`` carries the id of a payment that was handed over, ``doubted`` an attempt that may be the same payment.

    ``amount_changed``: the entry was emptied or filled again. ``message_posted`` carries a sentence and its tone,
    ``failed`` an error.
    """

    begun = Signal(str)
    doubted = Signal(object)
    amount_changed = Signal()
    message_posted = Signal(str, str)
    failed = Signal(object)

    def __init__(
        self, bridge: Bridge, panels: SalePanels, entry: Entry, guard: KeyGuard, invoice_requests: InvoiceRequests,
        codes: CustomerCodes, split: SplitAtCounter, basket: Basket,
    ) -> None:  # fmt: skip
        super().__init__()
        self._bridge, self._panels, self._entry, self._guard = bridge, panels, entry, guard
        self._invoice_requests, self._codes, self._split, self._basket = invoice_requests, codes, split, basket
        self._fence, self._cash_check = Confirmation(), CashCheck()
        self.payment_id = ""  # of the payment whose amount is typed, "" for a new one

    def forget_warnings(self) -> None:
        """Warn again before the next press: the amount was edited, or another user has read no warning."""
        self._fence.clear()
        self._cash_check.clear()

    def is_same_press(self, sale: Sale) -> bool:
        """Return whether a press comes too soon after the warning of a possible duplicate to confirm it."""
        return self._fence.is_same_press(sale.amount)

    def charge(self, sale: Sale, tender: Tender | None, code: CustomerCode | None = None) -> None:
        """Charge by a tender, or by the wallet of the customer's code."""
        permission = self._basket.contents.permission
        payment_id, give_back = self._hand_over(code)
        self._panels.show_moment(by_code=code is not None)
        more = {"even_if_duplicate": self._fence.is_warned(sale.amount), "discount_permission": permission}
        take = self._taking(sale, tender, payment_id, customer_code=code, **more)
        self._begin(take, payment_id, give_back)

    def take_cash(self, handed: Money) -> None:
        """Take cash for what is typed; warn once of an unusual sum."""
        if not self._basket.is_amount_known(self._entry):
            return  # a second press of the same key
        sale = self._basket.due(self._entry)
        if refusal := self._cash_check.refusal(sale.amount, handed):
            self.message_posted.emit(refusal, "warn")
            return
        permission = self._basket.contents.permission
        payment_id, give_back = self._hand_over()
        self._panels.show_ready()
        take = self._taking(sale, Tender.CASH, payment_id, tendered=handed, discount_permission=permission)
        self._begin(take, payment_id, give_back)

    def _taking(self, sale: Sale, tender: Tender | None, payment_id: str, **more: Any) -> Call[Attempt]:
        from pos.domain.split import terms_of_part

        take, actor, wanted = self._bridge.services.payments.take, self._bridge.actor, self._invoice_requests.request
        part = self._split.part
        if part is not None and part.opens is not None:
            sale = replace(sale, terms=terms_of_part(part.opens.terms))
            more["discount_permission"] = self._split.permission
        return self._bridge.call(
            take, actor, sale, tender, payment_id=payment_id, invoice_request=wanted, part=part, **more
        )

    def _hand_over(self, code: CustomerCode | None = None) -> tuple[str, Callable[[], None]]:
        """Empty the entry; the payment id, and what puts amount, code and e-invoice back if nothing could be taken."""
        from pos.domain.payment import new_payment_id

        typed, invoice_request = self._entry.text, self._invoice_requests.request
        payment_id = self.payment_id or new_payment_id()
        kept = self._basket.take()
        self._entry.clear()
        self._guard.restart()
        self.payment_id = ""
        self._codes.begin(code)
        self.amount_changed.emit()

        def give_back() -> None:
            self._split.end_refused_part()
            if self._panels.showing is PanelShown.HINT:
                self._panels.show_ready()
            if not self._entry.text and self._basket.is_empty:
                self._entry.text, self.payment_id, self._basket.contents = typed, payment_id, kept
                self._invoice_requests.keep(invoice_request)
                self._codes.restore(code)
                self.amount_changed.emit()

        return payment_id, give_back

    def _begin(self, take: Call[Attempt], payment_id: str, give_back: Callable[[], None]) -> None:
        self._fence.clear()
        self._split.begin_part()
        self.begun.emit(payment_id)
        self._invoice_requests.keep(None)
        take.then(lambda _attempt: None, lambda error: self._refuse(error, give_back))

    def _refuse(self, error: PosError, give_back: Callable[[], None]) -> None:
        from pos.services.payments import PossibleDuplicate

        give_back()
        if isinstance(error, PossibleDuplicate):
            self._fence.warn(error.attempt.amount)
            self.doubted.emit(error.attempt)
        else:
            self.failed.emit(error)
