"""The check of the cash handed over, with one warning before an unusual sum is booked. No Qt here."""

from __future__ import annotations

from pos.domain.cash_limits import check_cash, is_unusual
from pos.domain.money import Money
from pos.errors import InputError
from pos.gui.sale.confirmation import Confirmation
from pos.i18n import _


class CashCheck:
    """Checks one sum after the other; a sum that was warned of passes at the second press."""

    def __init__(self) -> None:
        self._confirmation = Confirmation()

    def refusal(self, due: Money, handed: Money) -> str:
        """Return why ``handed`` is not taken for ``due`` now; "" if it is taken."""
        try:
            check_cash(due, handed)
        except InputError as error:
            return error.spoken()
        if not is_unusual(due, handed) or self._is_confirmed(handed):
            self._confirmation.clear()
            return ""
        if not self._confirmation.is_warned(handed):
            self._confirmation.warn(handed)
        text = _("The change would be {change}. Check the amount; press the key again to accept {handed}.")
        return text.format(change=(handed - due).display, handed=handed.display)

    def clear(self) -> None:
        """Forget what was warned of."""
        self._confirmation.clear()

    def _is_confirmed(self, handed: Money) -> bool:
        return self._confirmation.is_warned(handed) and not self._confirmation.is_same_press(handed)
