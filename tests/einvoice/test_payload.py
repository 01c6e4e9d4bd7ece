"""The checks before printing: each fails on one changed field; donated and stored invoices are never printed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from pos.domain.invoice import TAIPEI, Period
from pos.einvoice.payload import NotPrintable, read_proof, refusal_reason
from tests.einvoice.samples import CARRIED, COMPANY, MOF, SEED


@pytest.mark.parametrize("found", [SEED, MOF, COMPANY])
def test_the_published_invoices_may_be_printed(found: dict[str, Any]) -> None:
    proof = read_proof(found)
    assert (proof.left, proof.middle, proof.right) == (
        found["left_qrcode"], found["middle_barcode"], found["right_qrcode"],
    )  # fmt: skip
    assert proof.for_company is bool(found["buyer_ban"])
    assert sum(int(line.amount) for line in proof.lines) == proof.total
    assert not refusal_reason(found)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("wordtrack", "JJ", "middle_barcode"),
        ("wordtrack", "jh", "number"),
        ("number", "0000242", "number"),
        ("rand_code", "3386", "middle_barcode"),
        ("rand_code", "", "rand_code"),
        ("date", "20220501160043", "middle_barcode"),
        ("date", "20220428160043", "left_qrcode\\[10:17\\]"),
        ("date", "20221332160043", "date"),
        ("date", "yesterday", "date"),
        ("seller_ban", "28915189", "left_qrcode\\[45:53\\]"),
        ("buyer_ban", "04595257", "left_qrcode\\[37:45\\]"),
        ("amount", "11", "left_qrcode\\[29:37\\]"),
        ("amount", "10.5", "whole number"),
        ("amount", "ten", "whole number"),
        ("amount", "-10", "whole number"),
        ("actual_cost", 0, "left_qrcode"),
        ("sales_amount", "9", "tax_amount"),
        ("tax_amount", "1", "tax_amount"),
        ("left_qrcode", "", "left_qrcode"),
        ("left_qrcode", SEED["left_qrcode"].replace("=:", "=;", 1), "left_qrcode\\[77\\]"),
        ("left_qrcode", SEED["left_qrcode"].replace("0000000a", "0000000A"), "left_qrcode"),
        ("left_qrcode", "JH00000243" + SEED["left_qrcode"][10:], "left_qrcode\\[0:10\\]"),
        ("left_qrcode", SEED["left_qrcode"][:17] + "3386" + SEED["left_qrcode"][21:], "left_qrcode\\[17:21\\]"),
        ("middle_barcode", "11104JH00000242338", "middle_barcode"),
        ("middle_barcode", None, "middle_barcode"),
        ("right_qrcode", "*", "right_qrcode"),
        ("order_detail", "[{}]", "items"),
        ("order_detail", "{", "items"),
        ("order_detail", "3", "items"),
    ],
)
def test_one_changed_field_stops_the_print(field: str, value: object, words: str) -> None:
    with pytest.raises(NotPrintable, match=words):
        read_proof(SEED | {field: value})


def test_a_date_without_a_time_takes_it_from_the_payment_of_that_day() -> None:
    short = SEED | {"date": "20220427"}
    paid = datetime(2022, 4, 27, 15, 59, 58, tzinfo=TAIPEI)
    assert read_proof(short, paid).issued_at == paid
    for other in (None, paid.replace(day=26)):
        with pytest.raises(NotPrintable, match="e-invoice's time"):
            read_proof(short, other)


def test_a_donated_invoice_cannot_be_printed() -> None:
    donated = SEED | {"input_type": 2, "rand_code": "", "left_qrcode": "", "middle_barcode": "", "right_qrcode": ""}
    assert "not printed" in str(refusal_reason(donated))
    with pytest.raises(NotPrintable):
        read_proof(donated)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"state": 1}, "state 1"),
        ({"state": 4}, "is void"),
        ({"state": 6}, "has an allowance"),
        ({"input_type": 1, "cloud_type": "2"}, "carrier"),
        ({"input_type": 1, "cloud_type": "3", "tax_id": "04595257"}, "carrier"),
        ({"input_type": 1, "cloud_type": "2", "tax_id": "04595257"}, "carrier"),
        ({"input_type": 9}, "unclear"),
    ],
)
def test_only_issued_paper_invoices_are_printed(changed: dict[str, Any], words: str) -> None:
    assert words in str(refusal_reason(SEED | changed))


def test_a_company_with_a_mobile_barcode_gets_paper_if_the_shop_allows_it() -> None:
    both = SEED | {"input_type": 1, "cloud_type": "2", "tax_id": "04595257"}
    assert not refusal_reason(both, mobile_with_ban=True)


def test_the_period_on_the_paper() -> None:
    assert Period(2024, 6).label == "113年05-06月"
    assert read_proof(SEED).period.code == "11104"


def test_the_other_sample_of_the_document_is_valid_and_stored_in_a_carrier() -> None:
    assert read_proof(CARRIED).number == "00000011"
    assert "carrier" in str(refusal_reason(CARRIED))
