"""Search attempts: each possible meaning of the text is a query that one index answers.

A single condition with OR would use no index and read a year of payments row by row.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final

from pos.domain.moments import LONGEST_MINUTE, TimeSpan, parse_time_span
from pos.domain.payment import Tender
from pos.domain.states import State
from pos.store.attempt_mapping import stamp

DATE_LENGTH: Final = 6
"""Characters of the date at the beginning of an order number; a shorter text is not searched as a number."""

ONLY_REFUNDABLE: Final = " AND +state IN ('captured', 'review')"
"""Condition of refundable payments; the plus keeps the index of the other condition in use."""

_WHOLE: Final = 20
_NUMBER: Final = re.compile(f"[0-9]{{{DATE_LENGTH}}}[0-9A-Z]{{,{_WHOLE - DATE_LENGTH}}}", re.ASCII)
_KEYWORD: Final = re.compile("[a-z_]+", re.ASCII)
_TIME_LIKE: Final = re.compile("[-/:]")
_REF: Final = "gateway_ref = ? AND gateway_ref <> ''"
_RECEIVED: Final = "received IS NOT NULL AND CAST(substr(received, 5) AS INTEGER) = ?"  # "TWD 125": its minor units
_BEGINS: Final = "order_no >= ? AND order_no < ?"
_WITHIN: Final = {name: f"{name} >= ? AND {name} < ?" for name in ("created_at", "ended_at")}
_OF_SALE: Final = "order_no IN (SELECT order_no FROM sale_parts WHERE sale_id = ?)"
_NUMBERED: Final = (
    "order_no IN (SELECT ? UNION ALL SELECT other.order_no FROM sale_parts this JOIN sale_parts other"
    " ON other.sale_id = this.sale_id WHERE this.order_no = ?)"
)
_OF_AMOUNT: Final = (
    "order_no IN (SELECT p.order_no FROM split_sales s JOIN sale_parts p ON p.sale_id = s.sale_id WHERE s.amount = ?)"
)
_NOTED: Final = (  # the payments with a note, and the parts of a split sale with one
    "payment_id IN (SELECT id FROM sale_terms WHERE note <> '' AND note >= ? COLLATE NOCASE"
    " AND note < ? COLLATE NOCASE)"
)
_SALE_ID: Final = re.compile("[0-9a-f]{32}", re.ASCII)
_NO_NOTE: Final = re.compile("[0-9A-Z]{12,}", re.ASCII)
"""Match a text that is the number of an order or a gateway; pick-up numbers are shorter."""
_STATES: Final = frozenset(one.value for one in State)
_TENDERS: Final = frozenset(one.value for one in Tender)
SearchTerm = tuple[str, tuple[object, ...]]
"""A condition that one index answers, and its values."""


def search_terms(text: str, amount: int | None, now: Callable[[], datetime]) -> list[SearchTerm]:
    """Return the possible meanings of ``text``. Fewer terms are faster.

    ``amount`` is in minor units if the text reads as one; ``now`` returns the shop's time. A text without digits is a
    keyword only, and a time is a time only.
    """
    if _KEYWORD.fullmatch(keyword := text.lower()):
        return _keyword_terms(keyword)
    if _TIME_LIKE.search(text) and (span := parse_time_span(text, now())):
        return _time_terms(span)
    if _SALE_ID.fullmatch(keyword):
        return [(_OF_SALE, (keyword,))]
    found: list[SearchTerm] = [(_REF, (text,)), *_note_terms(text)]
    if _NUMBER.fullmatch(upper := text.upper()):
        whole = len(upper) == _WHOLE
        found += _numbered(upper) if whole else [(_BEGINS, (upper, upper + "\uffff"))]
    return found if amount is None else [*found, *_amount_terms(amount)]


def refundable_terms(text: str, amount: int | None) -> list[SearchTerm]:
    """Return the possible meanings of ``text`` in a search for a refund; an empty text matches everything."""
    if not text:
        return [("created_at > ''", ())]
    number, keyword = text.upper(), text.lower()
    if _SALE_ID.fullmatch(keyword):
        return [(_OF_SALE, (keyword,))]
    found: list[SearchTerm] = [(_REF, (text,)), ("tender = ?", (keyword,)), ("gateway = ?", (keyword,))]
    found += _note_terms(text)
    if len(text) == _WHOLE:
        found += _numbered(number)
    elif len(text) >= DATE_LENGTH:
        found.append((_BEGINS, (number, number + "\uffff")))
    if amount is not None:
        found += _amount_terms(amount)
    return found


def _note_terms(text: str) -> list[SearchTerm]:
    """Match the payments whose note begins with ``text``, in upper or lower case."""
    return [] if _NO_NOTE.fullmatch(text) else [(_NOTED, (text, text + "\uffff"))]


def _numbered(number: str) -> list[SearchTerm]:
    """Match a whole order number, and the other parts of its split sale."""
    return [(_NUMBERED, (number, number))]


def _amount_terms(amount: int) -> list[SearchTerm]:
    """Match the requested or the received amount (lists show the received one), and all parts of a split sale."""
    return [("amount = ?", (amount,)), (_RECEIVED, (amount,)), (_OF_AMOUNT, (amount,))]


def paid_terms(first: datetime, after: datetime) -> list[SearchTerm]:
    """Match payments that ended in the span or, without an end, began in it."""
    values = (stamp(first), stamp(after))
    return [(_WITHIN["ended_at"], values), (f"{_WITHIN['created_at']} AND ended_at IS NULL", values)]


def newest_matches(found: list[SearchTerm], limit: int, before: datetime | None, also: str = "") -> SearchTerm:
    """Return a query for ``created_at`` and ``order_no`` of the newest matches of all terms; ``also`` applies to each.

    The order is that of the indexes, so that SQLite merges their results and stops at the limit.
    """
    until = () if before is None else (stamp(before),)
    sql = _newest_sql(tuple([where for where, _given in found]), also, before is not None)
    values: list[object] = []
    for _where, given in found:
        values += given
        values += until
    return sql, (*values, limit)


@lru_cache(maxsize=64)
def _newest_sql(conditions: tuple[str, ...], also: str, earlier: bool) -> str:
    also = f"{also} AND created_at < ?" if earlier else also
    parts = [f"SELECT created_at, order_no FROM attempts WHERE {where}{also}" for where in conditions]
    return f"{' UNION '.join(parts)} ORDER BY created_at DESC, order_no DESC LIMIT ?"


def _keyword_terms(keyword: str) -> list[SearchTerm]:
    if keyword in _STATES:
        return [("state = ?", (keyword,))]
    found: list[SearchTerm] = [("gateway = ?", (keyword,))]
    return [*found, ("tender = ?", (keyword,))] if keyword in _TENDERS else [*found, *_note_terms(keyword)]


def _time_terms(span: TimeSpan) -> list[SearchTerm]:
    """Match attempts that began in the span; for a minute also those that ended in it, as printed on a receipt."""
    first, after = span
    values = (stamp(first), stamp(after))
    columns = ("created_at", "ended_at") if after - first <= LONGEST_MINUTE else ("created_at",)
    return [(_WITHIN[name], values) for name in columns]
