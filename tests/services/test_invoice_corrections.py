"""Corrections of e-invoices after a refund by hand: due until they are recorded as done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pos.domain.events import RefundChanged
from pos.domain.invoice import Remedy, State
from pos.domain.payment import Attempt
from pos.domain.refund import RefundState, Way
from pos.domain.staff import Action
from pos.errors import InputError, NotAllowed, NotFound
from pos.gateways.base import RefundAnswer, RefundVerdict
from pos.services.invoice_corrections import Correction, InvoiceCorrections
from pos.store import journal
from tests.support.access import SIGNED_OUT, permit
from tests.support.refunds import REFUND, SETTLE, RefundShop
from tests.support.rows import wrong
from tests.support.virtual import VirtualDay

PERIOD = 61 * 24 * 3600.0


class Shop(RefundShop):
    """A shop with its corrections."""

    @property
    def corrections(self) -> InvoiceCorrections:
        return self.parts.corrections(self.refund_store, self.invoices)

    def owed(self) -> list[tuple[str, str, Remedy]]:
        return [(one.refund.refund_no, one.invoice.number, one.remedy) for one in self.corrections.owed(SIGNED_OUT)]

    def invoice_is(self, made: Attempt, state: State) -> None:
        """Return MyPay's answer to a query of the invoice."""
        self.invoices.record_answer(self.invoices.get(made.order_no), state, {})


@pytest.fixture
def shop() -> Iterator[Shop]:
    with VirtualDay() as day:
        made = Shop(day)
        yield made
        assert wrong(made.database) == []
        made.stop()


def test_the_backlog_holds_e_invoices_to_issue_and_to_correct(shop: Shop) -> None:
    made = shop.paid()
    shop.invoiced(made)
    given = shop.give(made, way=Way.CASH)
    to_issue = object()
    corrections = shop.parts.corrections(shop.refund_store, shop.invoices, lambda _actor: [to_issue])
    first, second = corrections.backlog(SIGNED_OUT)
    assert first is to_issue
    assert isinstance(second, Correction)
    assert second.refund == shop.now(given)


@pytest.mark.parametrize(("way", "reference"), [(Way.CASH, ""), (Way.BACK_OFFICE, "RF-1")])
def test_a_refund_by_hand_owes_a_void_until_it_is_recorded(shop: Shop, way: Way, reference: str) -> None:
    made = shop.paid()
    shop.invoiced(made)
    given = shop.give(made, way=way, reference=reference)
    assert "AB-12345678 is still valid" in given.message.spoken()
    assert shop.owed() == [(given.refund_no, "AB-12345678", Remedy.VOID)]
    shop.facts.clear()
    after = shop.call(shop.corrections.done, given.refund_no, "  V  77 ", SETTLE)
    assert after.state is RefundState.REFUNDED
    assert after.details == {"corrected": "V 77", "corrected_by": "manager", "corrected_as": "VOID"}
    assert shop.facts == [RefundChanged(after)]
    assert shop.now(given) == after
    assert shop.owed() == []
    assert [entry.kind for entry in journal.entries(shop.database)][-1] == "refund_corrected"
    with pytest.raises(NotAllowed, match="no e-invoice to correct"):
        shop.corrections.done(given.refund_no, "V 78", SETTLE)


def test_a_part_owes_an_allowance_and_so_does_all_of_it_in_the_next_period(shop: Shop) -> None:
    part, late = shop.paid(number="p1"), shop.paid(number="p2")
    shop.invoiced(part)
    shop.invoiced(late)
    first = shop.give(part, 50, way=Way.CASH)
    assert shop.owed() == [(first.refund_no, "AB-12345678", Remedy.ALLOWANCE)]
    shop.pass_time(1)
    whole = shop.give(late, way=Way.CASH)
    assert shop.owed()[1][2] is Remedy.VOID
    shop.pass_time(PERIOD)
    assert [(one[0], one[2]) for one in shop.owed()] == [
        (first.refund_no, Remedy.ALLOWANCE), (whole.refund_no, Remedy.ALLOWANCE),
    ]  # fmt: skip


def test_what_was_never_issued_or_is_void_already_owes_nothing(shop: Shop) -> None:
    plain, waits, void = (shop.paid(number=number) for number in ("p1", "p2", "p3"))
    shop.invoiced(waits, State.WAITING)
    shop.invoiced(void)
    for one in (plain, waits, void):
        assert bool(shop.give(one, way=Way.CASH).message) is (one is void)
    shop.invoice_is(void, State.VOID)
    assert shop.owed() == []
    shop.invoice_is(waits, State.ISSUED)  # issued after the refund
    assert [one[2] for one in shop.owed()] == [Remedy.VOID]


def test_what_the_gateway_gave_back_is_owed_until_the_invoice_says_so(shop: Shop) -> None:
    made = shop.paid()
    shop.invoiced(made)
    shop.gateway.refunds[0] = RefundAnswer(RefundVerdict.DONE)
    given = shop.give(made, 50)
    assert not given.message
    assert shop.owed() == [(given.refund_no, "AB-12345678", Remedy.ALLOWANCE)]
    shop.invoice_is(made, State.ALLOWANCE)
    assert shop.owed() == []
    by_hand = shop.give(made, 75, way=Way.CASH)  # that allowance was for the first one
    assert [one[0] for one in shop.owed()] == [by_hand.refund_no]


def test_a_refund_on_its_way_owes_nothing_yet(shop: Shop) -> None:
    made = shop.paid()
    shop.invoiced(made)
    shop.gateway.refunds[0] = RefundAnswer(RefundVerdict.ACCEPTED)
    assert shop.give(made).state is RefundState.PENDING
    assert shop.owed() == []


def test_a_permission_lists_the_corrections_that_the_actor_may_not_see(shop: Shop) -> None:
    made = shop.paid()
    shop.invoiced(made)
    given = shop.give(made, way=Way.CASH)
    corrections = shop.parts.corrections(shop.refund_store, shop.invoices, shows=lambda _actor, _order_no: False)
    assert corrections.owed(SIGNED_OUT) == []
    assert [one.refund.refund_no for one in corrections.owed(SIGNED_OUT, permit(Action.SEE_ALL))] == [given.refund_no]
    with pytest.raises(NotAllowed):
        corrections.owed(SIGNED_OUT, SETTLE)


def test_a_correction_needs_a_number_and_the_right(shop: Shop) -> None:
    made = shop.paid()
    shop.invoiced(made)
    given = shop.give(made, way=Way.CASH)
    for reference, words in (("", "Enter the number"), (" ", "Enter the number"), ("9" * 65, "64 characters at most")):
        with pytest.raises(InputError, match=words):
            shop.corrections.done(given.refund_no, reference, SETTLE)
    for permission in (REFUND, permit(Action.SELL)):
        with pytest.raises(NotAllowed):
            shop.corrections.done(given.refund_no, "V 77", permission)
    with pytest.raises(NotFound):
        shop.corrections.done("NOPE", "V 77", SETTLE)
    assert len(shop.owed()) == 1
    alone = permit(Action.SETTLE, "owner")
    assert shop.call(shop.corrections.done, given.refund_no, "V 77", alone).details["corrected_by"] == "owner"
