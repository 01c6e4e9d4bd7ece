"""`pos charge --auth-code`: the customer's code on the command line, in real processes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import forked
from tests.support.processes import SimulatorProcess

ALIPAY, WECHAT = "28385470235615", "1345678901234"


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    running = SimulatorProcess(tmp_path_factory.mktemp("shop"))
    yield running
    assert running.stop() == 0


@pytest.fixture(autouse=True)
def _paid_at_once(simulator: SimulatorProcess) -> None:
    simulator.post("/codes", fate="paid")


def charge(simulator: SimulatorProcess, code: str, *more: str, data: str, **other: Any) -> tuple[int, dict[str, Any]]:
    words = ("charge", "--amount", "12.50", "--auth-code", code, "--json", *more)
    done = simulator.pos(*words, currency="HKD", data=data, **other)
    return done.returncode, json.loads(done.stdout)


def written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_code_is_charged_by_its_wallet_and_printed_nowhere(simulator: SimulatorProcess) -> None:
    code = f"{ALIPAY}0001"
    done = simulator.pos("charge", "--amount", "12.50", "--auth-code", code, "--json", currency="HKD", data="paid")
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"], found["tender"]) == (0, "captured", "alipay")
    assert [row["event"] for row in found["history"]][:3] == ["created", "send", "paid"]
    assert "pay_url" not in found
    assert code not in done.stdout + done.stderr
    assert code.encode() not in written(simulator.folder / "paid")


def test_a_code_from_standard_input_is_in_no_process_list(simulator: SimulatorProcess) -> None:
    words = simulator.words("charge", "--amount", "12.50", "--auth-code", "-", "--json", currency="HKD", data="stdin")
    done = forked.run(words, simulator.environment(), f"{WECHAT}00002\r\n".encode())
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"], found["tender"]) == (0, "captured", "wechat")


@pytest.mark.parametrize(
    ("fate", "status", "state"),
    [("confirm", 0, "pending"), ("poor", 3, "declined"), ("wrong", 3, "declined"), ("expired", 3, "declined")],
)
def test_the_exit_status_is_that_of_any_charge(simulator: SimulatorProcess, fate: str, status: int, state: str) -> None:
    simulator.post("/codes", fate=fate)
    found = charge(simulator, f"{ALIPAY}1{status}{len(fate)}1", data=f"fate-{fate}")
    assert (found[0], found[1]["state"], bool(found[1]["message"])) == (status, state, True)


def test_a_charge_that_waits_ends_when_the_customer_confirms(simulator: SimulatorProcess) -> None:
    simulator.post("/codes", fate="confirm")
    simulator.post("/autopay", seconds=1)
    try:
        status, found = charge(simulator, f"{ALIPAY}2001", "--wait", "30", data="waits")
    finally:
        simulator.post("/autopay", seconds=None)
    assert (status, found["state"]) == (0, "captured")


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--auth-code", "123"), "auth_code"),
        (("--auth-code", f"{ALIPAY}x001"), "auth_code"),
        (("--auth-code", "6212345678901234567"), "tender"),
        (("--auth-code", f"{ALIPAY}3001", "--tender", "wechat"), "tender"),
        (("--auth-code", f"{ALIPAY}3001", "--tender", "cash"), "tender"),
        (("--auth-code", f"{ALIPAY}3001", "--tender", "atm"), "currency"),
        ((), "tender"),
    ],
)
def test_a_wrong_code_or_tender_is_refused_before_anything_is_sent(
    simulator: SimulatorProcess, words: tuple[str, ...], field: str
) -> None:
    before = len(simulator.get("/orders"))
    done = simulator.pos("charge", "--amount", "12.50", *words, "--json", currency="HKD", data="refused")
    assert (done.returncode, json.loads(done.stdout)["error"]["field"]) == (2, field)
    assert not words or words[1] not in done.stdout + done.stderr
    assert len(simulator.get("/orders")) == before


def test_a_code_that_was_not_sent_is_needed_again(simulator: SimulatorProcess) -> None:
    code, away = f"{ALIPAY}4001", {"qfpay": "http://127.0.0.1:9"}
    status, made = charge(simulator, code, data="away", **away)
    assert (status, made["state"]) == (1, "created")
    number = made["order_no"]
    without = simulator.pos("again", number, "--json", currency="HKD", data="away")
    assert (without.returncode, json.loads(without.stdout)["error"]["code"]) == (2, "not_allowed")
    done = simulator.pos("again", number, "--auth-code", code, "--json", currency="HKD", data="away")
    assert (done.returncode, json.loads(done.stdout)["state"]) == (0, "captured")


def test_a_cancelled_charge_of_a_code_is_reversed(simulator: SimulatorProcess) -> None:
    simulator.post("/codes", fate="confirm")
    _status, made = charge(simulator, f"{ALIPAY}5001", data="reversed")
    done = simulator.pos("cancel", made["order_no"], "--json", currency="HKD", data="reversed")
    assert (done.returncode, json.loads(done.stdout)["state"]) == (0, "voided")
