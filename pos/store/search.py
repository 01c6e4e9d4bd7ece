"""Searching attempts: what a text may mean, each meaning one look into an index of its own.

One condition with OR would leave all of them unused and read a year of payments row by row.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from pos.domain.moments import LONGEST_MINUTE, Moments, moments
from pos.domain.money import PLACES
from pos.domain.payment import Tender
from pos.domain.states import State
from pos.store.attempt_mapping import stamp

DATED: Final = 6
"""Characters of an order number from which it is looked up: its date. Fewer of them are an amount."""

BACK: Final = " AND +state IN ('captured', 'review')"
"""Payments of which money may go back; the plus keeps the index of the other condition."""

_WHOLE: Final = 20
_NUMBER: Final = re.compile(f"[0-9]{{{DATED}}}[0-9A-Z]{{,{_WHOLE - DATED}}}", re.ASCII)
_WORD: Final = re.compile("[a-z_]+", re.ASCII)
_TIMELY: Final = re.compile("[-/:]")
_REF: Final = "gateway_ref = ? AND gateway_ref <> ''"
_BEGINS: Final = "order_no >= ? AND order_no < ?"
_STATES: Final = frozenset(one.value for one in State)
_TENDERS: Final = frozenset(one.value for one in Tender)
Look = tuple[str, tuple[object, ...]]
"""A condition that one index answers, and its values."""


def looks(text: str, amount: int | None, now: Callable[[], datetime]) -> list[Look]:
    """All that ``text`` may mean; ``amount`` in minor units where it reads as one, ``now`` the shop's own time.

    A word has no digit, which every number has, and a time is nothing but a time: few looks are quick.
    """
    if _WORD.fullmatch(word := text.lower()):
        return _words(word)
    if _TIMELY.search(text) and (span := moments(text, now())):
        return _times(span)
    found: list[Look] = [(_REF, (text,))]
    if _NUMBER.fullmatch(upper := text.upper()):
        whole = len(upper) == _WHOLE
        found.append(("order_no = ?", (upper,)) if whole else (_BEGINS, (upper, upper + "\uffff")))
    return found if amount is None else [*found, *_sums(amount)]


def looks_to_refund(text: str, amount: int | None) -> list[Look]:
    """What ``text`` may mean to whoever gives money back; everything where it is empty."""
    if not text:
        return [("created_at > ''", ())]
    number, word = text.upper(), text.lower()
    found: list[Look] = [(_REF, (text,)), ("tender = ?", (word,)), ("gateway = ?", (word,))]
    if len(text) >= DATED:
        found.append((_BEGINS, (number, number + "\uffff")))
    if amount is not None:
        found += _sums(amount)
    return found


def _sums(amount: int) -> list[Look]:
    """Asked for, or received: a list shows what was received."""
    come = tuple(f"{currency} {amount}" for currency in PLACES)
    return [("amount = ?", (amount,)), (f"received IN ({', '.join('?' * len(come))})", come)]


def paid_within(first: datetime, after: datetime) -> list[Look]:
    """Paid in that span; begun in it where nobody knows an end."""
    values = (stamp(first), stamp(after))
    return [(f"{_within('ended_at')}", values), (f"{_within('created_at')} AND ended_at IS NULL", values)]


def among(found: list[Look], limit: int, before: datetime | None, also: str = "") -> Look:
    """The newest of all meanings together, as a question for ``created_at`` and ``order_no``; ``also`` holds for each.

    The order is that of the indexes, whole: SQLite merges what they give and stops at the limit.
    """
    earlier, until = (also, ()) if before is None else (f"{also} AND created_at < ?", (stamp(before),))
    parts = [f"SELECT created_at, order_no FROM attempts WHERE {where}{earlier}" for where, _given in found]
    values = [value for _where, given in found for value in (*given, *until)]
    return f"{' UNION '.join(parts)} ORDER BY created_at DESC, order_no DESC LIMIT ?", (*values, limit)


def _words(word: str) -> list[Look]:
    if word in _STATES:
        return [("state = ?", (word,))]
    found: list[Look] = [("gateway = ?", (word,))]
    return [*found, ("tender = ?", (word,))] if word in _TENDERS else found


def _times(span: Moments) -> list[Look]:
    """Begun then; in a minute also ended then, as it stands on a receipt."""
    values = tuple(stamp(one.astimezone(UTC)) for one in span)
    columns = ("created_at", "ended_at") if span[1] - span[0] <= LONGEST_MINUTE else ("created_at",)
    return [(_within(name), values) for name in columns]


def _within(column: str) -> str:
    return f"{column} >= ? AND {column} < ?"
