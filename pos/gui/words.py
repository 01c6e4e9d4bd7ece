"""States and tenders for people: word, tone and icon together, never colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pos.domain import words
from pos.domain.payment import KEY, Attempt, RefundStatus
from pos.domain.states import State
from pos.gui.tender_words import tender_word
from pos.i18n import N_, Message, _

if TYPE_CHECKING:
    from datetime import datetime

    from pos.domain.split import SplitSale


@dataclass(frozen=True, slots=True)
class Look:
    """``word`` and ``short`` are gettext ids, ``tone`` is known to the stylesheet, ``icon`` names a file."""

    word: str
    tone: str
    icon: str
    short: str = ""


LOOKS: Final = {
    State.CREATED: Look(N_("Not sent"), "warn", "unsent"),
    State.SENT: Look(N_("Sending"), "busy", "clock"),
    State.PENDING: Look(N_("Waiting for the customer"), "busy", "clock", N_("Waiting")),
    State.UNKNOWN: Look(N_("Result unknown"), "warn", "question", N_("Unknown")),
    State.VOIDING: Look(N_("Cancelled, still monitored"), "quiet", "eye", N_("Monitored")),
    State.CAPTURED: Look(N_("Paid"), "good", "tick"),
    State.DECLINED: Look(N_("Not paid"), "bad", "cross"),
    State.EXPIRED: Look(N_("Expired unpaid"), "bad", "cross"),
    State.VOIDED: Look(N_("Cancelled"), "quiet", "cross"),
    State.REVIEW: Look(N_("Needs a manager"), "late", "bell", N_("Needs manager")),
}

RETURNED_LOOKS: Final = {
    RefundStatus.IN_PROCESS: Look(words.REFUND_STATUS[RefundStatus.IN_PROCESS][0], "busy", "clock"),
    RefundStatus.PART: Look(words.REFUND_STATUS[RefundStatus.PART][0], "quiet", "back"),
    RefundStatus.WHOLE: Look(words.REFUND_STATUS[RefundStatus.WHOLE][0], "quiet", "back"),
}

EVENTS: Final = {
    "created": N_("Recorded"),
    "send": N_("Sent to the gateway"),
    "not_sent": N_("Not sent"),
    "no_answer": N_("No reliable answer"),
    "accepted": N_("The gateway has the order"),
    "paid": N_("Paid"),
    "refused": N_("Refused"),
    "lapsed": N_("Time expired"),
    "cancel": N_("Cancelled at the register"),
    "void_done": N_("Cancelled at the gateway"),
    "give_up": N_("No answer by the deadline"),
    "differs": N_("Details differ"),
    "cancel_wanted": N_("Cancellation requested"),
    "notice": N_("Notification received"),
    "pair_heard": N_("A notification named a number of the gateway"),
    "pair_confirmed": N_("The gateway confirmed its number"),
    "note": N_("Update from the gateway"),
    "page_served": N_("The customer opened the page"),
    "capture_asked": N_("Capture requested"),
    "capture_done": N_("Capture in process"),
    "capture_refused": N_("Capture failed"),
    "capture_unknown": N_("Unclear whether the money was captured"),
    "debit_stop_asked": N_("Direct debit end requested"),
    "debit_stop_done": N_("Direct debit ended"),
    "debit_stop_refused": N_("Direct debit not ended"),
    "debit_stop_unsure": N_("Unclear whether the direct debit ended"),
    "invoice_wished": N_("E-invoice requested"),
    "invoice_owed": N_("E-invoice to be issued"),
    "invoice_asked": N_("E-invoice sent for issue"),
    "invoice_issued": N_("E-invoice issued"),
    "invoice_told": N_("E-invoice update"),
    "invoice_order_send": N_("Cash order sent for its e-invoice"),
    "invoice_order_not_sent": N_("Cash order not sent"),
    "invoice_order_no_answer": N_("Cash order without a reliable answer"),
    "invoice_order_accepted": N_("The gateway has the cash order"),
    "invoice_order_paid": N_("Cash order paid: the e-invoice can be issued"),
    "invoice_order_refused": N_("Cash order refused"),
    "invoice_order_not_found": N_("Cash order unknown to the gateway"),
    "invoice_order_differs": N_("Cash order: details differ"),
    "proof_start": N_("Proof sent to the printer"),
    "proof_done": N_("Proof printed"),
    "proof_failed": N_("Proof not printed"),
    "proof_lost": N_("Unclear whether the proof was printed"),
    "proof_came_out": N_("Proof confirmed as printed"),
    "settled_paid": N_("A manager accepted the payment"),
    "settled_void_done": N_("A manager confirmed that no money was received"),
    "check_agree": N_("Reconciled: matches the gateway"),
    "check_differ": N_("Reconciled: differs from the gateway"),
    "check_only_here": N_("Reconciled: unknown to the gateway"),
    "check_unclear": N_("Reconciled: no clear answer from the gateway"),
    "check_settled": N_("A manager settled the difference"),
    "agreement_created": N_("Agreement recorded"),
    "agreement_hand_out": N_("Agreement's page handed out"),
    "agreement_activate": N_("Agreement in force"),
    "agreement_fail": N_("Agreement failed"),
    "agreement_finish": N_("Agreement ended"),
    "agreement_stop": N_("Agreement stopped"),
    "agreement_differs": N_("Agreement needs a manager"),
    "agreement_asked": N_("The gateway was asked about the agreement"),
    "agreement_stop_asked": N_("Stop of the agreement requested"),
    "agreement_stop_refused": N_("Agreement not stopped"),
    "agreement_stop_unsure": N_("Unclear whether the agreement was stopped"),
    "agreement_settled_activate": N_("A manager let the agreement go on"),
    "agreement_settled_stop": N_("A manager closed the agreement"),
    "agreement_charge_paid": N_("Later charge made"),
    "agreement_charge_refused": N_("Later charge declined"),
    "agreement_charge_no_news": N_("No news of a later charge"),
    "agreement_charge_differs": N_("Amount of a later charge differs"),
    "agreement_charge_give_up": N_("No news of a later charge for a week"),
    "agreement_charge_settled_paid": N_("A manager accepted a later charge"),
    "agreement_charge_settled_refused": N_("A manager closed a later charge"),
    "refund_created": N_("Refund recorded"),
    "refund_carried": N_("Refund carried over from the replaced journal"),
    "refund_send": N_("Refund sent to the gateway"),
    "refund_not_sent": N_("Refund not sent"),
    "refund_no_answer": N_("No reliable answer to the refund"),
    "refund_accepted": N_("The gateway has the refund"),
    "refund_done": N_("Refunded"),
    "refund_refused": N_("Refund refused"),
    "refund_withdraw": N_("Refund cancelled"),
    "refund_give_up": N_("No answer to the refund by the deadline"),
    "refund_note": N_("Refund update"),
    "refund_corrected": N_("E-invoice corrected by hand"),
    "proof_nothing_came": N_("Proof confirmed as not printed"),
}


def terms_words(attempt: Attempt) -> str:
    """Return the note and the discount of a payment; "" without either."""
    off = attempt.terms.discount
    words = _("Discount {amount}").format(amount=off.amount.display) if off else ""
    return " · ".join(part for part in (attempt.terms.note, f"{words} ({off.reason})" if off else "") if part)


def route_word(attempt: Attempt) -> str:
    """How and through whom: "WeChat Pay · QFPay"."""
    from pos.gateways import TITLES  # the window starts before it needs them

    gateway = TITLES.get(attempt.gateway, "")
    return f"{tender_word(attempt.tender)} · {gateway}" if gateway else tender_word(attempt.tender)


def list_route_word(attempt: Attempt) -> str:
    """How and through whom, for lists: a part of a split sale says so."""
    return part_word(attempt, route_word(attempt))


def part_word(attempt: Attempt, tender: str) -> str:
    """Return ``tender`` with a mark for a part of a split sale."""
    return _("Split · {tender}").format(tender=tender) if attempt.sale_id else tender


def split_words(sale: SplitSale) -> str:
    """How much of a split sale was paid, and each of its parts on a line."""
    from pos.domain.in_process_words import part_paid_words  # the window starts before it needs them

    parts = [f"{one.shown_amount.display} · {tender_word(one.tender)} · {attempt_short(one)}" for one in sale.parts]
    return "\n".join((part_paid_words(sale.paid, sale.amount), *parts))


def is_key_refused(attempt: Attempt) -> bool:
    """Return whether the gateway refused this shop's key, which is no decline of the customer's payment."""
    return attempt.rejected == KEY


def attempt_look(attempt: Attempt) -> Look:
    """Return the look of a payment; one that was refunded has a look of its own."""
    return RETURNED_LOOKS.get(attempt.refund_status) or LOOKS[attempt.state]


def attempt_word(attempt: Attempt) -> str:
    """Return the state of a payment in words; a refund, with its sum, and a refused key have words of their own."""
    if is_key_refused(attempt):
        return _("The gateway refuses this shop's key")
    return words.refund_status_words(attempt) or state_word(attempt.state)


def attempt_short(attempt: Attempt) -> str:
    """Return the same for tiles and tables."""
    if is_key_refused(attempt):
        return _("Key refused")
    return words.refund_status_words(attempt, short=True) or state_short(attempt.state)


def state_word(state: State) -> str:
    return _(LOOKS[state].word)


def state_short(state: State) -> str:
    """For tiles and tables."""
    return _(LOOKS[state].short or LOOKS[state].word)


def fence_words(twin: Attempt) -> str:
    """Return the warning before a second charge of the amount of ``twin``, whose money may still come or has come."""
    if twin.state is State.EXPIRED:
        text = _("{amount}, {ago} ago, expired unpaid. Check it first (F6), or press the key again to charge anyway.")
    elif twin.state is State.REVIEW:
        text = _("{amount}, {ago} ago, needs a manager: it may be paid. Press the key again to charge anyway.")
    else:
        text = _("{amount}, {ago} ago, is still unknown. Check it first (F6), or press the key again to charge anyway.")
    return text.format(amount=twin.amount.display, ago=spell_age(twin.created_at))


def spell_age(moment: datetime) -> str:
    """How long ago that was."""
    from datetime import UTC, datetime

    return spell_seconds((datetime.now(UTC) - moment).total_seconds())


def spell_seconds(seconds: float) -> str:
    """``4:05``, ``1:02:03`` or days and hours, for countdowns."""
    whole = max(0, int(seconds))
    days, rest = divmod(whole, 86400)
    if days:
        return _("{days} d {hours} h").format(days=days, hours=rest // 3600)
    hours, rest = divmod(rest, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def drawer_words(message: Message) -> str:
    """Why the drawer stays shut, and what to do."""
    return _("The drawer did not open: open it with its key. {reason}").format(reason=message.spoken())
