"""People and the lock-outs after wrong PINs. Only the argon2id hash of a PIN is stored; every try is journaled.

Lock-outs use the monotonic clock of the machine, because anyone at the till can set the wall clock forward. This clock
starts with the machine and continues when the program ends. If the machine was restarted since a wrong PIN, its present
value is used as the time elapsed. So a lock-out never ends early; after a restart it may begin again. The counts of
:mod:`pos.domain.pin_rules` that fall with time use the same clock.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from pos.domain.journal_kinds import ABSENT, JournalKind
from pos.domain.journal_kinds.people import PersonWritten, PinTried, RecoveryCodeMade, RecoveryTried, Session
from pos.domain.pin_rules import FREE_TRIES, SHARED_TRIES, decayed, lock_after
from pos.domain.staff import Action, Person, Role
from pos.errors import InputError, NotAllowed, NotFound
from pos.i18n import N_, msg
from pos.runtime import Clock
from pos.store.database import Database
from pos.store.journal import digest
from pos.store.journal.recording import Recorder

UNNAMED: Final = ""
"""The count of wrong PINs without a name, shared by all actions."""

_ACTION: Final = "@"
"""Prefix of the name of an action's count of unnamed wrong PINs. Ids of people are hexadecimal."""

_SELECT: Final = (
    "SELECT p.id, p.name, p.role, p.active, p.pin, l.wrong, l.since FROM people p LEFT JOIN locks l ON l.person = p.id"
)


class PeopleStore:
    """The people of a journal and their lock-outs. Every method raises StoreError."""

    def __init__(self, database: Database, register_id: str, clock: Clock) -> None:
        self._database = database
        self._register = register_id
        self._clock = clock
        self._recorder = Recorder(register_id, clock)

    @property
    def register_id(self) -> str:
        """The register that the rows of the journal name."""
        return self._register

    def add(self, person: Person, pin: str, by: str) -> Person:
        """Store a new person; ``pin`` is a hash.

        Raises InputError for a name that is taken, and NotAllowed if the first person is not an owner.
        """
        with self._database.transaction() as connection:
            if not connection.execute("SELECT 1 FROM people LIMIT 1").fetchone() and person.role is not Role.OWNER:
                raise NotAllowed(N_("The first person must be the owner."))
            _require_free_name(connection, person)
            self._record(connection, person_row("person_added", person, pin), by, pin)
        return person

    def change(self, person: Person, by: str, pin: str | None = None) -> Person:
        """Store the changes of a person, with the hash of a new PIN if given.

        Raises NotAllowed if the shop would have no active owner left.
        """
        with self._database.transaction() as connection:
            _require_free_name(connection, person)
            _require_owner(connection, person)
            self._record(connection, person_row("person_changed", person, pin), by, pin)
        return replace(person, locked_until=None) if pin is not None else person

    def all(self) -> list[Person]:
        """Return all people, inactive ones too, by name."""
        return [self._person(row) for row in self._database.rows(f"{_SELECT} ORDER BY p.active DESC, p.name")]

    def active(self) -> list[Person]:
        """Return the people who may sign in, by name."""
        return [one for one in self.all() if one.active]

    def get(self, number: str) -> Person:
        """Return one person. Raises NotFound."""
        return self.with_pin(number)[0]

    def with_pin(self, number: str) -> tuple[Person, str]:
        """Return a person and the hash of the PIN. Raises NotFound."""
        rows = self._database.rows(f"{_SELECT} WHERE p.id = ?", (number,))
        if not rows:
            raise NotFound(N_("There is no such person."))
        return self._person(rows[0]), rows[0][4]

    def locked_until(self, person: str, action: Action | None = None) -> datetime | None:
        """Return until when no PIN of ``person`` (or of :data:`UNNAMED`, for ``action``) may be tried.

        None when one may be tried now. The time is by the wall clock of now, for display.
        """
        sql = "SELECT wrong, since FROM locks WHERE person = ?"
        found = [(count, self._database.rows(sql, (count,))) for count in _counts(person, action)]
        ends = [end for count, rows in found if rows and (end := self._until(count, *rows[0]))]
        return max(ends, default=None)

    def record_try(
        self, person: str, *, right: bool, action: Action | None = None, rehashed: str = ""
    ) -> datetime | None:
        """Journal and count one try; return the end of the lock-out after it, if any.

        A correct PIN ends the count of its person, and no other. ``rehashed`` is its hash in the current form if the
        stored one is older; it replaces that in the same transaction.
        """
        with self._database.transaction() as connection:
            counts = {} if right else {count: self._wrong(connection, count) for count in _counts(person, action)}
            row = PinTried(
                person=person, right=right, action=action.value if action else "", counts=counts or None,
                rehashed=digest(rehashed) if right else "",
            )  # fmt: skip
            self._record(connection, row, person if right else "", rehashed or None)
        return None if right else self.locked_until(person, action)

    def _wrong(self, connection: sqlite3.Connection, count: str) -> list[float]:
        """Return a count with one more wrong PIN, after its fall with time, and the present moment."""
        now = self._clock.monotonic()
        row = connection.execute("SELECT wrong, since FROM locks WHERE person = ?", (count,)).fetchone()
        wrong, since = row or (0.0, now)
        left = decayed(wrong, self._elapsed(since)) if _falls_with_time(count) else wrong
        return [float(left + 1), float(now)]

    def recovery_hash(self) -> str:
        """Return the hash of the shop's recovery code, "" if there is none."""
        return recovery_hash_in(self._database)

    def set_recovery_hash(self, secret: str, by: str) -> None:
        """Store the hash of a new recovery code and journal who made it."""
        with self._database.transaction() as connection:
            self._record(connection, RecoveryCodeMade(code=digest(secret)), by, secret)

    def record_recovery_try(self, *, right: bool, action: Action) -> None:
        """Journal one try of the recovery code."""
        with self._database.transaction() as connection:
            self._record(connection, RecoveryTried(right=right, action=action.value))

    def record_session(self, person: str, kind: str) -> None:
        """Journal that a person signed in, signed out or locked the register; ``kind`` is the kind of the row."""
        with self._database.transaction() as connection:
            self._record(connection, Session(kind=kind), person)

    def _until(self, count: str, wrong: float, since: float) -> datetime | None:
        pause = lock_after(wrong, SHARED_TRIES if count == UNNAMED else FREE_TRIES)
        if pause is None:
            return None
        left = pause - timedelta(seconds=self._elapsed(since))
        return self._clock.now() + left if left > timedelta() else None

    def _elapsed(self, since: float) -> float:
        """Return the seconds that have passed at least since a moment of the monotonic clock."""
        now = self._clock.monotonic()
        return now - since if now >= since else now

    def _person(self, row: tuple[Any, ...]) -> Person:
        until = None if row[5] is None else self._until(row[0], row[5], row[6])
        return Person(row[0], row[1], Role(row[2]), bool(row[3]), until)

    def _record(
        self, connection: sqlite3.Connection, row: JournalKind, actor: str = "", secret: str | None = None
    ) -> None:
        self._recorder.record(connection, row, actor=actor, secrets=(secret,) if secret else ())


def person_row(kind: str, person: Person, pin: str | None) -> PersonWritten:
    """Return the row about a person; ``pin`` is the hash of a new PIN, None if it stays."""
    return PersonWritten(
        kind=kind, person=person.id, name=person.name, role=person.role.value, active=person.active,
        pin=ABSENT if pin is None else digest(pin),
    )  # fmt: skip


def people_in(database: Database) -> list[tuple[Person, str]]:
    """Return the people and the hashes of their PINs in a journal of any version. Raises StoreError."""
    if not database.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'people'"):
        return []
    rows = database.rows("SELECT id, name, role, active, pin FROM people")
    return [(Person(row[0], row[1], Role(row[2]), bool(row[3])), row[4]) for row in rows]


def recovery_hash_in(database: Database) -> str:
    """Return the hash of the recovery code in a journal of any version, "" if it has none. Raises StoreError."""
    if not database.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'recovery'"):
        return ""
    rows = database.rows("SELECT hash FROM recovery WHERE id = 1")
    return str(rows[0][0]) if rows else ""


def _counts(person: str, action: Action | None) -> tuple[str, ...]:
    """Return the names of the counts that a wrong PIN adds to."""
    if person != UNNAMED or action is None:
        return (person,)
    return UNNAMED, f"{_ACTION}{action.value}"


def _falls_with_time(count: str) -> bool:
    """Return whether time, and no PIN, ends a count."""
    return count == UNNAMED or count.startswith(_ACTION)


def _require_free_name(connection: sqlite3.Connection, person: Person) -> None:
    sql = "SELECT 1 FROM people WHERE name = ? AND id <> ? AND active = 1"
    if person.active and connection.execute(sql, (person.name, person.id)).fetchone():
        raise InputError("name", msg(N_("There is already a person named {name}."), name=person.name))


def _require_owner(connection: sqlite3.Connection, person: Person) -> None:
    sql = "SELECT 1 FROM people WHERE role = 'owner' AND active = 1 AND id <> ?"
    if (person.role is not Role.OWNER or not person.active) and not connection.execute(sql, (person.id,)).fetchone():
        raise NotAllowed(N_("The shop needs an owner: this is the last one."))
