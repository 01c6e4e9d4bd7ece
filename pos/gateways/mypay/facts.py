"""What MyPay is, as data: its settings, keys, tenders and capabilities."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from pos.gateways.base import Facts, SecretField, Setting
from pos.gateways.capabilities import Capability
from pos.gateways.mypay.codes import TENDERS
from pos.i18n import N_

FACTS: Final = Facts(
    name="mypay",
    title="MyPay",
    tenders=TENDERS,
    currencies=frozenset({"TWD"}),
    base_url="https://pay.usecase.cc",
    settings=(
        Setting(
            "base_url", N_("Address"), help=N_("Address of the gateway. For real money: the address in your contract.")
        ),
        Setting("store_uid", N_("Merchant number"), required=True, help=N_("Merchant number.")),
        Setting(
            "pfn",
            N_("Payment tool"),
            default="0",
            help=N_("Payment tool offered to the customer, by MyPay's name or number. `0` lets the customer choose."),
        ),
        Setting(
            "validity_days",
            N_("Days a virtual account can be paid"),
            default="3",
            help=N_("Days an account or a convenience-store code may be paid, 1 to 99."),
        ),
        Setting(
            "lookup_by_order",
            N_("Find lost orders by number"),
            default="no",
            choices=("yes", "no"),
            help=N_("Find an order whose answer was lost by its order number. MyPay must have enabled this call."),
        ),
        Setting(
            "invoice_with_payment",
            N_("E-invoice with the order"),
            default="no",
            choices=("yes", "no"),
            help=N_("Request the e-invoice with the order instead of after the payment."),
        ),
        Setting(
            "customer_codes",
            N_("Customers' codes"),
            default="no",
            choices=("yes", "no"),
            help=N_(
                "Charge the code on a customer's phone by MyPay's public call for WeChat, LINE Pay, Pi and JKO, or"
                " any wallet. MyPay must have enabled it."
            ),
        ),
        Setting(
            "key_expires",
            N_("Last day of the merchant key"),
            help=N_("Last day of the merchant key, as `2026-12-31`. The register counts down its last weeks."),
        ),
        Setting(
            "link_hosts",
            N_("Allowed link hosts"),
            help=N_("More hosts that MyPay's links may lead to, separated by commas."),
        ),
    ),
    secrets=(
        SecretField("store_key", N_("Merchant key"), (32,)),
        SecretField("store_key_next", N_("Next merchant key"), (32,), required=False),
    ),
    minimum={"TWD": 1},
    takes_options=True,
    refunds=True,
    refund_cutoff=True,
    lifetime=timedelta(days=4),
    capabilities=frozenset(Capability) - {Capability.AGREEMENT},
    invoice_options=("issue_invoice_", "invoice_"),
    held_code="245",  # 附錄二
    document="特約商店 MYPAY LINK PayPage交易 1.0.6",
)
