"""Attempts as rows and as the JSON of the journal, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, overload

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

_TENDERS: Final = {one.value: one for one in Tender}
STATES: Final = {one.value: one for one in State}
"""By their names: a class of names takes its time for each call."""
_SILENT: Final = Message()

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
    """The attempt of a row in the order of :data:`COLUMNS`. A search makes a hundred of them: no detours."""
    (
        order_no, payment_id, tender, gateway, amount, currency, register, created_at, page_token, tendered, cashier,
        state, sent_at, ended_at, gateway_ref, gateway_key, pay_url, virtual_account, expires_at, page_served_at,
        cancel_wanted, message, code, fee, details, received,
    ) = row  # fmt: skip
    return Attempt(
        order_no=order_no,
        payment_id=payment_id,
        tender=_TENDERS[tender],
        gateway=gateway,
        amount=Money(amount, currency),
        state=STATES[state],
        register_id=register,
        created_at=datetime.fromisoformat(created_at),
        lines=lines_from(lines, currency),
        sent_at=time_from(sent_at),
        ended_at=time_from(ended_at),
        gateway_ref=gateway_ref,
        gateway_key=gateway_key,
        pay_url=pay_url,
        virtual_account=_account_from(virtual_account),
        expires_at=time_from(expires_at),
        page_token=page_token,
        page_served_at=time_from(page_served_at),
        cancel_wanted=cancel_wanted != 0,
        tendered=None if tendered is None else Money(tendered, currency),
        message=message_from(message),
        code=code,
        fee=fee,
        details={} if details == "{}" else json.loads(details),
        options=json.loads(options) if options else {},
        cashier=cashier,
        received=money_from(received),
    )


class AttemptRows(Sequence[Attempt]):
    """Found attempts, each made when it is first looked at: a table shows a dozen of a hundred."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows
        self._made: dict[int, Attempt] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Attempt: ...
    @overload
    def __getitem__(self, place: slice) -> list[Attempt]: ...
    def __getitem__(self, place: int | slice) -> Attempt | list[Attempt]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        at = range(len(self._rows))[place]
        if at not in self._made:
            row = self._rows[at]
            self._made[at] = attempt_from(row[:-2], *row[-2:])
        return self._made[at]


def stamp(at: datetime | None) -> str | None:
    """ISO 8601 with offset and microseconds, so that text sorts as time does."""
    return None if at is None else at.isoformat(timespec="microseconds")


def lines_text(lines: tuple[Line, ...]) -> str:
    return canonical([[line.name, line.unit_price.minor, line.quantity] for line in lines])


def lines_from(text: str, currency: str) -> tuple[Line, ...]:
    if text == "[]":
        return ()
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
        return _SILENT
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
