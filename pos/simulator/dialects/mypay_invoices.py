"""MyPay's e-invoices: issue within two days, query, void in their period, allowances after it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pos.simulator.base import TAIPEI, Refused, Reply, compact, local, rule
from pos.simulator.crypto import invoice_seal
from pos.simulator.orders import OrderStatus, SimOrder

if TYPE_CHECKING:
    from pos.simulator.dialects.mypay import MypayDialect

SELLER = "28915188"
TRACK = "JH"
WITHIN = timedelta(hours=48)
ISSUED, VOID, ALLOWANCE = 2, 4, 6

EMPTY: Reply = {
    "cloud_type": "", "mobile_code": "", "tax_id": "", "natural_person": "", "m_post_zone": "", "m_address": "",
    "love_code": "", "b2b_title": "", "b2b_id": "", "b2b_post_zone": "", "b2b_address": "",
}  # fmt: skip


QUERY_ONLY = frozenset({*EMPTY, "allowance", "print_type", "print_device"})
"""Fields that only the query returns."""

NOT_DONATED = ("rand_code", "seller_ban", "buyer_ban", "left_qrcode", "middle_barcode", "right_qrcode")


def issueinvoice(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """Issue the e-invoice of a paid order, once, within 48 hours (電子發票開立)."""
    order = dialect.order_of(data)
    now = dialect.context.now()
    if order.status is not OrderStatus.PAID or order.paid_at is None:
        raise Refused("B500", "訂單未付款")
    if "invoice" in order.extra:
        raise Refused("B500", "發票已開立")
    if now > order.paid_at + WITHIN:
        raise Refused("B500", "超過開立時限48小時")
    issue(dialect, order, data, with_payment=False)
    invoice = order.extra["invoice"]
    kept = {name: value for name, value in invoice.items() if name not in QUERY_ONLY}
    return {
        "uid": order.ref, "key": order.facts["key"], "code": "B200", "msg": "發票處理完成", "order_id": order.number,
        "actual_cost": order.paid, "actual_currency": order.currency, **kept, "state_msg": "",
        **{name: order.facts.get(name, "") for name in (f"echo_{n}" for n in range(5))},
    }  # fmt: skip


def invoice(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """Query an e-invoice (電子發票查詢); the reply without one repeats the request."""
    try:
        order = dialect.order_of(data)
    except Refused:
        order = None
    if order is None or "invoice" not in order.extra:
        return {"uid": data.get("uid", ""), "key": data.get("key", "")}
    return {
        "uid": int(order.ref), "key": order.facts["key"], "prc": dialect.prc(order), "order_id": order.number,
        "cost": order.amount, "currency": order.currency, "actual_cost": order.paid,
        "actual_currency": order.currency, **order.extra["invoice"], "group_id": "", "payment_name": "", "nois": "",
        **{name: order.facts.get(name, "") for name in (f"echo_{n}" for n in range(5))},
    }  # fmt: skip


def issue(dialect: MypayDialect, order: SimOrder, requested: dict[str, Any], *, with_payment: bool) -> None:
    """Issue an e-invoice from 『電子發票開立』欄位; the fields depend on the kind. Raises Refused."""
    allowed = "[12]" if with_payment else "[123]"
    kind = int(rule("B500", "invoice_input_type", str(requested.get("invoice_input_type", "")), allowed))
    extra = {1: _carrier_fields, 2: _donation_fields, 3: _paper_fields}[kind](requested)
    buyer = str(extra.get("b2b_id") or extra.get("tax_id") or "")
    rate = int(str(order.extra["requested"].get("invoice_ratetype") or 1))  # 『電子發票開立』欄位 has none
    total = order.paid
    tax = round_half_up(total * 5, 105) if rate == 1 else 0
    now = dialect.context.now()
    serial = sum("invoice" in one.extra for one in dialect.orders.all()) + 242
    number, rand = f"{serial:08d}", f"{dialect.context.source.randrange(10_000):04d}"
    items = order.extra["items"]
    invoice: Reply = {
        "state": ISSUED, "date": local(now, "%Y%m%d%H%M%S"), "wordtrack": TRACK, "number": number, "rand_code": rand,
        "seller_ban": SELLER, "buyer_ban": buyer,
        "left_qrcode": _left_code(now, number, rand, total, tax, buyer, items),
        "middle_barcode": f"{period(now.astimezone(TAIPEI).date())}{TRACK}{number}{rand}", "right_qrcode": "**",
        "title_type": 1, "title": "測試商店", "print_type": 0, "print_device": 0, "amount": str(total),
        "sales_amount": str(total - tax), "tax_amount": str(tax), "order_detail": _detail(items), "ratetype": rate,
        "input_type": kind, **EMPTY, **extra, "allowance": [],
    }  # fmt: skip
    if kind == 2:  # as the sample: a donated invoice has no codes
        invoice |= dict.fromkeys(NOT_DONATED, "")
    order.extra |= {"invoice": invoice, "invoiced_at": now}


def issue_with_payment(dialect: MypayDialect, order: SimOrder) -> None:
    """Issue the requested e-invoice (發動交易時一起發動), else the one chosen on the page: by e-mail here."""
    requested = order.extra["requested"]
    if str(requested.get("issue_invoice_state", "0")) != "1" or "invoice" in order.extra:
        return
    chosen = requested if requested.get("invoice_input_type") else {"invoice_input_type": 1, "invoice_cloud_type": "4"}
    issue(dialect, order, chosen, with_payment=True)


def apply_refund(dialect: MypayDialect, order: SimOrder, data: dict[str, Any], cost: int) -> None:
    """Apply a refund to the invoice: 4 void (and issued again for the rest), 6 allowance. Raises Refused."""
    invoice = order.extra.get("invoice")
    if invoice is None or invoice["state"] == VOID:
        return
    items = data.get("items")
    names = {str(item["name"]) for item in order.extra["items"]}
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise Refused("B500", "items 必填")
    if any(str(item.get("name")) not in names for item in items):
        raise Refused("B500", "退款項目名稱必須和交易時相同")
    if sum(_total(item) for item in items) != cost:
        raise Refused("B500", "退款項目總額必須與退款金額一致")
    now = dialect.context.now()
    wanted = rule("B500", "invoice_state", str(data.get("invoice_state") or VOID), f"{VOID}|{ALLOWANCE}")
    if wanted == str(ALLOWANCE):
        invoice["state"] = ALLOWANCE
        rows = [
            {"SeqNo": str(n), "ItemID": order.ref, "ItemName": item["name"], "Qty": str(item["amount"]),
             "TotalAmount": str(item["total"]), "RateType": str(invoice["ratetype"])}
            for n, item in enumerate(items)
        ]  # fmt: skip
        invoice["allowance"].append({"uid": int(order.ref), "amount": str(cost), "order_detail": compact(rows)})
        return
    issued: datetime = order.extra["invoiced_at"]
    if period(issued.astimezone(TAIPEI).date()) != period(now.astimezone(TAIPEI).date()):
        raise Refused("B500", "跨發票月份無法作廢")
    if invoice["allowance"]:
        raise Refused("B500", "已有折讓,無法作廢")
    invoice["state"] = VOID


def _total(item: dict[str, Any]) -> int:
    """Check 『商品項目』欄位: cost × amount = total."""
    cost, amount, total = (
        int(rule("B500", name, str(item.get(name, "")), "-?[0-9]{1,10}")) for name in ("cost", "amount", "total")
    )
    if cost * amount != total:
        raise Refused("B500", "items total 不符")
    return total


def period(day: date) -> str:
    """Return the invoice period: 民國 year and even month, five digits."""
    return f"{day.year - 1911:03d}{day.month + day.month % 2:02d}"


def round_half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def prefixed(invoice: Reply) -> Reply:
    """Return an invoice with the prefixed names of the order object."""
    return {f"invoice_{name}": value for name, value in invoice.items()}


def _carrier_fields(requested: dict[str, Any]) -> Reply:
    kind = rule("B500", "invoice_cloud_type", str(requested.get("invoice_cloud_type", "")), "[234]")
    found: Reply = {"cloud_type": kind}
    if kind == "2":
        code = str(requested.get("invoice_mobile_code", ""))
        found["mobile_code"] = rule("B500", "invoice_mobile_code", code, r"/[0-9A-Z+\-.]{7}")
        found["tax_id"] = rule("B500", "invoice_tax_id", str(requested.get("invoice_tax_id") or ""), "([0-9]{8})?")
    if kind == "3":
        code = str(requested.get("invoice_natural_person", ""))
        found["natural_person"] = rule("B500", "invoice_natural_person", code, "[A-Z]{2}[0-9]{14}")
    return found


def _donation_fields(requested: dict[str, Any]) -> Reply:
    return {"love_code": rule("B500", "invoice_love_code", str(requested.get("invoice_love_code", "")), "[0-9]{3,7}")}


def _paper_fields(requested: dict[str, Any]) -> Reply:
    ban = rule("B500", "invoice_b2b_id", str(requested.get("invoice_b2b_id") or ""), "([0-9]{8})?")
    return {"b2b_id": ban, "b2b_title": str(requested.get("invoice_b2b_title") or "")}


def _left_code(
    now: datetime, number: str, rand: str, total: int, tax: int, buyer: str, items: list[dict[str, Any]]
) -> str:
    """Return the left code of the MOF's document: 77 characters, then the items."""
    day = now.astimezone(TAIPEI)
    sums = f"{total - tax:08x}{total:08x}"
    head = f"{TRACK}{number}{day.year - 1911:03d}{day:%m%d}{rand}{sums}{buyer or '00000000'}{SELLER}"
    first = items[0]
    name = str(first["name"]).replace(":", " ")[:20]
    counts = f"**********:1:{len(items)}:1:{name}:{first['amount']}:{first['cost']}:"
    return f"{head}{invoice_seal(TRACK + number + rand)}:{counts}"


def _detail(items: list[dict[str, Any]]) -> str:
    return compact(
        [
            {"Description": str(item["name"]), "Quantity": str(item["amount"]), "UnitPrice": str(item["cost"]),
             "Amount": str(item["total"])}
            for item in items
        ]
    )  # fmt: skip
