"""Commands for the settings file: ``pos settings get | set | check``. Merchant keys are no settings."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pos.bootstrap import Register, recall_facts, register_for
from pos.cli.permissions import obtain_permission
from pos.cli.session import run_with_services
from pos.domain.staff import Action
from pos.errors import PosError
from pos.exits import FAULT, OK, REFUSED
from pos.i18n import N_, _, msg
from pos.output import put

if TYPE_CHECKING:
    from pos.declared_settings import DeclaredSetting
    from pos.services.doctor import CheckResult
    from pos.settings import Settings


def settings(asked: argparse.Namespace) -> int:
    """Show the settings, change one, or try what they set up."""
    return {"get": _get, "set": _set, "check": _check}[asked.step](asked)


def _get(asked: argparse.Namespace) -> int:
    """Show one setting or all; the file is read and not changed."""
    from pos.settings_file import all_settings, find_setting

    one = find_setting(asked.key) if asked.key else None
    found = register_for(asked.config, asked.data_dir, read_only=True, keys=False).settings
    if one is not None:
        put(_as_json(found, one) if asked.json else None, [_shown(found, one)])
        return OK
    rows = list(all_settings().values())
    lines = [f"{one.key} = {_shown(found, one)}" for one in rows]
    put({"settings": [_as_json(found, one) for one in rows]} if asked.json else None, lines)
    return OK


def _set(asked: argparse.Namespace) -> int:
    """Change one setting. The value is checked before a PIN is asked for."""
    from pos.settings_file import SettingsFile, find_setting

    one = find_setting(asked.key)
    register = register_for(asked.config, asked.data_dir, keys=False)
    SettingsFile(register.settings).plan({one.key: asked.value})

    async def work() -> int:
        right = await obtain_permission(register, Action.SETTINGS)
        changes = register.services.settings.change({one.key: asked.value}, right)
        stored = SettingsFile(register.settings).stored()
        body = {**_as_json(stored, one), "changed": bool(changes)}
        note = _("Counter uses it from its next start.") if changes else _("Nothing was changed.")
        put(body if asked.json else None, [f"{one.key} = {_shown(stored, one)}  {note}"])
        return OK

    return run_with_services(register, work)


def _check(asked: argparse.Namespace) -> int:
    """Try every gateway, the printer, the server's address and the folders."""
    register = register_for(asked.config, asked.data_dir, read_only=True)
    recall_facts(register)
    found = asyncio.run(_tried(register))
    rows = [_result(one) for one in found] + [{"what": name, "ok": True, "set_up": False} for name in _unused(register)]
    lines = [f"{'!' if one.warning else '✓' if one.ok else '✗'} {one.what}: {one.message.spoken()}" for one in found]
    lines += [f"– {name}: {_('not set up')}" for name in _unused(register)]
    put({"findings": rows} if asked.json else None, lines)
    refused = any(not one.ok and one.credentials for one in found)
    return REFUSED if refused else (OK if all(one.ok for one in found) else FAULT)


async def _tried(register: Register) -> list[CheckResult]:
    from pos.services.doctor import examine, folders, server

    set_up = register.settings
    missing = {name: why for name, why in register.missing.items() if set_up.gateway_options(name)}
    return [
        *await examine(register.gateways, missing, register.data_dir),
        *server(set_up.server.url, set_up.server.listen),
        *(await asyncio.to_thread(_printer, register)),
        *folders(register.data_dir, set_up.backup.place(register.data_dir), set_up.reports.place),
    ]


def _printer(register: Register) -> list[CheckResult]:
    """Ask the printer whether it is ready; nothing if none is set up."""
    from pos.einvoice.printer import Printer
    from pos.services.doctor import CheckResult

    printer = Printer(register.settings.printer)
    if not printer.usable:
        return []
    try:
        printer.probe()
    except PosError as error:
        return [CheckResult("printer", False, error.message)]
    return [CheckResult("printer", True, msg(N_("the printer can be reached")))]


def _unused(register: Register) -> Iterable[str]:
    """Return what the settings do not set up."""
    set_up = register.settings
    others = {"printer": set_up.printer.kind, "server": set_up.server.url or set_up.server.listen}
    yield from (name for name in register.missing if not set_up.gateway_options(name))
    yield from (name for name, value in {**others, "reports": set_up.reports.folder}.items() if not value)


def _result(one: CheckResult) -> Mapping[str, Any]:
    found = {"what": one.what, "ok": one.ok, "set_up": True, "message": one.message.spoken()}
    return {**found, "warning": True} if one.warning else found


def _shown(found: Settings, one: DeclaredSetting) -> str:
    from pos.declared_settings import value_of

    return one.shown(value_of(found, one))


def _as_json(found: Settings, one: DeclaredSetting) -> dict[str, Any]:
    """Return one setting. ``problem`` is present if the file breaks a rule of a gateway's section."""
    from pos.declared_settings import value_of

    problem = next((each.rule.spoken() for each in found.problems if each.where == one.key), "")
    return {
        "key": one.key,
        "value": one.plain(value_of(found, one)),
        "default": one.plain(one.default),
        "kind": one.kind.value,
        "choices": list(one.choices),
        **({"low": one.low, "high": one.high} if one.high else {}),
        "required": one.required,
        "affects_money": one.affects_money,
        "restart": not one.at_once,
        "title": _(one.title),
        "help": _(one.help).replace("`", ""),
        **({"problem": problem} if problem else {}),
    }
