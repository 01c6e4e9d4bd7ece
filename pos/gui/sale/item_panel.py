"""The quick keys of the items, by category, and the lines of the sale beneath them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QScrollArea, QSizePolicy, QWidget

from pos.domain.catalogue import Colour, Item
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.plain import tool_tip
from pos.gui.sale.basket import NOTHING, BasketContents
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import TARGET, Button, Elided, Palette, label, restyle
from pos.i18n import _

if TYPE_CHECKING:
    from pos.domain.payment import Line

ACROSS: Final = 4
"""Keys in a row."""

SHOWN: Final = 24
"""Keys that are shown at once; the last one leads to the next ones if a category has more."""

KEY: Final = 60
"""Pixels of a key's height at least."""

BAND: Final = 6
"""Pixels of the colour at the left of a key."""

TAB: Final = 72
"""Pixels of a tab's width at least."""

COLOURS: Final = {
    Colour.RED: "bad", Colour.ORANGE: "orange", Colour.YELLOW: "warn", Colour.GREEN: "green", Colour.BLUE: "blue",
    Colour.PURPLE: "purple", Colour.BROWN: "brown", Colour.GREY: "slate",
}  # fmt: skip
"""The theme's name of each colour; NONE has no band."""


class ItemKey(Button):
    """One item: its colour, its name and its price."""

    def __init__(self, item: Item, number: int, action: Callable[[], object]) -> None:
        super().__init__(f"item{number}", "tile", action)
        self._colour = COLOURS.get(item.colour, "")
        name, price = Elided("item", least=24), label("soft")
        name.setText(item.name)
        price.setText(item.price.display)
        for part in (name, price):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        vbox(name, price, into=self, spacing=0, margins=(BAND + 6, 4, 4, 4))
        self.setMinimumHeight(KEY)
        self.setMaximumHeight(KEY * 3 // 2)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(f"{item.name} {item.price.display}")
        self.setToolTip(tool_tip(item.name))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._colour:
            band = QRect(2, 4, BAND, self.height() - 8)
            QPainter(self).fillRect(band, QColor(Palette.colour(self._colour)))


class ItemPanel(SelfUpdating, QWidget):
    """``chosen`` carries an item, ``taken_one`` and ``removed`` the place of a line.

    ``terms_edited`` carries the note, ``discount_wanted`` the discount and its reason as they are typed.
    """

    chosen = Signal(object)
    taken_one = Signal(int)
    removed = Signal(int)
    times_wanted = Signal()
    terms_edited = Signal(str)
    discount_wanted = Signal(str, str)
    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("itemGrid")
        self._items: tuple[Item, ...] = ()
        self._category, self._page = "", 0
        self._tab_keys: list[tuple[Button, str]] = []
        self._tabs, self._grid, self._lines = _scroller("itemTabs"), _scroller("itemKeys"), _scroller("basketLines")
        self._tabs.setFixedHeight(TARGET + 4)
        self._times = Button("itemTimes", "edit", self.times_wanted.emit)
        self._note, self._discount, self._reason = QLineEdit(), QLineEdit(), QLineEdit()
        self._apply = Button("saleDiscountApply", "", self._on_apply)
        for field, name in ((self._note, "saleNote"), (self._discount, "saleDiscount"), (self._reason, "saleReason")):
            field.setObjectName(name)
            field.setMinimumHeight(TARGET)
            field.returnPressed.connect(self._on_return)
        self._note.setMaxLength(60)
        self._note.textEdited.connect(self.terms_edited)
        self._times.setFixedWidth(TARGET + 16)
        off = hbox((self._discount, 2), (self._reason, 3), self._apply)
        top = hbox((self._tabs, 1), self._times)
        vbox(top, (self._grid, 3), (self._lines, 2), self._note, off, into=self, spacing=8, margins=(12, 24, 12, 12))
        self.retranslate()

    @property
    def has_items(self) -> bool:
        """Whether there is any item to sell."""
        return bool(self._items)

    def show_items(self, items: Sequence[Item]) -> None:
        """Show the active items of the catalogue; the category stays if it is still there."""
        self._items = tuple(one for one in items if one.active)
        if self._category not in self._categories:
            self._category = next(iter(self._categories), "")
        self._show_tabs()
        self._show_keys()

    @property
    def _categories(self) -> list[str]:
        return list(dict.fromkeys(one.category for one in self._items))

    def show_basket(self, kept: BasketContents) -> None:
        """Show the lines, the newest last, and the note and discount of the sale."""
        inside = QWidget()
        rows = [self._line_row(line, place) for place, line in enumerate(kept.lines)]
        vbox(*rows, STRETCH, into=inside, spacing=4)
        self._lines.setWidget(inside)
        bar = self._lines.verticalScrollBar()
        bar.setValue(bar.maximum())
        for field, text in ((self._note, kept.note), (self._discount, kept.discount), (self._reason, kept.reason)):
            is_typing = field.hasFocus() and kept != NOTHING  # the next sale begins with empty fields
            if not is_typing and field.text() != text:
                field.setText(text)
        restyle(self._discount, "chosen", str(bool(kept.discount)).lower())

    def _line_row(self, line: Line, place: int) -> QWidget:
        row, words = QWidget(), Elided("lead", f"basketLine{place + 1}")
        words.setText(f"{line.quantity} × {line.name}")
        total = label("lead")
        total.setText(line.total.display)
        less = Button(f"basketLess{place + 1}", "edit", lambda: self.taken_one.emit(place))
        less.say("−", _("One {item} less").format(item=line.name))
        gone = Button(f"basketRemove{place + 1}", "edit", lambda: self.removed.emit(place)).with_icon(
            "cross", alone=True
        )
        gone.setAccessibleName(_("Remove {item}").format(item=line.name))
        for button in (less, gone):
            button.setFixedSize(TARGET, TARGET)
        hbox((words, 1), total, less, gone, into=row, margins=(4, 0, 4, 0))
        return row

    def _show_tabs(self) -> None:
        inside = QWidget()
        self._tab_keys = []
        for number, category in enumerate(self._categories, 1):
            tab = Button(f"itemTab{number}", "choice", partial(self._choose, category))
            tab.say(category or _("Other"))
            tab.setCheckable(True)
            tab.setMinimumWidth(TAB)
            tab.setChecked(category == self._category)
            self._tab_keys.append((tab, category))
        hbox(*(tab for tab, _name in self._tab_keys), None, into=inside, spacing=4)
        self._tabs.setWidget(inside)
        self._tabs.setVisible(len(self._tab_keys) > 1)

    def _choose(self, category: str) -> None:
        self._category, self._page = category, 0
        for tab, name in self._tab_keys:
            tab.setChecked(name == category)
        self._show_keys()

    def _show_keys(self) -> None:
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        there = [one for one in self._items if one.category == self._category]
        fit = SHOWN if len(there) <= SHOWN else SHOWN - 1
        pages = max(1, -(-len(there) // fit))
        first = self._page % pages * fit
        keys: list[Button] = [
            ItemKey(item, number + 1, partial(self.chosen.emit, item))
            for number, item in enumerate(there[first : first + fit])
        ]
        if pages > 1:
            keys.append(self._next_key(self._page % pages + 1, pages))
        for number, key in enumerate(keys):
            grid.addWidget(key, number // ACROSS, number % ACROSS)
        for column in range(ACROSS):
            grid.setColumnStretch(column, 1)
        grid.setRowStretch(grid.rowCount(), 1)
        self._grid.setWidget(inside)

    def _next_key(self, page: int, pages: int) -> Button:
        key = Button("itemNext", "word", self._turn).with_icon("next")
        key.say(f"{page}/{pages}", _("More items"))
        key.setMinimumHeight(KEY)
        return key

    def _turn(self) -> None:
        self._page += 1
        self._show_keys()

    def _on_apply(self) -> None:
        self.discount_wanted.emit(self._discount.text().strip(), self._reason.text())

    def _on_return(self) -> None:
        if self.sender() is self._note:
            self.edited.emit()
        else:
            self._on_apply()

    def retranslate(self) -> None:
        self._times.say("×", _("Times: the quantity is typed next"))
        self._apply.say(_("Apply"))
        for field, text, name in (
            (self._note, _("Note or pick-up number"), ""), (self._discount, _("Discount"), _("Discount: 10% or 50")),
            (self._reason, _("Reason for the discount"), ""),
        ):  # fmt: skip
            field.setPlaceholderText(text)
            field.setAccessibleName(name or text)
            field.setToolTip(tool_tip(name))
        if self._items:
            self._show_tabs()


def _scroller(name: str) -> QScrollArea:
    made = QScrollArea()
    made.setObjectName(name)
    made.setWidgetResizable(True)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return made
