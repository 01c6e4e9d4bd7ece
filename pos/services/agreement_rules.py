"""What a gateway's report about a charge means for an agreement, as pure functions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date
from typing import Final

from pos.domain.agreement import Agreement, AgreementCharge, ChargeEvent, ChargeState
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


def charge_of(agreement: Agreement, report: ChargeReport, day: date) -> AgreementCharge:
    """Return the charge that a report of the shop day ``day`` is about.

    It is the one that has this authorisation, else the last one that was due by then. If that was made already, it is
    an earlier one that failed: the gateway tried the card again on the day of the next charge.
    """
    for one in agreement.charges:
        if report.bank_ref and one.bank_ref == report.bank_ref:
            return one
    charge = agreement.charge_on(day)
    failed = [one for one in agreement.charges if one.number < charge.number and one.state is not ChargeState.CAPTURED]
    return failed[-1] if is_second(charge, report) and failed else charge


def event_of(charge: AgreementCharge, report: ChargeReport, amount: Money) -> ChargeEvent | None:
    """Return the step that a report causes; None if it says nothing new. ``amount`` is the agreed one.

    An explicit answer with our amount settles also a charge that was given up. Another amount is reviewed once.
    """
    if charge.state is ChargeState.CAPTURED:
        return None
    if report.paid and report.amount == amount:
        return ChargeEvent.PAID
    if report.paid:
        is_reviewed = charge.received is not None and report.bank_ref == charge.bank_ref
        return None if is_reviewed or charge.state is ChargeState.REVIEW else ChargeEvent.DIFFERS
    return None if charge.state is ChargeState.DECLINED else ChargeEvent.REFUSED


def is_second(charge: AgreementCharge, report: ChargeReport) -> bool:
    """Return whether a report is another authorisation that took money for a charge that was made already."""
    known = charge.state is ChargeState.CAPTURED and bool(charge.bank_ref)
    return known and report.paid and report.bank_ref not in ("", charge.bank_ref)


def reported(charge: AgreementCharge, report: ChargeReport, event: ChargeEvent, amount: Money) -> AgreementCharge:
    """Return the charge with the facts of a report, before its step."""
    at = report.at.astimezone(UTC) if report.at else None
    received = report.amount if event is ChargeEvent.DIFFERS else None
    known = replace(charge, at=at, bank_ref=report.bank_ref, gateway_ref=report.gateway_ref, received=received)
    return replace(known, message=_message(report, event, amount))


def _message(report: ChargeReport, event: ChargeEvent, amount: Money) -> Message:
    if event is ChargeEvent.PAID:
        return Message()
    if event is ChargeEvent.DIFFERS:
        theirs = report.amount.display if report.amount else "?"
        text = N_("The gateway says {theirs}; {ours} was requested.")
        return msg(text, theirs=theirs, ours=amount.display)
    return msg(ASK_CUSTOMER, reason=(report.message or msg(DECLINED)).spoken())
