"""MyPay's commands other than orders and queries, by name; wallets and the shop's tools are defined here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pos.simulator.base import Refused, Reply, rule
from pos.simulator.dialects import mypay_invoices as invoices
from pos.simulator.dialects import mypay_money as money
from pos.simulator.dialects.mypay_codes import transaction
from pos.simulator.dialects.mypay_fields import check_wallet

if TYPE_CHECKING:
    from pos.simulator.dialects.mypay import MypayDialect

Service = Callable[["MypayDialect", dict[str, Any]], Reply]

TOOLS = ["CREDITCARD", "CSTORECODE", "WEBATM", "E_COLLECTION", "ABROAD", "ALIPAY", "WECHAT", "LINEPAYON", "APPLEPAY",
         "GOOGLEPAY", "JKOON", "EASYWALLETON", "BARCODE"]  # fmt: skip
SMALL_SUMS_ONLY = {"BARCODE": 20_000, "CSTORECODE": 20_000}
"""Maximum amount at convenience stores, in dollars."""


def ewalletbind(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """Bind a wallet (MYPAY電子錢包綁定)."""
    check_wallet(data, dialect.credentials["store_uid"])
    serial = dialect.next_wallet()
    return {"code": "B200", "msg": "執行成功", "url": f"{dialect.context.base_url}/ewallet/{serial}.html"}


def paymentsupportpaymode(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """Return the shop's payment tools (特約商店可用支付工具查詢)."""
    if str(data.get("store_uid")) != dialect.credentials["store_uid"]:
        raise Refused("100", "store_uid 錯誤")
    cost = int(rule("B500", "cost", str(data.get("cost", "")), "[1-9][0-9]{0,9}"))
    fitting = [tool for tool in dialect.tools if cost <= SMALL_SUMS_ONLY.get(tool, cost)]
    return {"code": "B200", "msg": "執行成功", "content": fitting}


SERVICES: dict[str, Service] = {
    "api/transaction": transaction,
    "api/refund": money.refund,
    "api/refundcancel": money.refundcancel,
    "api/cancelauthorization": money.cancelauthorization,
    "api/authorizedrequestpayment": money.authorizedrequestpayment,
    "api/disabledirectdebit": money.disabledirectdebit,
    "api/ewalletbind": ewalletbind,
    "api/issueinvoice": invoices.issueinvoice,
    "api/invoice": invoices.invoice,
    "api/paymentsupportpaymode": paymentsupportpaymode,
}
