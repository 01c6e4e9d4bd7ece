"""The catalogue: the items that a shop sells. Pure rules."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from pos.domain.customer_code import is_customer_code
from pos.domain.money import Money
from pos.domain.payment import Line
from pos.domain.tax import TaxKind
from pos.domain.typed_text import tidy_text
from pos.errors import InputError
from pos.i18n import N_, msg

NAME_LIMIT: Final = 60
CATEGORY_LIMIT: Final = 20
PRICE_LIMIT: Final = 999_999_999
"""Highest price, in minor units."""

BARCODES: Final = 10
"""Most barcodes of one item."""

PLACES: Final = 999
"""Highest place on the grid of a category; the first is 1."""

ITEMS: Final = 5_000
"""Most items of a catalogue."""

_BARCODE: Final = re.compile("[!-~]{1,32}", re.ASCII)
_CARRIER: Final = re.compile(r"/[0-9A-Z+\-.]{7}|[A-Z]{2}[0-9]{14}", re.ASCII)
_CHECKED: Final = re.compile("[0-9]{8}|[0-9]{12,14}", re.ASCII)


class Colour(StrEnum):
    """The colour of a key on the grid. The names are stored; the theme has the colours."""

    NONE = "none"
    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    PURPLE = "purple"
    BROWN = "brown"
    GREY = "grey"


@dataclass(frozen=True, slots=True)
class Item:
    """One item. ``id`` is a UUID and stays the same when the name changes; ``place`` is None without a fixed place."""

    id: str
    name: str
    price: Money
    category: str = ""
    barcodes: tuple[str, ...] = ()
    colour: Colour = Colour.NONE
    tax: TaxKind = TaxKind.TAXED
    active: bool = True
    place: int | None = None

    def line(self, quantity: int = 1) -> Line:
        """Return a line of a sale with ``quantity`` pieces."""
        return Line(self.name, self.price, quantity, item=self.id, tax=self.tax)


def new_item_id() -> str:
    """Return a new random UUID."""
    return str(uuid.uuid4())


def check_item(item: Item) -> Item:
    """Return the item with its texts tidied. Raises InputError with the field that breaks a rule."""
    if not 0 <= item.price.minor <= PRICE_LIMIT:
        text = N_("The price must be from 0 to {limit}.")
        raise InputError("price", msg(text, limit=Money(PRICE_LIMIT, item.price.currency).display))
    if item.place is not None and not 1 <= item.place <= PLACES:
        raise InputError("place", msg(N_("The place must be from 1 to {limit}."), limit=PLACES))
    return replace(
        item, name=_name(item.name), category=_category(item.category), barcodes=_barcodes(item.barcodes)
    )  # fmt: skip


def conflicts(items: Iterable[Item], currency: str) -> Iterator[tuple[Item, InputError]]:
    """Yield each item that contradicts an earlier one, with the reason.

    That is a name or barcode that two items have, a price in another currency, or one item too many.
    """
    names: set[tuple[str, str]] = set()
    owners: dict[str, Item] = {}
    for count, item in enumerate(items, 1):
        if item.price.currency != currency:
            yield item, InputError("price", msg(N_("The shop sells in {currency}."), currency=currency))
        if (item.category, item.name) in names:
            text = N_("There is another item {name} in this category.")
            yield item, InputError("name", msg(text, name=item.name))
        names.add((item.category, item.name))
        for code in item.barcodes:
            if (owner := owners.setdefault(code, item)) is not item:
                text = N_("{name} has the barcode {code} already.")
                yield item, InputError("barcodes", msg(text, name=owner.name, code=code))
        if count == ITEMS + 1:
            yield item, InputError("name", msg(N_("A catalogue has {limit} items at most."), limit=ITEMS))


def check_catalogue(items: Iterable[Item], currency: str) -> None:
    """Raise the first InputError of :func:`conflicts`."""
    for _item, error in conflicts(items, currency):
        raise error


def has_wrong_check_digit(barcode: str) -> bool:
    """Return whether a barcode has the length of a GTIN but another check digit (GS1 General Specifications, 7.9).

    It is only a warning: shops print numbers of their own.
    """
    if not _CHECKED.fullmatch(barcode):
        return False
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(barcode)))
    return weighed % 10 != 0


def _name(text: str) -> str:
    tidy = tidy_text("name", text)
    if not 1 <= len(tidy) <= NAME_LIMIT:
        raise InputError("name", msg(N_("The name of an item has 1 to {limit} characters."), limit=NAME_LIMIT))
    return tidy


def _category(text: str) -> str:
    tidy = tidy_text("category", text)
    if len(tidy) > CATEGORY_LIMIT:
        raise InputError("category", msg(N_("A category has {limit} characters at most."), limit=CATEGORY_LIMIT))
    return tidy


def _barcodes(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the barcodes without repetition. Codes that a scan means otherwise are refused."""
    found = tuple(dict.fromkeys(codes))
    if len(found) > BARCODES:
        raise InputError("barcodes", msg(N_("An item has {limit} barcodes at most."), limit=BARCODES))
    for code in found:
        if not _BARCODE.fullmatch(code):
            text = N_("{code} is not a barcode: use 1 to 32 letters and digits.")
            raise InputError("barcodes", msg(text, code=code[:40]))
        if is_customer_code(code) or _CARRIER.fullmatch(code):
            text = N_("{code} has the form of a customer's code or carrier and cannot be a barcode.")
            raise InputError("barcodes", msg(text, code=code))
    return found
