"""Items, notes and discounts on the command line."""

from __future__ import annotations

import json

import pytest

from pos.domain.staff import Role
from tests.support.people import PINS
from tests.test_sale_verbs import refused
from tests.test_shift_verbs import Shop, shop

__all__ = ("shop",)

CASH = ("charge", "--tender", "cash")
OFF = ("--discount", "10%", "--discount-reason", "regular")


def test_items_are_imported_listed_and_exported(shop: Shop) -> None:
    file, copy = shop.folder / "items.csv", shop.folder / "copy.csv"
    file.write_text("name,price,category,barcodes\n茶,30,飲料,4710000000015\n袋,0,,\n", encoding="utf-8")
    done = shop.json("items", "import", str(file))
    assert (done["added"], done["changed"], done["unchanged"], len(done["warnings"])) == (2, 0, 0, 1)
    listed = shop.json("items", "list")["items"]
    assert [(one["name"], one["price"], one["category"], one["tax"]) for one in listed] == [
        ("袋", "0", "", "taxed"), ("茶", "30", "飲料", "taxed")
    ]  # fmt: skip
    assert "茶  NT$30  飲料  4710000000015  taxed" in shop.pos("items", "list")[1]
    assert shop.json("items", "export", str(copy)) == {"file": str(copy), "items": 2}
    assert "Unchanged: 2" in shop.pos("items", "import", str(copy))[1]
    assert refused(shop, "items", "import", str(shop.folder / "nowhere"))[:2] == (2, "file")
    file.write_text("name,price\n茶,x\n糕,y\n", encoding="utf-8")
    status, out, err = shop.pos("items", "import", str(file), "--json")
    assert (status, json.loads(out)["error"]["field"]) == (2, "file")
    assert "Line 2, price" in json.loads(out)["error"]["message"]
    assert "Line 3, price" in err
    assert len(shop.json("items", "list")["items"]) == 2


def test_a_sale_has_a_note_items_and_a_discount(shop: Shop) -> None:
    items = ("--item", "茶:60:2", "--item", "贈品:0:1")
    made = shop.json(*CASH, *items, *OFF, "--note", " A12  少冰 ")
    assert (made["amount"], made["note"], made["state"]) == ("108", "A12 少冰", "captured")
    assert made["discount"] == {"rate": "10%", "amount": "12", "reason": "regular"}
    assert made["items"] == [
        {"name": "茶", "price": "60", "quantity": 2}, {"name": "贈品", "price": "0", "quantity": 1}
    ]  # fmt: skip
    assert "A12 少冰" in shop.pos("show", made["order_no"])[1]
    assert shop.json("show", made["order_no"])["discount"] == made["discount"]
    for amount in ("120", "108"):
        assert shop.json(*CASH, *items, *OFF, "--amount", amount)["amount"] == "108", "before or after the discount"
    assert shop.json(*CASH, "--amount", "125", *OFF)["amount"] == "112"
    assert shop.json(*CASH, "--amount", "125", "--discount", "50", "--discount-reason", "x")["amount"] == "75"
    first = shop.json(*CASH, "--sale-amount", "120", *items, *OFF, "--amount", "100", "--note", "B7")
    assert (first["sale_amount"], first["left"], first["note"]) == ("108", "8", "B7")
    last = shop.json(*CASH, "--sale", first["sale_id"])
    assert (last["amount"], last["note"]) == ("8", "B7")
    assert shop.json("sale", "show", first["sale_id"])["discount"]["amount"] == "12"


@pytest.mark.parametrize(
    ("words", "field"),
    [(("--amount", "125", "--discount", "10%"), "discount_reason"),
     (("--amount", "125", "--discount-reason", "x"), "discount_reason"),
     (("--amount", "125", "--discount", "126", "--discount-reason", "x"), "discount"),
     (("--amount", "125", "--discount", "100%", "--discount-reason", "x"), "amount"),
     (("--amount", "124", "--item", "茶:125:1"), "item"), (("--amount", "125", "--note", "x" * 61), "note"),
     (("--sale", "5a1e", "--note", "x"), "note"), (("--item", "贈品:0:1",), "amount"), ((), "amount")],
)  # fmt: skip
def test_a_wrong_note_or_discount_is_refused_with_its_field(shop: Shop, words: tuple[str, ...], field: str) -> None:
    assert refused(shop, *CASH, *words)[:2] == (2, field)


def test_a_large_discount_asks_for_a_managers_pin(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.hire(Role.OWNER, Role.CASHIER)
    large = (*CASH, "--amount", "125", "--discount", "50", "--discount-reason", "scratched")
    assert "more than 10%" in refused(shop, *large)[2]
    assert shop.json(*CASH, "--amount", "125", *OFF)["amount"] == "112"
    monkeypatch.setenv("POS_PIN", PINS[Role.OWNER])
    made = shop.json(*large)
    assert (made["amount"], made["discount_approved_by"]) == ("75", "0a")
