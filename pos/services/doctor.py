"""Checks of the machine and of each gateway (``pos doctor``)."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pos.errors import ConfigError, PosError
from pos.gateways.base import Gateway, Verdict
from pos.gateways.http import check_url
from pos.i18n import N_, Message, msg
from pos.os_errors import reason
from pos.runtime import SystemClock
from pos.services.gateway_health import DRIFT_WARNING
from pos.services.rate_limiter import RateLimiter

MIN_FREE: Final = 200 * 1024 * 1024
"""Free disk space in bytes below which the disk check fails."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check. ``credentials``: the gateway is not set up or refuses this shop's key.

    ``warning``: it works, but should be changed.
    """

    what: str
    ok: bool
    message: Message
    credentials: bool = False
    warning: bool = False


async def examine(gateways: Mapping[str, Gateway], missing: Mapping[str, Message], data_dir: Path) -> list[CheckResult]:
    """Check the disk, and of every gateway: reachable, credentials accepted, clocks in step."""
    asked = await asyncio.gather(*(probe(gateway) for gateway in gateways.values()))
    unset = [CheckResult(name, False, message, credentials=True) for name, message in missing.items()]
    await asyncio.gather(*(gateway.wire.aclose() for gateway in gateways.values()))
    return [disk(data_dir), *asked, *unset]


def server(url: str, listen: str) -> list[CheckResult]:
    """Check ``[server]``, if it is set: the address that phones and gateways use is https, or on this machine."""
    if not url and not listen:
        return []
    if not url:
        text = N_("[server] url is not set: phones and gateways cannot reach this register.")
        return [CheckResult("server", False, msg(text))]
    try:
        check_url(url)
    except ConfigError as error:
        return [CheckResult("server", False, error.message)]
    text = N_("{url} (this register listens on {listen})")
    return [CheckResult("server", True, msg(text, url=url, listen=listen or "–"))]


def folders(data_dir: Path, backup: Path, reports: Path | None) -> list[CheckResult]:
    """Check that the backup and report folders are writable; warn if backups are on the journal's disk."""
    found = [_folder("backup", backup, "[backup] folder", data_dir)]
    if found[0].ok and _device(backup) == _device(data_dir):
        text = N_(
            "{path} is on the same disk as the journal: a broken disk takes both. Set [backup] folder to another disk."
        )
        found = [CheckResult("backup", True, msg(text, path=backup), warning=True)]
    return [*found, _folder("reports", reports, "[reports] folder", data_dir)] if reports is not None else found


def _folder(what: str, folder: Path, setting: str, data_dir: Path) -> CheckResult:
    """Check a folder without creating it: the folder itself may be missing, but not its parent."""
    nearest = folder if folder.is_dir() else folder.parent
    if nearest == data_dir:  # created at the first start
        nearest = _nearest(data_dir)
    if not nearest.is_dir():
        text = N_(
            "The folder {path} is missing: {parent} does not exist. Connect the disk or share, or correct {setting}."
        )
        return CheckResult(what, False, msg(text, path=folder, parent=folder.parent, setting=setting))
    if not os.access(nearest, os.W_OK | os.X_OK):
        text = N_("The folder {path} cannot be written: {problem}.")
        why = reason(PermissionError(errno.EACCES, ""))
        return CheckResult(what, False, msg(text, path=folder, problem=why.spoken()))
    return CheckResult(what, True, msg(N_("{path} can be written"), path=folder))


def _device(folder: Path) -> int:
    return _nearest(folder).stat().st_dev


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def disk(data_dir: Path) -> CheckResult:
    """Check the free space on the journal's disk."""
    free = shutil.disk_usage(_nearest(data_dir)).free
    text = N_("{free} MB free in {path}")
    return CheckResult("disk", free > MIN_FREE, msg(text, free=free // 1024 // 1024, path=data_dir))


async def probe(gateway: Gateway) -> CheckResult:
    """Check one gateway that takes no payments in this process: reachable, credentials accepted, clocks in step."""
    name = gateway.FACTS.name
    gateway.pace = RateLimiter(SystemClock())  # one probe may be several calls
    try:
        answer = await gateway.probe()
    except PosError as error:
        return CheckResult(name, False, error.message)
    if answer.credentials:
        return CheckResult(name, False, answer.message, credentials=True)
    if answer.verdict is not Verdict.MISSING:
        text = N_("answers with code {code}: {words}")
        message = msg(text, code=answer.code or "–", words=answer.message or "–")
        return CheckResult(name, False, message, credentials=answer.verdict is Verdict.REJECTED)
    drift = gateway.wire.drift
    if abs(drift) > DRIFT_WARNING:
        text = N_("reachable, but this computer's clock differs by {seconds} seconds")
        return CheckResult(name, False, msg(text, seconds=round(drift)))
    if warning := gateway.warning(gateway.wire.now().date()):
        return CheckResult(name, False, warning)
    return CheckResult(name, True, msg(N_("reachable, key accepted, clocks match")))
