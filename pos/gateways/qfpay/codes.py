"""QFPay's tables as data: the public list of codes, ``cancel``, payment types and currencies."""

from __future__ import annotations

from typing import Final

from pos.domain.payment import Tender
from pos.gateways.base import RefundVerdict, Verdict
from pos.i18n import N_

CODES: Final = {
    Verdict.PAID: ("0000",),
    Verdict.ACCEPTED: ("1143", "1145", "1261"),
    Verdict.EXISTS: ("1102", "2011"),
    Verdict.LAPSED: ("1142", "1181", "1263", "1264"),
    Verdict.MISSING: ("1136", "1268"),
    Verdict.REFUSED: (
        "1201", "1202", "1203", "1204", "1205", "1212", "1241", "1242", "1243", "1250", "1251", "1294", "2005",
    ),
    Verdict.REJECTED: ("1103", "1104", "1105", "1106", "1107", "1108"),
    Verdict.UNSURE: (
        "1100", "1101", "1125", "1146", "1147", "1150", "1155", "1252", "1254", "1260", "1262", "1265", "1266",
        "1267", "1269", "1270", "1271", "1272", "1295", "1296", "1297", "1298",
    ),
}  # fmt: skip
"""``respcd`` by verdict about a queried order; any other code is UNSURE."""

VERDICTS: Final = {code: verdict for verdict, codes in CODES.items() for code in codes}

PLACED: Final = frozenset({"0000", "1143", "1145"})
"""``respcd`` of a payment whose link is valid: the order exists or is in progress."""

CREDENTIALS: Final = frozenset({"1105", "1106", "1107", "1108"})
"""``respcd`` of a call whose app code, merchant number or signature is refused."""

KEY_ACCEPTED: Final = frozenset(
    code for verdict, codes in CODES.items() if verdict not in (Verdict.REJECTED, Verdict.UNSURE) for code in codes
)
"""``respcd`` of a call that was carried out: its signature is accepted."""

CLOSED: Final = frozenset({"0000", "1142"})  # of a row of type ``close``, which replaces the row of the order

CANCEL: Final = {
    "": Verdict.PAID,
    "0": Verdict.PAID,
    "1": Verdict.VOIDED,
    "2": Verdict.VOIDED,
    "3": Verdict.DIFFERS,
    "5": Verdict.DIFFERS,
}
"""``cancel`` of a paid order: no, reversed, cancelled, refunded in whole, in part; any other is UNSURE."""

REFUND_CODES: Final = {
    RefundVerdict.DONE: ("0000",),
    RefundVerdict.ACCEPTED: ("1143", "1145"),
    RefundVerdict.REFUSED: ("1125", "1155", "1262", "1265", "1266", "1269", "1270", "1271", "1272"),
    RefundVerdict.REJECTED: ("1103", "1104", "1105", "1106", "1107", "1108"),
    RefundVerdict.UNSURE: ("1102", "2011"),  # QFPay has our number already: query it
}
"""``respcd`` by verdict about a refund; any other code is UNSURE."""

REFUND_VERDICTS: Final = {code: verdict for verdict, codes in REFUND_CODES.items() for code in codes}

REFUND_TEXTS: Final = {
    "1102": N_("QFPay has this refund already. Counter is checking its result."),
    "1125": N_("QFPay says the payment was refunded before."),
    "1155": N_("QFPay refused the refund."),
    "1262": N_("QFPay says the payment was refunded before."),
    "1265": N_("QFPay makes no refunds from 23:30 to 00:30, nor for some promotions. Try again later."),
    "1266": N_("QFPay says the amount of the refund is wrong."),
    "1269": N_("Today's sales at QFPay do not cover the refund yet. Try again later."),
    "1270": N_("QFPay refunds this currency only in full."),
    "1271": N_("QFPay refunds this payment only in full."),
    "1272": N_("The refund is more than what is left of the payment."),
    "2011": N_("QFPay has this refund already. Counter is checking its result."),
}

PAY_TYPES: Final = ("801101", "801107", "801501", "801512")
"""The document's Alipay types: on screen and in the phone's browser, overseas and Hong Kong."""

WECHAT: Final = "800201"

TENDERS: Final = {
    Tender.WECHAT: WECHAT,
    Tender.ALIPAY: "",
    Tender.UNIONPAY: "800701",
    Tender.ALIPAY_HK: "801501",
    Tender.WECHAT_HK: WECHAT,
    Tender.PAYME: "805801",
    Tender.FPS: "802001",
    Tender.OCTOPUS: "803701",
}
"""The ``pay_type`` of each tender; empty if the contract decides it: the settings ``alipay_type`` and ``region``."""

PUBLIC_TENDERS: Final = frozenset(TENDERS) - {Tender.ALIPAY}
"""The tenders whose ``pay_type`` is from the public list: the document has Alipay's only."""

HONG_KONG: Final = frozenset({Tender.ALIPAY_HK, Tender.WECHAT_HK, Tender.PAYME, Tender.FPS, Tender.OCTOPUS})
"""The tenders of Hong Kong's merchants, in HKD (public)."""

PAY_TAGS: Final = {Tender.ALIPAY_HK: "ALIPAYHK"}
"""``pay_tag``: which of Alipay's wallets (public)."""

REFUNDED_BY_HAND: Final = frozenset({Tender.FPS})
"""The tenders that QFPay does not refund (public)."""

EMV_TYPES: Final = frozenset({"800701", "802001"})
"""Types whose code may be an EMVCo text of the scheme instead of a link."""

ANY_WALLET: Final = "800008"
ALIPAY_CODE: Final = "800108"
WECHAT_CODES: Final = {"hk": "801008", "overseas": "800208"}
WALLET_CODES: Final = {"": ALIPAY_CODE, "801501": ALIPAY_CODE, "800701": "800708", "805801": "805808"}
"""The ``pay_type`` of customers' codes (public): of any wallet, of Alipay, of WeChat by region, and by the type of the
tender. Types that are not here have no codes of customers."""

CODE_TEXTS: Final = {
    "1201": N_("The customer's balance is too low."),
    "1202": N_("The customer's code is wrong or has expired. Ask for a new one and scan it."),
    "2005": N_("The customer's code is wrong or has expired. Ask for a new one and scan it."),
}

CODE_IN_DOUBT: Final = frozenset({"1205"})
"""``respcd`` that declines an order only after a query (public: "try later")."""

REVERSIBLE: Final = frozenset({"800201", "801501", ALIPAY_CODE})
"""Types that /trade/v1/reversal cancels; /trade/v1/close cancels the others (public)."""

CURRENCIES: Final = ("AED", "CNY", "EUR", "HKD", "IDR", "JPY", "MMK", "MYR", "SGD", "THB", "USD", "CAD", "AUD")
