"""E-invoices that still stand for money that went back: to be voided (作廢) or corrected by an allowance (折讓).

MyPay's document (1.0.6) knows neither without a refund of its own (交易退款, ``invoice_state``): after a refund by hand
somebody does it on MyPay's pages and says so here, with the number that stands there. A void that MyPay tells of when
the invoice is asked about needs no word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pos.domain.events import RefundChanged
from pos.domain.invoice import Invoice, Remedy, remedy
from pos.domain.invoice import State as InvoiceState
from pos.domain.refund import Refund, tidy_reference
from pos.domain.staff import Action, Permission
from pos.errors import InputError, NotAllowed
from pos.i18n import N_
from pos.services.attempt_engine import AttemptEngine
from pos.services.staff import require_permission
from pos.store.invoices import InvoiceStore
from pos.store.refunds import RefundStore


@dataclass(frozen=True, slots=True)
class Correction:
    """What is owed for a refund: ``remedy`` as the rules have it now, for a void ends with its period."""

    refund: Refund
    invoice: Invoice
    remedy: Remedy


class InvoiceCorrections:
    """Kept until somebody says that it was done, whoever gave the money back and however."""

    def __init__(
        self,
        attempts: AttemptEngine,
        refunds: RefundStore,
        invoices: InvoiceStore,
        owed_invoices: Callable[[], Sequence[object]] = tuple,
        shows: Callable[[str], bool] = lambda order_no: True,
    ) -> None:
        """``shows`` returns whether the current user may see a payment, ``owed_invoices`` the e-invoices to issue."""
        self._owed_invoices = owed_invoices
        self._attempts = attempts
        self._refunds = refunds
        self._invoices = invoices
        self._shows = shows

    def backlog(self) -> Sequence[object]:
        """Return all that is to be done about e-invoices of payments that the current user may see: issue, correct."""
        return [*self._owed_invoices(), *self.owed()]

    def owed(self, permission: Permission | None = None) -> Sequence[Correction]:
        """The oldest refund first: all of them with a permit, else those of payments that may be seen.

        Raises NotAllowed for another permit, and StoreError.
        """
        if permission is not None:
            require_permission(permission, Action.SEE_ALL)
        found = self._refunds.uncorrected()
        return [self._correction(one) for one in found if permission is not None or self._shows(one.order_no)]

    def done(self, refund_no: str, reference: str, permission: Permission) -> Refund:
        """Somebody's word that it was done, under ``reference``. Raises NotFound, InputError, and NotAllowed where
        nothing is owed."""
        require_permission(permission, Action.SETTLE)
        refund, said = self._refunds.get(refund_no), tidy_reference(reference)
        if not said:
            raise InputError("reference", N_("Enter the number of the void or the allowance."))
        owed = next((one for one in self.owed(Permission(Action.SEE_ALL)) if one.refund.refund_no == refund_no), None)
        if owed is None:
            raise NotAllowed(N_("This refund has no e-invoice to correct."))
        word = {
            "corrected": said,
            "corrected_by": permission.approved_by or permission.actor,
            "corrected_as": owed.remedy.name,
        }
        after = self._refunds.record_correction(refund, word)
        self._attempts.bus.publish(RefundChanged(after))
        return after

    def _correction(self, refund: Refund) -> Correction:
        attempt, invoice = self._attempts.store.get(refund.order_no), self._invoices.get(refund.order_no)
        now = self._attempts.clock.now()
        issued = invoice.issued_at() or refund.created_at
        allowed = invoice.state is InvoiceState.ALLOWANCE
        return Correction(
            refund, invoice, remedy(issued, now, whole=refund.amount == attempt.paid, earlier_allowance=allowed)
        )
