"""O'Pay's list of a day: a Big5 CSV with the columns that public clients of the gateway expect."""

from __future__ import annotations

import pytest

from pos.domain.money import Money
from pos.errors import BadReply
from pos.gateways.day_lists import orders_in

HEADER = (
    '="訂單日期",="廠商訂單編號",="歐付寶訂單編號",="平台名稱",="付款方式",="費率(每筆)",="信用卡授權單號",="信用卡卡號末4碼",'
    '="超商資訊/ATM繳款帳號",="付款狀態",="交易金額",="退款日期",="退款金額",="交易手續費",="平台手續費",="應收款項(淨額)",'
    '="撥款狀態",="買家備註",="廠商備註"'
)
"""As a public client of the gateway tests it (2016)."""


def row(number: str = "TS20160622900001", status: str = "已付款", amount: str = "100") -> str:
    head = f'="2016/06/22 01:00:00",="{number}",="1606220100001",="",="信用卡",="2.75%",,,'
    return f'{head},="{status}",="{amount}",,,,,,,="a, b"'


def body(*rows: str) -> bytes:
    return "\r\n".join((HEADER, *rows, "")).encode("big5")


def test_a_list_names_orders_and_proves_none() -> None:
    (found,) = orders_in(body(row()))
    assert (found.number, found.amount, found.paid) == ("TS20160622900001", Money(100, "TWD"), True)
    assert (found.gateway_ref, found.is_refund, found.proves) == ("1606220100001", False, False)


def test_an_empty_list_and_a_row_without_an_order_name_nothing() -> None:
    assert orders_in(body()) == []
    assert orders_in(body('="合計",="",="",="",="",="",="",="",="",="",="100"')) == []


@pytest.mark.parametrize("status", ["未付款", "訂單失敗"])
def test_an_order_that_is_not_paid_counts_as_none(status: str) -> None:
    (found,) = orders_in(body(row(status=status)))
    assert not found.paid


@pytest.mark.parametrize(
    "answer",
    [
        b"", "查無資料".encode("big5"), b"\xff\xff\xff", b"0|CheckMacValue Error", b"<html><h1>403</h1></html>",
        body(row(amount="?")), body(row(number="A B")), body('="unfinished'),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused(answer: bytes) -> None:
    with pytest.raises(BadReply):
        orders_in(answer)
