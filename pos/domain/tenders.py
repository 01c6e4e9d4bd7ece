"""The ways to pay, as data: one row a tender, in the order of the keys and of every table by tender."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from pos.i18n import N_


class Tender(StrEnum):
    """How the customer pays."""

    WECHAT = "wechat"
    ALIPAY = "alipay"
    ATM = "atm"
    MYPAY = "mypay"
    CREDIT_CARD = "credit_card"
    LINE_PAY = "line_pay"
    JKOPAY = "jkopay"
    EASYWALLET = "easywallet"
    PI = "pi"
    PX_PAY = "px_pay"
    PLUS_PAY = "plus_pay"
    APPLE_PAY = "apple_pay"
    GOOGLE_PAY = "google_pay"
    STORE_CODE = "store_code"
    STORE_BARCODE = "store_barcode"
    UNIONPAY = "unionpay"
    ALIPAY_HK = "alipay_hk"
    WECHAT_HK = "wechat_hk"
    PAYME = "payme"
    FPS = "fps"
    OCTOPUS = "octopus"
    CARD_PERIODIC = "card_periodic"
    CASH = "cash"


CASH: Final = "cash"
"""The route of a cash payment, in the place of a gateway's name."""


class Kind(StrEnum):
    """What the customer does."""

    WALLET = "wallet"  # scans a code with one app
    CARD = "card"  # enters a card on the gateway's page
    STORE = "store"  # pays a code or a slip at a convenience store
    TRANSFER = "transfer"  # transfers to an account
    PAGE = "page"  # chooses on the gateway's page
    CASH = "cash"
    AGREEMENT = "agreement"  # agrees to be charged again and again; not at the counter


class Titles(NamedTuple):
    """The names of a tender, as gettext ids: where it is explained, and on keys, slips and in tables."""

    full: str
    short: str


@dataclass(frozen=True, slots=True)
class TenderSpec:
    """One way to pay. ``icon`` names a file, ``colour`` a colour of both themes."""

    key: Tender
    titles: Titles
    icon: str
    colour: str
    kind: Kind


def _named(title: str) -> Titles:
    return Titles(title, title)


SPECS: Final[Mapping[Tender, TenderSpec]] = {
    spec.key: spec
    for spec in (
        TenderSpec(Tender.WECHAT, _named(N_("WeChat")), "wechat", "green", Kind.WALLET),
        TenderSpec(Tender.ALIPAY, _named(N_("Alipay")), "alipay", "blue", Kind.WALLET),
        TenderSpec(Tender.ATM, Titles(N_("ATM transfer"), N_("ATM")), "bank", "teal", Kind.TRANSFER),
        TenderSpec(Tender.MYPAY, _named(N_("MyPay")), "mypay", "orange", Kind.PAGE),
        TenderSpec(Tender.CREDIT_CARD, Titles(N_("Credit card"), N_("Card")), "credit-card", "indigo", Kind.CARD),
        TenderSpec(Tender.LINE_PAY, _named("LINE Pay"), "bubble", "green", Kind.WALLET),
        TenderSpec(Tender.JKOPAY, _named(N_("JKO Pay")), "stall", "pink", Kind.WALLET),
        TenderSpec(Tender.EASYWALLET, _named(N_("Easy Wallet")), "wallet", "blue", Kind.WALLET),
        TenderSpec(Tender.PI, _named(N_("Pi wallet")), "pi", "orange", Kind.WALLET),
        TenderSpec(Tender.PX_PAY, _named(N_("PX Pay")), "basket", "slate", Kind.WALLET),
        TenderSpec(Tender.PLUS_PAY, _named(N_("Plus Pay")), "plus", "purple", Kind.WALLET),
        TenderSpec(Tender.APPLE_PAY, _named("Apple Pay"), "tap-phone", "slate", Kind.CARD),
        TenderSpec(Tender.GOOGLE_PAY, _named("Google Pay"), "tap-card", "teal", Kind.CARD),
        TenderSpec(Tender.STORE_CODE, _named(N_("Store code")), "kiosk", "brown", Kind.STORE),
        TenderSpec(Tender.STORE_BARCODE, Titles(N_("Store barcode"), N_("Barcode")), "barcode", "brown", Kind.STORE),
        TenderSpec(Tender.UNIONPAY, _named(N_("UnionPay")), "card-stripes", "teal", Kind.WALLET),
        TenderSpec(Tender.ALIPAY_HK, _named("AlipayHK"), "alipay", "indigo", Kind.WALLET),
        TenderSpec(Tender.WECHAT_HK, _named(N_("WeChat HK")), "wechat", "teal", Kind.WALLET),
        TenderSpec(Tender.PAYME, _named("PayMe"), "pay-person", "pink", Kind.WALLET),
        TenderSpec(Tender.FPS, _named(N_("FPS")), "bolt", "slate", Kind.WALLET),
        TenderSpec(Tender.OCTOPUS, _named(N_("Octopus")), "waves", "orange", Kind.WALLET),
        TenderSpec(Tender.CASH, _named(N_("Cash")), "cash", "olive", Kind.CASH),
        TenderSpec(Tender.CARD_PERIODIC, _named(N_("Periodic card")), "card", "purple", Kind.AGREEMENT),
    )
}

COUNTER_TENDERS: Final = tuple(spec.key for spec in SPECS.values() if spec.kind is not Kind.AGREEMENT)
"""The tenders that may have a key at the counter."""

USUAL_KEYS: Final = (Tender.WECHAT, Tender.ALIPAY, Tender.ATM, Tender.MYPAY, Tender.CASH)
"""The tenders on the keys of a shop that chose none, from F1 on."""

KEYS: Final = ("F1", "F2", "F3", "F4", "F5")
"""The keys of the first tenders that a shop shows; the others are chosen behind the key "more"."""

MORE_KEY: Final = "Shift+F5"

_PLACES: Final = {tender.value: place for place, tender in enumerate(SPECS)}


def place_of(tender: str) -> tuple[int, str]:
    """Return the key that sorts tenders by name in their order here; unknown ones are last."""
    return _PLACES.get(tender, len(_PLACES)), tender
