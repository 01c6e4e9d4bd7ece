"""What a gateway's report about a charge means for an agreement, as pure functions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Final

from pos.domain.agreement import AgreementCharge, ChargeEvent, ChargeState
from pos.domain.money import Money
from pos.gateways.capabilities import ChargeReport
from pos.i18n import N_, Message, msg

NO_NEWS: Final = N_("The gateway does not name this charge. It is asked again every day for a week.")
GIVEN_UP: Final = N_("The gateway named no outcome for a week. Look into the gateway's console.")
ASK_CUSTOMER: Final = N_("{reason} Ask the customer for another card, or to pay another way.")
DECLINED: Final = N_("The bank declined the card.")
STOPPED: Final = N_("Stopped at the gateway.")
TWICE: Final = N_("The gateway charged twice for {due}: {amount}. Refund one of them.")
AFTER_END: Final = N_("The gateway charged {amount} on {day}, after the end of the agreement. Refund it.")


def event_of(charge: AgreementCharge, report: ChargeReport, amount: Money) -> ChargeEvent | None:
    """Return the step that a report causes; None if it says nothing new. ``amount`` is the agreed one.

    An explicit answer with our amount settles also a charge that was given up.
    """
    if charge.state is ChargeState.CAPTURED:
        return None
    if report.paid and report.amount == amount:
        return ChargeEvent.PAID
    if report.paid:
        return None if charge.state is ChargeState.REVIEW else ChargeEvent.DIFFERS
    return None if charge.state is ChargeState.DECLINED else ChargeEvent.REFUSED


def is_second(charge: AgreementCharge, report: ChargeReport) -> bool:
    """Return whether a report is another authorisation that took money for a charge that was made already."""
    known = charge.state is ChargeState.CAPTURED and bool(charge.bank_ref)
    return known and report.paid and report.bank_ref not in ("", charge.bank_ref)


def reported(charge: AgreementCharge, report: ChargeReport, event: ChargeEvent, amount: Money) -> AgreementCharge:
    """Return the charge with the facts of a report, before its step."""
    at = report.at.astimezone(UTC) if report.at else None
    known = replace(charge, at=at, bank_ref=report.bank_ref, gateway_ref=report.gateway_ref)
    return replace(known, message=_message(report, event, amount))


def _message(report: ChargeReport, event: ChargeEvent, amount: Money) -> Message:
    if event is ChargeEvent.PAID:
        return Message()
    if event is ChargeEvent.DIFFERS:
        theirs = report.amount.display if report.amount else "?"
        text = N_("The gateway says {theirs}; {ours} was requested.")
        return msg(text, theirs=theirs, ours=amount.display)
    return msg(ASK_CUSTOMER, reason=(report.message or msg(DECLINED)).spoken())
