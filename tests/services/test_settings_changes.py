"""A change of the settings: checked by the reader's rules, journaled with who, and comments of the file stay."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pos.assembly import Ports
from pos.bootstrap import Register, build_register
from pos.domain.staff import Action, Role
from pos.errors import ConfigError, InputError, NotAllowed
from pos.secrets import SecretStore
from pos.services.settings_changes import SettingsService
from pos.settings_file import FACTS, SettingsFile
from pos.settings_reader import read_settings
from pos.store.database import FILE_NAME, Database
from tests.support.access import permit

BEFORE = """# our shop
[shop]
name = "茶行"   # on receipts

# the ATM
[gateways.wanpay]
orgno = "21008024"  # from the contract
base_url = "https://test.wan-pay.com"

[printer]
drawer = true
"""

AFTER = """# our shop
[shop]
name = "茶行"   # on receipts
lock_minutes = 5

# the ATM
[gateways.wanpay]
orgno = "21008024"  # from the contract

[gateways.qfpay]
app_code = "APP"

[printer]
drawer = false

[tenders]
keys = ["cash", "atm"]
"""

TYPED = {
    "shop.lock_minutes": " 5", "gateways.wanpay.base_url": "", "gateways.qfpay.app_code": "APP",
    "printer.drawer": "no", "tenders.keys": "cash, atm", "shop.name": "茶行",
}  # fmt: skip


def refuse_all(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("down", request=request)


def register_in(folder: Path) -> Register:
    path = folder / "counter.toml"
    ports = Ports(transport=lambda: httpx.MockTransport(refuse_all))
    secrets = SecretStore(folder, folder, {"POS_SECRET_WANPAY_KEY": "k" * 32})
    return build_register(read_settings(path, FACTS), secrets, folder, ports)


@pytest.fixture
def register(tmp_path: Path) -> Register:
    (tmp_path / "counter.toml").write_text(BEFORE, encoding="utf-8")
    return register_in(tmp_path)


@pytest.fixture
def service(register: Register) -> Iterator[SettingsService]:
    with asyncio.Runner() as runner:
        yield runner.run(register.host.open(watching=False)).settings
        runner.run(register.host.close())


def journaled(folder: Path) -> list[tuple[str, dict[str, object]]]:
    """Return who changed what."""
    database = Database(folder / FILE_NAME, read_only=True)
    rows = database.rows("SELECT actor, body FROM journal WHERE kind = 'setting_changed'")
    database.close()
    return [(actor, json.loads(body)) for actor, body in rows]


def test_changes_are_written_with_comments_and_journaled_with_who(service: SettingsService, tmp_path: Path) -> None:
    service.change(TYPED, permit(Action.SETTINGS, "olga"))
    assert (tmp_path / "counter.toml").read_text(encoding="utf-8") == AFTER
    found = journaled(tmp_path)
    assert {actor for actor, _body in found} == {"olga"}
    assert [(body["key"], body["before"], body["value"]) for _actor, body in found] == [
        ("shop.lock_minutes", 10, 5),
        ("gateways.wanpay.base_url", "https://test.wan-pay.com", ""),
        ("gateways.qfpay.app_code", "", "APP"),
        ("printer.drawer", True, False),
        ("tenders.keys", ["wechat", "alipay", "atm", "mypay", "cash"], ["cash", "atm"]),
    ]
    assert service.values()["tenders.keys"] == ("cash", "atm")
    assert not service.change(TYPED, permit(Action.SETTINGS, "olga")), "they are the stored ones now"


@pytest.mark.parametrize(
    ("key", "typed", "words"),
    [
        ("shop.lock_minutes", "481", "shop.lock_minutes: it must be a number from 0 to 480"),
        ("shop.register", "", "shop.register: it must be 1 to 10 letters and digits"),
        ("printer.drawer", "perhaps", "printer.drawer: perhaps is not known; one of yes, no"),
        ("tenders.keys", "", "it must be a list of ways to pay"),
        ("tenders.wechat", "opay, wanpayy", "did you mean wanpay"),
        ("gateways.wanpay.validity_days", "31", "^gateways.wanpay.validity_days must be a number from 1 to 30"),
        ("gateways.wanpay.notify_url", "http://shop.example", "must be an https address"),
        ("gateways.wanpay.key", "k" * 32, "is a merchant key, and no setting. Store it: pos key set wanpay.key"),
        ("wanpay.key", "k" * 32, "pos key set wanpay.key"),
        ("shop.nmae", "Tea", "did you mean shop.name"),
    ],
)
def test_a_value_that_breaks_a_rule_is_refused_and_nothing_is_written(
    service: SettingsService, tmp_path: Path, key: str, typed: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        service.change({"shop.name": "Tea", key: typed}, permit(Action.SETTINGS))
    assert (tmp_path / "counter.toml").read_text(encoding="utf-8") == BEFORE
    assert journaled(tmp_path) == []


def test_only_a_permission_for_settings_changes_them(service: SettingsService) -> None:
    with pytest.raises(NotAllowed, match="the settings"):
        service.change({"shop.name": "Tea"}, permit(Action.REPORTS))


def test_a_file_that_cannot_be_written_is_not_journaled(service: SettingsService, tmp_path: Path) -> None:
    path = tmp_path / "counter.toml"
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        service.change({"shop.name": "Tea"}, permit(Action.SETTINGS))
    path.rmdir()
    path.symlink_to(tmp_path / "counter.sqlite" / "counter.toml")  # below a file, so that it cannot be created
    with pytest.raises(ConfigError, match="cannot be written"):
        service.change({"shop.name": "Tea"}, permit(Action.SETTINGS))
    assert journaled(tmp_path) == []


def test_a_gateway_is_tried_with_the_stored_settings_and_what_is_wrong_is_said(register: Register) -> None:
    async def results() -> list[str]:
        service = (await register.host.open(watching=False)).settings
        found = [await service.test("wanpay"), await service.test("opay")]
        service.change({"gateways.opay.merchant_id": "2000132"}, permit(Action.SETTINGS))
        found.append(await service.test("opay"))
        await register.host.close()
        assert not any(one.ok for one in found)
        return [one.message.spoken() for one in found]

    refused, unset, keyless = asyncio.run(results())
    assert "cannot be reached" in refused
    assert "gateways.opay.merchant_id is not set" in unset
    assert "pos key set opay.hash_key" in keyless


def test_a_changed_address_is_not_tried_before_the_owner_approves_it(register: Register) -> None:
    async def said() -> str:
        services = await register.host.open(watching=False)
        await services.staff.add("Olga", Role.OWNER, "258025")
        services.settings.change({"gateways.wanpay.base_url": "https://wan-pay.example"}, permit(Action.SETTINGS))
        found = await services.settings.test("wanpay")
        await register.host.close()
        return found.message.spoken()

    assert "would be reached at https://wan-pay.example" in asyncio.run(said())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[shop]\nname = "a"', '[shop]\nname = "Tea"\nban = "12345678"\n\n[gateways.qfpay]\napp_code = "A"\n\n'),
        ('shop.name = "a"\n', 'shop.name = "Tea"\nshop.ban = "12345678"\n\n[gateways.qfpay]\napp_code = "A"\n\n'),
        (
            'gateways = { opay = { merchant_id = "1" } }\n\n[shop]\n# about the shop\n',
            'gateways = { opay = { merchant_id = "1" }, qfpay = {app_code = "A"}}\n\n'
            '[shop]\nname = "Tea"\nban = "12345678"\n# about the shop\n',
        ),
    ],
)
def test_a_file_in_any_form_keeps_its_form(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "counter.toml"
    path.write_text(before, encoding="utf-8")
    typed = {"shop.name": "Tea", "shop.ban": "12345678", "gateways.qfpay.app_code": "A"}
    SettingsFile(read_settings(path, FACTS)).plan(typed).write()
    assert path.read_text(encoding="utf-8") == after
    assert read_settings(path, FACTS).gateway_options("qfpay") == {"app_code": "A"}
