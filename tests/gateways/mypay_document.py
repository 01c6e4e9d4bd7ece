"""The request tables of MyPay's document 1.0.6, typed out a second time: every field, and why one is not sent."""

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

REASONS: dict[tuple[str, str], str] = {
    ("api/orders", "item"): "the number of items in the older form of the request; the array items replaces it",
    ("api/refundcancel", "rows"): "several refunds in one call; the register takes back one at a time",
    ("api/issueinvoice", "invoice_b2b_post_zone"): "not required; the proof is handed over, nothing is mailed",
    ("api/issueinvoice", "invoice_b2b_address"): "not required; the proof is handed over, nothing is mailed",
}
"""Fields that the register never sends."""


def page() -> str:
    """``docs/mypay-fields.md``."""
    lines = [
        "# Every field of MyPay's request tables",
        "",
        "MYPAY LINK PayPage, document 1.0.6. *Sent* means: by a test, to the simulator that checks it by the document.",
        "This page is made by `python3 packaging/dev.py fields` and checked by a test.",
    ]
    for command, (heading, fields) in REQUESTS.items():
        lines += ["", f"## `{command}` {heading}", "", "| field | |", "|---|---|"]
        lines += [f"| `{name}` | {REASONS.get((command, name)) or 'sent'} |" for name in fields]
    return "\n".join(lines) + "\n"
