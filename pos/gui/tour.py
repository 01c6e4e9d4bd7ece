"""The tour: one payment with every tender and a round through the office, unattended, with a picture of each step.

It presses the same keys as a cashier and plays the customer on the simulator; the pictures of the README are its own.
"""

from __future__ import annotations

import json
import re
import sys
import urllib.parse
import urllib.request
from functools import partial
from html import unescape
from pathlib import Path
from typing import Protocol

from PySide6.QtWidgets import QApplication, QWidget

from pos.domain.events import AttemptChanged, Fact, InvoiceChanged
from pos.domain.invoice import State as InvoiceState
from pos.domain.payment import Attempt
from pos.domain.states import State
from pos.gateways import GATEWAYS
from pos.gui.app import application, build_window
from pos.gui.bridge import Till
from pos.gui.page import Visit
from pos.gui.tour_office import OfficeTour, open_shift
from pos.gui.ui_driver import UiDriver


class Customer(Protocol):
    """The customer, and the faults of the gateways."""

    def pay(self, attempt: Attempt) -> None:
        """Pay what is shown."""
        ...

    def spoil(self, fault: str, verb: str, times: int) -> None:
        """Let the next calls of any gateway go wrong; no ``fault`` ends that."""
        ...


def fetch_page(url: str) -> None:
    """Open the payment page as the customer's browser would, and post its form."""
    with urllib.request.urlopen(url, timeout=10) as page:
        text = page.read().decode()
    target = re.search(r'action="([^"]+)"', text)
    fields = re.findall(r'name="([^"]+)" value="([^"]*)"', text)
    body = urllib.parse.urlencode({unescape(name): unescape(value) for name, value in fields}).encode()
    if target is not None:
        urllib.request.urlopen(unescape(target[1]), body, timeout=10).close()


class Guide:
    """Drives one window through a shop's first minutes."""

    def __init__(self, till: Till, customer: Customer, folder: Path, size: str) -> None:
        self._app: QApplication = application()
        self._customer, self._folder = customer, folder
        self._steps: list[dict[str, str]] = []
        self._last: dict[str, Attempt] = {}
        self._invoices: dict[str, InvoiceState] = {}
        self._invoiced: Attempt | None = None
        self._engine = till.engine()
        self._engine.bus.listen(self._on_event)
        self._window = build_window(till)
        width, _, height = size.partition("x")
        self._window.resize(int(width), int(height))
        self._window.show()
        self._window.open_journal()
        self._driver = UiDriver(self._window, folder)
        self._driver.wait(lambda: self._window.bridge.ready and not self._window.session_lock.locked)
        self._driver.rest(0.5)
        self._office = OfficeTour(self._driver, self._engine)

    def walk(self) -> int:
        """All steps; 0 when every payment ended as it should."""
        self._driver.picture("empty")
        open_shift(self._driver)
        self._driver.type("125")
        self._driver.picture("typed")
        offers = [offer for offer in self._engine.offers() if offer.available]
        for offer in offers:
            self._sell(offer.tender.value)
        if self._available("mypay"):
            self._with_invoice()
        self._in_doubt()
        self._many_waiting()
        self._window.enter("past")
        self._driver.rest(1.0)
        self._driver.picture("past-payments")
        self._window.enter("help")
        self._driver.picture("keys")
        self._office.walk(self._invoiced)
        self._window.show_sale()
        self._window.switch_theme()
        self._driver.picture("other-theme")
        self._window.switch_language()
        self._driver.picture("other-language")
        return self._finish(len(offers))

    def _sell(self, tender: str) -> None:
        self._driver.press("keyClear")
        self._driver.type("1280" if tender == "atm" else "125")
        self._driver.press(f"tender{tender.title()}")
        if tender == "cash":
            self._driver.picture("cash-asked")
            self._driver.press("cashQuick1")
        else:
            self._driver.wait(lambda: self._state_of(tender) is State.PENDING)
            self._driver.rest(0.5)
            self._driver.picture(f"{tender}-waiting")
            self._customer_pays(self._last[tender])
        paid = self._driver.wait(lambda: self._state_of(tender) is State.CAPTURED)
        self._driver.rest(0.2)
        self._driver.picture(f"{tender}-paid")
        self._steps.append({"tender": tender, "state": "captured" if paid else "not captured"})

    def _with_invoice(self) -> None:
        """A paper e-invoice: requested at the sale, issued when the money is there, seen as it is printed."""
        self._window.ask_invoice()
        self._driver.picture("invoice-asked")
        self._driver.press("invoiceDone")
        self._driver.type("320")
        self._driver.press("tenderMypay")
        self._driver.wait(lambda: self._state_of("mypay") is State.PENDING)
        self._customer_pays(self._last["mypay"])
        self._invoiced, order = self._last["mypay"], self._last["mypay"].order_no
        self._driver.wait(lambda: self._invoices.get(order) is InvoiceState.ISSUED)
        self._driver.rest(0.3)
        self._driver.picture("invoice-issued")
        self._window.visit(Visit("proof", order))
        self._driver.wait(lambda: self._window.findChild(QWidget, "proofSheet0") is not None)
        self._driver.picture("invoice-proof")
        self._keep_paper(order)
        self._window.show_sale()

    def _keep_paper(self, order_no: str) -> None:
        from pos.einvoice.pdf import pdf_of

        work = self._engine.host.services.invoicing.sheets(self._window.bridge.actor, order_no)
        sheets = self._engine.io.submit(work).result(timeout=10)
        (self._folder / "invoice.pdf").write_bytes(pdf_of(sheets))
        for number, sheet in enumerate(sheets, 1):
            sheet.image.save(self._folder / f"invoice-{number}.png")

    def _in_doubt(self) -> None:
        """The answer to a charge is lost: the register says so, asks, and finds the money."""
        self._customer.spoil("lost_answer", "charge", 1)
        self._customer.spoil("http_500", "query", 2)
        self._driver.type("350")
        self._driver.press("tenderAtm" if self._available("atm") else "tenderAlipay")
        self._driver.wait(lambda: any(one.state is State.UNKNOWN for one in self._last.values()))
        self._driver.rest(0.3)
        self._driver.picture("in-doubt")
        self._customer.spoil("", "*", 0)
        self._driver.press("newSale")

    def _many_waiting(self) -> None:
        for amount, tender in (("80", "mypay"), ("2400", "atm"), ("65", "alipay")):
            if self._available(tender):
                self._driver.type(amount)
                self._driver.press(f"tender{tender.title()}")
                self._driver.wait(partial(self._is_pending, tender))
        self._driver.rest(0.5)
        self._driver.picture("many-waiting")
        self._driver.press("newSale")

    # -- the customer ----------------------------------------------------------------------------------------------

    def _customer_pays(self, attempt: Attempt) -> None:
        if GATEWAYS[attempt.gateway].FACTS.needs_page:
            fetch_page(attempt.pay_url)
        self._customer.pay(attempt)

    # -- eyes -------------------------------------------------------------------------------------------------

    def _on_event(self, fact: Fact) -> None:
        if isinstance(fact, AttemptChanged):
            self._last[fact.attempt.tender.value] = fact.attempt
        elif isinstance(fact, InvoiceChanged):
            self._invoices[fact.invoice.order_no] = fact.invoice.state

    def _state_of(self, tender: str) -> State | None:
        return self._last[tender].state if tender in self._last else None

    def _is_pending(self, tender: str) -> bool:
        return self._state_of(tender) is State.PENDING

    def _available(self, tender: str) -> bool:
        return any(offer.available and offer.tender.value == tender for offer in self._engine.offers())

    def _finish(self, wanted: int) -> int:
        refund = self._office.refund
        summary = {
            "payments": self._steps,
            "refund": refund.state.value if refund else "",
            "z_no": self._office.z_no,
            "files": sorted(one.name for one in self._folder.iterdir() if one.suffix != ".json"),
        }
        (self._folder / "summary.json").write_text(json.dumps(summary, indent=1), encoding="utf-8")
        sys.stderr.write(f"The tour's pictures are in {self._folder}\n")
        self._window.close()
        self._window.bridge.end()
        captured = sum(step["state"] == "captured" for step in self._steps)
        return 0 if captured == wanted and self._office.done() else 1


def tour(till: Till, customer: Customer, folder: Path, size: str) -> int:
    """Walk through the shop; the exit status."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("[0-9][0-9]-*.png"):
        old.unlink()
    return Guide(till, customer, folder, size).walk()
