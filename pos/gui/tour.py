"""The tour: one payment with every tender, unattended, with a picture of each step.

It presses the same keys as a cashier and plays the customer on the simulator; the pictures of the README are its own.
"""

from __future__ import annotations

import json
import re
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from functools import partial
from html import unescape
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from pos.domain.events import AttemptChanged, Fact, InvoiceChanged
from pos.domain.invoice import State as InvoiceState
from pos.domain.payment import Attempt
from pos.domain.states import State
from pos.gui.app import application, build_window, grab
from pos.gui.bridge import Till

PATIENCE = 20.0
"""Seconds a step may take."""


class Customer(Protocol):
    """Who stands on the other side of the counter, and of the gateways."""

    def pay(self, attempt: Attempt) -> None:
        """Pay what is shown."""
        ...

    def spoil(self, fault: str, verb: str, times: int) -> None:
        """Let the next calls of any gateway go wrong; no ``fault`` ends that."""
        ...


class Guide:
    """Drives one window through a shop's first minutes."""

    def __init__(self, till: Till, customer: Customer, folder: Path, size: str) -> None:
        self._app: QApplication = application()
        self._customer, self._folder = customer, folder
        self._steps: list[dict[str, str]] = []
        self._last: dict[str, Attempt] = {}
        self._invoices: dict[str, InvoiceState] = {}
        self._engine = till.engine()
        self._engine.bus.listen(self._hear)
        self._window = build_window(till)
        width, _, height = size.partition("x")
        self._window.resize(int(width), int(height))
        self._window.show()
        self._window.open_journal()
        self._wait(lambda: self._window.bridge.ready)

    def walk(self) -> int:
        """All steps; 0 when every payment ended as it should."""
        self._picture("empty")
        self._type("125")
        self._picture("typed")
        offers = [offer for offer in self._engine.desk.offers() if offer.available]
        for offer in offers:
            self._sell(offer.tender.value)
        if self._available("mypay"):
            self._with_invoice()
        self._in_doubt()
        self._many_waiting()
        self._window.enter("past")
        self._wait(lambda: False, 1.0)
        self._picture("past-payments")
        self._window.enter("help")
        self._picture("keys")
        self._window.show_sale()
        self._window.switch_theme()
        self._picture("other-theme")
        self._window.switch_language()
        self._picture("other-language")
        return self._finish(len(offers))

    def _sell(self, tender: str) -> None:
        self._press("keyClear")
        self._type("1280" if tender == "atm" else "125")
        self._press(f"tender{tender.title()}")
        if tender == "cash":
            self._picture("cash-asked")
            self._press("cashQuick1")
        else:
            self._wait(lambda: self._state_of(tender) is State.PENDING)
            self._wait(lambda: False, 0.5)
            self._picture(f"{tender}-waiting")
            self._customer_pays(self._last[tender])
        paid = self._wait(lambda: self._state_of(tender) is State.CAPTURED)
        self._wait(lambda: False, 0.2)
        self._picture(f"{tender}-paid")
        self._steps.append({"tender": tender, "state": "captured" if paid else "not captured"})

    def _with_invoice(self) -> None:
        """A paper e-invoice: wished at the sale, issued when the money is there, seen as it is printed."""
        self._window.ask_invoice()
        self._picture("invoice-asked")
        self._press("invoiceDone")
        self._type("320")
        self._press("tenderMypay")
        self._wait(lambda: self._state_of("mypay") is State.PENDING)
        self._customer_pays(self._last["mypay"])
        order = self._last["mypay"].order_no
        self._wait(lambda: self._invoices.get(order) is InvoiceState.ISSUED)
        self._wait(lambda: False, 0.3)
        self._picture("invoice-issued")
        self._window.show_proof(order)
        self._wait(lambda: self._window.findChild(QWidget, "proofSheet0") is not None)
        self._picture("invoice-proof")
        self._keep_paper(order)
        self._window.show_sale()

    def _keep_paper(self, order_no: str) -> None:
        from pos.einvoice.pdf import pdf_of

        sheets = self._engine.io.submit(self._engine.desk.proof(order_no)).result(timeout=10)
        (self._folder / "invoice.pdf").write_bytes(pdf_of(sheets))
        for number, sheet in enumerate(sheets, 1):
            sheet.image.save(self._folder / f"invoice-{number}.png")

    def _in_doubt(self) -> None:
        """The answer to a charge is lost: the register says so, asks, and finds the money."""
        self._customer.spoil("lost_answer", "charge", 1)
        self._customer.spoil("http_500", "query", 2)
        self._type("350")
        self._press("tenderAtm" if self._available("atm") else "tenderAlipay")
        self._wait(lambda: any(one.state is State.UNKNOWN for one in self._last.values()))
        self._wait(lambda: False, 0.3)
        self._picture("in-doubt")
        self._customer.spoil("", "*", 0)
        self._press("newSale")

    def _many_waiting(self) -> None:
        for amount, tender in (("80", "mypay"), ("2400", "atm"), ("65", "alipay")):
            if self._available(tender):
                self._type(amount)
                self._press(f"tender{tender.title()}")
                self._wait(partial(self._is_pending, tender))
        self._wait(lambda: False, 0.5)
        self._picture("many-waiting")
        self._press("newSale")

    # -- hands ------------------------------------------------------------------------------------------------

    def _type(self, digits: str) -> None:
        for digit in digits:
            self._press(f"key{digit}")

    def _press(self, name: str) -> None:
        found = self._window.findChild(QAbstractButton, name)
        if isinstance(found, QAbstractButton):
            found.click()
        QCoreApplication.processEvents()

    def _customer_pays(self, attempt: Attempt) -> None:
        if attempt.gateway == "opay":
            self._scan(attempt.pay_url)
        self._customer.pay(attempt)

    def _scan(self, url: str) -> None:
        """Open the payment page as the customer's browser would, and post its form."""
        with urllib.request.urlopen(url, timeout=10) as page:
            text = page.read().decode()
        target = re.search(r'action="([^"]+)"', text)
        fields = re.findall(r'name="([^"]+)" value="([^"]*)"', text)
        body = urllib.parse.urlencode({unescape(name): unescape(value) for name, value in fields}).encode()
        if target is not None:
            urllib.request.urlopen(unescape(target[1]), body, timeout=10).close()

    # -- eyes -------------------------------------------------------------------------------------------------

    def _hear(self, fact: Fact) -> None:
        if isinstance(fact, AttemptChanged):
            self._last[fact.attempt.tender.value] = fact.attempt
        elif isinstance(fact, InvoiceChanged):
            self._invoices[fact.invoice.order_no] = fact.invoice.state

    def _state_of(self, tender: str) -> State | None:
        return self._last[tender].state if tender in self._last else None

    def _is_pending(self, tender: str) -> bool:
        return self._state_of(tender) is State.PENDING

    def _available(self, tender: str) -> bool:
        return any(offer.available and offer.tender.value == tender for offer in self._engine.desk.offers())

    def _wait(self, holds: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            if holds():
                return True
            time.sleep(0.01)
        return False

    def _picture(self, name: str) -> None:
        self._wait(lambda: False, 0.1)
        number = len(list(self._folder.glob("[0-9][0-9]-*.png"))) + 1
        grab(self._window, self._folder / f"{number:02}-{name}.png")

    def _finish(self, wanted: int) -> int:
        summary = {"payments": self._steps}
        (self._folder / "summary.json").write_text(json.dumps(summary, indent=1), encoding="utf-8")
        sys.stderr.write(f"The tour's pictures are in {self._folder}\n")
        self._window.close()
        self._window.bridge.end()
        captured = sum(step["state"] == "captured" for step in self._steps)
        return 0 if captured == wanted else 1


def tour(till: Till, customer: Customer, folder: Path, size: str) -> int:
    """Walk through the shop; the exit status."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("[0-9][0-9]-*.png"):
        old.unlink()
    return Guide(till, customer, folder, size).walk()
