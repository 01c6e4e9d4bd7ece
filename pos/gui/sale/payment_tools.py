"""Which of the shop's payment tools the customer's page opens with (特約商店可用支付工具查詢)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from pos.domain.tenders import SPECS, Tender
from pos.errors import InputError, NotAllowed
from pos.gui.bridge import Bridge
from pos.gui.layouts import STRETCH, vbox
from pos.gui.sale.basket import Basket
from pos.gui.sale.entry import Entry
from pos.gui.sale.sale_panels import SalePanels
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Button, label
from pos.i18n import N_, _

if TYPE_CHECKING:
    from pos.domain.payment import Sale


def _title(tender: Tender) -> str:
    return SPECS[tender].titles.full


NAMES: Final = {
    "CREDITCARD": _title(Tender.CREDIT_CARD), "CSTORECODE": _title(Tender.STORE_CODE), "WEBATM": N_("Web ATM"),
    "E_COLLECTION": _title(Tender.ATM), "UNIONPAY": _title(Tender.UNIONPAY), "ABROAD": N_("Foreign card"),
    "ALIPAY": _title(Tender.ALIPAY), "WECHAT": _title(Tender.WECHAT),
    "DIRECTDEBIT": N_("Direct debit"), "LINEPAYON": _title(Tender.LINE_PAY),
    "APPLEPAY": _title(Tender.APPLE_PAY), "GOOGLEPAY": _title(Tender.GOOGLE_PAY),
    "C_INSTALLMENT": N_("Card instalments"), "C_REDEEM": N_("Card bonus"),
    "CARDLESS": N_("Instalments without a card"), "PION": _title(Tender.PI), "AMEX": "American Express",
    "JKOON": _title(Tender.JKOPAY), "AFP": N_("Pay later"), "EASYWALLETON": _title(Tender.EASYWALLET),
    "BARCODE": _title(Tender.STORE_BARCODE), "PXPAYON": _title(Tender.PX_PAY), "PLUSPAYON": _title(Tender.PLUS_PAY),
}  # fmt: skip
"""附錄一: tools that the customer's own page can open with, for people."""

CHANGED: Final = N_("The amount has changed. Open the payment tools again (Shift+F4).")

ACROSS, MOST = 2, 16


class ToolPanel(SelfUpdating, QWidget):
    """``chosen`` carries a tool's code."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._title, self._none = label("title"), label("lead", "toolsEmpty", wrap=True)
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        vbox(self._title, self._none, self._grid, STRETCH, into=self, spacing=12, margins=16)
        self.retranslate()

    def show_tools(self, tools: Sequence[str]) -> None:
        """The shop's tools that a page can open with, in the gateway's own order."""
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        known = [tool for tool in tools if tool in NAMES][:MOST]
        for number, tool in enumerate(known):
            button = Button(f"tool{tool.title().replace('_', '')}", "quick", partial(self.chosen.emit, tool))
            button.say(_(NAMES[tool]))
            button.setMinimumHeight(44)
            self._grid.addWidget(button, number // ACROSS, number % ACROSS)
        self._title.setText(_("How does the customer pay?"))
        self._none.setText("" if known else _no_tool())
        self._none.setVisible(not known)

    def retranslate(self) -> None:
        self._title.setText(_("How does the customer pay?"))
        for place in range(self._grid.count()):
            item = self._grid.itemAt(place)
            button = item.widget() if item is not None else None
            if isinstance(button, Button):
                tool = next(name for name in NAMES if button.objectName() == f"tool{name.title().replace('_', '')}")
                button.say(_(NAMES[tool]))


def _no_tool() -> str:
    from pos.gateways import titles_with  # the window starts before it needs them
    from pos.gateways.capabilities import Capability

    text = _("{gateway} offers no payment tool for this amount.")
    return text.format(gateway=titles_with(Capability.TOOLS))


class PaymentTools(QObject):
    """``failed`` carries an error, ``chosen`` the sale with its tool."""

    failed = Signal(object)
    chosen = Signal(object)

    def __init__(self, panels: SalePanels, bridge: Bridge, entry: Entry, basket: Basket) -> None:
        """``entry`` and ``basket`` are what is on display: only that is charged."""
        super().__init__()
        self._panels, self._bridge, self._entry, self._basket = panels, bridge, entry, basket
        self._sale: Sale | None = None

    def build_deferred(self) -> None:
        """Connect the panel once it is built."""
        self._panels.tools.chosen.connect(self._on_tool, Qt.ConnectionType.QueuedConnection)

    def ask(self, sale: Sale) -> None:
        """What may be offered for this sale; the list counts for a day."""
        self._sale = sale
        mypay = self._bridge.services.mypay
        self._bridge.call(mypay.tools, sale.amount).then(partial(self._on_tools, sale), self.failed.emit)

    def _on_tools(self, sale: Sale, tools: Sequence[str]) -> None:
        """Show the tools, unless the sale was taken another way meanwhile."""
        if sale is self._sale and self._is_due(sale):
            self._panels.ask_tool(tools)

    def _on_tool(self, tool: str) -> None:
        sale, self._sale = self._sale, None
        if sale is None:
            return
        if self._is_due(sale):
            self.chosen.emit(replace(sale, options={"pfn": tool}))
        else:
            self._panels.show_ready()
            self.failed.emit(NotAllowed(CHANGED))

    def _is_due(self, sale: Sale) -> bool:
        try:
            return self._basket.due(self._entry) == sale
        except InputError:
            return False
