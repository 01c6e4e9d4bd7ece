"""Discounts: typed as a percentage or an amount, rounded half up, never more than the sale."""

from __future__ import annotations

import pytest

from pos.domain.discount import Discount, discount_of, needs_approval
from pos.domain.money import Money
from pos.domain.payment import Line, Sale, SaleTerms, tax_of
from pos.domain.tax import TaxKind
from pos.domain.typed_text import check_note
from pos.errors import InputError


def twd(minor: int) -> Money:
    return Money(minor, "TWD")


@pytest.mark.parametrize(
    ("text", "base", "off"),
    [("10%", 125, 13), ("10%", 124, 12), ("12.5%", 100, 13), ("0.01%", 5000, 1), ("100%", 7, 7), ("50", 125, 50),
     (" 3 ", 3, 3)],
)  # fmt: skip
def test_a_discount_is_rounded_half_up_to_the_minor_unit(text: str, base: int, off: int) -> None:
    found = discount_of(text, twd(base), " regular  guest ")
    rate = text if text.endswith("%") else ""
    assert found == Discount(twd(off), "regular guest", rate)


def test_hong_kong_cents_are_the_minor_unit() -> None:
    assert discount_of("5%", Money(1250, "HKD"), "x").amount == Money(63, "HKD")
    assert discount_of("0.50", Money(1250, "HKD"), "x").amount == Money(50, "HKD")


@pytest.mark.parametrize(
    ("text", "reason", "field"),
    [("101%", "x", "discount"), ("-5%", "x", "discount"), ("10.125%", "x", "discount"), ("%", "x", "discount"),
     ("1000%", "x", "discount"), ("0%", "x", "discount"), ("0.1%", "x", "discount"), ("126", "x", "discount"),
     ("1.5", "x", "discount"), ("0", "x", "discount"), ("五", "x", "discount"), ("１０%", "x", "discount"),
     ("10%", " ", "discount_reason"), ("10%", "x" * 201, "discount_reason"), ("10%", "a\u202eb", "discount_reason")],
)  # fmt: skip
def test_what_is_no_discount_is_refused_with_its_field(text: str, reason: str, field: str) -> None:
    with pytest.raises(InputError) as refused:
        discount_of(text, twd(125), reason)
    assert refused.value.field == field


def test_more_than_ten_percent_needs_a_manager() -> None:
    assert not needs_approval(10, 100)
    assert not needs_approval(13, 125), "10% of 125 is rounded up"
    assert needs_approval(11, 100)


def test_lines_and_discounts_add_up_to_the_amount_of_a_sale() -> None:
    lines = (Line("tea", twd(50), 3, twd(20)), Line("bag", twd(0), 1))
    terms = SaleTerms("A12", Discount(twd(13), "regular", "10%"))
    sale = Sale(twd(117), lines, terms=terms)
    assert (sale.off, lines[0].gross, lines[0].total) == (33, twd(150), twd(130))
    assert lines[0].plain == Line("tea", twd(130), 1)
    assert lines[1].plain is lines[1]
    with pytest.raises(InputError, match="do not add up"):
        Sale(twd(118), lines, terms=terms)
    assert Sale(twd(117), lines[:0], terms=terms).off == 13, "an amount without items has a discount too"


def test_lines_have_one_tax_kind_or_several() -> None:
    taxed, exempt = Line("tea", twd(5), 1), Line("rice", twd(5), 1, tax=TaxKind.EXEMPT)
    gift = Line("bag", twd(0), 1, tax=TaxKind.ZERO)
    assert [tax_of(lines) for lines in ((), (taxed, gift), (exempt,), (taxed, exempt))] == [
        TaxKind.TAXED, TaxKind.TAXED, TaxKind.EXEMPT, None
    ]  # fmt: skip


def test_a_note_is_tidied_bounded_and_can_be_shown() -> None:
    assert check_note("  少冰   外帶 ") == "少冰 外帶"
    assert check_note("") == ""
    for wrong in ("x" * 61, "a\u202eb", "a\x00b"):
        with pytest.raises(InputError) as refused:
            check_note(wrong)
        assert refused.value.field == "note"
