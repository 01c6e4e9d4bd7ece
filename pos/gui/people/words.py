"""People in words: their role, and whether they may sign in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from pos.domain.staff import Person, Role
from pos.i18n import N_, _

ROLES: Final = {Role.CASHIER: N_("Cashier"), Role.MANAGER: N_("Store manager"), Role.OWNER: N_("Shop owner")}

ABOUT: Final = {
    Role.CASHIER: N_("Takes payments, opens and closes the shift, sees their last ten payments."),
    Role.MANAGER: N_("Also makes refunds, sees totals and all payments, and approves with their PIN."),
    Role.OWNER: N_("Also manages people and restores backups."),
}


def role_word(role: Role) -> str:
    return _(ROLES[role])


def state_of(person: Person, zone: tzinfo) -> tuple[str, str, str]:
    """Return whether a person may sign in: words, tone and icon."""
    if not person.active:
        return _("Inactive"), "quiet", "cross"
    if person.locked_until is not None and time_locked(person) > timedelta():
        until = person.locked_until.astimezone(zone)
        return _("Locked until {time}").format(time=f"{until:%H:%M:%S}"), "bad", "lock"
    return _("Active"), "good", "tick"


def time_locked(person: Person) -> timedelta:
    """Return how long this person's PIN is locked; zero or less if it is not."""
    return person.locked_until - datetime.now(UTC) if person.locked_until else timedelta()
