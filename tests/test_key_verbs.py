"""`pos key set | list | forget`, in real processes: at a terminal, with a pipe, with and without a keyring."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest

from tests.support import forked
from tests.support.processes import ROOT

KEYRING, KEYRING_FILE = "tests.support.own_keyring.FileKeyring", "COUNTER_TEST_KEYRING"
KEY, IV, STORE_KEY = "5294y06JbISpM5x9", "v77hoKGq4kWxNNIS", "KYTjd9ACcjGaTK6V3zWmMkyrQS08Ndcx"
PIN, MANAGERS = "258025", "147014"

SETTINGS = """
[gateways.opay]
merchant_id = "2000132"
[gateways.wanpay]
orgno = "21008024"
"""

AT_A_TERMINAL = "import pty, sys, os; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


@dataclass
class Machine:
    """A machine: settings, data, and a keyring if ``keyring`` is set."""

    folder: Path
    keyring: str = "keyring.backends.fail.Keyring"
    more: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def pos(self, *words: str, given: str | bytes = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
        """Run one command with ``given`` on standard input."""
        raw = given.encode() if isinstance(given, str) else given
        done = forked.run(self.command(*words)[3:], self.environment(**environment), raw)
        self.said += [done.stdout, done.stderr]
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.encode(), done.stderr.encode())

    def ok(self, *words: str, given: str = "", **environment: str) -> str:
        done = self.pos(*words, given=given, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode().strip()

    def refused(self, *words: str, given: str | bytes = "", status: int = 2, **environment: str) -> str:
        done = self.pos(*words, given=given, **environment)
        assert (done.returncode, done.stdout) == (status, b""), done.stderr
        return done.stderr.decode().removeprefix("pos: ").strip()

    def known(self) -> dict[str, str | None]:
        found = json.loads(self.ok("key", "list", "--json"))["keys"]
        assert all(one["known"] is (one["place"] is not None) for one in found)
        return {one["name"]: one["place"] for one in found}

    def command(self, *words: str) -> list[str]:
        (self.folder / "config").mkdir(exist_ok=True)
        (self.folder / "config" / "counter.toml").touch()
        where = ["--data-dir", str(self.folder / "data"), "--config", str(self.folder / "config" / "counter.toml")]
        return [sys.executable, "-m", "pos", *where, *words]

    def environment(self, **more: str) -> dict[str, str]:
        bare = {name: value for name, value in os.environ.items() if not name.startswith("POS_")}
        ring = {"PYTHON_KEYRING_BACKEND": self.keyring, KEYRING_FILE: str(self.folder / "keyring.json")}
        return {**bare, **ring, "LANG": "C.UTF-8", **self.more, **more}

    def hire(self) -> str:
        """Add an owner and a manager. Return the recovery code."""
        owner = json.loads(self.ok("staff", "add", "Olga", "--role", "owner", "--json", POS_NEW_PIN=PIN))
        self.ok("staff", "add", "Max", "--role", "manager", POS_PIN=PIN, POS_NEW_PIN=MANAGERS)
        return str(owner["recovery_code"])

    def nowhere(self, *secrets: str) -> bool:
        """Return whether none of these is in any file or output (S3), except the keyring itself."""
        files = [one for one in self.folder.rglob("*") if one.is_file() and one.name != "keyring.json"]
        written = b"".join(one.read_bytes() for one in files) + "".join(self.said).encode()
        return bool(files) and not any(secret.encode() in written for secret in secrets)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "counter.toml").write_text(SETTINGS)
    return Machine(tmp_path)


@pytest.fixture
def with_keyring(machine: Machine) -> Machine:
    (machine.folder / "keyring.json").write_text("{}")
    machine.keyring = KEYRING
    return machine


def test_without_a_keyring_a_key_goes_into_the_sealed_file_and_is_used(machine: Machine) -> None:
    assert machine.known() == {"opay.hash_key": None, "opay.hash_iv": None, "wanpay.key": None}
    said = machine.ok("key", "set", "opay.hash_key", given=f"{KEY}\n")
    assert said == "opay.hash_key  in the encrypted file  Counter uses it from its next start."
    stored = json.loads(machine.ok("key", "set", "opay.hash_iv", "--json", given=f"\ufeff{IV}\r\n"))
    assert stored == {"name": "opay.hash_iv", "known": True, "place": "file"}
    assert machine.known() == {"opay.hash_key": "file", "opay.hash_iv": "file", "wanpay.key": None}
    assert machine.ok("key", "list").splitlines() == [
        "opay.hash_key  in the encrypted file", "opay.hash_iv  in the encrypted file", "wanpay.key  not stored",
    ]  # fmt: skip
    assert (machine.folder / "data" / "keys.sealed").exists()
    assert machine.nowhere(KEY, IV)


def test_with_a_keyring_a_key_goes_there_and_comes_out_of_it(with_keyring: Machine) -> None:
    assert "in the keyring" in with_keyring.ok("key", "set", "opay.hash_key", given=KEY)
    assert json.loads((with_keyring.folder / "keyring.json").read_text()) == {"counter/opay.hash_key": KEY}
    assert with_keyring.known()["opay.hash_key"] == "keyring"
    assert with_keyring.ok("key", "forget", "opay.hash_key") == "opay.hash_key  not stored"
    assert (with_keyring.folder / "keyring.json").read_text() == "{}"
    assert with_keyring.nowhere(KEY)


def test_a_key_of_both_places_is_forgotten_in_both(with_keyring: Machine) -> None:
    with_keyring.keyring = "keyring.backends.fail.Keyring"
    with_keyring.ok("key", "set", "wanpay.key", given="older")
    with_keyring.keyring = KEYRING
    with_keyring.ok("key", "set", "wanpay.key", given="newer")
    forgotten = json.loads(with_keyring.ok("key", "forget", "wanpay.key", "--json"))
    assert forgotten == {"name": "wanpay.key", "known": False, "place": None}
    assert "is not stored" in with_keyring.refused("key", "forget", "wanpay.key")


def test_a_keyring_that_does_not_answer_is_said_and_nothing_is_stored_elsewhere(with_keyring: Machine) -> None:
    (with_keyring.folder / "keyring.json").unlink()
    for words in (("key", "set", "wanpay.key"), ("key", "forget", "wanpay.key")):
        assert "keyring of this system does not answer" in with_keyring.refused(*words, given="k", status=5)
    assert not (with_keyring.folder / "data" / "keys.sealed").exists()


def test_a_key_of_the_environment_is_listed_and_not_ours_to_forget(machine: Machine) -> None:
    machine.more = {"POS_SECRET_WANPAY_KEY": "k" * 20}
    assert machine.known()["wanpay.key"] == "environment"
    assert "POS_SECRET_WANPAY_KEY" in machine.refused("key", "forget", "wanpay.key")
    machine.ok("key", "set", "wanpay.key", given="of the file".replace(" ", "-"))
    assert machine.known()["wanpay.key"] == "file"
    assert machine.ok("key", "forget", "wanpay.key") == "wanpay.key  in the environment"
    assert machine.nowhere("k" * 20)


def test_what_is_stored_for_another_gateway_is_listed_too(machine: Machine) -> None:
    machine.ok("key", "set", "mypay.store_key_next", given=STORE_KEY)
    assert machine.known()["mypay.store_key_next"] == "file"
    assert "mypay.store_key" not in machine.known()


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("opay.hash_key", KEY[:-1], "The key opay.hash_key must have 16 ASCII characters."),
        ("opay.hash_key", "五" * 16, "The key opay.hash_key may contain ASCII characters only."),
        ("mypay.store_key", KEY, "The key mypay.store_key must have 32 ASCII characters."),
        ("wanpay.key", "schlüssel", "The key wanpay.key may contain ASCII characters only."),
        ("wanpay.key", b"\xff\xfek\0e\0y\0", "The key wanpay.key may contain ASCII characters only."),
        ("wanpay.key", "one\ntwo", "The key wanpay.key may not contain spaces or line ends."),
        ("wanpay.key", "one two", "The key wanpay.key may not contain spaces or line ends."),
        ("wanpay.key", "k" * 4097, "This is too long for a key. Nothing was stored."),
        ("mypay.store_key_next", "\n", "No key was given. Type it, or pass it on standard input."),
        ("opay.hashkey", KEY, "opay.hashkey is not a merchant key. Use one of opay.hash_key, opay.hash_iv, "),
    ],
)
def test_what_is_no_key_of_this_gateway_is_refused_in_words(
    machine: Machine, name: str, given: str | bytes, said: str
) -> None:
    assert machine.refused("key", "set", name, given=given).startswith(said)
    assert not (machine.folder / "data").exists()


def test_a_key_is_never_an_argument(machine: Machine) -> None:
    assert "unrecognized arguments" in machine.refused("key", "set", "opay.hash_key", KEY).splitlines()[-1]
    assert "required" in machine.refused("key")


def test_once_there_are_people_it_needs_the_owner(machine: Machine) -> None:
    machine.hire()
    for words in (("set", "wanpay.key"), ("forget", "wanpay.key")):
        assert machine.refused("key", *words, given="k").startswith("This needs the owner: the merchant keys.")
        assert machine.refused("key", *words, given="k", POS_PIN=MANAGERS) == "This needs the owner: the merchant keys."
    machine.ok("key", "set", "wanpay.key", given="k", POS_PIN=PIN)
    assert machine.known()["wanpay.key"] == "file"
    machine.ok("key", "forget", "wanpay.key", POS_PIN=PIN)


def test_a_missing_key_is_reported_with_the_command_that_stores_it(machine: Machine) -> None:
    verb = "The key opay.hash_key is not stored: pos key set opay.hash_key"
    assert f"✗ opay: {verb}" in machine.pos("doctor").stdout.decode()
    assert verb in machine.refused("charge", "--tender", "wechat", "--gateway", "opay", "--amount", "5", status=5)


def test_a_sealed_file_that_does_not_open_says_how_to_go_on(machine: Machine) -> None:
    machine.ok("key", "set", "wanpay.key", given="k")
    (machine.folder / "config" / "keys.key").unlink()
    said = machine.refused("key", "set", "wanpay.key", given="k", status=5)
    assert "keys.sealed. Move that file away and store the keys again: pos key set" in said
    (machine.folder / "data" / "keys.sealed").unlink()
    machine.ok("key", "set", "wanpay.key", given="k")


def until(stream: IO[bytes], words: str) -> str:
    """Return what a terminal shows up to this text."""
    seen = b""
    while words.encode() not in seen:
        more = os.read(stream.fileno(), 1024)
        assert more, seen
        seen += more
    return seen.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="no such terminals")
@pytest.mark.parametrize(
    ("typed", "status", "ends"),
    [
        ((KEY, KEY), 0, "in the encrypted file"),
        ((KEY, IV), 2, "not the same. Nothing was stored."),
        (("",), 2, "No key was given"),
        (("\x04",), 2, "No key was given"),
    ],
)
def test_at_a_terminal_a_key_is_typed_twice_and_not_shown(
    machine: Machine, typed: tuple[str, ...], status: int, ends: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", AT_A_TERMINAL, *machine.command("key", "set", "opay.hash_key")], cwd=ROOT,
        env=machine.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        for prompt, word in zip(("The key opay.hash_key: ", "Repeat: "), typed, strict=False):
            machine.said.append(until(process.stdout, prompt))
            process.stdin.write(word.encode() if word == "\x04" else f"{word}\n".encode())
            process.stdin.flush()
        machine.said.append(until(process.stdout, ends))
        process.stdin.close()
        machine.said.append(process.stdout.read().decode())
    assert process.returncode == status
    assert machine.known()["opay.hash_key"] == ("file" if status == 0 else None)
    assert machine.nowhere(KEY, IV)
