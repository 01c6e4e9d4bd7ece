"""Commands report a gateway that refuses this shop's merchant number or key, with exit status 5."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support import forked
from tests.support.processes import SimulatorProcess

SENTENCE: Final = "The gateway refuses this shop's key"
REFUSED: Final = 5
PIN: Final = "864209"
KEYS: Final = {
    "POS_SECRET_OPAY_HASH_KEY": "x" * 16,
    "POS_SECRET_WANPAY_KEY": "x" * 16,
    "POS_SECRET_QFPAY_CLIENT_KEY": "x" * 16,
    "POS_SECRET_MYPAY_STORE_KEY": "x" * 32,
}
NUMBERS: Final = {"merchant_id": "2000999", "orgno": "21000000", "app_code": "ANOTHER", "store_uid": "289000000000"}
TENDERS: Final = {"opay": "wechat", "wanpay": "atm", "qfpay": "alipay", "mypay": "mypay"}


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    running = SimulatorProcess(tmp_path_factory.mktemp("refused"))
    yield running
    running.stop()


Done = subprocess.CompletedProcess[str]


def pos(
    simulator: SimulatorProcess, *arguments: str, keys: Mapping[str, str] = KEYS, numbers: Mapping[str, str] = {},
    data: str = "refused", currency: str = "TWD",
) -> Done:  # fmt: skip
    """Run one command of a shop whose ``keys`` and ``numbers`` are wrong, with a page server for O'Pay."""
    words = simulator.words(*arguments, data=data, currency=currency)
    settings = Path(words[words.index("--config") + 1])
    text = settings.read_text("utf-8")
    for name, value in numbers.items():
        text = re.sub(f'^{name} = ".*"$', f'{name} = "{value}"', text, flags=re.MULTILINE)
    with socket.create_server(("127.0.0.1", 0)) as free:
        own = f"127.0.0.1:{free.getsockname()[1]}"
    settings.write_text(f'{text}[server]\nurl = "http://{own}"\nlisten = "{own}"\n', "utf-8")
    return forked.run(words, {**simulator.environment(), **keys})


def charged(simulator: SimulatorProcess, tender: str, data: str, *more: str, currency: str = "TWD") -> str:
    """Return the number of a payment that a shop with the right key took."""
    asked = ("charge", "--tender", tender, "--amount", "125", "--json", *more)
    done = pos(simulator, *asked, keys={}, data=data, currency=currency)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["order_no"])


def paid(simulator: SimulatorProcess, tender: str, data: str, *more: str, currency: str = "TWD") -> str:
    """Return the number of such a payment, paid and captured."""
    simulator.post("/autopay", seconds=0.1)
    try:
        return charged(simulator, tender, data, "--wait", "20", *more, currency=currency)
    finally:
        simulator.post("/autopay", seconds=None)


@pytest.mark.parametrize(
    ("keys", "numbers"),
    [(KEYS, {}), ({}, NUMBERS), ({"POS_SECRET_OPAY_HASH_IV": "y" * 16, **KEYS}, NUMBERS)],
)
def test_doctor_says_it_of_each_gateway(
    simulator: SimulatorProcess, keys: Mapping[str, str], numbers: Mapping[str, str]
) -> None:
    done = pos(simulator, "doctor", "--json", keys=keys, numbers=numbers)
    found = {one["what"]: one for one in json.loads(done.stdout)["findings"]}
    assert done.returncode == REFUSED
    for gateway in TENDERS:
        assert (found[gateway]["ok"], found[gateway]["message"].startswith(SENTENCE)) == (False, True), found
        assert f"gateways.{gateway}." in found[gateway]["message"]


def test_doctor_says_it_to_people(simulator: SimulatorProcess) -> None:
    done = pos(simulator, "doctor")
    assert done.returncode == REFUSED
    assert all(f"✗ {gateway}: {SENTENCE}" in done.stdout for gateway in TENDERS)


@pytest.mark.parametrize("gateway", TENDERS)
def test_a_charge_says_it_to_programs_and_to_people(simulator: SimulatorProcess, gateway: str) -> None:
    data, currency = f"charge {gateway}", "HKD" if gateway == "qfpay" else "TWD"
    asked = ("charge", "--tender", TENDERS[gateway], "--gateway", gateway, "--amount", "125")
    done = pos(simulator, *asked, "--json", data=data, currency=currency)
    found: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, found["rejected"]) == (REFUSED, "credentials")
    assert found["message"].startswith(SENTENCE)
    said = pos(simulator, *asked, data=data, currency=currency)
    assert said.returncode == REFUSED
    first = said.stdout.splitlines()[0]
    assert f"Key refused  {SENTENCE}" in first
    assert "declined" not in first
    shown = pos(simulator, "show", found["order_no"], data=data, currency=currency)
    assert (shown.returncode, SENTENCE in shown.stdout.splitlines()[0]) == (0, True)


def test_what_waits_says_it_when_it_is_asked_about(simulator: SimulatorProcess) -> None:
    order = charged(simulator, "atm", "waits")
    done = pos(simulator, "recover", "--json", data="waits")
    (found,) = json.loads(done.stdout)["payments"]
    assert (done.returncode, found["state"], found["message"].startswith(SENTENCE)) == (REFUSED, "pending", True)
    pending = pos(simulator, "pending", data="waits")
    assert (pending.returncode, SENTENCE in pending.stdout) == (0, True)
    done = pos(simulator, "cancel", order, "--json", data="waits")
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"], found["message"].startswith(SENTENCE)) == (REFUSED, "voiding", True)


def test_money_in_doubt_is_more_urgent_than_a_refused_key(simulator: SimulatorProcess) -> None:
    simulator.post("/scenarios", fault="lost_answer", gateway="wanpay", verb="charge")
    lost = pos(simulator, "charge", "--tender", "atm", "--amount", "125", "--json", keys={}, data="doubt")
    assert lost.returncode == 4
    done = pos(simulator, "recover", "--json", data="doubt")
    (found,) = json.loads(done.stdout)["payments"]
    assert (done.returncode, found["state"], found["message"].startswith(SENTENCE)) == (4, "unknown", True)


def test_a_refund_and_a_comparison_say_it(simulator: SimulatorProcess) -> None:
    order = paid(simulator, "alipay", "back", currency="HKD")
    simulator.with_pin("staff", "add", "Owner", "--role", "owner", data="back", POS_NEW_PIN=PIN)
    asked = ("refund", order, "--amount", "25", "--reason", "returned", "--json")
    done = pos(simulator, *asked, keys={**KEYS, "POS_PIN": PIN}, data="back", currency="HKD")
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"], found["message"].startswith(SENTENCE)) == (REFUSED, "refused", True)
    done = pos(simulator, "reconcile", "--json", keys={**KEYS, "POS_PIN": PIN}, data="back", currency="HKD")
    checks = json.loads(done.stdout)["checks"]
    assert done.returncode == REFUSED
    assert any(check["message"].startswith(SENTENCE) for check in checks)


def test_what_only_mypay_can_says_it_as_an_error(simulator: SimulatorProcess) -> None:
    done = pos(simulator, "tools", "--amount", "125", "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"], error["message"].startswith(SENTENCE)) == (REFUSED, "key_refused", True)
    done = pos(simulator, "bind-wallet", "--user", "7", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["outcome"], found["message"].startswith(SENTENCE)) == (REFUSED, "refused", True)


def test_an_invoice_says_it_and_stays_to_be_issued(simulator: SimulatorProcess) -> None:
    order = paid(simulator, "mypay", "paper")
    done = pos(simulator, "invoice", order, "--invoice", "paper", "--json", data="paper")
    found = json.loads(done.stdout)["invoice"]
    assert (done.returncode, found["owed"], found["message"].startswith(SENTENCE)) == (REFUSED, True, True)
    again = pos(simulator, "invoice", order, "--json", keys={}, data="paper")
    assert (again.returncode, json.loads(again.stdout)["invoice"]["state"]) == (0, "issued")
