"""The ways to pay, as data: one row a tender, in the order of the keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pos.domain.payment import Tender
from pos.i18n import N_


class Kind(StrEnum):
    """What the customer does."""

    WALLET = "wallet"  # scans a code with one app
    TRANSFER = "transfer"  # transfers to an account
    PAGE = "page"  # chooses on the gateway's page
    CASH = "cash"
    AGREEMENT = "agreement"  # agrees to be charged again and again; not at the counter


@dataclass(frozen=True, slots=True)
class TenderSpec:
    """One way to pay. ``title`` is a gettext id, ``icon`` names a file."""

    key: Tender
    title: str
    icon: str
    kind: Kind


SPECS: Final[Mapping[Tender, TenderSpec]] = {
    spec.key: spec
    for spec in (
        TenderSpec(Tender.WECHAT, N_("WeChat"), "wechat", Kind.WALLET),
        TenderSpec(Tender.ALIPAY, N_("Alipay"), "alipay", Kind.WALLET),
        TenderSpec(Tender.ATM, N_("ATM"), "bank", Kind.TRANSFER),
        TenderSpec(Tender.MYPAY, N_("MyPay"), "mypay", Kind.PAGE),
        TenderSpec(Tender.CASH, N_("Cash"), "cash", Kind.CASH),
        TenderSpec(Tender.CARD_PERIODIC, N_("Periodic card"), "card", Kind.AGREEMENT),
    )
}

COUNTER_TENDERS: Final = tuple(spec.key for spec in SPECS.values() if spec.kind is not Kind.AGREEMENT)
"""The tender keys, from F1 on."""

SHORTCUTS: Final[Mapping[Tender, str]] = {tender: f"F{number}" for number, tender in enumerate(COUNTER_TENDERS, 1)}
