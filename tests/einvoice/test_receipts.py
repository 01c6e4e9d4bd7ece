"""Receipts, ATM slips, convenience-store slips and the test page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from pos.domain.discount import Discount
from pos.domain.money import Money
from pos.domain.payment import Line, SaleTerms, Tender, VirtualAccount
from pos.domain.split import SplitSale
from pos.domain.states import State
from pos.einvoice.receipt_canvas import WIDTH
from pos.einvoice.receipt_header import ReceiptHeader
from pos.einvoice.receipts import atm_slip, receipt, store_slip, test_page
from pos.einvoice.split_receipt import split_receipt
from pos.i18n import use_language
from pos.services.receipt_printing import draw_slip
from tests.einvoice.samples import read_codes
from tests.support.shop import NOON, attempt

HEAD = ReceiptHeader("十全茶行", "R1", ZoneInfo("Asia/Taipei"))
test_page.__test__ = False  # type: ignore[attr-defined]  # pytest would collect this function as a test


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_an_atm_slip_has_the_account_as_text_and_as_a_code(language: str) -> None:
    use_language(language)
    account = VirtualAccount("013", "國泰世華商業銀行", "46710420592705", NOON + timedelta(days=3))
    slip = atm_slip(HEAD, attempt(tender=Tender.ATM, virtual_account=account))
    use_language("en")
    assert read_codes(slip.image) == {"46710420592705"}
    assert slip.image.width == WIDTH


def test_a_cash_receipt_grows_with_its_lines() -> None:
    paid = attempt(tender=Tender.CASH, state=State.CAPTURED, tendered=Money(200, "TWD"))
    lined = attempt(
        state=State.CAPTURED, lines=tuple(Line(f"珍珠奶茶大杯微糖去冰 {n}", Money(25, "TWD"), 1) for n in range(5))
    )
    assert receipt(HEAD, lined).height > receipt(HEAD, paid).height + 100


def test_a_receipt_shows_discounts_and_the_pick_up_number() -> None:
    lines = (Line("茶", Money(50, "TWD"), 3, Money(25, "TWD")),)
    terms = SaleTerms("A12", Discount(Money(10, "TWD"), "熟客", "8%"))
    plain = attempt(state=State.CAPTURED, lines=(Line("茶", Money(50, "TWD"), 3),))
    heights = [receipt(HEAD, one).height for one in (plain, replace(plain, lines=lines), replace(plain, terms=terms))]
    assert heights[1] > heights[0] + 20, "the discount of a line"
    assert heights[2] > heights[0] + 90, "discount, reason and note"
    sale = SplitSale("5a1e", Money(125, "TWD"), "R1", "", NOON, lines, parts=(plain,))
    assert split_receipt(HEAD, replace(sale, terms=terms)).height > split_receipt(HEAD, sale).height + 90


def test_a_receipt_shows_how_cash_was_rounded() -> None:
    paid = attempt(
        tender=Tender.CASH, state=State.CAPTURED, amount=Money(1234, "HKD"), tendered=Money(2000, "HKD"),
    )  # fmt: skip
    rounded = replace(paid, rounding=Money(-4, "HKD"))
    assert receipt(HEAD, rounded).height > receipt(HEAD, paid).height + 50, "two more rows"
    exact = replace(paid, tendered=Money(1240, "HKD"), amount=Money(1238, "HKD"), rounding=Money(2, "HKD"))
    assert receipt(HEAD, exact).height < receipt(HEAD, rounded).height, "no change, so no row for it"


def test_a_receipt_shows_what_was_received_and_what_was_refunded() -> None:
    whole = attempt(state=State.CAPTURED)
    short = replace(whole, received=Money(100, "TWD"))
    assert receipt(HEAD, short).height > receipt(HEAD, whole).height + 20, "a row for what was due"
    back = replace(whole, refunded=Money(25, "TWD"))
    assert receipt(HEAD, back).height > receipt(HEAD, whole).height + 20, "a row for the refund"
    cut = attempt(state=State.CAPTURED, amount=Money(100, "TWD"))
    assert receipt(HEAD, replace(cut, received=Money(100, "TWD"))).image == receipt(HEAD, cut).image


def test_the_receipt_of_a_split_sale_names_all_paid_parts() -> None:
    """Its barcode is that of the newest part, which is refunded first."""
    first = attempt("261120AAAAAAAAAAAAAA", state=State.CAPTURED, amount=Money(300, "TWD"), tender=Tender.WECHAT)
    cash = attempt(
        "261120BBBBBBBBBBBBBB", state=State.CAPTURED, amount=Money(200, "TWD"), tender=Tender.CASH, gateway="cash",
        tendered=Money(1000, "TWD"),
    )  # fmt: skip
    part = SplitSale("s", Money(500, "TWD"), "R1", "", NOON, (Line("茶", Money(500, "TWD"), 1),), parts=(first,))
    whole = replace(part, parts=(first, attempt(state=State.DECLINED), cash))
    sheets = [draw_slip(HEAD, first, one) for one in (part, whole, replace(whole, amount=Money(450, "TWD")))]
    assert [read_codes(one.image) for one in sheets] == [{first.order_no}, {cash.order_no}, {cash.order_no}]
    assert sheets[1].height > sheets[0].height + 50, "the cash, its change"
    assert sheets[2].height > sheets[1].height + 20, "what was paid too much"
    back = replace(whole, parts=(first, replace(cash, refunded=Money(50, "TWD"), rounding=Money(-1, "TWD"))))
    assert draw_slip(HEAD, cash, back).height > sheets[1].height + 40


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_a_receipt_has_its_order_number_as_a_barcode(language: str) -> None:
    use_language(language)
    paid = attempt("261120ABCDEFGHJKMNPQ", state=State.CAPTURED, ended_at=NOON)
    sheet = receipt(HEAD, paid)
    use_language("en")
    assert read_codes(sheet.image) == {"261120ABCDEFGHJKMNPQ"}


def test_a_stores_scanner_reads_three_bars() -> None:
    bars = ("150430C8N", "010151234567890", "041712000000125")
    slip = store_slip(HEAD, attempt(), "", bars, NOON)
    assert read_codes(slip.image) == set(bars)
    pin = store_slip(HEAD, attempt(), "LYL12345678901", (), None)
    assert read_codes(pin.image) == {"LYL12345678901"}


def test_training_is_written_on_every_slip() -> None:
    plain = receipt(HEAD, attempt(state=State.CAPTURED))
    marked = receipt(ReceiptHeader("店", "R1", HEAD.zone, training=True), attempt(state=State.CAPTURED))
    assert marked.height > plain.height


def test_the_test_page_reaches_both_edges_and_can_be_scanned() -> None:
    page = test_page(HEAD)
    assert read_codes(page.image) == {"11104JH000002423385", "Counter 0123456789"}
    assert any(
        page.image.getpixel((0, y)) == 0 and page.image.getpixel((WIDTH - 1, y)) == 0 for y in range(page.height)
    )
