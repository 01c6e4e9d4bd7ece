"""What is being sold beside the typed amount: lines, a note, a discount. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pos.domain.money import MAX_DIGITS, Money
from pos.errors import InputError
from pos.gui.sale.entry import Entry, grouped
from pos.i18n import N_, _, msg

if TYPE_CHECKING:
    from pos.domain.catalogue import Item
    from pos.domain.payment import Attempt, Line, Sale, SaleTerms
    from pos.services.permissions import Permission

MOST: Final = 999
"""Most pieces of one line."""


@dataclass(frozen=True, slots=True)
class BasketContents:
    """``price`` was typed before "×", and its quantity is typed next. ``permission`` is for a large discount."""

    lines: tuple[Line, ...] = ()
    price: Money | None = None
    note: str = ""
    discount: str = ""
    reason: str = ""
    permission: Permission | None = None


NOTHING: Final = BasketContents()


class Basket:
    """The next sale. Digits that are typed while it has lines are the quantity of the item that is chosen next."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self.contents = NOTHING

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.contents.lines

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing beside the typed amount."""
        return self.contents == NOTHING

    def is_amount_known(self, entry: Entry) -> bool:
        """Return whether an amount is typed or the basket has lines."""
        return bool(entry.text or self.lines)

    def add(self, item: Item, entry: Entry) -> None:
        """Add an item, as often as the digits of ``entry`` say; they are cleared. Raises InputError."""
        lines = self._with_open_price(entry) if self.contents.price else self.lines
        count = 1 if self.contents.price else _quantity(entry.text or "1")
        added = item.line(count)
        for place, line in enumerate(lines):
            if replace(line, quantity=count) == added:
                more = replace(line, quantity=_quantity(str(line.quantity + count)))
                self._keep((*lines[:place], more, *lines[place + 1 :]))
                break
        else:
            self._keep((*lines, added))
        entry.clear()

    def times(self, entry: Entry) -> None:
        """Take what is typed as a price; its quantity is typed next. Raises InputError."""
        price = _typed(entry)
        entry.clear()
        self.contents = replace(self.contents, price=price)

    def finish_line(self, entry: Entry) -> None:
        """Add the price that was typed with its quantity. Raises InputError."""
        self._keep(self._with_open_price(entry))
        entry.clear()

    def take_one(self, place: int) -> None:
        """Remove one piece of a line."""
        line = self.lines[place]
        less = (replace(line, quantity=line.quantity - 1),) if line.quantity > 1 else ()
        self._keep((*self.lines[:place], *less, *self.lines[place + 1 :]))

    def remove(self, place: int) -> None:
        """Remove a line."""
        self._keep((*self.lines[:place], *self.lines[place + 1 :]))

    def take(self) -> BasketContents:
        """Return what is in the basket, and empty it."""
        taken, self.contents = self.contents, NOTHING
        return taken

    def put_back(self, attempt: Attempt, entry: Entry) -> None:
        """Put what an attempt asked for into the basket and ``entry``, to be paid in another way.

        The approval of a large discount was for the attempt, and is asked for again.
        """
        terms = attempt.terms
        off = terms.discount
        typed = (off.rate or off.amount.decimal) if off else ""
        self.contents = BasketContents(attempt.lines, None, terms.note, typed, off.reason if off else "")
        gross = attempt.amount + off.amount if off else attempt.amount
        entry.text = "" if attempt.lines else gross.decimal

    def due(self, entry: Entry) -> Sale:
        """Return the sale of the lines, or else of the typed amount. Raises InputError."""
        from pos.domain.payment import Sale

        lines = self._with_open_price(entry) if self.contents.price else self.lines
        if self.lines and entry.text and not self.contents.price:
            raise InputError("amount", N_("The digits are a quantity: choose an item, or clear them with C."))
        gross = self._sum(lines) if lines else _typed(entry)
        terms = self.terms(gross)
        amount = gross - terms.discount.amount if terms.discount else gross
        return Sale(amount, lines, terms=terms)

    def terms(self, gross: Money) -> SaleTerms:
        """Return the note and the discount off ``gross``. Raises InputError."""
        from pos.domain.discount import discount_of
        from pos.domain.payment import SaleTerms

        kept = self.contents
        return SaleTerms(kept.note, discount_of(kept.discount, gross, kept.reason) if kept.discount else None)

    def shown(self, entry: Entry) -> str:
        """Return what the display shows instead of the typed digits; "" if it shows those."""
        if self.contents.price:
            return f"{grouped(self.contents.price.decimal)} × {entry.text}".rstrip()
        if entry.text or not self.lines:
            return ""
        try:
            return grouped(self.due(entry).amount.decimal)
        except InputError:  # a discount that takes everything off; the key says so
            return grouped(self._sum(self.lines).decimal)

    def reduced(self, entry: Entry) -> str:
        """Return what is due of a typed amount after its discount; "" without a discount."""
        if not (entry.text and self.contents.discount) or self.lines or self.contents.price:
            return ""
        try:
            return _("{amount} due").format(amount=self.due(entry).amount.display)
        except InputError:  # the discount is more than the digits so far; the key says so
            return ""

    def _with_open_price(self, entry: Entry) -> tuple[Line, ...]:
        from pos.domain.payment import Line

        price = self.contents.price
        assert price is not None
        return (*self.lines, Line(_("Item"), price, _quantity(entry.text)))

    def _keep(self, lines: tuple[Line, ...]) -> None:
        if len(str(self._sum(lines).minor)) > MAX_DIGITS:
            raise InputError("amount", N_("The amount is too large: at most 12 digits."))
        self.contents = replace(self.contents, lines=lines, price=None)

    def _sum(self, lines: tuple[Line, ...]) -> Money:
        return Money(sum(line.total.minor for line in lines), self._currency)


def _quantity(text: str) -> int:
    """Return a typed quantity. Raises InputError."""
    if not text.isdigit() or not 1 <= int(text) <= MOST:
        raise InputError("item", msg(N_("The quantity must be from 1 to {most}."), most=MOST))
    return int(text)


def _typed(entry: Entry) -> Money:
    try:
        return entry.money()
    except InputError:
        raise InputError("amount", N_("Type the amount first.")) from None
