"""People, counts of wrong PINs, and the recovery code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pos.domain.journal_kinds import ABSENT
from pos.domain.journal_kinds.people import PersonWritten, PinTried, RecoveryCodeMade
from pos.store.projections.base import Change, Projections, Row, Sealed

_PERSON: Final = (
    "INSERT INTO people (id, name, role, active, pin, seq) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id)"
    " DO UPDATE SET name = excluded.name, role = excluded.role, active = excluded.active, pin = excluded.pin,"
    " seq = excluded.seq"
)
_SAME_PIN: Final = "UPDATE people SET name = ?, role = ?, active = ?, seq = ? WHERE id = ?"
_UNLOCK: Final = "DELETE FROM locks WHERE person = ?"
_COUNT: Final = "INSERT OR REPLACE INTO locks (person, wrong, since) VALUES (?, ?, ?)"
_REHASHED: Final = "UPDATE people SET pin = ?, seq = ? WHERE id = ?"
CODE: Final = "INSERT OR REPLACE INTO recovery (id, hash, seq) VALUES (1, ?, ?)"


def _written(row: Row) -> Iterator[Change]:
    body: PersonWritten = row.body
    if body.pin is ABSENT:
        yield Change(_SAME_PIN, (body.name, body.role, int(body.active), row.seq, body.person))
        return
    person = (body.person, body.name, body.role, int(body.active))
    yield Change(_PERSON, (*person, Sealed(body.pin), row.seq))
    if row.kind == "person_changed":
        yield Change(_UNLOCK, (body.person,))


def _tried(row: Row) -> Iterator[Change]:
    body: PinTried = row.body
    if body.right and body.person:
        yield Change(_UNLOCK, (body.person,))
    if body.rehashed:
        yield Change(_REHASHED, (Sealed(body.rehashed), row.seq, body.person))
    for count, (wrong, since) in (body.counts or {}).items():
        yield Change(_COUNT, (count, wrong, since))


def _code_made(row: Row) -> Iterator[Change]:
    body: RecoveryCodeMade = row.body
    yield Change(CODE, (Sealed(body.code), row.seq))


PROJECTIONS: Final[Projections] = {PersonWritten: _written, PinTried: _tried, RecoveryCodeMade: _code_made}
