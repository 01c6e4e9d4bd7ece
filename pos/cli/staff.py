"""Commands for people: ``pos staff add | list | change | recovery-code``."""

from __future__ import annotations

import argparse
from typing import Any

from pos.bootstrap import Register, register_for
from pos.cli.permissions import code_given, obtain_permission, permission_while_open, pin_of
from pos.cli.session import actor_of, run_with_services
from pos.domain.staff import Action, Person
from pos.errors import ConfigError, InputError, NotFound
from pos.exits import OK
from pos.i18n import N_, _, msg
from pos.output import put, say
from pos.services.permissions import Permission
from pos.services.staff import check_role


def staff(asked: argparse.Namespace) -> int:
    """Run one of the steps of ``pos staff``."""
    steps = {"add": _add, "list": _list, "change": _change, "recovery-code": _recovery_code}
    return steps[asked.what](asked)


def _add(asked: argparse.Namespace) -> int:
    """Add a person; the first one is the owner."""
    register = register_for(asked.config, asked.data_dir)
    role = check_role(asked.role)

    async def work() -> int:
        first = not register.services.staff.all_people()
        permission = await obtain_permission(register, Action.STAFF) if not first or code_given() else None
        pin = _new_pin()
        made = await register.services.staff.add(asked.name, role, pin, permission)
        code = await _first_code(register, made, pin) if first else ""
        _put(made, asked.json, code)
        return OK

    return run_with_services(register, work)


def _list(asked: argparse.Namespace) -> int:
    """List all people, also those who left; works while the window is open."""
    permission = permission_while_open(asked, Action.SEE_STAFF)
    register = register_for(asked.config, asked.data_dir, read_only=True, keys=False)

    async def work() -> int:
        people = register.services.staff.listed(permission)
        put({"people": [as_json(one) for one in people]} if asked.json else None, [as_line(one) for one in people])
        return OK

    return run_with_services(register, work)


def _change(asked: argparse.Namespace) -> int:
    """Change the name, role or PIN of a person, or deactivate them."""
    register = register_for(asked.config, asked.data_dir)
    if not (asked.role or asked.rename or asked.pin or asked.leaves or asked.returns):
        raise InputError("name", N_("Choose what to change: --role, --rename, --pin, --leaves or --returns."))
    role = check_role(asked.role) if asked.role else None

    async def work() -> int:
        permission: Permission = await obtain_permission(register, Action.STAFF)
        person = await _person(register, asked.name)
        pin = _new_pin() if asked.pin else None
        active = False if asked.leaves else True if asked.returns else None
        made = await register.services.staff.change(
            person.id, permission, name=asked.rename, role=role, pin=pin, active=active
        )
        _put(made, asked.json)
        return OK

    return run_with_services(register, work)


def _recovery_code(asked: argparse.Namespace) -> int:
    """Make a new recovery code with the owner's PIN or the old code, and print it once."""
    register = register_for(asked.config, asked.data_dir)

    async def work() -> int:
        permission = await obtain_permission(register, Action.STAFF)
        code = await register.services.staff.make_recovery_code(permission)
        put({"recovery_code": code} if asked.json else None, _code_lines(code))
        return OK

    return run_with_services(register, work)


async def _first_code(register: Register, owner: Person, pin: str) -> str:
    """Make the recovery code of a new shop; empty, with a message, if it cannot be stored."""
    try:
        permission = await register.services.authorization.approve(actor_of(register), Action.STAFF, pin, owner.id)
        return await register.services.staff.make_recovery_code(permission)
    except ConfigError as error:
        text = N_("{problem} There is no recovery code yet. Make one later: pos staff recovery-code")
        say(msg(text, problem=error.spoken()).spoken())
        return ""


def _code_lines(code: str) -> list[str]:
    text = N_("Recovery code: {code}")
    about = N_("Write it down and keep it in the safe: it is shown only once, and needed when the journal is damaged.")
    return [msg(text, code=code).spoken(), _(about)] if code else []


def as_json(person: Person) -> dict[str, Any]:
    """Return one person as JSON."""
    return {"id": person.id, "name": person.name, "role": person.role.value, "active": person.active}


def as_line(person: Person) -> str:
    """Return one person on one line."""
    return "  ".join((person.id, person.role.value, person.name, *(() if person.active else (_("Inactive"),))))


def _put(person: Person, json: bool, code: str = "") -> None:
    row = {**as_json(person), **({"recovery_code": code} if code else {})}
    put(row if json else None, [as_line(person), *_code_lines(code)])


async def _person(register: Register, name: str) -> Person:
    """Return the person with this name or id, an active one first. Raises NotFound."""
    people = register.services.staff.all_people()
    found = [one for one in people if name in (one.name, one.id)]
    if not found:
        raise NotFound(N_("There is no such person."))
    return found[0]


def _new_pin() -> str:
    pin = pin_of("POS_NEW_PIN", N_("The new PIN: "))
    if not pin:
        raise InputError("pin", N_("A PIN is needed: type it, or set POS_NEW_PIN."))
    return pin
