"""Split sales on the command line: begun, continued, shown, listed, and refused with the field and the rule."""

from __future__ import annotations

import json

import pytest

from tests.test_shift_verbs import Shop, shop

__all__ = ("shop",)

CASH = ("--tender", "cash")
ITEMS = ("--item", "tea:200:2", "--item", "cake:100:1")


def refused(shop: Shop, *words: str) -> tuple[int, str | None, str]:
    status, out, _err = shop.pos(*words, "--json")
    error = json.loads(out)["error"]
    return status, error["field"], error["message"]


def test_a_sale_is_split_shown_and_ended_on_the_command_line(shop: Shop) -> None:
    first = shop.json("charge", "--sale-amount", "500", "--amount", "300", *ITEMS, *CASH)
    assert (first["sale_amount"], first["amount"], first["left"], first["state"]) == ("500", "300", "200", "captured")
    number = first["sale_id"]
    assert [one["sale_id"] for one in shop.json("sale", "list")["sales"]] == [number]
    assert [one["left"] for one in shop.json("pending")["sales"]] == ["200"]
    assert "NT$300 of NT$500 paid" in shop.pos("sale", "list")[1]
    middle = shop.json("charge", "--sale", first["order_no"], "--amount", "50", *CASH)
    assert (middle["sale_id"], middle["left"]) == (number, "150")
    last = shop.json("charge", "--sale", number, *CASH, "--tendered", "200")
    assert (last["amount"], last["left"], last["change"]) == ("150", "0", "50")
    found = shop.json("sale", "show", number)
    assert (found["state"], found["paid"], found["left"]) == ("paid", "500", "0")
    assert [one["amount"] for one in found["parts"]] == ["300", "50", "150"]
    assert [one["name"] for one in found["items"]] == ["tea", "cake"]
    assert shop.json("sale", "list") == {"sales": []}
    assert "sales" not in shop.json("pending")
    assert last["order_no"] in shop.pos("sale", "show", number)[1]
    assert "NT$500 of NT$500 paid" in shop.pos("show", last["order_no"])[1]


def test_a_part_is_refused_with_its_field_and_rule(shop: Shop) -> None:
    begin = ("charge", "--sale-amount", "500")
    assert refused(shop, *begin, "--amount", "501", *CASH)[:2] == (2, "amount")
    assert refused(shop, *begin, *CASH)[:2] == (2, "amount")
    assert refused(shop, "charge", "--sale-amount", "5x", "--amount", "5", *CASH)[:2] == (2, "sale_amount")
    assert refused(shop, *begin, "--amount", "5", *CASH, "--item", "tea:5:1")[:2] == (2, "item")
    assert refused(shop, *begin, "--amount", "5", *CASH, "--invoice", "paper")[:2] == (2, "invoice")
    assert refused(shop, "charge", "--sale", "nowhere", *CASH)[0] == 2
    first = shop.json(*begin, "--amount", "300", *CASH)
    more = ("charge", "--sale", first["sale_id"], *CASH)
    assert refused(shop, *more, "--amount", "201") == (2, "amount", "Only NT$200 of this sale is left to pay.")
    assert refused(shop, *more, "--item", "tea:200:1")[:2] == (2, "item")
    assert refused(shop, *more, "--sale-amount", "500")[:2] == (2, "sale_amount")
    shop.json(*more)
    assert refused(shop, *more) == (2, None, "This sale is already paid.")
    assert len(shop.json("sale", "show", first["sale_id"])["parts"]) == 2


@pytest.mark.parametrize("number", ["5a1e", "261120AAAAAAAAAAAAAA"])
def test_an_unknown_sale_is_not_found(shop: Shop, number: str) -> None:
    shop.json("charge", "--amount", "5", *CASH)
    assert refused(shop, "sale", "show", number)[0] == 2
