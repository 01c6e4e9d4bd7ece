"""Replay the journal into empty tables, and compare them with those of the register."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from pos.domain.journal_kinds import declared_kinds
from pos.errors import PosError
from pos.i18n import N_, Message, msg
from pos.store.journal.format import OLD, digest
from pos.store.journal.old_rows import old_changes
from pos.store.journal.recording import NO_SECRETS, revealed
from pos.store.projections import changes_of
from pos.store.projections.base import Change, Row
from pos.store.projections.register import KEYS, SEALED

CACHE_KIB: Final = 64 * 1024
"""Memory of the replayed tables; the rest is in a temporary file that SQLite deletes."""

BLOCK: Final = 100
"""Rows that are read, replayed or compared at once."""

KEPT: Final = 1000
"""New attempts of a replay that wait for their next change."""

_INDEXES: Final = (
    "CREATE INDEX in_no_shift ON bookings (register) WHERE shift IS NULL",
    "CREATE INDEX unanswered ON notices (number) WHERE unanswered = 1",
)
"""The only indexes that a replay needs beside the primary keys."""


_READ: Final = json.JSONDecoder().raw_decode
"""Canonical JSON has no white space to skip."""


Execute = Callable[[str, Sequence[Any]], object]


CONTRADICTIONS: Final = (
    sqlite3.Error, ArithmeticError, AttributeError, LookupError, PosError, RecursionError, TypeError, ValueError,
)  # fmt: skip
"""Errors of a body with values that no program wrote, or of a row that contradicts earlier ones."""


class CannotReplay(Exception):
    """The row ``seq`` cannot be applied; ``reason`` is that of a :class:`~pos.store.journal.format.Fault`."""

    reason = ""

    def __init__(self, seq: int, problem: str = "") -> None:
        super().__init__(problem)
        self.seq = seq


class Impossible(CannotReplay):
    """The row contradicts the rows before it, or its body cannot be used."""

    reason = "impossible"


class UnknownRow(CannotReplay):
    """A row of a kind or version that this program does not declare, or a body that is not of its kind."""

    reason = "unknown"


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of a table that is changed, missing or added. ``columns`` are those that differ from the journal."""

    table: str
    key: tuple[Any, ...]
    reason: str
    columns: tuple[str, ...] = ()

    @property
    def message(self) -> Message:
        """The difference as a sentence."""
        names = {"table": self.table, "key": " ".join(map(str, self.key)), "columns": ", ".join(self.columns)}
        return msg(_SENTENCES[self.reason], **names)


_SENTENCES: Final = {
    "changed": N_("Table {table}, row {key}: {columns} differs from the journal."),
    "missing": N_("Table {table}: row {key} of the journal is missing."),
    "added": N_("Table {table}: row {key} is not in the journal."),
}


class ReplayedTables:
    """The derived tables in a temporary database, filled by replaying journal rows in order."""

    def __init__(self, schema: Mapping[str, str]) -> None:
        """``schema`` has the statement that creates each table; in the middle of an update some are not made yet."""
        self.connection = sqlite3.connect("", isolation_level=None)
        for pragma in (f"cache_size=-{CACHE_KIB}", "journal_mode=OFF", "synchronous=OFF"):
            self.connection.execute(f"PRAGMA {pragma}")
        for statement in (*(schema[table] for table in KEYS if table in schema), *_INDEXES):
            self.connection.execute(statement)
        self.connection.execute("BEGIN")
        self._execute = self.connection.cursor().execute
        self._attempts: dict[str, tuple[int, str, dict[str, Any]]] = {}
        """New rows of ``attempts`` that are not written yet: number of their journal row, statement, values."""

    def replay(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Apply rows as the journal has them. Raises CannotReplay for the first that cannot be applied.

        A block of rows is read before it is written: reading and writing in turn takes longer.
        """
        failed: CannotReplay | None = None
        read: list[tuple[int, bool, Iterable[Change]]] = []
        for row in rows:
            try:
                read.append((row[0], row[7] != OLD, read_changes(row)))
            except CannotReplay as error:
                failed = error
                break
        for seq, declared, changes in read:
            try:
                for change in changes:
                    self._apply(seq, change)
            except CONTRADICTIONS as error:
                if declared:
                    raise Impossible(seq, str(error)) from error
        if failed is not None:
            raise failed

    def finish(self) -> None:
        """Write what is not written yet. Raises Impossible."""
        for order_no in tuple(self._attempts):
            self._write(order_no)

    def _apply(self, seq: int, change: Change) -> None:
        """Execute a change, or keep it: most attempts get their last state before anything reads them."""
        sql, values, order_no, columns = change
        if order_no is None:
            self.finish()
        elif columns:
            kept = self._attempts.get(order_no)
            if kept is not None and len(columns) < len(kept[2]):
                kept[2].update(zip(columns, values, strict=False))  # the last value is the key
                return
            if kept is None and sql.startswith("INSERT"):
                self._attempts[order_no] = (seq, sql, dict(zip(columns, values, strict=True)))
                if len(self._attempts) > KEPT:
                    self.finish()
                return
            self._write(order_no)
        elif order_no:
            self._write(order_no)
        self._execute(sql, values)

    def _write(self, order_no: str) -> None:
        """Write a row that was kept. Raises Impossible for the journal row that made it."""
        if (kept := self._attempts.pop(order_no, None)) is None:
            return
        seq, sql, facts = kept
        try:
            self._execute(sql, tuple(facts.values()))
        except CONTRADICTIONS as error:
            raise Impossible(seq, str(error)) from error

    def close(self) -> None:
        self.connection.close()


def read_changes(row: tuple[Any, ...]) -> Iterable[Change]:
    """Return the table changes of a row of any version. Raises UnknownRow and Impossible.

    What a row of version 0 says is taken as far as it fits: ``imported`` rows correct it.
    """
    seq, at, register, kind, order_no, body, _hash, version, actor = row
    try:
        if version == OLD:
            return tuple(old_changes(seq, at, register, kind, order_no, _READ(body)[0]))
        return tuple(changes_of(Row(seq, at, register, kind, actor, order_no, read_body(seq, kind, version, body))))
    except CONTRADICTIONS as error:
        if version == OLD:
            return ()
        raise Impossible(seq, str(error)) from error


def apply_row(execute: Execute, row: tuple[Any, ...], secrets: Mapping[str, str] = NO_SECRETS) -> None:
    """Apply the table changes of a row, one by one. Raises UnknownRow and Impossible."""
    for change in read_changes(row):
        try:
            execute(change.sql, revealed(change.values, secrets) if secrets else change.values)
        except CONTRADICTIONS as error:
            if row[7] != OLD:
                raise Impossible(row[0], str(error)) from error


def read_body(seq: int, kind: str, version: int, text: str) -> Any:
    """Return the body of a row. Raises UnknownRow."""
    declared = declared_kinds().get(kind)
    if declared is None or version != declared.VERSION:
        raise UnknownRow(seq, kind)
    try:
        return declared.read(kind, _READ(text)[0])
    except (AttributeError, TypeError, ValueError) as error:
        raise UnknownRow(seq, kind) from error


def schema_of(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the statement that creates each table of a database."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL")
    return dict(rows.fetchall())


def differences(
    live: sqlite3.Connection, replayed: sqlite3.Connection, tables: Iterable[str] = tuple(KEYS)
) -> Iterator[tuple[Difference, tuple[Any, ...] | None]]:
    """Yield each difference with the row that ``live`` has, None for a missing one; by table and key."""
    for table in tables:
        yield from _differences(live, replayed, table)


def columns_of(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """Return the names of a table's columns."""
    return tuple(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))


def sealed(table: str, columns: tuple[str, ...], row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row with the digests of its secrets in their places."""
    return tuple(
        digest(str(value)) if (table, name) in SEALED else value for name, value in zip(columns, row, strict=True)
    )


def _differences(
    live: sqlite3.Connection, replayed: sqlite3.Connection, table: str
) -> Iterator[tuple[Difference, tuple[Any, ...] | None]]:
    columns, keys = columns_of(replayed, table), KEYS[table]
    if _are_equal(live, replayed, table, columns):
        return
    places = tuple(columns.index(name) for name in keys)
    hidden = tuple(place for place, name in enumerate(columns) if (table, name) in SEALED)
    sql = f"SELECT {', '.join(columns)} FROM {table} ORDER BY {', '.join(keys)}"
    with closing(live.execute(sql)) as ours, closing(replayed.execute(sql)) as theirs:
        have, want = next(ours, None), next(theirs, None)
        while have is not None or want is not None:
            if have == want and not (hidden and have and any(have[place] for place in hidden)):
                have, want = next(ours, None), next(theirs, None)
                continue
            ours_first = want is None or (have is not None and _key(have, places) <= _key(want, places))
            theirs_first = have is None or (want is not None and _key(want, places) <= _key(have, places))
            found = _compared(table, columns, places, have if ours_first else None, want if theirs_first else None)
            if found is not None:
                yield found, have if ours_first else None
            have = next(ours, None) if ours_first else have
            want = next(theirs, None) if theirs_first else want


def _are_equal(live: sqlite3.Connection, replayed: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> bool:
    """Compare two tables by one text a row, which SQLite makes faster than Python reads the columns.

    Return False if in doubt: an error, or a column with fractions, which a text rounds.
    """
    if "REAL" in (row[2] for row in replayed.execute(f"PRAGMA table_info({table})")):
        return False
    secrets = [name for name in columns if (table, name) in SEALED]
    others = ", ".join(name for name in columns if name not in secrets)
    sql = f"SELECT {', '.join([f'json_array({others})', *secrets])} FROM {table} ORDER BY {', '.join(KEYS[table])}"
    try:
        with closing(live.execute(sql)) as ours, closing(replayed.execute(sql)) as theirs:
            while have := ours.fetchmany(BLOCK):
                if secrets:
                    have = [(text, *(digest(str(secret)) for secret in rest)) for text, *rest in have]
                if have != theirs.fetchmany(BLOCK):
                    return False
            return theirs.fetchone() is None
    except sqlite3.Error:
        return False


def _compared(
    table: str, columns: tuple[str, ...], places: tuple[int, ...], have: tuple[Any, ...] | None,
    want: tuple[Any, ...] | None,
) -> Difference | None:  # fmt: skip
    """Return the difference of two rows with the same key, or of one row that the other side lacks."""
    key = tuple((have or want or ())[place] for place in places)
    if have is None:
        return Difference(table, key, "missing")
    if want is None:
        return Difference(table, key, "added")
    shown = sealed(table, columns, have)
    changed = tuple(name for name, ours, theirs in zip(columns, shown, want, strict=True) if ours != theirs)
    return Difference(table, key, "changed", changed) if changed else None


def _key(row: tuple[Any, ...], places: tuple[int, ...]) -> tuple[tuple[int, Any], ...]:
    """Return the key of a row in SQLite's order: null, numbers, texts, other."""
    return tuple((_rank(row[place]), row[place] if row[place] is not None else 0) for place in places)


def _rank(value: object) -> int:
    if value is None:
        return 0
    return 1 if isinstance(value, int | float) else 2 if isinstance(value, str) else 3
