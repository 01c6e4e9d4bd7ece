"""``pos report`` as a script runs it: a new folder, every span, every format, with an open window, with people."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pos.bootstrap import register_for
from pos.domain.money import Money
from pos.domain.staff import Action, Role
from pos.store.data_dir_lock import DataFolder
from tests.support import forked
from tests.support.access import SIGNED_OUT

PIN = "258025"


def pos(folder: Path, *words: str, pin: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "counter.toml").touch()
    environment = {**os.environ, "LANG": "C.UTF-8", "POS_SECRET_NONE": "no keyring is asked", "POS_PIN": pin}
    where = ("--data-dir", str(folder / "data"), "--config", str(folder / "counter.toml"))
    return forked.run((*where, *words), environment)


def sold(folder: Path, amount: int = 125) -> str:
    done = pos(folder, "charge", "--tender", "cash", "--amount", str(amount), "--json")
    return str(json.loads(done.stdout)["order_no"])


def report(folder: Path, *words: str, pin: str = "") -> dict[str, Any]:
    done = pos(folder, "report", *words, pin=pin)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def in_the_office(folder: Path, *, shift: bool = False, owner: bool = False) -> None:
    """Open and close a shift, add an owner: other commands have their own tests."""
    register = register_for(str(folder / "counter.toml"), folder / "data")

    async def work() -> None:
        await register.host.open(watching=False)
        if shift:
            permission = register.services.authorization.permission(SIGNED_OUT, Action.SHIFT)
            if register.services.shifts.current() is None:
                register.services.shifts.open(Money(1000, "TWD"), permission)
            else:
                await register.services.shifts.close(Money(1125, "TWD"), {}, "counted", permission)
        if owner:
            await register.services.staff.add("Ann", Role.OWNER, PIN)
        await register.host.close()

    asyncio.run(work())


@pytest.mark.parametrize("span", ["day", "week", "month"])
def test_a_new_folder_has_totals_of_zero(tmp_path: Path, span: str) -> None:
    found = report(tmp_path, span)
    assert (found["span"], found["totals"], found["payments"]) == (span, {}, [])


def test_a_shop_in_hong_kong_reads_nothing_of_e_invoices(tmp_path: Path) -> None:
    (tmp_path / "counter.toml").write_text('[shop]\ncurrency = "HKD"\ntimezone = "Asia/Hong_Kong"\n')
    sold(tmp_path)
    assert "invoices" not in report(tmp_path, "day")
    (tmp_path / "counter.toml").write_text("")
    assert report(tmp_path, "day")["invoices"]["issued"] == 0


def test_the_report_of_a_day_has_its_sales(tmp_path: Path) -> None:
    numbers = [sold(tmp_path, amount) for amount in (125, 75)]
    found = report(tmp_path, "day")
    assert (found["totals"]["TWD"]["net"], found["totals"]["TWD"]["count"]) == ("200", 2)
    assert [one["order_no"] for one in found["payments"]] == numbers
    assert report(tmp_path, "day", "--date", "2020-02-29")["totals"] == {}
    assert report(tmp_path, "month", "--date", found["first"])["totals"] == found["totals"]


def test_the_shift_that_is_open_and_the_one_that_was_closed(tmp_path: Path) -> None:
    for span in ("x", "z"):
        done = pos(tmp_path, "report", span)
        assert (done.returncode, done.stdout) == (2, "")
    (tmp_path / "counter.toml").touch()
    in_the_office(tmp_path, shift=True)
    sold(tmp_path)
    found = report(tmp_path, "x")
    assert (found["shift"], found["totals"]["TWD"]["net"], found["shifts"][0]["z_no"]) == (1, "125", None)
    in_the_office(tmp_path, shift=True)
    found = report(tmp_path, "z")
    assert (found["shifts"][0]["z_no"], found["shifts"][0]["counted"]) == (1, "1125")
    assert report(tmp_path, "z", "--z", "1")["totals"] == found["totals"]
    assert "There is no Z 2" in pos(tmp_path, "report", "z", "--z", "2").stderr


@pytest.mark.parametrize(
    ("kind", "head"), [("json", b"{"), ("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF")]
)
def test_every_format_goes_into_a_file(tmp_path: Path, kind: str, head: bytes) -> None:
    sold(tmp_path)
    out = tmp_path / f"day.{kind}"
    out.write_text("the last one")
    assert report(tmp_path, "day", "--format", kind, "--out", str(out), "--json") == {"file": str(out), "format": kind}
    assert out.read_bytes().startswith(head)
    if kind == "json":
        assert json.loads(out.read_text(encoding="utf-8"))["totals"]["TWD"]["net"] == "125"
    assert pos(tmp_path, "report", "day", "--format", kind, "--out", str(out)).stdout == f"{out}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("day", "--format", "csv"), "A report as csv needs --out FILE."),
        (("day", "--format", "doc", "--out", "x"), "doc is not a format. Use one of json, csv, xlsx, pdf"),
        (("day", "--date", "2026-02-30"), "2026-02-30 is not a day"),
        (("month", "--date", "9999-12-31"), "9999-12-31 is not a day"),
        (("x", "--date", "2026-02-03"), "--date works only with day, week and month."),
        (("day", "--z", "1"), "--z works only with z."),
        (("z", "--z", "99999999999999999999"), "There is no Z 99999999999999999999."),
        (("year",), "invalid choice"),
    ],
)
def test_what_does_not_go_together_is_named(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = pos(tmp_path, "report", *words)
    assert (done.returncode, done.stdout, said in done.stderr) == (2, "", True), done.stderr
    assert not (tmp_path / "data").exists()


def test_a_place_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    sold(tmp_path)
    (tmp_path / "file").write_text("there")
    done = pos(tmp_path, "report", "day", "--format", "csv", "--out", str(tmp_path / "file" / "day.csv"))
    assert (done.returncode, "cannot be written" in done.stderr) == (1, True)
    assert (tmp_path / "file").read_text() == "there"
    place = tmp_path / "pipe"
    os.mkfifo(place)
    done = pos(tmp_path, "report", "day", "--format", "csv", "--out", str(place))
    assert (done.returncode, "cannot be written" in done.stderr) == (1, True)
    assert place.is_fifo(), "no file takes the place of what is no file"


def test_it_reads_along_beside_an_open_window(tmp_path: Path) -> None:
    sold(tmp_path)
    folder = DataFolder(tmp_path / "data")
    folder.hold()
    assert report(tmp_path, "day")["totals"]["TWD"]["net"] == "125"
    folder.release()


def test_where_there_are_people_totals_need_a_pin(tmp_path: Path) -> None:
    sold(tmp_path)
    in_the_office(tmp_path, owner=True)
    done = pos(tmp_path, "report", "day")
    assert (done.returncode, done.stdout, "This needs a manager: reports." in done.stderr) == (2, "", True)
    assert "wrong" in pos(tmp_path, "report", "day", pin="1357").stderr
    assert report(tmp_path, "day", pin=PIN)["totals"]["TWD"]["net"] == "125"


def test_a_pin_needs_the_journal_for_itself_and_says_so(tmp_path: Path) -> None:
    sold(tmp_path)
    in_the_office(tmp_path, owner=True)
    folder = DataFolder(tmp_path / "data")
    folder.hold()
    done = pos(tmp_path, "report", "day", pin=PIN)
    assert (done.returncode, "each attempt is recorded in the journal. Close Counter" in done.stderr) == (1, True), (
        done.stderr
    )
    folder.release()
