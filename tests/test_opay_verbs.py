"""O'Pay from the command line: the dialect is detected and journaled, and ``doctor`` reports if there is none."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pos.runtime import SystemClock
from pos.store.gateway_facts import read_gateway_facts
from tests.support import forked
from tests.support.processes import SimulatorProcess


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    running = SimulatorProcess(tmp_path_factory.mktemp("opay"))
    yield running
    running.stop()


def opay(simulator: SimulatorProcess, **environment: str) -> tuple[int, dict[str, Any]]:
    """Return the exit status of ``doctor`` and its line about O'Pay."""
    done = forked.run(simulator.words("doctor", "--json"), simulator.environment() | environment)
    found = [one for one in json.loads(done.stdout)["findings"] if one["what"] == "opay"]
    return done.returncode, found[0]


@pytest.mark.parametrize(("dialect", "reply"), [("any", "form"), ("once+json", "raw")])
def test_doctor_finds_the_dialect_by_itself(simulator: SimulatorProcess, dialect: str, reply: str) -> None:
    simulator.post("/opay", dialect=dialect, reply=reply)
    status, found = opay(simulator)
    assert (status, found["ok"]) == (0, True), found


def test_doctor_says_why_no_dialect_is_understood(simulator: SimulatorProcess) -> None:
    status, found = opay(simulator, POS_SECRET_OPAY_HASH_KEY="another key 1234")
    assert (status, found["ok"]) == (5, False)
    assert "The gateway refuses this shop's key: O'Pay understands none of our messages" in found["message"]
    assert "O'Pay says: Data cannot be decrypted" in found["message"]
    assert "gateways.opay.dialect" in found["message"]


def test_a_charge_writes_down_what_it_found(simulator: SimulatorProcess, tmp_path: Path) -> None:
    simulator.post("/opay", dialect="twice+json", reply="form")
    with socket.create_server(("127.0.0.1", 0)) as free:
        own = f"127.0.0.1:{free.getsockname()[1]}"
    command = simulator.words("charge", "--tender", "wechat", "--gateway", "opay", "--amount", "30", "--json")
    settings, place = tmp_path / "counter.toml", command.index("--config") + 1
    usual = Path(command[place]).read_text("utf-8")
    settings.write_text(f'{usual}[server]\nurl = "http://{own}"\nlisten = "{own}"\n', "utf-8")
    command[place] = str(settings)
    done = forked.run([*command, "--wait", "1"], simulator.environment())
    assert json.loads(done.stdout)["pay_url"].startswith(f"http://{own}/pay/"), done.stderr
    facts = read_gateway_facts(simulator.folder / "data", "R1", SystemClock())
    assert facts["opay", "dialect"].value == "twice+json"
    assert facts["opay", "dialect"].address == simulator.announcement["opay"]
