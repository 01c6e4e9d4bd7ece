"""Journals that earlier programs wrote, and what the present program shows of them."""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from pos.bootstrap import register_for
from pos.domain.actor import Actor, signed_out
from pos.domain.shift import Shift
from pos.domain.staff import Action
from pos.domain.totals import SCOPES, Scope, Span
from pos.exports.json_file import as_json as report_json
from pos.output import as_json, refund_json
from pos.runtime import SystemClock
from pos.services.container import Services
from pos.store.database import FILE_NAME, Database
from pos.store.journal import Walk
from pos.store.journal.verification import verify_journal
from pos.store.shifts import ShiftStore

FOLDER: Final = Path(__file__).parent.parent / "fixtures" / "journals"
NAMES: Final = sorted(path.parent.name for path in FOLDER.glob("*/expected.json"))
ZONE: Final = ZoneInfo("Asia/Taipei")
ALWAYS: Final = Scope(Span.MONTH, date(2026, 1, 1), date(2026, 12, 31))
LOCKED: Final = 5
"""Wrong PINs after which a person is locked out for a while."""

Json = dict[str, Any]


@dataclass
class Shown:
    """What the present program shows of an old journal, in the form of ``expected.json``."""

    before: Walk
    after: Walk
    payments: dict[str, Json] = field(default_factory=dict)
    refunds: dict[str, Json] = field(default_factory=dict)
    shifts: dict[int, Shift] = field(default_factory=dict)
    moves: list[Json] = field(default_factory=list)
    people: list[Json] = field(default_factory=list)
    signed_in: set[str] = field(default_factory=set)
    wrong_pins: dict[str, float] = field(default_factory=dict)
    reports: dict[str, Json] = field(default_factory=dict)
    sales: dict[str, str] = field(default_factory=dict)
    drawers: dict[int, dict[str, str]] = field(default_factory=dict)
    schema: list[tuple[str, ...]] = field(default_factory=list)


class OldJournal:
    """One folder of the fixtures: a journal, a backup of it, and what its own program showed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = FOLDER / name
        self.expected: Json = json.loads((self.folder / "expected.json").read_text("utf-8"))

    def unpack(self, place: Path) -> Path:
        """Write the journal and the secrets behind its PINs into a new data folder, and return its settings file."""
        settings = self.unpack_secrets(place)
        self.unpack_file(FILE_NAME, place / "data" / FILE_NAME)
        return settings

    def unpack_secrets(self, place: Path) -> Path:
        """Make a data folder without a journal, and return its settings file."""
        for secrets, folder in (("keys.sealed", place / "data"), ("keys.key", place / "settings")):
            folder.mkdir(parents=True)
            if (self.folder / secrets).exists():
                shutil.copy(self.folder / secrets, folder / secrets)
                (folder / secrets).chmod(0o600)
        path = place / "settings" / "counter.toml"
        path.write_text('[shop]\nregister = "R1"\ncurrency = "TWD"\n', encoding="utf-8")
        return path

    def unpack_file(self, file: str, target: Path) -> None:
        target.write_bytes(gzip.decompress((self.folder / f"{file}.gz").read_bytes()))

    @property
    def pin(self) -> str:
        """The PIN of an owner, "" in a shop without people."""
        return self._owner()[1]

    def sign_in(self, services: Services) -> Actor:
        """Return who may see everything, without the time that the hash of a PIN takes."""
        owner, _pin = self._owner()
        return services.staff.sign_in_without_pin(owner) if owner else signed_out("R1")

    def with_pins(self) -> list[Json]:
        """Return the owner and the cashiers who may sign in; the hashes of more PINs would take long."""
        free = [one for one in self.expected["people"] if one["active"] and one["wrong_pins"] < LOCKED]
        return [one for one in free if one["role"] in ("owner", "cashier")]

    def _owner(self) -> tuple[str, str]:
        owners = (one for one in self.expected["people"] if one["role"] == "owner" and one["active"])
        return next(((one["id"], one["pin"]) for one in owners), ("", ""))


@contextmanager
def reading(path: Path) -> Iterator[Database]:
    """Open a file without changing it."""
    database = Database(path, read_only=True)
    try:
        yield database
    finally:
        database.close()


def walked(path: Path) -> Walk:
    """Verify a file: its chain, and its tables if it is up to date."""
    with reading(path) as database:
        return verify_journal(database)


def show(old: OldJournal, place: Path) -> Shown:
    """Open the journal with the present program and read everything that ``expected.json`` has."""
    settings, path = old.unpack(place), place / "data" / FILE_NAME
    before = walked(path)
    shown = Shown(before, before)
    asyncio.run(_read(shown, old, settings, path))
    shown.after = walked(path)
    return shown


@asynccontextmanager
async def opened(settings: Path, data: Path) -> AsyncIterator[Services]:
    """Open the services of a data folder, and close them."""
    register = register_for(str(settings), data, keys=False)
    services = await register.host.open(watching=False)
    try:
        yield services
    finally:
        await register.host.close()


async def _read(shown: Shown, old: OldJournal, settings: Path, path: Path) -> None:
    async with opened(settings, path.parent) as services:
        actor = old.sign_in(services)
        for row in old.expected["payments"]:
            shown.payments[row["order_no"]] = as_json(services.payments.get(actor, row["order_no"]), (), ZONE)
        for row in old.expected["refunds"]:
            shown.refunds[row["refund_no"]] = refund_json(services.refunds.get(row["refund_no"]), ZONE)
        _read_shifts(shown, old, path)
        await _read_figures(shown, old, services, actor)
        await _read_people(shown, old, services, path)


def _read_shifts(shown: Shown, old: OldJournal, path: Path) -> None:
    with reading(path) as database:
        store = ShiftStore(database, "R1", SystemClock())
        for row in old.expected["shifts"]:
            shown.shifts[row["id"]] = store.get(row["id"])
            shown.moves += [
                {"shift": row["id"], "kind": one.kind.value, "amount": one.amount.minor, "reason": one.reason}
                for one in store.moves(row["id"])
            ]
        shown.schema = database.rows("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")


async def _read_figures(shown: Shown, old: OldJournal, services: Services, actor: Actor) -> None:
    for name in old.expected["reports"]:
        scope = _scope(name, shown, services)
        action = Action.X_REPORT if scope.span is Span.SHIFT else Action.REPORTS
        permission = services.authorization.permission(actor, action)
        shown.reports[name] = report_json(await services.reports.report(scope, permission))
    totals = await services.reports.report(ALWAYS, services.authorization.permission(actor, Action.REPORTS))
    shown.sales = {currency: one["gross"] for currency, one in report_json(totals)["totals"].items()}
    for number in shown.shifts:
        drawer = services.shifts.read(services.authorization.permission(actor, Action.X_REPORT), number).drawer
        shown.drawers[number] = {name: getattr(drawer, name).decimal for name in (*drawer.__slots__, "expected")}


async def _read_people(shown: Shown, old: OldJournal, services: Services, path: Path) -> None:
    with reading(path) as database:
        shown.wrong_pins = dict(database.rows("SELECT person, wrong FROM locks"))
    shown.people = [
        {"id": one.id, "name": one.name, "role": one.role.value, "active": one.active}
        for one in services.staff.all_people()
    ]
    for one in old.with_pins():
        shown.signed_in.add((await services.staff.sign_in(one["id"], one["pin"])).person)


def _scope(name: str, shown: Shown, services: Services) -> Scope:
    """Return the scope of a report of ``expected.json``: ``day 2026-11-29``, ``month 2026-11-29`` or ``z R1 1``."""
    span, *words = name.split()
    if span == "z":
        register, z_no = words
        closed = (one for one in shown.shifts.values() if (one.register_id, one.z_no) == (register, int(z_no)))
        return services.reports.scope_of(next(closed))
    return SCOPES[Span(span)](date.fromisoformat(words[0]))
