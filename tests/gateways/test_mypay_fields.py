"""Every field of the document's request tables is sent and checked by the simulator, or has a reason."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from typing import Any

import pytest

from pos.domain import invoice
from pos.domain.discount import Discount
from pos.domain.invoice import Kind, Remedy, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line, Sale, SaleTerms, Tender
from pos.domain.tax import TaxKind
from pos.errors import InputError
from pos.gateways.mypay import values as mypay_values
from pos.gateways.mypay.codes import PFN, known_pfn
from pos.gateways.mypay.order import FIELDS, order_fields
from tests.gateways.mypay_document import NESTED, REASONS, REQUESTS, VALUE_TABLES, WALLET
from tests.gateways.test_mypay_services import DAY, LINES, Bench
from tests.support.shop import attempt, refund
from tests.support.virtual import VirtualDay

PERSON = {
    "user_id": "member-7", "user_name": "王小明", "user_real_name": "王小明", "user_zipcode": "106",
    "user_address": "台北市大安區", "user_sn_type": "1", "user_sn": "A123456789", "user_phone": "02-2345678",
    "user_cellphone_code": "886", "user_cellphone": "0912345678", "user_email": "a@example.com",
    "user_birthday": "19900131", "ip": "192.168.1.20",
}  # fmt: skip
ECHOES = {f"echo_{number}": f"echo {number}" for number in range(5)}
PAGES = {"success_returl": "https://shop.example/yes", "failure_returl": "https://shop.example/no"}
ORDERS: tuple[dict[str, str], ...] = (
    {**PERSON, **ECHOES, **PAGES, "enable_dcc": "0", "pfn": "CREDITCARD", "interface": "app", "enable_quickpay": "0",
     "transaction_type": "2", "creditcard_installment": '{"3":["013","822"]}', "creditcard_is_automatic_payment": "0"},
    {**PERSON, "enable_ewallet": "1", "virtual_pan": "VP-1", "ewallet_type": "2", "discount": "-10",
     "shipping_fee": "35"},
    {"pfn": "DIRECTDEBIT", "regular": "M", "regular_total": "12", "regular_first_charge_date": "20261201",
     "group_id": "D0000000999"},
    {"pfn": "E_COLLECTION", "limit_pay_days": "5"},
    {"pfn": "CARDLESS", "cardless_code": "C1", "cardless_installment": "[3,6,9,12]",
     "user_data": '{"ip":"192.168.1.20","user_id":"member-7"}', "files_path": '{"id_front":"https://shop.example/1"}'},
    {"pfn": "EACH", "each_code": "851"},
    {"pfn": "M_RECHARGE", "price": "125", "recharge_code": "R1",
     "recharge_items": '[{"id":"1","name":"點數","price":"125","amount":"1","total":"125"}]'},
    {"pfn": "AFP", "shipping_info":
     '{"shipment_type":2,"company_name":"好公司","department_name":"總務","name":"王小明","ship_address":"台北市",'
     '"tel":"0912","zip_code":"106"}'},
    {"pfn": "AFP", "shipping_info":
     '{"shipment_type":4,"name":"王小明","ship_address":"台北市","tel":"0912","cvs":1,"cvs_store":"1",'
     '"cvs_store_name":"好門市"}'},
    {"agent_sms_fee_type": "1", "agent_charge_fee_type": "1", "agent_charge_fee": "10", "is_agent_charge": "1"},
    {"issue_invoice_state": "1", "invoice_ratetype": "1", "invoice_input_type": "1", "invoice_cloud_type": "2",
     "invoice_mobile_code": "/ABC+123", "invoice_tax_id": "04595257"},
    {"issue_invoice_state": "1", "invoice_input_type": "1", "invoice_cloud_type": "3",
     "invoice_natural_person": "AB12345678901234"},
    {"issue_invoice_state": "1", "invoice_input_type": "2", "invoice_love_code": "007"},
    {"invoice_b2b_title": "好公司", "invoice_b2b_id": "04595257", "invoice_b2b_address": "台北市",
     "invoice_b2b_title_force": "1", "invoice_b2b_id_force": "1", "invoice_b2b_address_force": "1"},
)  # fmt: skip
"""Orders that a counter could place; together they have every option."""


class RecordingBench(Bench):
    """A bench that records the fields of each command."""

    def __init__(self, day: VirtualDay) -> None:
        super().__init__(day)
        self.sent: dict[str, set[str]] = defaultdict(set)
        send = self.mypay._send

        async def noting(command: str, body: Mapping[str, object], key: str) -> dict[str, Any]:
            self.sent[command] |= set(body)
            for name in NESTED:
                inside: Any = body.get(name, [])
                for one in inside if isinstance(inside, list) else [inside]:
                    self.sent[name] |= set(one)
            found = await send(command, body, key)
            assert found.get("code") != "100", (command, found)  # the simulator accepts the field as the document says
            return found

        self.mypay._send = noting  # type: ignore[method-assign]  # calls the real one and notes its fields

    def place(self, number: str, options: Mapping[str, str]) -> Attempt:
        """Place the orders with the client's verbs."""
        amount = 125 + int(options.get("discount", 0)) + int(options.get("shipping_fee", 0))
        sale = Sale(Money(amount, "TWD"), LINES, options)
        made = attempt(number, tender=Tender.MYPAY, amount=sale.amount, lines=sale.lines, options=sale.options)
        self.mypay.check(made)
        answer = self.run(self.mypay.charge(made))
        assert answer.pay_url
        return attempt(
            number, tender=Tender.MYPAY, amount=sale.amount, lines=sale.lines, gateway_ref=answer.gateway_ref,
            gateway_key=answer.gateway_key,
        )  # fmt: skip


@pytest.fixture
def bench() -> Iterator[RecordingBench]:
    with VirtualDay() as day:
        yield RecordingBench(day)


def test_every_field_is_sent_and_checked_or_has_its_reason(bench: RecordingBench) -> None:
    for number, options in enumerate(ORDERS):
        bench.place(f"F{number}", options)
    services, run = bench.services, bench.run
    held = bench.place("H1", {"pfn": "CREDITCARD", "creditcard_is_automatic_payment": "0"})
    freed = bench.place("H2", {"pfn": "CREDITCARD", "creditcard_is_automatic_payment": "0"})
    paid = bench.place("P1", {"pfn": "E_COLLECTION"})
    debit = bench.place("D1", {"pfn": "DIRECTDEBIT", "regular": "M"})
    for made in (held, freed, paid, debit):
        run(bench.customer_pays(made.order_no))
        run(bench.mypay.query(made))
    run(services.capture(held, Money(125, "TWD"), LINES))
    run(services.release(freed))
    for kind, code, ban in ((Kind.PAPER, "", "04595257"), (Kind.MOBILE, "/ABC+123", "04595257"),
                            (Kind.CERTIFICATE, "AB12345678901234", ""), (Kind.DONATION, "007", "")):  # fmt: skip
        one = bench.place(f"I{kind.value.upper()}", {})
        run(bench.customer_pays(one.order_no))
        run(services.issue_invoice(one, invoice_request(kind, code, ban, "好公司" if ban else "")))
        run(services.query_invoice(one))
        run(bench.mypay.refund(one, refund(one, remedy=Remedy.VOID, lines=LINES)))
    run(bench.mypay.refund(paid, refund(paid, 25)))
    run(bench.mypay.withdraw_refund(paid, refund(paid, 25)))
    run(services.stop_debit("D1", bench.query(debit)["group_id"], date(2027, 1, 1), "搬家"))
    run(
        services.bind_wallet(
            "member-7", {name: {**PERSON, **ECHOES, **PAGES}.get(name, "CREDITCARD") for name in WALLET}
        )
    )
    run(services.tools(Money(125, "TWD")))
    for command, (_heading, fields) in (REQUESTS | NESTED).items():
        missing = {name for name in fields if (command, name) not in REASONS} - bench.sent[command]
        assert not missing, command
        assert bench.sent[command] <= set(fields) or command == "user_data", command
    assert bench.day.clock.monotonic() < DAY


def test_fields_that_are_sent_have_no_reason() -> None:
    assert not {name for command, name in REASONS if command == "api/orders"} & set(FIELDS)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"shoe_size": "42"}, "shoe_size"),
        ({"user_sn_type": "4"}, "user_sn_type"),
        ({"user_birthday": "1990-01-31"}, "user_birthday"),
        ({"user_birthday": "19900231"}, "user_birthday"),
        ({"user_birthday": "1990W011"}, "user_birthday"),
        ({"user_email": "nobody"}, "user_email"),
        ({"pfn": "BITCOIN"}, "pfn"),
        ({"interface": "fax"}, "interface"),
        ({"discount": "10"}, "discount"),
        ({"shipping_fee": "-1"}, "shipping_fee"),
        ({"limit_pay_days": "0"}, "limit_pay_days"),
        ({"invoice_input_type": "3"}, "invoice_input_type"),
        ({"invoice_mobile_code": "/ABC,123"}, "invoice_mobile_code"),
        ({"invoice_tax_id": "1234"}, "invoice_tax_id"),
        ({"creditcard_installment": "3"}, "creditcard_installment"),
        ({"user_data": "{"}, "user_data"),
        ({"shipping_info": "[]"}, "shipping_info"),
        ({"shipping_info": '{"shipment_type":4,"name":"x","ship_address":"y","tel":"1"}'}, "shipping_info"),
        ({"enable_ewallet": "1"}, "user_name"),
        ({"regular": "M"}, "regular"),
        ({"pfn": "14"}, "regular"),
        ({"echo_0": "a\nb"}, "echo_0"),
    ],
)
def test_an_option_that_breaks_a_rule_sends_nothing(options: dict[str, str], field: str) -> None:
    with pytest.raises(InputError) as refused:
        order_fields(options)
    assert refused.value.field == field


def test_json_is_sent_as_the_document_requires() -> None:
    found = order_fields({"creditcard_installment": '{"3": ["013"]}', "recharge_items": '[{"id": "1"}]'})
    assert found == {"creditcard_installment": '{"3":["013"]}', "recharge_items": [{"id": "1"}]}
    assert json.loads(str(found["creditcard_installment"])) == {"3": ["013"]}


def test_lines_discount_and_shipping_make_the_amount() -> None:
    Sale(Money(150, "TWD"), LINES, {"discount": "-10", "shipping_fee": "35"})
    with pytest.raises(InputError, match="do not add up"):
        Sale(Money(125, "TWD"), LINES, {"shipping_fee": "35"})
    with pytest.raises(InputError, match="do not add up"):
        Sale(Money(125, "TWD"), (Line("x", Money(1, "TWD"), 1),))


def test_a_discounted_sale_adds_up_at_mypay_with_its_tax_kind(bench: RecordingBench) -> None:
    lines = (Line("米", Money(60, "TWD"), 2, Money(20, "TWD"), tax=TaxKind.EXEMPT), Line("袋", Money(0, "TWD"), 1))
    terms = SaleTerms("A12", Discount(Money(10, "TWD"), "regular"))
    for number, sale in enumerate((
        Sale(Money(90, "TWD"), lines, terms=terms), Sale(Money(90, "TWD"), terms=terms),
        Sale(Money(120, "TWD"), lines, {"discount": "-5", "shipping_fee": "35"}, terms),
    )):  # fmt: skip
        made = attempt(f"D{number}", tender=Tender.MYPAY, amount=sale.amount, lines=sale.lines, options=sale.options,
                       terms=sale.terms)  # fmt: skip
        assert bench.run(bench.mypay.charge(made)).pay_url
        data = bench.of(f"D{number}").extra
        assert data["items"][0]["total"] == (120 if sale.lines else 100), "the discount is a field of the order"
        body = bench.mypay._body(made)
        assert body["discount"] == ("-35" if sale.options else "-30" if sale.lines else "-10")
        assert body.get("invoice_ratetype") == (3 if sale.lines else None)


def test_every_value_table_of_the_document_is_an_enum_with_its_heading() -> None:
    kinds = [*vars(mypay_values).values(), *vars(invoice).values()]
    docstrings = [kind.__doc__ or "" for kind in kinds if isinstance(kind, type) and issubclass(kind, Enum)]
    missing = [heading for heading in VALUE_TABLES if not any(f"『{heading}』" in text for text in docstrings)]
    assert missing == []


def test_the_payment_tools_of_both_tables_are_known() -> None:
    methods = {method.value for method in mypay_values.PayMethod}
    assert all(known_pfn(method) for method in methods)
    assert methods - {"all", "MobilePayAll", "SVC", "EACH"} <= set(PFN.values())
