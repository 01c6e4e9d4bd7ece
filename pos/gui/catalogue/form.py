"""The fields of one item: name, price, category, barcodes, place, tax kind, colour."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from pos.domain.catalogue import BARCODES, CATEGORY_LIMIT, NAME_LIMIT, Colour, Item
from pos.domain.money import Money, parse_sum
from pos.domain.tax import TaxKind
from pos.errors import InputError
from pos.gui.catalogue.words import COLOURS, TAXES
from pos.gui.layouts import hbox, vbox
from pos.gui.scan_fields import ScanField
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Button, label
from pos.i18n import N_, _, msg
from pos.text import half_width

NAME, PRICE, CATEGORY, BARCODE, PLACE = "Name", "Price", "Category", "Barcodes", "Place"
CAPTIONS: Final = {
    NAME: N_("Item name"), PRICE: N_("Price"), CATEGORY: N_("Category"), BARCODE: N_("Barcodes"),
    PLACE: N_("Place"),
}  # fmt: skip
LENGTHS: Final = {NAME: NAME_LIMIT, PRICE: 13, CATEGORY: CATEGORY_LIMIT, BARCODE: BARCODES * 33, PLACE: 3}


class ItemForm(SelfUpdating, QWidget):
    """``done``: Enter was pressed in a field. A barcode may be scanned into its field."""

    done = Signal()

    def __init__(self, currency: str) -> None:
        super().__init__()
        self._currency = currency
        self._item = Item("", "", Money(0, currency))
        self._captions = {key: label("caption") for key in CAPTIONS}
        self.fields: dict[str, QLineEdit] = {key: self._made_field(key) for key in CAPTIONS}
        self._tax = Button("itemTax", "", self._next_tax)
        self._colour = Button("itemColour", "", self._next_colour)
        self._lay_out()
        self.retranslate()

    def _made_field(self, key: str) -> QLineEdit:
        field = ScanField(f"itemField{key}")
        field.setMaxLength(LENGTHS[key])
        field.returnPressed.connect(self.done)
        return field

    def _lay_out(self) -> None:
        shares = {PRICE: 4, CATEGORY: 5, PLACE: 3}
        row = hbox(*((self._part(key), share) for key, share in shares.items()))
        choices = hbox((self._tax, 1), (self._colour, 1))
        vbox(self._part(NAME), row, self._part(BARCODE), choices, into=self, spacing=8)

    def _part(self, key: str) -> QWidget:
        part = QWidget()
        vbox(self._captions[key], self.fields[key], into=part, spacing=2)
        return part

    def show_item(self, item: Item | None) -> None:
        """Show an item, or empty fields for a new one."""
        self._item = item or Item("", "", Money(0, self._currency), self._item.category)
        price = self._item.price.decimal if item else ""
        place = "" if self._item.place is None else str(self._item.place)
        texts = {NAME: self._item.name, PRICE: price, CATEGORY: self._item.category, PLACE: place}
        texts[BARCODE] = " ".join(self._item.barcodes)
        for key, text in texts.items():
            self.fields[key].setText(text)
            self.fields[key].setCursorPosition(0)
        self.retranslate()

    def typed(self) -> Item:
        """Return the item as it is typed. Raises InputError; the catalogue checks the other rules."""
        text = {key: half_width(field.text()).strip() for key, field in self.fields.items()}
        try:
            price = parse_sum(text[PRICE], self._currency)
        except InputError as error:
            raise InputError("price", error.message) from None
        if text[PLACE] and not text[PLACE].isdecimal():
            raise InputError("place", msg(N_("{value} is not a place: use a number, or nothing."), value=text[PLACE]))
        return replace(
            self._item, name=self.fields[NAME].text(), price=price, category=self.fields[CATEGORY].text(),
            barcodes=tuple(text[BARCODE].split()), place=int(text[PLACE]) if text[PLACE] else None,
        )  # fmt: skip

    def focus(self, field: str = "name") -> None:
        """Focus the field that an error names, or the first one."""
        self.fields.get(field.title(), self.fields[NAME]).setFocus()

    def _next_tax(self) -> None:
        kinds = list(TaxKind)
        self._item = replace(self._item, tax=kinds[(kinds.index(self._item.tax) + 1) % len(kinds)])
        self.retranslate()

    def _next_colour(self) -> None:
        colours = list(Colour)
        self._item = replace(self._item, colour=colours[(colours.index(self._item.colour) + 1) % len(colours)])
        self.retranslate()

    def retranslate(self) -> None:
        for key, caption in self._captions.items():
            caption.setText(_(CAPTIONS[key]))
            self.fields[key].setAccessibleName(_(CAPTIONS[key]))
        self._tax.say(_(TAXES[self._item.tax]))
        self._colour.say(_(COLOURS[self._item.colour]))
