"""The verbs about payments: take one, look, list, give one up."""

from __future__ import annotations

import argparse

from pos.bootstrap import register_for
from pos.domain.money import Money
from pos.domain.payment import Sale, Tender, new_payment_id
from pos.domain.staff import Action
from pos.domain.states import State
from pos.exits import DOUBT, OK, REFUSED, UNPAID
from pos.output import refund_json, refund_line
from pos.verbs.desk import at_the_desk, is_key_refused, put_all, put_attempt, settled, status_of
from pos.verbs.permits import permit_beside
from pos.verbs.typed import line_of, money_of, options_of, tender_of, wish_of


def charge(asked: argparse.Namespace) -> int:
    """One payment through the real engine."""
    tender = tender_of(asked.tender)
    needs_keys = tender is not Tender.CASH or bool(asked.invoice)
    register = register_for(asked.config, asked.data_dir, keys=needs_keys)
    sale = _sale(asked, register.shop.currency)
    tendered = money_of("tendered", asked.tendered, register.shop.currency) if asked.tendered else None
    wished = wish_of(asked)

    async def work() -> int:
        attempt = await register.desk.take(
            sale, tender, payment_id=new_payment_id(), gateway=asked.gateway, tendered=tendered, invoice_request=wished
        )
        if asked.wait > 0:
            attempt = await settled(register, attempt, asked.wait)
        await put_attempt(register, attempt, asked.json)
        return UNPAID if attempt.state is State.VOIDING else status_of(register, attempt)

    return at_the_desk(register, work)


def show(asked: argparse.Namespace) -> int:
    """One payment with its history; reads along with an open window."""
    granted = permit_beside(asked, Action.SEE_ALL, order_no=asked.order_no)
    register = register_for(asked.config, asked.data_dir, read_only=True, keys=False)

    async def work() -> int:
        await register.desk.look(asked.order_no, granted)
        await put_attempt(register, await register.desk.attempt(asked.order_no), asked.json)
        return OK

    return at_the_desk(register, work)


def pending(asked: argparse.Namespace) -> int:
    """List all payments and refunds that are not settled, beside an open window too."""
    register = register_for(asked.config, asked.data_dir, read_only=True, keys=False)

    async def work() -> int:
        refunds = await register.desk.ask(lambda office: office.refunds.waiting())
        rows = [refund_json(one, register.shop.timezone) for one in refunds]
        await put_all(register, await register.desk.waiting(), asked.json, rows, [refund_line(one) for one in refunds])
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
        if attempt.state is State.VOIDING and is_key_refused(register, attempt.gateway):
            return REFUSED
        return DOUBT if attempt.state is State.REVIEW else OK

    return at_the_desk(register, work)


def _sale(asked: argparse.Namespace, currency: str) -> Sale:
    amount: Money = money_of("amount", asked.amount, currency)
    return Sale(amount, tuple(line_of(item, currency) for item in asked.item), options_of(asked))
