"""The verbs about people: ``pos staff add | list | change``."""

from __future__ import annotations

import argparse
from typing import Any

from pos.bootstrap import Register, register_for
from pos.domain.staff import Action, Permit, Person
from pos.errors import InputError, NotFound
from pos.exits import OK
from pos.i18n import N_, _
from pos.output import put
from pos.services.staff import check_role
from pos.verbs.desk import at_the_desk
from pos.verbs.permits import permit, pin_of


def staff(asked: argparse.Namespace) -> int:
    """One of the three."""
    return {"add": _add, "list": _list, "change": _change}[asked.what](asked)


def _add(asked: argparse.Namespace) -> int:
    """A new person; the first one is the owner."""
    register = register_for(asked.config, asked.data_dir)
    role = check_role(asked.role)

    async def work() -> int:
        first = not await register.desk.ask(lambda office: office.staff.everybody())
        granted = None if first else await permit(register, Action.STAFF)
        pin = _new_pin()
        made = await register.desk.do(lambda office: office.staff.add(asked.name, role, pin, granted))
        _put(made, asked.json)
        return OK

    return at_the_desk(register, work)


def _list(asked: argparse.Namespace) -> int:
    """Everybody, those who left too; reads along with an open window."""
    register = register_for(asked.config, asked.data_dir, read_only=True)

    async def work() -> int:
        people = await register.desk.ask(lambda office: office.staff.everybody())
        put({"people": [as_json(one) for one in people]} if asked.json else None, [as_line(one) for one in people])
        return OK

    return at_the_desk(register, work)


def _change(asked: argparse.Namespace) -> int:
    """Name, role, PIN, or that somebody left."""
    register = register_for(asked.config, asked.data_dir)
    if not (asked.role or asked.rename or asked.pin or asked.leaves or asked.returns):
        raise InputError("name", N_("Say what changes: --role, --rename, --pin, --leaves or --returns."))
    role = check_role(asked.role) if asked.role else None

    async def work() -> int:
        person = await _person(register, asked.name)
        granted: Permit = await permit(register, Action.STAFF)
        pin = _new_pin() if asked.pin else None
        active = False if asked.leaves else True if asked.returns else None
        made = await register.desk.do(
            lambda office: office.staff.change(person.id, granted, name=asked.rename, role=role, pin=pin, active=active)
        )
        _put(made, asked.json)
        return OK

    return at_the_desk(register, work)


def as_json(person: Person) -> dict[str, Any]:
    """One person for programs."""
    return {"id": person.id, "name": person.name, "role": person.role.value, "active": person.active}


def as_line(person: Person) -> str:
    """One person for people."""
    return "  ".join((person.id, person.role.value, person.name, *(() if person.active else (_("Left"),))))


def _put(person: Person, json: bool) -> None:
    put(as_json(person) if json else None, [as_line(person)])


async def _person(register: Register, name: str) -> Person:
    """By name, whoever works here first, or by id. Raises NotFound."""
    people = await register.desk.ask(lambda office: office.staff.everybody())
    found = [one for one in people if name in (one.name, one.id)]
    if not found:
        raise NotFound(N_("There is no such person."))
    return found[0]


def _new_pin() -> str:
    pin = pin_of("POS_NEW_PIN", N_("The new PIN: "))
    if not pin:
        raise InputError("pin", N_("A PIN is needed: type it, or set POS_NEW_PIN."))
    return pin
