"""The verb that compares a day with the gateways."""

from __future__ import annotations

import argparse
from collections import Counter
from datetime import UTC, datetime

from pos.bootstrap import register_for
from pos.commands import at_the_desk, day_of
from pos.domain.reconcile import Check, Match
from pos.domain.staff import Action
from pos.exits import DOUBT, OK
from pos.output import put
from pos.permits import permit


def reconcile(asked: argparse.Namespace) -> int:
    """Ask about each payment and refund of a day; exit status 4 while a difference waits or something was not told."""
    register = register_for(asked.config, asked.data_dir)
    day = day_of(asked.date) or datetime.now(UTC).astimezone(register.shop.timezone).date()

    async def work() -> int:
        allowed = await permit(register, Action.RECONCILE)
        found = await register.desk.do(lambda office: office.reconcile.run(day, allowed, afresh=asked.afresh))
        counts = Counter(one.match for one in found)
        rows = [_as_json(one) for one in found]
        lists = {match.value: counts[match] for match in Match}
        lines = [_as_line(one) for one in found if one.match is not Match.AGREE]
        said = "  ".join(f"{name} {count}" for name, count in lists.items())
        put({"date": day.isoformat(), **lists, "checks": rows} if asked.json else None, [*lines, said])
        return DOUBT if any(one.waits or one.match is Match.UNCLEAR for one in found) else OK

    return at_the_desk(register, work)


def _as_json(check: Check) -> dict[str, str]:
    return {
        "number": check.number,
        "gateway": check.gateway,
        "match": check.match.value,
        "here": check.ours,
        "there": check.theirs,
        "message": check.message.spoken(),
        "reason": check.reason,
    }


def _as_line(check: Check) -> str:
    words = (check.match.value, check.number, check.gateway, check.ours, check.theirs, check.message.spoken())
    return "  ".join(word for word in words if word)
