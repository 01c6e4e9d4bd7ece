"""The declarations of the settings: what the reader refuses, the reference shows and the settings pages offer."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos.declared_settings import DeclaredSetting, Kind, declared_settings, value_of
from pos.gateways import GATEWAYS
from pos.settings import Settings
from pos.settings_reader import read_settings

FACTS = {name: kind.FACTS for name, kind in GATEWAYS.items()}
DECLARED = declared_settings(FACTS)

OTHER = {
    "shop.name": "茶", "shop.ban": "12345678", "shop.register": "R2", "shop.timezone": "Asia/Tokyo",
    "shop.lock_minutes": "5", "server.url": "https://a.example", "server.listen": "0.0.0.0:80", "server.token": "t",
    "printer.address": "a:1", "printer.rows": "700", "printer.drawer_pulse_ms": "50", "backup.folder": "b",
    "backup.keep": "7", "backup.days": "7", "reports.folder": "/r", "reports.formats": "csv",
    "tenders.keys": "cash",
}  # fmt: skip
"""A valid value that is not the default, where no list of choices has one."""


def another(one: DeclaredSetting) -> str:
    usual = one.shown(one.default)
    choices = [choice for choice in one.choices if choice != usual]
    typed = "https://b.example" if one.key.endswith("_url") else choices[0] if choices else "7"
    return OTHER.get(one.key, typed)


@pytest.mark.parametrize("key", DECLARED)
def test_a_declared_setting_is_read_and_affects_money_as_declared(key: str, tmp_path: Path) -> None:
    one, path = DECLARED[key], tmp_path / "counter.toml"
    value = one.parsed(another(one))
    assert not one.problem(value if isinstance(value, list) else one.shown(value))
    written = str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
    path.write_text(f"[{one.section}]\n{one.name} = {written}\n", encoding="utf-8")
    read, usual = read_settings(path, FACTS), Settings(path)
    assert one.shown(value_of(read, one)) == another(one)
    assert (read.affecting_money() != usual.affecting_money()) == one.affects_money
    assert one.shown(value_of(usual, one)) == one.shown(one.default)


def test_a_typed_value_is_written_in_the_form_of_its_setting() -> None:
    assert DECLARED["printer.drawer"].parsed(" yes ") is True
    assert DECLARED["printer.baud"].parsed("9600") == 9600
    assert DECLARED["shop.lock_minutes"].parsed("5") == 5
    assert DECLARED["shop.ban"].parsed("01234567") == "01234567"
    assert DECLARED["tenders.wechat"].parsed("opay, mypay") == ["opay", "mypay"]
    assert {one.kind for one in DECLARED.values()} == set(Kind)


def test_a_merchant_key_is_no_setting() -> None:
    keys = {f"gateways.{name}.{secret.key}" for name, facts in FACTS.items() for secret in facts.secrets}
    assert keys.isdisjoint(DECLARED)
