"""What QFPay is, as data: its settings, keys, tenders and limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from pos.gateways.base import Facts, SecretField, Setting
from pos.gateways.qfpay.codes import CURRENCIES, PAY_TYPES, PUBLIC_TENDERS, REFUNDED_BY_HAND, TENDERS
from pos.i18n import N_

EXPIRES_MINUTES: Final = 30

FACTS: Final = Facts(
    name="qfpay",
    title="QFPay",
    tenders=TENDERS,
    currencies=frozenset(CURRENCIES),
    base_url="https://test-openapi-hk.qfapi.com",
    settings=(
        Setting("base_url", N_("Address")),
        Setting("app_code", N_("App code"), required=True),
        Setting("mchid", N_("Merchant number")),
        Setting("currency", N_("Currency"), default="HKD", choices=CURRENCIES),
        Setting("region", N_("Region"), default="hk", choices=("hk", "overseas")),
        Setting("alipay_type", N_("Alipay payment type"), choices=PAY_TYPES),
        Setting("customer_codes", N_("Customers' codes"), default="wallet", choices=("wallet", "any", "no")),
        Setting("require_signature", N_("Refuse unsigned answers"), default="no", choices=("yes", "no")),
        Setting("link_hosts", N_("Allowed link hosts")),
    ),
    secrets=(SecretField("client_key", N_("Client key")),),
    minimum={"HKD": 1},
    lifetime=timedelta(minutes=EXPIRES_MINUTES),
    refunds=True,
    public_tenders=PUBLIC_TENDERS,
    refunded_by_hand=REFUNDED_BY_HAND,
    lists_days=True,
    document="QFPay 支付寶線上支付(Web/WAP)",
)
