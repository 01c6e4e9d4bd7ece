"""A report as JSON: English keys, amounts as decimal strings in the currency's places, times with offset."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from pos.domain.agreement_lines import ChargeLine
from pos.domain.money import Money, decimal
from pos.domain.shift import Shift
from pos.domain.totals import CurrencyTotals, LedgerEntry, Sum
from pos.exports.report import RefundRow, Report, hundredths


def as_json(report: Report) -> dict[str, Any]:
    """Return the report as plain objects: ``totals`` by currency, ``payments``, ``refunds`` and ``shifts`` as lists.

    ``booked`` of a refund is its amount in the totals, null if it has no entry in this span. ``invoices`` is left out
    if a shop outside Taiwan has none, ``agreement_charges`` if there are none, ``rounding`` if cash is never rounded.
    The money received is ``net`` plus ``rounding``.
    """
    scope = report.totals.scope
    return {
        "shop": report.shop,
        "register": report.register_id,
        "timezone": report.zone.key,
        "made_at": report.local(report.made_at).isoformat(),
        "training": report.training,
        "span": scope.span.value,
        "first": scope.first.isoformat(),
        "last": scope.last.isoformat(),
        "shift": scope.shift,
        "totals": {one.currency: _totals(report, one) for one in report.totals.currencies},
        **({"invoices": _invoices(report)} if report.shows_invoices else {}),
        "payments": [_payment(report, one) for one in report.sales],
        "refunds": [_refund(report, one) for one in report.refund_rows],
        "shifts": [_shift(report, one) for one in report.shifts],
        **({"agreement_charges": [_charge(one) for one in report.charges]} if report.charges else {}),
    }


def json_bytes(report: Report) -> bytes:
    """Return the report as a JSON file in UTF-8."""
    return (json.dumps(as_json(report), ensure_ascii=False, indent=1) + "\n").encode()


def _rounding(report: Report, minor: int, currency: str) -> dict[str, str]:
    """Return what the rounding of cash added to the drawer; nothing if cash is never rounded."""
    return {"rounding": decimal(minor, currency)} if report.is_rounded else {}


def _totals(report: Report, found: CurrencyTotals) -> dict[str, Any]:
    currency = found.currency
    tables = {
        by.value: {key: _sum(report, one, currency) for key, one in table.items()} for by, table in found.by.items()
    }
    return {**_sum(report, found.whole, currency), "by": tables}


def _sum(report: Report, one: Sum, currency: str) -> dict[str, Any]:
    return {
        "count": one.sales,
        "gross": decimal(one.gross, currency),
        "refunds": one.refunds,
        "refunded": decimal(one.refunded, currency),
        "net": decimal(one.net, currency),
        "fees": hundredths(one.fees),
        "fees_of": one.fees_of,
        **_rounding(report, one.rounding, currency),
    }


def _invoices(report: Report) -> dict[str, Any]:
    found = report.totals.invoices
    counts = {"issued": found.issued, "owed": found.owed, "void": found.void, "allowance": found.allowance}
    return {**counts, "sales": str(found.sales), "tax": str(found.tax), "currency": "TWD"}


def _payment(report: Report, one: LedgerEntry) -> dict[str, Any]:
    return {
        "order_no": one.order_no,
        "at": _time(report, one.at),
        "day": one.day.isoformat(),
        "hour": one.hour,
        "tender": one.tender,
        "gateway": one.gateway,
        "cashier": one.cashier,
        "cashier_name": report.name(one.cashier),
        "register": one.register_id,
        "shift": one.shift,
        "amount": one.amount.decimal,
        "currency": one.amount.currency,
        "fee": None if one.fee is None else hundredths(one.fee),
        **_rounding(report, one.rounding, one.amount.currency),
    }


def _refund(report: Report, row: RefundRow) -> dict[str, Any]:
    refund, booking = row.refund, row.booking
    return {
        "refund_no": row.refund_no,
        "order_no": row.order_no,
        "at": _time(report, row.at),
        "day": booking.day.isoformat() if booking else None,
        "hour": booking.hour if booking else None,
        "tender": row.tender or None,
        "gateway": row.gateway,
        "way": row.way,
        "state": row.state,
        "cashier": row.by,
        "cashier_name": report.name(row.by),
        "approved_by": refund.approved_by if refund else "",
        "register": row.register_id,
        "shift": booking.shift if booking else None,
        "reason": refund.reason if refund else "",
        "amount": row.asked.decimal,
        "booked": _money(row.booked),
        "currency": row.asked.currency,
        **_rounding(report, row.rounding, row.asked.currency),
    }


def _charge(one: ChargeLine) -> dict[str, Any]:
    return {
        "agreement_no": one.agreement_no,
        "reference": one.reference,
        "no": one.number,
        "times": one.times,
        "due": one.due.isoformat(),
        "state": one.state.value,
        "order_no": one.order_no,
        "amount": one.amount.decimal,
        "currency": one.amount.currency,
    }


def _shift(report: Report, one: Shift) -> dict[str, Any]:
    return {
        "id": one.id,
        "z_no": one.z_no,
        "register": one.register_id,
        "opened_at": _time(report, one.opened_at),
        "opened_by": one.opened_by,
        "closed_at": _time(report, one.closed_at),
        "closed_by": one.closed_by,
        "currency": one.opening.currency,
        "opening": one.opening.decimal,
        "expected": _money(one.expected),
        "counted": _money(one.counted),
        "difference": _money(one.difference),
        "reason": one.reason,
        "sent_to": [target.body() for target in one.sent_to],
    }


def _money(amount: Money | None) -> str | None:
    return None if amount is None else amount.decimal


def _time(report: Report, at: datetime | None) -> str | None:
    return None if at is None else report.local(at).isoformat()
