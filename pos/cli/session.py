"""Shared by the commands: open the services, wait for a payment, print payments."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

from pos.bootstrap import Register
from pos.domain.actor import Actor, signed_out
from pos.domain.payment import Attempt
from pos.domain.states import IN_FLIGHT, State
from pos.errors import PosError
from pos.exits import DOUBT, FAULT, OK, REFUSED, UNPAID
from pos.output import as_json, as_line, put, refund_json, refund_line, sale_line, say, unexpected

STATUS: Final = {
    State.CREATED: FAULT,  # nothing was sent: the network is down
    State.SENT: DOUBT,
    State.PENDING: OK,
    State.UNKNOWN: DOUBT,
    State.VOIDING: OK,
    State.CAPTURED: OK,
    State.DECLINED: UNPAID,
    State.EXPIRED: UNPAID,
    State.VOIDED: UNPAID,
    State.REVIEW: DOUBT,
}


def status_of(register: Register, attempt: Attempt) -> int:
    """Return the exit status of a payment: its state, or that its gateway refuses the order or this shop's key."""
    if attempt.rejected:
        return REFUSED
    status = STATUS[attempt.state]
    waits_for_nothing = attempt.state in IN_FLIGHT and is_key_refused(register, attempt.gateway)
    return REFUSED if status == OK and waits_for_nothing else status


def is_key_refused(register: Register, gateway: str) -> bool:
    """Return whether a gateway refused this shop's key in this call of the command line."""
    known = register.gateways.get(gateway)
    return known is not None and known.merchant_key.refused


def run_with_services(register: Register, work: Callable[[], Awaitable[int]]) -> int:
    """Open the services, run ``work``, close them. Return the exit status of ``work``."""

    async def whole() -> int:
        await register.host.open(watching=False)
        try:
            status = await work()
        except BaseException:
            await register.host.close()
            raise
        try:
            await register.host.close()
        except Exception as error:  # the work is done: its exit status stays
            say(error.spoken() if isinstance(error, PosError) else unexpected(error).spoken())
        return status

    return asyncio.run(whole())


def actor_of(register: Register) -> Actor:
    """Return who acts on the command line: no one signs in there, a PIN approves one action."""
    return signed_out(register.shop.register_id)


async def settled(register: Register, attempt: Attempt, seconds: float) -> Attempt:
    """Wait until the poller settles a payment, ``seconds`` at most. Return it."""
    actor = actor_of(register)
    with contextlib.suppress(TimeoutError):  # the state is read from the journal below
        async with asyncio.timeout(seconds):
            while attempt.state in IN_FLIGHT:
                await asyncio.sleep(0.1)
                attempt = register.services.payments.get(actor, attempt.order_no)
    return register.services.payments.get(actor, attempt.order_no)


def put_attempt(register: Register, attempt: Attempt, json: bool) -> None:
    """Print one payment with its history and refunds."""
    history = register.services.payments.history(actor_of(register), attempt.order_no)
    given = register.services.refunds.of_order(attempt.order_no)
    zone = register.shop.timezone
    found = as_json(attempt, history, zone)
    if given:
        found["refunds"] = [refund_json(one, zone) for one in given]
    sale = register.services.sales.get(attempt.sale_id) if attempt.sale_id else None
    if sale is not None:
        found |= {"sale_amount": sale.amount.decimal, "left": sale.left.decimal}
    rows = [
        f"  {row['at']}  {row['event']}  {row['state']}  {row['code']}  {row['message']}".rstrip()
        for row in found["history"]
    ]
    lines = [as_line(attempt), *rows, *(f"  {refund_line(one)}" for one in given)]
    put(found if json else None, [*lines, *([sale_line(sale)] if sale else [])])


def put_all(
    register: Register, found: Sequence[Attempt], json: bool, refunds: Sequence[dict[str, Any]] = (),
    lines: Sequence[str] = (), sales: Iterable[dict[str, Any]] = (),
) -> None:  # fmt: skip
    """Print payments with their histories, refunds and split sales, or further ``lines``."""
    history, actor = register.services.payments.history, actor_of(register)
    rows = [as_json(one, history(actor, one.order_no), register.shop.timezone) for one in found]
    more = {"refunds": list(refunds), "sales": list(sales)}
    body = {"payments": rows, **{name: found for name, found in more.items() if found}}
    put(body if json else None, [*(as_line(one) for one in found), *lines])
