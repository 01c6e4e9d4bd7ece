"""Write a journal row and the table changes that follow from it, in one transaction. There is no other way to write."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from pos.domain.journal_kinds import JournalKind
from pos.runtime import Clock
from pos.store.journal.format import append, digest
from pos.store.projections.base import Change, Row, Sealed

NO_SECRETS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes rows for one register at the present time."""

    register: str
    clock: Clock

    def record(
        self, connection: sqlite3.Connection, row: JournalKind, *, order_no: str | None = None, actor: str = "",
        at: datetime | None = None, secrets: Sequence[str] = (),
    ) -> int:  # fmt: skip
        """Write ``row`` and its table changes inside the caller's transaction; return the number of the row.

        ``secrets`` are the values whose digests the row has; the tables store them.
        """
        when = (at or self.clock.now()).isoformat(timespec="microseconds")
        return record(connection, when, self.register, row, order_no=order_no, actor=actor, secrets=secrets)


def record(
    connection: sqlite3.Connection, at: str, register: str, row: JournalKind, *, order_no: str | None = None,
    actor: str = "", secrets: Sequence[str] = (),
) -> int:  # fmt: skip
    """Write ``row`` at the time ``at``; otherwise as :meth:`Recorder.record`."""
    from pos.store.projections import changes_of  # imports all kinds

    if row.kind not in row.KINDS:
        raise ValueError(f"{type(row).__name__} has no kind {row.kind!r}")
    seq = append(connection, at, register, row.kind, order_no, row.body(), row.VERSION, actor)
    known = {digest(one): one for one in secrets} if secrets else NO_SECRETS
    for change in changes_of(Row(seq, at, register, row.kind, actor, order_no, row)):
        apply(connection, change, known)
    return seq


def apply(connection: sqlite3.Connection, change: Change, secrets: Mapping[str, str]) -> None:
    """Execute one table change. A sealed value without its secret stays the digest."""
    connection.execute(change.sql, revealed(change.values, secrets) if secrets else change.values)


def revealed(values: Sequence[Any], secrets: Mapping[str, str]) -> list[Any]:
    """Return ``values`` with the secrets in place of their digests."""
    return [secrets.get(one, one) if type(one) is Sealed else one for one in values]
