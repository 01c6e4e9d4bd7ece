"""``pos journal verify|backup|restore`` as a script runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pos.domain.staff import Person, Role
from pos.services.pin_hashing import PinHasher
from pos.store.backup import make_backup
from pos.store.database import FILE_NAME, Database
from pos.store.people import PeopleStore
from tests.store.test_journal import edited, written
from tests.support import forked
from tests.support.processes import ROOT
from tests.support.tills import CLOSE, OPEN, Till, twd
from tests.support.writer import ended, started


def pos(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one command on the journal in ``folder``."""
    (folder / "counter.toml").touch()
    where = ("--data-dir", str(folder), "--config", str(folder / "counter.toml"))
    return forked.run((*where, "journal", *words), {**os.environ, "LANG": "C.UTF-8", **more})


def test_a_good_journal_is_said_to_hold(tmp_path: Path) -> None:
    written(tmp_path / FILE_NAME)
    done = pos(tmp_path, "verify", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["holds"], found["rows"], len(found["head"])) == (0, True, 9, 64)
    done = pos(tmp_path, "verify")
    assert (done.returncode, f"The journal is intact: 9 rows, the last hash is {found['head']}\n") == (0, done.stdout)


def test_the_first_bad_row_is_named_with_its_reason(tmp_path: Path) -> None:
    edited(written(tmp_path / FILE_NAME), "UPDATE journal SET body = replace(body, '125', '1') WHERE seq = 4")
    done = pos(tmp_path, "verify")
    assert (done.returncode, done.stdout) == (1, "Row 4 of the journal was changed.\n")
    found = json.loads(pos(tmp_path, "verify", "--json").stdout)
    assert (found["holds"], found["rows"]) == (False, 3)
    assert found["fault"] == {"row": 4, "reason": "changed", "message": "Row 4 of the journal was changed."}


def test_a_file_that_is_no_journal_is_called_that_and_the_shops_own_is_damaged(tmp_path: Path) -> None:
    written(tmp_path / FILE_NAME)
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    for words in (("verify",), ("restore",), ("restore", "--replace-newer")):
        done = pos(tmp_path, *words, str(picture))
        said = f"pos: {picture} is neither a journal of Counter nor a backup of one.\n"
        assert (done.returncode, done.stdout, done.stderr) == (2, "", said)
    assert pos(tmp_path, "verify").returncode == 0, "nothing was replaced"
    (tmp_path / FILE_NAME).write_bytes(picture.read_bytes())
    for words in (("verify",), ("verify", str(tmp_path / FILE_NAME)), ("backup", str(tmp_path / "b.sqlite"))):
        assert "The journal is damaged" in pos(tmp_path, *words).stderr


def test_the_time_of_a_row_that_is_given_up_is_the_shops(tmp_path: Path) -> None:
    with closing(Database(written(tmp_path / FILE_NAME))) as database:
        make_backup(database, tmp_path / "b.sqlite")
        Till(database=database).sold(5)  # at noon in Taipei
    refused = pos(tmp_path, "restore", str(tmp_path / "b.sqlite"))
    assert (refused.returncode, "the last one of 2026-11-20 12:00:00." in refused.stderr) == (2, True), refused.stderr
    forced = pos(tmp_path, "restore", str(tmp_path / "b.sqlite"), "--replace-newer")
    assert "the last one of 2026-11-20 12:00:00\n" in forced.stdout


def test_a_damaged_journal_names_the_backup(tmp_path: Path) -> None:
    database = Database(written(tmp_path / FILE_NAME))
    (tmp_path / "backups").mkdir()
    make_backup(database, tmp_path / "backups" / "counter-20261120-040000-R1.sqlite")
    database.close()
    (tmp_path / FILE_NAME).write_text("torn" * 500)
    done = pos(tmp_path, "verify")
    assert (done.returncode, "counter-20261120-040000-R1.sqlite" in done.stderr) == (1, True)


def test_a_backup_is_made_once_verified_and_put_back(tmp_path: Path) -> None:
    written(tmp_path / FILE_NAME)
    backup = tmp_path / "b.sqlite"
    done = pos(tmp_path, "backup", str(backup), "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["path"], found["rows"], found["bytes"]) == (
        0, str(backup), 9, backup.stat().st_size,
    )  # fmt: skip
    again = pos(tmp_path, "backup", str(backup))
    assert (again.returncode, "already exists" in again.stderr) == (2, True)
    assert json.loads(pos(tmp_path, "verify", str(backup), "--json").stdout)["head"] == found["head"]
    restored = pos(tmp_path, "restore", str(backup), "--json")
    told = json.loads(restored.stdout)
    assert (restored.returncode, told["rows"], told["lost"]) == (
        0, 9, {"rows": 0, "last_at": "", "unread": False},
    )  # fmt: skip
    assert (Path(told["replaced"]) / FILE_NAME).exists()
    refused = pos(tmp_path, "restore", str(backup))
    assert (refused.returncode, "lacks rows of the journal: 1" in refused.stderr) == (2, True)
    forced = pos(tmp_path, "restore", str(backup), "--replace-newer")
    assert (forced.returncode, "Rows that are only in the replaced journal: 1" in forced.stdout) == (0, True)


def test_an_older_backup_says_what_it_takes_back(tmp_path: Path) -> None:
    path, backup = tmp_path / FILE_NAME, tmp_path / "b.sqlite"
    with closing(Database(path)) as database:
        make_backup(database, backup)
        till = Till(database=database)
        till.store.open(twd(0), OPEN.by)
        till.sold(5)
        till.begun(7)
        with till.store.closing() as shift:
            shift.write(twd(0), {}, twd(0), {}, "", CLOSE.by)
        people = PeopleStore(database, "R1", till.clock)
        people.add(Person("0a", "Ann", Role.OWNER), PinHasher().hash("246810"), "")
    done = pos(tmp_path, "restore", str(backup), "--replace-newer", POS_PIN="246810")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-3:] == [
        "Z numbers up to 1 are used on register R1. The next one follows them.",
        "Payments that are only in the replaced journal: 2, not settled: 1. Check those in the gateways' consoles.",
        "People and PINs are those of the replaced journal. They differ from the backup's: Ann",
    ]


def test_what_cannot_be_read_may_have_given_later_numbers(tmp_path: Path) -> None:
    path, backup = written(tmp_path / FILE_NAME), tmp_path / "b.sqlite"
    with closing(Database(path)) as database:
        make_backup(database, backup)
    path.write_bytes(b"torn" * 5000)
    done = pos(tmp_path, "restore", str(backup), "--json")
    assert (done.returncode, json.loads(done.stdout)["lost"]["unread"]) == (0, True)
    path.write_bytes(b"torn" * 5000)
    assert "It may have later Z numbers" in pos(tmp_path, "restore", str(backup)).stdout


def test_on_a_new_machine_nothing_is_replaced(tmp_path: Path) -> None:
    database = Database(written(tmp_path / FILE_NAME))
    make_backup(database, tmp_path / "b.sqlite")
    database.close()
    (tmp_path / "new").mkdir()
    done = pos(tmp_path / "new", "restore", str(tmp_path / "b.sqlite"))
    assert (done.returncode, done.stdout) == (0, "The journal is restored: 9 rows\n")
    plain = pos(tmp_path / "new", "backup", str(tmp_path / "c.sqlite"))
    assert (plain.returncode, plain.stdout.startswith(f"{tmp_path / 'c.sqlite'}: 10 rows, ")) == (0, True)


def test_beside_an_open_register_all_but_the_restore_works(tmp_path: Path) -> None:
    child = started(tmp_path)
    backup = str(tmp_path / "b.sqlite")
    verified, backed = pos(tmp_path, "verify", "--json"), pos(tmp_path, "backup", backup, "--json")
    refused = pos(tmp_path, "restore", backup, "--replace-newer")
    assert ended(child) > 1
    assert (verified.returncode, backed.returncode) == (0, 0), verified.stderr + backed.stderr
    assert (refused.returncode, "already open" in refused.stderr) == (1, True)
    assert json.loads(pos(tmp_path, "verify", backup, "--json").stdout)["head"] == json.loads(backed.stdout)["head"]


def test_the_next_start_ends_a_restore_that_was_decided(tmp_path: Path) -> None:
    written(tmp_path / FILE_NAME)
    written(tmp_path / "restored-20261120-040000.sqlite", payments=5)
    command = [sys.executable, "-m", "pos", "--data-dir", str(tmp_path), "--config", str(tmp_path / "counter.toml")]
    (tmp_path / "counter.toml").touch()
    subprocess.run([*command, "charge", "--tender", "cash", "--amount", "5"], cwd=ROOT, check=True, capture_output=True)
    assert json.loads(pos(tmp_path, "verify", "--json").stdout)["rows"] == 20  # and the identity and the settings
    assert (tmp_path / "replaced-20261120-040000" / FILE_NAME).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("verify",), "There is no file"),
        (("verify", "nowhere.sqlite"), "There is no file nowhere.sqlite"),
        (("backup", "b.sqlite"), "There is no file"),
        (("restore", "nowhere.sqlite"), "There is no file nowhere.sqlite"),
        (("burn",), "invalid choice"),
        ((), "required"),
    ],
)
def test_what_cannot_be_done_is_wrong_usage(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = pos(tmp_path, *words)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_a_journal_of_an_older_program_is_updated_by_a_writing_command(tmp_path: Path) -> None:
    with closing(Database(written(tmp_path / FILE_NAME))) as database, database.transaction() as connection:
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'z_given'")
        connection.execute("DROP TABLE z_given")
    command = [sys.executable, "-m", "pos", "--data-dir", str(tmp_path), "--config", str(tmp_path / "counter.toml")]
    (tmp_path / "counter.toml").touch()
    reading = subprocess.run(
        [*command, "pending"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (reading.returncode, "An older program wrote the journal" in reading.stderr) == (1, True)
    assert pos(tmp_path, "verify").returncode == 0
    with closing(Database(tmp_path / FILE_NAME, read_only=True)) as database:
        assert not database.needs_update()
