"""Journals of every earlier schema, written by the programs of their time: nothing is lost and no sum changes."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pos.cli.main import run
from pos.store.database import FILE_NAME, MEMORY, MIGRATION_NAMES, Database
from tests.support.old_journals import LOCKED, NAMES, OldJournal, Shown, opened, reading, show, walked
from tests.support.processes import ROOT
from tests.support.sample import cases

DIES = """
import os, signal, sqlite3, sys
from pos.store.database import Database

class Dies(sqlite3.Connection):
    left = int(sys.argv[2])
    def execute(self, *words):
        Dies.left -= self.in_transaction
        if not Dies.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().execute(*words)

Database(sys.argv[1], connection=Dies).close()
"""
"""Opens a journal and dies at a numbered statement of its update."""

FIELDS = ("state", "amount", "currency", "tender", "gateway", "received", "refunded", "change")
DRAWER = ("opening", "cash_sales", "cash_refunds", "paid_in", "paid_out", "drops")


@pytest.fixture(scope="module", params=NAMES)
def old(request: pytest.FixtureRequest) -> OldJournal:
    return OldJournal(request.param)


@pytest.fixture(scope="module")
def shown(old: OldJournal, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return show(old, tmp_path_factory.mktemp("shop"))


def test_there_is_a_journal_of_each_schema() -> None:
    last = {OldJournal(name).expected["migrations"][-1] for name in NAMES}
    added_with_the_next = {"journal", "book", "people", "refunds", "shifts", "notices", "lock_counts"}
    written_since = set(MIGRATION_NAMES[MIGRATION_NAMES.index("declared_rows") :])
    assert last == set(MIGRATION_NAMES) - added_with_the_next - written_since


def test_the_journal_is_intact_before_and_after(old: OldJournal, shown: Shown) -> None:
    wrote = old.expected["journal"]
    assert (shown.before.rows, shown.before.head, shown.before.fault) == (wrote["rows"], wrote["head"], None)
    assert shown.after.messages == (), "every table is what the journal says"
    assert shown.after.rows >= wrote["rows"]


@pytest.mark.parametrize("name", cases(["received_amounts", "checks-first", "z_given"], lambda name: None))
def test_a_power_cut_during_the_update_leaves_the_old_file_or_the_new_one(name: str, tmp_path: Path) -> None:
    old, path = OldJournal(name), tmp_path / FILE_NAME
    old.unpack_file(FILE_NAME, path)
    wrote = old.expected["journal"]
    for statements in range(1, 1000, 40):
        died = subprocess.run([sys.executable, "-c", DIES, str(path), str(statements)], cwd=ROOT, check=False)
        found = walked(path)
        assert found.messages == ()
        if died.returncode == 0:
            break
        assert (died.returncode, found.rows, found.head) == (-signal.SIGKILL, wrote["rows"], wrote["head"])
    assert (died.returncode, found.rows > wrote["rows"]) == (0, True)


def test_the_schema_becomes_that_of_a_new_journal(shown: Shown) -> None:
    new = Database(MEMORY)
    expected = new.rows("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
    new.close()
    assert {row[:2] for row in shown.schema} == {row[:2] for row in expected}


def test_each_payment_is_the_same(old: OldJournal, shown: Shown) -> None:
    known = set[str]().union(*old.expected["payments"])
    for row in old.expected["payments"]:
        found = shown.payments[row["order_no"]]
        fields = [name for name in FIELDS if name in known]
        assert {name: found.get(name) for name in fields} == {name: row.get(name) for name in fields}, row["order_no"]
        assert float(found.get("rounding", 0)) == float(row.get("rounding", 0)), row["order_no"]


def test_what_was_refunded_of_each_payment_is_the_same(old: OldJournal, shown: Shown) -> None:
    refunded = Counter[str]()
    for row in old.expected["refunds"]:
        refunded[row["order_no"]] += row["amount"] if row["state"] == "refunded" else 0
    for order_no, found in shown.payments.items():
        assert _minor(found.get("refunded", "0"), found["currency"]) == refunded[order_no], order_no


def test_each_refund_is_the_same(old: OldJournal, shown: Shown) -> None:
    for row in old.expected["refunds"]:
        found = shown.refunds[row["refund_no"]]
        assert {name: found[name] for name in ("order_no", "state", "currency", "way")} == {
            name: row[name] for name in ("order_no", "state", "currency", "way")
        }
        assert _minor(found["amount"], row["currency"]) == row["amount"]
        assert _minor(found.get("rounding", "0"), row["currency"]) == row.get("rounding", 0)


def test_each_shift_and_its_drawer_is_the_same(old: OldJournal, shown: Shown) -> None:
    for row in old.expected["shifts"]:
        found = shown.shifts[row["id"]]
        assert (found.register_id, found.opening.currency, found.z_no) == (
            row["register"],
            row["currency"],
            row["z_no"],
        )
        assert found.opening.minor == row["opening"]
        assert (found.counted and found.counted.minor) == row["counted"]
        assert (found.expected and found.expected.minor) == row["expected"]
        assert (found.closed_at is None) == (row["closed_at"] is None)
        if row["expected"] is not None:
            assert _minor(shown.drawers[row["id"]]["expected"], row["currency"]) == row["expected"]
    for drawer in old.expected["drawers"].values():
        now = shown.drawers[drawer["shift"]]
        assert now["expected"] == drawer["expected"]
        assert {name: now[name] for name in DRAWER} == {name: drawer["drawer"][name] for name in DRAWER}


def test_each_movement_of_cash_is_the_same(old: OldJournal, shown: Shown) -> None:
    moves = [{name: row[name] for name in ("shift", "kind", "amount", "reason")} for row in old.expected["cash_moves"]]
    assert _sorted(shown.moves) == _sorted(moves)


def test_people_are_the_same_and_their_pins_still_open(old: OldJournal, shown: Shown) -> None:
    names = ("id", "name", "role", "active")
    assert _sorted(shown.people) == _sorted([{name: row[name] for name in names} for row in old.expected["people"]])
    assert shown.signed_in == {row["id"] for row in old.with_pins()}
    locked = {row["id"]: row["wrong_pins"] for row in old.expected["people"] if row["wrong_pins"] >= LOCKED}
    assert {person: shown.wrong_pins[person] for person in locked} == locked


def test_the_totals_are_the_same_to_the_last_unit(old: OldJournal, shown: Shown) -> None:
    for name, report in old.expected["reports"].items():
        found = shown.reports[name]
        assert _without_rounding(found["totals"]) == _without_rounding(report["totals"]), name
        if report["invoices"] is not None:
            assert found["invoices"] == report["invoices"], name
        assert (len(found["payments"]), len(found["refunds"])) == (report["payments"], report["refunds"]), name


def test_each_sale_is_in_the_ledger(old: OldJournal, shown: Shown) -> None:
    """Programs before the ledger had captured payments only; the migration makes entries of them."""
    sales = Counter[str]()
    for row in old.expected.get("ledger", ()):
        sales[row["currency"]] += row["amount"] if row["kind"] == "sale" else 0
    captured = {currency: amount for currency, amount in old.expected["captured"].items() if amount}
    expected = dict(sales) if "ledger" in old.expected else captured
    assert {currency: _minor(gross, currency) for currency, gross in shown.sales.items()} == expected


def test_a_backup_of_that_time_can_be_restored(
    old: OldJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, backup = old.unpack_secrets(tmp_path), tmp_path / "old backup.sqlite"
    old.unpack_file("backup.sqlite", backup)
    monkeypatch.setenv("POS_PIN", old.pin)
    monkeypatch.setenv("POS_RECOVERY_CODE", old.expected.get("recovery_code", ""))
    words = ["--data-dir", str(tmp_path / "data"), "--config", str(settings), "journal", "restore", str(backup)]
    status = run([*words, "--json"])
    said = capsys.readouterr()
    assert status == 0, said.err
    assert json.loads(said.out)["rows"] == old.expected["backup"]["rows"]
    path = tmp_path / "data" / FILE_NAME
    assert walked(path).fault is None
    with reading(path) as database:
        hashes = database.rows("SELECT hash FROM journal WHERE seq = ?", (old.expected["backup"]["rows"],))
    assert hashes == [(old.expected["backup"]["head"],)]
    asyncio.run(_shows(settings, path.parent, old))


async def _shows(settings: Path, data: Path, old: OldJournal) -> None:
    """Open the restored journal and look at each payment."""
    async with opened(settings, data) as services:
        actor = old.sign_in(services)
        for row in old.expected["payments"]:
            assert services.payments.get(actor, row["order_no"]).state.value == row["state"]


def _minor(text: str, currency: str) -> int:
    return round(float(text) * (1 if currency == "TWD" else 100))


def _sorted(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)


def _without_rounding(totals: Any) -> Any:
    """Return totals without the sums of a rounding of zero, which earlier programs did not know."""
    if not isinstance(totals, dict):
        return totals
    zero = "rounding" in totals and float(totals["rounding"]) == 0
    return {name: _without_rounding(one) for name, one in totals.items() if not (zero and name == "rounding")}
