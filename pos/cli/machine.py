"""Commands for this machine: its checks, and the simulator of the gateways."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import signal
from typing import TYPE_CHECKING

from pos.bootstrap import Register, recall_facts, register_for
from pos.errors import InputError, PosError
from pos.exits import FAULT, OK, REFUSED
from pos.i18n import N_, msg
from pos.keyrings import system_keyring
from pos.os_errors import reason
from pos.output import put, say

if TYPE_CHECKING:
    from pos.services.doctor import CheckResult


def doctor(asked: argparse.Namespace) -> int:
    """Check fonts, libraries, clock, disk, and each gateway's reachability and credentials."""
    from pos.gui.health import window_findings
    from pos.services.doctor import examine, folders, server

    register = register_for(asked.config, asked.data_dir, read_only=True)
    recall_facts(register)
    settings = register.settings
    asked_for = settings.server
    found = [
        *window_findings(),
        *server(asked_for.url, asked_for.listen),
        *_keyring(),
        *folders(register.data_dir, settings.backup.place(register.data_dir), settings.reports.place),
        *asyncio.run(_code(register)),
        *asyncio.run(examine(register.gateways, register.missing, register.data_dir)),
    ]
    rows = [
        {"what": one.what, "ok": one.ok, "message": one.message.spoken()} | ({"warning": True} if one.warning else {})
        for one in found
    ]
    lines = [f"{'!' if one.warning else '✓' if one.ok else '✗'} {one.what}: {one.message.spoken()}" for one in found]
    put({"findings": rows} if asked.json else None, lines)
    refused = any(not one.ok and one.credentials for one in found)
    return REFUSED if refused else (OK if all(one.ok for one in found) else FAULT)


def _keyring() -> list[CheckResult]:
    """Report a keyring that does not work; nothing if it was not read, or answered."""
    from pos.services.doctor import CheckResult

    problem = system_keyring().problem
    return [CheckResult("keyring", False, problem)] if problem else []


async def _code(register: Register) -> list[CheckResult]:
    """Report whether a shop with people has a recovery code; nothing without people or a readable journal."""
    from pos.services.doctor import CheckResult

    try:
        await register.host.open(watching=False)
        if not register.services.staff.people():
            return []
        known = await register.services.staff.has_recovery_code()
    except PosError:
        return []
    finally:
        await register.host.close()
    text = N_("a recovery code was made") if known else N_("no recovery code yet; make one: pos staff recovery-code")
    return [CheckResult("recovery", known, msg(text))]


def simulator(asked: argparse.Namespace) -> int:
    """Simulate the four gateways on this machine until interrupted."""
    from pos.runtime import SystemClock
    from pos.simulator.app import Simulator
    from pos.simulator.notices import Notifier, plain_client
    from pos.simulator.serve import RunningSimulator

    async def work() -> int:
        notifier = Notifier(plain_client, SystemClock())
        built = Simulator(SystemClock(), random.SystemRandom(), strict=not asked.lenient, notifier=notifier)
        built.scenarios.autopay = asked.autopay
        try:
            served = await RunningSimulator(built, asked.port).start()
        except (OSError, OverflowError) as error:
            text = N_("Port {port} cannot be used: {problem}.")
            raise InputError("port", msg(text, port=asked.port, problem=reason(error).spoken())) from error
        put(served.announcement, ())
        if not asked.json:
            say(f"The customer's phone: {served.announcement['phone']}/")
        await _interrupted()
        await notifier.close()
        await served.stop()
        return OK

    return asyncio.run(work())


async def _interrupted() -> None:
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt
            loop.add_signal_handler(name, done.set)
    await done.wait()
