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
        Setting(
            "base_url", N_("Address"), help=N_("Address of the gateway. For real money: the address in your contract.")
        ),
        Setting("app_code", N_("App code"), required=True, help=N_("App code.")),
        Setting("mchid", N_("Merchant number"), help=N_("Merchant number, for most contracts.")),
        Setting("currency", N_("Currency"), default="HKD", choices=CURRENCIES, help=N_("Currency of the contract.")),
        Setting(
            "region",
            N_("Region"),
            default="hk",
            choices=("hk", "overseas"),
            help=N_("`hk` for Hong Kong, else `overseas`: it decides which of QFPay's payment types are used."),
        ),
        Setting(
            "alipay_type",
            N_("Alipay payment type"),
            choices=PAY_TYPES,
            help=N_("QFPay's payment type for Alipay, if it is not the region's own."),
        ),
        Setting(
            "customer_codes",
            N_("Customers' codes"),
            default="wallet",
            choices=("wallet", "any", "no"),
            help=N_(
                "Charge the code on a customer's phone (QFPay's public types): `wallet` by Alipay's and WeChat's"
                " own types, `any` by the type for any wallet."
            ),
        ),
        Setting(
            "require_signature",
            N_("Refuse unsigned answers"),
            default="no",
            choices=("yes", "no"),
            help=N_("Refuse answers without a signature."),
        ),
        Setting(
            "link_hosts",
            N_("Allowed link hosts"),
            help=N_("More hosts that QFPay's links may lead to, separated by commas."),
        ),
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
