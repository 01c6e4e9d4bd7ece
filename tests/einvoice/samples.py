"""Published invoices: MyPay's sample (電子發票開立) and the example of the MOF's barcode document v1.8."""

from __future__ import annotations

import json
from typing import Any

import zxingcpp
from PIL import Image

SEED: dict[str, Any] = {
    "uid": "107208", "key": "4b67dabc483338a981d2c3c30a381172", "code": "B200", "order_id": "1234567890",
    "actual_cost": 10, "actual_currency": "TWD", "state": 2, "date": "20220427160043", "wordtrack": "JH",
    "number": "00000242", "rand_code": "3385", "seller_ban": "28915188", "buyer_ban": "",
    "left_qrcode": "JH00000242111042733850000000a0000000a0000000028915188AzucYuoKTbrLpvBKlKWNMA==:**********:1:1:1:"
    "商品名稱:1:10:",
    "middle_barcode": "11104JH000002423385", "right_qrcode": "**", "title_type": 1, "title": "123",
    "sales_amount": "10", "tax_amount": "0",
    "order_detail": '[{"Description":"商品名稱","Quantity":"1","UnitPrice":"10","Amount":"10"}]', "ratetype": 1,
    "input_type": 3,
}  # fmt: skip

CARRIED: dict[str, Any] = {
    "state": 2, "date": "20220301151856", "wordtrack": "JH", "number": "00000011", "rand_code": "9899",
    "seller_ban": "28915188", "buyer_ban": "",
    "left_qrcode": "JH00000011111030198990000000a0000000a0000000028915188qKBLmT8adunB+e9m7isLNQ==:**********:1:1:1:"
    "倚天劍模型:1:10:",
    "middle_barcode": "11104JH000000119899", "right_qrcode": "**", "title_type": 1, "title": "123", "amount": "10",
    "sales_amount": "10", "tax_amount": "0", "ratetype": 1, "input_type": 1, "cloud_type": 2,
    "order_detail": '[{"Description":"倚天劍模型","Quantity":"1","UnitPrice":"10","Amount":"10"}]',
}  # fmt: skip
"""Sample answer of 信用卡取消授權, without the prefix ``invoice_``."""

MOF: dict[str, Any] = {
    "state": 2, "date": "20130523101112", "wordtrack": "AB", "number": "11223344", "rand_code": "9999",
    "seller_ban": "01234567", "buyer_ban": "", "amount": "340", "sales_amount": "324", "tax_amount": "16",
    "left_qrcode": "AB112233441020523999900000144000001540000000001234567ydXZt4LAN1UHN/j1juVcRA==:**********:3:3:1:"
    "乾電池:1:105:",
    "middle_barcode": "10206AB112233449999", "right_qrcode": "**口罩:1:210:牛奶:1:25", "title_type": 1, "title": "",
    "order_detail": json.dumps(
        [
            {"Description": "乾電池", "Quantity": "1", "UnitPrice": "105", "Amount": "105"},
            {"Description": "口罩", "Quantity": "1", "UnitPrice": "210", "Amount": "210"},
            {"Description": "牛奶", "Quantity": "1", "UnitPrice": "25", "Amount": "25"},
        ]
    ),
    "ratetype": 1, "input_type": 3,
}  # fmt: skip

COMPANY: dict[str, Any] = MOF | {
    "buyer_ban": "09876543",
    "left_qrcode": MOF["left_qrcode"].replace("0000000001234567", "0987654301234567"),
}


def read_codes(image: Image.Image) -> set[str]:
    """Return the texts of all codes in a picture, as a scanner reads them."""
    return {code.text for code in zxingcpp.read_barcodes(image.convert("L"))}


def codes_of(found: dict[str, Any]) -> set[str]:
    return {found["left_qrcode"], found["middle_barcode"], found["right_qrcode"]}
