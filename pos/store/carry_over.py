"""Carry newer facts from the replaced journal over into a restored backup.

These are the Z numbers, people and PINs, lock-outs, refunds, payments that were sent, and the orders that carry
e-invoices of cash sales. Other newer rows remain in the old journal only; they are counted for the report.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pos.domain.journal_kinds.payments import AttemptStep, InvoiceOrderStep, RefundCarried
from pos.domain.journal_kinds.people import PersonWritten
from pos.domain.journal_kinds.register import Restored
from pos.domain.refund import HOLDS_MONEY
from pos.domain.states import State
from pos.errors import StoreError
from pos.i18n import N_, msg
from pos.store import journal
from pos.store.attempt_mapping import message_text
from pos.store.database import Database
from pos.store.journal import digest
from pos.store.people import recovery_hash_in

_Z_NUMBERS: Final = (
    "SELECT register, max(z_no) FROM shifts WHERE z_no IS NOT NULL GROUP BY register",
    "SELECT register, z_no FROM z_given",
)
_OPEN: Final = frozenset(State) - {State.CAPTURED, State.DECLINED, State.EXPIRED, State.VOIDED}
_PEOPLE: Final = "SELECT id, name, role, active, pin FROM people ORDER BY active, id"
_OPEN_SHIFT: Final = "SELECT id FROM shifts WHERE register = ? AND closed_at IS NULL"

_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CarryOver:
    """The facts of the old journal that a backup lacks.

    ``z_numbers`` are the last Z numbers by register, if the backup has only earlier ones. ``refunds`` belong to
    payments of the backup, each with its ledger entry. ``sent`` are payments that are not sent in the backup and were
    sent since; their state becomes UNKNOWN. ``invoice_orders`` carry e-invoices of the backup's cash sales, so that no
    second one is placed. ``payments`` counts those that only the old journal has, ``open`` those of
    them that were not settled. ``people`` are the names of people that differ; the people of the old journal are in
    ``staff`` and replace those of the backup, and people who are only in the backup can no longer sign in. ``code`` is
    the hash of the recovery code. ``whole`` is False if the old journal could not be read to its end.
    """

    z_numbers: Mapping[str, int] = field(default_factory=dict)
    locks: tuple[tuple[str, int, float], ...] = ()
    refunds: tuple[tuple[_Row, _Row | None], ...] = ()
    sent: tuple[tuple[str, str, str, str], ...] = ()
    invoice_orders: tuple[_Row, ...] = ()
    payments: int = 0
    open: int = 0
    people: tuple[str, ...] = ()
    whole: bool = True
    staff: tuple[tuple[Any, ...], ...] = ()
    code: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return what the journal and JSON say of it."""
        return {
            "z_numbers": dict(self.z_numbers), "payments": self.payments, "open": self.open,
            "refunds": len(self.refunds), "sent": len(self.sent), "people": list(self.people),
        }  # fmt: skip


def collect_carry_over(path: Path, lost: int, others: Iterable[Path], fresh: Database) -> CarryOver:
    """Return what the last ``lost`` rows of the journal at ``path`` have and ``fresh`` lacks.

    The journals ``others`` are searched for later Z numbers only.
    """
    z_numbers = _later_zs((path, *others), fresh)
    if not lost:
        return CarryOver(z_numbers)
    try:
        with closing(Database(path, read_only=True, allow_newer=True)) as old:
            return _collect(old, journal.last(old)[0] - lost, fresh, z_numbers)
    except StoreError:  # damaged: it is replaced nevertheless
        return CarryOver(z_numbers, whole=False)


Write = Callable[..., int]
"""Write a journal row, as :func:`pos.store.journal.recording.record` at one moment on one register."""


def record_restore(
    connection: sqlite3.Connection, write: Write, body: Mapping[str, Any], carry_over: CarryOver, actor: str
) -> None:
    """Write the row of the restore, with ``body`` for the backup, and the facts that are carried over."""
    restored = Restored(
        **body, **carry_over.as_json(), people_replaced=bool(carry_over.staff),
        locks=[list(lock) for lock in carry_over.locks], code=digest(carry_over.code),
    )  # fmt: skip
    write(restored, actor=actor, secrets=(carry_over.code,))
    for number, name, role, active, pin in carry_over.staff:
        row = PersonWritten(
            kind="person_carried", person=number, name=name, role=role, active=bool(active), pin=digest(pin)
        )
        write(row, secrets=(pin,))
    for order_no, sent_at, reference, key in carry_over.sent:
        step = AttemptStep(
            kind="no_answer", state=State.UNKNOWN.value, sent_at=sent_at, gateway_ref=reference,
            gateway_key=digest(key), message=message_text(msg(N_("The replaced journal had already sent it."))),
        )  # fmt: skip
        write(step, order_no=order_no, secrets=(key,))
    for one in carry_over.invoice_orders:
        key = one["gateway_key"]
        placed = InvoiceOrderStep(
            kind="invoice_order_no_answer", number=one["number"], order_state=one["state"], gateway=one["gateway"],
            created_at=one["created_at"], gateway_ref=one["gateway_ref"], gateway_key=digest(key), code=one["code"],
            message=one["message"],
        )  # fmt: skip
        write(placed, order_no=one["order_no"], secrets=(key,) if key else ())
    for refund, booking in carry_over.refunds:
        _record_refund(connection, write, refund, booking)


def _record_refund(connection: sqlite3.Connection, write: Write, refund: _Row, booking: _Row | None) -> None:
    """Write a refund of the old journal; its ledger entry is in the shift that is open in the new one."""
    booked = None
    if booking is not None:
        shift = connection.execute(_OPEN_SHIFT, (booking["register"],)).fetchone()
        facts = {name: value for name, value in booking.items() if name != "seq"}
        booked = {**facts, "shift": shift[0] if shift else None, "adopted": 0}
    known = {name: value for name, value in refund.items() if name != "seq"}
    row = RefundCarried(refund=known, booking=booked)
    write(row, order_no=refund["order_no"])


def _collect(old: Database, after: int, fresh: Database, z_numbers: Mapping[str, int]) -> CarryOver:
    states = _states_of_new(old, after, fresh)
    people = _other_people(old, fresh)
    return CarryOver(
        z_numbers,
        tuple(_locks(old)),
        tuple(_refunds_since(old, after, fresh)),
        tuple(_sent(old, fresh)),
        tuple(_invoice_orders_since(old, after, fresh)),
        len(states),
        sum(state in _OPEN for state in states),
        people,
        staff=tuple(_rows(old, "people", _PEOPLE)) if people else (),
        code=recovery_hash_in(old),
    )


def _later_zs(files: Iterable[Path], fresh: Database) -> dict[str, int]:
    known = _zs(fresh)
    found: dict[str, int] = {}
    for file in files:
        for register, z_no in _zs_in(file).items():
            if z_no > max(known.get(register, 0), found.get(register, 0)):
                found[register] = z_no
    return found


def _zs_in(file: Path) -> dict[str, int]:
    """Return the last Z numbers of a file by register; none if it cannot be read."""
    try:
        with closing(Database(file, read_only=True, allow_newer=True)) as old:
            return _zs(old)
    except StoreError:
        return {}


def _zs(database: Database) -> dict[str, int]:
    found: dict[str, int] = {}
    for table, sql in zip(("shifts", "z_given"), _Z_NUMBERS, strict=True):
        for register, z_no in _rows(database, table, sql):
            found[register] = max(z_no, found.get(register, 0))
    return found


def _states_of_new(old: Database, after: int, fresh: Database) -> list[str]:
    """Return the states of payments that were created after row ``after`` and that ``fresh`` lacks."""
    sql = (
        "SELECT a.order_no, a.state FROM journal j JOIN attempts a ON a.order_no = j.order_no"
        " WHERE j.seq > ? AND j.kind = 'created'"
    )
    return [state for number, state in old.rows(sql, (after,)) if not _known(fresh, "attempts", "order_no", number)]


def _sent(old: Database, fresh: Database) -> Iterator[tuple[str, str, str, str]]:
    """Yield the payments that were sent after the backup was made."""
    sql = "SELECT order_no, sent_at, gateway_ref, gateway_key FROM attempts WHERE order_no = ? AND state <> 'created'"
    for (order_no,) in fresh.rows("SELECT order_no FROM attempts WHERE state = 'created'"):
        yield from old.rows(f"{sql} AND sent_at IS NOT NULL", (order_no,))


def _refunds_since(old: Database, after: int, fresh: Database) -> Iterator[tuple[_Row, _Row | None]]:
    """Yield refunds of payments that ``fresh`` has, with their ledger entries.

    A refund that ``fresh`` has is yielded in its newer state: it may have been sent since, and must not be sent twice.
    """
    for refund in _named(old, fresh, "refunds", "WHERE seq > ?", after):
        number, order_no = refund["refund_no"], refund["order_no"]
        known = _known(fresh, "refunds", "refund_no", number)
        if known or (refund["state"] in HOLDS_MONEY and _known(fresh, "attempts", "order_no", order_no)):
            line = _named(old, fresh, "bookings", "WHERE order_no = ? AND refund_no = ?", order_no, number)
            booked = fresh.rows("SELECT 1 FROM bookings WHERE order_no = ? AND refund_no = ?", (order_no, number))
            yield refund, line[0] if line and not booked else None


def _invoice_orders_since(old: Database, after: int, fresh: Database) -> Iterator[_Row]:
    """Yield the orders of e-invoices that changed since, of cash sales that ``fresh`` has, the oldest first."""
    for order in _named(old, fresh, "invoice_orders", "WHERE seq > ? ORDER BY created_at", after):
        if _known(fresh, "attempts", "order_no", order["order_no"]):
            yield order


def _locks(old: Database) -> list[tuple[Any, ...]]:
    """Return the counts of wrong PINs. Older programs stored no monotonic time; their ``since`` is 0."""
    since = "since" if "since" in _columns(old, "locks") else "0.0"
    return _rows(old, "locks", f"SELECT person, wrong, {since} FROM locks")


def _other_people(old: Database, fresh: Database) -> tuple[str, ...]:
    before = {row[0]: row[1:] for row in _rows(old, "people", _PEOPLE)}
    now = {row[0]: row[1:] for row in fresh.rows(_PEOPLE)}
    changed = [person for person in before.keys() | now.keys() if before.get(person) != now.get(person)]
    return tuple(sorted((before.get(person) or now[person])[0] for person in changed))


def _known(database: Database, table: str, key: str, number: str) -> bool:
    return bool(database.rows(f"SELECT 1 FROM {table} WHERE {key} = ?", (number,)))


def _rows(database: Database, table: str, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Return the rows of a query, none if an older program did not have the table."""
    there = database.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
    return database.rows(sql, values) if there else []


def _named(old: Database, fresh: Database, table: str, where: str, *values: object) -> list[_Row]:
    """Return rows as dictionaries of the columns that both databases have."""
    theirs = _columns(old, table)
    names = [name for name in _columns(fresh, table) if name in theirs]
    rows = _rows(old, table, f"SELECT {', '.join(names)} FROM {table} {where}", *values)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _columns(database: Database, table: str) -> list[str]:
    return [row[1] for row in database.rows(f"PRAGMA table_info({table})")]
