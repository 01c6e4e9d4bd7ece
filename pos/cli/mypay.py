"""Commands of optional capabilities of a gateway: holds, direct debits, wallets, the shop's tools."""

from __future__ import annotations

import argparse
from datetime import date

from pos.bootstrap import register_for
from pos.cli.inputs import money_of, options_of
from pos.cli.permissions import obtain_permission
from pos.cli.session import put_attempt, run_with_services, status_of
from pos.domain.staff import Action
from pos.errors import InputError
from pos.exits import DOUBT, OK, REFUSED
from pos.gateways.capabilities import Outcome, Result
from pos.i18n import N_
from pos.output import put

STATUS = {Outcome.DONE: OK, Outcome.REFUSED: REFUSED, Outcome.UNSURE: DOUBT}


def capture(asked: argparse.Namespace) -> int:
    """Capture a hold, all or a part."""
    register = register_for(asked.config, asked.data_dir)
    amount = money_of("amount", asked.amount, register.shop.currency) if asked.amount else None

    async def work() -> int:
        permission = await obtain_permission(register, Action.CAPTURE)
        attempt = await register.services.mypay.capture(asked.order_no, amount, permission)
        put_attempt(register, attempt, asked.json)
        return status_of(register, attempt)

    return run_with_services(register, work)


def stop_debit(asked: argparse.Namespace) -> int:
    """Stop a direct debit from a day on."""
    register = register_for(asked.config, asked.data_dir)
    try:
        day = date.fromisoformat(asked.day)
    except ValueError:
        raise InputError("day", N_("Write the day as 2026-12-31.")) from None

    async def work() -> int:
        permission = await obtain_permission(register, Action.STOP_DEBIT)
        return _put(await register.services.mypay.stop_debit(asked.order_no, day, asked.reason, permission), asked.json)

    return run_with_services(register, work)


def bind_wallet(asked: argparse.Namespace) -> int:
    """Print the address of the page on which a customer binds a card."""
    register = register_for(asked.config, asked.data_dir)
    person = options_of(asked)

    async def work() -> int:
        permission = await obtain_permission(register, Action.BIND_WALLET)
        return _put(await register.services.mypay.bind_wallet(asked.user, person, permission), asked.json)

    return run_with_services(register, work)


def tools(asked: argparse.Namespace) -> int:
    """List the payment tools that the shop may offer for an amount."""
    register = register_for(asked.config, asked.data_dir)
    amount = money_of("amount", asked.amount, register.shop.currency)

    async def work() -> int:
        found = await register.services.mypay.tools(amount)
        put({"tools": list(found)} if asked.json else None, found)
        return OK

    return run_with_services(register, work)


def _put(result: Result, json: bool) -> int:
    url = str(result.found.get("url", "")) if result.outcome is Outcome.DONE else ""
    found = {"outcome": result.outcome.value, "code": result.code, "message": result.message.spoken()}
    put({**found, **({"url": url} if url else {})} if json else None, [url or result.message.spoken() or result.code])
    return STATUS[result.outcome]
