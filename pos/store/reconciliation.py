"""The results of reconciliation, by day, so that an interrupted one can continue."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from pos.domain.journal_kinds.gateways import Checked, Reconciled
from pos.domain.reconcile import Check, Match
from pos.errors import NotFound
from pos.i18n import N_, msg
from pos.runtime import Clock
from pos.store.attempt_mapping import message_from, message_text
from pos.store.database import Database
from pos.store.journal.recording import Recorder

_COLUMNS: Final = (
    "day", "number", "gateway", "match", "ours", "theirs", "at", "message", "order_no", "reason", "settled_by",
)  # fmt: skip
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM checks"


IN_REVIEW: Final = "match IN ('differ', 'only_here', 'only_there') AND reason = ''"
"""Condition of an index; with ``order_no`` for one payment."""


class CheckStore:
    """The results of comparisons. Every method raises StoreError."""

    def __init__(self, database: Database, register_id: str, clock: Clock) -> None:
        self._database = database
        self._recorder = Recorder(register_id, clock)

    def write(self, check: Check) -> Check:
        """Store a result."""
        with self._database.transaction() as connection:
            row = _checked(check, f"check_{check.match}", message=message_text(check.message))
            self._recorder.record(connection, row, order_no=check.order_no or None)
        return check

    def settle(self, check: Check) -> Check:
        """Store a manager's decision on a difference."""
        with self._database.transaction() as connection:
            settle_check(connection, self._recorder, check)
        return check

    def ended(self, day: date, counts: Mapping[Match, int]) -> None:
        """Journal that the reconciliation of a day was completed."""
        row = Reconciled(day=day.isoformat(), results={one.value: counts.get(one, 0) for one in Match})
        with self._database.transaction() as connection:
            self._recorder.record(connection, row)

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


def settle_check(connection: sqlite3.Connection, recorder: Recorder, check: Check) -> None:
    """Write a manager's decision on a difference, inside the caller's transaction."""
    message = message_text(msg(N_("Settled by a manager: {reason}"), reason=check.reason))
    row = _checked(check, "check_settled", message=message, about=message_text(check.message))
    recorder.record(connection, row, order_no=check.order_no or None, actor=check.settled_by)


def _checked(check: Check, kind: str, message: str, about: str = "") -> Checked:
    return Checked(
        kind=kind, day=check.day.isoformat(), number=check.number, gateway=check.gateway, match=check.match.value,
        ours=check.ours, theirs=check.theirs, checked_at=check.at.isoformat(timespec="microseconds"), message=message,
        about=about, reason=check.reason, settled_by=check.settled_by,
    )  # fmt: skip


def _check(row: tuple[str, ...]) -> Check:
    day, number, gateway, match, ours, theirs, at, message, order_no, reason, settled_by = row
    return Check(
        date.fromisoformat(day), number, gateway, Match(match), ours, theirs, datetime.fromisoformat(at),
        message_from(message), order_no, reason, settled_by,
    )  # fmt: skip
