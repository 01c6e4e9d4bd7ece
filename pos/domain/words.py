"""Words for what the book names by key: tenders, gateways, states. Gettext ids; the window adds icons of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos.domain.payment import CASH, Attempt, Returned
from pos.domain.states import State
from pos.domain.tenders import SPECS
from pos.i18n import N_, _

TENDERS: Final[Mapping[str, str]] = {spec.key: spec.title for spec in SPECS.values()}

IN_FLIGHT: Final[Mapping[str, str]] = {
    State.CREATED: N_("Not sent"),
    State.SENT: N_("Sending"),
    State.PENDING: N_("Waiting"),
    State.UNKNOWN: N_("Not known"),
    State.VOIDING: N_("Watched"),
    State.REVIEW: N_("Manager"),
}
"""The states that a shift can end with."""


RETURNED: Final[Mapping[Returned, tuple[str, str]]] = {
    Returned.IN_PROCESS: (N_("Refund in process"), N_("Refund in process: {amount}")),
    Returned.PART: (N_("Partly refunded"), N_("Partly refunded: {amount}")),
    Returned.WHOLE: (N_("Refunded"), N_("Refunded: {amount}")),
}
"""What a list says of a captured payment that was refunded, without and with the sum."""


def returned_words(attempt: Attempt, *, short: bool = False) -> str:
    """Return how much of a payment was refunded; "" if nothing was."""
    words = RETURNED.get(attempt.returned)
    amount = attempt.refunded or attempt.refunding
    if words is None or amount is None:
        return ""
    return _(words[0]) if short else _(words[1]).format(amount=amount.display)


def differs_words(attempt: Attempt) -> str:
    """Return what was asked and what came, "" if it is the same."""
    if not attempt.differs:
        return ""
    text = _("Asked: {ours} · came: {theirs}")
    return text.format(ours=attempt.amount.display, theirs=attempt.shown_amount.display)


def spoken(words: Mapping[str, str], key: str) -> str:
    """The word in the language spoken now; a key without one stands for itself."""
    word = words.get(key, "")
    return _(word) if word else key


def gateway_name(titles: Mapping[str, str], key: str) -> str:
    """Return the title of a gateway in ``titles``, the key itself if it has none there; cash has its tender's word."""
    return spoken(TENDERS, key) if key == CASH else titles.get(key, key)
