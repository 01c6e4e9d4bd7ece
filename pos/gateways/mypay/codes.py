"""MyPay's tables as data: 附錄一 (payment tools) and 附錄二 (states of a transaction)."""

from __future__ import annotations

from typing import Final

from pos.domain.payment import Tender
from pos.gateways.base import Verdict

TENDERS: Final = {
    Tender.WECHAT: "WECHAT",
    Tender.ALIPAY: "ALIPAY",
    Tender.ATM: "E_COLLECTION",
    Tender.MYPAY: "",  # the setting or the option ``pfn``
    Tender.CREDIT_CARD: "CREDITCARD",
    Tender.LINE_PAY: "LINEPAYON",
    Tender.JKOPAY: "JKOON",
    Tender.EASYWALLET: "EASYWALLETON",
    Tender.PI: "PION",
    Tender.PX_PAY: "PXPAYON",
    Tender.PLUS_PAY: "PLUSPAYON",
    Tender.APPLE_PAY: "APPLEPAY",
    Tender.GOOGLE_PAY: "GOOGLEPAY",
    Tender.STORE_CODE: "CSTORECODE",
    Tender.STORE_BARCODE: "BARCODE",
    Tender.UNIONPAY: "UNIONPAY",
}
"""The ``pfn`` of each tender; empty if it is chosen."""

CHOOSING: Final = Tender.MYPAY
"""The tender whose orders have the tool as an option."""

WITH_DAYS: Final = frozenset({"E_COLLECTION", "CSTORECODE"})
"""The ``pfn`` of tenders whose orders have ``limit_pay_days`` (虛擬帳號與超商代碼使用之有效天數)."""

ACCEPTED: Final = "200"
WRONG_REQUEST: Final = "100"
SYSTEM_ERROR: Final = "400"
DONE: Final = "B200"
NOT_DONE: Final = "B500"
"""``code`` of an answer: 200 for an order, B200 and B500 for a command."""

KEY_CODES: Final = (WRONG_REQUEST, SYSTEM_ERROR)
"""``code`` of any call with a wrong key; either may have another cause."""

CARRIED_OUT: Final = frozenset({"", ACCEPTED, DONE, NOT_DONE})
"""``code`` of a call whose key is accepted; the answer to a query has none."""

PFN: Final = {
    "1": "CREDITCARD", "3": "CSTORECODE", "4": "WEBATM", "6": "E_COLLECTION", "7": "UNIONPAY", "9": "ABROAD",
    "10": "ALIPAY", "13": "WECHAT", "14": "DIRECTDEBIT", "15": "LINEPAYON", "16": "LINEPAYOFF", "19": "WECHATOFF",
    "20": "APPLEPAY", "21": "GOOGLEPAY", "23": "C_INSTALLMENT", "24": "C_REDEEM", "25": "CARDLESS", "27": "PION",
    "28": "PIOFF", "29": "AMEX", "31": "JKOON", "32": "JKOOFF", "33": "ALIPAYOFF", "34": "M_RECHARGE", "36": "AFP",
    "37": "CASH", "38": "EASYWALLETON", "39": "EASYWALLETOFF", "40": "EASYCARD", "41": "IPASS", "42": "ICASH",
    "43": "BARCODE", "46": "PXPAYOFF", "51": "DIRECTDEBIT_ABROAD", "52": "PLUSPAYON", "53": "PLUSPAYOFF",
    "56": "PXPAYON",
}  # fmt: skip
"""附錄一:PFN(支付工具)參數表. The document has lost WECHAT at 13, and spells JKOOFF as JKOOF at 32."""

ANY: Final = frozenset({"0", "all", "MobilePayAll"})
"""No single tool: the customer chooses on the page (『付款方式』)."""

NAMED: Final = ANY | set(PFN) | set(PFN.values()) | {"JKOOF", "SVC", "EACH"}
"""Allowed values of ``pfn``; SVC and EACH are in 『付款方式』 only."""


def known_pfn(text: str) -> bool:
    """Return whether ``text`` is a payment tool by code or number, or a comma-separated list of them."""
    return all(part in NAMED for part in text.split(","))


PRC: Final = {
    "100": Verdict.UNSURE,  # 資料錯誤, in an order: about a call
    "200": Verdict.ACCEPTED,
    "220": Verdict.VOIDED,
    "230": Verdict.DIFFERS,  # 退款成功: paid, and refunded outside the register
    "245": Verdict.ACCEPTED,
    "247": Verdict.ACCEPTED,
    "250": Verdict.PAID,
    "260": Verdict.ACCEPTED,
    "265": Verdict.ACCEPTED,
    "270": Verdict.ACCEPTED,
    "275": Verdict.ACCEPTED,
    "280": Verdict.ACCEPTED,
    "282": Verdict.ACCEPTED,
    "284": Verdict.ACCEPTED,
    "290": Verdict.DIFFERS,
    "300": Verdict.REFUSED,
    "380": Verdict.LAPSED,
    "400": Verdict.UNSURE,
    "600": Verdict.PAID,
    "A0001": Verdict.UNSURE,
    "A0002": Verdict.REFUSED,
    "B200": Verdict.UNSURE,  # of a command, not of an order
    "B500": Verdict.UNSURE,
}
"""附錄二:交易狀態代碼, with 275 from the text of 265."""

WARNED: Final = (60, 30, 20, 7)
"""Days before the key's expiry on which MyPay sends a reminder; from the last of them on a new key exists."""

NOTICE_FORMS: Final = {
    "uid": "[0-9]{1,20}",
    "key": "[!-~]{1,128}",
    "order_id": "[A-Z0-9]{1,50}",
    "prc": "[0-9A-Z]{0,8}",
}
"""The fields of a notification that are read, and their patterns: it is unsigned, so anyone can send one."""

LINK_HOSTS: Final = ("mypay.tw", "usecase.cc", "mypay.com.tw", "k20-mypay.tw")
"""Hosts of MyPay's payment pages: its environments and the document's sample."""
