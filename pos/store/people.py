"""People and the locks on their PINs. A PIN is stored as its argon2id hash alone; every try is journaled.

A lock-out ends by the machine's monotonic clock: the wall clock may be set forward by whoever stands at the till. That
clock counts from the last start of the machine and goes on when the program ends, so what it says has passed since a
wrong PIN has passed in truth; a machine that was started since has been on for what it says now. After a night the
longest lock-out may therefore last its hour once more, and never ends early. Wrong PINs are not forgotten by time at
all, only by the right PIN or a new one.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from pos.domain.staff import Action, Person, Role, lock_after
from pos.errors import InputError, NotAllowed, NotFound
from pos.i18n import N_, msg
from pos.runtime import Clock
from pos.store import journal
from pos.store.database import Database

ANYBODY: Final = ""
"""Whose lock counts wrong PINs that named nobody."""

_SELECT: Final = (
    "SELECT p.id, p.name, p.role, p.active, p.pin, l.wrong, l.since FROM people p LEFT JOIN locks l ON l.person = p.id"
)


class PeopleStore:
    """Every method raises StoreError when the file does not work."""

    def __init__(self, database: Database, register_id: str, clock: Clock) -> None:
        self._database = database
        self._register = register_id
        self._clock = clock

    def add(self, person: Person, pin: str, by: str) -> Person:
        """Write a new person down; ``pin`` is a hash. Raises InputError for a name that is taken, and NotAllowed
        for a first person who is no owner."""
        with self._database.transaction() as connection:
            if not connection.execute("SELECT 1 FROM people LIMIT 1").fetchone() and person.role is not Role.OWNER:
                raise NotAllowed(N_("The first person must be the owner."))
            _refuse_taken(connection, person)
            body: dict[str, journal.Json] = {"person": person.id, "name": person.name, "role": person.role.value}
            seq = self._journal(connection, "person_added", {**body, "by": by})
            row = (person.id, person.name, person.role.value, int(person.active), pin, seq)
            connection.execute("INSERT INTO people (id, name, role, active, pin, seq) VALUES (?, ?, ?, ?, ?, ?)", row)
        return person

    def change(self, person: Person, by: str, pin: str | None = None) -> Person:
        """Write a person as they are now, with a new PIN's hash where given. The last active owner stays one:
        raises NotAllowed."""
        with self._database.transaction() as connection:
            _refuse_taken(connection, person)
            _refuse_orphans(connection, person)
            body: dict[str, journal.Json] = {
                "person": person.id, "name": person.name, "role": person.role.value, "active": person.active,
                "pin_changed": pin is not None, "by": by,
            }  # fmt: skip
            seq = self._journal(connection, "person_changed", body)
            values = (person.name, person.role.value, int(person.active), pin, seq, person.id)
            sql = "UPDATE people SET name = ?, role = ?, active = ?, pin = coalesce(?, pin), seq = ? WHERE id = ?"
            connection.execute(sql, values)
            if pin is not None:
                connection.execute("DELETE FROM locks WHERE person = ?", (person.id,))
        return replace(person, locked_until=None) if pin is not None else person

    def all(self) -> list[Person]:
        """Everybody, those who left too, by name."""
        return [self._person(row) for row in self._database.rows(f"{_SELECT} ORDER BY p.active DESC, p.name")]

    def get(self, number: str) -> Person:
        """Raises NotFound."""
        return self.with_pin(number)[0]

    def with_pin(self, number: str) -> tuple[Person, str]:
        """A person and the hash of the PIN. Raises NotFound."""
        rows = self._database.rows(f"{_SELECT} WHERE p.id = ?", (number,))
        if not rows:
            raise NotFound(N_("There is no such person."))
        return self._person(rows[0]), rows[0][4]

    def locked_until(self, person: str) -> datetime | None:
        """Until when nobody may try a PIN of ``person`` (or of :data:`ANYBODY`), None when they may; by the wall clock
        as it stands now, for the eye."""
        rows = self._database.rows("SELECT wrong, since FROM locks WHERE person = ?", (person,))
        return self._until(*rows[0]) if rows else None

    def tried(self, person: str, *, right: bool, action: Action | None = None) -> datetime | None:
        """Write one try down; the end of the lock-out it earned. A right PIN ends the count."""
        with self._database.transaction() as connection:
            body: dict[str, journal.Json] = {"person": person, "right": right, "for": action.value if action else ""}
            self._journal(connection, "pin_tried", body)
            if right:
                connection.execute("DELETE FROM locks WHERE person = ?", (person,))
                return None
            row = connection.execute("SELECT wrong FROM locks WHERE person = ?", (person,)).fetchone()
            wrong = (row[0] if row else 0) + 1
            since = self._clock.monotonic()
            connection.execute("INSERT OR REPLACE INTO locks (person, wrong, since) VALUES (?, ?, ?)",
                               (person, wrong, since))  # fmt: skip
        return self._until(wrong, since)

    def left(self, person: str, kind: str) -> None:
        """Write down that somebody signed in, signed out or locked the register."""
        with self._database.transaction() as connection:
            self._journal(connection, kind, {"person": person})

    def _until(self, wrong: int, since: float) -> datetime | None:
        pause, now = lock_after(wrong), self._clock.monotonic()
        if pause is None:
            return None
        left = pause - timedelta(seconds=now - since if now >= since else now)
        return self._clock.now() + left if left > timedelta() else None

    def _person(self, row: tuple[Any, ...]) -> Person:
        until = None if row[5] is None else self._until(row[5], row[6])
        return Person(row[0], row[1], Role(row[2]), bool(row[3]), until)

    def _journal(self, connection: sqlite3.Connection, kind: str, body: dict[str, journal.Json]) -> int:
        at = self._clock.now().isoformat(timespec="microseconds")
        return journal.append(connection, at, self._register, kind, None, body)


def _refuse_taken(connection: sqlite3.Connection, person: Person) -> None:
    sql = "SELECT 1 FROM people WHERE name = ? AND id <> ? AND active = 1"
    if person.active and connection.execute(sql, (person.name, person.id)).fetchone():
        raise InputError("name", msg(N_("There is already somebody called {name}."), name=person.name))


def _refuse_orphans(connection: sqlite3.Connection, person: Person) -> None:
    sql = "SELECT 1 FROM people WHERE role = 'owner' AND active = 1 AND id <> ?"
    if (person.role is not Role.OWNER or not person.active) and not connection.execute(sql, (person.id,)).fetchone():
        raise NotAllowed(N_("The shop needs an owner: this is the last one."))
