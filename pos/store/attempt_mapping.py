"""Convert attempts to and from table rows and the JSON of the journal."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, make_dataclass
from datetime import datetime
from typing import Any, Final, TypeVar, cast

from pos.domain.money import Money
from pos.domain.payment import Attempt, Line, Tender, VirtualAccount
from pos.domain.refund import REFUNDS_IN_PROCESS, RefundState
from pos.domain.states import State
from pos.i18n import Message
from pos.store.journal import Json, canonical
from pos.store.page_links import digest, hidden

FIXED: Final = (
    "order_no", "payment_id", "tender", "gateway", "amount", "currency", "register", "created_at",
    "page_token", "tendered", "cashier", "rounding",
)  # fmt: skip
MOVING: Final = (
    "state", "sent_at", "ended_at", "gateway_ref", "gateway_key", "pay_url", "virtual_account",
    "expires_at", "page_served_at", "cancel_wanted", "message", "code", "fee", "details", "received",
)  # fmt: skip
COLUMNS: Final = (*FIXED, *MOVING)

T = TypeVar("T")

_TENDERS: Final = {one.value: one for one in Tender}
STATES: Final = {one.value: one for one in State}
"""States by value; calling the enum class for each row is slower."""
_NO_MESSAGE: Final = Message()
_REFUND_SUMS: Final = (frozenset({RefundState.REFUNDED.value}), frozenset(one.value for one in REFUNDS_IN_PROCESS))

_SECRET: Final = frozenset({"gateway_key"})
"""Columns that the journal does not repeat, because a reader of the journal must not be able to use them."""


def _fast_constructor(cls: type[T]) -> Callable[..., T]:
    """Return a fast constructor of a frozen dataclass with slots, which takes all fields in their order.

    It takes a fifth of the time of the class itself, which sets each field through ``object.__setattr__``. The fields
    are set on an instance of an unfrozen class with the same slots, whose ``__class__`` is then changed.
    """
    names = [one.name for one in fields(cast(Any, cls))]
    unfrozen = make_dataclass(cls.__name__, names, slots=True)

    def made(*values: object) -> T:
        one = unfrozen(*values)
        one.__class__ = cls
        return cast(T, one)

    return made


_time: Final = datetime.fromisoformat
_attempt: Final = _fast_constructor(Attempt)
_money: Final = _fast_constructor(Money)


def fixed(attempt: Attempt) -> tuple[Json, ...]:
    """Return the columns of an attempt that never change, in the order of :data:`FIXED`."""
    return (
        attempt.order_no,
        attempt.payment_id,
        attempt.tender.value,
        attempt.gateway,
        attempt.amount.minor,
        attempt.amount.currency,
        attempt.register_id,
        stamp(attempt.created_at),
        digest(attempt.page_token),
        attempt.tendered.minor if attempt.tendered else None,
        attempt.cashier,
        minor_of(attempt.rounding),
    )


def moving(attempt: Attempt) -> tuple[Any, ...]:
    """Return the columns that a step may change, in the order of :data:`MOVING`."""
    return (
        attempt.state.value,
        stamp(attempt.sent_at),
        stamp(attempt.ended_at),
        attempt.gateway_ref,
        attempt.gateway_key,
        hidden(attempt),
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
    """Return the columns that a step changed, for the journal."""
    pairs = zip(MOVING, moving(before), moving(after), strict=True)
    return {name: new for name, old, new in pairs if old != new and name not in _SECRET}


def attempt_from(row: tuple[Any, ...]) -> Attempt:
    """Return the attempt of a row: :data:`COLUMNS`, the lines and options of its payment, and its refunds.

    Lines and options are None if there are none; refunds are comma-separated as ``state minor_units``, None if there
    are none. A search calls this for a hundred rows, so it is written for speed.
    """
    (
        order_no, payment_id, tender, gateway, amount, currency, register, created_at, page_token, tendered, cashier,
        rounding, state, sent_at, ended_at, gateway_ref, gateway_key, pay_url, virtual_account, expires_at,
        page_served_at, cancel_wanted, message, code, fee, details, received, lines, options,
        refunds,
    ) = row  # fmt: skip
    return _attempt(
        order_no,
        payment_id,
        _TENDERS[tender],
        gateway,
        _money(amount, currency),
        STATES[state],
        register,
        _time(created_at),
        lines_from(lines, currency) if lines else (),
        None if sent_at is None else _time(sent_at),
        None if ended_at is None else _time(ended_at),
        gateway_ref,
        gateway_key,
        pay_url,
        None if virtual_account is None else _account_from(virtual_account),
        None if expires_at is None else _time(expires_at),
        page_token,
        None if page_served_at is None else _time(page_served_at),
        cancel_wanted != 0,
        None if tendered is None else _money(tendered, currency),
        message_from(message) if message else _NO_MESSAGE,
        code,
        fee,
        {} if details == "{}" else json.loads(details),
        json.loads(options) if options else {},
        cashier,
        None if received is None else money_from(received),
        _money(rounding, currency) if rounding else None,
        *((None, None) if refunds is None else _refund_sums(refunds, currency, received)),
    )


def _refund_sums(refunds: str, currency: str, received: str | None) -> list[Money | None]:
    """Return the refunded amount and the amount in process, in the currency received; None for zero."""
    sums = dict.fromkeys(_REFUND_SUMS, 0)
    for one in refunds.split(","):
        state, _space, minor = one.partition(" ")
        for states in _REFUND_SUMS:
            if state in states:
                sums[states] += int(minor)
    paid_in = currency if received is None else received.partition(" ")[0]
    return [_money(total, paid_in) if total else None for total in sums.values()]


def minor_of(money: Money | None) -> int:
    """Return the minor units of an amount, 0 for None."""
    return money.minor if money else 0


def stamp(at: datetime | None) -> str | None:
    """Return ISO 8601 with offset and microseconds, so that texts sort by time."""
    return None if at is None else at.isoformat(timespec="microseconds")


def lines_text(lines: tuple[Line, ...]) -> str:
    return canonical([[line.name, line.unit_price.minor, line.quantity] for line in lines])


def lines_from(text: str, currency: str) -> tuple[Line, ...]:
    if text == "[]":
        return ()
    return tuple(Line(name, Money(minor, currency), count) for name, minor, count in json.loads(text))


def money_text(money: Money | None) -> str | None:
    """Return currency and minor units, as in ``TWD 125``, for amounts in any currency."""
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
        return _NO_MESSAGE
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
    return None if text is None else _time(text)
