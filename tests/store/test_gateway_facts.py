"""Facts about gateways are journaled and read again after a restart."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from pathlib import Path

from pos.domain.gateway_facts import FactsInMemory, GatewayFact
from pos.store import journal
from pos.store.database import FILE_NAME, Database
from pos.store.gateway_facts import GatewayFactStore, read_gateway_facts
from tests.support.rows import wrong
from tests.support.shop import NOON, StoppedClock

ONE = GatewayFact("once+json", "https://payment.opay.tw", date(2026, 11, 20))
OTHER = GatewayFact("twice+percent", "https://payment.opay.tw", date(2026, 11, 21))


def opened(folder: Path) -> tuple[Database, GatewayFactStore]:
    database = Database(folder / FILE_NAME)
    return database, GatewayFactStore(database, "R1", StoppedClock())


def test_the_last_fact_counts_and_all_of_them_are_in_the_journal(tmp_path: Path) -> None:
    database, store = opened(tmp_path)
    assert store.get("opay", "dialect") is None
    for fact in (ONE, OTHER):
        store.keep("opay", "dialect", fact)
    store.keep("opay", "other", ONE)
    store.keep("qfpay", "dialect", ONE)
    database.close()
    database, store = opened(tmp_path)
    assert store.get("opay", "dialect") == OTHER
    assert store.all() == {("opay", "dialect"): OTHER, ("opay", "other"): ONE, ("qfpay", "dialect"): ONE}
    rows = list(journal.entries(database))
    assert {row.kind for row in rows} == {"gateway_fact"}
    assert json.loads(rows[0].body) == {
        "gateway": "opay", "name": "dialect", "value": "once+json", "address": "https://payment.opay.tw",
        "day": "2026-11-20",
    }  # fmt: skip
    assert wrong(database) == []
    database.close()


def test_facts_are_read_while_another_program_works_on_the_journal(tmp_path: Path) -> None:
    database, store = opened(tmp_path)
    store.keep("opay", "dialect", ONE)
    assert read_gateway_facts(tmp_path, "R1", StoppedClock(NOON)) == {("opay", "dialect"): ONE}
    database.close()


def test_without_a_readable_journal_there_are_no_facts(tmp_path: Path) -> None:
    assert read_gateway_facts(tmp_path, "R1", StoppedClock()) == {}
    assert not (tmp_path / FILE_NAME).exists()
    (tmp_path / FILE_NAME).write_bytes(b"no database")
    assert read_gateway_facts(tmp_path, "R1", StoppedClock()) == {}


def test_the_journal_of_an_older_program_is_left_alone(tmp_path: Path) -> None:
    database, _store = opened(tmp_path)
    database.close()
    with sqlite3.connect(tmp_path / FILE_NAME) as older:
        older.execute("DELETE FROM _sqlite_migrations WHERE name = 'gateway_facts'")
        older.execute("DROP TABLE gateway_facts")
    older.close()
    assert read_gateway_facts(tmp_path, "R1", StoppedClock()) == {}
    with sqlite3.connect(tmp_path / FILE_NAME) as older:
        assert older.execute("SELECT 1 FROM sqlite_master WHERE name = 'gateway_facts'").fetchall() == []
    older.close()


def test_a_fact_is_found_by_an_index(tmp_path: Path) -> None:
    database, _store = opened(tmp_path)
    plan = database.rows("EXPLAIN QUERY PLAN SELECT value FROM gateway_facts WHERE gateway = ? AND name = ?", ("", ""))
    assert "USING PRIMARY KEY" in plan[0][3]
    database.close()


def test_facts_in_memory_are_those_given_and_those_stored() -> None:
    given = {("opay", "dialect"): ONE}
    facts = FactsInMemory(given)
    facts.keep("opay", "dialect", OTHER)
    assert (facts.get("opay", "dialect"), facts.get("wanpay", "dialect")) == (OTHER, None)
    assert given == {("opay", "dialect"): ONE}
