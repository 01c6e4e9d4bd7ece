"""The results of reconciliation, by day, so that an interrupted one can continue."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from pos.domain.reconcile import Check, Match
from pos.errors import NotFound
from pos.i18n import N_, msg
from pos.runtime import Clock
from pos.store import journal
from pos.store.attempt_mapping import message_from, message_text, stamp
from pos.store.database import Database

_COLUMNS: Final = (
    "day", "number", "gateway", "match", "ours", "theirs", "at", "message", "order_no", "reason", "settled_by",
)  # fmt: skip
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM checks"
_WRITE: Final = f"INSERT OR REPLACE INTO checks ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"


IN_REVIEW: Final = "match IN ('differ', 'only_here', 'only_there') AND reason = ''"
"""Condition of an index; with ``order_no`` for one payment."""


class CheckStore:
    """The results of comparisons. Every method raises StoreError."""

    def __init__(self, database: Database, register_id: str, clock: Clock) -> None:
        self._database = database
        self._register = register_id
        self._clock = clock

    def write(self, check: Check, *, journaled: bool = False) -> Check:
        """Store a result. One that does not agree is journaled too, as is every one with ``journaled``."""
        with self._database.transaction() as connection:
            if journaled or check.match is not Match.AGREE:
                at = self._clock.now().isoformat(timespec="microseconds")
                body: dict[str, journal.Json] = {
                    "day": check.day.isoformat(), "number": check.number, "gateway": check.gateway,
                    "match": check.match.value, "ours": check.ours, "theirs": check.theirs,
                    "message": message_text(check.message),
                }  # fmt: skip
                journal.append(connection, at, self._register, f"check_{check.match}", check.order_no or None, body)
            connection.execute(_WRITE, _row(check))
        return check

    def settle(self, check: Check) -> Check:
        """Store a manager's decision on a difference."""
        with self._database.transaction() as connection:
            settle_check(connection, self._clock.now().isoformat(timespec="microseconds"), self._register, check)
        return check

    def ended(self, day: date, counts: Mapping[Match, int]) -> None:
        """Journal that the reconciliation of a day was completed."""
        body: dict[str, journal.Json] = {"day": day.isoformat(), **{one.value: counts.get(one, 0) for one in Match}}
        with self._database.transaction() as connection:
            at = self._clock.now().isoformat(timespec="microseconds")
            journal.append(connection, at, self._register, "reconciled", None, body)

    def of_day(self, day: date) -> list[Check]:
        """Return all results of a day, by number."""
        return [_check(row) for row in self._database.rows(f"{_SELECT} WHERE day = ? ORDER BY number", (str(day),))]

    def find(self, day: date, number: str) -> Check | None:
        """Return the result of one number, None if there is none."""
        rows = self._database.rows(f"{_SELECT} WHERE day = ? AND number = ?", (str(day), number))
        return _check(rows[0]) if rows else None

    def get(self, day: date, number: str) -> Check:
        """Return the result of one number. Raises NotFound."""
        found = self.find(day, number)
        if found is None:
            raise NotFound(msg(N_("{number} was not reconciled on that day."), number=number))
        return found

    def in_review(self, order_no: str | None = None) -> list[Check]:
        """Return the differences that are not settled yet, of one payment or of all, the oldest day first."""
        one, values = ("order_no = ? AND ", (order_no,)) if order_no is not None else ("", ())
        sql = f"{_SELECT} WHERE {one}{IN_REVIEW} ORDER BY day, number"
        return [_check(row) for row in self._database.rows(sql, values)]


def settle_check(connection: sqlite3.Connection, at: str, register: str, check: Check) -> None:
    """Write a manager's decision on a difference, inside the caller's transaction."""
    message = msg(N_("Settled by a manager: {reason}"), reason=check.reason)
    body: dict[str, journal.Json] = {
        "day": check.day.isoformat(), "number": check.number, "reason": check.reason, "who": check.settled_by,
        "message": message_text(message),
    }  # fmt: skip
    journal.append(connection, at, register, "check_settled", check.order_no or None, body)
    connection.execute(_WRITE, _row(check))


def _row(check: Check) -> tuple[str | None, ...]:
    return (
        check.day.isoformat(), check.number, check.gateway, check.match.value, check.ours, check.theirs,
        stamp(check.at), message_text(check.message), check.order_no, check.reason, check.settled_by,
    )  # fmt: skip


def _check(row: tuple[str, ...]) -> Check:
    day, number, gateway, match, ours, theirs, at, message, order_no, reason, settled_by = row
    return Check(
        date.fromisoformat(day), number, gateway, Match(match), ours, theirs, datetime.fromisoformat(at),
        message_from(message), order_no, reason, settled_by,
    )  # fmt: skip
