"""Commands for payments: charge, show, list, cancel."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from pos.bootstrap import Register, register_for
from pos.cli.inputs import customer_code_of, invoice_request_of, line_of, money_of, options_of, tender_of
from pos.cli.permissions import obtain_permission, permission_while_open
from pos.cli.session import actor_of, is_key_refused, put_all, put_attempt, run_with_services, settled, status_of
from pos.domain.discount import discount_of
from pos.domain.invoice import Invoice
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, SaleTerms, Tender, adjustment, new_payment_id
from pos.domain.split import SalePart, new_sale_id, options_of_part, terms_of_part
from pos.domain.staff import Action
from pos.domain.states import State
from pos.domain.typed_text import check_note
from pos.errors import InputError, NotAllowed, PosError, UsageError
from pos.exits import DOUBT, OK, REFUSED, UNPAID
from pos.i18n import N_, msg
from pos.output import refund_json, refund_line, sale_json, sale_line, say
from pos.services.discounts import is_large
from pos.services.payments import Payments, PossibleDuplicate


def charge(asked: argparse.Namespace) -> int:
    """Charge one payment."""
    code = customer_code_of(asked)
    if code is None and not asked.tender:
        raise UsageError("tender", "the following arguments are required: --tender")
    tender = tender_of(asked.tender) if asked.tender else None
    needs_keys = tender is not Tender.CASH or bool(asked.invoice or asked.sale)
    register = register_for(asked.config, asked.data_dir, keys=needs_keys)
    currency = register.shop.currency
    due = _due(asked, currency)
    tendered = money_of("tendered", asked.tendered, currency) if asked.tendered else None
    wanted = partial(
        Payments.take,
        actor=actor_of(register),
        tender=tender,
        payment_id=new_payment_id(),
        gateway=asked.gateway,
        tendered=tendered,
        invoice_request=invoice_request_of(asked),
        customer_code=code,
        even_if_duplicate=asked.even_if_duplicate,
    )

    async def work() -> int:
        sale, part = _next_part(register, asked, due[0]) if due[0] is None or asked.sale else (due[0], due[1])
        given = await obtain_permission(register, Action.DISCOUNT) if is_large(sale, part) else None
        ready = partial(wanted, sale=sale, part=part, discount_permission=given)
        attempt = await _take(register.services.payments, ready)
        if asked.wait > 0:
            attempt = await settled(register, attempt, asked.wait)
        if (tender is Tender.CASH and asked.invoice) or _owes_invoice(register, attempt):
            await _issued(register, attempt.order_no, asked.wait)
        put_attempt(register, attempt, asked.json)
        return UNPAID if attempt.state is State.VOIDING else status_of(register, attempt)

    return run_with_services(register, work)


def _owes_invoice(register: Register, attempt: Attempt) -> bool:
    """Return whether a part completed a split sale, and its e-invoice is to be issued."""
    invoice = register.services.sales.get(attempt.sale_id).invoice if attempt.sale_id else None
    return invoice is not None and invoice.owed


async def _issued(register: Register, order_no: str, seconds: float) -> None:
    """Place the order of the e-invoice of a cash sale or a split sale, and wait for the e-invoice ``seconds`` at most.

    The sale is paid, whatever comes of its e-invoice.
    """
    invoicing, actor = register.services.invoicing, actor_of(register)
    try:
        found: Invoice | None = await invoicing.first_try(actor, order_no)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while found is not None and found.owed:
                    await asyncio.sleep(0.1)
                    found = invoicing.find(actor, order_no)
    except PosError as error:
        say(error.spoken())


def show(asked: argparse.Namespace) -> int:
    """Show one payment with its history; works while the window is open."""
    permission = permission_while_open(asked, Action.SEE_ALL, order_no=asked.order_no)
    register = register_for(asked.config, asked.data_dir, read_only=True, keys=False)

    async def work() -> int:
        actor = actor_of(register)
        register.services.access.make_visible(actor, asked.order_no, permission)
        put_attempt(register, register.services.payments.get(actor, asked.order_no), asked.json)
        return OK

    return run_with_services(register, work)


def pending(asked: argparse.Namespace) -> int:
    """List all payments, refunds and split sales that are not settled; works while the window is open."""
    register = register_for(asked.config, asked.data_dir, read_only=True, keys=False)

    async def work() -> int:
        refunds, sales = register.services.refunds.waiting(), register.services.sales.unfinished()
        zone = register.shop.timezone
        put_all(
            register, register.services.payments.waiting(), asked.json, [refund_json(one, zone) for one in refunds],
            [*map(refund_line, refunds), *map(sale_line, sales)], [sale_json(one, zone) for one in sales],
        )  # fmt: skip
        return OK

    return run_with_services(register, work)


def cancel(asked: argparse.Namespace) -> int:
    """Cancel one payment: its gateway is asked to void it if it can, and queried once."""
    register = register_for(asked.config, asked.data_dir)

    async def work() -> int:
        actor = actor_of(register)
        attempt = register.services.payments.cancel(actor, asked.order_no)
        if attempt.state is State.VOIDING:
            attempt = await register.services.payments.check_now(actor, asked.order_no)
        put_attempt(register, attempt, asked.json)
        if attempt.state is State.VOIDING and is_key_refused(register, attempt.gateway):
            return REFUSED
        return DOUBT if attempt.state is State.REVIEW else OK

    return run_with_services(register, work)


async def _take(payments: Payments, wanted: Callable[[Payments], Awaitable[Attempt]]) -> Attempt:
    """Charge. Raises NotAllowed for a possible duplicate, naming the option that overrides it."""
    try:
        return await wanted(payments)
    except PossibleDuplicate as error:
        text = N_("{problem} To charge anyway, add --even-if-duplicate.")
        raise NotAllowed(msg(text, problem=error.spoken())) from error


def _due(asked: argparse.Namespace, currency: str) -> tuple[Sale | None, SalePart | None]:
    """Return what to collect, and the split sale that begins with it; None for all that is left of ``--sale``.

    Raises UsageError and InputError.
    """
    whole_only = {"item": asked.item, "sale_amount": asked.sale_amount, "note": asked.note, "discount": asked.discount}
    if asked.sale and (named := next((name for name, given in whole_only.items() if given), "")):
        text = N_("Items, note, discount and the whole amount belong to the whole sale: name them when it begins.")
        raise InputError(named, text)
    if asked.discount_reason and not asked.discount:
        raise InputError("discount_reason", N_("A reason needs --discount."))
    if not asked.amount and not asked.sale and (not asked.item or asked.sale_amount):
        raise UsageError("amount", "the following arguments are required: --amount")
    if asked.sale:
        amount = money_of("amount", asked.amount, currency) if asked.amount else None
        return (None if amount is None else Sale(amount, options=options_of(asked))), None
    if not asked.sale_amount:
        return _whole(asked, asked.amount, "amount", currency), None
    whole = _whole(asked, asked.sale_amount, "sale_amount", currency)
    part = Sale(money_of("amount", asked.amount, currency), options=options_of_part(whole))
    return replace(part, terms=terms_of_part(whole.terms)), SalePart(new_sale_id(), whole)


def _whole(asked: argparse.Namespace, typed: str | None, field: str, currency: str) -> Sale:
    """Return a whole sale. Without items, ``typed`` is its amount before the discount.

    With items the amount follows from them; ``typed`` only confirms it, before or after the discount.
    """
    lines, options = tuple(line_of(item, currency) for item in asked.item), options_of(asked)
    amount = money_of(field, typed, currency) if typed else None
    summed = sum(line.total.minor for line in lines) + adjustment(options)
    gross = Money(summed, currency) if lines else amount
    assert gross is not None
    off = discount_of(asked.discount, gross, asked.discount_reason or "") if asked.discount else None
    due = gross - off.amount if off else gross
    if amount is not None and amount not in (gross, due):
        due = amount  # refused: the items do not add up to it
    return Sale(due, lines, options, SaleTerms(check_note(asked.note or ""), off))


def _next_part(register: Register, asked: argparse.Namespace, due: Sale | None) -> tuple[Sale, SalePart]:
    """Return the next part of a split sale: ``due``, or all that is left. Raises NotFound and NotAllowed."""
    whole = register.services.sales.get(asked.sale)
    sale = due or Sale(register.services.sales.left(asked.sale), options=options_of(asked))
    return replace(sale, terms=terms_of_part(whole.terms)), SalePart(whole.sale_id)
