"""`pos settings get | set | check`, in this process."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pos.cli.main import run

SETTINGS = """[shop]
lock_minutes = "5"

[gateways.opay]
merchant_id = "2000132"
dialect = "thrice"

[printer]
kind = "network"
address = "127.0.0.1:{port}"
"""

Pos = Callable[..., tuple[int, Any]]


@pytest.fixture
def printer() -> Iterator[socket.socket]:
    """A printer that takes connections, and answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture
def pos(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, printer: socket.socket
) -> Pos:
    monkeypatch.setenv("LANG", "C.UTF-8")
    config = tmp_path / "counter.toml"
    config.write_text(SETTINGS.format(port=printer.getsockname()[1]), encoding="utf-8")

    def call(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        status = run(["--data-dir", str(tmp_path / "data"), "--config", str(config), "settings", *words, "--json"])
        return status, json.loads(capsys.readouterr().out)

    return call


def test_a_setting_is_shown_with_its_rule_and_changed(pos: Pos) -> None:
    status, found = pos("get", "shop.lock_minutes")
    assert status == 0
    assert {name: found[name] for name in ("value", "default", "low", "high", "affects_money", "restart")} == {
        "value": 5, "default": 10, "low": 0, "high": 480, "affects_money": False, "restart": True,
    }  # fmt: skip
    status, found = pos("set", "shop.lock_minutes", "0")
    assert (status, found["value"], found["changed"]) == (0, 0, True)
    every = {one["key"]: one for one in pos("get")[1]["settings"]}
    assert every["shop.lock_minutes"]["value"] == 0
    assert every["printer.drawer"]["value"] is False
    assert every["tenders.keys"]["value"][0] == "wechat"
    assert every["gateways.opay.dialect"]["problem"].startswith("thrice is not known")


def test_what_the_settings_set_up_is_tried(pos: Pos, printer: socket.socket) -> None:
    status, found = pos("check")
    rows = {one["what"]: one for one in found["findings"]}
    assert status == 5, "the gateway is not set up right"
    assert "thrice is not known" in rows["opay"]["message"]
    assert rows["printer"]["ok"]
    assert {name for name, one in rows.items() if not one["set_up"]} == {
        "wanpay", "qfpay", "mypay", "opay_periodic", "server", "reports",
    }  # fmt: skip
    printer.close()
    assert not {one["what"]: one for one in pos("check")[1]["findings"]}["printer"]["ok"]
