"""The whole window over a journal full of hostile text: nothing is read as markup, nothing pushes the window apart."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QAbstractButton, QLabel, QTableView, QWidget

from pos.domain.invoice import Kind, State, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line, Tender, VirtualAccount
from pos.domain.refund import RefundEvent, Way
from pos.domain.staff import Action, Role
from pos.domain.states import Event
from pos.domain.states import State as AttemptState
from pos.gateways.base import Answer, Verdict
from pos.gateways.received import contents, gateway_message
from pos.gui.navigation import PAGES
from pos.gui.page import Visit
from pos.gui.plain import BREAK, RichLabel
from pos.gui.widgets import Elided
from pos.services.staff import PeopleServices
from tests.gui.conftest import Counter, OpenCounter
from tests.support.access import permit
from tests.support.hostile import HOSTILE, is_shown_safely, marks_pile_up
from tests.support.inside import attempt_engine, invoice_store, payment_store, refund_store
from tests.support.shop import attempt, refund

T = TypeVar("T")

NAMED = "A&B <b>Lin</b>"
LONG_WORD = "x" * 60_000
POISONS = {**HOSTILE, "word": LONG_WORD}
WIDE, HIGH = 1024, 768


async def hostile_people(people: PeopleServices) -> None:
    staff = people.staff
    owner = await staff.add(NAMED, Role.OWNER, "258019")
    staff.sign_in_without_pin(owner.id)
    await staff.add("<img src=x> & Co", Role.CASHIER, "730119", permit(Action.STAFF, owner.id))


class HostileJournal:
    """Payments in every state that a gateway reported, one for each poison, on the register's own thread."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.made: dict[str, list[Attempt]] = {}
        self.run(self._filled())

    def run(self, work: Any) -> Any:
        return self.counter.engine.io.submit(work).result(20)

    async def _filled(self) -> None:
        parts = self.counter.engine.host.services
        assert parts is not None
        self._payments, self._refunds = payment_store(parts), refund_store(parts)
        self._invoices, self._engine = invoice_store(parts), attempt_engine(parts)
        for number, poison in enumerate(POISONS.values()):
            for kind, answer in self._answers(poison).items():
                self.made.setdefault(kind, []).append(self._attempt(f"{number:02}{kind.upper()}", answer))
            paid = self.made["paid"][-1]
            self._refund(paid, number, poison)
            self._invoice(paid, poison)

    def _answers(self, poison: str) -> dict[str, Answer]:
        now = datetime.now(UTC)
        facts: dict[str, Any] = {
            "code": poison, "message": gateway_message(poison), "gateway_ref": poison, "fee": poison,
            "details": {"acode": poison},
        }  # fmt: skip
        account = VirtualAccount("013", poison, "46710722851832", now + timedelta(days=2))
        return {
            "unsure": Answer(Verdict.UNSURE, **facts),
            "account": Answer(Verdict.ACCEPTED, virtual_account=account, expires_at=account.expires_at, **facts),
            "differs": Answer(Verdict.DIFFERS, amount=Money(124, "TWD"), **facts),
            "refused": Answer(Verdict.REFUSED, **facts),
            "paid": Answer(Verdict.PAID, amount=Money(125, "TWD"), **facts),
        }

    def _attempt(self, name: str, answer: Answer) -> Attempt:
        now = datetime.now(UTC)
        line = Line("茶 & <b>" + ("x" * 150), Money(125, "TWD"), 1)
        fresh = attempt(f"261120{name:Z<14}", created_at=now, tender=Tender.MYPAY, lines=(line,))
        sent = self._payments.create(fresh, Event.SEND)
        return self._engine.settle(sent, answer)

    def _refund(self, paid: Attempt, number: int, poison: str) -> None:
        fresh = refund(paid, 50, refund_no=f"261120REF{number:011}", created_at=datetime.now(UTC), way=Way.GATEWAY)
        made = self._refunds.create(fresh, RefundEvent.SEND)
        self._refunds.step(made, RefundEvent.NO_ANSWER, message=gateway_message(poison), code="", details={"note": "x"})

    def _invoice(self, paid: Attempt, poison: str) -> None:
        self._invoices.request_invoice(paid.order_no, invoice_request(Kind.PAPER))
        owed = self._invoices.mark_owed(self._invoices.get(paid.order_no), datetime.now(UTC))
        found = contents({"title": poison, "state_msg": poison, "wordtrack": poison, "number": poison})
        self._invoices.record_answer(owed, State.FAILED, found, message=gateway_message(poison))


@pytest.fixture
def counter(open_counter: OpenCounter) -> Counter:
    return open_counter(people=hostile_people)


def check_window(counter: Counter, where: str) -> None:
    """Everything that can be read now, seen or not."""
    for one in counter.window.findChildren(QLabel):
        text = one.text()
        if isinstance(one, RichLabel):
            document = QTextDocument()
            document.setHtml(text)
            text = document.toPlainText().replace(BREAK, "")
        else:
            assert one.textFormat() is Qt.TextFormat.PlainText, (where, one.objectName())
            if text and one.isVisible() and not isinstance(one, Elided):
                assert one.minimumSizeHint().width() <= one.width(), (where, one.objectName(), text)
        check_text(text, f"{where} {one.objectName()}")
    for widget in counter.window.findChildren(QWidget):
        check_text(widget.accessibleName(), where)
        check_text(widget.accessibleDescription(), where)
        tip = widget.toolTip()
        assert "<" not in tip or tip.startswith("<qt>"), (where, tip)
        if isinstance(widget, QAbstractButton):
            assert widget.shortcut().isEmpty(), (where, widget.objectName())
            check_text(widget.text(), where)
        if isinstance(widget, QTableView):
            check_table(widget, where)
    counter.qtbot.waitUntil(lambda: counter.window.minimumSizeHint().width() <= WIDE, timeout=15000)
    assert (counter.window.width(), counter.window.height()) == (WIDE, HIGH), where


def check_table(table: QTableView, where: str) -> None:
    model = table.model()
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            check_text(str(model.index(row, column).data() or ""), where)
            tip = str(model.index(row, column).data(Qt.ItemDataRole.ToolTipRole) or "")
            assert "<" not in tip or tip.startswith("<qt>"), (where, tip)


def check_text(text: str, where: str) -> None:
    for line in text.replace("\u3000", " ").replace("\u00a0", " ").split("\n"):
        assert is_shown_safely(line), (where, line)
        assert not marks_pile_up(line), (where, line)
        assert len(line) <= 1000, (where, line)


def keep_picture(counter: Counter, name: str) -> None:
    """A picture for the eye, where ``HOSTILE_PICTURES`` names a folder."""
    if folder := os.environ.get("HOSTILE_PICTURES"):
        counter.window.grab().save(str(Path(folder) / f"{name}.png"))


def test_hostile_text_is_shown_as_text_on_every_page(counter: Counter) -> None:
    journal = HostileJournal(counter)
    window = counter.window
    states = {kind: {one.state for one in made} for kind, made in journal.made.items()}
    assert states == {
        "unsure": {AttemptState.UNKNOWN}, "account": {AttemptState.PENDING}, "differs": {AttemptState.REVIEW},
        "refused": {AttemptState.DECLINED}, "paid": {AttemptState.CAPTURED},
    }  # fmt: skip
    for kind, made in journal.made.items():
        for one in (made[0], made[-1]) if kind in ("refused", "paid") else made:
            window.visit(Visit("past", one.order_no))
            counter.settle()
            check_window(counter, f"past {kind} {one.order_no}")
    keep_picture(counter, "past")
    for kind in ("unsure", "account"):
        for one in journal.made[kind]:
            window.show_sale()
            window.sell.panels.show_attempt(one)
            counter.settle()
            check_window(counter, f"sale {kind} {one.order_no}")
        keep_picture(counter, f"sale-{kind}")
    for one in journal.made["differs"][-2:] + journal.made["paid"][-2:]:
        window.visit(Visit("refund", one.order_no))
        counter.settle()
        check_window(counter, f"refund {one.order_no}")
        keep_picture(counter, f"refund-{one.state.value}")
    for name in PAGES:
        window.enter(name)
        counter.settle()
        check_window(counter, name)
        keep_picture(counter, name)


def test_the_history_shows_markup_of_a_gateway_as_it_was_written(counter: Counter) -> None:
    journal = HostileJournal(counter)
    one = journal.made["unsure"][0]
    counter.window.visit(Visit("past", one.order_no))
    history = counter.window.findChild(QLabel, "pastHistory")
    assert isinstance(history, QLabel)

    def read() -> str:
        document = QTextDocument()
        document.setHtml(history.text())
        return document.toPlainText().replace(BREAK, "")

    counter.qtbot.waitUntil(lambda: "<b>已付款</b><img src=x" in read(), timeout=15000)
    assert "<img" not in history.text()


def test_a_name_with_an_ampersand_is_read_whole_on_its_button(counter: Counter) -> None:
    counter.qtbot.waitUntil(lambda: counter.button("personSwitch").accessibleName() == NAMED, timeout=15000)
    button = counter.button("personSwitch")
    assert button.text().startswith("A&B")
    assert button.toolTip() == "<qt>A&amp;B &lt;b&gt;Lin&lt;/b&gt;</qt>"
