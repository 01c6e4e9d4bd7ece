"""The large figures of totals. Each is a button that opens the payments it is the sum of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos.domain.cash import is_rounded
from pos.domain.money import display_hundredths
from pos.domain.totals import EntryKind, Figure, InvoiceOutcome, InvoiceTotals, Sum, Totals
from pos.gui.layouts import hbox, vbox
from pos.gui.plain import tool_tip
from pos.gui.self_updating import SelfUpdating
from pos.gui.theme import TYPE
from pos.gui.totals.words import money
from pos.gui.widgets import Button, Elided, label, restyle
from pos.i18n import N_, _

MAIN: Final = {
    "Net": (N_("Net"), Figure()),
    "Gross": (N_("Gross"), Figure(kind=EntryKind.SALE)),
    "Refunds": (N_("Refunds"), Figure(kind=EntryKind.REFUND)),
    "Sales": (N_("Sales count"), Figure(kind=EntryKind.SALE)),
    "Average": (N_("Average sale"), Figure(kind=EntryKind.SALE)),
    "Fees": (N_("Fees known"), Figure(fee_known=True)),
}
CASH: Final = {
    "Rounding": (N_("Rounding of cash"), Figure(rounded=True)),
    "Taken": (N_("Net with rounding"), Figure()),
}
"""The same, only where cash is rounded to what coins can pay."""

INVOICES: Final = {
    "Issued": (N_("E-invoices"), Figure(invoice=InvoiceOutcome.ISSUED)),
    "Owed": (N_("To issue"), Figure(invoice=InvoiceOutcome.OWED)),
    "Void": (N_("Void"), Figure(invoice=InvoiceOutcome.VOID)),
    "Allowance": (N_("Allowance"), Figure(invoice=InvoiceOutcome.ALLOWANCE)),
    "Tax": (N_("Tax"), Figure(invoice=InvoiceOutcome.TAXED)),
}
"""``objectName``: gettext id, and the bookings behind it. E-invoices are counted whatever the currency."""

HIDDEN: Final = "–"
"""Shown in place of a figure that may not be seen, or is not known: 0 would be a figure."""

SIZES: Final = ("big", "title", "lead", "body", "small")
"""Of the type scale: the first one in which figures have room. In the last one dots say that some is missing."""

SHARES: Final = {"Net": 5, "Gross": 4, "Refunds": 4, "Sales": 3, "Average": 3, "Fees": 4}


class Tile(Button):
    """A caption above a figure, or beside it."""

    def __init__(self, name: str, action: Callable[[], object], *, flat: bool = False) -> None:
        super().__init__(name, "", action)
        self.caption = label("soft", f"{name}Caption")
        self.value = Elided("lead", f"{name}Value")
        self.value.setProperty("figure", "true")
        for part in (self.caption, self.value):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        inside = QHBoxLayout(self) if flat else QVBoxLayout(self)
        inside.setContentsMargins(12, 4, 12, 4)
        inside.setSpacing(8 if flat else 0)
        inside.addWidget(self.caption)
        if flat:
            inside.addStretch()
        inside.addWidget(self.value)
        self.setFixedHeight(48 if flat else 72)

    def sizeHint(self) -> QSize:
        return QSize(96, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(64, self.height())

    def show_figure(self, caption: str, value: str, spoken: str = "") -> None:
        """Show a figure under its caption; ``spoken`` is read out instead of it."""
        self.caption.setText(caption)
        self.value.setText(value)
        self.setAccessibleName(f"{caption}: {spoken or value}")
        self.setToolTip(tool_tip(f"{caption}: {spoken or value}"))

    def fits(self, size: str) -> bool:
        """Whether the figure has room in a size of the type scale."""
        font = QFont(self.value.font())
        font.setPixelSize(TYPE[size])
        font.setBold(True)
        return QFontMetrics(font).horizontalAdvance(self.value.text()) <= self.width() - 32


class Figures(SelfUpdating, QWidget):
    """``opened`` carries the figure and its caption."""

    opened = Signal(object, str)

    def __init__(self, currency: str) -> None:
        super().__init__()
        self._currency = currency
        self._told: Totals | None = None
        self._main = {name: self._tile(name) for name in MAIN}
        self._cash = {name: self._tile(name, flat=True) for name in CASH}
        self._paper = {name: self._tile(name, flat=True) for name in INVOICES}
        self._rounding, self._invoices = _row_of(self._cash.values()), _row_of(self._paper.values())
        main = hbox(*((tile, SHARES[name]) for name, tile in self._main.items()))
        vbox(main, self._rounding, self._invoices, into=self)
        self.retranslate()

    def _tile(self, name: str, *, flat: bool = False) -> Tile:
        return Tile(f"totals{name}", partial(self._open, name), flat=flat)

    def _open(self, name: str) -> None:
        word, figure = (MAIN | CASH | INVOICES)[name]
        self.opened.emit(figure if name in INVOICES else replace(figure, currency=self._currency), _(word))

    def show_totals(self, found: Totals | None, currency: str) -> None:
        """Show the figures of one currency; without totals none is shown."""
        self._told, self._currency = found, currency
        if found is None:
            self._hide_figures(currency)
            return
        whole, paper = found.of(currency).whole, found.invoices
        for name, text in _main_texts(whole, currency).items():
            self._main[name].show_figure(_(MAIN[name][0]), text)
        if whole.fees_of:
            self._main["Fees"].show_figure(_("Fees known: {count}").format(count=whole.fees_of), _fees(whole, currency))
        for name, amount in (("Rounding", whole.rounding), ("Taken", whole.taken)):
            self._cash[name].show_figure(_(CASH[name][0]), money(amount, currency))
        self._rounding.setVisible(is_rounded(currency) or bool(whole.rounding))
        for name, text in _paper_texts(paper).items():
            self._paper[name].show_figure(_(INVOICES[name][0]), text)
        self._invoices.setVisible(currency == "TWD" or paper != InvoiceTotals())
        self._even()

    def _hide_figures(self, currency: str) -> None:
        for names, tiles in ((MAIN, self._main), (CASH, self._cash), (INVOICES, self._paper)):
            for name, tile in tiles.items():
                tile.show_figure(_(names[name][0]), HIDDEN, _("not shown"))
        self._rounding.setVisible(is_rounded(currency))
        self._invoices.setVisible(currency == "TWD")
        self._even()

    def _even(self) -> None:
        """The net as large as fits, the others all alike."""
        net = self._main["Net"]
        others = [tile for tile in self._main.values() if tile is not net]
        for tiles, sizes in (([net], SIZES), (others, SIZES[1:])):
            size = next((one for one in sizes if all(tile.fits(one) for tile in tiles)), sizes[-1])
            for tile in tiles:
                restyle(tile.value, "role", size)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._even()

    def allow(self, allowed: bool) -> None:
        """Whether there is anything that may be opened."""
        for tile in (*self._main.values(), *self._cash.values(), *self._paper.values()):
            tile.setEnabled(allowed)

    @property
    def first(self) -> Button:
        """Where the focus begins."""
        return self._main["Net"]

    def retranslate(self) -> None:
        self.show_totals(self._told, self._currency)


def _row_of(tiles: Iterable[Tile]) -> QWidget:
    row = QWidget()
    hbox(*((tile, 1) for tile in tiles), into=row)
    return row


def _main_texts(whole: Sum, currency: str) -> dict[str, str]:
    refunds = f"{money(whole.refunded, currency)}  ({whole.refunds})" if whole.refunds else money(0, currency)
    return {
        "Net": money(whole.net, currency),
        "Gross": money(whole.gross, currency),
        "Refunds": refunds,
        "Sales": f"{whole.sales:,}",
        "Average": money(whole.average, currency),
        "Fees": _fees(whole, currency) if whole.fees_of else "–",
    }


def _fees(whole: Sum, currency: str) -> str:
    return display_hundredths(whole.fees, currency)


def _paper_texts(found: InvoiceTotals) -> dict[str, str]:
    return {
        "Issued": f"{found.issued:,}",
        "Owed": f"{found.owed:,}",
        "Void": f"{found.void:,}",
        "Allowance": f"{found.allowance:,}",
        "Tax": money(found.tax, "TWD"),
    }
