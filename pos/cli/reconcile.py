"""The command that compares a day with the gateways."""

from __future__ import annotations

import argparse
from collections import Counter
from datetime import UTC, datetime

from pos.bootstrap import Register, register_for
from pos.cli.inputs import day_of
from pos.cli.permissions import obtain_permission, permission_while_open
from pos.cli.session import is_key_refused, run_with_services
from pos.domain.reconcile import Check, Match
from pos.domain.staff import Action
from pos.domain.typed_text import check_reason
from pos.errors import NotFound
from pos.exits import DOUBT, OK, REFUSED
from pos.i18n import N_, msg
from pos.output import put


def reconcile(asked: argparse.Namespace) -> int:
    """Compare each payment and refund of a day.

    Exit status 4 while a difference is in review or a result is unclear, 5 if a gateway refuses this shop's key.
    """
    if asked.waiting:
        return _waiting(asked)
    register = register_for(asked.config, asked.data_dir)
    if asked.settle:
        return _settle(asked, register)
    day = day_of(asked.date) or datetime.now(UTC).astimezone(register.shop.timezone).date()

    async def work() -> int:
        allowed = await obtain_permission(register, Action.RECONCILE)
        found = await register.services.reconcile.run(day, allowed, recheck=asked.afresh)
        counts = Counter(one.match for one in found)
        rows = [_as_json(one) for one in found]
        lists = {match.value: counts[match] for match in Match}
        lines = [_as_line(one) for one in found if one.match is not Match.AGREE]
        details = "  ".join(f"{name} {count}" for name, count in lists.items())
        put({"date": day.isoformat(), **lists, "checks": rows} if asked.json else None, [*lines, details])
        if any(one.in_review for one in found):
            return DOUBT
        unclear = [one.gateway for one in found if one.match is Match.UNCLEAR]
        if any(is_key_refused(register, gateway) for gateway in unclear):
            return REFUSED
        return DOUBT if unclear else OK

    return run_with_services(register, work)


def _waiting(asked: argparse.Namespace) -> int:
    """List the differences in review; works while the window is open."""
    allowed = permission_while_open(asked, Action.RECONCILE)
    register = register_for(asked.config, asked.data_dir, read_only=True, keys=False)

    async def work() -> int:
        found = register.services.reconcile.in_review(allowed)
        put({"checks": [_as_json(one) for one in found]} if asked.json else None, [_as_line(one) for one in found])
        return DOUBT if found else OK

    return run_with_services(register, work)


def _settle(asked: argparse.Namespace, register: Register) -> int:
    """Settle one difference, of the given day, else of the oldest day on which it is in review."""
    day = day_of(asked.date)

    async def work() -> int:
        check_reason(asked.reason)
        allowed = await obtain_permission(register, Action.SETTLE)
        found = register.services.reconcile.in_review()
        check = next((one for one in found if one.number == asked.settle and day in (None, one.day)), None)
        if check is None:
            raise NotFound(msg(N_("{number} has no difference that waits for a manager."), number=asked.settle))
        made = register.services.reconcile.settle(check.day, check.number, asked.reason, allowed)
        put(_as_json(made) if asked.json else None, [_as_line(made)])
        return OK

    return run_with_services(register, work)


def _as_json(check: Check) -> dict[str, str]:
    return {
        "date": check.day.isoformat(),
        "number": check.number,
        "order_no": check.order_no,
        "gateway": check.gateway,
        "match": check.match.value,
        "state": "review" if check.in_review else "settled" if check.settled else "open",
        "here": check.ours,
        "there": check.theirs,
        "message": check.message.spoken(),
        "reason": check.reason,
    }


def _as_line(check: Check) -> str:
    details = (check.ours, check.theirs, check.message.spoken(), check.reason)
    columns = (check.day.isoformat(), check.match.value, check.number, check.gateway, *details)
    return "  ".join(column for column in columns if column)
