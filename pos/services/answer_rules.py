"""The transition that a gateway's answer causes: one pure function. An unclear answer never settles an attempt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pos.domain.payment import KEY, REJECTED, REQUEST, Attempt
from pos.domain.states import TABLE, Event, State
from pos.gateways.base import Answer, Verdict
from pos.i18n import N_, Message, msg
from pos.services.customer_codes import masked_answer


@dataclass(frozen=True, slots=True)
class Transition:
    """Events to apply, in order, and facts to write with the last of them (or alone if there is no event)."""

    events: tuple[Event, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


_EVENTS: Final = {
    Verdict.ACCEPTED: Event.ACCEPTED,
    Verdict.REFUSED: Event.REFUSED,
    Verdict.LAPSED: Event.LAPSED,
    Verdict.VOIDED: Event.VOID_DONE,
}

_SHOWN: Final = ("gateway_ref", "gateway_key", "pay_url", "virtual_account", "expires_at")

CONFIRMING: Final = N_("The customer types a password. After 2 minutes without a result the charge is reversed.")

_UNPAID_ENDS: Final = frozenset({State.DECLINED, State.EXPIRED, State.VOIDED})


def judge(attempt: Attempt, answer: Answer, *, overdue: bool = False) -> Transition:
    """Return the transition for ``answer``. ``overdue``: the order should have ended by the gateway's clock."""
    answer = masked_answer(answer) if attempt.code_type else answer
    facts = _facts(attempt, answer)
    if attempt.state is State.CAPTURED:
        return Transition()
    if _reports_money(answer):
        return _paid(attempt, answer, facts)
    if attempt.state in _UNPAID_ENDS or attempt.state is State.REVIEW:
        return Transition()
    if attempt.state is State.SENT:
        return _first_answer(attempt, answer, facts)
    if answer.credentials:  # about the call, not the order: the order's code is kept
        return _note(attempt, {"message": answer.message})
    return _later_answer(attempt, answer, facts, overdue)


def _reports_money(answer: Answer) -> bool:
    # "Paid" without an amount does not confirm our amount, so it does not settle the attempt.
    return answer.verdict is Verdict.DIFFERS or (answer.verdict is Verdict.PAID and answer.amount is not None)


def _paid(attempt: Attempt, answer: Answer, facts: dict[str, Any]) -> Transition:
    ours = answer.verdict is Verdict.PAID and answer.amount == attempt.amount
    if answer.amount is not None and answer.amount != attempt.paid:
        facts["received"] = answer.amount  # also if it is the amount due after another amount was reported
    if attempt.state is State.REVIEW:
        # Only a manager settles a review; a new answer of the gateway is recorded for them.
        if attempt.code == answer.code and "received" not in facts:
            return Transition()
        text = N_("The gateway now says: paid, {amount}.")
        return _note(attempt, facts | {"message": msg(text, amount=_amount_text(answer))})
    if attempt.state in _UNPAID_ENDS or (ours and attempt.state is State.VOIDING):
        text = N_("Money arrived after this payment was given up: {amount}. Accept or refund it.")
        return Transition((Event.PAID,), facts | {"message": msg(text, amount=_amount_text(answer))})
    if ours:
        return Transition((Event.PAID,), facts | {"message": Message()})
    return Transition((Event.DIFFERS,), facts | {"message": _difference(attempt, answer)})


def _first_answer(attempt: Attempt, answer: Answer, facts: dict[str, Any]) -> Transition:
    if answer.verdict is Verdict.ACCEPTED:
        return _accepted(attempt, answer, facts)
    if answer.verdict is Verdict.UNUSABLE:
        return _given_up(attempt, answer, facts)
    if answer.verdict in (Verdict.REFUSED, Verdict.REJECTED):
        if answer.verdict is Verdict.REJECTED:
            facts["details"] = {**facts.get("details", attempt.details), REJECTED: _rejected_by(answer)}
        return Transition((Event.REFUSED,), facts)
    if answer.verdict is Verdict.LAPSED:
        return Transition((Event.NO_ANSWER, Event.LAPSED), facts)
    return Transition((Event.NO_ANSWER,), facts | {"message": _unclear_message(answer)})


def _later_answer(attempt: Attempt, answer: Answer, facts: dict[str, Any], overdue: bool) -> Transition:
    verdict = answer.verdict
    if verdict is Verdict.ACCEPTED:
        if _differs(attempt, answer):
            return Transition((Event.DIFFERS,), facts | {"message": _difference(attempt, answer)})
        if overdue:
            return Transition((Event.LAPSED,), facts | {"message": msg(N_("Not paid in time."))})
        if attempt.state is State.UNKNOWN:
            return _accepted(attempt, answer, facts)
        return _still_unpaid(attempt, facts)
    if verdict is Verdict.VOIDED and attempt.state is not State.VOIDING:
        return Transition((Event.REFUSED,), facts | {"message": msg(N_("Cancelled at the gateway."))})
    event = _EVENTS.get(verdict)
    if event is not None and event in TABLE[attempt.state]:
        return Transition((event,), facts)
    if verdict is Verdict.MISSING and overdue and attempt.page_token:
        # Only the customer's visit to our page could have placed it, and the page is closed.
        return Transition((Event.LAPSED,), facts | {"message": msg(N_("The customer never opened the page."))})
    if verdict is Verdict.MISSING and attempt.page_token:
        return _note(attempt, {"message": Message()})  # not placed yet, so the earlier doubt is resolved
    if verdict is Verdict.UNSURE:
        return _note(attempt, facts | {"message": _unclear_message(answer)})
    return Transition()


def _accepted(attempt: Attempt, answer: Answer, facts: dict[str, Any]) -> Transition:
    if _differs(attempt, answer):
        return Transition((Event.DIFFERS,), facts | {"message": _difference(attempt, answer)})
    if attempt.code_type:
        return Transition((Event.ACCEPTED,), facts | {"message": msg(CONFIRMING)})
    shown = {**_showing(attempt), **facts}
    if not shown.get("pay_url") and not shown.get("virtual_account"):
        text = N_("The gateway has the order, but its payment code was lost. Cancel the payment and charge again.")
        return Transition((Event.ACCEPTED,), facts | {"message": msg(text)})
    return Transition((Event.ACCEPTED,), facts)


def _given_up(attempt: Attempt, answer: Answer, facts: dict[str, Any]) -> Transition:
    """Cancel an order that exists and cannot be paid; the cashier charges again."""
    if _differs(attempt, answer):
        return Transition((Event.DIFFERS,), facts | {"message": _difference(attempt, answer)})
    text = N_("{problem} This order cannot be paid, so it was cancelled. Charge again.")
    message = msg(text, problem=answer.message.spoken())
    return Transition((Event.ACCEPTED, Event.CANCEL), facts | {"message": message})


def _still_unpaid(attempt: Attempt, facts: dict[str, Any]) -> Transition:
    """Return the facts that are new: something to show, a new message, or the end of a doubt shown on the screen."""
    news: dict[str, Any] = {
        name: facts[name] for name in _SHOWN if name in facts and facts[name] != getattr(attempt, name)
    }
    if news and "details" in facts:
        news["details"] = facts["details"]
    over = attempt.message and (news or any(_showing(attempt).values()))
    if over or (facts["message"] and facts["message"] != attempt.message):
        news |= {"message": facts["message"], "code": facts["code"]}
    return Transition((), {name: value for name, value in news.items() if getattr(attempt, name) != value})


def _showing(attempt: Attempt) -> dict[str, Any]:
    return {"pay_url": attempt.pay_url, "virtual_account": attempt.virtual_account}


def _note(attempt: Attempt, facts: dict[str, Any]) -> Transition:
    news = {name: value for name, value in facts.items() if getattr(attempt, name) != value}
    # Details and fees alone are not written: the step that settles writes them.
    return Transition((), news if news.keys() - {"details", "fee"} else {})


def _facts(attempt: Attempt, answer: Answer) -> dict[str, Any]:
    facts: dict[str, Any] = {"code": answer.code, "message": answer.message}
    for name in ("gateway_ref", "gateway_key", "pay_url", "virtual_account", "expires_at", "fee"):
        if value := getattr(answer, name):
            facts[name] = value
    if answer.details:
        facts["details"] = {**attempt.details, **answer.details}
    return facts


def _differs(attempt: Attempt, answer: Answer) -> bool:
    return answer.amount is not None and answer.amount != attempt.amount


def _difference(attempt: Attempt, answer: Answer) -> Message:
    if answer.amount is None or answer.amount == attempt.amount:
        return answer.message or msg(N_("The gateway says that something differs."))
    text = N_("The gateway says {theirs}; {ours} was requested.")
    return msg(text, theirs=answer.amount.display, ours=attempt.amount.display)


def _unclear_message(answer: Answer) -> Message:
    if answer.message:
        return answer.message
    if not answer.code:
        return msg(N_("The gateway does not say whether money came."))
    return msg(N_("The gateway's answer {code} does not say whether money came."), code=answer.code)


def _amount_text(answer: Answer) -> str:
    return answer.amount.display if answer.amount else "?"


def _rejected_by(answer: Answer) -> str:
    return KEY if answer.credentials else REQUEST
