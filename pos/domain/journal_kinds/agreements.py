"""Journal rows about agreements. Their order number is that of the first charge, which names the agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pos.domain.agreement import AgreementEvent, ChargeEvent
from pos.domain.agreement_review import AGREEMENT_DECISIONS, CHARGE_DECISIONS
from pos.domain.journal_kinds.base import ABSENT, Absent, JournalKind, Json


@dataclass(kw_only=True, eq=False, repr=False)
class AgreementCreated(JournalKind):
    """A new agreement, written with its first attempt. ``every`` is a period as ``1M``."""

    KINDS = frozenset({"agreement_created"})

    kind: str = "agreement_created"
    every: str
    times: int
    amount: int
    currency: str
    reference: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class AgreementStep(JournalKind):
    """A step of an agreement, or an answer about it (``agreement_asked``). ``to`` is the target of a request to stop.

    A step that activates has the due days of all charges, the time of the first, the gateway's number of it and the
    amount received if it differs. ``bank_ref`` is the second authorisation that is put to a manager; his decision
    (``agreement_settled_…``) has ``approved_by`` and ``reason``.
    """

    KINDS = frozenset({
        *(f"agreement_{event}" for event in AgreementEvent),
        *(f"agreement_{one}" for one in ("asked", "stop_asked", "stop_refused", "stop_unsure")),
        *(f"agreement_settled_{event}" for event in AGREEMENT_DECISIONS.values()),
    })  # fmt: skip

    agreement_state: str | Absent = ABSENT
    asked: str | Absent = ABSENT
    message: str | Absent = ABSENT
    dues: Sequence[str] = ()
    charged_at: str = ""
    charge_ref: str = ""
    received: int | None = None
    bank_ref: str = ""
    to: Mapping[str, Json] | None = None
    approved_by: str = ""
    reason: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class AgreementChargeStep(JournalKind):
    """A step of one charge of an agreement; ``charge_order_no`` is the payment by which it was booked.

    A manager's decision (``agreement_charge_settled_…``) has ``approved_by`` and ``reason``.
    """

    KINDS = frozenset({
        *(f"agreement_charge_{event}" for event in ChargeEvent),
        *(f"agreement_charge_settled_{event}" for event in CHARGE_DECISIONS.values()),
    })  # fmt: skip

    number: int
    charge_state: str
    at: str | None = None
    charge_order_no: str = ""
    bank_ref: str = ""
    charge_ref: str = ""
    message: str = ""
    received: int | None = None
    approved_by: str = ""
    reason: str = ""
