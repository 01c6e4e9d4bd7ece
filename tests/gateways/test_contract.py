"""What every gateway owes the register: a new one in the registry gets these tests unwritten."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import traceback
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.domain.money import Money
from pos.domain.payment import Line, Tender
from pos.errors import BadNotice, BadReply, ConfigError, InputError, NoAnswer, NotAllowed, PosError
from pos.gateways import GATEWAYS
from pos.gateways.base import GatewayConfig, Verdict
from pos.gateways.opay.client import Opay
from tests.gateways.conftest import CURRENCY, NAMES, OPTIONS, SECRETS, Responder, client, form, replying, run
from tests.gateways.replies import PAID, answer, order
from tests.support.shop import NOON


@pytest.mark.parametrize("name", NAMES)
def test_its_facts_are_complete(name: str) -> None:
    facts = GATEWAYS[name].FACTS
    assert facts.name == name
    assert facts.title
    assert facts.tenders
    assert facts.currencies
    assert facts.document
    assert facts.base_url.startswith("https://")
    assert facts.lifetime > timedelta()
    assert client(name, replying({})).lifetime() > timedelta()
    assert len({one.key for one in facts.settings}) == len(facts.settings)
    assert "base_url" in {one.key for one in facts.settings}
    assert any(one.required for one in facts.secrets)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_setting_or_key_is_named(name: str) -> None:
    kind = GATEWAYS[name]
    kind.check_config(GatewayConfig(OPTIONS[name], SECRETS[name]))
    for setting in kind.FACTS.settings:
        if setting.required:
            fewer = {key: value for key, value in OPTIONS[name].items() if key != setting.key}
            with pytest.raises(ConfigError, match=rf"gateways\.{name}\.{setting.key} is not set"):
                kind.check_config(GatewayConfig(fewer, SECRETS[name]))
        if setting.choices:
            with pytest.raises(ConfigError, match="must be one of"):
                kind.check_config(GatewayConfig({**OPTIONS[name], setting.key: "nonsense"}, SECRETS[name]))
    for secret in kind.FACTS.secrets:
        if secret.required:
            with pytest.raises(
                ConfigError, match=rf"{name}.{secret.key} is not stored: pos key set {name}.{secret.key}"
            ):
                kind.check_config(GatewayConfig(OPTIONS[name], {**SECRETS[name], secret.key: ""}))
        if secret.lengths:
            with pytest.raises(ConfigError, match="ASCII characters"):
                kind.check_config(GatewayConfig(OPTIONS[name], {**SECRETS[name], secret.key: "short"}))


@pytest.mark.parametrize("name", NAMES)
def test_keys_are_in_no_words_of_it(name: str) -> None:
    made = client(name, replying({}))
    assert all(secret not in repr(made.config) + repr(made.__dict__) for secret in SECRETS[name].values())


@pytest.mark.parametrize("name", NAMES)
def test_another_currency_or_tender_is_refused_in_words(name: str) -> None:
    made, attempt = client(name, replying({})), order(name)
    made.check(attempt)
    with pytest.raises(InputError, match=r"does not take USD|is set up for"):
        made.can_take(attempt.tender, Money(125, "USD"))
    with pytest.raises(InputError, match="does not offer"):
        made.can_take(Tender.CARD_PERIODIC, attempt.amount)


@pytest.mark.parametrize("name", NAMES)
def test_limits_hold_on_both_sides(name: str) -> None:
    made, attempt = client(name, replying({})), order(name)
    low, high = made.FACTS.minimum.get(CURRENCY[name]), made.FACTS.maximum.get(CURRENCY[name])
    assert low is not None
    made.can_take(attempt.tender, Money(low, CURRENCY[name]))
    with pytest.raises(InputError, match="at least"):
        made.can_take(attempt.tender, Money(low - 1, CURRENCY[name]))
    if high is not None:
        made.can_take(attempt.tender, Money(high, CURRENCY[name]))
        with pytest.raises(InputError, match="at most"):
            made.can_take(attempt.tender, Money(high + 1, CURRENCY[name]))


@pytest.mark.parametrize("name", NAMES)
def test_a_paid_order_is_paid_with_its_amount(name: str) -> None:
    found = run(client(name, answer(PAID[name]())).query(order(name)))
    assert (found.verdict, found.amount) == (Verdict.PAID, Money(125, CURRENCY[name]))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", [b"", b"<html>Wi-Fi</html>", b"{", b"[]", b"null", b'{"a":', b"\xff\xfe", b'""'])
@pytest.mark.parametrize("verb", ["charge", "query"])
def test_a_damaged_reply_is_doubt(name: str, body: bytes, verb: str) -> None:
    made = client(name, lambda request: httpx.Response(200, content=body))
    if (name, verb) == ("opay", "charge"):
        return  # it sends nothing
    with pytest.raises(NoAnswer):
        run(getattr(made, verb)(order(name)))


@pytest.mark.parametrize("name", NAMES)
def test_a_reply_without_a_needed_field_is_doubt(name: str) -> None:
    whole = json.loads(json.dumps(PAID[name]()))
    for field in [key for key in whole if key not in ("info", "msg", "resperr", "respmsg", "RtnMsg")]:
        found = dict(whole)
        del found[field]
        try:
            said = run(client(name, answer(found)).query(order(name)))
        except NoAnswer:
            continue
        assert said.verdict is not Verdict.PAID or said.amount == Money(125, CURRENCY[name])


@pytest.mark.parametrize("name", NAMES)
def test_the_networks_doubt_goes_through_untouched(name: str) -> None:
    for status in (500, 302, 403):
        with pytest.raises(NoAnswer):
            run(client(name, replying({}, status)).query(order(name)))


def _leaves(value: Any) -> Any:
    return st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(),
        st.just(value),
    )


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_no_reply_breaks_the_client(name: str, data: st.DataObject) -> None:
    """Any field of a good reply replaced by anything: an answer or a declared error, nothing else."""
    whole = json.loads(json.dumps(PAID[name]()))
    target = whole
    inner = whole.get("data")
    if isinstance(inner, list):
        target = inner[0]
    elif isinstance(inner, dict):
        target = inner
    field = data.draw(st.sampled_from(sorted(target)))
    target[field] = data.draw(
        st.one_of(_leaves(target[field]), st.lists(st.text()), st.dictionaries(st.text(), st.text()))
    )
    try:
        said = run(client(name, answer(whole)).query(order(name)))
    except PosError:
        return
    assert said.verdict in Verdict


@pytest.mark.parametrize("name", NAMES)
@given(body=st.binary(max_size=300))
def test_no_bytes_of_a_stranger_are_a_notification(name: str, body: bytes) -> None:
    with pytest.raises(BadNotice):
        client(name, replying({})).read_notice({}, body)


@pytest.mark.parametrize("name", NAMES)
def test_an_endless_notification_is_not_read(name: str) -> None:
    with pytest.raises(BadNotice, match="too long"):
        client(name, replying({})).read_notice({}, b"a=1&" * 20_000)


@pytest.mark.parametrize("name", NAMES)
def test_an_address_without_tls_is_refused(name: str) -> None:
    for url in ("http://gateway.example", "gateway.example", "https://[", "https://a..b"):
        with pytest.raises(ConfigError, match="https"):
            GATEWAYS[name].check_config(GatewayConfig({**OPTIONS[name], "base_url": url}, SECRETS[name]))


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_that_is_an_address_is_one_without_a_listener(name: str) -> None:
    kind = GATEWAYS[name]
    for setting in kind.FACTS.settings:
        if not setting.is_address:
            continue
        for url in ("http://shop.example/notify", "http://192.168.1.5/x", "ftp://127.0.0.1", "shop.example"):
            with pytest.raises(ConfigError, match="https"):
                kind.check_config(GatewayConfig({**OPTIONS[name], setting.key: url}, SECRETS[name]))
        for url in ("https://shop.example/notify", "http://127.0.0.1:8080/notify"):
            kind.check_config(GatewayConfig({**OPTIONS[name], setting.key: url}, SECRETS[name]))


@pytest.mark.parametrize("name", NAMES)
def test_a_gateway_without_a_page_or_a_void_says_so(name: str) -> None:
    made, opened = client(name, replying({"respcd": "1145"})), order(name, page_served_at=NOON)
    assert run(made.void(opened)).verdict is Verdict.UNSURE
    if not made.FACTS.needs_page:
        with pytest.raises(NotAllowed, match=f"^{made.FACTS.title} has no payment page"):
            made.page(opened)


def broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError(f"reset while sending {request.content!r}")


FAULTS: list[Responder] = [
    broken,
    replying({}),
    replying({}, 500),
    replying({"code": "100", "respcd": "1108", "status": "913", "RtnCode": "99", "MerchantID": "1"}),
    lambda request: httpx.Response(200, content=b"<html>" + request.content),
    lambda request: httpx.Response(200, content=request.content),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", FAULTS)
def test_no_failure_tells_a_key(name: str, fault: Responder) -> None:
    """Not in its sentence, not in its detail, not in the traceback that a crash report would hold."""
    made, told = client(name, fault, secrets=PLANTED[name]), ""
    for work in (made.charge(order(name)), made.query(order(name)), made.void(order(name)), made.probe()):
        try:
            told += repr(run(work))
        except PosError as error:
            told += error.spoken() + error.detail + repr(error) + "".join(traceback.format_exception(error))
    for body in (b"", b"a=1", b"{}"):
        with pytest.raises(BadNotice) as caught:
            made.read_notice({"X-QF-SIGN": "0" * 32}, body)
        told += caught.value.detail + "".join(traceback.format_exception(caught.value))
    assert "PLANTED" not in told


PLANTED = {
    name: {secret.key: "PLANTED".ljust((secret.lengths or (24,))[0], "x") for secret in GATEWAYS[name].FACTS.secrets}
    for name in NAMES
}


@pytest.mark.parametrize("name", NAMES)
def test_a_probe_that_finds_nothing_is_health(name: str) -> None:
    healthy: dict[str, dict[str, Any]] = {
        "opay": {"MerchantID": "2000132", "RtnCode": 0, "RtnMsg": "查無資料"},
        "wanpay": {"status": "5223", "info": "此商戶訂單號不存在"},
        "qfpay": {"respcd": "0000", "data": []},
        "mypay": {"uid": "0", "key": "0"},
    }
    assert run(client(name, answer(healthy[name])).probe()).verdict is Verdict.MISSING


@pytest.mark.parametrize("name", NAMES)
def test_names_of_items_reach_the_gateway_clean(name: str) -> None:
    seen: list[str] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(str(form(request)))
        return httpx.Response(500)

    wild = "茶\u202e\0 <b>#:|&=😀\n" + "長" * 300
    attempt = order(name, lines=(Line(wild, Money(25, CURRENCY[name]), 5),), page_token="t")
    made = client(name, look)
    if name == "opay":
        assert isinstance(made, Opay)
        seen.append(str(made._body(attempt)))
    else:
        with pytest.raises(NoAnswer):
            run(made.charge(attempt))
    assert "\\x00" not in seen[0]
    assert "\\u202e" not in seen[0]
    assert "\\n" not in seen[0]


def test_the_registry_loads_nothing_slow() -> None:
    code = (
        "import sys, pos.gateways;"
        "slow = {'httpx', 'Crypto', 'PIL', 'starlette', 'sqlite_utils', 'qrcode', 'PySide6'} & set(sys.modules);"
        "sys.exit(str(slow) if slow else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_nonce_is_fresh() -> None:
    seen: list[dict[str, str]] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(form(request))
        return httpx.Response(500)

    for name in ("wanpay", "mypay"):
        made = client(name, look)
        made.source = random.Random(3)
        for _ in range(2):
            with pytest.raises(NoAnswer):
                run(made.charge(order(name)))
    assert seen[0]["nonce_str"] != seen[1]["nonce_str"]
    assert len({one["service"] for one in seen[2:]} | {one["encry_data"] for one in seen[2:]}) == 4


def test_bad_replies_are_said_in_words() -> None:
    with pytest.raises(BadReply, match="another out_trade_no"):
        run(client("wanpay", answer(PAID["wanpay"](out_trade_no="OTHER"))).query(order("wanpay")))
