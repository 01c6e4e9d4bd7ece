"""The settings file: every rule named with file and line, and one broken gateway refuses only itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos.errors import ConfigError
from pos.gateways import GATEWAYS
from pos.settings import Settings, settings_path

FACTS = {name: kind.FACTS for name, kind in GATEWAYS.items()}

GOOD = """
# our shop
[shop]
name = "測試商店"   # on receipts
currency = "HKD"
language = "en"
timezone = "Asia/Hong_Kong"
register = "R2"

[gateways.qfpay]
app_code = "APP"
currency = "HKD"
base_url = "https://openapi-hk.qfapi.com"
require_signature = true

[gateways.wanpay]
orgno = "21008024"
validity_days = 7

[tenders]
wechat = ["qfpay"]

[server]
url = "http://192.168.1.5:8080"
listen = "0.0.0.0:8080"
"""


def load(folder: Path, text: str) -> Settings:
    path = folder / "counter.toml"
    path.write_text(text, encoding="utf-8")
    return Settings.load(path, FACTS)


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    assert (found.shop.name, found.shop.currency, found.shop.register) == ("測試商店", "HKD", "R2")
    assert found.gateway_options("qfpay")["require_signature"] == "yes"
    assert found.gateway_options("wanpay") == {"orgno": "21008024", "validity_days": "7"}
    assert found.gateway_options("opay") == {}
    assert found.tenders["wechat"] == ("qfpay",)
    assert found.tenders["alipay"] == ("qfpay", "mypay")
    assert found.server.listen == "0.0.0.0:8080"
    assert found.problems == ()


def test_without_a_file_there_are_the_defaults(tmp_path: Path) -> None:
    found = Settings.load(tmp_path / "none.toml", FACTS)
    assert (found.shop.currency, found.shop.language, found.shop.timezone) == ("TWD", "zh_TW", "Asia/Taipei")
    assert found.tenders["wechat"] == ("opay", "qfpay", "mypay")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[shop\n", "not valid TOML"),
        ('[shop]\nname = "a"\ncurrency = "HKDD"\n', "line 3: shop.currency: HKDD is not known; did you mean HKD"),
        ('[shop]\ncurency = "HKD"\n', "line 2: shop.curency: curency is not known; did you mean currency"),
        ('[shopp]\nname = "x"\n', "line 1: shopp: shopp is not known; did you mean shop"),
        ('[shop]\nlanguage = "fr"\n', "line 2: shop.language: fr is not known; one of zh_TW, en"),
        ('[shop]\ntimezone = "Asia/Taipeh"\n', "line 2: shop.timezone"),
        ('[shop]\ntimezone = "../etc/passwd"\n', "line 2: shop.timezone"),
        ('[shop]\nregister = "Kasse 1"\n', "1 to 10 letters"),
        ("[shop]\nname = 1.5\n", "it must be text"),
        ("shop = 3\n", "line 1: shop: it must be a section"),
        ('[gateways.opai]\nx = "1"\n', "did you mean opay"),
        ('[tenders]\nwechat = "qfpay"\n', "list of gateways"),
        ('[tenders]\nwechat = ["qfpaj"]\n', "did you mean qfpay"),
        ('[tenders]\nwechatt = ["qfpay"]\n', "did you mean wechat"),
        ('[server]\nlisten = "8080"\n', "host:port"),
        ('[server]\nlisten = "a:99999"\n', "host:port"),
        ('[server]\nurl = "shop"\n', "an address"),
    ],
)
def test_a_broken_rule_is_named_with_file_and_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert words in str(caught.value)
    assert "counter.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('base_url = "http://api.wan-pay.com"', "line 4: gateways.wanpay.base_url"),
        ('orgnr = "1"', "did you mean orgno"),
        ("orgno = [1]", "it must be text"),
    ],
)
def test_a_broken_gateway_refuses_only_itself(tmp_path: Path, line: str, words: str) -> None:
    found = load(tmp_path, f'[shop]\nname = "x"\n[gateways.wanpay]\n{line}\n[gateways.mypay]\nstore_uid = "1"\n')
    assert [problem.gateway for problem in found.problems] == ["wanpay"]
    with pytest.raises(ConfigError, match="wanpay") as caught:
        found.check_gateway("wanpay")
    assert words in str(caught.value)
    found.check_gateway("mypay")


def test_a_file_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "counter.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        Settings.load(tmp_path / "counter.toml", FACTS)


def test_a_choice_is_stored_and_comments_stay(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    found.save_choice("shop", "language", "zh_TW")
    found.save_choice("shop", "theme", "dark")
    text = found.path.read_text(encoding="utf-8")
    assert "# our shop" in text
    assert "# on receipts" in text
    again = Settings.load(found.path, FACTS)
    assert (again.shop.language, again.shop.theme) == ("zh_TW", "dark")
    assert list(tmp_path.iterdir()) == [found.path]


def test_a_choice_makes_the_file_where_there_is_none(tmp_path: Path) -> None:
    Settings(tmp_path / "new" / "counter.toml").save_choice("shop", "theme", "dark")
    assert Settings.load(tmp_path / "new" / "counter.toml", FACTS).shop.theme == "dark"
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        Settings(tmp_path / "file" / "counter.toml").save_choice("shop", "theme", "dark")


def test_a_choice_in_memory_changes_nothing_else() -> None:
    changed = Settings(Path("x")).changed("shop", "theme", "dark")
    assert (changed.shop.theme, changed.shop.currency) == ("dark", "TWD")


def test_where_the_file_lies() -> None:
    assert settings_path("/a.toml", {"POS_CONFIG": "/b.toml"}) == Path("/a.toml")
    assert settings_path(None, {"POS_CONFIG": "/b.toml"}) == Path("/b.toml")
    assert settings_path(None, {}).name == "counter.toml"
