"""Run one call of the command line, and report every failure with its exit status."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence
from typing import Final

from pos import output
from pos.cli.arguments import parser
from pos.errors import InputError, PosError, UsageError
from pos.exits import INTERRUPTED, OK
from pos.i18n import N_, msg, system_language, use_language

log = logging.getLogger(__name__)

PLACED: Final = frozenset({"name", "file", "order_no", "refund_no", "number"})
"""Positional arguments."""


def run(arguments: Sequence[str]) -> int:
    """Run one call and return its exit status. With ``--json`` one JSON object is printed on every path."""
    use_language(system_language())
    output.begin()
    asked, as_json = argparse.Namespace(), _wants_json(arguments)
    try:
        parser(arguments).parse_args(arguments, asked)
        _refuse_half_characters(asked)
        return _dispatch(asked)
    except SystemExit as stop:  # --help, --version
        return stop.code if isinstance(stop.code, int) else OK
    except PosError as error:
        return output.put_error(error, _sentence(error, asked), as_json)
    except KeyboardInterrupt:
        return _interrupted(as_json)
    except Exception as error:
        if logging.getLogger().handlers:  # without a log file the traceback would be printed
            log.exception("unexpected")
        problem = output.unexpected(error)
        return output.put_error(problem, problem.spoken(), as_json)


def _wants_json(arguments: Sequence[str]) -> bool:
    """Return whether ``--json``, or its beginning, is among arguments that argparse may refuse."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return any(len(one) > 2 and "--json".startswith(one) for one in options)


def _interrupted(as_json: bool) -> int:
    problem = PosError(N_("Interrupted. Requests that were sent are checked at the next start."))
    return output.put_error(problem, problem.spoken(), as_json, INTERRUPTED)


def _refuse_half_characters(asked: argparse.Namespace) -> None:
    """Decode an argument as UTF-8 if the locale has another encoding (``LANG=C``); paths are not changed.

    Raises InputError for bytes that are not UTF-8, before anything is written or sent.
    """
    for name, value in vars(asked).items():
        if name == "config":
            continue
        if isinstance(value, list):
            setattr(asked, name, [_text(name, one) for one in value])
        elif isinstance(value, str):
            setattr(asked, name, _text(name, value))


def _text(name: str, value: str) -> str:
    if not any("\ud800" <= char <= "\udfff" for char in value):
        return value
    try:
        return os.fsencode(value).decode()
    except UnicodeError:
        raise InputError(name, msg(N_("{field} contains bytes that are not text."), field=name)) from None


def _dispatch(asked: argparse.Namespace) -> int:
    if asked.verb in (None, "demo"):
        from pos import windows

        return windows.open_window(asked) if asked.verb is None else windows.demo(asked)
    from pos.cli.commands import run_command

    return run_command(asked)


def _sentence(error: PosError, asked: argparse.Namespace) -> str:
    """Return the message of an error, with its option in front if the message does not name it."""
    message = error.spoken()
    if (
        not isinstance(error, InputError)
        or isinstance(error, UsageError)
        or error.field in PLACED
        or error.field not in vars(asked)
    ):
        return message
    option = f"--{error.field}"
    return message if option in message else f"{option}: {message}"
