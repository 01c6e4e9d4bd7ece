"""Rights on the command line: a PIN or a recovery code approves one action.

A PIN comes from ``POS_PIN``, from the open file descriptor that ``POS_PIN_FD`` numbers, or from a prompt at a terminal.
A recovery code comes from ``POS_RECOVERY_CODE`` or a prompt. Without any of them the caller has a cashier's rights.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Final

from pos.bootstrap import Register, people_secrets_for, register_for
from pos.cli.session import actor_of
from pos.cli.without_journal import permission_without_journal
from pos.domain.staff import Action
from pos.errors import InputError, NotAllowed, NotFound, PinSecretMissing, StoreLocked, StoreOutdated, StoreRefused
from pos.i18n import N_, _, msg
from pos.output import say
from pos.services.lost_journal import CredentialSource
from pos.services.permissions import Permission
from pos.services.recovery_codes import BY_CODE

LONGEST: Final = 256
"""Bytes that are read from a file descriptor; every PIN is shorter."""


async def obtain_permission(register: Register, action: Action, order_no: str = "") -> Permission:
    """Return the permission for ``action`` at an open register. Raises NotAllowed if nothing gives it.

    With ``order_no`` it is for one payment: every user has it for their own last ones.
    """
    try:
        return _at_once(register, action, order_no)
    except NotAllowed as error:
        return await _approved(register, action, order_no, error)


def permission_while_open(
    asked: argparse.Namespace, action: Action, backup: Path | None = None, order_no: str = ""
) -> Permission:
    """Return the permission for a command that works while the window is open.

    Only a PIN needs the exclusive lock of the journal, because its try is journaled. If the journal is missing or
    damaged, the recovery code is asked for, see :class:`pos.services.lost_journal.LostJournal`; ``backup``
    is the file to be restored.

    Raises NotAllowed, and StoreLocked if a PIN is needed while the window is open.
    """
    try:
        return _in_the_journal(asked, action, order_no)
    except (NotFound, StoreRefused) as error:
        own = people_secrets_for(asked.config, asked.data_dir)
        source = CredentialSource(given_code, given_pin)
        reading = register_for(asked.config, asked.data_dir, read_only=True, keys=False)
        return asyncio.run(permission_without_journal(reading, own, action, source, backup, error))


def pin_given() -> bool:
    """Return whether the environment gives a PIN, so that no prompt is needed."""
    return bool(os.environ.get("POS_PIN") or os.environ.get("POS_PIN_FD"))


def code_given() -> bool:
    """Return whether the environment gives a recovery code."""
    return bool(os.environ.get("POS_RECOVERY_CODE"))


def given_pin() -> str:
    """Return the PIN of a manager, from the environment or typed; empty if there is none. Raises InputError."""
    if number := os.environ.get("POS_PIN_FD", ""):
        return _from_descriptor(number)
    return pin_of("POS_PIN", N_("PIN of a manager: "))


def given_code() -> str:
    """Return the recovery code, from the environment or typed; empty if there is none."""
    return pin_of("POS_RECOVERY_CODE", N_("Recovery code: "))


def pin_of(variable: str, prompt: str) -> str:
    """Return a PIN from the environment, else typed at a terminal without echo; empty if there is none."""
    return os.environ.get(variable) or (getpass.getpass(_(prompt)) if is_terminal() else "")


def is_terminal() -> bool:
    """Return whether a prompt can be shown."""
    return sys.stdin is not None and sys.stdin.isatty()


# -- steps ------------------------------------------------------------------------------------------------------------


def _in_the_journal(asked: argparse.Namespace, action: Action, order_no: str) -> Permission:
    reading = register_for(asked.config, asked.data_dir, read_only=True, keys=False)
    try:
        return asyncio.run(_at(reading, lambda register: _at_once(register, action, order_no)))
    except StoreOutdated:
        pass  # opening it for writing updates it first
    except NotAllowed:
        if not pin_given() and not code_given() and not is_terminal():
            raise
    writing = register_for(asked.config, asked.data_dir, keys=False)
    try:
        return asyncio.run(_at(writing, lambda register: obtain_permission(register, action, order_no)))
    except StoreLocked as error:
        text = N_("This needs a PIN, and each attempt is recorded in the journal. Close Counter on {path} first.")
        raise StoreLocked(msg(text, path=writing.data_dir)) from error


async def _approved(register: Register, action: Action, order_no: str, refusal: NotAllowed) -> Permission:
    """Return the permission by a given recovery code, a PIN, or a typed code if no PIN can give it."""
    if action in BY_CODE and code_given():
        return await _by_code(register, action)
    if not register.services.authorization.able(action):
        if action in BY_CODE and is_terminal() and await register.services.staff.has_recovery_code():
            return await _by_code(register, action)
        raise refusal
    pin = given_pin()
    if not pin:
        raise refusal
    try:
        found = await register.services.access.approve(actor_of(register), action, order_no, pin)
    except PinSecretMissing:
        if action not in BY_CODE or not is_terminal():
            raise
        return await _by_code(register, action)
    if register.services.staff.has_short_pin(found.approved_by, pin):
        warning = N_("This PIN is shorter than 6 digits. Change it: pos staff change NAME --pin")
        say(_(warning))
    return found


async def _by_code(register: Register, action: Action) -> Permission:
    code = given_code()
    return await register.services.authorization.approve_by_code(actor_of(register), action, code)


def _at_once(register: Register, action: Action, order_no: str) -> Permission:
    """Return the permission without a PIN. Raises NotAllowed, with how to give one if a person may approve."""
    try:
        return register.services.access.permission(actor_of(register), action, order_no)
    except NotAllowed as error:
        if not register.services.authorization.able(action):
            raise
        text = N_("{problem} Set POS_PIN to the PIN, or type it at a terminal.")
        raise NotAllowed(msg(text, problem=error.spoken())) from error


async def _at(register: Register, work: Callable[[Register], Permission | Awaitable[Permission]]) -> Permission:
    await register.host.open(watching=False)
    try:
        found = work(register)
        return await found if isinstance(found, Awaitable) else found
    finally:
        await register.host.close()


@cache
def _from_descriptor(number: str) -> str:
    """Read an open file descriptor once, and close it. Raises InputError."""
    try:
        with open(int(number), "rb", buffering=0) as file:  # noqa: PTH123  # a descriptor has no path
            raw = file.read(LONGEST) or b""
    except (ValueError, OSError, OverflowError):
        text = N_("POS_PIN_FD is {value}, which is not an open file descriptor.")
        raise InputError("pin", msg(text, value=number[:20])) from None
    return raw.decode("utf-8", "replace")
