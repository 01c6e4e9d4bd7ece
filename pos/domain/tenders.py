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
    CARD_PERIODIC = "card_periodic"
    CASH = "cash"


CASH: Final = "cash"
"""The route of a cash payment, in the place of a gateway's name."""


class Kind(StrEnum):
    """What the customer does."""

    WALLET = "wallet"  # scans a code with one app
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
        TenderSpec(Tender.CASH, _named(N_("Cash")), "cash", "olive", Kind.CASH),
        TenderSpec(Tender.CARD_PERIODIC, _named(N_("Periodic card")), "card", "purple", Kind.AGREEMENT),
    )
}

COUNTER_TENDERS: Final = tuple(spec.key for spec in SPECS.values() if spec.kind is not Kind.AGREEMENT)
"""The tender keys, from F1 on."""

SHORTCUTS: Final[Mapping[Tender, str]] = {tender: f"F{number}" for number, tender in enumerate(COUNTER_TENDERS, 1)}

_PLACES: Final = {tender.value: place for place, tender in enumerate(SPECS)}


def place_of(tender: str) -> tuple[int, str]:
    """Return the key that sorts tenders by name in their order here; unknown ones are last."""
    return _PLACES.get(tender, len(_PLACES)), tender
