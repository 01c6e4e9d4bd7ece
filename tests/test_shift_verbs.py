"""Shifts on the command line: in real processes, on a fresh folder, in a shop with people and in one without."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pos.bootstrap import register_for
from pos.cli.main import run
from pos.cli.permissions import obtain_permission
from pos.domain.staff import Action, Role
from pos.errors import NotAllowed
from pos.i18n import use_language
from tests.support.people import PINS, hire
from tests.support.processes import ROOT

HEAD = 64
"""Hexadecimal digits of a hash."""


class Shop:
    """A data folder, and `pos` run on it in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def pos(self, *words: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        status = run(["--data-dir", str(self.folder / "data"), "--config", str(self.folder / "counter.toml"), *words])
        said = self._capsys.readouterr()
        return status, said.out, said.err

    def json(self, *words: str) -> dict[str, Any]:
        status, out, err = self.pos(*words, "--json")
        assert status == 0, err
        found: dict[str, Any] = json.loads(out)
        return found

    def refused(self, *words: str) -> str:
        """Return why it exits with 2; nothing is on standard output."""
        status, out, err = self.pos(*words)
        assert (status, out) == (2, "")
        return err.removeprefix("pos: ").strip()

    def hire(self, *roles: Role) -> None:
        hire(self.folder / "data", *roles, settings=self.folder)


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("LANG", "C")
    monkeypatch.delenv("POS_PIN", raising=False)
    monkeypatch.setenv("POS_SECRET_NONE", "no keyring is asked")
    (tmp_path / "counter.toml").touch()
    use_language("en")
    return Shop(tmp_path, capsys)


def test_a_whole_shift_on_a_fresh_folder(shop: Shop) -> None:
    assert "no journal" in shop.refused("shift", "status")
    opened = shop.json("shift", "open", "--float", "1000")
    assert (opened["shift"], opened["register"], opened["float"], opened["currency"]) == (1, "R1", "1000", "TWD")
    assert datetime.fromisoformat(opened["opened_at"]).utcoffset() is not None
    assert (opened["opened_by"], opened["reason"], opened["expected"]) == ("", "", "1000")
    assert "z_no" not in opened
    assert "Close it first" in shop.refused("shift", "open", "--float", "1000")
    assert shop.pos("charge", "--tender", "cash", "--amount", "125")[0] == 0
    shop.json("shift", "in", "--amount", "200", "--reason", "change")
    shop.json("shift", "out", "--amount", "50", "--reason", "stamps")
    moved = shop.json("shift", "drop", "--amount", "400", "--reason", "safe")
    assert moved["drawer"] == {
        "opening": "1000", "cash_sales": "125", "cash_refunds": "0", "paid_in": "200", "paid_out": "50", "drops": "400",
    }  # fmt: skip
    assert moved == shop.json("shift", "status")
    assert moved["totals"] == {"cash": {"count": 1, "gross": "125", "refunds": "0", "net": "125"}}
    assert "The drawer is short by NT$5. Count again" in shop.refused("shift", "close", "--counted", "870")
    closed = shop.json("shift", "close", "--counted", "870", "--reason", "wrong change")
    assert (closed["z_no"], closed["counted"], closed["expected"], closed["difference"]) == (1, "870", "875", "-5")
    assert closed["reason"] == "wrong change"
    assert len(closed["journal"]["hash"]) == HEAD
    assert (
        closed["journal"]["seq"] == 10
    )  # identity, settings, opened, sold in three steps, three times moved, counted once
    assert "No shift is open" in shop.refused("shift", "close", "--counted", "0")
    assert "No shift is open" in shop.refused("shift", "status")
    assert shop.json("shift", "open", "--float", "0")["shift"] == 2
    assert shop.json("shift", "close", "--counted", "0")["z_no"] == 2


def test_a_renamed_register_is_reported_and_takes_its_shift_over(shop: Shop) -> None:
    shop.json("shift", "open", "--float", "100")
    shop.pos("charge", "--tender", "cash", "--amount", "25")
    (shop.folder / "counter.toml").write_text('[shop]\nregister = "FRONT"\n', encoding="utf-8")
    assert "under the name R1" in shop.refused("shift", "status")
    assert "has nothing open" in shop.refused("shift", "take-over", "R2")
    shop.pos("charge", "--tender", "cash", "--amount", "50")
    taken = shop.json("shift", "take-over", "R1")
    assert (taken["shift"], taken["register"], taken["expected"]) == (1, "FRONT", "175")
    assert shop.json("shift", "close", "--counted", "175")["z_no"] == 1
    assert shop.pos("charge", "--tender", "cash", "--amount", "5")[0] == 0
    (shop.folder / "counter.toml").write_text('[shop]\nregister = "BACK"\n', encoding="utf-8")
    status, out, _err = shop.pos("shift", "open", "--float", "0")
    assert status == 0
    assert "under the name FRONT" in out
    shop.json("shift", "close", "--counted", "0")
    assert shop.json("shift", "take-over", "FRONT") == {"shift": None}
    assert shop.pos("charge", "--tender", "cash", "--amount", "5")[0] == 0
    (shop.folder / "counter.toml").write_text('[shop]\nregister = "SIDE"\n', encoding="utf-8")
    assert "There was no shift." in shop.pos("shift", "take-over", "BACK")[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("open", "--float", "-5"), "digits"),
        (("open", "--float", "1.50"), "decimal places"),
        (("open", "--float", "lots"), "digits"),
        (("open",), "--float"),
        (("in", "--amount", "5", "--reason", "x"), "No shift is open"),
        ((), "STEP"),
        (("sideways",), "invalid choice"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(shop: Shop, words: tuple[str, ...], says: str) -> None:
    assert says in shop.refused("shift", *words)


def test_nothing_and_no_reason_move_no_cash(shop: Shop) -> None:
    shop.json("shift", "open", "--float", "0")
    assert "more than zero" in shop.refused("shift", "in", "--amount", "0", "--reason", "x")
    assert "Enter a reason" in shop.refused("shift", "drop", "--amount", "5", "--reason", " ")
    assert "digits" in shop.refused("shift", "close", "--counted", "all")
    assert "required" in shop.refused("shift", "out", "--amount", "5")
    assert shop.json("shift", "status")["expected"] == "0"


def test_people_read_lines(shop: Shop) -> None:
    status, out, _err = shop.pos("shift", "open", "--float", "1000")
    assert status == 0
    assert {"shift  1", "float  1000", "drawer.opening  1000"} <= set(out.splitlines())


def test_a_cashier_sees_no_sums_before_the_count(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.hire(Role.OWNER, Role.MANAGER)
    opened = shop.json("shift", "open", "--float", "1000")
    assert not {"expected", "drawer", "totals"} & set(opened)
    assert shop.json("shift", "status") == opened
    assert opened["in_flight"] == []
    assert "Only a manager" in shop.pos("shift", "status")[1]
    assert "This needs a manager" in shop.refused("shift", "out", "--amount", "5", "--reason", "stamps")
    shop.json("shift", "drop", "--amount", "100", "--reason", "safe")  # every user who may sell may do that
    monkeypatch.setenv("POS_PIN", PINS[Role.MANAGER])
    assert shop.json("shift", "status")["expected"] == "900"
    assert shop.json("shift", "out", "--amount", "5", "--reason", "stamps")["drawer"]["paid_out"] == "5"
    monkeypatch.setenv("POS_PIN", "9999")
    assert "PIN is wrong" in shop.refused("shift", "out", "--amount", "5", "--reason", "stamps")
    monkeypatch.delenv("POS_PIN")
    closed = shop.json("shift", "close", "--counted", "895")
    assert (closed["z_no"], closed["difference"], closed["drawer"]["drops"]) == (1, "0", "100")


def test_a_permission_is_given_at_once_if_no_pin_is_needed(shop: Shop) -> None:
    async def work() -> None:
        register = register_for(str(shop.folder / "counter.toml"), shop.folder / "data")
        await register.host.open(watching=False)
        try:
            assert (await obtain_permission(register, Action.X_REPORT)).action is Action.X_REPORT
            with pytest.raises(NotAllowed):
                await obtain_permission(register, Action.REFUND)
        finally:
            await register.host.close()

    asyncio.run(work())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_at_a_terminal_the_pin_is_asked_for_and_not_shown(shop: Shop) -> None:
    import pty

    shop.hire(Role.OWNER)
    shop.json("shift", "open", "--float", "0")
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "pos", "--data-dir", str(shop.folder / "data"), "--config",
         str(shop.folder / "counter.toml"), "shift", "in", "--amount", "5", "--reason", "change", "--json"],
        cwd=ROOT, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True, start_new_session=True,
        env={**os.environ, "LANG": "C"},
    )  # fmt: skip
    seen = b""
    while b"PIN" not in seen:
        seen += os.read(ours, 100)
    os.write(ours, b"258025\n")
    out, _err = child.communicate(timeout=30)
    os.close(theirs)
    os.close(ours)
    assert child.returncode == 0, seen
    assert json.loads(out)["register"] == "R1"
    assert b"258025" not in seen


def test_payments_in_flight_are_named_and_two_calls_find_the_same_shift(shop: Shop) -> None:
    """An open window locks the folder; ``status`` works while it is open."""
    shop.json("shift", "open", "--float", "10")
    held = register_for(str(shop.folder / "counter.toml"), shop.folder / "data")

    async def work() -> dict[str, Any]:
        await held.host.open(watching=False)
        try:
            done = await asyncio.to_thread(
                subprocess.run,
                [sys.executable, "-m", "pos", "--data-dir", str(shop.folder / "data"), "--config",
                 str(shop.folder / "counter.toml"), "shift", "status", "--json"],
                cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "LANG": "C"},
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            found: dict[str, Any] = json.loads(done.stdout)
            return found
        finally:
            await held.host.close()

    assert asyncio.run(work())["expected"] == "10"
