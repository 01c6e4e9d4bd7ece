"""A note and a discount belong to a payment for ever: in the journal, at the gateways, in a search, in a refund."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from pos.domain.actor import Actor
from pos.domain.discount import Discount
from pos.domain.invoice import Kind, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Line, Sale, SaleTerms, Tender
from pos.domain.split import SalePart, terms_of_part
from pos.domain.staff import Action, not_allowed
from pos.domain.tax import TaxKind
from pos.errors import InputError, NotAllowed
from pos.services.permissions import Permission
from pos.services.refund_options import fitted
from pos.services.split_sales import SplitSales
from tests.services.conftest import MakeRegister, Register
from tests.support.access import SIGNED_OUT, EveryPayment, permit


def twd(minor: int) -> Money:
    return Money(minor, "TWD")


TEA = Line("tea", twd(60), 2, twd(20), item="1" * 32)
BAG = Line("bag", twd(0), 1, tax=TaxKind.EXEMPT)
TERMS = SaleTerms("A12", Discount(twd(10), "regular", "10%"))
NUMBERS = count()
SALE = Sale(twd(90), (TEA, BAG), terms=TERMS)


class Cashiers(EveryPayment):
    """Only a manager's PIN gives the right to a discount."""

    def permission(self, actor: Actor, action: Action, order_no: str = "") -> Permission:
        raise not_allowed(action)


@pytest.fixture
def register(make_register: MakeRegister) -> Register:
    made = make_register()
    made.payments = made.parts.payments(made.routes, "R1", Cashiers())
    return made


def cash(register: Register, sale: Sale, **more: Any) -> str:
    take = register.payments.take
    return register.run(take(SIGNED_OUT, sale, Tender.CASH, payment_id=f"p{next(NUMBERS)}", **more)).order_no


def test_a_sale_keeps_its_lines_note_discount_and_who_approved_it(register: Register) -> None:
    with pytest.raises(NotAllowed, match="more than 10%"):
        cash(register, SALE)
    with pytest.raises(NotAllowed):
        cash(register, SALE, discount_permission=permit(Action.REFUND, "0a", "0b"))
    found = register.now(cash(register, SALE, discount_permission=permit(Action.DISCOUNT, "0a", "0b")))
    assert (found.lines, found.amount, found.off) == ((TEA, BAG), twd(90), 30)
    assert found.terms == SaleTerms("A12", TERMS.discount, "0b")
    small = Sale(twd(90), terms=TERMS)
    assert register.now(cash(register, small)).terms == TERMS, "every cashier may take 10% off"
    body = json.loads(register.database.rows("SELECT body FROM journal WHERE kind = 'created' ORDER BY seq")[0][0])
    assert json.loads(body["lines"]) == [
        ["tea", 60, 2, {"discount": 20, "item": "1" * 32}], ["bag", 0, 1, {"tax": "exempt"}]
    ]  # fmt: skip


def test_a_payment_is_found_by_the_beginning_of_its_note(register: Register) -> None:
    numbers = [
        cash(register, Sale(twd(amount), terms=SaleTerms(note)))
        for amount, note in ((10, "A12"), (20, "a13"), (30, "少冰"), (40, ""), (50, "lisa"))
    ]
    soon = register.clock.now() + timedelta(hours=1)
    for text, found in (("a1", {0, 1}), ("A12", {0}), ("少", {2}), ("lisa", {4}), ("B", set())):
        expected = {numbers[index] for index in found}
        assert {one.order_no for one in register.store.search(text, None, 10, soon)} == expected
        assert {one.order_no for one in register.store.search_refundable(text, None, None, 10, soon)} == expected


def test_a_split_sale_has_the_discount_and_its_parts_the_note(register: Register) -> None:
    whole = Sale(twd(90), terms=TERMS)
    part = Sale(twd(40), terms=terms_of_part(whole.terms))
    number = cash(register, part, part=SalePart("5a1e", whole))
    assert register.now(number).terms == SaleTerms("A12")
    assert SplitSales(register.store).get("5a1e").terms == TERMS
    large = Sale(twd(50), terms=SaleTerms("B7", Discount(twd(50), "half", "50%")))
    with pytest.raises(NotAllowed):
        cash(register, part, part=SalePart("5a1f", large))
    approved = permit(Action.DISCOUNT, "0a", "0b")
    cash(register, Sale(twd(30)), part=SalePart("5a1f", large), discount_permission=approved)
    assert SplitSales(register.store).get("5a1f").terms.approved_by == "0b"


def test_items_of_several_tax_kinds_have_no_e_invoice(register: Register) -> None:
    sale = Sale(twd(65), (Line("tea", twd(60), 1), Line("rice", twd(5), 1, tax=TaxKind.EXEMPT)))
    with pytest.raises(InputError, match="several tax kinds"):
        cash(register, sale, invoice_request=invoice_request(Kind.PAPER, "", "", ""))
    assert not register.store.waiting()


def test_a_refund_names_items_that_add_up_to_what_was_paid() -> None:
    assert fitted((TEA, BAG), twd(100)) == (Line("tea", twd(100), 1, item="1" * 32), BAG)
    assert sum(line.total.minor for line in fitted((TEA, BAG), twd(90))) == 90
