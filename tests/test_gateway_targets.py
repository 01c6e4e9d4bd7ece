"""A changed gateway address on the command line: refused without the owner, remembered with the owner's PIN."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from tests.support import forked
from tests.support.processes import SimulatorProcess

PIN, MANAGERS = "258025", "147014"
CHARGE = ("charge", "--tender", "atm", "--gateway", "wanpay", "--amount", "125", "--json")


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    made = SimulatorProcess(tmp_path_factory.mktemp("targets"))
    yield made
    made.stop()


def test_a_shop_without_people_is_never_asked(simulator: SimulatorProcess) -> None:
    for _ in range(2):
        done = simulator.pos(*CHARGE, data="open")
        assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["state"] == "pending"


def test_a_changed_address_needs_the_owners_pin_once_and_is_in_the_z(simulator: SimulatorProcess) -> None:
    usual, data = simulator.announcement["wanpay"], "guarded"
    changed = {"wanpay": usual.replace("127.0.0.1", "localhost")}

    def hire(name: str, role: str, pin: str, owner: str = "") -> None:
        words = ("staff", "add", name, "--role", role)
        done = simulator.with_pin(*words, data=data, POS_NEW_PIN=pin, POS_PIN=owner)
        assert done.returncode == 0, done.stderr

    hire("Olga", "owner", PIN)
    hire("Max", "manager", MANAGERS, PIN)
    opened = simulator.pos("shift", "open", "--float", "1000", data=data)
    assert opened.returncode == 0, opened.stderr
    done = simulator.pos(*CHARGE, data=data)
    assert done.returncode == 0, done.stderr  # the simulator was set up when the first owner was added

    refused = simulator.pos(*CHARGE, data=data, **changed)
    assert refused.returncode == 2
    error = json.loads(refused.stdout)["error"]
    assert error["code"] == "not_allowed"
    assert all(part in error["message"] for part in (usual, changed["wanpay"], "pos key approve wanpay"))
    asked = simulator.pos("recover", "--json", data=data, **changed)
    assert [one["state"] for one in json.loads(asked.stdout)["payments"]] == ["pending"]

    for pin, status in (("", 2), (MANAGERS, 2), (PIN, 0)):
        approved = approve(simulator, data, changed, pin)
        assert approved.returncode == status, approved.stderr
    assert simulator.pos(*CHARGE, data=data, **changed).returncode == 0

    read = simulator.with_pin("shift", "status", "--json", data=data, POS_PIN=MANAGERS)
    addresses = {one["address"] for one in json.loads(read.stdout)["sent_to"]}
    assert addresses == {usual, changed["wanpay"]}


def approve(
    simulator: SimulatorProcess, data: str, changed: dict[str, str], pin: str
) -> subprocess.CompletedProcess[str]:
    words = simulator.words("key", "approve", "wanpay", data=data, **changed)
    return forked.run(words, {**simulator.environment(), "POS_PIN": pin})
