"""E-invoices: issued after the capture, owed for two days at most, queried before a repeat, printed once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pos.domain.actor import Actor
from pos.domain.events import InvoiceChanged
from pos.domain.invoice import Invoice, Kind, PrintEvent, PrintState, State, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.domain.staff import Action, Person, Role
from pos.domain.states import State as AttemptState
from pos.einvoice.payload import NotPrintable
from pos.einvoice.printer import Printer, PrinterSettings, PrintFailed
from pos.errors import BadReply, ConfigError, InputError, NoAnswer, NotAllowed, NotFound, PosError
from pos.gateways import operations_with
from pos.gateways.capabilities import Capability, Outcome, Result
from pos.i18n import msg
from pos.simulator.scenarios import Fault
from pos.store import journal
from pos.store.invoices import InvoiceStore
from tests.einvoice.samples import read_codes
from tests.einvoice.test_printer import RecordingPrinter as FakePaper
from tests.einvoice.test_printer import pictures
from tests.support.access import SIGNED_OUT, EveryPayment, permit
from tests.support.registers import SimulatedShop
from tests.support.virtual import VirtualDay

T = TypeVar("T")

PAPER = invoice_request(Kind.PAPER)
COMPANY = invoice_request(Kind.PAPER, ban="04595257", title="好公司")


async def at_once(function: Callable[[], T], /) -> T:
    """Run a function at once: a virtual day has no threads."""
    return function()


class Shop(SimulatedShop):
    """A simulated shop with a receipt printer."""

    def __init__(self, day: VirtualDay, path: Path | str = ":memory:", *, printer: bool = True) -> None:
        self.paper = FakePaper()
        self.has_printer = printer
        super().__init__(day, path=path)

    def build(self) -> None:
        super().build()
        issuers = operations_with(self.gateways, Capability.E_INVOICE)
        self.invoices = InvoiceStore(self.database, "R1", self.register_clock, self.targets.to)
        settings = PrinterSettings("file" if self.has_printer else "", "/dev/null")
        printer = Printer(settings, lambda _settings: self.paper)
        self.invoicing = self.parts.invoicing(
            self.invoices, issuers, printer, "十全茶行", EveryPayment(), run_blocking=at_once
        )

    def sell(self, asked: Any = PAPER, number: str = "p1") -> Attempt:
        """Return a captured sale with a request for an e-invoice."""
        made = self.take_with(asked, number)
        self.customer_pays(made)
        self.pass_time(4)
        assert self.now(made.order_no).state is AttemptState.CAPTURED
        return self.now(made.order_no)

    def take_with(self, asked: Any, number: str = "p1", *, with_order: bool = False) -> Attempt:
        """Return an unpaid sale with a request for an e-invoice."""
        self.set_invoice_with_order(with_order)
        sale = Sale(Money(125, "TWD"))
        return self.day.run(
            self.payments.take(
                SIGNED_OUT, sale, Tender.MYPAY, payment_id=number, invoice_request=asked, even_if_duplicate=True
            )
        )

    def invoice(self, made: Attempt) -> Invoice:
        return self.invoices.get(made.order_no)

    def kinds(self, made: Attempt) -> list[str]:
        return [row.kind for row in self.store.history(made.order_no)]

    def run(self, work: Any) -> Any:
        return self.day.run(work)


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as virtual:
        yield virtual


@pytest.fixture
def shop(day: VirtualDay) -> Iterator[Shop]:
    made = Shop(day)
    yield made
    made.stop()


def test_an_invoice_requested_at_the_sale_is_issued_and_printed_after_the_capture(shop: Shop) -> None:
    made = shop.sell()
    invoice = shop.invoice(made)
    assert (invoice.state, invoice.paper, invoice.owed) == (State.ISSUED, PrintState.PRINTED, False)
    assert invoice.number.startswith("JH-")
    assert read_codes(pictures(shop.paper.output)) == {
        invoice.found["left_qrcode"], invoice.found["middle_barcode"], invoice.found["right_qrcode"],
    }  # fmt: skip
    assert "key" not in invoice.found
    assert shop.kinds(made) == [
        "created", "send", "invoice_wished", "accepted", "paid", "invoice_owed", "invoice_asked", "invoice_issued",
        "proof_start", "proof_done",
    ]  # fmt: skip
    told = [fact.invoice.state for fact in shop.facts if isinstance(fact, InvoiceChanged)]
    assert State.ISSUED in told


def test_an_e_invoice_is_asked_for_only_where_the_owner_approved_it(day: VirtualDay, tmp_path: Path) -> None:
    shop = Shop(day, tmp_path / "counter.sqlite")
    shop.has_people = True
    shop.targets.approve_for_owner(Person("o", "Olga", Role.OWNER))
    made = shop.take(Tender.MYPAY, 125, gateway="mypay")
    shop.customer_pays(made)
    shop.pass_time(4)
    shop.stop()
    shop.options["mypay"] = {"base_url": "http://localhost/mypay"}
    shop.start()
    shop.invoices.request_invoice(made.order_no, PAPER)
    shop.invoices.mark_owed(shop.invoice(made), shop.register_clock.now())
    held = shop.run(shop.invoicing.issue(SIGNED_OUT, made.order_no))
    assert (held.owed, held.asked, "so far" in held.message.spoken()) == (True, False, True)
    assert "invoice_asked" not in shop.kinds(made)
    shop.targets.approve("mypay", permit(Action.KEYS, "o", "o"))
    shop.run(shop.invoicing.issue(SIGNED_OUT, made.order_no))
    (asked,) = [row.body for row in journal.entries(shop.database, made.order_no) if row.kind == "invoice_asked"]
    assert '"address":"http://localhost/mypay"' in asked
    shop.stop()


def test_an_invoice_requested_after_the_payment_is_issued_at_once(shop: Shop) -> None:
    made = shop.take(Tender.MYPAY, 125, gateway="mypay")
    shop.customer_pays(made)
    shop.pass_time(4)

    async def later() -> Invoice:
        return shop.invoicing.request_invoice(SIGNED_OUT, made.order_no, COMPANY)

    assert shop.run(later()).owed
    shop.pass_time(3)
    assert shop.invoice(made).found["buyer_ban"] == "04595257"
    with pytest.raises(NotAllowed, match="cannot be changed"):
        shop.invoicing.request_invoice(SIGNED_OUT, made.order_no, PAPER)


def test_what_is_not_paid_gets_no_invoice(shop: Shop) -> None:
    made = shop.take_with(PAPER)
    shop.pass_time(30)
    assert not shop.invoice(made).owed
    assert shop.invoicing.owed(SIGNED_OUT) == []
    assert shop.run(shop.invoicing.issue(SIGNED_OUT, made.order_no)).state is State.NONE


def test_a_request_may_be_changed_until_the_gateway_was_asked(shop: Shop) -> None:
    made = shop.take(Tender.MYPAY, 125, gateway="mypay")
    shop.invoicing.request_invoice(SIGNED_OUT, made.order_no, PAPER)
    assert shop.invoicing.request_invoice(SIGNED_OUT, made.order_no, COMPANY).request == COMPANY


def test_other_gateways_issue_nothing(shop: Shop) -> None:
    made = shop.take(Tender.ATM, 125, gateway="wanpay")
    with pytest.raises(InputError, match="MyPay"):
        shop.invoicing.request_invoice(SIGNED_OUT, made.order_no, PAPER)
    assert shop.invoicing.find(SIGNED_OUT, made.order_no) is None
    with pytest.raises(NotFound):
        shop.run(shop.invoicing.issue(SIGNED_OUT, made.order_no))


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.HTTP_500, Fault.NOT_JSON, Fault.TRUNCATED])
def test_a_lost_answer_is_asked_about_and_never_asked_again(shop: Shop, fault: Fault) -> None:
    shop.simulator.scenarios.plan(fault, "mypay", "service")
    made = shop.sell()
    assert shop.invoice(made).asked
    [(owed, left)] = shop.invoicing.owed(SIGNED_OUT)
    assert (owed.order_no, left.days) == (made.order_no, 1)
    shop.pass_time(40)
    invoice = shop.invoice(made)
    assert (invoice.state, invoice.paper) == (State.ISSUED, PrintState.PRINTED)
    assert shop.kinds(made).count("invoice_asked") == 1


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.TRUNCATED])
def test_no_connection_after_a_lost_answer_keeps_the_doubt(shop: Shop, fault: Fault) -> None:
    """A query that could not be sent gives no answer about the request before it, which must not be repeated."""
    shop.simulator.scenarios.plan(fault, "mypay", "service")
    made = shop.sell()
    shop.weather.down.add("mypay")
    shop.pass_time(200)
    assert (shop.invoice(made).owed, shop.invoice(made).asked) == (True, True)
    shop.weather.down.clear()
    shop.pass_time(700)
    assert shop.invoice(made).state is State.ISSUED
    assert shop.kinds(made).count("invoice_asked") == 1


def test_a_request_that_got_lost_is_asked_again_after_the_question(shop: Shop) -> None:
    shop.simulator.scenarios.plan(Fault.HTTP_502, "mypay", "service")
    made = shop.sell()
    shop.pass_time(40)
    assert shop.invoice(made).state is State.ISSUED
    assert shop.kinds(made).count("invoice_asked") == 2


def test_no_connection_leaves_the_invoice_owed_and_the_sale_paid(shop: Shop) -> None:
    made = shop.take(Tender.MYPAY, 125, gateway="mypay", payment_id="p1")
    shop.customer_pays(made)
    shop.pass_time(4)
    shop.weather.down.add("mypay")

    async def later() -> Invoice:
        return shop.invoicing.request_invoice(SIGNED_OUT, made.order_no, PAPER)

    shop.run(later())
    shop.pass_time(3)
    invoice = shop.invoice(made)
    assert (invoice.owed, invoice.asked) == (True, False)
    assert "Nothing was sent" in str(invoice.message)
    shop.weather.down.clear()
    shop.pass_time(40)
    assert shop.invoice(made).state is State.ISSUED


def test_a_refusal_stays_on_the_list_with_the_gateways_words(shop: Shop) -> None:
    made = shop.take(Tender.MYPAY, 125, gateway="mypay")
    shop.customer_pays(made)
    shop.pass_time(4)
    shop.day.run(shop.day.clock.sleep(49 * 3600))

    async def late() -> Invoice:
        return shop.invoicing.request_invoice(SIGNED_OUT, made.order_no, PAPER)

    shop.run(late())
    shop.pass_time(2)
    invoice = shop.invoice(made)
    assert (invoice.state, invoice.owed) == (State.FAILED, True)
    assert "48" in str(invoice.message)
    [(_owed, left)] = shop.invoicing.owed(SIGNED_OUT)
    assert left.total_seconds() < 0


def test_a_start_takes_up_what_is_owed(day: VirtualDay, tmp_path: Path) -> None:
    shop = Shop(day, tmp_path / "counter.db")
    shop.simulator.scenarios.plan(Fault.HTTP_502, "mypay", "service", times=1)
    made = shop.sell()
    assert shop.invoice(made).owed
    shop.stop()
    shop.start()

    async def opened() -> None:
        shop.invoicing.resume()

    shop.run(opened())
    shop.pass_time(20)
    assert shop.invoice(made).state is State.ISSUED
    shop.stop()


# -- printing ---------------------------------------------------------------------------------------------------


def test_one_original_then_copies(shop: Shop) -> None:
    made = shop.sell()
    first = shop.paper.output
    shop.run(shop.invoicing.print_proof(SIGNED_OUT, made.order_no))
    second = shop.paper.output[len(first) :]
    assert pictures(first).tobytes() != pictures(second).tobytes()
    assert shop.kinds(made).count("proof_done") == 2
    assert shop.invoice(made).paper is PrintState.PRINTED


def test_the_journal_names_who_printed_a_proof_and_no_one_for_the_first(shop: Shop) -> None:
    made = shop.sell()
    shop.run(shop.invoicing.print_proof(Actor("may"), made.order_no))
    rows = shop.database.rows("SELECT actor FROM journal WHERE kind = 'proof_start' ORDER BY seq")
    assert rows == [("",), ("may",)]


def test_without_a_printer_the_proof_waits(day: VirtualDay) -> None:
    shop = Shop(day, printer=False)
    made = shop.sell()
    assert (shop.invoice(made).state, shop.invoice(made).paper) == (State.ISSUED, PrintState.NEVER)
    with pytest.raises(ConfigError, match="No printer"):
        shop.run(shop.invoicing.print_proof(SIGNED_OUT, made.order_no))
    assert shop.invoice(made).paper is PrintState.NEVER
    assert len(shop.run(shop.invoicing.sheets(SIGNED_OUT, made.order_no))) == 2
    shop.stop()


def test_a_jam_is_in_doubt_until_the_print_is_confirmed(shop: Shop) -> None:
    shop.paper.jams_at = 2
    made = shop.sell()
    assert shop.invoice(made).paper is PrintState.UNSURE
    shop.paper.jams_at = 1000
    with pytest.raises(InputError, match="unclear whether"):
        shop.run(shop.invoicing.print_proof(SIGNED_OUT, made.order_no))
    assert shop.invoicing.confirm_printed(SIGNED_OUT, made.order_no, came_out=False).paper is PrintState.NEVER
    assert shop.run(shop.invoicing.print_proof(SIGNED_OUT, made.order_no)).paper is PrintState.PRINTED


def test_a_jam_of_a_copy_changes_nothing(shop: Shop) -> None:
    made = shop.sell()
    shop.paper.jams_at = 1
    with pytest.raises(PrintFailed):
        shop.run(shop.invoicing.print_proof(SIGNED_OUT, made.order_no))
    assert shop.invoice(made).paper is PrintState.PRINTED


def test_a_power_cut_while_printing_blocks_the_next_original(shop: Shop) -> None:
    shop.has_printer = False
    shop.build()
    made = shop.sell()
    shop.invoices.record_print(shop.invoice(made), PrintEvent.START)  # and the power is cut
    with pytest.raises(InputError, match="unclear whether"):
        shop.run(shop.invoicing.print_proof(SIGNED_OUT, made.order_no))
    assert shop.invoicing.confirm_printed(SIGNED_OUT, made.order_no, came_out=True).paper is PrintState.PRINTED


def test_a_print_that_cannot_be_written_down_blocks_the_next_one(day: VirtualDay) -> None:
    shop = Shop(day, printer=False)
    made = shop.sell()
    shop.has_printer = True
    shop.build()
    started = shop.invoices.record_print(shop.invoice(made), PrintEvent.START)
    assert started.paper is PrintState.PRINTING  # it was printed, and the record of it was lost
    with pytest.raises(InputError, match="Confirm that"):
        shop.run(shop.invoicing.print_proof(SIGNED_OUT, made.order_no))
    shop.stop()


@pytest.mark.parametrize(
    "asked",
    [
        invoice_request(Kind.MOBILE, "/ABC+123"),
        invoice_request(Kind.CERTIFICATE, "AB12345678901234"),
        invoice_request(Kind.DONATION, "007"),
    ],
)
def test_an_invoice_without_a_printed_proof_prints_none(shop: Shop, asked: Any) -> None:
    made = shop.sell(asked)
    assert (shop.invoice(made).state, shop.paper.output) == (State.ISSUED, b"")
    with pytest.raises(NotPrintable):
        shop.run(shop.invoicing.print_proof(SIGNED_OUT, made.order_no))


def test_a_void_invoice_is_seen_and_not_printed_again(shop: Shop) -> None:
    made = shop.sell()
    order = shop.simulator.orders.find("mypay", made.order_no)
    assert order is not None
    order.extra["invoice"]["state"] = 4
    assert shop.run(shop.invoicing.refresh(SIGNED_OUT, made.order_no)).state is State.VOID
    with pytest.raises(NotPrintable, match="is void"):
        shop.run(shop.invoicing.print_proof(SIGNED_OUT, made.order_no))


def test_the_sale_goes_on_without_an_issuer(day: VirtualDay) -> None:
    shop = Shop(day)
    shop.invoicing.close()
    shop.invoices.mark_owed(shop.invoices.request_invoice(shop.take(Tender.MYPAY, 90).order_no, PAPER), day.clock.now())
    bare = shop.parts.invoicing(shop.invoices, {}, Printer(PrinterSettings()), "店", EveryPayment())
    made = shop.run(shop.payments.take(SIGNED_OUT, Sale(Money(125, "TWD")), Tender.MYPAY, payment_id="p1"))
    with pytest.raises(InputError):
        bare.request_invoice(SIGNED_OUT, made.order_no, PAPER)
    with pytest.raises(ConfigError, match="not set up"):
        shop.run(bare.refresh(SIGNED_OUT, bare.owed(SIGNED_OUT)[0][0].order_no))
    assert shop.run(bare.issue(SIGNED_OUT, bare.owed(SIGNED_OUT)[0][0].order_no)).owed

    async def on_the_loop() -> None:
        bare.refresh_soon(bare.owed(SIGNED_OUT)[0][0].order_no)
        bare.resume()

    shop.run(on_the_loop())
    shop.pass_time(60)
    assert len(bare.owed(SIGNED_OUT)) == 1
    shop.stop()


class Scripted:
    """A scripted gateway."""

    def __init__(self, *said: Result | PosError, state: object = None) -> None:
        self.said = list(said)
        self.state = state
        self.fetched: list[str] = []

    async def issue_invoice(self, attempt: Attempt, invoice_request: Any) -> Result:
        told = self.said.pop(0) if len(self.said) > 1 else self.said[0]
        if isinstance(told, PosError):
            raise told
        return told

    async def title_picture(self, url: str) -> bytes:
        self.fetched = [*self.fetched, url]
        if "none" in url:
            raise BadReply("no such picture")
        return b"picture"

    async def query_invoice(self, attempt: Attempt) -> dict[str, Any] | None:
        return None if self.state is None else {"state": self.state, "state_msg": "處理中"}


def with_issuer(shop: Shop, issuer: Scripted) -> None:
    shop.invoicing.close()
    shop.invoicing = shop.parts.invoicing(
        shop.invoices,
        {"mypay": issuer},
        Printer(PrinterSettings()),
        "店",
        EveryPayment(),
        run_blocking=at_once,
    )


def test_an_answer_that_says_nothing_leaves_it_asked(shop: Shop) -> None:
    with_issuer(shop, Scripted(Result(Outcome.UNSURE, "400", msg("busy"))))
    made = shop.sell()
    invoice = shop.invoice(made)
    assert (invoice.asked, invoice.owed, str(invoice.message)) == (True, True, "busy")
    shop.pass_time(3600)
    assert shop.kinds(made).count("invoice_told") == 1  # the same message is written once


def test_what_waits_at_the_gateway_is_asked_about_until_it_is_issued(shop: Shop) -> None:
    issuer = Scripted(NoAnswer("lost"), state="?")
    with_issuer(shop, issuer)
    made = shop.sell()
    shop.pass_time(40)
    assert (shop.invoice(made).state, "處理中" in str(shop.invoice(made).message)) == (State.WAITING, True)
    assert shop.kinds(made).count("invoice_asked") == 1
    issuer.state = 2
    shop.run(shop.invoicing.issue(SIGNED_OUT, made.order_no))
    assert shop.run(shop.invoicing.refresh(SIGNED_OUT, made.order_no)).state is State.ISSUED


def test_a_fault_of_the_gateways_answer_is_logged_and_tried_again(shop: Shop) -> None:
    with_issuer(shop, Scripted(ConfigError("keys"), Result(Outcome.REFUSED, "B500", msg("no"))))
    made = shop.sell()
    assert shop.invoice(made).asked
    shop.pass_time(10)
    assert shop.invoice(made).state is State.FAILED


def test_a_second_try_while_the_first_is_under_way_changes_nothing(shop: Shop) -> None:
    made = shop.take(Tender.MYPAY, 125, gateway="mypay")
    shop.customer_pays(made)
    shop.pass_time(4)
    shop.simulator.scenarios.plan(Fault.SLOW, "mypay", "service")

    async def twice() -> list[Invoice]:
        shop.invoicing.request_invoice(SIGNED_OUT, made.order_no, PAPER)
        return list(await asyncio.gather(*(shop.invoicing.issue(SIGNED_OUT, made.order_no) for _try in range(3))))

    shop.run(twice())
    shop.pass_time(20)
    assert shop.kinds(made).count("invoice_asked") == 1


def test_nothing_there_to_be_seen_changes_nothing(shop: Shop) -> None:
    made = shop.take(Tender.MYPAY, 125, gateway="mypay")
    shop.invoicing.request_invoice(SIGNED_OUT, made.order_no, PAPER)
    assert shop.run(shop.invoicing.refresh(SIGNED_OUT, made.order_no)).state is State.NONE


def test_an_order_that_asks_for_its_invoice_itself_is_asked_about_it(shop: Shop) -> None:
    made = shop.take_with(invoice_request(Kind.MOBILE, "/ABC+123"), with_order=True)
    shop.customer_pays(made)
    shop.pass_time(10)
    invoice = shop.invoice(made)
    assert (invoice.state, invoice.found["mobile_code"]) == (State.ISSUED, "/ABC+123")
    order = shop.simulator.orders.find("mypay", made.order_no)
    assert order is not None
    assert order.extra["requested"]["issue_invoice_state"] == 1
    assert shop.kinds(made).count("invoice_asked") == 1


def test_an_order_whose_invoice_was_forgotten_gets_one_after_all(shop: Shop) -> None:
    made = shop.take_with(invoice_request(Kind.MOBILE, "/ABC+123"), with_order=True)
    order = shop.simulator.orders.find("mypay", made.order_no)
    assert order is not None
    order.extra["requested"]["issue_invoice_state"] = 0  # the gateway forgets that the order requested it
    shop.customer_pays(made)
    shop.pass_time(10)
    assert shop.invoice(made).state is State.ISSUED


@pytest.mark.parametrize(("tender", "gateway"), [(Tender.CASH, None), (Tender.ATM, "wanpay"), (Tender.WECHAT, "qfpay")])
def test_no_other_way_to_pay_gets_an_e_invoice(shop: Shop, tender: Tender, gateway: str | None) -> None:
    sale = Sale(Money(125, "TWD"))
    with pytest.raises(InputError, match="MyPay"):
        shop.run(shop.payments.take(SIGNED_OUT, sale, tender, payment_id="p1", gateway=gateway, invoice_request=PAPER))
    assert shop.store.of_payment("p1") == []


def test_a_sale_with_an_e_invoice_falls_back_to_no_gateway_that_cannot_issue(shop: Shop) -> None:
    shop.weather.down.add("mypay")
    sale = Sale(Money(125, "TWD"))
    made = shop.run(shop.payments.take(SIGNED_OUT, sale, Tender.ATM, payment_id="p1", invoice_request=PAPER))
    assert (made.gateway, made.state) == ("mypay", AttemptState.CREATED)
    assert shop.invoice(made).request == PAPER
    shop.weather.down.clear()
    again = shop.run(shop.payments.send_again(SIGNED_OUT, made.order_no))
    shop.customer_pays(again)
    shop.pass_time(8)
    assert shop.invoice(made).state is State.ISSUED


def test_an_invoice_is_queried_until_the_gateway_answers(shop: Shop) -> None:
    made = shop.sell()
    order = shop.simulator.orders.find("mypay", made.order_no)
    assert order is not None
    order.extra["invoice"]["state"] = 4
    shop.weather.down.add("mypay")

    async def soon() -> None:
        shop.invoicing.refresh_soon(made.order_no)
        shop.invoicing.refresh_soon(made.order_no)

    shop.run(soon())
    shop.pass_time(60)
    assert shop.invoice(made).state is State.ISSUED
    shop.weather.down.clear()
    shop.pass_time(200)
    assert shop.invoice(made).state is State.VOID


def test_what_the_gateway_said_meanwhile_outlives_a_print(shop: Shop) -> None:
    made = shop.sell()
    before = shop.invoice(made)
    shop.invoices.record_answer(before, State.VOID, {})
    shop.invoices.record_print(before, PrintEvent.START)  # by what was read before the gateway answered
    assert shop.invoice(made).state is State.VOID


def test_a_titles_picture_is_fetched_once_and_its_lack_stops_no_print(shop: Shop) -> None:
    made = shop.sell()
    invoice = shop.invoice(made)
    issuer = Scripted(NoAnswer("x"))
    with_issuer(shop, issuer)
    for name in ("logo", "none"):
        found = {**invoice.found, "title_type": 2, "title": f"https://pay.usecase.cc/{name}.png"}
        shop.invoices.record_answer(shop.invoice(made), State.ISSUED, found)
        for _time in range(2):
            assert len(shop.run(shop.invoicing.sheets(SIGNED_OUT, made.order_no))) == 2
    assert [url.rsplit("/")[-1] for url in issuer.fetched] == ["logo.png", "none.png", "none.png"]
