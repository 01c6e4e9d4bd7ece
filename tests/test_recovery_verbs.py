"""The command line with a journal that is damaged, missing, old or a copy: nothing without the recovery code."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos.cli.main import run
from pos.domain.staff import Person, Role
from pos.i18n import use_language
from pos.services.pin_hashing import PLAIN, PinHasher
from pos.store.database import FILE_NAME, Database
from pos.store.people import PeopleStore
from tests.support.people import make_quick
from tests.support.shop import StoppedClock

PIN, NEW_PIN = "258025", "864286"


class Shop:
    """A settings folder, a data folder, and `pos` run on them in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.data = folder, folder / "data"
        self._capsys, self._monkeypatch = capsys, monkeypatch
        (folder / "counter.toml").touch()

    @property
    def journal(self) -> Path:
        return self.data / FILE_NAME

    def pos(
        self, *words: str, data: Path | None = None, config: Path | None = None, **given: str
    ) -> tuple[int, str, str]:
        settings = config or self.folder / "counter.toml"
        with self._monkeypatch.context() as patch:
            patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"k" * 16)))
            for name, value in given.items():
                patch.setenv(name, value)
            status = run(["--data-dir", str(data or self.data), "--config", str(settings), *words])
        said = self._capsys.readouterr()
        return status, said.out, said.err

    def ok(self, *words: str, data: Path | None = None, config: Path | None = None, **given: str) -> str:
        status, out, err = self.pos(*words, data=data, config=config, **given)
        assert status == 0, err
        return out

    def refused(self, *words: str, data: Path | None = None, **given: str) -> str:
        status, out, err = self.pos(*words, data=data, config=None, **given)
        assert (status, out) == (2, ""), (status, out, err)
        return err

    def set_up(self) -> str:
        """Add the first owner, or restore the shop of an earlier test at the same place. Return the recovery code."""
        kept = self.folder.with_name("kept")
        if (kept / "code").exists():
            shutil.copytree(kept / "shop", self.folder, dirs_exist_ok=True)
            return (kept / "code").read_text("utf-8")
        code = self._add_owner()
        make_quick(self.data, {"Ann": PIN}, code, self.folder)
        shutil.copytree(self.folder, kept / "shop")
        (kept / "code").write_text(code, "utf-8")
        return code

    def _add_owner(self) -> str:
        made = json.loads(self.ok("staff", "add", "Ann", "--role", "owner", "--json", POS_NEW_PIN=PIN))
        assert set(made) == {"id", "name", "role", "active", "recovery_code"}
        code: str = made["recovery_code"]
        return code

    def back_up(self) -> Path:
        path = self.folder / "backup.sqlite"
        self.ok("journal", "backup", str(path), POS_PIN=PIN)
        return path

    def damage(self) -> None:
        self.journal.write_bytes(b"x" + self.journal.read_bytes()[1:])
        for side in ("-wal", "-shm"):
            self.journal.with_name(FILE_NAME + side).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recovery code belongs to the place of its journal, so all shops have the same one, one after the other."""
    return tmp_path_factory.mktemp("place") / "shop"


@pytest.fixture
def shop(place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("LANG", "C.UTF-8")
    for name in ("POS_PIN", "POS_PIN_FD", "POS_NEW_PIN", "POS_RECOVERY_CODE"):
        monkeypatch.delenv(name, raising=False)
    use_language("en")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    yield Shop(place, capsys, monkeypatch)
    use_language("en")


def test_the_code_is_printed_once_and_stored_nowhere(shop: Shop) -> None:
    said = shop.ok("staff", "add", "Ann", "--role", "owner", POS_NEW_PIN=PIN)
    code = next(line for line in said.splitlines() if line.startswith("Recovery code: ")).removeprefix(
        "Recovery code: "
    )
    assert "Write it down" in said
    for file in (one for one in shop.folder.rglob("*") if one.is_file()):
        assert code.encode() not in file.read_bytes()
        assert code.replace("-", "").encode() not in file.read_bytes()
    second = shop.ok("staff", "add", "May", "--role", "cashier", POS_PIN=PIN, POS_NEW_PIN="1470")
    assert "Recovery code" not in second


OWNERS = [
    ("key", "set", "opay.hash_key"), ("key", "forget", "opay.hash_key"), ("journal", "verify"),
    ("journal", "backup", "b.sqlite"), ("journal", "restore", "{backup}"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("loss", "words"),
    [*(("damaged", words) for words in OWNERS), *(("missing", words) for words in OWNERS[::2]), ("foreign", OWNERS[1])],
)
def test_without_a_readable_journal_the_code_is_needed_and_no_pin_helps(
    shop: Shop, loss: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    code = shop.set_up()
    shop.ok("key", "set", "opay.hash_key", POS_PIN=PIN)
    backup = shop.back_up()
    if loss == "damaged":
        shop.damage()
    elif loss == "foreign":
        shop.journal.write_bytes(b"another program's file" * 100)
    else:
        shop.journal.unlink()
    filled = [one.format(backup=backup) if one != "b.sqlite" else str(tmp_path / one) for one in words]
    assert "needs the recovery code: set POS_RECOVERY_CODE" in shop.refused(*filled)
    assert "needs the recovery code" in shop.refused(*filled, POS_PIN=PIN)
    wrong = "0000-0000-0000-0000-0000"
    assert "The recovery code is wrong" in shop.refused(*filled, POS_RECOVERY_CODE=wrong)
    assert "typing mistake" in shop.refused(*filled, POS_RECOVERY_CODE=code[:-1] + ("0" if code[-1] != "0" else "1"))
    status, _out, said = shop.pos(*filled, POS_RECOVERY_CODE=code.lower())
    assert "recovery code" not in said
    if words[:2] == ("key", "forget"):  # the keys belong to the lost journal
        assert "is not stored" in said
    else:
        assert status == 0 or words[:2] in (("journal", "verify"), ("journal", "backup")), said  # it stays damaged


def test_a_report_waits_for_the_restore(shop: Shop) -> None:
    code = shop.set_up()
    shop.damage()
    assert "Restore a backup first" in shop.refused("report", "day", POS_PIN=PIN, POS_RECOVERY_CODE=code)


def test_without_a_journal_no_one_becomes_owner_without_the_code(shop: Shop) -> None:
    code = shop.set_up()
    shop.journal.unlink()
    said = shop.refused("staff", "add", "Eve", "--role", "owner", POS_NEW_PIN=NEW_PIN)
    assert "recovery code was made on this computer" in said
    assert "recovery code" in shop.refused("key", "set", "opay.hash_key")  # the journal is new and has no people
    assert shop.pos("charge", "--tender", "cash", "--amount", "5")[0] == 0, "the shop sells on"
    shop.ok("staff", "add", "Ann", "--role", "owner", POS_NEW_PIN=NEW_PIN, POS_RECOVERY_CODE=code)
    shop.ok("staff", "list", POS_PIN=NEW_PIN)


def test_a_copy_of_the_journal_gives_no_right_to_the_keys(shop: Shop) -> None:
    code = shop.set_up()
    shop.ok("key", "set", "opay.hash_key", POS_PIN=PIN)
    copy = shop.folder / "copy"
    shutil.copytree(shop.data, copy)
    for words in (("key", "set", "opay.hash_key"), ("key", "forget", "opay.hash_key")):
        assert f"belong to the journal in {shop.data}" in shop.refused(*words, data=copy, POS_PIN=PIN)
    shop.ok("key", "bind", data=copy, POS_RECOVERY_CODE=code)
    shop.ok("key", "forget", "opay.hash_key", data=copy, POS_RECOVERY_CODE=code)


def test_wrong_codes_are_limited_without_the_journal(shop: Shop) -> None:
    code = shop.set_up()
    shop.damage()
    for _ in range(5):
        shop.refused("journal", "verify", POS_RECOVERY_CODE="0000-0000-0000-0000-0000")
    assert "Too many wrong tries" in shop.refused("journal", "verify", POS_RECOVERY_CODE=code)
    shop.journal.unlink()
    assert "Too many wrong tries" in shop.refused("key", "set", "opay.hash_key", POS_RECOVERY_CODE=code)


def test_the_owners_pin_or_the_old_code_makes_a_new_one(shop: Shop) -> None:
    first = shop.set_up()
    assert "POS_PIN" in shop.refused("staff", "recovery-code")
    second = json.loads(shop.ok("staff", "recovery-code", "--json", POS_PIN=PIN))["recovery_code"]
    assert "wrong" in shop.refused("staff", "recovery-code", POS_RECOVERY_CODE=first)
    third = json.loads(shop.ok("staff", "recovery-code", "--json", POS_RECOVERY_CODE=second))["recovery_code"]
    assert len({first, second, third}) == 3


def test_a_forgotten_pin_is_replaced_with_the_code(shop: Shop) -> None:
    code = shop.set_up()
    shop.ok("staff", "change", "Ann", "--pin", POS_RECOVERY_CODE=code, POS_NEW_PIN=NEW_PIN)
    assert "The PIN is wrong" in shop.refused("staff", "list", POS_PIN=PIN)
    shop.ok("staff", "list", POS_PIN=NEW_PIN)


def test_on_another_computer_a_backup_is_restored_and_the_code_sets_new_pins(shop: Shop) -> None:
    code = shop.set_up()
    backup = shop.back_up()
    other, config = shop.folder / "other", shop.folder / "elsewhere" / "counter.toml"
    config.parent.mkdir()
    config.touch()
    shop.ok("journal", "restore", str(backup), data=other, config=config)
    status, _out, said = shop.pos("staff", "list", data=other, config=config, POS_PIN=PIN)
    assert (status, "secret for checking PINs is missing" in said) == (2, True)
    shop.ok("staff", "change", "Ann", "--pin", data=other, config=config, POS_RECOVERY_CODE=code, POS_NEW_PIN=NEW_PIN)
    shop.ok("staff", "list", data=other, config=config, POS_PIN=NEW_PIN)


# -- a shop of an older program, which never had a code ------------------------------------------------------------


def older(shop: Shop) -> Path:
    """People without a pepper and without a code, and a backup; the journal is damaged."""
    shop.data.mkdir()
    database = Database(shop.journal)
    people = PeopleStore(database, "R1", StoppedClock())
    people.add(Person("0a", "Ann", Role.OWNER), PinHasher(PLAIN).hash("2580"), "")
    people.add(Person("0b", "Bo", Role.MANAGER), PinHasher(PLAIN).hash("3690"), "0a")
    database.close()
    backup = shop.folder / "backup.sqlite"
    shutil.copy(shop.journal, backup)
    shop.damage()
    return backup


def test_without_a_code_the_owner_of_the_backup_approves_its_restore(shop: Shop) -> None:
    backup = str(older(shop))
    assert "PIN of an owner of the backup" in shop.refused("journal", "restore", backup)
    assert "The PIN is wrong" in shop.refused("journal", "restore", backup, POS_PIN="3690")
    shop.ok("journal", "restore", backup, POS_PIN="2580")
    shop.ok("staff", "list", POS_PIN="2580")


def test_guesses_at_the_people_of_a_backup_are_limited_too(shop: Shop) -> None:
    backup = str(older(shop))
    for _ in range(5):
        shop.refused("journal", "restore", backup, POS_PIN="9753")
    assert "Too many wrong tries" in shop.refused("journal", "restore", backup, POS_PIN="2580")


def test_a_shop_without_people_needs_nothing(shop: Shop) -> None:
    shop.ok("key", "set", "opay.hash_key")
    shop.ok("key", "set", "opay.hash_iv")
    shop.ok("charge", "--tender", "cash", "--amount", "5")
    backup = shop.folder / "b.sqlite"
    shop.ok("journal", "backup", str(backup))
    shop.damage()
    shop.ok("journal", "restore", str(backup))
    shop.ok("key", "forget", "opay.hash_iv")


# -- how a PIN is given --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [b"258025", b"258025\r\n", b" 258025 \n", "２５８０２５\n".encode()])
def test_a_pin_is_read_from_an_open_file_descriptor_and_the_descriptor_closed(shop: Shop, written: bytes) -> None:
    shop.set_up()
    reading, writing = os.pipe()
    os.write(writing, written)
    os.close(writing)
    high = os.dup2(reading, reading + 200 + len(written))  # a number that no test used before
    os.close(reading)
    shop.ok("staff", "list", POS_PIN_FD=str(high))
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(high)


@pytest.mark.parametrize("number", ["x", "-1", "99999", ""])
def test_what_is_no_descriptor_is_said(shop: Shop, number: str) -> None:
    shop.set_up()
    said = shop.refused("staff", "list", POS_PIN_FD=number)
    assert ("not an open file descriptor" if number else "POS_PIN") in said


@pytest.mark.parametrize("pin", ["abc", "258", "25-80"])
def test_what_cannot_be_a_pin_is_bad_usage_and_no_try(shop: Shop, pin: str) -> None:
    shop.set_up()
    for _more_than_are_free in range(11):
        assert "A PIN has 4 to 12 digits" in shop.refused("staff", "list", POS_PIN=pin)
    shop.ok("staff", "list", POS_PIN=PIN)
