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
from pos.errors import NotAllowed, NotFound, StoreLocked, StoreOutdated, StoreRefused
from pos.i18n import N_, _, msg


async def permit(register: Register, action: Action) -> Permit:
    """The right to ``action`` at a register that is open. Raises NotAllowed where nobody gives it."""
    try:
        return await _at_once(register, action)
    except NotAllowed:
        pin = pin_of("POS_PIN", N_("PIN of a manager: "))
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
        return asyncio.run(_at(reading, lambda register: _at_once(register, action)))
    except (NotFound, StoreRefused):
        return Permit(action)
    except StoreOutdated:
        pass  # whoever asks with the right to write brings it up to date first
    except NotAllowed:
        if not os.environ.get("POS_PIN") and not is_terminal():
            raise
    writing = register_for(asked.config, asked.data_dir)
    try:
        return asyncio.run(_at(writing, lambda register: permit(register, action)))
    except StoreLocked as error:
        text = N_("This needs a PIN, and its try is written down: close Counter on {path} first.")
        raise StoreLocked(msg(text, path=writing.data_dir)) from error


def pin_of(variable: str, prompt: str) -> str:
    """A PIN out of the environment, else typed at a terminal without being shown; "" where there is neither."""
    return os.environ.get(variable) or (getpass.getpass(_(prompt)) if is_terminal() else "")


async def _at_once(register: Register, action: Action) -> Permit:
    """Without a PIN. Raises NotAllowed, which says how one is given where somebody has one."""
    try:
        return await register.desk.ask(lambda office: office.staff.permit(action))
    except NotAllowed as error:
        if not await register.desk.ask(lambda office: office.staff.able(action)):
            raise
        text = N_("{problem} Set POS_PIN to the PIN, or type it at a terminal.")
        raise NotAllowed(msg(text, problem=error.spoken())) from error


async def _at(register: Register, work: Callable[[Register], Awaitable[Permit]]) -> Permit:
    await register.desk.open(watching=False)
    try:
        return await work(register)
    finally:
        await register.desk.close()


def is_terminal() -> bool:
    """Whether somebody sits there who can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()
