"""What O'Pay's periodic cards are, as data: their settings, keys, tender and capability."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from pos.gateways.base import Facts, SecretField, Setting
from pos.gateways.capabilities import Capability
from pos.gateways.opay_periodic.calls import MD5
from pos.gateways.opay_periodic.codes import TENDERS
from pos.gateways.opay_periodic.fields import LARGEST
from pos.i18n import N_

YES, NO = "yes", "no"

FACTS: Final = Facts(
    name="opay_periodic",
    title="O'Pay periodic",
    tenders=TENDERS,
    currencies=frozenset({"TWD"}),
    base_url="https://payment-stage.opay.tw",
    settings=(
        Setting(
            "base_url",
            N_("Address"),
            help=N_(
                "Address of the gateway. The documents name `payment.opay.tw` and, older, `payment.allpay.com.tw`."
            ),
        ),
        Setting("merchant_id", N_("Merchant number"), required=True, help=N_("Merchant number.")),
        Setting(
            "platform_id",
            N_("Platform number"),
            help=N_("Platform number, if the shop is a platform's merchant; the keys are then the platform's."),
        ),
        Setting(
            "version",
            N_("Version"),
            default="V4",
            choices=("V2", "V4", "V5"),
            help=N_("Version in the paths of the order and of its query."),
        ),
        Setting(
            "digest",
            N_("Digest of the signature"),
            default="sha256",
            choices=("sha256", MD5),
            help=N_(
                "Digest of CheckMacValue; `md5` for old hosts. Notifications and answers are accepted with either."
            ),
        ),
        Setting(
            "return_url",
            N_("Address for notifications"),
            help=N_(
                "Address for the notification of the first charge, if it is not `/notify/opay_periodic` under"
                " `[server] url`."
            ),
        ),
        Setting(
            "period_return_url",
            N_("Address for notifications of later charges"),
            help=N_("The same for later charges."),
        ),
        Setting(
            "payment_info_url",
            N_("Address for notifications of orders"),
            help=N_("Address for the notification of an order; without it none is sent."),
        ),
        Setting(
            "order_result_url",
            N_("Address for the customer after the payment"),
            help=N_(
                "Address to which the customer's browser posts the result; without it the customer sees O'Pay's page."
            ),
        ),
        Setting("item_url", N_("Address of the goods"), help=N_("Address of the goods, shown to the customer.")),
        Setting("store_id", N_("Store number"), help=N_("Number of the store, for the shop's own use.")),
        Setting(
            "language",
            N_("Language of the payment page"),
            choices=("ENG",),
            help=N_("Language of O'Pay's page; Chinese without it."),
        ),
        Setting(
            "device_source",
            N_("Layout of the payment page"),
            choices=("P", "M"),
            help=N_("Layout of O'Pay's page: `P` computer, `M` phone; chosen by O'Pay without it."),
        ),
        Setting(
            "extra_info",
            N_("Ask for details of the card"),
            default=NO,
            choices=(YES, NO),
            help=N_("Whether notifications have details of the card: authorisation number, last four digits."),
        ),
        Setting(
            "queries",
            N_("Query orders"),
            default=YES,
            choices=(YES, NO),
            help=N_("Whether the register queries orders. Without queries, signed notifications settle charges."),
        ),
        Setting(
            "stop_path",
            N_("Path of the call that stops an agreement"),
            help=N_(
                "Path of the gateway's call that stops an agreement, such as `/Cashier/CreditCardPeriodAction`,"
                " if it has one. Without it, agreements are stopped in the gateway's console."
            ),
        ),
        Setting(
            "day_list_url",
            N_("Address of the day's list"),
            help=N_(
                "The same as `opay.day_list_url`. O'Pay lists all orders of a merchant number, whichever of the two"
                " asks."
            ),
        ),
    ),
    secrets=(SecretField("hash_key", "HashKey", (16,)), SecretField("hash_iv", "HashIV", (16,))),
    minimum={"TWD": 1},
    maximum={"TWD": LARGEST},
    lifetime=timedelta(hours=72),
    needs_page=True,
    page_redirects=("https://*.opay.tw", "https://*.allpay.com.tw"),
    refunds=True,
    capabilities=frozenset({Capability.AGREEMENT}),
    document="O'Pay 信用卡定期定額",
)
