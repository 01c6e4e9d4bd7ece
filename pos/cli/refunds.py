"""Commands for refunds, sending again, recovery, and settling reviews."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from typing import Any, Final

from pos.bootstrap import Register, register_for
from pos.cli.inputs import customer_code_of, line_of, money_of
from pos.cli.permissions import obtain_permission
from pos.cli.session import actor_of, is_key_refused, put_all, put_attempt, run_with_services
from pos.cli.session import settled as payment_settled
from pos.cli.session import status_of as payment_status
from pos.domain.money import Money
from pos.domain.payment import KEY, REJECTED
from pos.domain.refund import REFUNDS_IN_FLIGHT, Refund, RefundState, Way
from pos.domain.staff import Action
from pos.errors import InputError, NotFound
from pos.exits import DOUBT, FAULT, OK, REFUSED, UNPAID
from pos.i18n import N_, msg
from pos.output import put, refund_json, refund_line, say

STATUS: Final = {
    RefundState.CREATED: FAULT,  # nothing could be sent: the network is down
    RefundState.SENT: DOUBT,
    RefundState.PENDING: OK,
    RefundState.UNKNOWN: DOUBT,
    RefundState.REFUNDED: OK,
    RefundState.REFUSED: UNPAID,
    RefundState.WITHDRAWN: OK,
    RefundState.REVIEW: DOUBT,
}


def refund(asked: argparse.Namespace) -> int:
    """Refund one payment, all or a part."""
    register = register_for(asked.config, asked.data_dir)
    currency = register.shop.currency
    lines = tuple(line_of(item, currency) for item in asked.item)
    way = _way(asked.way)

    async def work() -> int:
        permission = await obtain_permission(register, Action.REFUND)
        amount = await _amount(register, asked.order_no, asked.amount)
        if advice := register.services.refunds.view(asked.order_no).order:
            say(advice.spoken())
        facts: dict[str, Any] = {"way": way, "reference": asked.reference, "lines": lines}
        made = await register.services.refunds.give(asked.order_no, amount, asked.reason, permission, **facts)
        if asked.wait > 0:
            made = await _settled(register, made, asked.wait)
        _put(register, made, asked.json)
        return _status(register, made)

    return run_with_services(register, work)


def refunds(asked: argparse.Namespace) -> int:
    """List refunds that are not settled; works while the window is open."""
    register = register_for(asked.config, asked.data_dir, read_only=True, keys=False)

    async def work() -> int:
        found = register.services.refunds.waiting()
        rows = [refund_json(one, register.shop.timezone) for one in found]
        put({"refunds": rows} if asked.json else None, [refund_line(one) for one in found])
        return OK

    return run_with_services(register, work)


def refund_cancel(asked: argparse.Namespace) -> int:
    """Withdraw a refund before money moves."""
    register = register_for(asked.config, asked.data_dir)

    async def work() -> int:
        permission = await obtain_permission(register, Action.REFUND)
        made = await register.services.refunds.withdraw(asked.refund_no, permission)
        _put(register, made, asked.json)
        status = _status(register, made)
        return UNPAID if status == OK and made.state is RefundState.PENDING else status  # it was not withdrawn

    return run_with_services(register, work)


def again(asked: argparse.Namespace) -> int:
    """Send a payment or refund that was not sent, by its number; it is the same attempt, not a new one."""
    code = customer_code_of(asked)
    register = register_for(asked.config, asked.data_dir)

    async def work() -> int:
        if await _is_refund(register, asked.number):
            return await _refund_again(register, asked)
        attempt = await register.services.payments.send_again(actor_of(register), asked.number, code)
        if asked.wait > 0:
            attempt = await payment_settled(register, attempt, asked.wait)
        put_attempt(register, attempt, asked.json)
        return payment_status(register, attempt)

    return run_with_services(register, work)


def recover(asked: argparse.Namespace) -> int:
    """Query all payments and refunds in flight once, and repeat the failed steps of the last Z."""
    register = register_for(asked.config, asked.data_dir)

    async def work() -> int:
        await register.services.shifts.resume_close_steps()
        found = await register.services.recovery.ask_all()
        back = await register.services.refunds.ask_all()
        rows = [refund_json(one, register.shop.timezone) for one in back]
        put_all(register, found, asked.json, rows, [refund_line(one) for one in back])
        statuses = {payment_status(register, one) for one in found} | {_status(register, one) for one in back}
        return next((one for one in (DOUBT, REFUSED) if one in statuses), OK)

    return run_with_services(register, work)


def settle(asked: argparse.Namespace) -> int:
    """Settle a payment or a refund in review, by its number."""
    register = register_for(asked.config, asked.data_dir)

    async def work() -> int:
        permission = await obtain_permission(register, Action.SETTLE)
        number, reason = asked.order_no, asked.reason
        if await _is_refund(register, number):
            made = register.services.refunds.settle(number, done=asked.accept, reason=reason, permission=permission)
            _put(register, made, asked.json)
            return OK
        if asked.accept:
            found = register.services.reviews.accept(number, reason, permission)
        else:
            found = register.services.reviews.close(number, reason, permission)
        put_attempt(register, found, asked.json)
        return OK

    return run_with_services(register, work)


async def _refund_again(register: Register, asked: argparse.Namespace) -> int:
    permission = await obtain_permission(register, Action.REFUND)
    made = await register.services.refunds.send_again(asked.number, permission)
    if asked.wait > 0:
        made = await _settled(register, made, asked.wait)
    _put(register, made, asked.json)
    return _status(register, made)


async def _is_refund(register: Register, number: str) -> bool:
    try:
        await _now(register, number)
    except NotFound:
        return False
    return True


def status_of(made: Refund) -> int:
    """Return the exit status for the state of a refund."""
    return REFUSED if made.details.get(REJECTED) == KEY else STATUS[made.state]


def _status(register: Register, made: Refund) -> int:
    """Return the exit status of a refund: its state, or that its gateway refuses this shop's key."""
    status = status_of(made)
    waits_for_nothing = made.state in REFUNDS_IN_FLIGHT and is_key_refused(register, made.gateway)
    return REFUSED if status == OK and waits_for_nothing else status


def _put(register: Register, made: Refund, json: bool) -> None:
    put(refund_json(made, register.shop.timezone) if json else None, [refund_line(made)])


def _way(text: str | None) -> Way | None:
    try:
        return Way(text) if text else None
    except ValueError:
        known = ", ".join(Way)
        raise InputError(
            "way", msg(N_("{value} is not a refund method. Use one of {known}"), value=text, known=known)
        ) from None


async def _amount(register: Register, order_no: str, text: str) -> Money:
    """Read an amount in the currency of the payment, which may differ from the shop's."""
    view = register.services.refunds.view(order_no)
    return money_of("amount", text, view.attempt.paid.currency)


async def _settled(register: Register, made: Refund, seconds: float) -> Refund:
    """Wait until the poller settles a refund, ``seconds`` at most; not for one that is queued until midnight."""
    with contextlib.suppress(TimeoutError):  # the state is read from the journal below
        async with asyncio.timeout(seconds):
            while made.state in REFUNDS_IN_FLIGHT and made.due_at is None:
                await asyncio.sleep(0.1)
                made = await _now(register, made.refund_no)
    return await _now(register, made.refund_no)


async def _now(register: Register, refund_no: str) -> Refund:
    return register.services.refunds.get(refund_no)
