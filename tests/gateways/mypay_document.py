"""A second copy of the request tables of MyPay's document 1.0.6: every field, and the reason if it is not sent."""

from __future__ import annotations

WALLET = (
    "user_name", "user_real_name", "user_english_name", "user_zipcode", "user_address", "user_sn_type", "user_sn",
    "user_phone", "user_cellphone_code", "user_cellphone", "user_email", "user_birthday", "pfn", "echo_0", "echo_1",
    "echo_2", "echo_3", "echo_4", "success_returl", "failure_returl",
)  # fmt: skip

REQUESTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "api/orders": (
        "『PayPage金流交易』欄位",
        (
            "store_uid", "user_id", "user_name", "user_real_name", "user_zipcode", "user_address", "user_sn_type",
            "user_sn", "user_phone", "user_cellphone_code", "user_cellphone", "user_email", "user_birthday", "cost",
            "currency", "enable_dcc", "order_id", "ip", "item", "items", "regular", "regular_total",
            "regular_first_charge_date", "group_id", "echo_0", "echo_1", "echo_2", "echo_3", "echo_4", "pfn",
            "interface", "discount", "success_returl", "failure_returl", "limit_pay_days", "shipping_fee",
            "enable_quickpay", "enable_ewallet", "virtual_pan", "ewallet_type", "transaction_type",
            "creditcard_installment", "cardless_code", "cardless_installment", "each_code", "issue_invoice_state",
            "invoice_ratetype", "invoice_input_type", "invoice_cloud_type", "invoice_tax_id", "invoice_mobile_code",
            "invoice_natural_person", "invoice_love_code", "invoice_b2b_title", "invoice_b2b_id",
            "invoice_b2b_address", "invoice_b2b_title_force", "invoice_b2b_id_force", "invoice_b2b_address_force",
            "user_data", "files_path", "price", "recharge_code", "recharge_items", "agent_sms_fee_type",
            "agent_charge_fee_type", "agent_charge_fee", "is_agent_charge", "shipping_info",
            "creditcard_is_automatic_payment",
        ),
    ),
    "api/queryorder": ("『交易查詢』欄位", ("uid", "key")),
    "api/refund": ("『交易退款』欄位", ("store_uid", "key", "uid", "cost", "invoice_state", "items")),
    "api/cancelauthorization": ("『信用卡取消授權』欄位", ("store_uid", "uid", "key")),
    "api/authorizedrequestpayment": ("『信用卡授權請款』欄位", ("store_uid", "uid", "key", "cost", "items")),
    "api/disabledirectdebit": (
        "『定期定額式扣款取消』欄位",
        ("store_uid", "order_id", "group_id", "stop_time", "stop_reason"),
    ),
    "api/ewalletbind": ("『MYPAY電子錢包綁定』欄位", ("store_uid", "user_id", "ip", *WALLET)),
    "api/refundcancel": ("『取消退款』欄位", ("store_uid", "key", "uid", "rows")),
    "api/issueinvoice": (
        "『電子發票開立』欄位",
        (
            "store_uid", "key", "uid", "invoice_input_type", "invoice_cloud_type", "invoice_tax_id",
            "invoice_mobile_code", "invoice_natural_person", "invoice_love_code", "invoice_b2b_title",
            "invoice_b2b_id", "invoice_b2b_post_zone", "invoice_b2b_address",
        ),
    ),
    "api/invoice": ("『電子發票查詢』欄位", ("uid", "key")),
    "api/paymentsupportpaymode": ("『特約商店可用支付工具查詢』欄位", ("store_uid", "cost", "currency")),
}  # fmt: skip

NESTED: dict[str, tuple[str, tuple[str, ...]]] = {
    "items": ("『商品項目』欄位", ("id", "name", "cost", "amount", "total", "image_url")),
    "recharge_items": ("『儲值交易項目』欄位", ("id", "name", "price", "amount", "total")),
    "shipping_info": (
        "『後付款送貨資訊』欄位",
        ("shipment_type", "company_name", "department_name", "name", "cvs", "cvs_store", "cvs_store_name", "zip_code",
         "ship_address", "tel"),
    ),
    "user_data": ("『無卡分期消費者資訊』欄位", ("(all of it)",)),
}  # fmt: skip
"""Tables of objects inside an order. The loan application is too long to type at a counter: it is read from a file."""

REASONS: dict[tuple[str, str], str] = {
    ("api/orders", "item"): "the number of items in the older form of the request; the array items replaces it",
    ("api/refundcancel", "rows"): "several refunds in one call; the register takes back one at a time",
    ("api/issueinvoice", "invoice_b2b_post_zone"): "not required; the proof is handed over, nothing is mailed",
    ("items", "image_url"): "for LINE Pay online only; a counter's lines have no pictures",
    ("user_data", "(all of it)"): "passes through unchanged from the JSON file of `--option user_data=@FILE`",
    ("api/issueinvoice", "invoice_b2b_address"): "not required; the proof is handed over, nothing is mailed",
}
"""Fields that the register never sends."""


VALUE_TABLES = (
    "交易服務類型", "交易類型", "交易類型定義", "付款方式", "信用卡別類型", "信用卡授權請款模式類型", "分期類型定義",
    "含不含手續費類型", "含不含簡訊費", "啟用快速結帳", "啟用電子錢包", "幣別類型", "後付款超商取貨", "後付款送貨資訊",
    "是否為經銷商代收費模式", "紅利資訊類型", "自動換匯", "證號類型", "資料內容所屬支付名稱", "金流供應商代碼",
    "閘道內容回傳格式類型", "雲端發票類型", "電子發票列印設備", "電子發票列印類型", "電子發票是否開立狀態",
    "電子發票欄位異動", "電子發票稅率別", "電子發票紙本列印標題類型", "電子發票退款時使用作廢或折讓",
    "電子發票開立狀態類型", "電子發票開立類型",
    "電子錢包執行狀態碼", "電子錢包執行類型",
)  # fmt: skip
"""Every heading of the chapter 值的定義."""


def page() -> str:
    """Return the text of ``docs/reference/mypay-fields.md``."""
    lines = [
        "# Every field of MyPay's request tables",
        "",
        "MYPAY LINK PayPage, document 1.0.6. *Sent* means: by a test, to the simulator that checks it by the document.",
        "This page is generated by `python3 packaging/dev.py reference` and checked by a test.",
    ]
    for command, (heading, fields) in (REQUESTS | NESTED).items():
        lines += ["", f"## `{command}` {heading}", "", "| field | |", "|---|---|"]
        lines += [f"| `{name}` | {REASONS.get((command, name)) or 'sent'} |" for name in fields]
    return "\n".join(lines) + "\n"
