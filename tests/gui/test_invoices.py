"""E-invoices at the window: few keys, refused in words, owed where everybody sees it, printed and kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QLineEdit, QTableWidget, QWidget

from pos.domain.invoice import Invoice, InvoiceRequest, Kind
from pos.domain.payment import Attempt
from pos.domain.refund import Way
from pos.domain.staff import Action, Role
from pos.domain.states import State
from pos.errors import InputError
from pos.gui.history.receipt_preview import ReceiptPreviewPage
from pos.gui.sale.invoice_panel import read
from pos.runtime import invoke
from pos.services.container import Services
from tests.einvoice.samples import read_codes
from tests.gui.conftest import Counter, OpenCounter, write_protected
from tests.support.access import permit

SHIFT = Qt.KeyboardModifier.ShiftModifier


def field(counter: Counter, name: str) -> QLineEdit:
    found = counter.find(name)
    assert isinstance(found, QLineEdit)
    return found


def invoice_of(counter: Counter, attempt: Attempt) -> Invoice | None:
    found: Invoice | None = counter.engine.io.submit(
        invoke(counter.engine.host.services.invoicing.find, counter.actor, attempt.order_no)
    ).result(5)
    return found


def sold(counter: Counter, amount: str = "125", key: Qt.Key = Qt.Key.Key_F4) -> Attempt:
    counter.type(amount)
    counter.key(key)
    attempt = counter.wait_for(State.PENDING)
    counter.shop.pay(attempt)
    counter.press("checkNow")
    return counter.wait_for(State.CAPTURED)


def test_an_atm_sale_with_a_paper_invoice_takes_three_keys_after_the_amount(counter: Counter) -> None:
    counter.type("125")
    counter.key(Qt.Key.Key_F8, SHIFT)
    counter.qtbot.keyClick(field(counter, "invoiceCode"), Qt.Key.Key_Return)
    assert counter.text("invoiceWish") == "Paper"
    assert counter.text("amountDisplay") == "125"
    counter.key(Qt.Key.Key_F3)
    attempt = counter.wait_for(State.PENDING)
    assert attempt.gateway == "mypay"  # only MyPay issues
    assert counter.text("invoiceWish") == ""
    counter.shop.pay(attempt)
    counter.press("checkNow")
    counter.wait_for(State.CAPTURED)
    counter.qtbot.waitUntil(lambda: "E-invoice issued · JH-" in counter.text("paidInvoice"), timeout=15000)


@pytest.mark.parametrize(
    ("typed", "ban", "title", "expected"),
    [
        ("", "", "", InvoiceRequest(Kind.PAPER)),
        ("*/abc+123*", "", "", InvoiceRequest(Kind.MOBILE, "/ABC+123")),
        ("/ABC+123", "04595257", "好公司", InvoiceRequest(Kind.MOBILE, "/ABC+123", "04595257", "好公司")),
        ("AB12345678901234", "", "", InvoiceRequest(Kind.CERTIFICATE, "AB12345678901234")),
        ("04595257", "", "", InvoiceRequest(Kind.PAPER, ban="04595257")),
        ("007", "", "", InvoiceRequest(Kind.DONATION, "007")),
        ("", "04595257", "好公司", InvoiceRequest(Kind.PAPER, "", "04595257", "好公司")),
    ],
)
def test_one_field_takes_every_code(typed: str, ban: str, title: str, expected: InvoiceRequest) -> None:
    assert read(typed, ban, title) == expected


@pytest.mark.parametrize(
    ("typed", "ban"), [("/ABC,123", ""), ("12345678", ""), ("12", ""), ("X", ""), ("007", "04595257")]
)
def test_another_text_is_refused(typed: str, ban: str) -> None:
    with pytest.raises(InputError):
        read(typed, ban, "")


def test_a_mistyped_number_is_refused_in_words_and_nothing_is_kept(counter: Counter) -> None:
    counter.key(Qt.Key.Key_F8, SHIFT)
    counter.qtbot.keyClicks(field(counter, "invoiceCode"), "12345678")
    assert "check digit does not match" in counter.text("invoiceSays")
    assert not counter.button("invoiceDone").isEnabled()
    counter.qtbot.keyClick(field(counter, "invoiceCode"), Qt.Key.Key_Return)
    assert counter.text("invoiceWish") == ""
    counter.key(Qt.Key.Key_Escape)
    assert not field(counter, "invoiceCode").isVisible()


def test_a_wish_is_dropped_with_escape(counter: Counter) -> None:
    counter.key(Qt.Key.Key_F8, SHIFT)
    counter.press("invoiceDone")
    assert counter.text("invoiceWish") == "Paper"
    counter.key(Qt.Key.Key_F8, SHIFT)
    counter.press("invoiceNone")
    assert counter.text("invoiceWish") == ""


def test_cash_that_can_have_no_e_invoice_says_so_before_the_sale(open_counter: OpenCounter) -> None:
    counter = open_counter("HKD")
    counter.key(Qt.Key.Key_F8, SHIFT)
    counter.press("invoiceDone")
    counter.type("125")
    counter.settle()
    counter.key(Qt.Key.Key_F5)
    assert "MyPay does not take HKD" in counter.text("messageLine")
    counter.key(Qt.Key.Key_F6, SHIFT)
    assert "A split sale cannot have an e-invoice" in counter.text("messageLine")
    assert counter.text("amountDisplay") == "125"


def test_cash_with_an_e_invoice_is_taken_at_once_and_issued(counter: Counter) -> None:
    counter.key(Qt.Key.Key_F8, SHIFT)
    counter.press("invoiceDone")
    counter.type("125")
    counter.key(Qt.Key.Key_F5)
    counter.press("cashQuick0")
    attempt = counter.wait_for(State.CAPTURED)
    assert (attempt.gateway, counter.text("invoiceWish")) == ("cash", "")
    counter.qtbot.waitUntil(
        lambda: (found := invoice_of(counter, attempt)) is not None and bool(found.number), timeout=15000
    )
    counter.key(Qt.Key.Key_F7)
    counter.qtbot.waitUntil(lambda: "E-invoice issued · JH-" in counter.text("pastInvoice"), timeout=15000)


def test_an_invoice_after_the_payment_and_its_proof(counter: Counter, tmp_path: Path) -> None:
    attempt = sold(counter)
    counter.key(Qt.Key.Key_F7)
    counter.qtbot.waitUntil(lambda: counter.button("pastInvoiceAct").text() == "E-invoice…", timeout=15000)
    counter.press("pastInvoiceAct")
    assert attempt.order_no in counter.text("invoiceAbout")
    counter.press("invoiceDone")
    counter.qtbot.waitUntil(
        lambda: (found := invoice_of(counter, attempt)) is not None and bool(found.number), timeout=15000
    )
    counter.key(Qt.Key.Key_F7)
    counter.qtbot.waitUntil(lambda: "E-invoice issued · JH-" in counter.text("pastInvoice"), timeout=15000)
    assert counter.button("pastInvoiceAct").text() == "Print the proof"
    counter.press("pastInvoiceAct")
    counter.qtbot.waitUntil(lambda: "No printer is set up" in counter.text("messageLine"), timeout=15000)
    counter.press("pastInvoiceAsk")
    counter.qtbot.waitUntil(lambda: "E-invoice issued" in counter.text("pastInvoice"), timeout=15000)
    counter.press("pastProof")
    counter.qtbot.waitUntil(lambda: counter.window.findChild(QLabel, "proofSheet1") is not None, timeout=15000)
    found = invoice_of(counter, attempt)
    assert found is not None
    paper = counter.window.findChild(QLabel, "proofSheet0")
    assert paper is not None
    paper.pixmap().toImage().convertToFormat(QImage.Format.Format_RGB888).save(str(tmp_path / "seen.png"))
    from PIL import Image

    assert found.found["middle_barcode"] in read_codes(Image.open(tmp_path / "seen.png"))
    page = counter.window.navigator.page("proof")
    assert isinstance(page, ReceiptPreviewPage)
    page.save(str(tmp_path / "proof.pdf"))
    counter.qtbot.waitUntil(lambda: (tmp_path / "proof.pdf").exists(), timeout=15000)
    page.save(str(tmp_path / "no such folder" / "proof.pdf"))
    counter.qtbot.waitUntil(lambda: "cannot be written" in counter.text("messageLine"), timeout=15000)


def test_what_is_owed_is_counted_and_issued_by_hand(counter: Counter) -> None:
    counter.shop.spoil("http_502", "service", 1000)
    counter.key(Qt.Key.Key_F8, SHIFT)
    counter.press("invoiceDone")
    sold(counter)
    counter.qtbot.waitUntil(lambda: counter.button("owedSwitch").isVisible(), timeout=15000)
    assert counter.button("owedSwitch").text() == "1 to do"
    counter.key(Qt.Key.Key_F9, SHIFT)
    table = counter.find("owedInvoices")
    assert isinstance(table, QTableWidget)
    counter.qtbot.waitUntil(lambda: table.rowCount() == 1, timeout=15000)
    left = table.item(0, 2)
    assert left is not None
    assert left.text().startswith("1 d 23 h")
    why = table.item(0, 3)
    assert why is not None
    assert "502" in why.text()
    counter.shop.spoil("", "*", 0)
    counter.press("owedIssue")
    counter.qtbot.waitUntil(lambda: counter.find("owedEmpty").isVisible(), timeout=15000)
    assert not counter.button("owedSwitch").isVisible()


def test_a_refund_by_hand_leaves_an_e_invoice_to_be_corrected(counter: Counter) -> None:
    counter.key(Qt.Key.Key_F8, SHIFT)
    counter.press("invoiceDone")
    attempt = sold(counter)
    counter.qtbot.waitUntil(lambda: "issued" in counter.text("paidInvoice"), timeout=15000)

    async def give(services: Services) -> None:
        owner = next(one for one in services.staff.people() if one.role is Role.OWNER)
        permission = permit(Action.REFUND, owner.id)
        await services.refunds.give(attempt.order_no, attempt.paid, "returned", permission, way=Way.CASH)

    counter.engine.io.submit(invoke(give, counter.engine.host.services)).result(10)
    counter.qtbot.waitUntil(lambda: counter.button("owedSwitch").isVisible(), timeout=15000)
    counter.key(Qt.Key.Key_F9, SHIFT)
    table = counter.find("owedCorrections")
    assert isinstance(table, QTableWidget)
    counter.qtbot.waitUntil(lambda: table.rowCount() == 1, timeout=15000)
    row = [item.text() for column in range(4) if (item := table.item(0, column))]
    assert (row[0], row[2]) == (attempt.order_no, "Void it at MyPay")
    assert row[3] == "NT$125 · Cash · returned"
    assert not counter.button("owedCorrected").isEnabled()
    counter.qtbot.keyClicks(field(counter, "owedReference"), "V-1")
    counter.press("languageSwitch")
    counter.press("languageSwitch")
    counter.qtbot.keyClick(field(counter, "owedReference"), Qt.Key.Key_Return)
    counter.qtbot.waitUntil(lambda: counter.find("approval").isVisible(), timeout=15000)
    counter.key(Qt.Key.Key_Escape)
    counter.press("owedCorrected")
    counter.qtbot.waitUntil(lambda: counter.find("approvalPin").isVisible(), timeout=15000)
    counter.qtbot.keyClicks(counter.find("approvalPin"), "258025")
    counter.qtbot.keyClick(counter.find("approvalPin"), Qt.Key.Key_Return)
    counter.qtbot.waitUntil(lambda: counter.find("owedEmpty").isVisible(), timeout=15000)
    counter.qtbot.waitUntil(lambda: not counter.button("owedSwitch").isVisible(), timeout=15000)


def test_the_pages_of_invoices_speak_both_languages(counter: Counter) -> None:
    counter.key(Qt.Key.Key_F8, SHIFT)
    counter.key(Qt.Key.Key_F9, SHIFT)
    counter.press("languageSwitch")
    assert counter.button("owedIssue").text() == "立即開立"
    assert counter.button("invoiceDone").text() == "確定 · Enter"
    counter.press("themeSwitch")
    counter.press("languageSwitch")


def test_a_slip_and_a_receipt_are_printed_with_one_key(counter: Counter) -> None:
    counter.type("125")
    counter.key(Qt.Key.Key_F3)
    attempt = counter.wait_for(State.PENDING)
    assert counter.button("printSlip").isVisible()
    counter.key(Qt.Key.Key_F8)
    counter.qtbot.waitUntil(lambda: "No printer is set up" in counter.text("messageLine"), timeout=15000)
    counter.shop.pay(attempt)
    counter.press("checkNow")
    counter.wait_for(State.CAPTURED)
    counter.press("printReceipt")
    counter.qtbot.waitUntil(lambda: "No printer is set up" in counter.text("messageLine"), timeout=15000)


def test_f8_prints_nothing_of_the_sale_behind_another_page(counter: Counter) -> None:
    sold(counter, "125", Qt.Key.Key_F3)
    printed: list[object] = []
    counter.window.sell.failed.connect(printed.append)  # each time: no printer is set up
    counter.key(Qt.Key.Key_F8)
    counter.qtbot.waitUntil(lambda: len(printed) == 1, timeout=15000)
    counter.key(Qt.Key.Key_F11)
    counter.key(Qt.Key.Key_F8)
    counter.settle()
    assert counter.text("messageLine") == ""
    counter.key(Qt.Key.Key_Escape)
    counter.key(Qt.Key.Key_F8)
    counter.qtbot.waitUntil(lambda: "No printer is set up" in counter.text("messageLine"), timeout=15000)
    assert len(printed) == 2


def test_a_sale_that_could_not_be_written_gives_amount_and_e_invoice_back(counter: Counter) -> None:
    counter.type("125")
    counter.key(Qt.Key.Key_F8, SHIFT)
    counter.qtbot.keyClick(field(counter, "invoiceCode"), Qt.Key.Key_Return)
    write_protected(counter, True)
    counter.key(Qt.Key.Key_F4)
    counter.qtbot.waitUntil(lambda: "Nothing was sent" in counter.text("messageLine"), timeout=15000)
    write_protected(counter, False)
    assert counter.attempts() == []
    assert (counter.text("amountDisplay"), counter.text("invoiceWish")) == ("125", "Paper")
    counter.key(Qt.Key.Key_F4)
    found = invoice_of(counter, counter.wait_for(State.PENDING))
    assert found is not None
    assert found.request.kind is Kind.PAPER
    assert counter.text("invoiceWish") == ""


def open_tools(counter: Counter) -> None:
    counter.qtbot.keyClick(counter.window, Qt.Key.Key_F4, Qt.KeyboardModifier.ShiftModifier)


def test_tools_that_arrive_after_another_tender_was_pressed_cover_no_code(counter: Counter) -> None:
    counter.type("340")
    open_tools(counter)
    counter.key(Qt.Key.Key_F1)
    attempt = counter.wait_for(State.PENDING)
    counter.settle()
    assert counter.window.findChild(QWidget, "toolBarcode") is None
    assert counter.find("paymentPanel").isVisible()
    assert [one.order_no for one in counter.attempts()] == [attempt.order_no]


def test_a_tool_chosen_for_an_amount_that_was_changed_charges_nothing(counter: Counter) -> None:
    counter.type("340")
    open_tools(counter)
    counter.qtbot.waitUntil(lambda: counter.window.findChild(QWidget, "toolBarcode") is not None, timeout=15000)
    counter.type("5")
    counter.press("toolBarcode")
    counter.qtbot.waitUntil(lambda: "amount has changed" in counter.text("messageLine"), timeout=15000)
    assert counter.attempts() == []
    assert counter.text("amountDisplay") == "3,405"


def test_a_tool_of_mypay_is_chosen_for_one_sale(counter: Counter) -> None:
    counter.type("125")
    open_tools(counter)
    counter.qtbot.waitUntil(lambda: counter.window.findChild(QWidget, "toolBarcode") is not None, timeout=15000)
    assert counter.text("amountDisplay") == "125"
    counter.press("languageSwitch")
    assert counter.button("toolBarcode").text() == "超商條碼"
    counter.press("languageSwitch")
    counter.press("toolBarcode")
    attempt = counter.wait_for(State.PENDING)
    assert attempt.options == {"pfn": "BARCODE"}
    counter.press("checkNow")
    counter.qtbot.waitUntil(lambda: counter.find("storeBars").isVisible(), timeout=15000)
    assert counter.button("printSlip").isVisible()
    from PIL import Image

    seen = counter.find("storeBars").grab().toImage()
    path = counter.shop.folder / "bars.png"
    seen.save(str(path))
    bars = counter.attempts()[0].details["store_bars"].split()
    assert read_codes(Image.open(path)) == set(bars)


def test_held_money_is_taken_with_one_key(counter: Counter) -> None:
    from pos.domain.money import Money
    from pos.domain.payment import Sale, Tender

    options = {"pfn": "CREDITCARD", "creditcard_is_automatic_payment": "0"}
    work = counter.engine.host.services.payments.take(
        counter.actor, Sale(Money(125, "TWD"), (), options), Tender.MYPAY, payment_id="p1"
    )
    attempt = counter.engine.io.submit(work).result(5)
    counter.shop.pay(attempt)
    waiting = counter.window.sell.waiting
    counter.qtbot.waitUntil(lambda: any(one.code == "245" for one in waiting.attempts()), timeout=15000)
    waiting.chosen.emit(attempt.order_no)
    assert not counter.find("paymentQr").isVisible()
    assert "not captured yet" in counter.text("paymentSaid")
    counter.press("captureHold")
    counter.qtbot.waitUntil(lambda: counter.attempts()[0].code == "247", timeout=15000)


def test_training_stands_on_every_slip(counter: Counter) -> None:
    counter.type("125")
    counter.key(Qt.Key.Key_F3)
    attempt = counter.wait_for(State.PENDING)
    printing = counter.engine.host.services.printing
    assert printing._header.training
    slip = counter.engine.io.submit(printing.slip(counter.actor, attempt.order_no)).result(5)
    assert attempt.virtual_account is not None
    assert read_codes(slip.image) == {attempt.virtual_account.account}
