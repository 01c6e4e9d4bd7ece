"""Access to every payment, for shops without sign-in; and permissions, issued by a real people service."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any, TypeVar

from pos.domain.actor import Actor, signed_out
from pos.domain.staff import RIGHTS_BEFORE_PEOPLE, Action, Person, Role
from pos.runtime import Bus
from pos.services.authorization import PIN_ALWAYS
from pos.services.permissions import Permission
from pos.services.pin_hashing import PinHasher
from pos.services.staff import people_services
from pos.store.people import PeopleStore
from tests.support.journals import new_journal
from tests.support.shop import StoppedClock

T = TypeVar("T")
PIN = "258025"

SIGNED_OUT = signed_out("R1")
"""A register without a sign-in."""


class EveryPayment:
    """Allow every payment to be seen, and every e-invoice to be requested."""

    def shows(self, actor: Actor, order_no: str) -> bool:
        return True

    def require_visible(self, actor: Actor, order_no: str) -> None:
        """Nothing is refused."""

    def permission(self, actor: Actor, action: Action, order_no: str = "") -> Permission:
        """Return the permission of a shop without people."""
        return permit(action)

    def check_later_invoice(self, actor: Actor, order_no: str, permit: Permission | None) -> None:
        """Nothing is refused."""


async def in_place(function: Callable[[], T]) -> T:
    return function()


@cache
def permit(action: Action, actor: str = "", approved_by: str = "") -> Permission:
    """Return the permission that a shop's people service issues to ``actor`` after the PIN of ``approved_by``.

    An action that always needs a PIN is approved by ``actor`` without another one, or by "owner" without either.
    Without any person it is the permission of a shop that has no people.
    """
    database, clock = new_journal(), StoppedClock()
    store, hasher = PeopleStore(database, "R1", clock), PinHasher((1, 8, 1))
    staff, rights = people_services(store, clock, Bus(), hasher, in_place)
    alone = not (actor or approved_by)
    try:
        if alone and action in RIGHTS_BEFORE_PEOPLE:
            return rights.permission(SIGNED_OUT, action)
        for number in dict.fromkeys(one for one in (actor, approved_by) if one) or ["owner"]:
            store.add(Person(number, number, Role.OWNER), hasher.hash(PIN), "")
        person = staff.sign_in_without_pin(actor) if actor else SIGNED_OUT
        if actor and not approved_by and action not in PIN_ALWAYS:
            return rights.permission(person, action)
        return _finish(rights.approve(person, action, PIN, approved_by or actor or "owner"))
    finally:
        database.close()


def _finish(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits, also inside a running loop."""
    try:
        work.send(None)
    except StopIteration as ended:
        found: T = ended.value
        return found
    raise AssertionError("the people service waited")
