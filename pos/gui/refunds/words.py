"""Refunds for people: states, ways and the reasons that are asked for most."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final

from pos.domain.refund import Refund, RefundState, Way
from pos.gui.tender_words import gateway_word
from pos.gui.words import Look
from pos.i18n import N_, _

REFUND_LOOKS: Final = {
    RefundState.CREATED: Look(N_("Refund not sent"), "warn", "unsent"),
    RefundState.SENT: Look(N_("Sending refund"), "busy", "clock"),
    RefundState.PENDING: Look(N_("In process at the gateway"), "busy", "clock"),
    RefundState.UNKNOWN: Look(N_("Refund result unknown"), "warn", "question"),
    RefundState.REFUNDED: Look(N_("Refunded"), "good", "tick"),
    RefundState.REFUSED: Look(N_("Refund refused"), "bad", "cross"),
    RefundState.WITHDRAWN: Look(N_("Refund cancelled"), "quiet", "cross"),
    RefundState.REVIEW: Look(N_("Needs a manager"), "late", "bell"),
}

WAYS: Final = {
    Way.GATEWAY: N_("Through {gateway}"),
    Way.CASH: N_("Cash"),
    Way.TRANSFER: N_("Bank transfer"),
    Way.BACK_OFFICE: N_("{gateway}'s console"),
}

BY_HAND: Final = {
    Way.CASH: N_("The register only records this refund. Give the customer the cash from the drawer."),
    Way.TRANSFER: N_("The register only records this refund. Transfer the money, then enter the bank's reference."),
    Way.BACK_OFFICE: N_(
        "The register only records this refund. Refund it in the gateway's console, then enter its number."
    ),
}

PAPER_STAYS: Final = N_("The e-invoice {number} is not changed. Void it or issue an allowance by hand.")

REASONS: Final = (N_("Goods returned"), N_("Wrong amount"), N_("Paid twice"), N_("Sold out"))

REVIEW_REASONS: Final = (
    N_("Checked in the gateway's console"),
    N_("Checked on the bank statement"),
    N_("Customer showed the payment"),
    N_("Customer paid in another way"),
)


def refund_word(refund: Refund, zone: tzinfo) -> str:
    """The state in words; a queued one says until when it can be taken back."""
    if refund.state is RefundState.PENDING and refund.due_at is not None:
        return _("Waiting until {time}").format(time=f"{refund.due_at.astimezone(zone):%m-%d %H:%M}")
    return _(REFUND_LOOKS[refund.state].word)


def way_word(way: Way, gateway: str) -> str:
    return _(WAYS[way]).format(gateway=gateway_word(gateway))


def by_hand_words(refund: Refund) -> str:
    """Return what a refund leaves to do by hand, "" if nothing; its row in the list says what became of it."""
    if refund.state is RefundState.REFUNDED and refund.way is Way.CASH:
        return _("Recorded. Give the customer {amount} from the drawer now.").format(amount=refund.cash_due.display)
    if refund.state is RefundState.REFUNDED and refund.way is not Way.GATEWAY:
        return _("Recorded: {amount}. The register moved no money.").format(amount=refund.amount.display)
    return ""


def doubt_words(refund: Refund) -> str:
    """What was said of it; where it is in doubt with the raw code, which a table may not have known."""
    in_doubt = refund.state in (RefundState.UNKNOWN, RefundState.REVIEW)
    code = f"({refund.code})" if refund.code and in_doubt else ""
    return " ".join(one for one in (refund.message.spoken(), code) if one)


def spell_moment(at: datetime | None, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" if at else ""
