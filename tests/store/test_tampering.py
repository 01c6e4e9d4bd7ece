"""Whatever another tool changes in the file is found; what only a comparison with outside finds is listed here too."""

from __future__ import annotations

import json
import math
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, count
from typing import Any, Final

import pytest

from pos.services.backups import Backups
from pos.services.journal_seals import JournalSeals
from pos.store import journal
from pos.store.backup import open_backup
from pos.store.database import MEMORY, Database
from pos.store.identity import register_uid
from pos.store.journal import Fault, verification
from pos.store.journal.anchors import Anchor, Seals
from pos.store.journal.replay import columns_of, differences, schema_of
from pos.store.journal.verification import Outside, verify_journal
from pos.store.projections.register import KEYS, SEALED
from tests.support.copies import COLUMNS, Original, Row, chained, change_journal, original, with_column
from tests.support.filled import FilledShop
from tests.support.sample import examples, first_of_each

OTHER_UID: Final = "00000000-0000-4000-8000-000000000000"
LARGE: Final = 10**6


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> FilledShop:
    return FilledShop(tmp_path_factory.mktemp("filled"))


@pytest.fixture(scope="module")
def made(shop: FilledShop) -> Iterator[Original]:
    with original(shop.path, shop.folder / "old.sqlite") as found:
        yield found


@dataclass
class Tally:
    """Counts the changes that were made, and names those that a verification did not find."""

    made: int = 0
    missed: tuple[str, ...] = ()

    def expect(self, database: Database, change: str, *names: str) -> None:
        """Verify ``database``; a sentence must name one of ``names``."""
        self.made += 1
        said = [one.spoken() for one in verify_journal(database).messages]
        if not any(name in one for one in said for name in names):
            self.missed += (f"{change}: {said}",)

    def report(self, name: str, at_least: int) -> None:
        assert self.missed == ()
        assert self.made >= at_least
        sys.stderr.write(f"{name}: {self.made} changes, all found\n")


def tables_of(made: Original) -> Iterator[tuple[str, tuple[str, ...], list[Row]]]:
    """Yield each derived table with its columns and rows; the key comes first."""
    for table in KEYS:
        columns = columns_of(made.whole, table)
        yield table, columns, made.whole.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()


def others(table: str, name: str, value: Any, taken: Iterable[Any]) -> Iterator[Any]:
    """Yield values that a column could have instead of ``value``; none is in ``taken``."""
    used = set(taken)
    if isinstance(value, int | float):
        yield next(one for one in chain((value - 1,), count(value + 1)) if one not in used)
    else:
        yield f"{value or ''}x"
    if (table, name) in SEALED and value:
        yield journal.digest(value)  # as the journal has it


def key_of(table: str, columns: tuple[str, ...], row: Row) -> tuple[str, Row]:
    """Return the condition that finds a row, and its values."""
    keys = KEYS[table]
    return " AND ".join(f"{name} = ?" for name in keys), tuple(row[columns.index(name)] for name in keys)


def a_value(column: str, value: Any, made: Original, table: str) -> Any:
    """Return a value for an empty column of its declared type."""
    if value is not None:
        return value
    kinds = {row[1]: row[2] for row in made.whole.execute(f"PRAGMA table_info({table})")}
    return "" if kinds[column] == "TEXT" else 0


def test_the_journal_fills_every_table_and_nothing_is_wrong(made: Original) -> None:
    assert [table for table, _columns, rows in tables_of(made) if not rows] == []
    with made.copy() as copy:
        assert verify_journal(copy).holds
    with made.forged(made.rows) as same:
        assert (verify_journal(same).holds, journal.head_of(same)) == (True, (len(made.rows), made.rows[-1][6]))


def test_a_change_of_any_column_of_any_row_of_any_table_is_found(made: Original) -> None:
    tally = Tally()
    for table, columns, rows in tables_of(made):
        for row in first_of_each(rows, lambda row: None):
            where, key = key_of(table, columns, row)
            for place, name in enumerate(columns):
                present = a_value(name, row[place], made, table)
                for value in others(table, name, present, (one[place] for one in rows)):
                    with made.copy() as copy:
                        copy.rows(f"UPDATE {table} SET {name} = ? WHERE {where}", (value, *key))
                        tally.expect(copy, f"{table}.{name} {key}", f"Table {table}")
    tally.report("columns of tables", examples(480, 170))


def test_a_journal_is_compared_with_what_a_new_file_has() -> None:
    with closing(Database(MEMORY)) as fresh, fresh.snapshot() as connection:
        assert verification._objects(connection) == verification._made.__wrapped__()
        assert schema_of(connection) == verification._schema.__wrapped__()


def test_a_smallest_fraction_of_a_lock_is_found(made: Original) -> None:
    with made.copy() as copy:
        since = copy.rows("SELECT since FROM locks ORDER BY person")[0][0]
        copy.rows("UPDATE locks SET since = ? WHERE since = ?", (math.nextafter(since, math.inf), since))
        assert len(verify_journal(copy).messages) == 1


def test_any_row_that_leaves_a_table_is_found(made: Original) -> None:
    tally = Tally()
    for table, columns, rows in tables_of(made):
        for row in rows:
            where, key = key_of(table, columns, row)
            with made.copy() as copy:
                copy.rows(f"DELETE FROM {table} WHERE {where}", key)
                tally.expect(copy, f"{table} {key}", f"Table {table}")
        with made.copy() as copy:
            copy.rows(f"DELETE FROM {table}")
            tally.expect(copy, f"{table} whole", f"Table {table}")
    tally.report("rows that left a table", 50)


def unique_columns(connection: sqlite3.Connection, table: str) -> set[str]:
    indexes = [row[1] for row in connection.execute(f"PRAGMA index_list({table})") if row[2]]
    return {row[2] for one in indexes for row in connection.execute(f"PRAGMA index_info({one})")} | set(KEYS[table])


def test_any_row_that_comes_into_a_table_is_found(made: Original) -> None:
    tally = Tally()
    for table, columns, rows in tables_of(made):
        unique = unique_columns(made.whole, table)
        for row in rows:
            fresh = [
                next(others("", "", a_value(name, value, made, table), (one[place] for one in rows)))
                if name in unique else value
                for place, (name, value) in enumerate(zip(columns, row, strict=True))
            ]  # fmt: skip
            with made.copy() as copy:
                copy.rows(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", tuple(fresh))
                tally.expect(copy, f"{table} {fresh}", f"Table {table}")
    tally.report("rows that came into a table", 30)


def test_keys_of_any_type_are_compared_in_the_order_of_sqlite() -> None:
    """Another tool can write values that Counter's tables refuse."""
    with closing(sqlite3.connect(":memory:")) as live, closing(sqlite3.connect(":memory:")) as replayed:
        for connection, keys in ((live, (None, 5, "5", "7", b"7")), (replayed, ("5", "6"))):
            connection.execute("CREATE TABLE companies (ban, title)")
            connection.executemany("INSERT INTO companies VALUES (?, 'x')", [(key,) for key in keys])
        found = [(one.reason, one.key) for one, _row in differences(live, replayed, ("companies",))]
    assert found == [
        ("added", (None,)), ("added", (5,)), ("missing", ("6",)), ("added", ("7",)), ("added", (b"7",)),
    ]  # fmt: skip


def test_two_tables_may_be_wrong_in_several_ways_and_each_is_said(made: Original) -> None:
    with made.copy() as copy:
        copy.rows("UPDATE attempts SET amount = amount + 1, tender = 'cash'")
        copy.rows("DELETE FROM people")
        said = [one.spoken() for one in verify_journal(copy).findings]
    first = made.whole.execute("SELECT min(order_no) FROM attempts").fetchone()[0]
    person = made.whole.execute("SELECT min(id) FROM people").fetchone()[0]
    assert said == [
        f"Table attempts, row {first}: tender, amount differs from the journal.",
        f"Table people: row {person} of the journal is missing.",
    ]


def test_a_change_of_any_column_of_any_row_of_the_journal_is_found_at_its_row(made: Original) -> None:
    tally = Tally()
    for row in first_of_each(made.rows, lambda row: row[3]):
        for name, value in zip(COLUMNS, row, strict=True):
            other = value + LARGE if isinstance(value, int) else f"{value or ''}x"
            with made.copy() as copy:
                change_journal(copy, f"UPDATE journal SET {name} = ? WHERE seq = ?", values=(other, row[0]))
                tally.expect(copy, f"{name} of row {row[0]}", f"Row {row[0]} ")
    tally.report("columns of journal rows", examples(400, 200))


def test_a_journal_row_that_is_removed_swapped_or_added_is_found_at_its_place(made: Original) -> None:
    tally, last = Tally(), len(made.rows)
    for seq in range(1, last + 1):
        changes: dict[str, tuple[str, ...]] = {"removed": (f"DELETE FROM journal WHERE seq = {seq}",)}
        if seq < last:
            changes["swapped"] = (
                f"UPDATE journal SET seq = -1 WHERE seq = {seq}",
                f"UPDATE journal SET seq = {seq} WHERE seq = {seq + 1}",
                f"UPDATE journal SET seq = {seq + 1} WHERE seq = -1",
            )
        changes["added"] = (
            f"UPDATE journal SET seq = -(seq + 1) WHERE seq > {seq}",
            "UPDATE journal SET seq = -seq WHERE seq < 0",
            f"INSERT INTO journal SELECT seq + 1, {', '.join(COLUMNS[1:])} FROM journal WHERE seq = {seq}",
        )
        for name, statements in changes.items():
            with made.copy() as copy:
                change_journal(copy, *statements)
                tally.expect(copy, f"{name} {seq}", f"Row {seq + (name == 'added')} ")
    tally.report("rows removed, swapped, added", 140)


def test_a_journal_that_is_cut_anywhere_contradicts_its_tables(made: Original) -> None:
    tally = Tally()
    for seq in range(1, len(made.rows) + 1):
        with made.copy() as copy:
            change_journal(copy, "DELETE FROM journal WHERE seq >= ?", values=(seq,))
            tally.expect(copy, f"cut at {seq}", f"Row {seq} of the journal is missing")
    tally.report("cuts of the journal alone", 40)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("CREATE TRIGGER quiet AFTER INSERT ON bookings BEGIN DELETE FROM bookings; END", "quiet"),
        ("CREATE TRIGGER sqliter AFTER INSERT ON bookings BEGIN DELETE FROM bookings; END", "sqliter"),
        ("CREATE VIEW totals AS SELECT 1", "totals"),
        ("CREATE VIEW sqlites AS SELECT 1", "sqlites"),
        ("CREATE TABLE more (one INTEGER)", "more"),
        ("CREATE INDEX more ON attempts (fee)", "more"),
        ("CREATE TABLE sqlites (one INTEGER)", "sqlites"),
        ("CREATE INDEX sqlitely ON attempts (fee)", "sqlitely"),
        ("ALTER TABLE attempts ADD COLUMN tip INTEGER", "attempts"),
        ("DROP INDEX one_open_attempt", "one_open_attempt"),
        ("DROP TRIGGER journal_refuses_update", "journal_refuses_update"),
        ("DROP TABLE recovery", "recovery"),
    ],
)
def test_an_object_that_counter_did_not_make_or_made_otherwise_is_found(
    made: Original, statement: str, said: str
) -> None:
    with made.copy() as copy:
        copy.rows(statement)
        assert any(said in one.spoken() for one in verify_journal(copy).messages)


def test_a_trigger_that_does_nothing_now_is_another_one(made: Original) -> None:
    with made.copy() as copy:
        copy.rows("DROP TRIGGER journal_refuses_update")
        copy.rows("CREATE TRIGGER journal_refuses_update BEFORE UPDATE ON journal BEGIN SELECT 1; END")
        said = [one.spoken() for one in verify_journal(copy).messages]
    assert said == ["The database has another journal_refuses_update than Counter made."]


@pytest.mark.parametrize("name", ["sqlite_quiet", "sqlite_autoindex_x"])
def test_a_trigger_with_a_name_of_sqlite_is_found(made: Original, name: str) -> None:
    with made.copy() as copy:
        copy.rows("PRAGMA writable_schema=ON")
        sql = f"CREATE TRIGGER {name} AFTER INSERT ON bookings BEGIN DELETE FROM bookings; END"
        row = ("trigger", name, "bookings", 0, sql)
        copy.rows("INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES (?, ?, ?, ?, ?)", row)
        assert any(name in one.spoken() for one in verify_journal(copy).messages)


def test_tables_that_are_said_to_be_older_than_their_journal_are_found(made: Original) -> None:
    """Without it, a changed table would be compared no more, and imported at the next start."""
    with made.copy() as copy:
        copy.rows("DELETE FROM _sqlite_migrations WHERE name = 'imported_rows'")
        copy.rows("UPDATE bookings SET amount = amount - 1")
        assert not verify_journal(copy).holds


# -- a chain that was computed again, with tables that follow from it ---------------------------------------------


@dataclass(frozen=True)
class Known:
    """What is known outside the file, and the last row that it proves."""

    name: str
    outside: Outside
    proves: int


def known(shop: FilledShop, made: Original) -> list[Known]:
    """Return what each kind of knowledge proves: seals, a backup in the folder, the hash on the last printed Z."""
    seals = shop.seals.known()
    assert seals.last is not None
    backups = backups_of(shop.backups())
    z = json.loads(next(row[5] for row in reversed(made.rows) if row[3] == "shift_closed"))["report"]["journal"]
    return [
        Known("seals", Outside(seals=seals), seals.last.seq),
        Known("a backup", Outside(backups=backups), max(one.seq for one in backups)),
        Known("a printed Z", Outside(printed=z["hash"][:16]), z["seq"]),
    ]


def backups_of(backups: Backups) -> list[Anchor]:
    found = []
    for file in backups.list():
        with open_backup(file.path) as backup:
            rows, head = journal.head_of(backup)
            found.append(Anchor(file.path.name, rows, head, file.at.isoformat()))
    return found


def test_a_cut_with_all_that_follows_from_it_is_found_from_outside_only(shop: FilledShop, made: Original) -> None:
    found, by = 0, known(shop, made)
    for rows in range(1, len(made.rows), examples(1, 5)):
        with made.forged(made.rows[:rows]) as cut:
            assert verify_journal(cut).holds, "the file alone cannot say it"
            for one in by:
                assert verify_journal(cut, one.outside).holds is (rows >= one.proves), (one.name, rows)
                found += rows < one.proves
    assert found > examples(100, 20)
    sys.stderr.write(f"cuts with tables to match: {found} found by seals, backup or paper\n")


def test_a_chain_that_was_computed_again_is_found_from_outside_only(shop: FilledShop, made: Original) -> None:
    """Its author replaced every hash that a later row names, but cannot seal them."""
    found, by = 0, known(shop, made)
    for place, row in enumerate(made.rows):
        if place % examples(1, 5):
            continue
        rows = [*made.rows[:place], with_column(row, "actor", "thief"), *made.rows[place + 1 :]]
        with made.forged(rows) as forged:
            assert verify_journal(forged).holds, "the file alone cannot say it"
            for one in by:
                assert verify_journal(forged, one.outside).holds is (row[0] > one.proves), (one.name, row[0])
                found += row[0] <= one.proves
    assert found > examples(100, 20)
    sys.stderr.write(f"chains computed again: {found} found by seals, backup or paper\n")


def without_seals(row: Row) -> Row:
    body = json.loads(row[5])
    return with_column(row, "body", journal.canonical({name: one for name, one in body.items() if name != "seal"}))


def test_seals_that_were_taken_out_are_missed_only_after_the_last_one(shop: FilledShop, made: Original) -> None:
    seals = shop.seals.known()
    assert seals.last is not None
    with made.forged(map(without_seals, made.rows)) as forged:
        assert verify_journal(forged).holds
        (said,) = verify_journal(forged, Outside(seals=seals)).findings
        assert said.spoken().startswith(f"{seals.last.name} knows row {seals.last.seq} of the journal")
        assert verify_journal(forged, Outside(seals=Seals(seals.key))).holds, "a key alone proves no seal that is gone"


def test_a_seal_of_another_key_does_not_fit(shop: FilledShop, made: Original) -> None:
    with made.copy() as copy:
        said = [one.spoken() for one in verify_journal(copy, Outside(seals=Seals(b"another key"))).findings]
    assert [one.split(" does not fit")[0] for one in said] == [
        f"The seal of {name}" for name in ("Z 1", "old.sqlite", "Z 3", shop.backups().list()[0].path.name)
    ]


def test_a_careless_author_of_a_new_chain_is_found_by_the_heads_in_its_own_rows(made: Original) -> None:
    last_z = next(row[0] for row in reversed(made.rows) if row[3] == "shift_closed")
    for place in range(last_z - 1):
        rows = [*made.rows[:place], with_column(made.rows[place], "actor", "thief"), *made.rows[place + 1 :]]
        kept = [with_column(new, "body", old[5]) for new, old in zip(chained(rows), made.rows, strict=True)]
        with made.forged(kept) as forged:
            assert any("froze another row" in one.spoken() for one in verify_journal(forged).findings), place + 1


def test_the_journal_of_another_shop_is_found_by_the_seals(shop: FilledShop, made: Original) -> None:
    rows = [with_column(row, "body", row[5].replace(uid_in(made), OTHER_UID)) for row in made.rows]
    with made.forged(rows) as other:
        uid = register_uid(other)
        seals = JournalSeals(shop.vault, lambda: uid, str(shop.data)).known()
        assert uid == OTHER_UID
        assert verify_journal(other).holds, "the file alone cannot say it"
        said = [one.spoken() for one in verify_journal(other, Outside(seals=seals)).findings]
    assert said[-1] == f"This is another journal: the one that was sealed in this folder is {uid_in(made)}."


def uid_in(made: Original) -> str:
    return str(json.loads(made.rows[0][5])["register_uid"])


def test_text_that_is_no_text_is_a_fault_and_no_crash(made: Original) -> None:
    with made.copy() as copy:
        change_journal(copy, "UPDATE journal SET body = CAST(x'ff' AS TEXT) WHERE seq = 9")
        assert verify_journal(copy).fault == Fault(9, "unreadable")
