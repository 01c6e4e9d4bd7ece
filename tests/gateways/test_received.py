"""Texts of a gateway are cleaned and shortened when they are received, in every field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any, get_type_hints

import pytest

from pos.domain.money import Money
from pos.domain.payment import VirtualAccount
from pos.errors import BadNotice, BadReply
from pos.gateways.base import Answer, Listed, Notice, RefundAnswer, RefundVerdict, Verdict
from pos.gateways.capabilities import AgreementAnswer, ChargeReport, ContractStatus, Outcome, Result
from pos.gateways.http import DEEPEST, json_object
from pos.gateways.received import BANK_NAME_LIMIT, DISPLAY_LIMIT, MACHINE_READ, Received, contents, gateway_message
from pos.i18n import Message
from tests.support.hostile import HOSTILE, is_shown_safely, marks_pile_up
from tests.support.shop import NOON

NT1 = Money(1, "TWD")
FIRST: dict[type[Received], dict[str, Any]] = {
    Answer: {"verdict": Verdict.ACCEPTED},
    RefundAnswer: {"verdict": RefundVerdict.ACCEPTED},
    Listed: {"number": "A1", "amount": NT1, "is_refund": False, "paid": True},
    Result: {"outcome": Outcome.DONE},
    ChargeReport: {"bank_ref": "1", "paid": True, "amount": NT1},
    AgreementAnswer: {"status": ContractStatus.RUNNING},
}
"""Required fields of each class that are not texts of a gateway."""

WRITTEN = [
    (kind, one.name, hint)
    for kind in FIRST
    for one in fields(kind)  # type: ignore[arg-type]  # all of them are dataclasses
    if (hint := get_type_hints(kind)[one.name]) in (str, Message) or getattr(hint, "__origin__", None) is Mapping
]
"""Every field with text, including new ones."""


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Message):
        return [value.text, *value.args.values()]
    if isinstance(value, Mapping):
        return [text for pair in value.items() for one in pair for text in texts(one)]
    return [text for one in value for text in texts(one)] if isinstance(value, list) else []


def test_every_class_of_received_text_is_tested() -> None:
    assert {one.__name__ for one in Received.__subclasses__()} == {one.__name__ for one in (*FIRST, Notice)}
    assert len(WRITTEN) >= 14


@pytest.mark.parametrize("poison", HOSTILE)
@pytest.mark.parametrize(("kind", "name", "hint"), WRITTEN, ids=lambda one: getattr(one, "__name__", str(one)))
def test_no_field_lets_hostile_text_in(kind: type[Received], name: str, hint: object, poison: str) -> None:
    bad = HOSTILE[poison]
    value: Any = (
        bad if hint is str else Message("It says: {words}", {"words": bad}) if hint is Message else {"a": bad, bad: "b"}
    )
    made = kind(**{**FIRST[kind], name: value})
    for text in texts(getattr(made, name)):
        assert is_shown_safely(text)
        assert not marks_pile_up(text)
        assert len(text) <= 500
    if hint is str and name in MACHINE_READ and name != "number":
        assert getattr(made, name) in ("", bad)


@pytest.mark.parametrize("name", ["order_no", "gateway_ref", "gateway_key"])
@pytest.mark.parametrize("poison", HOSTILE)
def test_a_notice_with_a_malformed_number_is_refused(name: str, poison: str) -> None:
    with pytest.raises(BadNotice):
        replace(Notice("A1", "OK"), **dict[str, Any]({name: HOSTILE[poison]}))


@pytest.mark.parametrize("poison", HOSTILE)
def test_a_malformed_code_of_a_notice_is_dropped(poison: str) -> None:
    assert Notice("A1", "OK", code=HOSTILE[poison]).code == ""


@pytest.mark.parametrize(
    "number", ["81127", "20261120000300020087033882", "1203161234567", "af4e678325dd49f8036949c38ab04105"]
)
def test_real_numbers_codes_and_keys_stay_unchanged(number: str) -> None:
    made = Answer(Verdict.PAID, "v342", gateway_ref=number, gateway_key=number, fee="54.4500")
    assert (made.code, made.gateway_ref, made.gateway_key, made.fee) == ("v342", number, number, "54.4500")


@pytest.mark.parametrize(
    ("bank", "account"),
    [
        ("013", "46710722851832 "),
        ("013\u202e", "46710722851832"),
        ("<b>", "46710722851832"),
        ("013", "4671072285183２"),
    ],
)
def test_a_malformed_account_is_not_shown(bank: str, account: str) -> None:
    given = VirtualAccount(bank, "國泰世華", account, NOON)
    assert Answer(Verdict.ACCEPTED, virtual_account=given).virtual_account is None


def test_a_banks_name_is_shortened_and_its_digits_stay() -> None:
    given = VirtualAccount("013", "國泰\x1b世華" * 99, "46710722851832", NOON + timedelta(days=3))
    kept = Answer(Verdict.ACCEPTED, virtual_account=given).virtual_account
    assert kept is not None
    assert (kept.bank_code, kept.account, kept.expires_at) == ("013", "46710722851832", NOON + timedelta(days=3))
    assert kept.bank_name.startswith("國泰 世華國泰")
    assert len(kept.bank_name) == BANK_NAME_LIMIT


def test_two_malformed_listed_numbers_stay_two_rows_and_match_no_order() -> None:
    ours = "261120AAAAAAAAAAAAAA"
    rows = [Listed(number, NT1, False, True) for number in (ours, f"{ours}\u200b", f"\x1b{ours}", f"{ours} ")]
    assert rows[0].number == ours
    assert len({row.number for row in rows}) == 4
    assert all(is_shown_safely(row.number) for row in rows)


def test_contents_of_an_invoice_are_cleaned_and_its_codes_stay_unchanged() -> None:
    detail = [{"Description": "茶\x1b[31m" * 300, "Quantity": "1", "UnitPrice": "30", "Amount": "30"}]
    given = {
        "left_qrcode": "AB123456781151120999900000000:**********:1:1:1:茶  ", "right_qrcode": "**\x07", "state": 2,
        "title": "店\u202e名", "order_detail": json.dumps(detail), "big": 10**30, "deep": [{"x": "\0"}], "na me": "x",
    }  # fmt: skip
    kept = contents(given)
    assert kept["left_qrcode"] == given["left_qrcode"]
    assert kept["right_qrcode"] == ""
    assert (kept["title"], kept["state"], kept["big"], kept["deep"]) == ("店名", 2, None, [{"x": ""}])
    assert "na me" not in kept
    row = json.loads(kept["order_detail"])[0]
    assert row["Description"].startswith("茶 [31m茶")
    assert len(row["Description"]) == 500
    assert row["Amount"] == "30"


def test_the_items_of_an_ordinary_invoice_stay_unchanged() -> None:
    text = '[{"Description": "珍珠奶茶", "Quantity":"1","UnitPrice":"60",  "Amount":"60"}]'
    assert contents({"order_detail": text})["order_detail"] == text
    assert contents({"order_detail": "[{no json\x00"})["order_detail"] == "[{no json"


def test_texts_are_quoted_once_and_shortened() -> None:
    assert gateway_message("餘額不足").args == {"words": "餘額不足"}
    assert not gateway_message("\x00 \u200b")
    assert len(gateway_message("x" * 60_000).args["words"]) == DISPLAY_LIMIT


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' * (DEEPEST + 1) + "1" + "}" * (DEEPEST + 1),
        '{"a":' + "[" * 900 + "]" * 900 + "}",
        '{"a":1e999}',
        '{"a":-1e999}',
    ],
    ids=["objects", "lists", "infinite", "below"],
)
def test_json_that_nests_without_end_or_has_no_number_is_not_read(text: str) -> None:
    with pytest.raises(BadReply):
        json_object(text)


def test_a_lone_surrogate_in_json_is_replaced_at_any_depth() -> None:
    found = json_object('{"a":["\\ud83d", {"\\udc00b": "ok \\ud800"}], "c": "\\ud83d\\ude00"}')
    assert found == {"a": ["\ufffd", {"\ufffdb": "ok \ufffd"}], "c": "😀"}
