"""The verbs that need no window."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pos.bootstrap import Register, register_for
from pos.domain.invoice import Kind, Wish, wish
from pos.domain.money import Money, parse
from pos.domain.payment import Attempt, Line, Sale, Tender, new_payment_id
from pos.domain.states import IN_FLIGHT, State
from pos.errors import InputError
from pos.exits import DOUBT, FAULT, OK, REFUSED, UNPAID
from pos.i18n import N_, msg
from pos.output import as_json, as_line, put, refund_json, refund_line

T = TypeVar("T")

EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
"""Days that a shop may mean; calendars end soon after year 9999."""

STATUS = {
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


def status_of(attempt: Attempt) -> int:
    """The exit status that an attempt's state is."""
    return REFUSED if attempt.details.get("rejected") else STATUS[attempt.state]


def charge(asked: argparse.Namespace) -> int:
    """One payment through the real engine."""
    register = register_for(asked.config, asked.data_dir)
    tender = _tender(asked.tender)
    sale = _sale(asked, register.shop.currency)
    tendered = money_of("tendered", asked.tendered, register.shop.currency) if asked.tendered else None
    wished = wish_of(asked)

    async def work() -> int:
        attempt = await register.desk.take(
            sale, tender, payment_id=new_payment_id(), gateway=asked.gateway, tendered=tendered, wish=wished
        )
        if asked.wait > 0:
            attempt = await settled(register, attempt, asked.wait)
        await put_attempt(register, attempt, asked.json)
        return status_of(attempt)

    return at_the_desk(register, work)


def show(asked: argparse.Namespace) -> int:
    """One payment with its history; reads along with an open window."""
    register = register_for(asked.config, asked.data_dir, read_only=True)

    async def work() -> int:
        await put_attempt(register, await register.desk.attempt(asked.order_no), asked.json)
        return OK

    return at_the_desk(register, work)


def pending(asked: argparse.Namespace) -> int:
    """All payments that are not settled; reads along with an open window."""
    register = register_for(asked.config, asked.data_dir, read_only=True)

    async def work() -> int:
        await put_all(register, await register.desk.waiting(), asked.json)
        return OK

    return at_the_desk(register, work)


def cancel(asked: argparse.Namespace) -> int:
    """Give one payment up; its gateway is told where it can be, and asked once more."""
    register = register_for(asked.config, asked.data_dir)

    async def work() -> int:
        attempt = await register.desk.cancel(asked.order_no)
        if attempt.state is State.VOIDING:
            attempt = await register.desk.check_now(asked.order_no)
        await put_attempt(register, attempt, asked.json)
        return DOUBT if attempt.state is State.REVIEW else OK

    return at_the_desk(register, work)


def doctor(asked: argparse.Namespace) -> int:
    """Fonts, libraries, clock, disk, and each gateway's reachability and credentials."""
    from pos.gui.health import window_findings
    from pos.services.doctor import examine

    register = register_for(asked.config, asked.data_dir, read_only=True)
    found = [*window_findings(), *asyncio.run(examine(register.gateways, register.missing, register.data_dir))]
    rows = [{"what": one.what, "ok": one.ok, "message": one.message.spoken()} for one in found]
    lines = [f"{'✓' if one.ok else '✗'} {one.what}: {one.message.spoken()}" for one in found]
    put({"findings": rows} if asked.json else None, lines)
    refused = any(not one.ok and one.credentials for one in found)
    return REFUSED if refused else (OK if all(one.ok for one in found) else FAULT)


def simulator(asked: argparse.Namespace) -> int:
    """The four gateways on this machine until interrupted."""
    from pos.runtime import SystemClock
    from pos.simulator.app import Simulator
    from pos.simulator.notices import Notifier, plain_client
    from pos.simulator.serve import Served

    async def work() -> int:
        notifier = Notifier(plain_client(), SystemClock())
        built = Simulator(SystemClock(), random.SystemRandom(), strict=not asked.lenient, notifier=notifier)
        built.scenarios.autopay = asked.autopay
        try:
            served = await Served(built, asked.port).start()
        except (OSError, OverflowError) as error:
            text = N_("Nothing can listen on {port}: {problem}")
            raise InputError("port", msg(text, port=asked.port, problem=error)) from error
        put(served.announcement, ())
        if not asked.json:
            sys.stderr.write(f"The customer's phone: {served.announcement['phone']}/\n")
        await _interrupted()
        await notifier.close()
        await served.stop()
        return OK

    return asyncio.run(work())


async def _interrupted() -> None:
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt
            loop.add_signal_handler(name, done.set)
    await done.wait()


def at_the_desk(register: Register, work: Callable[[], Awaitable[int]]) -> int:
    """Open the desk, do the work, close it; the exit status."""

    async def whole() -> int:
        await register.desk.open(watching=False)
        try:
            return await work()
        finally:
            await register.desk.close()

    return asyncio.run(whole())


async def settled(register: Register, attempt: Attempt, seconds: float) -> Attempt:
    """Wait until the watch finds out what became of it, ``seconds`` at most."""
    with contextlib.suppress(TimeoutError):  # no event yet: the journal says below how it stands
        async with asyncio.timeout(seconds):
            while attempt.state in IN_FLIGHT:
                await asyncio.sleep(0.1)
                attempt = await register.desk.attempt(attempt.order_no)
    return await register.desk.attempt(attempt.order_no)


async def put_attempt(register: Register, attempt: Attempt, json: bool) -> None:
    """One payment with its history, and what was given back of it."""
    history = await register.desk.history(attempt.order_no)
    given = await register.desk.ask(lambda office: office.refunds.of_order(attempt.order_no))
    zone = register.shop.timezone
    found = as_json(attempt, history, zone)
    if given:
        found["refunds"] = [refund_json(one, zone) for one in given]
    rows = [
        f"  {row['at']}  {row['event']}  {row['state']}  {row['code']}  {row['message']}".rstrip()
        for row in found["history"]
    ]
    put(found if json else None, [as_line(attempt), *rows, *(f"  {refund_line(one)}" for one in given)])


async def put_all(
    register: Register, found: Sequence[Attempt], json: bool, refunds: Sequence[dict[str, Any]] = (),
    lines: Sequence[str] = (),
) -> None:  # fmt: skip
    """Payments with their histories, and what goes with them."""
    history = register.desk.history
    rows = [as_json(one, await history(one.order_no), register.shop.timezone) for one in found]
    told = {"payments": rows, "refunds": list(refunds)} if refunds else {"payments": rows}
    put(told if json else None, [*(as_line(one) for one in found), *lines])


def wish_of(asked: argparse.Namespace) -> Wish | None:
    """``--invoice KIND[:CODE] --ban --title`` as a wish. Raises InputError."""
    if not asked.invoice:
        if asked.ban or asked.title:
            raise InputError("invoice", N_("A company's number needs --invoice."))
        return None
    kind, _colon, code = asked.invoice.partition(":")
    try:
        return wish(Kind(kind), code, asked.ban or "", asked.title or "")
    except ValueError:
        known = ", ".join(one.value for one in Kind)
        text = N_("{value} is no kind of e-invoice; one of {known}")
        raise InputError("invoice", msg(text, value=kind, known=known)) from None


def _tender(text: str) -> Tender:
    try:
        return Tender(text)
    except ValueError:
        known = ", ".join(tender.value for tender in Tender)
        raise InputError("tender", msg(N_("{value} is no tender; one of {known}"), value=text, known=known)) from None


def _sale(asked: argparse.Namespace, currency: str) -> Sale:
    amount: Money = parse(asked.amount, currency)
    return Sale(amount, tuple(line_of(item, currency) for item in asked.item), options_of(asked))


def day_of(text: str | None) -> date | None:
    """A day as ``2026-11-20``. Raises InputError."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
        if not EARLIEST <= found <= LATEST:
            raise ValueError(text)
        return found
    except ValueError:
        raise InputError("date", msg(N_("{value} is no day as 2026-12-31."), value=text[:20])) from None


def options_of(asked: argparse.Namespace) -> dict[str, str]:
    """``--option NAME=VALUE``, as often as given. Raises InputError."""
    return dict(_option(text) for text in asked.option)


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise InputError("option", msg(N_("{item} is not NAME=VALUE."), item=text[:40]))
    if not value.startswith("@"):
        return name, value
    try:
        return name, Path(value[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(name, msg(N_("The file {path} cannot be read."), path=value[1:])) from error


def line_of(item: str, currency: str) -> Line:
    """``NAME:PRICE:QTY``. Raises InputError."""
    name, *numbers = item.rsplit(":", 2)
    if len(numbers) != 2 or not name.strip() or not (numbers[1].isascii() and numbers[1].isdigit()):
        raise InputError("item", msg(N_("{item} is not NAME:PRICE:QTY."), item=item[:40]))
    if not 1 <= int(numbers[1]) <= 9999:
        raise InputError("item", msg(N_("The quantity of {item} must be from 1 to 9999."), item=item[:40]))
    if "\0" in name or len(name) > 200:
        raise InputError("item", msg(N_("The name of {item} may have 200 characters at most."), item=name[:40]))
    return Line(name.strip(), money_of("item", numbers[0], currency), int(numbers[1]))


def money_of(field: str, text: str, currency: str, read: Callable[[str, str], Money] = parse) -> Money:
    """An amount out of ``field``. Raises InputError, which names that field: a verb may have two amounts."""
    try:
        return read(text, currency)
    except InputError as error:
        raise InputError(field, error.message) from None
