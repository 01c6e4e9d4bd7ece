"""The command for reports: the open shift, a Z, a day, a week or a month, as JSON or as files."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pos.bootstrap import Register, register_for
from pos.cli.inputs import day_of
from pos.cli.permissions import permission_while_open
from pos.cli.session import run_with_services
from pos.domain.totals import FORMATS, JSON, SCOPES, Scope, Span
from pos.errors import InputError
from pos.exits import OK
from pos.i18n import N_, msg
from pos.output import put
from pos.services.reports import RIGHT

if TYPE_CHECKING:
    from pos.services.reports import Reports

MOST_Z = 10**9
"""Limit of a Z number, far above any real one."""

SPANS = {"x": Span.SHIFT, "z": Span.SHIFT, "day": Span.DAY, "week": Span.WEEK, "month": Span.MONTH}


def report(asked: argparse.Namespace) -> int:
    """Write one report to standard output or into a file; works while the window is open."""
    _check(asked)
    day = day_of(asked.date)
    permission = permission_while_open(asked, RIGHT[SPANS[asked.span]])
    register = _reading(asked)

    async def work() -> int:
        def scope_of(reports: Reports) -> Scope:
            if asked.span == "x":
                return reports.running()
            return reports.closed(asked.z) if asked.span == "z" else SCOPES[SPANS[asked.span]](day or reports.today())

        scope = scope_of(register.services.reports)
        if asked.out is not None:
            await register.services.reports.write(scope, asked.format, asked.out, permission)
            put({"file": str(asked.out), "format": asked.format} if asked.json else None, [str(asked.out)])
            return OK
        from pos.exports.json_file import as_json

        put(as_json(await register.services.reports.report(scope, permission)), ())
        return OK

    return run_with_services(register, work)


def _check(asked: argparse.Namespace) -> None:
    """Raise InputError for options that cannot be combined."""
    if asked.format not in (JSON, *FORMATS):
        text = N_("{value} is not a format. Use one of {known}")
        raise InputError("format", msg(text, value=asked.format[:20], known=", ".join((JSON, *FORMATS))))
    if asked.format != JSON and asked.out is None:
        raise InputError("out", msg(N_("A report as {format} needs --out FILE."), format=asked.format))
    if asked.date and SPANS[asked.span] is Span.SHIFT:
        raise InputError("date", N_("--date works only with day, week and month."))
    if asked.z is not None and asked.span != "z":
        raise InputError("z", N_("--z works only with z."))
    if asked.z is not None and not 1 <= asked.z < MOST_Z:
        raise InputError("z", msg(N_("There is no Z {number}."), number=asked.z))


def _reading(asked: argparse.Namespace) -> Register:
    """Return a register for reading; if there is no journal yet, one that makes it, with totals of zero."""
    from pos.store.database import FILE_NAME

    reading = register_for(asked.config, asked.data_dir, read_only=True, keys=False)
    exists = (reading.data_dir / FILE_NAME).exists()
    return reading if exists else register_for(asked.config, asked.data_dir, keys=False)
