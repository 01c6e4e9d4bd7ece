"""Commands for shifts: open, read, move cash, count and close."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pos.bootstrap import Register, register_for
from pos.cli.inputs import money_of
from pos.cli.permissions import obtain_permission, pin_given
from pos.cli.session import actor_of, run_with_services
from pos.domain.in_process import InProcess, PaymentInProcess, RefundInProcess, SaleInProcess
from pos.domain.money import decimal, parse_sum
from pos.domain.shift import CashMovementKind, Drawer, Shift
from pos.domain.staff import Action
from pos.domain.totals import By
from pos.errors import NotAllowed, NotFound
from pos.exits import OK
from pos.i18n import Message, _
from pos.output import error_json, put, put_error
from pos.runtime import invoke
from pos.services.shifts import ShiftReport

MOVES = {"in": CashMovementKind.PAID_IN, "out": CashMovementKind.PAID_OUT, "drop": CashMovementKind.DROP}


def shift(asked: argparse.Namespace) -> int:
    """Run one of the steps of a shift on this register."""
    steps = {"open": _open, "status": _status, "close": _close, "take-over": _take_over}
    reads_along = asked.step == "status" and not pin_given()  # a try of a PIN is journaled
    register = register_for(asked.config, asked.data_dir, read_only=reads_along, keys=asked.step == "close")
    return run_with_services(register, lambda: steps.get(asked.step, _move)(register, asked))


async def _open(register: Register, asked: argparse.Namespace) -> int:
    opening = money_of("float", asked.float, register.shop.currency, parse_sum)
    right = await obtain_permission(register, Action.SHIFT)
    await register.services.shifts.resume_close_steps()
    opened = register.services.shifts.open(opening, right)
    renamed = register.services.shifts.renamed()
    return await _put(register, asked, opened, await _visible_report(register), [renamed] if renamed else [])


async def _take_over(register: Register, asked: argparse.Namespace) -> int:
    right = await obtain_permission(register, Action.TAKE_OVER)
    found = register.services.shifts.take_over(asked.name, right)
    if found is None:
        text = _("Everything open under the name {name} continues here. There was no shift.").format(name=asked.name)
        put({"shift": None} if asked.json else None, [text])
        return OK
    return await _put(register, asked, found, await _visible_report(register))


async def _status(register: Register, asked: argparse.Namespace) -> int:
    try:
        opened = register.services.shifts.needed()
    except NotFound as error:
        if not asked.json:
            raise
        put({"shift": None, **error_json(error)}, ())
        return put_error(error, error.spoken(), asked.json)
    return await _put(register, asked, opened, await _visible_report(register))


async def _close(register: Register, asked: argparse.Namespace) -> int:
    counted = money_of("counted", asked.counted, register.shop.currency, parse_sum)
    right = await obtain_permission(register, Action.SHIFT)
    closed = await register.services.shifts.close(counted, {}, asked.reason, right)
    return await _put(register, asked, closed.report.shift, closed.report, closed.messages)


async def _move(register: Register, asked: argparse.Namespace) -> int:
    kind, amount = MOVES[asked.step], money_of("amount", asked.amount, register.shop.currency)
    right = await obtain_permission(register, Action.DROP if kind is CashMovementKind.DROP else Action.PAY_IN_OUT)
    await register.services.shifts.move(kind, amount, asked.reason, right)
    return await _status(register, asked)


async def _visible_report(register: Register) -> ShiftReport | None:
    """Return the X of the open shift, None without the right to see it before the count."""
    try:
        right = await _may_read(register)
    except NotAllowed:
        return None
    return register.services.shifts.read(right)


def _may_read(register: Register) -> Awaitable[Any]:
    """Return the permission to read an X, without a prompt: without a PIN the amounts are left out."""
    if pin_given():
        return obtain_permission(register, Action.X_REPORT)
    return invoke(register.services.authorization.permission, actor_of(register), Action.X_REPORT)


async def _put(
    register: Register,
    asked: argparse.Namespace,
    found: Shift,
    report: ShiftReport | None,
    messages: Sequence[Message] = (),
) -> int:
    waiting = report.in_process if report else register.services.shifts.in_process()
    names, zone = register.services.staff.names(), register.shop.timezone
    row = as_json(found, report, waiting, *((report.names.people, report.names.zone) if report else (names, zone)))
    put(row if asked.json else None, [*as_lines(row), *(one.spoken() for one in messages)])
    return OK


def as_json(
    found: Shift, report: ShiftReport | None, waiting: InProcess, names: Mapping[str, str], zone: ZoneInfo
) -> dict[str, Any]:
    """Return one shift as JSON; without ``report`` no amount that reveals the expected cash."""
    row: dict[str, Any] = {
        "shift": found.id,
        "register": found.register_id,
        "opened_at": _at(found.opened_at, zone),
        "opened_by": names.get(found.opened_by, found.opened_by),
        "float": found.opening.decimal,
        "currency": found.opening.currency,
        "reason": found.reason,
    }
    counted, difference = found.counted, found.difference
    if found.closed_at is not None and counted is not None and difference is not None:
        row |= {
            "closed_at": _at(found.closed_at, zone),
            "closed_by": names.get(found.closed_by, found.closed_by),
            "z_no": found.z_no,
            "counted": counted.decimal,
            "difference": difference.decimal,
            "journal": dict(found.report["journal"]),
        }
    in_process = {
        "in_flight": [_waiting(one) for one in waiting.payments],
        "refunds_in_flight": [_going(one) for one in waiting.refunds],
        **({"split_sales": [_part_paid(one) for one in waiting.sales]} if waiting.sales else {}),
    }
    return row | (_sums(report) if report else {}) | in_process


def _waiting(one: PaymentInProcess) -> dict[str, str]:
    return {
        "order_no": one.order_no,
        "tender": one.tender.value,
        "gateway": one.gateway,
        "amount": one.amount.decimal,
        "currency": one.amount.currency,
        "state": one.state.value,
    }


def _going(one: RefundInProcess) -> dict[str, str]:
    return {
        "refund_no": one.refund_no,
        "order_no": one.order_no,
        "gateway": one.gateway,
        "amount": one.amount.decimal,
        "currency": one.amount.currency,
        "state": one.state.value,
    }


def _part_paid(one: SaleInProcess) -> dict[str, str]:
    return {
        "sale_id": one.sale_id,
        "order_no": one.order_no,
        "amount": one.amount.decimal,
        "paid": one.paid.decimal,
        "currency": one.amount.currency,
    }


def _sums(report: ShiftReport) -> dict[str, Any]:
    currency = report.shift.opening.currency
    by = report.totals.of(currency).by[By.TENDER]
    return {
        "expected": report.drawer.expected.decimal,
        "drawer": _drawer(report.drawer),
        "totals": {
            tender: {
                "count": one.sales,
                "gross": decimal(one.gross, currency),
                "refunds": decimal(one.refunded, currency),
                "net": decimal(one.net, currency),
            }
            for tender, one in by.items()
        },
        "sent_to": [one.body() for one in report.sent_to],
    }


def _drawer(found: Drawer) -> dict[str, str]:
    """Return the amounts of the drawer; ``rounding`` only if cash is rounded."""
    names = [name for name in found.__slots__ if name != "rounding" or found.is_rounded]
    return {name: getattr(found, name).decimal for name in names}


def as_lines(row: Mapping[str, Any]) -> list[str]:
    """Return the shift for people, one fact a line."""
    plain = [f"{name}  {value}" for name, value in row.items() if isinstance(value, str | int) and value != ""]
    drawer = [f"drawer.{name}  {value}" for name, value in row.get("drawer", {}).items()]
    totals = [f"{name}  {one['count']}  {one['net']}" for name, one in row.get("totals", {}).items()]
    waiting = [
        f"{one['order_no']}  {one['amount']}  {one['tender']}  {one['state']}" for one in row.get("in_flight", ())
    ]
    going = [f"{one['refund_no']}  {one['amount']}  {one['state']}" for one in row.get("refunds_in_flight", ())]
    sales = [f"{one['sale_id']}  {one['paid']} / {one['amount']}" for one in row.get("split_sales", ())]
    sent_to = [f"{one['gateway']}  {one['address']}  {one['merchant']}".rstrip() for one in row.get("sent_to", ())]
    hidden = [] if "drawer" in row else [_("Only a manager can see the amounts.")]
    return [*plain, *drawer, *totals, *waiting, *going, *sales, *sent_to, *hidden]


def _at(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="milliseconds")
