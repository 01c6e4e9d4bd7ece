"""Refund options: the amount left, the ways, the items and the e-invoice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pos.domain.invoice import Invoice, Kind, Remedy, invoice_request
from pos.domain.invoice import State as InvoiceState
from pos.domain.money import Money
from pos.domain.payment import CASH, Line, Tender
from pos.domain.refund import Refund, RefundState, Way
from pos.domain.states import State
from pos.errors import InputError, NotAllowed
from pos.gateways.base import Facts
from pos.services.refund_options import (
    RefundOptions,
    check_amount,
    chosen,
    fitted,
    items_left,
    items_of,
    refund_options,
    worth,
)
from tests.support.gateways import Scripted, ScriptedRefunds
from tests.support.refunds import twd
from tests.support.shop import NOON, attempt, refund

TEA, CAKE = Line("茶", twd(50), 2), Line("餅", twd(25), 1)
LATER = NOON + timedelta(hours=1)
FOUND = {"date": "20261120", "wordtrack": "AB", "number": "12345678"}
ISSUED = Invoice("X", invoice_request(Kind.PAPER), InvoiceState.ISSUED, paid_at=NOON, found=FOUND)


def paid(**facts: Any) -> Any:
    return attempt(state=State.CAPTURED, ended_at=NOON, **facts)


def quoted(spent: int = 0, invoice: Invoice | None = None, facts: Facts | None = None, **more: Any) -> RefundOptions:
    given = tuple(more.pop("given", ()))
    state = RefundState.REFUNDED
    held = [Refund("R", "O", "scripted", Way.GATEWAY, twd(1), "r", "R1", NOON, state, lines=given)]
    return refund_options(
        paid(**more), spent, invoice, facts or ScriptedRefunds.FACTS, "十全茶行", LATER, held, drawer="TWD"
    )


def test_what_is_left_is_what_came_less_what_went_back() -> None:
    assert quoted(25).left == twd(100)
    assert quoted(received=twd(100)).left == twd(100)
    with pytest.raises(NotAllowed, match="in full"):
        quoted(125)
    with pytest.raises(NotAllowed, match="pending"):
        refund_options(attempt(state=State.PENDING), 0, None, None, "s", NOON, drawer="TWD")


def test_a_tender_that_the_gateway_does_not_refund_is_refunded_by_hand() -> None:
    facts = replace(ScriptedRefunds.FACTS, refunded_by_hand=frozenset({Tender.FPS}))
    assert quoted(facts=facts).ways[0] is Way.GATEWAY
    found = quoted(facts=facts, tender=Tender.FPS)
    assert found.ways[0] is Way.BACK_OFFICE
    assert "by hand" in found.advice.spoken()


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ([RefundState.REFUNDED], "already refunded in full"),
        ([RefundState.REFUNDED, RefundState.REFUNDED], "already refunded in full"),
        ([RefundState.PENDING], "still in process"),
        ([RefundState.REFUNDED, RefundState.REVIEW], "still in process"),
        ([RefundState.CREATED], "still in process"),
    ],
)
def test_a_refund_in_process_is_not_called_done(states: list[RefundState], words: str) -> None:
    held = [refund(paid(), state=state) for state in states]
    with pytest.raises(NotAllowed, match=words):
        refund_options(paid(), 125, None, None, "s", LATER, held, drawer="TWD")


@pytest.mark.parametrize(
    ("paid_for", "items"),
    [
        (125, [("茶", 50, 2), ("餅", 25, 1)]),
        (115, [("茶", 40, 1), ("茶", 50, 1), ("餅", 25, 1)]),  # a discount of 10
        (60, [("茶", 35, 1), ("餅", 25, 1)]),  # of 65: a piece and some of the next
        (25, [("餅", 25, 1)]),
        (5, [("餅", 5, 1)]),
        (155, [("茶", 80, 1), ("茶", 50, 1), ("餅", 25, 1)]),  # a shipping fee of 30
    ],
)
def test_items_sum_to_what_was_paid_though_a_discount_or_a_fee_is_none(
    paid_for: int, items: list[tuple[str, int, int]]
) -> None:
    found = quoted(invoice=ISSUED, lines=(TEA, CAKE), amount=twd(paid_for))
    assert found.items == tuple(Line(name, twd(price), count) for name, price, count in items)
    assert items_of(found, twd(paid_for), ()) == found.items


def test_what_costs_nothing_carries_no_discount() -> None:
    gift = Line("贈品", twd(0), 1)
    assert fitted((gift, TEA), twd(90)) == (Line("茶", twd(40), 1), Line("茶", twd(50), 1))
    assert fitted((gift,), twd(5)) == (gift,)


@pytest.mark.parametrize(
    ("detail", "name"),
    [
        ('[{"Description": "十全舊名", "Quantity": "1"}]', "十全舊名"),
        ('[{"Description": "茶"}, {"Description": "餅"}]', "十全茶行"),
        ("", "十全茶行"), ("{", "十全茶行"), ("[1]", "十全茶行"), ('[{"Name": "x"}]', "十全茶行"), ("3", "十全茶行"),
    ],
)  # fmt: skip
def test_a_sale_without_items_goes_back_under_the_name_its_order_had(detail: str, name: str) -> None:
    found = quoted(invoice=replace(ISSUED, found={**FOUND, "order_detail": detail}))
    assert found.items == (Line(name, twd(125), 1),)


@pytest.mark.parametrize(
    ("facts", "gateway", "ways", "advice"),
    [
        (ScriptedRefunds.FACTS, "scripted", (Way.GATEWAY, Way.CASH, Way.BACK_OFFICE), "at once or at midnight"),
        (replace(ScriptedRefunds.FACTS, refund_cutoff=False), "scripted", (Way.GATEWAY, Way.CASH, Way.BACK_OFFICE),
         "refunds it at once."),
        (Scripted.FACTS, "scripted", (Way.BACK_OFFICE, Way.TRANSFER, Way.CASH), "cannot refund from the register"),
        (None, "gone", (Way.BACK_OFFICE, Way.TRANSFER, Way.CASH), "gone cannot refund from the register"),
        (None, CASH, (Way.CASH,), "from the drawer"),
    ],
)  # fmt: skip
def test_the_ways_follow_the_gateway(facts: Facts | None, gateway: str, ways: tuple[Way, ...], advice: str) -> None:
    found = refund_options(paid(gateway=gateway), 0, None, facts, "s", LATER, drawer="TWD")
    assert found.ways == ways
    assert advice in found.advice.spoken()


@pytest.mark.parametrize(
    ("facts", "gateway", "ways", "advice"),
    [
        (ScriptedRefunds.FACTS, "scripted", (Way.GATEWAY, Way.BACK_OFFICE), "at once or at midnight"),
        (Scripted.FACTS, "scripted", (Way.BACK_OFFICE, Way.TRANSFER), "cannot refund from the register"),
        (None, CASH, (Way.TRANSFER,), "The drawer is in HKD, and this was cash in TWD"),
    ],
)  # fmt: skip
def test_no_other_money_leaves_the_drawer_than_what_is_counted_there(
    facts: Facts | None, gateway: str, ways: tuple[Way, ...], advice: str
) -> None:
    found = refund_options(paid(gateway=gateway), 0, None, facts, "s", LATER, drawer="HKD")
    assert found.ways == ways
    assert advice in found.advice.spoken()


def test_an_e_invoice_goes_with_its_refund() -> None:
    found = quoted(invoice=ISSUED)
    assert "AB-12345678" in found.advice.spoken()
    assert found.items == (Line("十全茶行", twd(125), 1),)
    assert found.remedy(twd(125)) is Remedy.VOID
    assert found.remedy(twd(25)) is Remedy.ALLOWANCE
    assert quoted(25, invoice=ISSUED).remedy(twd(100)) is Remedy.ALLOWANCE
    assert quoted(invoice=replace(ISSUED, state=InvoiceState.ALLOWANCE)).remedy(twd(125)) is Remedy.ALLOWANCE
    assert quoted().remedy(twd(125)) is None
    undated = replace(ISSUED, found={}, paid_at=None)
    assert quoted(invoice=undated).remedy(twd(125)) is Remedy.VOID
    assert (
        refund_options(replace(paid(), ended_at=None), 0, undated, None, "s", LATER, drawer="TWD").remedy(twd(125))
        is Remedy.VOID
    )


def test_one_that_is_void_or_owed_asks_for_no_items() -> None:
    for state in (InvoiceState.VOID, InvoiceState.NONE):
        found = quoted(invoice=replace(ISSUED, state=state), lines=(TEA, CAKE))
        assert (found.items, found.invoice, items_of(found, twd(5), ())) == ((), None, ())


def test_items_are_all_the_one_there_is_or_those_chosen() -> None:
    whole = quoted(invoice=ISSUED, lines=(TEA, CAKE))
    assert items_of(whole, twd(125), ()) == (TEA, CAKE)
    assert items_of(whole, twd(50), [Line("茶", twd(50), 1)]) == (Line("茶", twd(50), 1),)
    assert items_of(quoted(invoice=ISSUED), twd(5), ()) == (Line("十全茶行", twd(5), 1),)
    with pytest.raises(InputError, match="choose the items"):
        items_of(whole, twd(50), ())
    with pytest.raises(InputError, match="add up to the refund"):
        items_of(whole, twd(49), [Line("茶", twd(50), 1)])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([Line("酒", twd(50), 1)], "not an item of this sale"),
        ([Line("茶", twd(50), 3)], "more of 茶"),
        ([Line("茶", twd(50), 2), Line("茶", twd(25), 1)], "more of 茶"),
        ([Line("茶", twd(50), 0)], "more of 茶"),
        ([Line("茶", twd(-50), 1)], "more of 茶"),
    ],
)
def test_no_more_of_an_item_goes_back_than_was_sold(lines: list[Line], said: str) -> None:
    with pytest.raises(InputError, match=said):
        items_of(quoted(invoice=ISSUED, lines=(TEA, CAKE)), twd(125), lines)


def test_what_went_back_before_is_no_item_any_more() -> None:
    assert items_left((TEA, CAKE), [Line("茶", twd(50), 1)]) == (Line("茶", twd(50), 1), CAKE)
    assert items_left((TEA, CAKE), [CAKE]) == (TEA,)
    assert items_left((TEA, TEA), [Line("茶", twd(150), 1)]) == (Line("茶", twd(50), 1),)
    assert items_left((TEA,), [Line("茶", twd(30), 1)]) == (Line("茶", twd(70), 1),)
    assert items_left((Line("送", twd(0), 1),), ()) == ()
    rest = quoted(50, invoice=ISSUED, lines=(TEA, CAKE), given=[Line("茶", twd(50), 1)])
    assert items_of(rest, twd(75), ()) == (Line("茶", twd(50), 1), CAKE)
    discounted = quoted(50, invoice=ISSUED, lines=(TEA, CAKE, CAKE), given=[Line("茶", twd(50), 1)])
    assert items_of(discounted, twd(75), ()) == (Line("茶", twd(25), 1), CAKE, CAKE)
    by_hand = quoted(50, invoice=ISSUED, lines=(TEA, CAKE))  # refunded without items
    with pytest.raises(InputError, match="choose the items"):
        items_of(by_hand, twd(75), ())


def test_ticked_items_are_counted_here_and_not_in_the_window() -> None:
    found = quoted(invoice=ISSUED, lines=(TEA, CAKE))
    assert chosen(found, [1, 0]) == (Line("茶", twd(50), 1),)
    assert chosen(found, [9, 1]) == (TEA, CAKE)
    assert worth(found, chosen(found, [1, 1])) == twd(75)


@pytest.mark.parametrize("amount", [twd(0), twd(126), twd(-1), Money(5, "HKD")])
def test_a_sum_beyond_what_is_left_is_refused_with_what_is_left(amount: Money) -> None:
    with pytest.raises(InputError, match=r"NT\$125"):
        check_amount(quoted(), amount)
    check_amount(quoted(), twd(125))


def test_a_gift_goes_back_with_the_sale_and_is_no_item_of_its_refund() -> None:
    gift = Line("贈品", twd(0), 1)
    found = quoted(invoice=ISSUED, lines=(TEA, gift, CAKE))
    assert found.items == (TEA, CAKE)
    assert items_of(found, twd(125), ()) == (TEA, CAKE)
