"""`pos` in real processes in bad environments: the message, the exit status, and that nothing is lost."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import IO

import pytest

from pos.screens import dead_screen
from pos.store.database import FILE_NAME, Database
from tests.support import forked
from tests.support.processes import ROOT
from tests.support.sample import cases, first_of_each

CASH = ("charge", "--tender", "cash", "--amount", "5", "--item", "奶茶:5:1")
HIDDEN = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "LANG", "LC_ALL", "LC_CTYPE", "LANGUAGE", "PYTHONIOENCODING")
"""Names of variables that the machine of the tests may have set."""
KEYRINGS = "tests.support.bad_keyrings."
GATEWAY = '[gateways.wanpay]\norgno = "21008024"\nbase_url = "http://127.0.0.1:9"\n'


class Machine:
    """A shop's folder, and `pos` called on it with a bare environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "counter.toml").write_text("", encoding="utf-8")

    def settings(self, text: str) -> None:
        (self.folder / "counter.toml").write_text(text, encoding="utf-8")

    def environment(self, **more: str) -> dict[str, str]:
        bare = {name: value for name, value in os.environ.items() if name not in HIDDEN and name[:4] != "POS_"}
        return {**bare, "LANG": "C.UTF-8", **more}

    def command(self, *words: str) -> list[str]:
        where = ["--data-dir", str(self.folder / "data"), "--config", str(self.folder / "counter.toml")]
        return [sys.executable, "-m", "pos", *where, *words]

    def pos(self, *words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
        """Run one command with ``more`` in the environment."""
        return self.into(subprocess.PIPE, *words, **more)

    def into(self, stdout: int | IO[bytes], *words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
        """Run one command with standard output ``stdout``."""
        done = subprocess.run(
            self.command(*words), cwd=ROOT, env=self.environment(**more), stdin=subprocess.DEVNULL, stdout=stdout,
            stderr=subprocess.PIPE, check=False, timeout=60,
        )  # fmt: skip
        assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")
        return done

    def forked(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command in a process that skips the imports."""
        where = ["--data-dir", str(self.folder / "data"), "--config", str(self.folder / "counter.toml")]
        return forked.run([*where, *words], self.environment())

    def sales(self) -> int:
        with closing(Database(self.folder / "data" / FILE_NAME, read_only=True)) as database:
            return int(str(database.rows("SELECT count(*) FROM attempts WHERE state = 'captured'")[0][0]))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


SPOKEN: list[dict[str, str]] = [
    {"PYTHONIOENCODING": "cp1252", "LANG": "zh_TW.UTF-8"},
    {"PYTHONIOENCODING": "ascii:strict", "LANGUAGE": "zh_TW"},
    {"PYTHONIOENCODING": "big5", "LANG": "zh_TW.UTF-8"},
    {"LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"LANG": "xx_YY.nonsense"},
]


@pytest.mark.parametrize("spoken", cases(SPOKEN, lambda spoken: frozenset(spoken)))
def test_json_is_utf_8_whatever_the_encoding_of_the_terminal(machine: Machine, spoken: dict[str, str]) -> None:
    for as_json in (True, False):
        done = machine.pos(*CASH, *(["--json"] if as_json else []), **spoken)
        assert done.returncode == 0, done.stderr
        if as_json:
            found = json.loads(done.stdout.decode("utf-8"))
            assert found["state"] == "captured"
    wrong = machine.pos("show", "沒有", "--json", **spoken)
    if wrong.returncode == 2:
        assert json.loads(wrong.stdout.decode("utf-8"))["error"]["code"] in ("not_found", "input")
    assert machine.sales() == 2


def test_a_sale_whose_receipt_line_cannot_be_printed_is_still_a_sale(machine: Machine) -> None:
    with Path("/dev/full").open("wb") as full:
        for words in (CASH, (*CASH, "--json")):
            done = machine.into(full, *words)
            assert (done.returncode, b"could not be printed" in done.stderr) == (0, True)
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as broken:
        assert machine.into(broken, *CASH, "--json").returncode == 0
    closed = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *machine.command(*CASH, "--json")],
        cwd=ROOT, env=machine.environment(), stderr=subprocess.PIPE, check=False, timeout=60,
    )  # fmt: skip
    assert (closed.returncode, b"Traceback" in closed.stderr) == (0, False)
    assert machine.sales() == 4


def test_an_error_keeps_its_status_where_nothing_can_be_said(machine: Machine) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >/dev/full 2>&1', "sh", *machine.command("show", "NOPE", "--json")],
        cwd=ROOT, env=machine.environment(), check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2


BROKEN = ["no.such.package.Keyring", f"{KEYRINGS}Raising", f"{KEYRINGS}Silent"]


@pytest.mark.parametrize("backend", BROKEN)
def test_cash_and_reading_ask_no_keyring(machine: Machine, backend: str) -> None:
    machine.settings(GATEWAY)
    asked = machine.folder / "asked"
    ring = {"PYTHON_KEYRING_BACKEND": backend, "COUNTER_TEST_ASKED": str(asked)}
    reading = [("pending",), ("report", "day"), ("shift", "open", "--float", "0"), ("refunds", "--json")]
    for words in (CASH, *first_of_each(reading, lambda words: "reading")):
        done = machine.pos(*words, **ring)
        assert (done.returncode, done.stderr) == (0, b"")
    assert not asked.exists()


@pytest.mark.parametrize("backend", BROKEN)
def test_a_keyring_that_fails_is_said_and_the_sealed_file_is_used(machine: Machine, backend: str) -> None:
    machine.settings(GATEWAY)
    machine.pos(*CASH)
    stored = subprocess.run(
        machine.command("key", "set", "wanpay.key"), cwd=ROOT, env=machine.environment(), input=b"k" * 32,
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert stored.returncode == 0, stored.stderr
    asked = machine.folder / "asked"
    ring = {"PYTHON_KEYRING_BACKEND": backend, "COUNTER_TEST_ASKED": str(asked)}
    done = machine.pos("charge", "--tender", "atm", "--amount", "125", "--json", **ring)
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"]) == (1, "created"), "the key was found, and nobody listens there"
    assert done.stderr.count(b"keyring of this system does not work") == 1
    if backend.endswith("Silent"):
        assert len(asked.read_text().splitlines()) == 1, "one limit of 3 s, not one for each key"


def test_a_silent_keyring_is_no_wrong_pin_and_makes_no_second_secret(machine: Machine) -> None:
    ring = {"PYTHON_KEYRING_BACKEND": "tests.support.own_keyring.FileKeyring"}
    ring["COUNTER_TEST_KEYRING"] = str(machine.folder / "ring.json")
    (machine.folder / "ring.json").write_text("{}")
    hired = machine.pos("staff", "add", "Ann", "--role", "owner", POS_NEW_PIN="258025", **ring)
    assert hired.returncode == 0, hired.stderr
    silent = machine.pos("staff", "list", "--json", POS_PIN="258025", PYTHON_KEYRING_BACKEND=f"{KEYRINGS}Silent")
    found = json.loads(silent.stdout)["error"]
    assert (silent.returncode, found["code"]) == (2, "not_allowed")
    assert "keyring of this system does not answer" in found["message"]
    assert "wrong" not in found["message"]
    assert not (machine.folder / "data" / "keys.sealed").exists()
    assert machine.pos("staff", "list", POS_PIN="258025", **ring).returncode == 0


def test_a_machine_without_a_home_sells(machine: Machine) -> None:
    environment = {name: value for name, value in machine.environment().items() if name != "HOME"}
    done = subprocess.run(
        machine.command(*CASH, "--json"), cwd=ROOT, env=environment, capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, json.loads(done.stdout)["state"]) == (0, "captured")


# -- screens ---------------------------------------------------------------------------------------------------------

SCREENS: list[dict[str, str]] = [
    {"DISPLAY": ":987"},
    {"DISPLAY": "nonsense"},
    {"DISPLAY": "127.0.0.1:54000"},
    {"WAYLAND_DISPLAY": "wayland-987", "XDG_RUNTIME_DIR": "/nowhere"},
    {"DISPLAY": ":987", "QT_QPA_PLATFORM": "xcb"},
    {"WAYLAND_DISPLAY": "wayland-987", "QT_QPA_PLATFORM": "wayland"},
]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
@pytest.mark.parametrize("screen", cases(SCREENS, lambda screen: frozenset(screen)))
def test_a_dead_screen_is_a_sentence_and_no_abort(machine: Machine, screen: dict[str, str]) -> None:
    name = (screen.get("DISPLAY") or screen["WAYLAND_DISPLAY"]).encode()
    for verb in ((), ("demo",)):
        done = machine.pos(*verb, **screen)
        assert (done.returncode, b"The screen " + name + b" does not answer" in done.stderr) == (1, True), done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
def test_a_screen_that_answers_is_found(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "wayland-7"))
        listening.listen()
        alive = {"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(tmp_path), "DISPLAY": ":987"}
        assert dead_screen(alive) is None
        assert dead_screen({**alive, "QT_QPA_PLATFORM": "xcb"}) == ":987"
    assert dead_screen({**alive, "DISPLAY": ""}) == "wayland-7"
    assert dead_screen({}) == ""
    assert dead_screen({"QT_QPA_PLATFORM": "offscreen"}) is None


# -- folders ---------------------------------------------------------------------------------------------------------


def test_a_mount_that_is_absent_is_said_and_nothing_goes_to_the_local_disk(machine: Machine) -> None:
    mount = machine.folder / "mnt" / "usb"
    machine.settings(f'[backup]\nfolder = "{mount}/backups"\n[reports]\nfolder = "{mount}/reports"\n')
    assert machine.forked("shift", "open", "--float", "0").returncode == 0
    closed = machine.forked("shift", "close", "--counted", "0")
    assert closed.returncode == 0, "the Z is made all the same"
    said = closed.stdout + closed.stderr
    assert f"{mount} does not exist" in said
    assert not mount.parent.exists()
    found = {one["what"]: one for one in json.loads(machine.forked("doctor", "--json").stdout)["findings"]}
    for what in ("backup", "reports"):
        assert (found[what]["ok"], f"{mount} does not exist" in found[what]["message"]) == (False, True)
    mount.mkdir(parents=True)
    assert machine.forked("recover").returncode == 0
    assert list((mount / "backups").glob("*.sqlite")), "the last folder is made when the disk is back"
    assert list((mount / "reports").iterdir())


def test_a_backup_beside_the_journal_is_a_warning_and_one_on_another_disk_is_none(machine: Machine) -> None:
    found = {one["what"]: one for one in json.loads(machine.forked("doctor", "--json").stdout)["findings"]}
    assert (found["backup"]["ok"], found["backup"]["warning"]) == (True, True)
    if Path("/dev/shm").is_dir() and Path("/dev/shm").stat().st_dev != machine.folder.stat().st_dev:
        machine.settings('[backup]\nfolder = "/dev/shm"\n')
        found = {one["what"]: one for one in json.loads(machine.forked("doctor", "--json").stdout)["findings"]}
        assert (found["backup"]["ok"], "warning" in found["backup"]) == (True, False)


def test_a_backup_into_a_folder_that_is_not_there_makes_none(machine: Machine) -> None:
    machine.forked(*CASH)
    done = machine.forked("journal", "backup", str(machine.folder / "absent" / "b.sqlite"), "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"], error["field"]) == (2, "input", "file")
    assert not (machine.folder / "absent").exists()
