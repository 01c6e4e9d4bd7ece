"""Display names of tenders, gateways and states (gettext ids). The window adds icons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos.domain.payment import CASH, Attempt, RefundStatus
from pos.domain.states import State
from pos.domain.tenders import SPECS
from pos.i18n import N_, _

TENDERS: Final[Mapping[str, str]] = {spec.key: spec.titles.short for spec in SPECS.values()}

IN_FLIGHT: Final[Mapping[str, str]] = {
    State.CREATED: N_("Not sent"),
    State.SENT: N_("Sending"),
    State.PENDING: N_("Waiting"),
    State.UNKNOWN: N_("Unknown"),
    State.VOIDING: N_("Monitored"),
    State.REVIEW: N_("Needs manager"),
}
"""The states that a shift can end with."""


REFUND_STATUS: Final[Mapping[RefundStatus, tuple[str, str]]] = {
    RefundStatus.IN_PROCESS: (N_("Refund in process"), N_("Refund in process: {amount}")),
    RefundStatus.PART: (N_("Partly refunded"), N_("Partly refunded: {amount}")),
    RefundStatus.WHOLE: (N_("Refunded"), N_("Refunded: {amount}")),
}
"""Texts of a refunded payment in a list, without and with the amount."""


def refund_status_words(attempt: Attempt, *, short: bool = False) -> str:
    """Return a text on how much of a payment was refunded, "" if nothing was."""
    words = REFUND_STATUS.get(attempt.refund_status)
    amount = attempt.refunded or attempt.refunding
    if words is None or amount is None:
        return ""
    return _(words[0]) if short else _(words[1]).format(amount=amount.display)


def differs_words(attempt: Attempt) -> str:
    """Return a text with the requested and the received amount, "" if they are equal."""
    if not attempt.differs:
        return ""
    text = _("Due: {ours} · received: {theirs}")
    return text.format(ours=attempt.amount.display, theirs=attempt.shown_amount.display)


def spoken(words: Mapping[str, str], key: str) -> str:
    """Return the display name of ``key`` in the current language, or ``key`` if it has none."""
    word = words.get(key, "")
    return _(word) if word else key


def gateway_name(titles: Mapping[str, str], key: str) -> str:
    """Return the title of a gateway in ``titles``, the key itself if it has none there; cash has its tender's word."""
    return spoken(TENDERS, key) if key == CASH else titles.get(key, key)
