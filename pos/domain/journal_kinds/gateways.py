"""Journal rows about gateways, their notices and reconciliation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pos.domain.journal_kinds.base import Digest, JournalKind
from pos.domain.reconcile import Match


@dataclass(kw_only=True, eq=False, repr=False)
class GatewayFactLearned(JournalKind):
    """A fact about a gateway, such as O'Pay's dialect."""

    KINDS = frozenset({"gateway_fact"})

    kind: str = "gateway_fact"
    gateway: str
    name: str
    value: str
    address: str
    day: str


@dataclass(kw_only=True, eq=False, repr=False)
class GatewayApproved(JournalKind):
    """An approved target of requests: address and merchant number."""

    KINDS = frozenset({"gateway_approved"})

    kind: str = "gateway_approved"
    gateway: str
    address: str
    merchant: str
    basis: str
    approved_by: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class NoticeReceived(JournalKind):
    """A proven notice with a new state. ``refund_no`` is set if it is about a refund."""

    KINDS = frozenset({"notice"})

    kind: str = "notice"
    gateway: str
    notice_state: str
    refund_no: str = ""
    unanswered: bool = False


@dataclass(kw_only=True, eq=False, repr=False)
class NoticeAnswered(JournalKind):
    """The late notices of an order were followed by a query's answer."""

    KINDS = frozenset({"notice_answered"})

    kind: str = "notice_answered"
    number: str


@dataclass(kw_only=True, eq=False, repr=False)
class PairNamed(JournalKind):
    """A notice named a number and a key for an order (``pair_heard``, in place of the pair with the id ``dropped``), or
    the gateway confirmed them (``pair_confirmed``). ``number`` is that of an invoice order, else the row's own."""

    KINDS = frozenset({"pair_heard", "pair_confirmed"})

    id: int
    gateway_ref: str
    gateway_key: Digest = ""
    dropped: int | None = None
    number: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class Checked(JournalKind):
    """A result of reconciliation, or a manager's decision on a difference with its ``reason``.

    ``message`` is what the history shows; with a decision, ``about`` is the message of the result.
    """

    KINDS = frozenset({*(f"check_{match}" for match in Match), "check_settled"})

    day: str
    number: str
    gateway: str
    match: str
    ours: str
    theirs: str
    checked_at: str
    message: str = ""
    about: str = ""
    reason: str = ""
    settled_by: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class Reconciled(JournalKind):
    """The reconciliation of a day was completed, with the number of results of each kind."""

    KINDS = frozenset({"reconciled"})

    kind: str = "reconciled"
    day: str
    results: Mapping[str, int]
