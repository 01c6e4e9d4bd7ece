"""Attempts as rows and as the JSON of the journal, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pos.domain.money import Money
from pos.domain.payment import Attempt, Line, Tender, VirtualAccount
from pos.domain.states import State
from pos.i18n import Message
from pos.store.journal import Json, canonical

FIXED: Final = (
    "order_no", "payment_id", "tender", "gateway", "amount", "currency", "register", "created_at",
    "page_token", "tendered", "cashier",
)  # fmt: skip
MOVING: Final = (
    "state", "sent_at", "ended_at", "gateway_ref", "gateway_key", "pay_url", "virtual_account",
    "expires_at", "page_served_at", "cancel_wanted", "message", "code", "fee", "details", "received",
)  # fmt: skip
COLUMNS: Final = (*FIXED, *MOVING)

_SECRET: Final = frozenset({"gateway_key"})
"""Facts that the journal does not repeat: whoever reads it must not be able to act with it."""


def fixed(attempt: Attempt) -> tuple[Json, ...]:
    """What never changes of an attempt, in the order of :data:`FIXED`."""
    return (
        attempt.order_no,
        attempt.payment_id,
        attempt.tender.value,
        attempt.gateway,
        attempt.amount.minor,
        attempt.amount.currency,
        attempt.register_id,
        stamp(attempt.created_at),
        attempt.page_token,
        attempt.tendered.minor if attempt.tendered else None,
        attempt.cashier,
    )


def moving(attempt: Attempt) -> tuple[Any, ...]:
    """What a step may change, in the order of :data:`MOVING`."""
    return (
        attempt.state.value,
        stamp(attempt.sent_at),
        stamp(attempt.ended_at),
        attempt.gateway_ref,
        attempt.gateway_key,
        attempt.pay_url,
        _account_text(attempt.virtual_account),
        stamp(attempt.expires_at),
        stamp(attempt.page_served_at),
        int(attempt.cancel_wanted),
        message_text(attempt.message),
        attempt.code,
        attempt.fee,
        canonical(dict(attempt.details)),
        money_text(attempt.received),
    )


def changed(before: Attempt, after: Attempt) -> dict[str, Json]:
    """The facts a step changed, for the journal."""
    pairs = zip(MOVING, moving(before), moving(after), strict=True)
    return {name: new for name, old, new in pairs if old != new and name not in _SECRET}


def attempt_from(row: tuple[Any, ...], lines: str, options: str) -> Attempt:
    """The attempt of a row in the order of :data:`COLUMNS`."""
    found = dict(zip(COLUMNS, row, strict=True))
    currency = found["currency"]
    return Attempt(
        order_no=found["order_no"],
        payment_id=found["payment_id"],
        tender=Tender(found["tender"]),
        gateway=found["gateway"],
        amount=Money(found["amount"], currency),
        state=State(found["state"]),
        register_id=found["register"],
        created_at=datetime.fromisoformat(found["created_at"]),
        lines=lines_from(lines, currency),
        sent_at=time_from(found["sent_at"]),
        ended_at=time_from(found["ended_at"]),
        gateway_ref=found["gateway_ref"],
        gateway_key=found["gateway_key"],
        pay_url=found["pay_url"],
        virtual_account=_account_from(found["virtual_account"]),
        expires_at=time_from(found["expires_at"]),
        page_token=found["page_token"],
        page_served_at=time_from(found["page_served_at"]),
        cancel_wanted=bool(found["cancel_wanted"]),
        tendered=None if found["tendered"] is None else Money(found["tendered"], currency),
        message=message_from(found["message"]),
        code=found["code"],
        fee=found["fee"],
        details=json.loads(found["details"]),
        options=json.loads(options) if options else {},
        cashier=found["cashier"],
        received=money_from(found["received"]),
    )


def stamp(at: datetime | None) -> str | None:
    """ISO 8601 with offset and microseconds, so that text sorts as time does."""
    return None if at is None else at.isoformat(timespec="microseconds")


def lines_text(lines: tuple[Line, ...]) -> str:
    return canonical([[line.name, line.unit_price.minor, line.quantity] for line in lines])


def lines_from(text: str, currency: str) -> tuple[Line, ...]:
    return tuple(Line(name, Money(minor, currency), count) for name, minor, count in json.loads(text))


def money_text(money: Money | None) -> str | None:
    """``TWD 125``, in minor units: for sums whose currency need not be the shop's."""
    return None if money is None else f"{money.currency} {money.minor}"


def money_from(text: str | None) -> Money | None:
    if text is None:
        return None
    currency, minor = text.split(" ")
    return Money(int(minor), currency)


def message_text(message: Message) -> str:
    return canonical([message.text, dict(message.args)]) if message else ""


def message_from(text: str) -> Message:
    if not text:
        return Message()
    template, args = json.loads(text)
    return Message(template, args)


def _account_text(account: VirtualAccount | None) -> str | None:
    if account is None:
        return None
    facts: Mapping[str, Json] = {
        "bank_code": account.bank_code,
        "bank_name": account.bank_name,
        "account": account.account,
        "expires_at": stamp(account.expires_at),
    }
    return canonical(facts)


def _account_from(text: str | None) -> VirtualAccount | None:
    if text is None:
        return None
    facts = json.loads(text)
    return VirtualAccount(
        facts["bank_code"], facts["bank_name"], facts["account"], datetime.fromisoformat(facts["expires_at"])
    )


def time_from(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
