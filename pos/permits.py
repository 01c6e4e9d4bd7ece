"""Rights on the command line: whoever calls without a PIN is a cashier; ``POS_PIN`` or a prompt approves one action."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Awaitable, Callable

from pos.bootstrap import Register, register_for
from pos.domain.staff import Action, Permit
from pos.errors import NotAllowed, NotFound, StoreRefused


async def permit(register: Register, action: Action) -> Permit:
    """The right to ``action`` at a register that is open. Raises NotAllowed where nobody gives it."""
    try:
        return await register.desk.ask(lambda office: office.staff.permit(action))
    except NotAllowed:
        pin = os.environ.get("POS_PIN") or _asked()
        if not pin:
            raise
    return await register.desk.do(lambda office: office.staff.approve(action, pin))


def permit_beside(asked: argparse.Namespace, action: Action) -> Permit:
    """The same for a verb that works beside an open window. Only a PIN needs the journal for itself: its try is
    written down. Where there is no journal that could be read, there is nobody to ask.

    Raises NotAllowed, and StoreLocked where a PIN is needed while the window is open.
    """
    reading = register_for(asked.config, asked.data_dir, read_only=True)
    try:
        return asyncio.run(_at(reading, lambda register: register.desk.ask(lambda one: one.staff.permit(action))))
    except (NotFound, StoreRefused):
        return Permit(action)
    except NotAllowed:
        if not os.environ.get("POS_PIN") and not _is_terminal():
            raise
    writing = register_for(asked.config, asked.data_dir)
    return asyncio.run(_at(writing, lambda register: permit(register, action)))


async def _at(register: Register, work: Callable[[Register], Awaitable[Permit]]) -> Permit:
    await register.desk.open(watching=False)
    try:
        return await work(register)
    finally:
        await register.desk.close()


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _asked() -> str:
    return getpass.getpass("PIN: ") if _is_terminal() else ""
