"""The stored, immutable Z report: written by the close, loaded whenever the Z is shown.

A Z contains all that a report of the shift shows, names too, so that nothing later changes what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pos.domain.in_process import InProcess, PaymentInProcess, RefundInProcess, SaleInProcess
from pos.domain.money import Money, read_money
from pos.domain.payment import Tender
from pos.domain.refund import RefundState
from pos.domain.shift import CashMovement, CashMovementKind, Drawer, Shift
from pos.domain.states import State
from pos.domain.target import Target
from pos.domain.totals import By, CurrencyTotals, InvoiceTotals, Scope, Sum, Totals, currency_totals, shift_scope
from pos.store.payments import PaymentStore
from pos.store.refunds import RefundStore


@dataclass(frozen=True, slots=True)
class ReportNames:
    """What a report is headed with and what it calls people, as of its time. ``people`` has names by id."""

    shop: str
    zone: ZoneInfo
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """The report of a shift: the current figures (X) or the stored ones (Z). A Z carries over what is ``in_process``.

    ``counts`` are the differing counts before the last one, with their times. ``sent_to`` are the targets at which the
    gateways were reached; a Z of an older program has none.
    """

    shift: Shift
    drawer: Drawer
    totals: Totals
    moves: Sequence[CashMovement]
    in_process: InProcess
    names: ReportNames
    counts: Sequence[tuple[datetime, Money]] = ()
    sent_to: Sequence[Target] = ()


def serialize(report: ShiftReport) -> dict[str, Any]:
    """Return the report as the body of a Z in the journal."""
    drawer = {name: getattr(report.drawer, name).minor for name in report.drawer.__slots__}
    sales = [[one.sale_id, one.order_no, str(one.amount), str(one.paid)] for one in report.in_process.sales]
    return {
        "drawer": drawer,
        "totals": {one.currency: _tables(one) for one in report.totals.currencies},
        "invoices": asdict(report.totals.invoices),
        "in_flight": [
            [one.order_no, str(one.shown_amount), one.tender.value, one.state.value, one.gateway, str(one.amount)]
            for one in report.in_process.payments
        ],
        "refunds_in_flight": [
            [one.refund_no, str(one.amount), one.state.value, one.order_no, one.gateway]
            for one in report.in_process.refunds
        ],
        **({"split_sales": sales} if sales else {}),
        "counts": [[at.isoformat(), counted.minor] for at, counted in report.counts],
        "sent_to": [one.body() for one in report.sent_to],
        "moves": [_move_row(one) for one in report.moves],
        "names": {"shop": report.names.shop, "zone": report.names.zone.key, "people": dict(report.names.people)},
    }


def load(shift: Shift, now: ReportNames) -> ShiftReport:
    """Return the report of a closed shift from its Z, which is complete (:func:`completed`)."""
    report, currency, names = shift.report, shift.opening.currency, names_of(shift, now)
    return ShiftReport(
        shift,
        Drawer(**{name: Money(minor, currency) for name, minor in {"rounding": 0, **report["drawer"]}.items()}),
        stored_totals(shift, shift_scope(shift, shift.opened_at.astimezone(names.zone).date(), names.zone)),
        [_move(row) for row in report["moves"]],
        InProcess(
            [_payment(row) for row in report["in_flight"]],
            [_refund(row) for row in report["refunds_in_flight"]],
            [_split_sale(row) for row in report.get("split_sales", ())],
        ),
        names,
        [(datetime.fromisoformat(at), Money(minor, currency)) for at, minor in report["counts"]],
        shift.sent_to,
    )


def stored_totals(shift: Shift, scope: Scope) -> Totals:
    """Return the totals of a closed shift from its Z, whatever was booked later."""
    report = shift.report
    currencies = tuple(_currency(name, tables) for name, tables in report["totals"].items())
    return Totals(scope, currencies, InvoiceTotals(**report["invoices"]))


def names_of(shift: Shift, now: ReportNames) -> ReportNames:
    """Return the names that a Z stores; ``now`` for an open shift, and for a Z of an older program."""
    found = shift.report.get("names")
    return ReportNames(found["shop"], ZoneInfo(found["zone"]), found["people"]) if found else now


def completed(
    report: Mapping[str, Any],
    moves: Callable[[], Sequence[CashMovement]],
    payments: PaymentStore,
    refunds: RefundStore,
) -> Mapping[str, Any]:
    """Return the body of a Z; one of an older program gets what that did not store from the journal of today.

    Movements, amounts and gateways never change.
    """
    if "moves" in report:
        return report
    found, back = [payments.get(row[0]) for row in report["in_flight"]], report["refunds_in_flight"]
    return {
        **report,
        "in_flight": [
            [*row, one.gateway, str(one.amount)] for row, one in zip(report["in_flight"], found, strict=True)
        ],
        "refunds_in_flight": [[*row, one.order_no, one.gateway] for row in back for one in (refunds.get(row[0]),)],
        "moves": [_move_row(one) for one in moves()],
    }


def _move_row(one: CashMovement) -> list[str]:
    return [one.at.isoformat(), one.kind.value, str(one.amount), one.reason, one.actor, one.approved_by]


def _move(row: Sequence[str]) -> CashMovement:
    at, kind, amount, reason, actor, approved_by = row
    return CashMovement(
        datetime.fromisoformat(at), CashMovementKind(kind), read_money(amount), reason, actor, approved_by
    )


def _payment(row: Sequence[str]) -> PaymentInProcess:
    number, shown, tender, state, gateway, amount = row
    return PaymentInProcess(number, Tender(tender), gateway, read_money(amount), read_money(shown), State(state))


def _refund(row: Sequence[str]) -> RefundInProcess:
    number, amount, state, order_no, gateway = row
    return RefundInProcess(number, order_no, gateway, read_money(amount), RefundState(state))


def _split_sale(row: Sequence[str]) -> SaleInProcess:
    sale_id, order_no, amount, paid = row
    return SaleInProcess(sale_id, order_no, read_money(amount), read_money(paid))


def _tables(found: CurrencyTotals) -> dict[str, dict[str, list[int]]]:
    return {by.value: {key: _numbers(one) for key, one in table.items()} for by, table in found.by.items()}


def _numbers(found: Sum) -> list[int]:
    return [found.sales, found.gross, found.refunds, found.refunded, found.fees_of, found.fees, found.rounding]


def _currency(name: str, tables: Mapping[str, Mapping[str, Sequence[int]]]) -> CurrencyTotals:
    by = {one: {key: Sum(*numbers) for key, numbers in tables[one.value].items()} for one in By}
    return currency_totals(name, by)
