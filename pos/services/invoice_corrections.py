"""E-invoices that are still valid after a refund: to be voided (作廢) or corrected by an allowance (折讓).

A gateway does either only with a refund of its own (MyPay document 1.0.6: 交易退款, ``invoice_state``). After a refund
by hand, or of a part of a split sale, a manager does it on the gateway's pages and records the number shown there. A
void that a query of the invoice reports needs no record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pos.domain.actor import Actor
from pos.domain.events import RefundChanged
from pos.domain.invoice import Invoice, Remedy, remedy
from pos.domain.invoice import State as InvoiceState
from pos.domain.money import Money
from pos.domain.refund import Refund, tidy_reference
from pos.domain.split import off_invoice
from pos.domain.staff import Action
from pos.errors import InputError, NotAllowed
from pos.i18n import N_
from pos.runtime import Bus, Clock
from pos.services.permissions import Permission, require_permission
from pos.store.invoices import InvoiceStore
from pos.store.payments import PaymentStore
from pos.store.refunds import RefundStore


@dataclass(frozen=True, slots=True)
class Correction:
    """The correction due for a refund. ``remedy`` is the one allowed now: a void is possible only within its period.

    ``amount`` is what an allowance is over. One void corrects a split sale for all its refunds.
    """

    refund: Refund
    invoice: Invoice
    remedy: Remedy
    amount: Money


class InvoiceCorrections:
    """Corrections that are due, after refunds of every way, until they are recorded as done."""

    def __init__(
        self,
        *,
        payments: PaymentStore,
        refunds: RefundStore,
        invoices: InvoiceStore,
        clock: Clock,
        bus: Bus,
        owed_invoices: Callable[[Actor], Sequence[object]] = lambda actor: (),
        shows: Callable[[Actor, str], bool] = lambda actor, order_no: True,
    ) -> None:
        """``shows`` returns whether an actor may see a payment, ``owed_invoices`` the e-invoices to issue of those."""
        self._owed_invoices = owed_invoices
        self._payments = payments
        self._clock = clock
        self._bus = bus
        self._refunds = refunds
        self._invoices = invoices
        self._shows = shows

    def backlog(self, actor: Actor) -> Sequence[object]:
        """Return the e-invoices to issue and to correct, of payments that the actor may see."""
        return [*self._owed_invoices(actor), *self.owed(actor)]

    def owed(self, actor: Actor, permission: Permission | None = None) -> Sequence[Correction]:
        """Return the corrections due, the oldest refund first: all with a permission, else those the actor may see.

        Raises NotAllowed for another permission, and StoreError.
        """
        if permission is not None:
            require_permission(permission, Action.SEE_ALL)
        found = self._refunds.uncorrected()
        shown = [one for one in found if permission is not None or self._shows(actor, one.order_no)]
        return [due for one in shown if (due := self._correction(one)) is not None]

    def done(self, refund_no: str, reference: str, permission: Permission) -> Refund:
        """Record that a correction was done, under the number ``reference``.

        Raises NotFound, InputError, and NotAllowed if no correction is due.
        """
        require_permission(permission, Action.SETTLE)
        refund, number = self._refunds.get(refund_no), tidy_reference(reference)
        if not number:
            raise InputError("reference", N_("Enter the number of the void or the allowance."))
        due = [one for one in map(self._correction, self._refunds.uncorrected()) if one is not None]
        this = next((one for one in due if one.refund.refund_no == refund_no), None)
        if this is None:
            raise NotAllowed(N_("This refund has no e-invoice to correct."))
        facts = {
            "corrected": number,
            "corrected_by": permission.approved_by or permission.actor,
            "corrected_as": this.remedy.name,
        }
        with_it = [one.refund for one in due if _corrects(this, one)]
        for after in self._refunds.record_correction([refund, *with_it], facts):
            self._bus.publish(RefundChanged(after))
        return self._refunds.get(refund_no)

    def _correction(self, refund: Refund) -> Correction | None:
        """Return the correction due for a refund; None if it gave back only what is not on the e-invoice."""
        attempt, invoice = self._payments.get(refund.order_no), self._invoices.get(refund.order_no)
        allowed, amount, whole = invoice.state is InvoiceState.ALLOWANCE, refund.amount, refund.amount == attempt.paid
        if attempt.sale_id:
            sale = self._payments.split_sale(attempt.sale_id)
            off = off_invoice(sale, self._refunds.of_sale(sale))
            if refund.refund_no not in off:
                return None
            amount, whole = off[refund.refund_no], sum(one.minor for one in off.values()) >= sale.amount.minor
            allowed = allowed or any(self._is_allowance(number) for number in off)
        issued = invoice.issued_at() or refund.created_at
        found = remedy(issued, self._clock.now(), whole=whole, earlier_allowance=allowed)
        return Correction(refund, invoice, found, amount)

    def _is_allowance(self, refund_no: str) -> bool:
        """Return whether an allowance was recorded for a refund."""
        return self._refunds.get(refund_no).details.get("corrected_as") == Remedy.ALLOWANCE.name


def _corrects(this: Correction, other: Correction) -> bool:
    """Return whether ``this`` corrects the e-invoice for ``other`` too: a void of the same split sale."""
    is_same = this.invoice.order_no == other.invoice.order_no and this.refund.refund_no != other.refund.refund_no
    return is_same and bool(this.invoice.sale_id) and this.remedy is Remedy.VOID
