"""The contract of a gateway's client; these tests run for every gateway in the registry."""

from __future__ import annotations

import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import timedelta
from inspect import signature
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.domain.invoice import Kind, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Line, Tender
from pos.errors import BadNotice, ConfigError, InputError, NoAnswer, NotAllowed, PosError
from pos.gateways import GATEWAYS, can, is_held, names_with
from pos.gateways.base import Gateway, GatewayConfig, Verdict
from pos.gateways.capabilities import METHODS, Capability, Operations
from tests.gateways.conftest import client, replying, run
from tests.gateways.fixtures import FIXTURES, NAMES, order
from tests.gateways.fixtures.base import NUMBER, Responder, sent_fields
from tests.support.shop import NOON, attempt


def config(
    name: str, options: Mapping[str, str] | None = None, secrets: Mapping[str, str] | None = None
) -> GatewayConfig:
    """Return the test merchant's settings and keys with changes."""
    fixture = FIXTURES[name]
    return GatewayConfig({**fixture.options, **(options or {})}, {**fixture.secrets, **(secrets or {})})


def paid_reply(name: str) -> Responder:
    """Return a gateway that reports the order as paid."""
    return FIXTURES[name].responder(FIXTURES[name].replies["query"])


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
def test_its_capabilities_match_its_commands(name: str) -> None:
    """A capability without its command would fail at the counter; a command without its capability is not offered."""
    facts, commands = GATEWAYS[name].FACTS, type(client(name, replying({})).operations())
    own = {method for method in vars(Operations) if getattr(commands, method) is not getattr(Operations, method)}
    able = {one for one, methods in METHODS.items() if own.issuperset(methods)}
    assert able == facts.capabilities
    assert bool(facts.held_code) == (Capability.HOLD in facts.capabilities)
    may_request = bool(facts.capabilities & {Capability.E_INVOICE, Capability.AGREEMENT})
    assert bool(GATEWAYS[name].invoice_options(invoice_request(Kind.MOBILE, "/ABC+123"))) <= may_request


@pytest.mark.parametrize("name", NAMES)
def test_a_command_that_a_gateway_does_not_have_is_refused_and_nothing_is_sent(name: str) -> None:
    sent: list[str] = []

    def called(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path)
        return httpx.Response(200, json={})

    operations = client(name, called).operations()
    missing = [method for one, methods in METHODS.items() if not can(name, one) for method in methods]
    for method in missing:
        command = getattr(operations, method)
        needed = [one for one in signature(command).parameters.values() if one.default is one.empty]
        with pytest.raises(InputError, match="does not offer"):
            run(command(*(None for _ in needed)))
    assert sent == []
    assert missing or set(Capability) == GATEWAYS[name].FACTS.capabilities


def test_every_command_belongs_to_a_capability() -> None:
    commands = {name for name in vars(Operations) if not name.startswith("_")}
    assert set(METHODS) == set(Capability)
    assert {method for methods in METHODS.values() for method in methods} == commands


def test_a_gateway_that_is_not_in_the_registry_has_no_capability() -> None:
    assert not any(can(name, one) for name in ("closed", "cash", "") for one in Capability)
    assert not is_held(attempt(gateway="closed", code="245"))
    assert is_held(attempt(gateway=names_with(Capability.HOLD)[0], code="245"))
    assert not is_held(attempt(gateway=names_with(Capability.HOLD)[0], code="250"))


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_setting_or_key_is_named(name: str) -> None:
    kind = GATEWAYS[name]
    kind.check_config(config(name))
    for setting in kind.FACTS.settings:
        if setting.required:
            fewer = {key: value for key, value in FIXTURES[name].options.items() if key != setting.key}
            with pytest.raises(ConfigError, match=rf"gateways\.{name}\.{setting.key} is not set"):
                kind.check_config(GatewayConfig(fewer, FIXTURES[name].secrets))
        if setting.choices:
            with pytest.raises(ConfigError, match="must be one of"):
                kind.check_config(config(name, {setting.key: "nonsense"}))
    for secret in kind.FACTS.secrets:
        if secret.required:
            with pytest.raises(
                ConfigError, match=rf"{name}.{secret.key} is not stored: pos key set {name}.{secret.key}"
            ):
                kind.check_config(config(name, secrets={secret.key: ""}))
        if secret.lengths:
            with pytest.raises(ConfigError, match="ASCII characters"):
                kind.check_config(config(name, secrets={secret.key: "short"}))


@pytest.mark.parametrize("name", NAMES)
def test_no_text_of_a_client_contains_a_key(name: str) -> None:
    made = client(name, replying({}))
    assert all(secret not in repr(made.config) + repr(made.__dict__) for secret in FIXTURES[name].secrets.values())


@pytest.mark.parametrize("name", NAMES)
def test_another_currency_or_tender_is_refused_with_a_message(name: str) -> None:
    made, attempt = client(name, replying({})), order(name)
    made.check(attempt)
    with pytest.raises(InputError, match=r"does not take USD|is set up for"):
        made.can_take(attempt.tender, Money(125, "USD"))
    with pytest.raises(InputError, match="does not offer"):
        made.can_take(Tender.CASH, attempt.amount)


@pytest.mark.parametrize("name", NAMES)
def test_limits_apply_at_both_ends(name: str) -> None:
    made, attempt = client(name, replying({})), order(name)
    low, high = made.FACTS.minimum.get(FIXTURES[name].currency), made.FACTS.maximum.get(FIXTURES[name].currency)
    assert low is not None
    made.can_take(attempt.tender, Money(low, FIXTURES[name].currency))
    with pytest.raises(InputError, match="at least"):
        made.can_take(attempt.tender, Money(low - 1, FIXTURES[name].currency))
    if high is not None:
        made.can_take(attempt.tender, Money(high, FIXTURES[name].currency))
        with pytest.raises(InputError, match="at most"):
            made.can_take(attempt.tender, Money(high + 1, FIXTURES[name].currency))


@pytest.mark.parametrize("name", NAMES)
def test_a_paid_order_is_paid_with_its_amount(name: str) -> None:
    found = run(client(name, paid_reply(name)).query(order(name)))
    assert (found.verdict, found.amount) == (Verdict.PAID, Money(125, FIXTURES[name].currency))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", [b"", b"<html>Wi-Fi</html>", b"{", b"[]", b"null", b'{"a":', b"\xff\xfe", b'""'])
@pytest.mark.parametrize("verb", ["charge", "query"])
def test_a_damaged_reply_is_no_answer(name: str, body: bytes, verb: str) -> None:
    made = client(name, lambda request: httpx.Response(200, content=body))
    if verb in FIXTURES[name].silent:
        return
    with pytest.raises(NoAnswer):
        run(getattr(made, verb)(order(name)))


@pytest.mark.parametrize("name", NAMES)
def test_a_reply_without_a_required_field_does_not_settle_an_order(name: str) -> None:
    fixture = FIXTURES[name]
    for field in fixture.replies["query"]:
        found = {key: value for key, value in fixture.replies["query"].items() if key != field}
        try:
            read = run(client(name, fixture.responder(found)).query(order(name)))
        except NoAnswer:
            continue
        assert read.verdict is not Verdict.PAID or read.amount == Money(125, fixture.currency)


@pytest.mark.parametrize("name", NAMES)
def test_errors_of_the_network_are_passed_on(name: str) -> None:
    for status in (500, 302, 403):
        with pytest.raises(NoAnswer):
            run(client(name, replying({}, status)).query(order(name)))


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.lists(st.text()),
    st.dictionaries(st.text(), st.text()),
)  # fmt: skip


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every JSON object in a reply that is not empty, at any depth."""
    if isinstance(value, dict):
        yield from [value] if value else []
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from objects_in(inner)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_no_reply_breaks_the_client(name: str, data: st.DataObject) -> None:
    """Any field of a good reply is replaced by any value: the result is an answer or a declared error."""
    whole = deepcopy(dict(FIXTURES[name].replies["query"]))
    target = data.draw(st.sampled_from(list(objects_in(whole))))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(ODD)
    try:
        read = run(client(name, FIXTURES[name].responder(whole)).query(order(name)))
    except PosError:
        return
    assert read.verdict in Verdict


@pytest.mark.parametrize("name", NAMES)
@given(body=st.binary(max_size=300))
def test_no_foreign_bytes_are_a_notification(name: str, body: bytes) -> None:
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
            GATEWAYS[name].check_config(config(name, {"base_url": url}))


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_that_is_an_address_is_one_without_a_listener(name: str) -> None:
    kind = GATEWAYS[name]
    for setting in kind.FACTS.settings:
        if not setting.is_address:
            continue
        for url in ("http://shop.example/notify", "http://192.168.1.5/x", "ftp://127.0.0.1", "shop.example"):
            with pytest.raises(ConfigError, match="https"):
                kind.check_config(config(name, {setting.key: url}))
        for url in ("https://shop.example/notify", "http://127.0.0.1:8080/notify"):
            kind.check_config(config(name, {setting.key: url}))


@pytest.mark.parametrize("name", NAMES)
def test_an_order_that_cannot_be_cancelled_is_not_voided(name: str) -> None:
    """The gateway refuses the void, or the client has no such call."""
    fixture, seen = FIXTURES[name], list[httpx.Request]()

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return fixture.responder(fixture.not_voided or {})(request)

    has_void = GATEWAYS[name].void is not Gateway.void and "void" not in fixture.silent
    assert (fixture.not_voided is not None) == has_void
    found = run(client(name, look).void(order(name, **fixture.voidable, page_served_at=NOON)))
    assert found.verdict is Verdict.UNSURE
    assert len(seen) == (1 if has_void else 0)


@pytest.mark.parametrize("name", [name for name in NAMES if "void" in FIXTURES[name].replies])
def test_an_order_that_the_gateway_cancelled_is_voided(name: str) -> None:
    fixture = FIXTURES[name]
    made = client(name, fixture.responder(fixture.replies["void"]))
    assert run(made.void(order(name, **fixture.voidable))).verdict is Verdict.VOIDED


@pytest.mark.parametrize("name", [name for name in NAMES if not GATEWAYS[name].FACTS.needs_page])
def test_a_gateway_without_a_page_refuses_one(name: str) -> None:
    made = client(name, replying({}))
    with pytest.raises(NotAllowed, match=f"^{made.FACTS.title} has no payment page"):
        made.page(order(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_placed_order_is_shown_to_the_customer(name: str) -> None:
    fixture = FIXTURES[name]
    made = client(name, fixture.responder(fixture.replies.get("charge", {})))
    if "charge" in fixture.silent:
        pytest.skip("the customer's browser places the order")
    found = run(made.charge(order(name, gateway_ref="", gateway_key="")))
    assert found.verdict is Verdict.ACCEPTED
    assert found.pay_url or found.virtual_account


@pytest.mark.parametrize("name", NAMES)
def test_the_message_of_a_refused_key_names_what_to_check(name: str) -> None:
    fixture = FIXTURES[name]
    made = client(name, fixture.responder(fixture.refused_key))
    found = run(made.probe())
    assert (found.verdict, found.credentials) == (Verdict.REJECTED, True)
    assert made.merchant_key.refused
    required = [one.key for one in made.FACTS.secrets if one.required]
    assert all(f"{name}.{key}" in str(found.message) for key in required)


def broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError(f"reset while sending {request.content!r}")


def faults(name: str) -> list[Responder]:
    """Return gateways with faults; some repeat the request in their reply."""
    return [
        broken,
        replying({}),
        replying({}, 500),
        FIXTURES[name].responder(FIXTURES[name].refused_key),
        lambda request: httpx.Response(200, content=b"<html>" + request.content),
        lambda request: httpx.Response(200, content=request.content),
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("number", range(6))
def test_no_failure_reveals_a_key(name: str, number: int) -> None:
    """The key is neither in the message nor in the detail nor in the traceback, which a crash report contains."""
    fixture = FIXTURES[name]
    made, text = client(name, faults(name)[number], secrets=PLANTED[name]), ""
    for work in (made.charge(order(name)), made.query(order(name)), made.void(order(name)), made.probe()):
        try:
            text += repr(run(work))
        except PosError as error:
            text += error.spoken() + error.detail + repr(error) + "".join(traceback.format_exception(error))
    headers, _ = fixture.signed_notice(fixture.notice)
    for body in (b"", b"a=1", b"{}"):
        with pytest.raises(BadNotice) as caught:
            made.read_notice(headers, body)
        text += caught.value.detail + "".join(traceback.format_exception(caught.value))
    assert "PLANTED" not in text


PLANTED = {
    name: {secret.key: "PLANTED".ljust((secret.lengths or (24,))[0], "x") for secret in GATEWAYS[name].FACTS.secrets}
    for name in NAMES
}


@pytest.mark.parametrize("name", NAMES)
def test_a_probe_that_finds_no_order_is_success(name: str) -> None:
    fixture = FIXTURES[name]
    assert run(client(name, fixture.responder(fixture.replies["probe"])).probe()).verdict is Verdict.MISSING


@pytest.mark.parametrize("name", NAMES)
def test_a_notice_of_the_gateway_names_the_order(name: str) -> None:
    fixture = FIXTURES[name]
    headers, body = fixture.signed_notice(fixture.notice)
    found = client(name, replying({})).read_notice(headers, body)
    assert found.order_no == NUMBER
    assert found.reply


BODY = "_body"
"""The method of every client that makes the fields of an order, before they are signed or encrypted."""


@pytest.mark.parametrize("name", NAMES)
def test_names_of_items_are_sent_cleaned(name: str) -> None:
    hostile = "茶\u202e\0 <b>#:|&=😀\n" + "長" * 300
    attempt = order(name, lines=(Line(hostile, Money(25, FIXTURES[name].currency), 5),), page_token="t")
    sent = str(getattr(client(name, replying({})), BODY)(attempt))
    assert "125" in sent
    assert "\\x00" not in sent
    assert "\\u202e" not in sent
    assert "\\n" not in sent


def test_the_registry_loads_nothing_slow() -> None:
    code = (
        "import sys, pos.gateways;"
        "slow = {'httpx', 'Crypto', 'PIL', 'starlette', 'sqlite_utils', 'qrcode', 'PySide6'} & set(sys.modules);"
        "sys.exit(str(slow) if slow else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", [name for name in NAMES if FIXTURES[name].varying])
def test_every_nonce_is_new(name: str) -> None:
    seen: list[dict[str, Any]] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(sent_fields(request))
        return httpx.Response(500)

    made = client(name, look, options=FIXTURES[name].shop)
    for _ in range(2):
        with pytest.raises(PosError):
            run(made.query(order(name)))
    assert len(seen) >= 2
    for field in FIXTURES[name].varying:
        assert len({one[field] for one in seen}) == len(seen), field
