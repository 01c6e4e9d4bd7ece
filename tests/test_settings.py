"""The settings file: every rule named with file and line, and one broken gateway refuses only itself."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.domain.tenders import USUAL_KEYS, Tender
from pos.errors import ConfigError
from pos.gateways import GATEWAYS
from pos.settings import Settings, default_tenders
from pos.settings_reader import read_settings
from pos.shop_settings import ShopSettings, read_tables, settings_path, shop_settings_in, tender_keys_in
from tests.support.sample import examples

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
url = "https://192.168.1.5:8080"
listen = "0.0.0.0:8080"
"""


def load(folder: Path, text: str) -> Settings:
    path = folder / "counter.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path, FACTS)


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    assert (found.shop.name, found.shop.currency, found.shop.register) == ("測試商店", "HKD", "R2")
    assert found.gateway_options("qfpay")["require_signature"] == "yes"
    assert found.gateway_options("wanpay") == {"orgno": "21008024", "validity_days": "7"}
    assert found.gateway_options("opay") == {}
    assert found.tenders["wechat"] == ("qfpay",)
    assert found.tenders["alipay"] == default_tenders()["alipay"]
    assert found.server.listen == "0.0.0.0:8080"
    assert found.problems == ()


def test_backups_go_where_the_file_says(tmp_path: Path) -> None:
    usual = load(tmp_path, "").backup
    assert (usual.place(Path("/data")), usual.keep, usual.days) == (Path("/data/backups"), 30, 400)
    found = load(tmp_path, '[backup]\nfolder = "copies"\nkeep = 90\ndays = 2000\n').backup
    assert (found.place(Path("/data")), found.keep, found.days) == (Path("/data/copies"), 90, 2000)
    elsewhere = str(tmp_path / "nas")
    assert load(tmp_path, f"[backup]\nfolder = '{elsewhere}'\n").backup.place(Path("/data")) == tmp_path / "nas"


def test_reports_go_where_the_file_says_as_what_it_says(tmp_path: Path) -> None:
    usual = load(tmp_path, "").reports
    assert (usual.place, usual.kinds) == (None, ("xlsx", "pdf"))
    found = load(tmp_path, f"[reports]\nfolder = '{tmp_path}'\nformats = 'csv, pdf, csv'\n").reports
    assert (found.place, found.kinds) == (tmp_path, ("csv", "pdf"))


def test_without_a_file_there_are_the_defaults(tmp_path: Path) -> None:
    found = read_settings(tmp_path / "none.toml", FACTS)
    assert (found.shop.currency, found.shop.language, found.shop.timezone) == ("TWD", "zh_TW", "Asia/Taipei")
    assert found.tenders["wechat"][:3] == ("opay", "qfpay", "mypay")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[shop\n", "not valid TOML"),
        ('[shop]\nname = "a"\ncurrency = "HKDD"\n', "line 3: shop.currency: HKDD is not known; did you mean HKD"),
        ('[shop]\ncurency = "HKD"\n', "line 2: shop.curency: curency is not known; did you mean currency"),
        ('[shopp]\nname = "x"\n', "line 1: shopp: shopp is not known; did you mean shop"),
        ('[shop]\nlanguage = "fr"\n', "line 2: shop.language: fr is not known; one of zh_TW, en"),
        (
            '[shop]\ntimezone = "Asia/Taipeh"\n',
            "line 2: shop.timezone: Asia/Taipeh is not known; did you mean Asia/Taipei",
        ),
        ('[shop]\ntimezone = "../etc/passwd"\n', "line 2: shop.timezone"),
        ('[shop]\nregister = "Kasse 1"\n', "1 to 10 letters"),
        ("[shop]\nname = 1.5\n", "it must be text"),
        ('[shop]\nname = "a\\nb"\n', "line 2: shop.name: it must be text"),
        ("shop = 3\n", "line 1: shop: it must be a section"),
        ('[shop] # on receipts\nban = "1234"\n', "line 2: shop.ban: it must be 8 digits"),
        ("[shop]\nban = '１２３４５６７８'\n", "line 2: shop.ban: it must be 8 digits"),
        ("[shop]\nlock_minutes = 481\n", "line 2: shop.lock_minutes: it must be a number from 0 to 480"),
        ("[shop]\nlock_minutes = -1\n", "line 2: shop.lock_minutes: it must be a number from 0 to 480"),
        ('[shop]\nlock_minutes = "soon"\n', "line 2: shop.lock_minutes"),
        ('[gateways.opai]\nx = "1"\n', "did you mean opay"),
        ('[tenders]\nwechat = "qfpay"\n', "list of gateways"),
        ('[tenders]\nwechat = ["qfpaj"]\n', "did you mean qfpay"),
        ('[tenders]\nwechatt = ["qfpay"]\n', "did you mean wechat"),
        ("[tenders]\nkeys = []\n", "list of ways to pay"),
        ('[tenders]\nkeys = "cash"\n', "list of ways to pay"),
        ('[tenders]\nkeys = ["line_pai"]\n', "did you mean line_pay"),
        ('[tenders]\nkeys = ["cash", "card_periodic"]\n', "tenders.keys"),
        ('[tenders]\nkeys = ["cash", "atm", "cash"]\n', "names cash twice"),
        ('[server]\nlisten = "8080"\n', "host:port"),
        ('[server]\nlisten = "a:99999"\n', "host:port"),
        ('[server]\nurl = "shop"\n', "an https address"),
        ('[server]\nurl = "https://["\n', "line 2: server.url: it must be an https address"),
        *(
            (f'[server]\nurl = "{url}"\n', "line 2: server.url: it must be an https address")
            for url in (
                "http://192.168.1.5:8080",
                "http://shop.example",
                "http://127.0.0.1.evil",
                "ftp://127.0.0.1",
                "x",
            )
        ),
        ("[backup]\nkeep = 0\n", "line 2: backup.keep: it must be a number from 1 to 9999"),
        ('[backup]\ndays = "a year"\n', "line 2: backup.days: it must be a number from 1 to 9999"),
        ('[backup]\ndays = "４００"\n', "line 2: backup.days"),
        (f"[backup]\ndays = {'9' * 5000}\n", "not valid TOML"),
        (f"[backup]\ndays = {'[' * 5000}\n", "not valid TOML"),
        ("[backup]\ndays = 100000\n", "line 2: backup.days"),
        ('[backup]\nfolder = "~nobody-of-this-name/x"\n', "line 2: backup.folder: it must be a folder"),
        ('[backup]\nfoldr = "x"\n', "line 2: backup.foldr: foldr is not known; did you mean folder"),
        ('[reports]\nfolder = "reports"\n', "line 2: reports.folder: it must be the whole path of a folder"),
        ('[reports]\nfolder = "~nobody-of-this-name/x"\n', "line 2: reports.folder: it must be the whole path"),
        ('[reports]\nformats = "xlsx,pdff"\n', "line 2: reports.formats: pdff is not known; did you mean pdf"),
        ('[reports]\nformats = " , "\n', "line 2: reports.formats: it must name at least one of csv, xlsx, pdf"),
        ('[reports]\nformat = "pdf"\n', "line 2: reports.format: format is not known; did you mean formats"),
        ('[invoice]\ncash = "wanpay"\n', "line 2: invoice.cash: wanpay is not known"),
        ("[printer]\nrows = 9\n", "line 2: printer.rows: it must be a number from 600 to 800"),
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
        ('notify_url = "http://shop.example/notify"', "line 4: gateways.wanpay.notify_url"),
        ('orgnr = "1"', "did you mean orgno"),
        ("orgno = [1]", "it must be text"),
        ('base_url = "https://["', "line 4: gateways.wanpay.base_url: https://[ must be an https address"),
    ],
)
def test_a_broken_gateway_refuses_only_itself(tmp_path: Path, line: str, words: str) -> None:
    found = load(tmp_path, f'[shop]\nname = "x"\n[gateways.wanpay]\n{line}\n[gateways.mypay]\nstore_uid = "1"\n')
    assert [problem.gateway for problem in found.problems] == ["wanpay"]
    with pytest.raises(ConfigError, match="wanpay") as caught:
        found.check_gateway("wanpay")
    assert words in str(caught.value)
    found.check_gateway("mypay")


@pytest.mark.parametrize(
    ("text", "where", "line", "words"),
    [
        ('[gateways]\nopay = "on"\n', "gateways.opay", 2, "it must be a section"),
        ("[gateways.opay]\nbase_url = 1979-05-27\n", "gateways.opay.base_url", 2, "it must be text"),
        ('[gateways.qfpay]\nregion = "hkk"\n', "gateways.qfpay.region", 2, "hkk is not known; did you mean hk"),
    ],
)
def test_a_problem_of_a_gateway_has_its_file_and_line(
    tmp_path: Path, text: str, where: str, line: int, words: str
) -> None:
    (problem,) = load(tmp_path, text).problems
    assert (problem.where, problem.line) == (where, line)
    assert f"counter.toml, line {line}: {where}: {words}" in str(problem.message)


def test_a_merchant_key_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    found = load(tmp_path, '[gateways.opay]\nhash_key = "5294y06JbISpM5x9"\n')
    with pytest.raises(ConfigError, match="merchant keys do not belong in this file"):
        found.check_gateway("opay")
    assert "5294y06JbISpM5x9" not in repr(found)


def test_a_file_saved_by_notepad_with_its_mark_in_front_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, f"\ufeff{GOOD}").shop.register == "R2"


def test_a_file_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "counter.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_settings(tmp_path / "counter.toml", FACTS)


def test_a_choice_is_stored_and_comments_stay(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    found.save_choice("shop", "language", "zh_TW")
    found.save_choice("shop", "theme", "dark")
    text = found.path.read_text(encoding="utf-8")
    assert "# our shop" in text
    assert "# on receipts" in text
    again = read_settings(found.path, FACTS)
    assert (again.shop.language, again.shop.theme) == ("zh_TW", "dark")
    assert list(tmp_path.iterdir()) == [found.path]


def test_a_choice_makes_the_file_where_there_is_none(tmp_path: Path) -> None:
    Settings(tmp_path / "new" / "counter.toml").save_choice("shop", "theme", "dark")
    assert read_settings(tmp_path / "new" / "counter.toml", FACTS).shop.theme == "dark"
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        Settings(tmp_path / "file" / "counter.toml").save_choice("shop", "theme", "dark")


def test_a_choice_of_a_gateway_goes_into_its_own_section(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    found.save_choice("gateways.wanpay", "notify_url", "https://shop.example/wanpay")
    found.save_choice("gateways.opay", "merchant_id", "2000132")
    again = read_settings(found.path, FACTS)
    assert again.gateway_options("wanpay")["notify_url"] == "https://shop.example/wanpay"
    assert again.gateway_options("opay") == {"merchant_id": "2000132"}
    assert again.problems == ()


def test_changes_of_another_program_are_kept(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    found.path.write_text(GOOD.replace('"R2"', '"R7"'), encoding="utf-8")
    found.save_choice("shop", "theme", "dark")
    assert read_settings(found.path, FACTS).shop.register == "R7"


def test_a_file_broken_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    found.path.write_text("[shop", encoding="utf-8")
    with pytest.raises(ConfigError, match="not valid TOML"):
        found.save_choice("shop", "theme", "dark")
    assert found.path.read_text(encoding="utf-8") == "[shop"


@pytest.mark.skipif(sys.platform == "win32", reason="modes and links of Unix")
def test_the_files_mode_and_a_link_to_it_survive_a_choice(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    found.path.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(found.path)
    read_settings(link, FACTS).save_choice("shop", "theme", "dark")
    assert link.is_symlink()
    assert found.path.stat().st_mode & 0o777 == 0o640
    assert read_settings(found.path, FACTS).shop.theme == "dark"


@pytest.mark.parametrize(
    ("line", "minutes"),
    [("lock_minutes = 0", "0"), ('lock_minutes = "25"', "25"), ("lock_minutes = true", "10"), ("", "10"),
     ("lock_minutes = 999", "10")],
)  # fmt: skip
def test_the_window_knows_the_minutes_of_the_lock_before_the_file_is_checked(
    tmp_path: Path, line: str, minutes: str
) -> None:
    (tmp_path / "counter.toml").write_text(f"[shop]\n{line}\n", encoding="utf-8")
    assert shop_settings_in(read_tables(tmp_path / "counter.toml")).lock_minutes == minutes


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("", USUAL_KEYS),
        ('wechat = ["qfpay"]', USUAL_KEYS),
        ('keys = ["line_pay", "cash"]', (Tender.LINE_PAY, Tender.CASH)),
    ],
)
def test_the_tenders_on_the_keys_are_the_shops_own_list(tmp_path: Path, line: str, shown: tuple[Tender, ...]) -> None:
    found = load(tmp_path, f"[tenders]\n{line}\n")
    assert found.tender_keys == tender_keys_in(read_tables(found.path)) == shown
    assert found.affecting_money()["tenders"].keys() == default_tenders().keys()


@pytest.mark.parametrize("line", ["keys = 3", "keys = []", 'keys = ["cash", 1]', 'keys = ["nothing"]'])
def test_a_glance_at_a_faulty_list_of_keys_shows_the_usual_ones(tmp_path: Path, line: str) -> None:
    (tmp_path / "counter.toml").write_text(f"[tenders]\n{line}\n", encoding="utf-8")
    assert tender_keys_in(read_tables(tmp_path / "counter.toml")) == USUAL_KEYS


def test_a_choice_in_memory_changes_nothing_else() -> None:
    changed = Settings(Path("x")).changed("shop", "theme", "dark")
    assert (changed.shop.theme, changed.shop.currency) == ("dark", "TWD")


def test_where_the_file_lies() -> None:
    assert settings_path("/a.toml", {"POS_CONFIG": "/b.toml"}) == Path("/a.toml")
    assert settings_path(None, {"POS_CONFIG": "/b.toml"}) == Path("/b.toml")
    assert settings_path(None, {}).name == "counter.toml"


WORDS = (
    "[shop]", "[gateways.opay]", "[gateways.opai]", "[gateways]", "[tenders]", "[server]", "[", "=", "\n", '"', "#",
    "'", "base_url", "currency", "listen", "wechat", "opay", "1", "x", "true", "[]", "{}", '"https://["', "é",
)  # fmt: skip


@settings(max_examples=examples(200, 50), deadline=None)
@given(text=st.one_of(st.text(), st.lists(st.sampled_from(WORDS)).map(" ".join)))
def test_any_content_of_the_file_is_read_or_refused(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(ConfigError):
        assert read_settings(path, FACTS).path == path


@pytest.mark.parametrize("text", ["[shop", "shop = 3", "\xff"])
def test_a_glance_at_a_broken_file_shows_the_defaults(tmp_path: Path, text: str) -> None:
    (tmp_path / "counter.toml").write_bytes(text.encode("latin-1"))
    assert shop_settings_in(read_tables(tmp_path / "counter.toml")) == ShopSettings()


def test_a_glance_takes_what_may_be_shown_and_passes_the_rest(tmp_path: Path) -> None:
    (tmp_path / "counter.toml").write_text('[shop]\nname = "珍珠"\ntheme = "pink"\nnmae = "x"\nregister = 7\n', "utf-8")
    assert shop_settings_in(read_tables(tmp_path / "counter.toml")) == ShopSettings(name="珍珠")
