"""What a projection gets and returns: a journal row, and the statements that change the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from pos.domain.journal_kinds import JournalKind


class Row(NamedTuple):
    """One journal row with its body read into the class of its kind."""

    seq: int
    at: str
    register: str
    kind: str
    actor: str
    order_no: str | None
    body: Any


class Sealed(str):
    """The digest of a secret that belongs in a column. The journal does not have the secret itself."""


class Change(NamedTuple):
    """One SQL statement with its values. It depends on the journal row and on what earlier rows wrote, only.

    ``attempt`` is the order number of the one row of ``attempts`` that it reads or writes, "" if it uses that table
    not at all, None if it may use any row. ``columns`` are those of ``values`` if it only inserts or updates that row,
    so that a replay may write several changes of a row at once.
    """

    sql: str
    values: tuple[Any, ...]
    attempt: str | None = None
    columns: tuple[str, ...] = ()


Projection = Callable[[Row], Iterable[Change]]
Projections = dict[type[JournalKind], Projection]


def insert(table: str, columns: Iterable[str], *, replace: bool = False) -> str:
    """Return the statement that inserts one row."""
    names = tuple(columns)
    verb = "INSERT OR REPLACE" if replace else "INSERT"
    return f"{verb} INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
