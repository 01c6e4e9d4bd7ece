"""The journal fails during a sale: a full disk, a read-only file, a lock that another program holds.

Before sending, the cashier reads "Nothing was sent" and may try again. After sending, the register keeps polling, sends
nothing twice, and writes the outcome as soon as it can.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pos.domain.events import AttemptChanged, Fact
from pos.domain.invoice import InvoiceRequest, Kind, invoice_request
from pos.domain.invoice import State as InvoiceState
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.domain.refund import Refund, RefundState
from pos.domain.staff import Action
from pos.domain.states import State
from pos.errors import NoAnswer, NotAllowed, NotSent, StoreError
from pos.gateways.base import Answer, RefundAnswer, RefundVerdict, Verdict
from pos.services.invoice_request import RequestedInvoice
from tests.services.conftest import MakeRegister
from tests.support.access import SIGNED_OUT, permit
from tests.support.gateways import Scripted
from tests.support.power import WiredShop
from tests.support.refunds import RefundShop
from tests.support.rows import open_drawer, wrong
from tests.support.virtual import VirtualDay

pytestmark = pytest.mark.diagonal

CAPTURE, STOP_DEBIT = permit(Action.CAPTURE), permit(Action.STOP_DEBIT)

PAPER = RequestedInvoice(invoice_request(Kind.PAPER))
MOBILE = RequestedInvoice(invoice_request(Kind.MOBILE, "/ABC+123"), with_order=True)
HOLD = {"pfn": "CREDITCARD", "creditcard_is_automatic_payment": "0"}
MAY = permit(Action.REFUND, "c", "m")
NT125 = Money(125, "TWD")


class Trouble(ABC):
    """Make the journal of a shop fail, and work again."""

    def __init__(self, path: Path) -> None:
        self.path: Path | str = path

    def made(self, shop: WiredShop) -> None:
        self.shop = shop

    @abstractmethod
    def begin(self) -> None: ...

    @abstractmethod
    def end(self) -> None: ...


class FullDisk(Trouble):
    """SQLite gets no more pages, and the last one is full."""

    def begin(self) -> None:
        pages = self.shop.database.rows("PRAGMA page_count")[0][0]
        self.shop.database.rows(f"PRAGMA max_page_count={pages}")
        with pytest.raises(StoreError, match="disk is full"):
            self._fill()

    def _fill(self) -> None:
        for _row in range(10_000):
            open_drawer(self.shop.database)

    def end(self) -> None:
        self.shop.database.rows("PRAGMA max_page_count=1000000")


class ReadOnly(Trouble):
    """The file may only be read."""

    def begin(self) -> None:
        self.shop.database.rows("PRAGMA query_only=ON")

    def end(self) -> None:
        self.shop.database.rows("PRAGMA query_only=OFF")


class Locked(Trouble):
    """Another program holds the write lock."""

    def made(self, shop: WiredShop) -> None:
        super().made(shop)
        shop.database.rows("PRAGMA busy_timeout=5")  # a virtual day does not wait two real seconds each time
        self.other = sqlite3.connect(self.path, isolation_level=None)

    def begin(self) -> None:
        self.other.execute("BEGIN IMMEDIATE")

    def end(self) -> None:
        if self.other.in_transaction:
            self.other.execute("ROLLBACK")


@pytest.fixture(params=[FullDisk, ReadOnly, Locked])
def trouble(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Trouble]:
    made: Trouble = request.param(tmp_path / "counter.sqlite")
    yield made
    if isinstance(made, Locked):
        made.other.close()


@pytest.fixture
def shop(trouble: Trouble) -> Iterator[WiredShop]:
    with VirtualDay() as day:
        made = WiredShop(day, path=trouble.path, options={"mypay": {"lookup_by_order": "yes"}})
        trouble.made(made)
        yield made
        trouble.end()
        assert wrong(made.database) == []
        assert made.simulator.orders.requested_twice() == []
        made.stop()


def take(shop: WiredShop, invoice: RequestedInvoice | None, payment_id: str = "p1", **options: str) -> Attempt:
    sale = Sale(NT125, (), options)
    shop.set_invoice_with_order(invoice is MOBILE)
    wanted = invoice.request if invoice else None
    work = shop.payments.take(
        SIGNED_OUT, sale, Tender.MYPAY, payment_id=payment_id, gateway="mypay", invoice_request=wanted
    )
    return shop.day.run(work)


def paid(shop: WiredShop, invoice: RequestedInvoice | None) -> Attempt:
    made = take(shop, invoice)
    shop.customer_pays(made)
    shop.pass_time(8)
    assert shop.now(made.order_no).state is State.CAPTURED
    return shop.now(made.order_no)


def held(shop: WiredShop) -> Attempt:
    made = take(shop, None, **HOLD)
    shop.customer_pays(made)
    shop.pass_time(4)
    assert shop.now(made.order_no).code == "245"
    return made


def breaks_at(shop: WiredShop, trouble: Trouble, command: str) -> None:
    """Make the journal fail once, between a command to MyPay and its answer."""
    left = [command]

    def on_command(arrived: str) -> None:
        if arrived in left:
            left.remove(arrived)
            trouble.begin()

    shop.on_command = on_command


def kinds(shop: WiredShop, made: Attempt) -> list[str]:
    return [row.kind for row in shop.store.history(made.order_no)]


# -- sales --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("invoice", [None, PAPER, MOBILE], ids=["no e-invoice", "paper", "with the order"])
def test_a_sale_that_cannot_be_written_sends_nothing_and_may_be_tried_again(
    shop: WiredShop, trouble: Trouble, invoice: RequestedInvoice | None
) -> None:
    trouble.begin()
    with pytest.raises(StoreError, match="Nothing was sent"):
        take(shop, invoice)
    assert shop.store.of_payment("p1") == []
    assert shop.arrived["api/orders"] == 0
    trouble.end()
    made = take(shop, invoice)
    assert made.state is State.PENDING
    assert (shop.invoices.find(made.order_no) is not None) is (invoice is not None)


@pytest.mark.parametrize("invoice", [None, PAPER, MOBILE], ids=["no e-invoice", "paper", "with the order"])
def test_a_sale_that_was_sent_is_never_called_unsent_and_is_watched(
    shop: WiredShop, trouble: Trouble, invoice: RequestedInvoice | None
) -> None:
    breaks_at(shop, trouble, "api/orders")
    made = take(shop, invoice)
    assert (made.state, shop.now(made.order_no).state) == (State.UNKNOWN, State.SENT)
    assert "Nothing was sent" not in str(made.message)
    assert "do not repeat it" in str(made.message)
    assert (shop.invoices.find(made.order_no) is not None) is (invoice is not None)
    shop.customer_pays(made)
    shop.pass_time(30)
    assert shop.now(made.order_no).state is State.SENT
    with pytest.raises((NotAllowed, StoreError)):
        take(shop, invoice)
    trouble.end()
    with pytest.raises(NotAllowed, match="already"):
        take(shop, invoice)
    shop.pass_time(60)
    assert shop.now(made.order_no).state is State.CAPTURED
    assert shop.arrived["api/orders"] == 1
    if invoice is not None:
        assert shop.invoices.get(made.order_no).state is InvoiceState.ISSUED
        assert shop.arrived["api/issueinvoice"] == (0 if invoice.in_order else 1)


@pytest.mark.parametrize("invoice", [None, PAPER, MOBILE], ids=["no e-invoice", "paper", "with the order"])
def test_money_that_cannot_be_written_down_is_found_again_and_its_e_invoice_issued_once(
    shop: WiredShop, trouble: Trouble, invoice: RequestedInvoice | None
) -> None:
    made = take(shop, invoice)
    shop.customer_pays(made)
    breaks_at(shop, trouble, "api/queryorder")
    shop.pass_time(30)
    assert shop.now(made.order_no).state is State.PENDING
    assert shop.arrived["api/queryorder"] > 3
    trouble.end()
    shop.pass_time(60)
    found = shop.now(made.order_no)
    assert found.state is State.CAPTURED
    assert [one.amount.minor for one in shop.ledger.of_order(made.order_no)] == [125]
    if invoice is not None:
        known = shop.invoices.get(made.order_no)
        assert (known.state, known.paid_at) == (InvoiceState.ISSUED, found.ended_at)
        assert shop.arrived["api/issueinvoice"] == (0 if invoice.in_order else 1)


def test_an_attempt_of_which_nothing_was_sent_may_be_sent_again_after_a_failed_write(
    shop: WiredShop, trouble: Trouble
) -> None:
    shop.weather.down.add("mypay")
    made = take(shop, PAPER)
    assert made.state is State.CREATED
    shop.weather.down.clear()
    trouble.begin()
    with pytest.raises(StoreError, match="Nothing was sent"):
        shop.day.run(shop.payments.send_again(SIGNED_OUT, made.order_no))
    assert shop.now(made.order_no).state is State.CREATED
    trouble.end()
    assert shop.day.run(shop.payments.send_again(SIGNED_OUT, made.order_no)).state is State.PENDING
    assert shop.arrived["api/orders"] == 1


def test_a_payment_given_up_while_it_was_sent_is_cancelled_when_that_can_be_written(
    shop: WiredShop, trouble: Trouble
) -> None:
    def on_command(command: str) -> None:
        if command == "api/orders":
            [sent] = shop.store.waiting()
            shop.payments.cancel(SIGNED_OUT, sent.order_no)
            trouble.begin()

    shop.on_command = on_command
    made = take(shop, None)
    assert (made.state, shop.now(made.order_no).cancel_wanted) == (State.UNKNOWN, True)
    trouble.end()
    shop.pass_time(5)
    assert shop.now(made.order_no).state is State.VOIDING


def test_a_power_cut_before_the_cancel_leaves_it_to_the_next_start(shop: WiredShop, trouble: Trouble) -> None:
    made = take(shop, None)
    shop.store.note(made, "cancel_wanted", cancel_wanted=True)
    shop.resume()
    assert shop.now(made.order_no).state is State.VOIDING


# -- e-invoices ---------------------------------------------------------------------------------------------------


def test_an_e_invoice_is_issued_once_though_the_answer_cannot_be_written(shop: WiredShop, trouble: Trouble) -> None:
    breaks_at(shop, trouble, "api/issueinvoice")
    made = paid(shop, PAPER)
    assert shop.invoices.get(made.order_no).asked
    shop.pass_time(30)
    trouble.end()
    shop.pass_time(700)
    assert shop.invoices.get(made.order_no).state is InvoiceState.ISSUED
    assert shop.arrived["api/issueinvoice"] == 1


def test_an_e_invoice_that_cannot_be_marked_as_asked_for_is_not_asked_for(shop: WiredShop, trouble: Trouble) -> None:
    shop.weather.down.add("mypay")
    made = owed_without_answer(shop, PAPER.request)
    shop.weather.down.clear()
    trouble.begin()
    with pytest.raises(StoreError, match="Nothing was sent"):
        shop.day.run(shop.invoicing.issue(SIGNED_OUT, made.order_no))
    assert shop.arrived["api/issueinvoice"] == 0
    trouble.end()
    assert shop.day.run(shop.invoicing.issue(SIGNED_OUT, made.order_no)).state is InvoiceState.ISSUED


def owed_without_answer(shop: WiredShop, asked: InvoiceRequest) -> Attempt:
    """A paid sale whose e-invoice is requested while MyPay is away."""
    shop.weather.down.clear()
    made = paid(shop, None)
    shop.weather.down.add("mypay")

    async def later() -> None:
        shop.invoicing.request_invoice(SIGNED_OUT, made.order_no, asked)

    shop.day.run(later())
    shop.pass_time(1)
    assert not shop.invoices.get(made.order_no).asked
    return made


def test_a_request_after_the_payment_is_owed_or_was_never_made(shop: WiredShop, trouble: Trouble) -> None:
    made = paid(shop, None)
    trouble.begin()
    with pytest.raises(StoreError):
        shop.invoicing.request_invoice(SIGNED_OUT, made.order_no, PAPER.request)
    assert shop.invoices.find(made.order_no) is None
    trouble.end()
    asked = shop.invoices.request_invoice(
        made.order_no, PAPER.request
    )  # and the program stops before anything follows it
    assert asked.paid_at == made.ended_at
    shop.resume()
    shop.pass_time(8)
    assert shop.invoices.get(made.order_no).state is InvoiceState.ISSUED


# -- refunds ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("invoice", "amount"), [(None, 125), (PAPER, 125), (PAPER, 25)])
def test_a_refund_that_cannot_be_written_sends_nothing_and_may_be_tried_again(
    shop: WiredShop, trouble: Trouble, invoice: RequestedInvoice | None, amount: int
) -> None:
    made = paid(shop, invoice)

    def give() -> Refund:
        return shop.day.run(shop.refunds.give(made.order_no, Money(amount, "TWD"), "r", MAY))

    trouble.begin()
    with pytest.raises(StoreError, match="Nothing was sent"):
        give()
    assert (shop.refunds.of_order(made.order_no), shop.arrived["api/refund"]) == ([], 0)
    trouble.end()
    refund = give()
    shop.pass_time(2 * 86400)
    assert shop.refunds.get(refund.refund_no).state is RefundState.REFUNDED
    assert shop.arrived["api/refund"] == 1


@pytest.mark.parametrize(
    ("invoice", "amount", "state"),
    [(None, 125, None), (PAPER, 125, InvoiceState.VOID), (PAPER, 25, InvoiceState.ALLOWANCE)],
)
def test_a_refund_that_was_sent_is_asked_about_and_goes_back_once(
    shop: WiredShop, trouble: Trouble, invoice: RequestedInvoice | None, amount: int, state: InvoiceState | None
) -> None:
    made = paid(shop, invoice)
    breaks_at(shop, trouble, "api/refund")
    sent = shop.day.run(shop.refunds.give(made.order_no, Money(amount, "TWD"), "r", MAY))
    assert sent.state is RefundState.SENT
    assert "do not repeat it" in str(sent.message)
    shop.pass_time(30)
    assert shop.refunds.get(sent.refund_no).state is RefundState.SENT
    trouble.end()
    shop.pass_time(2 * 86400)
    assert shop.refunds.get(sent.refund_no).state is RefundState.REFUNDED
    order = shop.simulator.orders.find("mypay", made.order_no)
    assert order is not None
    assert (shop.simulator.orders.refunded(order), shop.arrived["api/refund"]) == (amount, 1)
    if state is not None:
        assert shop.invoices.get(made.order_no).state is state


# -- holds and direct debits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [125, 100])
def test_a_capture_that_cannot_be_written_sends_nothing(shop: WiredShop, trouble: Trouble, amount: int) -> None:
    made = held(shop)
    trouble.begin()
    with pytest.raises(StoreError, match="Nothing was sent"):
        shop.day.run(shop.mypay.capture(made.order_no, Money(amount, "TWD"), CAPTURE))
    assert shop.arrived["api/authorizedrequestpayment"] == 0
    trouble.end()
    assert shop.day.run(shop.mypay.capture(made.order_no, Money(amount, "TWD"), CAPTURE)).code == "247"
    assert shop.arrived["api/authorizedrequestpayment"] == 1


@pytest.mark.parametrize(("amount", "state"), [(125, State.CAPTURED), (100, State.REVIEW)])
def test_a_capture_that_was_sent_is_not_sent_again(
    shop: WiredShop, trouble: Trouble, amount: int, state: State
) -> None:
    made = held(shop)
    breaks_at(shop, trouble, "api/authorizedrequestpayment")
    with pytest.raises(NoAnswer, match="do not repeat it"):
        shop.day.run(shop.mypay.capture(made.order_no, Money(amount, "TWD"), CAPTURE))
    assert kinds(shop, made)[-1] == "capture_asked"
    with pytest.raises((NotAllowed, StoreError)):
        shop.day.run(shop.mypay.capture(made.order_no, Money(amount, "TWD"), CAPTURE))
    trouble.end()
    with pytest.raises(NotAllowed):
        shop.day.run(shop.mypay.capture(made.order_no, Money(amount, "TWD"), CAPTURE))
    shop.pass_time(86_400)
    assert shop.now(made.order_no).state is state
    assert shop.arrived["api/authorizedrequestpayment"] == 1


def test_a_capture_whose_next_question_cannot_be_written_is_done(shop: WiredShop, trouble: Trouble) -> None:
    made = held(shop)
    shop.parts.poller.close()  # only the capture itself queries
    breaks_at(shop, trouble, "api/queryorder")
    assert shop.day.run(shop.mypay.capture(made.order_no, None, CAPTURE)).state is State.PENDING
    trouble.end()
    assert kinds(shop, made)[-1] == "capture_done"
    with pytest.raises(NotAllowed, match="Only authorised"):
        shop.day.run(shop.mypay.capture(made.order_no, None, CAPTURE))
    assert shop.arrived["api/authorizedrequestpayment"] == 1


def test_the_end_of_a_direct_debit_is_written_before_it_is_sent(shop: WiredShop, trouble: Trouble) -> None:
    made = take(shop, None, pfn="DIRECTDEBIT", regular="M")
    shop.customer_pays(made)
    shop.pass_time(5)
    day = (shop.day.clock.now() + timedelta(days=3)).date()
    trouble.begin()
    with pytest.raises(StoreError, match="Nothing was sent"):
        shop.day.run(shop.mypay.stop_debit(made.order_no, day, "搬家", STOP_DEBIT))
    assert shop.arrived["api/disabledirectdebit"] == 0
    trouble.end()
    breaks_at(shop, trouble, "api/disabledirectdebit")
    with pytest.raises(NoAnswer, match="do not repeat it"):
        shop.day.run(shop.mypay.stop_debit(made.order_no, day, "搬家", STOP_DEBIT))
    trouble.end()
    assert kinds(shop, made)[-1] == "debit_stop_asked"
    assert shop.arrived["api/disabledirectdebit"] == 1


# -- faults of the program ----------------------------------------------------------------------------------------


def test_a_listener_that_raises_at_every_fact_changes_nothing(tmp_path: Path) -> None:
    def fails(fact: object) -> None:
        raise RuntimeError("a window that is gone")

    with VirtualDay() as day:
        shop = WiredShop(day, path=tmp_path / "counter.sqlite")
        shop.parts.bus.listen(fails)
        made = paid(shop, PAPER)
        assert shop.invoices.get(made.order_no).state is InvoiceState.ISSUED
        refund = shop.day.run(shop.refunds.give(made.order_no, NT125, "r", MAY))
        shop.pass_time(2 * 86400)
        assert shop.refunds.get(refund.refund_no).state is RefundState.REFUNDED
        shop.stop()


UNWRITABLE: Any = {"note": object()}
"""A faulty client whose answer cannot be written to a journal."""


AnAnswer = TypeVar("AnAnswer", Answer, RefundAnswer)


def unwritable(answer: AnAnswer) -> AnAnswer:
    """Give an answer details that cannot be written, past the cleaning at its construction."""
    object.__setattr__(answer, "details", UNWRITABLE)
    return answer


def test_an_answer_that_breaks_the_register_leaves_the_payment_in_doubt_and_watched(
    make_register: MakeRegister, day: VirtualDay
) -> None:
    gateway = Scripted(day.clock)
    gateway.charges = deque([unwritable(Answer(Verdict.PAID, amount=NT125))])
    gateway.queries = deque([*gateway.charges, *gateway.charges, Answer(Verdict.PAID, amount=NT125)])
    register = make_register(gateway)
    made = register.take()
    assert made.state is State.UNKNOWN
    assert "could not be read" in str(made.message)
    register.pass_time(10)
    assert register.now(made.order_no).state is State.CAPTURED


def test_an_answer_that_breaks_the_register_leaves_a_refund_in_doubt_and_asked_about(day: VirtualDay) -> None:
    shop = RefundShop(day)
    made = shop.paid()
    broken = unwritable(RefundAnswer(RefundVerdict.DONE, amount=NT125))
    shop.gateway.refunds.clear()
    shop.gateway.refunds.append(broken)
    shop.gateway.refund_queries.clear()
    shop.gateway.refund_queries.extend([broken, broken, RefundAnswer(RefundVerdict.DONE, amount=NT125)])
    sent = shop.give(made)
    assert sent.state is RefundState.SENT
    shop.pass_time(30)
    assert shop.now(sent).state is RefundState.REFUNDED
    shop.stop()


def test_the_next_gateway_is_not_tried_where_the_first_attempt_cannot_be_closed(
    make_register: MakeRegister, day: VirtualDay
) -> None:
    class Away(Scripted):
        async def charge(self, attempt: Attempt) -> Answer:
            raise NotSent("no route")

    class Breaks(Scripted):
        def check(self, attempt: Attempt) -> None:
            register.database.rows("PRAGMA query_only=ON")

    away, other = Away(day.clock, "away"), Breaks(day.clock, "other")
    register = make_register(away, other)
    with pytest.raises(StoreError, match="Nothing was sent"):
        register.take()
    register.database.rows("PRAGMA query_only=OFF")
    [left] = register.store.waiting()
    assert (left.gateway, left.state, other.charged) == ("away", State.CREATED, [])


def test_a_manager_settles_a_payment_and_its_difference_together_or_not_at_all(day: VirtualDay) -> None:
    from pos.domain.reconcile import Check, Match
    from tests.support.refunds import SETTLE

    shop = RefundShop(day)
    shop.scripted.charges.append(Answer(Verdict.DIFFERS, "290", amount=Money(100, "TWD")))
    made = shop.run(shop.payments.take(SIGNED_OUT, Sale(NT125), Tender.MYPAY, payment_id="r"))
    now = day.clock.now()
    check = Check(
        now.date(), made.order_no, "scripted", Match.DIFFER, "review", "290", now, made.message, made.order_no
    )
    shop.checks.write(check)
    shop.database.rows(
        "CREATE TEMP TRIGGER full BEFORE INSERT ON journal WHEN NEW.kind = 'check_settled'"
        " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
    )
    with pytest.raises((StoreError, sqlite3.IntegrityError)):
        shop.settling.accept(made.order_no, "seen", SETTLE)
    assert shop.store.get(made.order_no).state is State.REVIEW
    assert shop.ledger.of_order(made.order_no) == []
    shop.database.rows("DROP TRIGGER temp.full")
    assert shop.settling.accept(made.order_no, "seen", SETTLE).state is State.CAPTURED
    assert shop.checks.in_review() == []
    shop.stop()


def test_a_cancel_that_cannot_be_written_waits_for_the_next_question(
    make_register: MakeRegister, day: VirtualDay
) -> None:
    class GivenUp(Scripted):
        async def charge(self, attempt: Attempt) -> Answer:
            register.payments.cancel(SIGNED_OUT, attempt.order_no)
            return await super().charge(attempt)

    def breaks(fact: Fact) -> None:
        if isinstance(fact, AttemptChanged) and fact.attempt.state is State.PENDING:
            register.database.rows("PRAGMA query_only=ON")

    gateway = GivenUp(day.clock)
    shown = Answer(Verdict.ACCEPTED, "200", pay_url="https://scripted.example/q")
    gateway.charges, gateway.queries = deque([shown]), deque([shown])
    register = make_register(gateway)
    register.bus.listen(breaks)
    assert register.take().state is State.PENDING
    register.database.rows("PRAGMA query_only=OFF")
    register.pass_time(3)
    [left] = register.store.waiting()
    assert left.state is State.VOIDING
    assert gateway.voided


def test_background_work_that_fails_is_logged(make_register: MakeRegister, caplog: pytest.LogCaptureFixture) -> None:
    register = make_register()

    async def fails() -> None:
        raise StoreError("The disk is full.")

    async def spawned() -> None:
        register.parts.tasks.spawn(fails())

    register.run(spawned())
    register.pass_time(1)
    assert "background work failed" in caplog.text


class Unreadable(sqlite3.Connection):
    """A disk from which no e-invoice can be read while it is ``bad``."""

    bad = False

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if Unreadable.bad and "FROM invoices" in sql:
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *values)


def test_an_e_invoice_that_cannot_even_be_read_is_tried_until_it_can(day: VirtualDay) -> None:
    shop = WiredShop(day)
    shop.database.close()
    shop.connection = Unreadable
    shop.start()
    shop.weather.down.add("mypay")
    made = owed_without_answer(shop, PAPER.request)
    shop.weather.down.clear()
    try:
        Unreadable.bad = True
        shop.pass_time(200)
        assert shop.arrived["api/issueinvoice"] == 0
    finally:
        Unreadable.bad = False
    shop.pass_time(700)
    assert shop.invoices.get(made.order_no).state is InvoiceState.ISSUED
    assert shop.arrived["api/issueinvoice"] == 1
    shop.stop()
