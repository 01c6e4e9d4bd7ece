"""`pos reconcile` against its own gateways: payments of other tests would be listed as known only to the gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import SimulatorProcess

PIN = "258025"
DATA = "reconcile"


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[SimulatorProcess]:
    running = SimulatorProcess(tmp_path)
    running.post("/autopay", seconds="")
    yield running
    running.stop()


def sold(simulator: SimulatorProcess) -> str:
    """Return an unpaid order of 480 at WanPay."""
    done = simulator.pos("charge", "--tender", "atm", "--amount", "480", "--json", data=DATA)
    number: str = json.loads(done.stdout)["order_no"]
    return number


def test_a_day_is_reconciled_with_the_gateways(simulator: SimulatorProcess) -> None:
    number = sold(simulator)
    open_ = simulator.pos("reconcile", "--json", data=DATA)
    assert (open_.returncode, json.loads(open_.stdout)["unclear"]) == (4, 1)
    simulator.post(f"/orders/wanpay/{number}/pay")
    simulator.pos("recover", data=DATA)
    done = simulator.pos("reconcile", "--json", data=DATA)
    found = json.loads(done.stdout)
    assert (done.returncode, found["agree"], found["differ"]) == (0, 1, 0)
    assert (found["checks"][0]["number"], found["checks"][0]["state"]) == (number, "settled")
    assert simulator.pos("reconcile", "--date", "2026-13-01", data=DATA).returncode == 2
    assert simulator.pos("reconcile", "--date", "2999-01-01", data=DATA).returncode == 2
    assert "agree 0" in simulator.pos("reconcile", "--date", "2020-01-01", "--afresh", data=DATA).stdout
    nothing = simulator.pos("reconcile", "--waiting", "--json", data=DATA)
    assert (nothing.returncode, json.loads(nothing.stdout)) == (0, {"checks": []})


def test_a_difference_is_in_review_until_a_manager_settles_it(simulator: SimulatorProcess) -> None:
    number = sold(simulator)
    simulator.post(f"/orders/wanpay/{number}/pay")
    simulator.pos("recover", data=DATA)
    simulator.with_pin("staff", "add", "Owner", "--role", "owner", data=DATA, POS_NEW_PIN=PIN)
    simulator.post("/scenarios", fault="other_amount", gateway="wanpay", verb="query", times=1)
    done = simulator.with_pin("reconcile", "--json", data=DATA, POS_PIN=PIN)
    (check,) = json.loads(done.stdout)["checks"]
    assert (done.returncode, check["match"], check["state"], check["order_no"]) == (4, "differ", "review", number)

    back = ("refund", number, "--amount", "480", "--reason", "r", "--way", "cash")
    refused = simulator.with_pin(*back, data=DATA, POS_PIN=PIN)
    assert (refused.returncode, "Settle the difference under Reconcile first" in refused.stderr) == (2, True)
    assert simulator.pos("reconcile", "--waiting", data=DATA).returncode == 2
    waiting = simulator.with_pin("reconcile", "--waiting", "--json", data=DATA, POS_PIN=PIN)
    assert (waiting.returncode, json.loads(waiting.stdout)["checks"]) == (4, [check])

    settle = ("reconcile", "--settle", number, "--json")
    assert simulator.with_pin(*settle, "--reason", "asked WanPay", data=DATA).returncode == 2
    assert simulator.with_pin(*settle, data=DATA, POS_PIN=PIN).returncode == 2
    other_day = simulator.with_pin(*settle, "--reason", "r", "--date", "2020-01-01", data=DATA, POS_PIN=PIN)
    assert (other_day.returncode, "has no difference" in other_day.stderr) == (2, True)
    word = simulator.with_pin(*settle, "--reason", "asked WanPay", data=DATA, POS_PIN=PIN)
    assert (word.returncode, json.loads(word.stdout)["state"]) == (0, "settled")
    assert simulator.with_pin(*back, data=DATA, POS_PIN=PIN).returncode == 0
