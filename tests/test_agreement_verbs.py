"""Agreements through the command line and HTTP alone, at a simulator in a process of its own."""

from __future__ import annotations

import html
import json
import re
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pos.simulator.crypto import opay_mac
from tests.support import forked
from tests.support.processes import SimulatorProcess

PAIR = "5294y06JbISpM5x9", "v77hoKGq4kWxNNIS"
MONTH = 31 * 86400


class Shop:
    """A shop with a page server, whose commands are processes."""

    def __init__(self, folder: Path) -> None:
        self.simulator = SimulatorProcess(folder)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.own = f"127.0.0.1:{free.getsockname()[1]}"
        usual = self.simulator.settings().read_text("utf-8")
        self.settings = folder / "shop.toml"
        self.settings.write_text(f'{usual}[server]\nurl = "http://{self.own}"\nlisten = "{self.own}"\n', "utf-8")

    def words(self, *arguments: str, script: bool = False) -> list[str]:
        call = self.simulator.command(*arguments) if script else self.simulator.words(*arguments)
        call[call.index("--config") + 1] = str(self.settings)
        return call

    def pos(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        done = forked.run(self.words(*arguments, "--json"), self.simulator.environment())
        return done.returncode, json.loads(done.stdout)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        call = self.words(*arguments, "--json", script=True)
        return subprocess.Popen(call, stdout=subprocess.PIPE, text=True, env=self.simulator.environment())

    def open_agreement(self, amount: str) -> dict[str, Any]:
        """Return the open agreement of this amount, once another process has made it."""
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            status, found = self.pos("agreement", "list")
            for one in found.get("agreements", []) if status == 0 else []:
                if (one["state"], one["amount"]) == ("open", amount):
                    return dict(one)
            time.sleep(0.2)
        raise AssertionError("no open agreement")

    def control(self, path: str, **fields: object) -> Any:
        return self.simulator.post(path, **fields)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("agreements"))
    yield made
    made.simulator.stop()


def fetched(url: str, fields: dict[str, str] | None = None) -> str:
    data = urllib.parse.urlencode(fields).encode() if fields else None
    with urllib.request.urlopen(urllib.request.Request(url, data), timeout=10) as answer:
        found: str = answer.read().decode()
    return found


def form_of(page: str) -> tuple[str, dict[str, str]]:
    """Return the address and the fields of the form on a payment page."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    (action,) = re.findall(r'action="([^"]*)"', page)
    return html.unescape(action), {html.unescape(name): html.unescape(value) for name, value in found}


def later_notice(no: str, info: dict[str, Any]) -> dict[str, str]:
    """Return the notification of the newest authorisation, signed independently."""
    row = info["ExecLog"][-1]
    fields = {
        "MerchantID": "2000132", "MerchantTradeNo": no, "StoreID": "", "RtnCode": str(row["RtnCode"]),
        "RtnMsg": "授權成功", "PeriodType": "M", "Frequency": "1", "ExecTimes": "12", "Amount": str(row["amount"]),
        "Gwsr": str(row["gwsr"]), "ProcessDate": row["process_date"], "AuthCode": "777777",
        "FirstAuthAmount": "500", "TotalSuccessTimes": str(info["TotalSuccessTimes"]), "SimulatePaid": "0",
    }  # fmt: skip
    return {**fields, "CheckMacValue": opay_mac(fields, *PAIR, sha256=True)}


def gateways_record(shop: Shop, no: str, skew: int) -> dict[str, Any]:
    fields = {"MerchantID": "2000132", "MerchantTradeNo": no, "TimeStamp": str(int(time.time()) + skew)}
    signed = {**fields, "CheckMacValue": opay_mac(fields, *PAIR, sha256=True)}
    url = f"{shop.simulator.announcement['opay_periodic']}/Cashier/QueryCreditCardPeriodInfo"
    found: dict[str, Any] = json.loads(fetched(url, signed))
    return found


def test_an_agreement_from_its_page_to_its_later_charges(shop: Shop) -> None:
    creating = shop.start(
        "agreement", "create", "--amount", "500", "--every", "1M", "--times", "12", "--reference", "M-1",
        "--item", "會費:500:1", "--wait", "60",
    )  # fmt: skip
    made = shop.open_agreement("500")
    no = made["agreement_no"]
    action, fields = form_of(fetched(made["pay_url"]))
    assert fields["CheckMacValue"] == opay_mac(fields, *PAIR, sha256=True)
    assert (fields["PeriodAmount"], fields["PeriodType"], fields["Frequency"], fields["ExecTimes"]) == (
        "500", "M", "1", "12",
    )  # fmt: skip
    fetched(action, fields)
    shop.control(f"/orders/opay_periodic/{no}/pay")
    out, _ = creating.communicate(timeout=60)
    first = json.loads(out)
    assert (creating.returncode, first["state"], first["order_no"], first["pay_url"]) == (0, "active", no, "")
    assert [one["state"] for one in first["charges"]] == ["captured"] + ["expected"] * 11

    shop.control("/clock", skew=MONTH)
    waiting = shop.start("agreement", "create", "--amount", "600", "--every", "1Y", "--times", "2", "--wait", "60")
    other = shop.open_agreement("600")
    notice = later_notice(no, gateways_record(shop, no, MONTH))
    assert fetched(f"http://{shop.own}/notify/opay_periodic", notice) == "1|OK"
    ends = time.monotonic() + 20
    while shop.pos("agreement", "show", no)[1]["charges"][1]["state"] != "captured" and time.monotonic() < ends:
        time.sleep(0.2)
    waiting.terminate()
    waiting.communicate(timeout=30)
    status, found = shop.pos("agreement", "show", no)
    assert (status, found["captured"], found["charges"][1]["state"]) == (0, "1000", "captured")
    status, booked = shop.pos("show", found["charges"][1]["order_no"])
    assert (status, booked["tender"], booked["state"], booked["amount"]) == (0, "card_periodic", "captured", "500")
    assert other["agreement_no"] != no

    shop.control("/clock", skew=2 * MONTH)
    status, found = shop.pos("agreement", "refresh", no)
    assert (status, [one["state"] for one in found["charges"][:3]]) == (0, ["captured"] * 3)
    status, error = shop.pos("agreement", "stop", no)
    assert (status, error["error"]["code"]) == (2, "not_allowed")
    assert "console" in error["error"]["message"]
    status, error = shop.pos("agreement", "settle", no, "--charge", "4", "--accept", "--reason", "seen")
    assert (status, error["error"]["code"]) == (2, "not_allowed")
    status, verified = shop.pos("journal", "verify")
    assert status == 0, verified
    status, rebuilt = shop.pos("journal", "rebuild", str(shop.settings.parent / "rebuilt.sqlite"))
    assert status == 0, rebuilt
    shop.control("/clock", skew=0)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--amount", "500", "--every", "13M", "--times", "2"], "every"),
        (["--amount", "500", "--every", "1W", "--times", "2"], "every"),
        (["--amount", "500", "--every", "1M", "--times", "1"], "times"),
        (["--amount", "500", "--every", "1M", "--times", "x"], "times"),
        (["--amount", "0", "--every", "1M", "--times", "2"], "amount"),
        (["--amount", "500", "--every", "1M", "--times", "2", "--reference", "x" * 61], "reference"),
        (["--amount", "500", "--every", "1M", "--times", "2", "--invoice", "donation:168001"], "CustomerEmail"),
    ],
)
def test_wrong_terms_are_bad_input_and_nothing_is_sent(shop: Shop, arguments: list[str], field: str) -> None:
    before = shop.simulator.get("/orders")
    status, found = shop.pos("agreement", "create", *arguments)
    assert (status, found["error"]["field"]) == (2, field)
    assert shop.simulator.get("/orders") == before


def test_an_unknown_agreement_is_named(shop: Shop) -> None:
    assert shop.pos("charge", "--tender", "cash", "--amount", "5")[0] == 0
    for step in ("show", "refresh"):
        status, found = shop.pos("agreement", step, "261120AAAAAAAAAAAAAA")
        assert status != 0
        assert "261120AAAAAAAAAAAAAA" in found["error"]["message"]


def test_people_read_an_agreement_on_lines(shop: Shop) -> None:
    made = forked.run(
        shop.words("agreement", "create", "--amount", "700", "--every", "30D", "--times", "3", "--reference", "M-7"),
        shop.simulator.environment(),
    )
    assert made.returncode == 0, made.stderr
    head, page = made.stdout.splitlines()
    assert tuple(head.split("  ")[1:]) == ("NT$700", "30D × 3", "open", "M-7")
    assert page.startswith(f"http://{shop.own}/pay/")
    listed = forked.run(shop.words("agreement", "list"), shop.simulator.environment())
    assert listed.stdout.splitlines()[0] == head, "the newest first"
