"""The tables follow from the journal: they can be rebuilt from it, and only declared rows are replayed."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import MISSING, fields
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any, Final

import pytest

from pos.domain.agreement import AgreementEvent, ChargeEvent
from pos.domain.agreement_review import AGREEMENT_DECISIONS, CHARGE_DECISIONS
from pos.domain.invoice import PrintEvent
from pos.domain.journal_kinds import JournalKind, Json, declared_kinds
from pos.domain.journal_kinds.shifts import DrawerOpened, ShiftClosed
from pos.domain.payment import Attempt
from pos.domain.reconcile import Match
from pos.domain.refund import RefundEvent
from pos.domain.states import Event
from pos.domain.totals import Group, Scope, Span
from pos.errors import InputError, StoreRefused
from pos.services.pin_hashing import PinHasher
from pos.store import journal
from pos.store.backup import make_backup
from pos.store.database import Database
from pos.store.journal import Fault
from pos.store.journal.format import OLD
from pos.store.journal.rebuild import rebuild
from pos.store.journal.recording import record
from pos.store.journal.replay import KEPT, columns_of
from pos.store.journal.verification import verify_journal
from pos.store.ledger import Ledger
from pos.store.payments import PaymentStore
from pos.store.people import PeopleStore
from pos.store.projections import _projections
from pos.store.projections.register import KEYS, SEALED
from tests.simulate import ShopDay
from tests.support.access import PIN
from tests.support.busy import BusyShop
from tests.support.copies import COLUMNS, Original, original
from tests.support.filled import CHEAP, OWNER, FilledShop
from tests.support.processes import ROOT
from tests.support.rows import AT, open_drawer, wrong
from tests.support.shop import StoppedClock, attempt
from tests.support.virtual import VirtualDay

CHANGES_NO_TABLE: Final = frozenset({
    "backup", "drawer_opened", "migrated", "reconciled", "recovery_tried", "setting_changed", "shift_counted",
    "signed_in", "signed_out", "z_followed",
})  # fmt: skip
"""Kinds that say what happened, and that no table follows from."""

WRITTEN_BY_EVENT: Final[tuple[tuple[str, str, Iterable[str]], ...]] = (
    ("event.value", "", Event), ('f"settled_{event.value}"', "settled_", (Event.PAID, Event.VOID_DONE)),
    ('f"refund_{event.value}"', "refund_", RefundEvent), ('f"proof_{event.value}"', "proof_", PrintEvent),
    ('f"check_{check.match}"', "check_", Match), ('decided.kind("agreement_", event)', "agreement_", AgreementEvent),
    ('decided.kind("agreement_", event)', "agreement_settled_", AGREEMENT_DECISIONS.values()),
    ('decided.kind("agreement_charge_", event)', "agreement_charge_", ChargeEvent),
    ('decided.kind("agreement_charge_", event)', "agreement_charge_settled_", CHARGE_DECISIONS.values()),
)  # fmt: skip
"""Expressions that make the kind of a row, its prefix, and the names that follow it."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> FilledShop:
    return FilledShop(tmp_path_factory.mktemp("filled"))


@pytest.fixture(scope="module")
def made(shop: FilledShop) -> Iterator[Original]:
    with original(shop.path) as found:
        yield found


# -- declarations ---------------------------------------------------------------------------------------------


def test_every_kind_changes_a_table_or_is_known_to_change_none() -> None:
    silent = {kind for kind, body in declared_kinds().items() if body not in _projections()}
    assert silent == CHANGES_NO_TABLE


def sources() -> str:
    """Return the program's text without the declarations and the projections."""
    pos, aside = ROOT / "pos", ("domain/journal_kinds/", "store/projections/", "store/journal/old_rows.py")
    files = (one for one in pos.rglob("*.py") if not one.relative_to(pos).as_posix().startswith(aside))
    return "\n".join(one.read_text(encoding="utf-8") for one in files)


def test_every_declared_kind_is_written_by_something() -> None:
    text = sources()
    called, literals = set(re.findall(r"\b(\w+)\(", text)), set(re.findall(r'"(\w+)"', text))
    by_event = {f"{prefix}{name}" for made, prefix, names in WRITTEN_BY_EVENT if made in text for name in names}
    for kind, body in declared_kinds().items():
        default = body.__dataclass_fields__["kind"].default
        assert body.__name__ in called, f"nothing makes a {body.__name__}"
        assert kind == default or kind in literals | by_event, f"nothing writes {kind}"


def test_every_body_leaves_out_its_defaults_and_is_read_again(made: Original) -> None:
    seen = set()
    for row in made.rows:
        kind, body = row[3], json.loads(row[5])
        again = declared_kinds()[kind](kind=kind, **body)
        assert journal.canonical(again.body()) == row[5]
        seen.add(type(again))
    assert len(seen) >= 20


def test_a_row_with_a_kind_of_another_class_is_not_written() -> None:
    with closing(Database(":memory:")) as database:
        with pytest.raises(ValueError, match="DrawerOpened has no kind 'paid'"), database.transaction() as connection:
            record(connection, AT, "R1", DrawerOpened(kind="paid", reason="change"))
        assert journal.head_of(database)[0] == 0


def appended(copy: Database, kind: str, body: Json, version: int = 1, order_no: str | None = None) -> int:
    """Write a row with a valid chain that this program did not declare so; return its number."""
    with copy.transaction() as connection:
        return journal.append(connection, AT, "R1", kind, order_no, body, version)


UNKNOWN: Final[dict[str, tuple[str, Json, int]]] = {
    "an undeclared kind": ("drawer_burnt", {"reason": "change"}, 1),
    "another version": ("drawer_opened", {"reason": "change"}, 2),
    "a missing field": ("drawer_opened", {}, 1),
    "an unknown field": ("drawer_opened", {"reason": "change", "why": "rain"}, 1),
    "a kind in its body": ("drawer_opened", {"reason": "change", "kind": "paid"}, 1),
    "no object": ("drawer_opened", ["change"], 1),
}


@pytest.mark.parametrize(("kind", "body", "version"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_a_row_that_is_not_declared_is_named(
    made: Original, tmp_path: Path, kind: str, body: Json, version: int
) -> None:
    with made.copy() as copy:
        seq = appended(copy, kind, body, version)
        walk = verify_journal(copy)
        said = f"Row {seq} of the journal is of a kind that this program does not know."
        assert (walk.fault, walk.rows, walk.messages[0].spoken()) == (Fault(seq, "unknown"), seq - 1, said)
        with pytest.raises(StoreRefused, match=re.escape(said)):
            rebuild(copy, tmp_path / "new.sqlite")
        assert list(tmp_path.iterdir()) == []


IMPOSSIBLE: Final[dict[str, tuple[str, Json, int, str | None]]] = {
    "an order that is there": ("created", {
        "payment_id": "p", "tender": "mypay", "gateway": "mypay", "amount": 1, "currency": "TWD", "created_at": AT,
    }, 1, "261120UNSENT00000000"),
    "a sale of no order": ("paid", {"state": "captured", "day": "2026-11-20", "hour": {"of": "day"}}, 1, "none"),
    "a float that is a number": ("shift_opened", {"shift": 9, "uid": "u", "opening": 5}, 1, None),
    "a float that is no money": ("shift_opened", {"shift": 9, "uid": "u", "opening": "TWD much"}, 1, None),
    "counts that are a list": ("pin_tried", {"person": "", "right": False, "counts": [1]}, 1, None),
    "facts that are a number": ("created", {
        "payment_id": "p", "tender": "mypay", "gateway": "mypay", "amount": 1, "currency": "TWD", "created_at": AT,
        "facts": 5,
    }, 1, "261120NEW00000000000"),
    "a payment through no gateway": ("created", {
        "payment_id": "p", "tender": "mypay", "gateway": None, "amount": 1, "currency": "TWD", "created_at": AT,
    }, 1, "261120NEW00000000000"),
    "a table that is none": ("imported", {"table": "sqlite_master", "columns": ["sql"], "rows": [["x"]]}, 1, None),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "version", "order_no"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_a_row_that_cannot_be_replayed_is_named(
    made: Original, tmp_path: Path, kind: str, body: Json, version: int, order_no: str | None
) -> None:
    with made.copy() as copy:
        seq = appended(copy, kind, body, version, order_no)
        said = f"Row {seq} of the journal contradicts the rows before it."
        assert [one.spoken() for one in verify_journal(copy).messages] == [said]
        with pytest.raises(StoreRefused, match=re.escape(said)):
            rebuild(copy, tmp_path / "new.sqlite")


def test_rows_that_contradict_each_other_only_together_are_refused(made: Original, tmp_path: Path) -> None:
    """Two open shifts: each row fits the tables, and the index that forbids them is made at the end."""
    with made.copy() as copy:
        for shift in (8, 9):
            appended(copy, "shift_opened", {"shift": shift, "uid": f"u{shift}", "opening": "TWD 1"})
        with pytest.raises(StoreRefused, match="contradict each other"):
            rebuild(copy, tmp_path / "new.sqlite")
        assert list(tmp_path.iterdir()) == []


def test_a_thousand_payments_that_wait_are_replayed(made: Original) -> None:
    clock = StoppedClock()
    with made.copy() as copy:
        store = PaymentStore(copy, "R1", clock)
        for number in range(KEPT + 1):
            store.create(attempt(f"261121{number:014d}"))
        store.step(store.get(f"261121{0:014d}"), Event.SEND)
        assert verify_journal(copy).holds


def test_a_row_of_an_older_program_after_declared_ones_is_named(made: Original) -> None:
    with made.copy() as copy:
        seq = appended(copy, "drawer_opened", {"reason": "change"}, version=OLD)
        assert verify_journal(copy).fault == Fault(seq, "unknown")


def test_of_two_rows_that_are_wrong_the_first_is_named(made: Original) -> None:
    no_row = {"journal": {"seq": "last", "hash": ""}}
    closed = ShiftClosed(shift=9, z_no=9, counted="TWD 1", expected="TWD 1", reason="", notes={}, report=no_row)
    drawer: Json = {"reason": "change"}
    rows: list[tuple[str, Json, int, str]] = [
        ("drawer_opened", drawer, 2, "unknown"), (closed.kind, closed.body(), 1, "impossible"),
        ("drawer_opened", drawer, OLD, "unknown"),
        ("shift_opened", {"shift": 9, "uid": "u", "opening": 5}, 1, "impossible"),
    ]  # fmt: skip
    for first, second in permutations(rows, 2):
        with made.copy() as copy:
            open_drawer(copy)
            seq = appended(copy, *first[:3])
            appended(copy, *second[:3])
            walk = verify_journal(copy)
            assert (walk.fault, walk.rows, walk.head) == (Fault(seq, first[3]), seq - 1, journal.hash_of(copy, seq - 1))


def test_a_z_that_names_no_row_is_named(made: Original) -> None:
    report = {"journal": {"seq": "last", "hash": ""}}
    row = ShiftClosed(shift=9, z_no=9, counted="TWD 1", expected="TWD 1", reason="", notes={}, report=report)
    with made.copy() as copy:
        seq = appended(copy, row.kind, row.body())
        assert verify_journal(copy).fault == Fault(seq, "impossible")


def test_text_that_cannot_be_stored_is_named(made: Original) -> None:
    """JSON can write half of a character, and SQLite cannot store it."""
    seq, body = len(made.rows) + 1, r'{"address":"a","basis":"owner","gateway":"\ud800","merchant":"m"}'
    digest = journal.chain_hash(made.rows[-1][6], seq, AT, "R1", "gateway_approved", None, body, 1, "")
    row = (seq, AT, "R1", "gateway_approved", None, body, digest)
    with made.copy() as copy:
        copy.rows(f"INSERT INTO journal ({', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?, 1, '')", row)
        assert verify_journal(copy).fault == Fault(seq, "impossible")


# -- rebuilding -----------------------------------------------------------------------------------------------


class KeptDay(ShopDay):
    """A simulated day whose journal is copied to ``file`` when all is quiet."""

    file: Path

    def _compare(self) -> None:
        super()._compare()
        make_backup(self.shop.database, self.file)


@pytest.fixture(scope="module", params=[1, 2], ids=["TWD", "HKD"])
def busy_day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with VirtualDay() as day:
        simulated = KeptDay(day, request.param)
        simulated.file = tmp_path_factory.mktemp("day") / "day.sqlite"
        assert day.run(simulated.live()).wrong == []
    return simulated.file


def tables(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all derived tables."""
    return {
        table: database.rows(f"SELECT * FROM {table} ORDER BY {', '.join(keys)}") for table, keys in KEYS.items()
    }  # fmt: skip


def shown(database: Database) -> tuple[list[Attempt], list[Group]]:
    """Return what the shop sees: its payments, and the sums of the year."""
    payments = PaymentStore(database, "R1", StoppedClock()).search("", None, 10_000, None)
    return payments, Ledger(database).groups(Scope(Span.MONTH, date(2026, 1, 1), date(2027, 12, 31)))


def test_a_rebuilt_day_shows_the_same_payments_and_totals(busy_day: Path, tmp_path: Path) -> None:
    with closing(Database(busy_day)) as old:
        again = rebuild(old, tmp_path / "new.sqlite")
        with closing(Database(again.path)) as new:
            assert wrong(new) == []
            assert (again.rows, again.head) == journal.head_of(old) == journal.head_of(new)
            assert again.lost == {}
            assert tables(new) == tables(old)
            assert shown(new) == shown(old)
            assert len(shown(new)[0]) > 10
    assert [one.name for one in tmp_path.iterdir()] == ["new.sqlite"], "nothing is left beside it"


def test_a_shop_rebuilt_from_its_journal_goes_on_with_its_people_and_pins(shop: FilledShop, tmp_path: Path) -> None:
    with closing(Database(shop.path)) as old:
        again = rebuild(old, tmp_path / "new.sqlite")
        with closing(Database(again.path)) as new:
            assert (tables(new), again.lost) == (tables(old), {})
            person, secret = PeopleStore(new, "R1", StoppedClock()).with_pin(OWNER.id)
            assert (person.name, PinHasher(CHEAP).fits(secret, PIN)) == ("Anna", True)
            open_drawer(new)
            assert wrong(new) == [], "it can be written on"


def test_tables_that_were_changed_are_rebuilt_as_the_journal_has_them(made: Original, tmp_path: Path) -> None:
    with made.copy() as copy:
        before = tables(copy)
        copy.rows("UPDATE bookings SET amount = amount + 1")
        copy.rows("DELETE FROM checks")
        copy.rows("INSERT INTO companies VALUES ('1', 'x')")
        again = rebuild(copy, tmp_path / "new.sqlite")
    with closing(Database(again.path)) as new:
        assert tables(new) == before
        assert wrong(new) == []


def test_a_secret_that_does_not_fit_the_journal_is_empty_in_the_rebuilt_file_and_reported(
    made: Original, tmp_path: Path
) -> None:
    with made.copy() as copy:
        forged = PinHasher(CHEAP).hash("111111")
        copy.rows("UPDATE people SET pin = ? WHERE id = ?", (forged, OWNER.id))
        copy.rows("UPDATE recovery SET hash = 'forged'")
        copy.rows("UPDATE attempts SET gateway_key = 'forged' WHERE gateway_key <> ''")
        again = rebuild(copy, tmp_path / "new.sqlite")
    assert again.lost == {"attempts.gateway_key": 2, "people.pin": 1, "recovery.hash": 1}
    with closing(Database(again.path)) as new:
        people = PeopleStore(new, "R1", StoppedClock())
        assert people.with_pin(OWNER.id)[1] == ""
        assert not PinHasher(CHEAP).fits("", "111111")
        assert people.recovery_hash() == ""
        names = ("Table attempts", "Table people", "Table recovery")
        assert [one.startswith(name) for one, name in zip(wrong(new), names, strict=True)] == [True] * 3


def test_no_secret_of_a_table_is_in_the_journal(made: Original) -> None:
    text = "".join(row[5] for row in made.rows)
    for table, column in SEALED:
        values = [row[0] for row in made.whole.execute(f"SELECT {column} FROM {table}") if row[0]]
        assert values, (table, column)
        assert [one for one in values if one in text] == []
        assert all(journal.digest(one) in text for one in values)


def test_a_file_that_exists_is_not_overwritten(shop: FilledShop, tmp_path: Path) -> None:
    target = tmp_path / "new.sqlite"
    target.write_bytes(b"mine")
    with closing(Database(shop.path, read_only=True)) as old, pytest.raises(InputError, match="already exists"):
        rebuild(old, target)
    assert target.read_bytes() == b"mine"


# -- size ----------------------------------------------------------------------------------------------------


def peak_of_a_verification(path: Path, rows: int) -> int:
    """Return the most bytes of Python that a verification of ``path`` has in memory."""
    with closing(Database(path, read_only=True)) as database:
        tracemalloc.start()
        try:
            walk = verify_journal(database)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert walk.holds
    assert walk.rows > rows
    return peak


@pytest.mark.long
def test_a_verification_needs_the_same_memory_for_ten_times_the_rows(tmp_path: Path) -> None:
    for name, payments in (("small", 350), ("large", 3500)):
        BusyShop(tmp_path / name, days=1, payments=payments).write()
    peak_of_a_verification(tmp_path / "small", 1000)  # the first one fills caches
    small, large = peak_of_a_verification(tmp_path / "small", 1000), peak_of_a_verification(tmp_path / "large", 10_000)
    assert large - small < 64 * 1024


def test_a_key_of_a_table_is_its_primary_key(made: Original) -> None:
    for table, keys in KEYS.items():
        found = made.whole.execute(f"SELECT name FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk").fetchall()
        assert tuple(one for (one,) in found) == keys
        assert columns_of(made.whole, table)


def required(body: type[JournalKind]) -> set[str]:
    return {one.name for one in fields(body) if one.default is MISSING and one.name != "kind"}


def test_every_field_without_a_default_must_be_there() -> None:
    for kind, body in declared_kinds().items():
        needed = required(body)
        if needed:
            with pytest.raises(TypeError, match="required keyword-only"):
                body(kind=kind, **dict.fromkeys(list(needed)[1:], ""))
