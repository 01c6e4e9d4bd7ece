"""Items of the catalogue: tidy names, bounded prices, barcodes that belong to one item only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pos.domain.catalogue import ITEMS, Item, check_catalogue, check_item, has_wrong_check_digit, new_item_id
from pos.domain.money import Money
from pos.domain.payment import Line
from pos.domain.tax import TaxKind
from pos.errors import InputError

TEA = Item("1", "茶", Money(30, "TWD"), "飲料", ("4710000000014",))


def test_texts_are_tidied_and_an_item_makes_a_line() -> None:
    typed = replace(TEA, name="  紅   茶 ", category=" 飲料 ", barcodes=("A1", "A1"), tax=TaxKind.ZERO)
    tidy = check_item(typed)
    assert (tidy.name, tidy.category, tidy.barcodes) == ("紅 茶", "飲料", ("A1",))
    assert tidy.line(2) == Line("紅 茶", Money(30, "TWD"), 2, item="1", tax=TaxKind.ZERO)
    assert new_item_id() != new_item_id()


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"name": " "}, "name"), ({"name": "x" * 61}, "name"), ({"name": "a\u202eb"}, "name"),
     ({"price": Money(-1, "TWD")}, "price"), ({"price": Money(10**9, "TWD")}, "price"),
     ({"category": "x" * 21}, "category"), ({"place": 0}, "place"), ({"place": 1000}, "place"),
     ({"barcodes": ("a b",)}, "barcodes"), ({"barcodes": ("x" * 33,)}, "barcodes"), ({"barcodes": ("",)}, "barcodes"),
     ({"barcodes": tuple("abcdefghijk")}, "barcodes"), ({"barcodes": ("2" * 18,)}, "barcodes"),
     ({"barcodes": ("/ABC+123",)}, "barcodes")],
)  # fmt: skip
def test_what_breaks_a_rule_is_refused_with_its_field(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as refused:
        check_item(replace(TEA, **facts))
    assert refused.value.field == field


def test_two_items_share_neither_a_barcode_nor_a_name_in_a_category() -> None:
    other = Item("2", "茶", Money(0, "TWD"), "禮品")
    check_catalogue([TEA, other], "TWD")
    for wrong, field in (
        (replace(other, category="飲料"), "name"), (replace(other, barcodes=TEA.barcodes), "barcodes"),
        (replace(other, price=Money(5, "HKD")), "price"),
    ):  # fmt: skip
        with pytest.raises(InputError) as refused:
            check_catalogue([TEA, wrong], "TWD")
        assert refused.value.field == field
    many = [Item(str(n), str(n), Money(1, "TWD")) for n in range(ITEMS + 1)]
    check_catalogue(many[:-1], "TWD")
    with pytest.raises(InputError, match="at most"):
        check_catalogue(many, "TWD")


@pytest.mark.parametrize(
    ("barcode", "wrong"),
    [("4006381333931", False), ("4006381333932", True), ("96385074", False), ("96385075", True),
     ("036000291452", False), ("036000291453", True), ("12345", False), ("ABC-12345678", False)],
)  # fmt: skip
def test_only_the_check_digit_of_a_gtin_is_doubted(barcode: str, wrong: bool) -> None:
    assert has_wrong_check_digit(barcode) is wrong
