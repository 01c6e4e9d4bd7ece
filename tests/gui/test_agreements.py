"""The page of agreements: a new one with its code, its calendar as charges come, stopping, and why none can be made."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QLineEdit, QTableView

from pos.domain.agreement import AgreementEvent, AgreementState, ChargeEvent, terms
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender, new_payment_id
from pos.gui.agreements.page import AgreementsPage
from pos.gui.tour import fetch_page
from pos.i18n import msg
from pos.runtime import SystemClock, invoke
from pos.services.training import OWNER_PIN
from pos.store.agreements import AgreementStore
from tests.gui.conftest import Counter, OpenCounter
from tests.support.inside import payment_store


def page_of(counter: Counter) -> AgreementsPage:
    counter.window.enter("agreements")
    counter.settle()
    page = counter.window.navigator.page("agreements")
    assert isinstance(page, AgreementsPage)
    return page


def fill(counter: Counter, **texts: str) -> None:
    for name, text in texts.items():
        field = counter.find(f"agreementNew{name}")
        assert isinstance(field, QLineEdit)
        field.setFocus()
        counter.qtbot.keyClicks(field, text)


def rows(counter: Counter, table: str, column: int) -> list[str]:
    view = counter.find(table)
    assert isinstance(view, QTableView)
    return [str(view.model().index(row, column).data()).replace("\n", " ") for row in range(view.model().rowCount())]


def pays(counter: Counter, first: Attempt) -> None:
    """The customer opens the page and enters the card."""
    fetch_page(first.pay_url)
    counter.shop.pay(first)


def test_an_agreement_is_made_paid_and_stopped_at_the_window(counter: Counter) -> None:
    page = page_of(counter)
    assert not page.card.isVisible()
    counter.press("agreementsNew")
    counter.press("agreementNewKey5")
    counter.press("agreementNewKey00")
    fill(counter, Times="1")
    assert not counter.button("agreementNewCreate").isEnabled()
    assert "from 2 to 99" in counter.text("agreementNewSummary")
    fill(counter, Times="2", Reference="M-001", Item="Membership")
    assert counter.text("agreementNewSummary").startswith("NT$500 every month, 12 times: NT$6,000 in all.")
    counter.press("agreementNewCreate")
    counter.qtbot.waitUntil(lambda: "scans the code" in counter.text("agreementUntil"), timeout=15000)
    assert rows(counter, "agreementsTable", 0) == ["Waiting"]
    assert rows(counter, "agreementsTable", 2) == ["NT$500 every month × 12"]
    made = page.card.agreement
    assert made is not None
    services = counter.engine.host.services
    first = counter.engine.io.submit(invoke(services.agreements.first_charge, made.order_no)).result(5)
    pays(counter, first)
    counter.engine.io.submit(services.agreements.refresh(made.order_no)).result(20)  # as a notification does
    counter.qtbot.waitUntil(lambda: counter.text("agreementState") == "In force", timeout=15000)
    counter.press("agreementCheck")
    counter.qtbot.waitUntil(lambda: counter.text("messageLine") == "The gateway answered.", timeout=15000)
    assert rows(counter, "agreementCharges", 3)[0].startswith("Charged ")
    assert rows(counter, "agreementCharges", 3)[1] == "To come"
    assert (counter.text("agreementCaptured"), counter.text("agreementToCome")) == ("NT$500", "NT$5,500")
    counter.press("agreementStop")
    assert not counter.button("agreementStopStop").isEnabled()
    counter.press("agreementStopReason0")
    counter.press("agreementStopStop")
    counter.qtbot.waitUntil(lambda: "console" in counter.text("messageLine"), timeout=15000)
    assert page.card.agreement is not None
    assert page.card.agreement.state is AgreementState.ACTIVE
    counter.press("languageSwitch")
    assert rows(counter, "agreementsTable", 0) == ["生效中"]
    counter.press("languageSwitch")


def test_a_manager_settles_a_charge_and_its_agreement_at_the_window(counter: Counter) -> None:
    services, io = counter.engine.host.services, counter.engine.io
    store = AgreementStore(payment_store(services).database, "DEMO", SystemClock())

    made = io.submit(services.agreements.create(counter.actor, terms(Money(500, "TWD"), "1M", "3"))).result(20)
    number = made.order_no
    pays(counter, io.submit(invoke(services.agreements.first_charge, number)).result(5))

    async def odd() -> None:
        """The gateway took another amount for the second charge, and charged the first one twice."""
        active = await services.agreements.refresh(number)
        store.charge(active, replace(active.charges[1], received=Money(499, "TWD")), ChargeEvent.DIFFERS)
        store.step(active, AgreementEvent.DIFFERS, msg("twice"), bank_ref="B9")
        await services.agreements.refresh(number)

    io.submit(odd()).result(20)
    counter.settle()
    assert "1" in counter.button("reviewSwitch").text()
    counter.press("reviewSwitch")
    counter.qtbot.waitUntil(lambda: counter.text("agreementState") == "Needs a manager", timeout=15000)
    assert counter.button("agreementSettle").text() == "Settle charge 2…"
    settle(counter, "agreementCharge", "Accept")
    counter.qtbot.waitUntil(lambda: counter.button("agreementSettle").text() == "Settle…", timeout=15000)
    assert counter.text("agreementCaptured") == "NT$999"
    settle(counter, "agreementSettle", "Accept")
    counter.qtbot.waitUntil(lambda: counter.text("agreementState") == "In force", timeout=15000)
    assert io.submit(invoke(services.agreement_reviews.waiting)).result(5) == []
    counter.settle()
    assert counter.button("reviewSwitch").isHidden()


def settle(counter: Counter, panel: str, choice: str) -> None:
    counter.press("agreementSettle")
    assert not counter.button(f"{panel}{choice}").isEnabled()
    counter.press(f"{panel}Reason0")
    counter.press(f"{panel}{choice}")
    counter.qtbot.waitUntil(lambda: counter.find("approval").isVisible(), timeout=15000)
    counter.qtbot.keyClicks(counter.find("approvalPin"), f"{OWNER_PIN}\r")
    counter.qtbot.waitUntil(lambda: not counter.find("approval").isVisible(), timeout=15000)


def test_direct_debits_are_listed_beside_the_agreements_and_stopped(counter: Counter) -> None:
    services, io = counter.engine.host.services, counter.engine.io
    sale = Sale(Money(880, "TWD"), (), {"pfn": "DIRECTDEBIT", "regular": "M", "regular_total": "12"})
    work = services.payments.take(counter.actor, sale, Tender.MYPAY, payment_id=new_payment_id())
    counter.shop.pay(io.submit(work).result(20))
    page_of(counter)
    counter.press("agreementsTab1")
    counter.press("debitCheck")
    counter.qtbot.waitUntil(lambda: counter.text("debitState") == "In force", timeout=15000)
    assert rows(counter, "debitsTable", 2) == ["NT$880 every month × 12"]
    assert (counter.text("debitTimes"), counter.text("debitPeriod")) == ("12", "1")
    counter.press("debitStop")
    counter.press("debitStopReason1")
    counter.press("debitStopStop")
    counter.qtbot.waitUntil(lambda: "nothing more" in counter.text("debitState"), timeout=15000)
    assert "Paid in another way" in counter.text("debitSays")
    assert not counter.button("debitStop").isVisible()
    counter.press("agreementsTab0")
    assert counter.find("agreementsEmpty").isVisible()


def test_the_page_says_why_no_agreement_can_be_made(open_counter: OpenCounter) -> None:
    counter = open_counter("HKD")
    page_of(counter)
    assert counter.text("agreementsRefusal") == "No agreement can be made here: O'Pay periodic does not take HKD."
    assert not counter.button("agreementsNew").isEnabled()
