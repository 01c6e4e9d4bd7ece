"""Journal rows about payments, refunds, e-invoices and their reconciliation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pos.domain.invoice import PrintEvent
from pos.domain.invoice_order import InvoiceOrderEvent
from pos.domain.journal_kinds.base import ABSENT, Absent, Digest, JournalKind, Json
from pos.domain.refund import RefundEvent
from pos.domain.states import Event


@dataclass(kw_only=True, eq=False, repr=False)
class AttemptCreated(JournalKind):
    """A new attempt. The cashier is the actor; ``page`` is the digest of its page's token.

    ``facts`` are fields of :class:`AttemptStep` that it has from the start; ``sale_id`` is that of a split sale.
    ``discount`` is JSON, [minor units, reason, rate]; ``approved_by`` approved the discounts of the sale.
    """

    KINDS = frozenset({"created"})

    kind: str = "created"
    payment_id: str
    tender: str
    gateway: str
    amount: int
    currency: str
    created_at: str
    page: Digest = ""
    tendered: int | None = None
    rounding: int = 0
    lines: str = "[]"
    options: str = "{}"
    facts: Mapping[str, Json] | None = None
    sale_id: str = ""
    note: str = ""
    discount: str = ""
    approved_by: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class AttemptStep(JournalKind):
    """A step of an attempt, or new facts about it. ``to`` is the target of the request that follows.

    A step that captures money has the shop's ``day`` and ``hour`` of the sale, its open ``shift`` and the gateway's fee
    in hundredths. A manager's decision has ``approved_by`` and ``reason``.
    """

    KINDS = frozenset({
        *Event, *(f"settled_{one}" for one in (Event.PAID, Event.VOID_DONE)), "cancel_wanted", "note", "page_served",
        *(f"capture_{one}" for one in ("asked", "done", "refused", "unknown")),
        *(f"debit_stop_{one}" for one in ("asked", "done", "refused", "unsure")),
    })  # fmt: skip

    state: str | Absent = ABSENT
    sent_at: str | Absent | None = ABSENT
    ended_at: str | Absent | None = ABSENT
    gateway_ref: str | Absent = ABSENT
    gateway_key: Digest | Absent = ABSENT
    pay_url: str | Absent = ABSENT
    virtual_account: str | Absent | None = ABSENT
    expires_at: str | Absent | None = ABSENT
    page_served_at: str | Absent | None = ABSENT
    cancel_wanted: int | Absent = ABSENT
    message: str | Absent = ABSENT
    code: str | Absent = ABSENT
    fee: str | Absent = ABSENT
    details: str | Absent = ABSENT
    received: str | Absent | None = ABSENT
    to: Mapping[str, Json] | None = None
    day: str = ""
    hour: int = 0
    shift: int | None = None
    fee_hundredths: int | None = None
    approved_by: str = ""
    reason: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class RefundCreated(JournalKind):
    """A new refund, asked for by the actor. ``facts`` are fields of :class:`RefundStep` that it has from the start."""

    KINDS = frozenset({"refund_created"})

    kind: str = "refund_created"
    refund_no: str
    refund_state: str
    gateway: str
    way: str
    amount: int
    currency: str
    reason: str
    created_at: str
    approved_by: str = ""
    reference: str = ""
    remedy: int | None = None
    lines: str = "[]"
    rounding: int = 0
    facts: Mapping[str, Json] | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class RefundStep(JournalKind):
    """A step of a refund, or new facts about it. One that moved money has its ``day``, ``hour`` and ``shift``."""

    KINDS = frozenset({*(f"refund_{event}" for event in RefundEvent), "refund_note", "refund_corrected"})

    refund_no: str
    refund_state: str | Absent = ABSENT
    sent_at: str | Absent | None = ABSENT
    ended_at: str | Absent | None = ABSENT
    due_at: str | Absent | None = ABSENT
    gateway_ref: str | Absent = ABSENT
    message: str | Absent = ABSENT
    code: str | Absent = ABSENT
    details: str | Absent = ABSENT
    to: Mapping[str, Json] | None = None
    day: str = ""
    hour: int = 0
    shift: int | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class RefundCarried(JournalKind):
    """A refund of a replaced journal, carried into a restored one; ``booking`` is its ledger entry."""

    KINDS = frozenset({"refund_carried"})

    kind: str = "refund_carried"
    refund: Mapping[str, Json]
    booking: Mapping[str, Json] | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class InvoiceStep(JournalKind):
    """The request for an e-invoice, or a change of it. ``found`` is the gateway's answer without its key."""

    KINDS = frozenset({
        *(f"invoice_{one}" for one in ("wished", "owed", "asked", "issued", "told")),
        *(f"proof_{event}" for event in PrintEvent),
    })  # fmt: skip

    wish: Sequence[Json] | Absent = ABSENT
    invoice_state: int | Absent = ABSENT
    paper: str | Absent = ABSENT
    paid_at: str | Absent | None = ABSENT
    asked: int | Absent = ABSENT
    found: str | Absent = ABSENT
    message: str | Absent = ABSENT
    to: Mapping[str, Json] | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class InvoiceOrderStep(JournalKind):
    """A step of an invoice order. The row's ``order_no`` is the sale's; ``number`` is the order's own.

    The first row of an order has its ``gateway``; one that a restore carries over also when the order was made.
    """

    KINDS = frozenset(f"invoice_order_{event}" for event in InvoiceOrderEvent)

    number: str
    order_state: str
    gateway: str = ""
    created_at: str = ""
    gateway_ref: str | Absent = ABSENT
    gateway_key: Digest | Absent = ABSENT
    code: str | Absent = ABSENT
    message: str | Absent = ABSENT
    to: Mapping[str, Json] | None = None
