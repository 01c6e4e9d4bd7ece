"""The people of the training shop. Their PINs are public: there is no real money in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pos.domain.staff import Action, Role

if TYPE_CHECKING:
    from pos.services.staff import PeopleServices

OWNER_PIN: Final = "258025"
CASHIER_PIN: Final = "1470"

NAMES: Final = {"zh_TW": ("林店長", "吳小美"), "en": ("Ann Lin", "May Wu")}
"""Names of the owner and the cashier by language."""


async def add_training_people(people: PeopleServices, language: str) -> None:
    """Add an owner and a cashier if there are no people, and sign the owner in."""
    staff, authorization = people
    if not staff.all_people():
        owner, cashier = NAMES.get(language, NAMES["en"])
        boss = await staff.add(owner, Role.OWNER, OWNER_PIN)
        actor = staff.sign_in_without_pin(boss.id)
        await staff.add(cashier, Role.CASHIER, CASHIER_PIN, authorization.permission(actor, Action.STAFF))
    staff.sign_in_without_pin(next(one.id for one in authorization.able(Action.STAFF)))
