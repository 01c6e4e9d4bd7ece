"""``pos journal verify --against`` and ``pos journal rebuild`` as a script runs them: what they print and return."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pos.store import journal
from pos.store.database import FILE_NAME, Database
from pos.store.people import PeopleStore
from tests.store.test_journal import edited, written
from tests.support.rows import wrong
from tests.support.shop import StoppedClock
from tests.support.writer import ended, started
from tests.test_journal_verbs import pos


def head_in(folder: Path) -> str:
    with closing(Database(folder / FILE_NAME, read_only=True)) as database:
        return journal.head_of(database)[1]


def changed(folder: Path, *statements: str) -> None:
    """Change the file as another tool could."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as tool:
        for one in statements:
            tool.execute(one)
        tool.commit()


def test_a_verified_journal_prints_its_rows_and_its_last_hash(tmp_path: Path) -> None:
    written(tmp_path / FILE_NAME)
    done = pos(tmp_path, "verify", "--json")
    found = {"holds": True, "rows": 9, "head": head_in(tmp_path)}
    assert (done.returncode, json.loads(done.stdout)) == (0, found), done.stderr


def test_a_table_that_differs_is_named_and_is_a_fault(tmp_path: Path) -> None:
    written(tmp_path / FILE_NAME)
    changed(
        tmp_path,
        "UPDATE attempts SET amount = 1 WHERE order_no = '261120AAAAAAAAAAAAA1'",
        "CREATE VIEW totals AS SELECT 1",
    )
    said = [
        "The database has an object that Counter did not make: totals.",
        "Table attempts, row 261120AAAAAAAAAAAAA1: amount differs from the journal.",
    ]
    done = pos(tmp_path, "verify", "--json")
    found = {"holds": False, "rows": 9, "head": head_in(tmp_path), "findings": said}
    assert (done.returncode, json.loads(done.stdout)) == (1, found)
    plain = pos(tmp_path, "verify")
    assert (plain.returncode, plain.stdout.splitlines()) == (1, said)


def test_a_hash_on_paper_is_compared_with_its_first_digits_and_spaces(tmp_path: Path) -> None:
    written(tmp_path / FILE_NAME)
    head = head_in(tmp_path)
    for typed in (head, head[:8], head[:8].upper(), f"{head[:4]} {head[4:8]} {head[8:12]}", f" {head[:20]}\n"):
        assert pos(tmp_path, "verify", "--against", typed).returncode == 0, typed
    absent = "0" * 8
    done = pos(tmp_path, "verify", "--against", absent, "--json")
    assert (done.returncode, json.loads(done.stdout)["findings"]) == (
        1,
        [f"No row of the journal has the hash {absent}."],
    )


@pytest.mark.parametrize("typed", ["0123abc", "0" * 65, "not a hash", "0123456g"])
def test_what_is_no_hash_is_wrong_input(tmp_path: Path, typed: str) -> None:
    written(tmp_path / FILE_NAME)
    done = pos(tmp_path, "verify", "--against", typed)
    said = "A printed hash has 8 to 64 digits 0-9 and a-f."
    assert (done.returncode, done.stdout, said in done.stderr) == (2, "", True), done.stderr
    error = json.loads(pos(tmp_path, "verify", "--against", typed, "--json").stdout)["error"]
    assert (error["field"], error["message"]) == ("against", said)


def test_the_hash_of_a_row_before_the_last_counts_too(tmp_path: Path) -> None:
    with closing(Database(written(tmp_path / FILE_NAME))) as database:
        early = journal.hash_of(database, 4)
    assert early is not None
    assert pos(tmp_path, "verify", "--against", early[:16]).returncode == 0
    edited(tmp_path / FILE_NAME, "UPDATE journal SET body = replace(body, '125', '1') WHERE seq = 4")
    assert pos(tmp_path, "verify", "--against", early[:16]).returncode == 1


def test_a_journal_is_rebuilt_into_a_new_file_once(tmp_path: Path) -> None:
    written(tmp_path / FILE_NAME)
    target = tmp_path / "new.sqlite"
    done = pos(tmp_path, "rebuild", str(target), "--json")
    made = {"path": str(target), "rows": 9, "head": head_in(tmp_path), "lost_secrets": {}}
    assert (done.returncode, json.loads(done.stdout)) == (0, made), done.stderr
    whole = target.read_bytes()
    again = pos(tmp_path, "rebuild", str(target))
    assert (again.returncode, "already exists" in again.stderr, target.read_bytes() == whole) == (2, True, True)
    with closing(Database(target, read_only=True)) as database:
        assert wrong(database) == []
    plain = pos(tmp_path, "rebuild", str(tmp_path / "other.sqlite"))
    said = f"{tmp_path / 'other.sqlite'}: all tables are rebuilt from 9 rows, the last hash is {made['head']}\n"
    assert (plain.returncode, plain.stdout) == (0, said)


def test_a_rebuild_says_which_secrets_are_empty_now(tmp_path: Path) -> None:
    with closing(Database(written(tmp_path / FILE_NAME))) as database:
        PeopleStore(database, "R1", StoppedClock()).set_recovery_hash("of the code", "")
    changed(tmp_path, "UPDATE recovery SET hash = 'forged'")
    plain = pos(tmp_path, "rebuild", str(tmp_path / "a.sqlite"))
    empty = "These secrets do not fit the journal and are empty now: recovery.hash (1)."
    said = f"{empty} Set new PINs, or a new recovery code."
    assert (plain.returncode, plain.stdout.splitlines()[1:]) == (0, [said])
    done = pos(tmp_path, "rebuild", str(tmp_path / "b.sqlite"), "--json")
    assert json.loads(done.stdout)["lost_secrets"] == {"recovery.hash": 1}


def test_a_journal_with_a_fault_is_not_rebuilt(tmp_path: Path) -> None:
    edited(written(tmp_path / FILE_NAME), "UPDATE journal SET body = replace(body, '125', '1') WHERE seq = 4")
    done = pos(tmp_path, "rebuild", str(tmp_path / "new.sqlite"))
    assert (done.returncode, "Row 4 of the journal was changed." in done.stderr) == (1, True), done.stderr
    assert not (tmp_path / "new.sqlite").exists()


@pytest.mark.parametrize(("words", "said"), [((), "required"), (("new.sqlite",), "There is no file")])
def test_a_rebuild_needs_a_journal_and_a_new_name(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = pos(tmp_path, "rebuild", *words)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_beside_an_open_register_a_journal_is_verified_and_rebuilt(tmp_path: Path) -> None:
    child = started(tmp_path)
    verified, rebuilt = pos(tmp_path, "verify", "--json"), pos(tmp_path, "rebuild", str(tmp_path / "new.sqlite"))
    assert ended(child) > 1
    assert (verified.returncode, rebuilt.returncode) == (0, 0), verified.stdout + rebuilt.stderr
