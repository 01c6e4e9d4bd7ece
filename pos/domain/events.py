"""Events that the services publish on the bus: frozen dataclasses, named in the past tense."""

from __future__ import annotations

from dataclasses import dataclass

from pos.domain.actor import Actor
from pos.domain.agreement import Agreement
from pos.domain.invoice import Invoice
from pos.domain.payment import Attempt
from pos.domain.reconcile import Check, Progress
from pos.domain.refund import Refund
from pos.domain.shift import Shift
from pos.domain.staff import Person
from pos.i18n import Message


@dataclass(frozen=True, slots=True)
class AttemptChanged:
    """An attempt was written: a new state, or new facts in the same state."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class CatalogueChanged:
    """Items were added, changed or removed."""


@dataclass(frozen=True, slots=True)
class QueryEnded:
    """A query ended. ``answered``: the gateway's reply is about the order, not only about the call.

    ``next_in`` is the time until the next query in seconds, None if no other is scheduled.
    """

    order_no: str
    answered: bool
    next_in: float | None


@dataclass(frozen=True, slots=True)
class GatewayHealthChanged:
    """A gateway stopped or started answering."""

    gateway: str
    up: bool
    message: Message


@dataclass(frozen=True, slots=True)
class MerchantKeyChanged:
    """A gateway began to refuse the shop's merchant key, or accepts it again."""

    gateway: str
    refused: bool


@dataclass(frozen=True, slots=True)
class ClockDrifted:
    """This machine's clock differs from a gateway's by ``seconds`` (ours minus theirs)."""

    gateway: str
    seconds: float


@dataclass(frozen=True, slots=True)
class InvoiceChanged:
    """An e-invoice was requested, issued, refused or printed."""

    invoice: Invoice


@dataclass(frozen=True, slots=True)
class DrawerFailed:
    """The drawer did not open for the cash of a sale or a refund; ``message`` says why.

    ``refund_no`` is "" for a sale.
    """

    order_no: str
    message: Message
    refund_no: str = ""


@dataclass(frozen=True, slots=True)
class SignInChanged:
    """A person signed in, or the user of a register signed out (``person`` is None). ``actor`` acts from now on.

    ``short_pin``: the PIN was correct and has fewer digits than a new one of this role may have.
    """

    actor: Actor
    person: Person | None = None
    short_pin: bool = False


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """The name, role, PIN or state of a person was changed."""

    person: Person


@dataclass(frozen=True, slots=True)
class RefundChanged:
    """A refund was written."""

    refund: Refund


@dataclass(frozen=True, slots=True)
class AgreementChanged:
    """An agreement or one of its charges was written."""

    agreement: Agreement


@dataclass(frozen=True, slots=True)
class ShiftChanged:
    """A shift was opened or closed, or cash moved in it."""

    shift: Shift


@dataclass(frozen=True, slots=True)
class ReconciliationProgressed:
    """A reconciliation advanced or ended."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class DifferenceChanged:
    """A difference was found, compared again or settled."""

    check: Check


Fact = (
    AttemptChanged
    | CatalogueChanged
    | QueryEnded
    | GatewayHealthChanged
    | MerchantKeyChanged
    | ClockDrifted
    | InvoiceChanged
    | DrawerFailed
    | SignInChanged
    | PersonChanged
    | RefundChanged
    | AgreementChanged
    | ShiftChanged
    | ReconciliationProgressed
    | DifferenceChanged
)
