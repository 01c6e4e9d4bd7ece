"""Charges of agreements on receipts, in reports and among payments."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from pos.domain.agreement import ChargeState
from pos.domain.agreement_lines import ChargeLine
from pos.domain.agreement_words import charge_words
from pos.domain.staff import Action
from pos.domain.totals import Scope, day_scope, month_scope
from pos.einvoice.printer import Printer, PrinterSettings
from pos.einvoice.receipt_header import ReceiptHeader
from pos.runtime import Bus
from pos.services.pin_hashing import PinHasher
from pos.services.reports import Reports
from pos.services.staff import people_services
from pos.store.people import PeopleStore
from pos.store.shifts import ShiftStore
from tests.services.test_agreements import NT500, Shop, day, shop
from tests.support.access import SIGNED_OUT, EveryPayment, permit

__all__ = ("day", "shop")  # fixtures
TAIPEI = ZoneInfo("Asia/Taipei")
DECEMBER = month_scope(date(2026, 12, 1))


@pytest.fixture
def paid(shop: Shop) -> Shop:
    """The first charge was made, the second one declined, the third one made."""
    shop.begin(times="4")
    shop.watch()
    shop.simulator.scenarios.card_failures = 1
    shop.days(65)
    return shop


def charges(shop: Shop, scope: Scope) -> list[tuple[int, ChargeState, str]]:
    clock, bus = shop.register_clock, Bus()
    staff, _rights = people_services(PeopleStore(shop.database, "R1", clock), clock, bus, PinHasher())
    shifts = ShiftStore(shop.database, "R1", clock)
    reports = Reports(
        shop.ledger, shop.refund_store, shifts, staff, clock, "茶行", TAIPEI, agreements=shop.agreement_store
    )
    report = shop.day.run(reports.report(scope, permit(Action.REPORTS)))
    return [(one.number, one.state, one.order_no) for one in report.charges]


def test_a_report_lists_what_was_booked_and_what_failed(paid: Shop) -> None:
    first, second, third, _fourth = paid.found().charges
    assert charges(paid, day_scope(first.due)) == [(1, ChargeState.CAPTURED, paid.no)]
    assert charges(paid, DECEMBER) == [(2, ChargeState.DECLINED, "")]
    assert charges(paid, month_scope(third.due)) == [(3, ChargeState.CAPTURED, third.order_no)]
    assert second.due.month == 12


def test_a_receipt_names_agreement_number_and_next_charge(paid: Shop) -> None:
    third = paid.found().charges[2]
    line = paid.agreement_store.line_of(third.order_no)
    assert line == ChargeLine(
        paid.no, "", 3, 4, third.due, ChargeState.CAPTURED, third.order_no, NT500, date(2027, 2, 20)
    )
    assert paid.agreement_store.line_of("") is None
    head, printer = ReceiptHeader("十全茶行", "R1", TAIPEI), Printer(PrinterSettings())
    with_words = paid.parts.printing(printer, head, EveryPayment(), agreements=paid.agreement_store)
    without = paid.parts.printing(printer, head, EveryPayment())
    tall = paid.day.run(with_words.slip(SIGNED_OUT, third.order_no))
    assert tall.height > paid.day.run(without.slip(SIGNED_OUT, third.order_no)).height + 60, "three more rows"


def test_a_payment_says_which_charge_it_is(paid: Shop) -> None:
    first, _second, third, _fourth = paid.found().charges
    assert charge_words(paid.now(first.order_no)) == f"Charge 1 of agreement {paid.no}"
    assert charge_words(paid.now(third.order_no)) == f"Charge 3 of agreement {paid.no}"
