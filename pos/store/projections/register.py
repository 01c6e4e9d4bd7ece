"""The register's identity, names and settings, and what a restore and an older program left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pos.domain.journal_kinds.register import (
    Imported,
    JournalBegun,
    RegisterNamed,
    RegisterTakenOver,
    Restored,
    SettingsInUse,
)
from pos.store.journal.format import canonical
from pos.store.projections.base import Change, Projections, Row, Sealed, insert
from pos.store.projections.people import CODE
from pos.store.projections.shifts import OWN_NAMES

SEALED: Final = frozenset({
    ("attempts", "gateway_key"), ("notice_pairs", "gateway_key"), ("invoice_orders", "gateway_key"), ("people", "pin"),
    ("recovery", "hash"),
})  # fmt: skip
"""Columns with secrets, of which the journal has the digests only."""

KEYS: Final = {
    "payments": ("id",), "attempts": ("order_no",), "split_sales": ("sale_id",), "sale_parts": ("order_no",),
    "sale_terms": ("id",), "items": ("id",), "item_barcodes": ("barcode",),
    "agreements": ("order_no",), "agreement_charges": ("order_no", "number"), "bookings": ("seq",),
    "refunds": ("refund_no",), "invoices": ("order_no",), "invoice_orders": ("number",), "companies": ("ban",),
    "shifts": ("id",), "cash_moves": ("seq",), "z_given": ("register",), "people": ("id",), "locks": ("person",),
    "recovery": ("id",),
    "checks": ("day", "number"), "notices": ("gateway", "number", "state"), "notice_pairs": ("id",),
    "gateway_facts": ("gateway", "name"), "gateway_targets": ("gateway", "address", "merchant"),
    "identity": ("one",), "register_names": ("name",), "settings_in_use": ("id",),
}  # fmt: skip
"""All derived tables with their primary keys, each after the tables that it refers to."""

_IDENTITY: Final = insert("identity", ("one", "register_uid", "name", "seq"))
_NAMED: Final = "UPDATE identity SET name = ?, seq = ?"
_TAKEN_OVER: Final = "INSERT OR REPLACE INTO register_names (name, seq) VALUES (?, ?)"
_INTO_SHIFT: Final = (
    "UPDATE bookings SET shift = ?, adopted = at < (SELECT opened_at FROM shifts WHERE id = ?)"
    f" WHERE shift IS NULL AND register IN ({OWN_NAMES})"
)
_SETTINGS: Final = "INSERT OR REPLACE INTO settings_in_use (id, settings, seq) VALUES (1, ?, ?)"
_Z_GIVEN: Final = insert("z_given", ("register", "z_no", "seq"), replace=True)
_NOBODY: Final = "UPDATE people SET active = 0"
_LOCK: Final = (
    "INSERT INTO locks (person, wrong, since) VALUES (?, ?, ?) ON CONFLICT (person)"
    " DO UPDATE SET wrong = max(wrong, excluded.wrong), since = max(since, excluded.since)"
)


def _begun(row: Row) -> Iterator[Change]:
    body: JournalBegun = row.body
    yield Change(_IDENTITY, (1, body.register_uid, row.register, row.seq))


def _named(row: Row) -> Iterator[Change]:
    body: RegisterNamed = row.body
    yield Change(_NAMED, (body.name, row.seq))


def _taken_over(row: Row) -> Iterator[Change]:
    """The rows of the former name stay as they are; the name is one of the register's from now on."""
    body: RegisterTakenOver = row.body
    yield Change(_TAKEN_OVER, (body.name, row.seq))
    if body.shift is not None:
        yield Change(_INTO_SHIFT, (body.shift, body.shift, row.register))


def _settings(row: Row) -> Iterator[Change]:
    body: SettingsInUse = row.body
    yield Change(_SETTINGS, (canonical(body.settings), row.seq))


def _restored(row: Row) -> Iterator[Change]:
    body: Restored = row.body
    for register, z_no in body.z_numbers.items():
        yield Change(_Z_GIVEN, (register, z_no, row.seq))
    for lock in body.locks:
        yield Change(_LOCK, tuple(lock))
    if body.people_replaced:
        yield Change(_NOBODY, ())
    if body.code:
        yield Change(CODE, (Sealed(body.code), row.seq))


def _imported(row: Row) -> Iterator[Change]:
    body: Imported = row.body
    keys = " AND ".join(f"{name} IS ?" for name in KEYS[body.table])
    for key in body.gone:
        yield Change(f"DELETE FROM {body.table} WHERE {keys}", tuple(key))
    sealed = [(body.table, name) in SEALED for name in body.columns]
    write = insert(body.table, body.columns, replace=True)
    for one in body.rows:
        yield Change(write, tuple(Sealed(value) if hide else value for value, hide in zip(one, sealed, strict=True)))


PROJECTIONS: Final[Projections] = {
    JournalBegun: _begun,
    RegisterNamed: _named,
    RegisterTakenOver: _taken_over,
    SettingsInUse: _settings,
    Restored: _restored,
    Imported: _imported,
}
