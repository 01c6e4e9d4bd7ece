"""What is being typed: digits and at most one point, as the currency allows. No Qt here."""

from __future__ import annotations

from pos.domain.money import MAX_DIGITS, Money, parse, places
from pos.errors import InputError


class Entry:
    """An amount being typed. ``text`` is what the display shows, without grouping."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._places = places(currency)
        self.text = ""

    @property
    def takes_point(self) -> bool:
        """Whether the currency has minor digits to type."""
        return self._places > 0

    def type(self, keys: str) -> bool:
        """Add digits or a point; False, and nothing added, where the currency has no room for them."""
        wanted = (self.text + keys) if self.text or keys[0] == "." else keys.lstrip("0")
        if wanted.startswith("."):
            wanted = "0" + wanted
        whole, point, rest = wanted.partition(".")
        fits = len(rest) <= self._places and len(whole) + self._places <= MAX_DIGITS
        if not fits or (point and not self.takes_point) or "." in rest:
            return False
        self.text = wanted
        return True

    def backspace(self) -> None:
        """Take the last key back."""
        self.text = self.text[:-1]
        if self.text == "0":
            self.text = ""

    def clear(self) -> None:
        self.text = ""

    def paste(self, text: str) -> None:
        """Take a whole amount as it was written elsewhere. Raises InputError, and changes nothing."""
        parse(text, self._currency)
        whole, point, rest = text.partition(".")
        self.text = f"{whole.lstrip('0') or '0'}{point}{rest}"

    def money(self) -> Money:
        """The amount. Raises InputError where there is none."""
        return parse(self.text, self._currency)

    @property
    def shown(self) -> str:
        """With grouping and the currency's places as far as they were typed."""
        return grouped(self.text)


def grouped(text: str) -> str:
    """Return a decimal number with its whole part in groups of three digits."""
    whole, point, rest = text.partition(".")
    return f"{int(whole or 0):,}{point}{rest}"


def amount_or_none(entry: Entry) -> Money | None:
    """The amount typed so far, if it is one."""
    try:
        return entry.money()
    except InputError:
        return None
