"""Convert attempts to and from table rows and the JSON of the journal."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, cast

from pos.domain.discount import Discount
from pos.domain.money import Money
from pos.domain.payment import NO_TERMS, Attempt, Line, SaleTerms, Tender, VirtualAccount
from pos.domain.refund import REFUNDS_IN_PROCESS, RefundState
from pos.domain.states import State
from pos.domain.tax import TaxKind
from pos.i18n import Message
from pos.store.journal import Json, canonical, digest
from pos.store.page_links import hidden
from pos.store.projections.payments import MOVING, NEW_ATTEMPT

FIXED: Final = (
    "order_no", "payment_id", "tender", "gateway", "amount", "currency", "register", "created_at",
    "page_token", "tendered", "cashier", "rounding",
)  # fmt: skip
COLUMNS: Final = (*FIXED, *MOVING)

_TENDERS: Final = {one.value: one for one in Tender}
STATES: Final = {one.value: one for one in State}
"""States by value; calling the enum class for each row is slower."""
_NO_MESSAGE: Final = Message()
_NO_REFUNDS: Final = (None, None)
_REFUND_SUMS: Final = (frozenset({RefundState.REFUNDED.value}), frozenset(one.value for one in REFUNDS_IN_PROCESS))


def _unfrozen(cls: type) -> Callable[[], Any]:
    """Return a class with the slots of a frozen dataclass, which can be filled quickly.

    A frozen dataclass sets each field through ``object.__setattr__``, five times slower. After the last field, the
    ``__class__`` of the instance is changed to the dataclass.
    """
    return cast(Callable[[], Any], type(cls.__name__, (), {"__slots__": tuple(one.name for one in fields(cls))}))


_time: Final = datetime.fromisoformat
_blank_attempt: Final = _unfrozen(Attempt)
_blank_money: Final = _unfrozen(Money)


def _money(minor: int, currency: str) -> Money:
    one = _blank_money()
    one.minor, one.currency = minor, currency
    one.__class__ = Money
    made: Money = one
    return made


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


def changed(before: Attempt, after: Attempt) -> dict[str, Any]:
    """Return the columns that a step changed, for the journal; the gateway's key as its digest."""
    return _other(moving(before), after)


def facts_of(attempt: Attempt) -> dict[str, Any]:
    """Return the columns in which an attempt differs from a new one, for the journal."""
    return _other(tuple(NEW_ATTEMPT.values()), attempt)


def _other(before: tuple[Any, ...], after: Attempt) -> dict[str, Any]:
    found = {name: new for name, old, new in zip(MOVING, before, moving(after), strict=True) if old != new}
    if "gateway_key" in found:
        found["gateway_key"] = digest(after.gateway_key)
    return found


def attempt_from(row: tuple[Any, ...]) -> Attempt:
    """Return the attempt of a row.

    It has :data:`COLUMNS`, lines and options of its payment, its refunds, its split sale, and its terms. Each of those
    after the columns is None if there is none; refunds are comma-separated as ``state minor_units``. A search
    calls this for a hundred rows, so it is written for speed.
    """
    one = _blank_attempt()
    (
        one.order_no, one.payment_id, tender, one.gateway, amount, currency, one.register_id, created_at,
        one.page_token, tendered, one.cashier, rounding, state, sent_at, ended_at, one.gateway_ref, one.gateway_key,
        one.pay_url, account, expires_at, served_at, cancel_wanted, message, one.code, one.fee, details, received,
        lines, options, refunds, sale_id, note, discount, approved_by,
    ) = row  # fmt: skip
    one.tender = _TENDERS[tender]
    one.amount = _money(amount, currency)
    one.state = STATES[state]
    one.created_at = _time(created_at)
    one.lines = lines_from(lines, currency) if lines else ()
    one.sent_at = None if sent_at is None else _time(sent_at)
    one.ended_at = None if ended_at is None else _time(ended_at)
    one.virtual_account = None if account is None else _account_from(account)
    one.expires_at = None if expires_at is None else _time(expires_at)
    one.page_served_at = None if served_at is None else _time(served_at)
    one.cancel_wanted = cancel_wanted != 0
    one.tendered = None if tendered is None else _money(tendered, currency)
    one.message = message_from(message) if message else _NO_MESSAGE
    one.details = {} if details == "{}" else json.loads(details)
    one.options = json.loads(options) if options else {}
    one.received = None if received is None else money_from(received)
    one.rounding = _money(rounding, currency) if rounding else None
    sums = _NO_REFUNDS if refunds is None else _refund_sums(refunds, currency, received)
    one.refunded, one.refunding = sums
    one.sale_id = sale_id or ""
    one.terms = NO_TERMS if note is None else terms_from(note, discount, approved_by, currency)
    one.__class__ = Attempt
    made: Attempt = one
    return made


def _refund_sums(refunds: str, currency: str, received: str | None) -> Sequence[Money | None]:
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
    """Return lines as JSON: [name, price, quantity], and an object of what else a line has."""
    return canonical([_line_json(line) for line in lines])


def _line_json(line: Line) -> list[Json]:
    more: dict[str, Json] = {"discount": minor_of(line.discount)} if line.discount else {}
    if line.item:
        more["item"] = line.item
    if line.tax is not TaxKind.TAXED:
        more["tax"] = line.tax.value
    return [line.name, line.unit_price.minor, line.quantity, *([more] if more else [])]


def lines_from(text: str, currency: str) -> tuple[Line, ...]:
    if text == "[]":
        return ()
    return tuple(_line_from(one, currency) for one in json.loads(text))


def _line_from(found: list[Any], currency: str) -> Line:
    name, minor, count, *rest = found
    if not rest:
        return Line(name, Money(minor, currency), count)
    more = rest[0]
    off = Money(more["discount"], currency) if "discount" in more else None
    return Line(name, Money(minor, currency), count, off, more.get("item", ""), TaxKind(more.get("tax", "taxed")))


def discount_text(terms: SaleTerms) -> str:
    """Return the discount of a sale as JSON, "" for none."""
    off = terms.discount
    return canonical([off.amount.minor, off.reason, off.rate]) if off else ""


def terms_from(note: str, discount: str, approved_by: str, currency: str) -> SaleTerms:
    """Return the terms of a row of ``sale_terms``."""
    off = None
    if discount:
        minor, reason, rate = json.loads(discount)
        off = Discount(Money(minor, currency), reason, rate)
    return SaleTerms(note, off, approved_by)


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
