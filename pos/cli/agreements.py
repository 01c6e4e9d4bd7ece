"""Commands for agreements: create, show, list, refresh, stop, settle."""

from __future__ import annotations

import argparse
from typing import Any

from pos.bootstrap import Register, register_for
from pos.cli.inputs import invoice_request_of, line_of, money_of, options_of
from pos.cli.permissions import obtain_permission, permission_while_open
from pos.cli.session import actor_of, run_with_services, settled, status_of
from pos.domain.agreement import Agreement, AgreementState, terms
from pos.domain.agreement_review import Decision
from pos.domain.payment import Attempt
from pos.domain.staff import Action
from pos.domain.states import IN_FLIGHT
from pos.errors import NotAllowed
from pos.exits import DOUBT, OK
from pos.i18n import N_, msg
from pos.output import agreement_json, agreement_lines, put
from pos.services.payments import PossibleDuplicate


def agreement(asked: argparse.Namespace) -> int:
    """Run one step."""
    steps = {
        "create": _create, "show": _show, "list": _list, "refresh": _refresh, "stop": _stop, "settle": _settle,
    }  # fmt: skip
    return steps[asked.step](asked)


def _create(asked: argparse.Namespace) -> int:
    """Create an agreement, and wait for its first charge."""
    register = register_for(asked.config, asked.data_dir)
    currency = register.shop.currency
    wanted = terms(money_of("amount", asked.amount, currency), asked.every, asked.times)
    lines = [line_of(item, currency) for item in asked.item]
    options, invoice_request = options_of(asked), invoice_request_of(asked)

    async def work() -> int:
        try:
            made = await register.services.agreements.create(
                actor_of(register), wanted, lines=lines, reference=asked.reference, options=options,
                invoice_request=invoice_request, even_if_duplicate=asked.even_if_duplicate,
            )  # fmt: skip
        except PossibleDuplicate as error:
            text = N_("{problem} To charge anyway, add --even-if-duplicate.")
            raise NotAllowed(msg(text, problem=error.spoken())) from error
        first = register.services.agreements.first_charge(made.order_no)
        if asked.wait > 0:
            first = await settled(register, first, asked.wait)
        _put(register, register.services.agreements.get(made.order_no), first, asked.json)
        return status_of(register, first)

    return run_with_services(register, work)


def _show(asked: argparse.Namespace) -> int:
    """Show one agreement with its charges; works while the window is open."""
    permission = permission_while_open(asked, Action.SEE_ALL, order_no=asked.order_no)
    register = register_for(asked.config, asked.data_dir, read_only=True, keys=False)

    async def work() -> int:
        register.services.access.make_visible(actor_of(register), asked.order_no, permission)
        return _put_one(register, asked)

    return run_with_services(register, work)


def _list(asked: argparse.Namespace) -> int:
    """List all agreements; works while the window is open."""
    permission = permission_while_open(asked, Action.SEE_ALL)
    register = register_for(asked.config, asked.data_dir, read_only=True, keys=False)

    async def work() -> int:
        agreements = register.services.agreements
        found = [(one, agreements.first_charge(one.order_no)) for one in agreements.listed(permission)]
        rows = [_json(register, one, first) for one, first in found]
        put(
            {"agreements": rows} if asked.json else None,
            [agreement_lines(one, register.shop.timezone)[0] for one, _first in found],
        )
        return OK

    return run_with_services(register, work)


def _refresh(asked: argparse.Namespace) -> int:
    """Query the gateway about one agreement now."""
    register = register_for(asked.config, asked.data_dir)

    async def work() -> int:
        await register.services.agreements.refresh(asked.order_no)
        return _put_one(register, asked)

    return run_with_services(register, work)


def _stop(asked: argparse.Namespace) -> int:
    """Stop one agreement: no further charges."""
    register = register_for(asked.config, asked.data_dir)

    async def work() -> int:
        permission = await obtain_permission(register, Action.STOP_DEBIT)
        await register.services.agreements.stop(asked.order_no, asked.reason, permission)
        return _put_one(register, asked)

    return run_with_services(register, work)


def _settle(asked: argparse.Namespace) -> int:
    """Settle one agreement in review, or one of its charges."""
    register = register_for(asked.config, asked.data_dir)
    decision = Decision.ACCEPT if asked.accept else Decision.CLOSE

    async def work() -> int:
        permission = await obtain_permission(register, Action.SETTLE)
        settle = register.services.agreement_reviews.settle
        settle(asked.order_no, decision, asked.reason, permission, charge=asked.charge)
        return _put_one(register, asked)

    return run_with_services(register, work)


def _put_one(register: Register, asked: argparse.Namespace) -> int:
    found = register.services.agreements.get(asked.order_no)
    _put(register, found, register.services.agreements.first_charge(asked.order_no), asked.json)
    return DOUBT if found.state is AgreementState.REVIEW else OK


def _put(register: Register, found: Agreement, first: Attempt, json: bool) -> None:
    lines = agreement_lines(found, register.shop.timezone)
    put(_json(register, found, first) if json else None, [*lines, *([first.shown_url] if _is_open(first) else [])])


def _json(register: Register, found: Agreement, first: Attempt) -> dict[str, Any]:
    return agreement_json(found, first.shown_url if _is_open(first) else "", register.shop.timezone)


def _is_open(first: Attempt) -> bool:
    return first.state in IN_FLIGHT
