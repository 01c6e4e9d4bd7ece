"""Rights and lock-outs on a real file, with two programs on it: what one writes, the other obeys."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pos.domain.staff import Action, Role
from pos.errors import NotAllowed
from pos.runtime import Bus, SystemClock
from pos.services.pin_hashing import PinHasher
from pos.services.staff import Staff, people_services
from pos.store import journal
from pos.store.database import Database
from pos.store.people import PeopleStore
from tests.support.access import permit
from tests.support.processes import ROOT
from tests.support.rows import wrong

CHEAP = (1, 8, 1)
PINS = {Role.OWNER: "258025", Role.MANAGER: "369036", Role.CASHIER: "1470"}

OTHER = """
import asyncio, json, sys
from pos.domain.actor import signed_out
from pos.domain.staff import Action
from pos.errors import NotAllowed
from pos.runtime import Bus, SystemClock
from pos.services.pin_hashing import PinHasher
from pos.services.staff import people_services
from pos.store.database import Database
from pos.store.people import PeopleStore

path, who, pins = sys.argv[1], sys.argv[2], sys.argv[3:]
store = PeopleStore(Database(path), "R2", SystemClock())
staff, rights = people_services(store, SystemClock(), Bus(), PinHasher((1, 8, 1)))
actors = [signed_out("R2")]


async def sign_in():
    person = next(one for one in staff.all_people() if one.name == who)
    said = []
    for pin in pins:
        try:
            actors[0] = await staff.sign_in(person.id, pin)
            said.append("in")
        except NotAllowed as error:
            said.append(error.spoken())
    return said


def allowed(action):
    try:
        return rights.permission(actors[0], action).actor == actors[0].person
    except NotAllowed:
        return False


said = asyncio.run(sign_in())
print(json.dumps({"said": said, "may": sorted(one.value for one in Action if allowed(one))}))
"""


def other_program(path: Path, who: str, *pins: str) -> dict[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", OTHER, str(path), who, *pins], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A shop with one person of each role, set up by this program and closed again."""
    file = tmp_path / "counter.sqlite"
    with closing(Database(file)) as database:
        staff = staff_on(database)

        async def set_up() -> None:
            owner = await staff.add("Owner", Role.OWNER, PINS[Role.OWNER])
            for role in (Role.MANAGER, Role.CASHIER):
                await staff.add(role.value.title(), role, PINS[role], permit(Action.STAFF, owner.id))

        asyncio.run(set_up())
    return file


def staff_on(database: Database) -> Staff:
    return people_services(PeopleStore(database, "R1", SystemClock()), SystemClock(), Bus(), PinHasher(CHEAP)).staff


CASHIER = {"sell", "see_last", "shift", "drop"}
MANAGER = CASHIER | {
    "see_all", "pay_in_out", "x_report", "reports", "reconcile", "backup", "capture", "stop_debit", "bind_wallet",
    "invoice_later", "take_over", "see_staff", "discount", "items", "settings",
}  # fmt: skip
WITHOUT_A_PIN = {Role.CASHIER: CASHIER, Role.MANAGER: MANAGER, Role.OWNER: MANAGER | {"staff", "keys"}}


@pytest.mark.parametrize("role", list(Role))
def test_another_program_has_the_rights_of_the_table_and_no_others(path: Path, role: Role) -> None:
    found = other_program(path, role.value.title(), PINS[role])
    assert found["said"] == ["in"]
    assert set(found["may"]) == WITHOUT_A_PIN[role], "refunds, reviews and restores ask for a PIN each time"


def test_without_a_sign_in_there_are_a_cashiers_rights_but_no_payments_of_ones_own(path: Path) -> None:
    assert set(other_program(path, "Cashier")["may"]) == CASHIER - {"see_last"}


def test_wrong_pins_in_two_programs_are_counted_together(path: Path) -> None:
    first = other_program(path, "Owner", "9999", "8888", "7777")
    assert [word for word in first["said"] if "wrong" not in word] == []
    with closing(Database(path)) as database:
        staff = staff_on(database)
        owner = next(one for one in staff.people() if one.role is Role.OWNER)

        async def guess() -> None:
            for pin in ("1111", "2222"):
                with pytest.raises(NotAllowed):
                    await staff.sign_in(owner.id, pin)
            with pytest.raises(NotAllowed, match="Too many"):
                await staff.sign_in(owner.id, PINS[Role.OWNER])

        asyncio.run(guess())
    locked = other_program(path, "Owner", PINS[Role.OWNER])
    assert "Too many" in locked["said"][0], "the right PIN comes too late in the other program too"
    with closing(Database(path, read_only=True)) as database:
        tries = [one for one in journal.entries(database) if one.kind == "pin_tried"]
        assert len(tries) == 5
        assert wrong(database) == []


def test_who_was_dismissed_in_one_program_cannot_sign_in_at_the_other(path: Path) -> None:
    with closing(Database(path)) as database:
        staff = staff_on(database)
        cashier = next(one for one in staff.people() if one.role is Role.CASHIER)
        asyncio.run(staff.change(cashier.id, permit(Action.STAFF, "owner"), active=False))
    found = other_program(path, "Cashier", PINS[Role.CASHIER])
    assert "is deactivated" in found["said"][0]
