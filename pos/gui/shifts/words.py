"""Words of a shift for people: over and short, movements, who and when."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final

from pos.domain.money import Money
from pos.domain.shift import CashMovementKind, Shift
from pos.i18n import N_, _

MOVEMENTS: Final = {
    CashMovementKind.PAID_IN: N_("Paid in"),
    CashMovementKind.PAID_OUT: N_("Paid out"),
    CashMovementKind.DROP: N_("Drop"),
}

REASONS: Final = {
    CashMovementKind.PAID_IN: (
        N_("Change from the bank"),
        N_("More float"),
        N_("Money found"),
        N_("From another register"),
    ),
    CashMovementKind.PAID_OUT: (
        N_("Shop supplies"),
        N_("Delivery paid"),
        N_("Postage"),
        N_("To another register"),
    ),
    CashMovementKind.DROP: (
        N_("To the safe"),
        N_("To the bank"),
        N_("Collected by the manager"),
        N_("Too much in the drawer"),
    ),
}

DRAWER_REASONS: Final = (
    N_("Change for a customer"), N_("Checked the change"), N_("Wrong change corrected"), N_("Drawer checked"),
)  # fmt: skip

CLOSE_REASONS: Final = (
    N_("Wrong change given"), N_("A slip is missing"), N_("Cause not found"), N_("Cash sale not entered"),
)  # fmt: skip


def fits(found: Money | None) -> tuple[str, str, str]:
    """Over or short: words, tone and icon."""
    if found is None or found.minor == 0:
        return _("Balanced"), "good", "tick"
    amount = Money(abs(found.minor), found.currency).display
    if found.minor > 0:
        return _("Over {amount}").format(amount=amount), "warn", "question"
    return _("Short {amount}").format(amount=amount), "bad", "cross"


def spell_moment(at: datetime, zone: tzinfo) -> str:
    """Day and time in the shop."""
    return f"{at.astimezone(zone):%m-%d %H:%M}"


def since(shift: Shift, who: str, zone: tzinfo) -> str:
    """``since 11-20 09:00 · Anna``."""
    text = _("since {moment}").format(moment=spell_moment(shift.opened_at, zone))
    return f"{text} · {who}" if who else text
