"""E-invoices: buyers' requests, periods, tax, corrections after refunds, and printing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.domain.invoice import (
    DUE,
    TAIPEI,
    Invoice,
    Kind,
    Period,
    PrintEvent,
    PrintState,
    Remedy,
    add_tax,
    advance_print,
    check_ban,
    detect_carrier,
    invoice_request,
    is_copy,
    remedy,
    split_inclusive,
    taxes_agree,
    time_left,
)
from pos.errors import InputError

PAPER, MOBILE, CERTIFICATE, DONATION = Kind.PAPER, Kind.MOBILE, Kind.CERTIFICATE, Kind.DONATION


@pytest.mark.parametrize(
    "ban", ["04595257", "04595252", "10458575", "10458570", "19312376", "28915188", "22099131", "12345675"]
)
def test_company_numbers_of_the_rule_of_2023(ban: str) -> None:
    check_ban(ban)


@pytest.mark.parametrize(
    "ban",
    ["12345678", "04595253", "01234567", "09876543", "00000000", "0459525", "045952577", "0459525A", "０４５９５２５７",
     "04595257\n", ""],
)  # fmt: skip
def test_mistyped_company_numbers_are_refused(ban: str) -> None:
    with pytest.raises(InputError) as refused:
        check_ban(ban)
    assert refused.value.field == "ban"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (MOBILE, "/ABC+123"),
        (MOBILE, "/0-.+Z9A"),
        (MOBILE, "*/abc+123*"),
        (MOBILE, " /ABC+123 "),
        (CERTIFICATE, "AB12345678901234"),
        (DONATION, "007"),
        (DONATION, "1234567"),
        (PAPER, ""),
    ],
)
def test_valid_carriers_are_accepted(kind: Kind, code: str) -> None:
    assert invoice_request(kind, code).code == code.strip(" *").upper()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (MOBILE, "/ABC,123"),
        (MOBILE, "/ABC+12"),
        (MOBILE, "/ABC+1234"),
        (MOBILE, "ABC+1234"),
        (MOBILE, "/ＡＢＣ+123"),
        (MOBILE, "/ABC\n123"),
        (CERTIFICATE, "A112345678901234"),
        (CERTIFICATE, "AB1234567890123"),
        (DONATION, "12"),
        (DONATION, "12345678"),
        (DONATION, "12a"),
        (DONATION, "１２３"),
        (PAPER, "/ABC+123"),
    ],
)
def test_an_invalid_carrier_is_refused(kind: Kind, code: str) -> None:
    with pytest.raises(InputError) as refused:
        invoice_request(kind, code)
    assert refused.value.field == "code"


def test_a_scanned_carrier_is_recognised_by_its_format() -> None:
    assert detect_carrier("*/abc+123*") is MOBILE
    assert detect_carrier("AB12345678901234") is CERTIFICATE
    assert detect_carrier("007") is None


def test_a_company_gets_paper_or_a_mobile_barcode() -> None:
    assert invoice_request(PAPER, ban="04595257", title="好 公司").title == "好 公司"
    assert invoice_request(MOBILE, "/ABC+123", ban="04595257").ban == "04595257"
    for kind, code in ((DONATION, "007"), (CERTIFICATE, "AB12345678901234")):
        with pytest.raises(InputError, match="is printed or goes to"):
            invoice_request(kind, code, ban="04595257")
    with pytest.raises(InputError, match="as well as the name"):
        invoice_request(PAPER, title="好公司")
    with pytest.raises(InputError, match="60"):
        invoice_request(PAPER, ban="04595257", title="好" * 61)


def at(month: int, day: int, year: int = 2026, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=TAIPEI)


def test_the_period_is_that_of_taipei_in_every_time_zone() -> None:
    assert Period.of(date(2026, 1, 1)) == Period(2026, 2)
    assert Period.at(datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC)) == Period(2026, 2)
    assert Period.at(datetime(2026, 2, 28, 16, 0, 0, tzinfo=UTC)) == Period(2026, 4)
    assert Period.at(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)).code == "11602"


@pytest.mark.parametrize(
    ("issued", "now", "done"),
    [
        (at(2, 28), at(2, 28), Remedy.VOID),
        (at(2, 28), at(3, 1), Remedy.ALLOWANCE),
        (at(1, 1), at(2, 28), Remedy.VOID),
        (at(12, 31), at(1, 1, 2027), Remedy.ALLOWANCE),
        (at(2, 28, hour=23), at(3, 1, hour=0), Remedy.ALLOWANCE),
    ],
)
def test_void_in_the_same_period_allowance_after_it(issued: datetime, now: datetime, done: Remedy) -> None:
    assert remedy(issued, now, whole=True) is done
    assert remedy(issued, now, whole=False) is Remedy.ALLOWANCE
    assert remedy(issued, now, whole=True, earlier_allowance=True) is Remedy.ALLOWANCE


def test_the_tax_in_a_price_for_every_sum_to_two_hundred_thousand() -> None:
    for total in range(1, 200_001):
        net, tax = split_inclusive(total)
        assert net + tax == total
        assert tax == (total * 100 + 1050) // 2100  # the tax rounded by itself: total × 5 / 105, halves up


@given(st.integers(1, 10**9))
def test_both_ways_of_rounding_agree_within_one_dollar(total: int) -> None:
    net, tax = split_inclusive(total)
    assert taxes_agree(net, tax, total)
    assert abs(add_tax(net)[1] - total) <= 1
    assert taxes_agree(total, 0, total)
    assert not taxes_agree(net, tax + 1, total)


def test_the_official_example() -> None:
    assert add_tax(324) == (16, 340)
    assert not taxes_agree(300, 40, 340)


def test_an_invoice_is_due_within_two_days() -> None:
    paid = at(2, 28)
    assert time_left(paid, paid + timedelta(hours=47)) == timedelta(hours=1)
    assert time_left(paid, paid + DUE + timedelta(minutes=1)) < timedelta(0)


def test_one_original_is_printed_and_then_copies() -> None:
    paper = advance_print(advance_print(PrintState.NEVER, PrintEvent.START), PrintEvent.DONE)
    assert is_copy(paper)
    assert advance_print(advance_print(paper, PrintEvent.START), PrintEvent.FAILED) is PrintState.PRINTED


def test_a_failed_print_does_not_count() -> None:
    assert advance_print(advance_print(PrintState.NEVER, PrintEvent.START), PrintEvent.FAILED) is PrintState.NEVER
    assert not is_copy(PrintState.NEVER)


def test_a_print_with_an_unknown_outcome_blocks_the_next_until_it_is_confirmed() -> None:
    lost = advance_print(advance_print(PrintState.NEVER, PrintEvent.START), PrintEvent.LOST)
    for paper in (lost, PrintState.PRINTING):
        with pytest.raises(InputError, match="unclear whether"):
            advance_print(paper, PrintEvent.START)
    assert is_copy(advance_print(lost, PrintEvent.CAME_OUT))
    assert advance_print(lost, PrintEvent.NOTHING_CAME) is PrintState.NEVER
    with pytest.raises(InputError, match="Nothing is printing"):
        advance_print(PrintState.NEVER, PrintEvent.DONE)


def test_the_invoice_of_a_split_sale_is_that_of_all_its_parts() -> None:
    request = invoice_request(Kind.PAPER)
    whole, alone = Invoice("first", request, sale_id="sale"), Invoice("first", request)
    assert all(whole.is_of(number, "sale") for number in ("first", "second"))
    assert not whole.is_of("first", "")
    assert alone.is_of("first", "")
    assert not alone.is_of("second", "")
