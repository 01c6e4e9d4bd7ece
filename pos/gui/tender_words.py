"""The names of tenders and gateways, apart from the other words: the window starts with them."""

from __future__ import annotations

from pos.domain.tenders import SPECS, Tender
from pos.i18n import _


def tender_word(tender: Tender) -> str:
    """Return the short name of a tender, as on its key."""
    return _(SPECS[tender].titles.short)


def gateway_word(name: str) -> str:
    """A gateway's title; the name itself where it is not one of ours."""
    from pos.gateways import title_of

    return title_of(name)
