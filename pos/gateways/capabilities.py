"""Optional capabilities of a gateway: e-invoices, held money, payment tools, direct debits, wallets, agreements.

A gateway's FACTS name its capabilities. For a payment, callers use the commands of its own gateway; otherwise those of
the first gateway that is set up and has the capability (:func:`pos.gateways.operations_with`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from pos.domain.invoice import InvoiceRequest
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line, Tender
from pos.errors import InputError
from pos.gateways.received import Received
from pos.i18n import N_, Message

if TYPE_CHECKING:
    from pos.gateways.base import Answer


class Capability(StrEnum):
    """An optional capability of a gateway."""

    E_INVOICE = "e_invoice"  # issues e-invoices for its own orders
    CASH_ORDER = "cash_order"  # takes orders of cash, which give a cash sale an e-invoice; comes with E_INVOICE
    HOLD = "hold"  # holds money that is captured or released later
    TOOLS = "tools"  # lists the payment tools for an amount
    DIRECT_DEBIT = "direct_debit"  # collects periodically until it is stopped
    WALLET = "wallet"  # stores a customer's card
    AGREEMENT = "agreement"  # charges a card again and again by an agreement


METHODS: Final[Mapping[Capability, tuple[str, ...]]] = {
    Capability.E_INVOICE: ("issue_invoice", "query_invoice", "title_picture"),
    Capability.CASH_ORDER: ("cash_order", "place_cash_order"),
    Capability.HOLD: ("capture",),
    Capability.TOOLS: ("tools", "tenders_of"),
    Capability.DIRECT_DEBIT: ("stop_debit",),
    Capability.WALLET: ("bind_wallet",),
    Capability.AGREEMENT: ("query_agreement", "stop_agreement"),
}
"""The methods of :class:`Operations` that each capability needs."""


class Outcome(StrEnum):
    """The outcome of a command."""

    DONE = "done"
    REFUSED = "refused"
    UNSURE = "unsure"  # it may have been done: query


INVOICE_WITH_ORDER: Final = "invoice_with_payment"
"""The setting of a gateway with E_INVOICE by which its orders themselves request the e-invoice: "yes" or "no"."""


@dataclass(frozen=True, slots=True)
class Result(Received):
    """The answer to a command. ``found`` is all that came with it, cleaned (:func:`pos.gateways.received.contents`)."""

    outcome: Outcome
    code: str = ""
    message: Message = Message()
    found: Mapping[str, Any] = field(default_factory=dict)
    credentials: bool = False  # the gateway refuses the shop's key


class ContractStatus(StrEnum):
    """Whether the gateway goes on charging."""

    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class ChargeReport(Received):
    """One authorisation of an agreement, by a query or a notification.

    ``bank_ref`` is the bank's number of it, ``gateway_ref`` the gateway's, which a refund needs. ``at`` is aware.
    """

    bank_ref: str
    paid: bool
    amount: Money | None
    at: datetime | None = None
    gateway_ref: str = ""
    code: str = ""
    message: Message = Message()


@dataclass(frozen=True, slots=True)
class AgreementAnswer(Received):
    """A verified answer about an agreement: its authorisations, the oldest first, also those that failed."""

    status: ContractStatus
    reports: tuple[ChargeReport, ...] = ()
    code: str = ""
    message: Message = Message()
    credentials: bool = False  # the gateway refuses the shop's key


class Operations:
    """The commands of a gateway's capabilities. A subclass overrides those that :data:`METHODS` lists for them.

    Every method raises what :meth:`pos.gateways.http.Wire.post_form` raises, and InputError before sending: also for a
    command that the gateway does not have.
    """

    async def issue_invoice(self, attempt: Attempt, invoice_request: InvoiceRequest) -> Result:
        """Issue the e-invoice of a paid order. ``found`` has the fields that :mod:`pos.einvoice.payload` reads."""
        raise _not_offered()

    async def query_invoice(self, attempt: Attempt) -> Mapping[str, Any] | None:
        """Return the fields of an order's e-invoice, as of its issue; None for an order without an e-invoice."""
        raise _not_offered()

    async def title_picture(self, url: str) -> bytes:
        """Return the picture at the top of a printed e-invoice, from the gateway's own hosts only."""
        raise _not_offered()

    def cash_order(self, sale: Attempt) -> Attempt:
        """Return a cash sale as an order of this gateway, which the gateway's client can check and query."""
        raise _not_offered()

    async def place_cash_order(self, order: Attempt) -> Answer:
        """Place an order of :meth:`cash_order`. It collects no money. An ACCEPTED one may be paid already: query it."""
        raise _not_offered()

    async def capture(self, attempt: Attempt, amount: Money, lines: Sequence[Line] = ()) -> Result:
        """Capture held money, all or a part, once."""
        raise _not_offered()

    async def tools(self, amount: Money) -> tuple[str, ...]:
        """Return the payment tools that may be offered for ``amount``."""
        raise _not_offered()

    def tenders_of(self, tools: Sequence[str]) -> frozenset[Tender]:
        """Return the tenders that a shop with these payment tools may take."""
        raise _not_offered()

    async def stop_debit(self, order_no: str, group: str, day: date, reason: str) -> Result:
        """End a direct debit from ``day`` on."""
        raise _not_offered()

    async def bind_wallet(self, user_id: str, person: Mapping[str, str]) -> Result:
        """Return in ``found["url"]`` the page on which a customer enters a card."""
        raise _not_offered()

    async def query_agreement(self, attempt: Attempt) -> AgreementAnswer:
        """Return all authorisations of the agreement that ``attempt`` began."""
        raise _not_offered()

    async def stop_agreement(self, attempt: Attempt) -> Result:
        """End an agreement: no further charges. REFUSED with what to do where the gateway has no such call."""
        raise _not_offered()


def _not_offered() -> InputError:
    return InputError("gateway", N_("This gateway does not offer it."))
