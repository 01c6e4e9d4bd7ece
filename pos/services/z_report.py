"""The stored, immutable Z report: written by the close, loaded whenever the Z is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from pos.domain.in_process import InProcess
from pos.domain.money import Money, parse_sum
from pos.domain.payment import Attempt
from pos.domain.refund import Refund, RefundState
from pos.domain.shift import CashMovement, Drawer, Shift
from pos.domain.states import State
from pos.domain.target import Target
from pos.domain.totals import By, CurrencyTotals, InvoiceTotals, Scope, Sum, Totals, currency_totals
from pos.store.payments import PaymentStore
from pos.store.refunds import RefundStore


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """The report of a shift: the current figures (X) or the stored ones (Z). ``in_flight`` is carried over by a Z.

    ``counts`` are the differing counts before the last one, with their times. ``sent_to`` are the targets at which the
    gateways were reached; a Z of an older program has none.
    """

    shift: Shift
    drawer: Drawer
    totals: Totals
    moves: Sequence[CashMovement]
    in_flight: Sequence[Attempt]
    refunds: Sequence[Refund]
    counts: Sequence[tuple[datetime, Money]] = ()
    sent_to: Sequence[Target] = ()

    @property
    def in_process(self) -> InProcess:
        """The payments and refunds that are carried over."""
        return InProcess(self.in_flight, self.refunds)


def serialize(report: ShiftReport) -> dict[str, Any]:
    """Return the report as the body of a Z in the journal."""
    drawer = {name: getattr(report.drawer, name).minor for name in report.drawer.__slots__}
    return {
        "drawer": drawer,
        "totals": {one.currency: _tables(one) for one in report.totals.currencies},
        "invoices": asdict(report.totals.invoices),
        "in_flight": [_handed_on(one) for one in report.in_flight],
        "refunds_in_flight": [[one.refund_no, str(one.amount), one.state.value] for one in report.refunds],
        "counts": [[at.isoformat(), counted.minor] for at, counted in report.counts],
        "sent_to": [one.body() for one in report.sent_to],
    }


def load(
    shift: Shift, scope: Scope, moves: Sequence[CashMovement], payments: PaymentStore, refunds: RefundStore
) -> ShiftReport:  # fmt: skip
    """Return the report of a closed shift from its Z, independent of later journal rows."""
    report, currency = shift.report, shift.opening.currency
    return ShiftReport(
        shift,
        Drawer(**{name: Money(minor, currency) for name, minor in {"rounding": 0, **report["drawer"]}.items()}),
        Totals(
            scope,
            tuple(_currency(name, tables) for name, tables in report["totals"].items()),
            InvoiceTotals(**report["invoices"]),
        ),
        moves,
        [
            _as_handed_on(payments.get(number), shown, State(state))
            for number, shown, _tender, state in report["in_flight"]
        ],
        [
            replace(refunds.get(number), state=RefundState(state), ended_at=None)
            for number, _sum, state in report["refunds_in_flight"]
        ],
        [(datetime.fromisoformat(at), Money(minor, currency)) for at, minor in report["counts"]],
        shift.sent_to,
    )


def _handed_on(one: Attempt) -> list[str]:
    return [one.order_no, str(one.shown_amount), one.tender.value, one.state.value]


def _as_handed_on(one: Attempt, shown: str, state: State) -> Attempt:
    """Return the payment as the Z showed it, without later receipts and refunds."""
    currency, _space, amount = shown.partition(" ")
    then = parse_sum(amount, currency)
    received = None if then == one.amount else then
    return replace(one, state=state, ended_at=None, received=received, refunded=None, refunding=None)


def _tables(found: CurrencyTotals) -> dict[str, dict[str, list[int]]]:
    return {by.value: {key: _numbers(one) for key, one in table.items()} for by, table in found.by.items()}


def _numbers(found: Sum) -> list[int]:
    return [found.sales, found.gross, found.refunds, found.refunded, found.fees_of, found.fees, found.rounding]


def _currency(name: str, tables: Mapping[str, Mapping[str, Sequence[int]]]) -> CurrencyTotals:
    by = {one: {key: Sum(*numbers) for key, numbers in tables[one.value].items()} for one in By}
    return currency_totals(name, by)
