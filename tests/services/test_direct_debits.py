"""Direct debits through MyPay are found among all payments."""

from __future__ import annotations

from pos.domain.money import Money
from pos.domain.payment import Sale, Tender
from pos.domain.staff import Action
from tests.support.access import SIGNED_OUT, permit
from tests.support.registers import SimulatedShop
from tests.support.virtual import VirtualDay

MONTHLY = {"pfn": "DIRECTDEBIT", "regular": "M", "regular_total": "12"}


def test_direct_debits_are_listed_newest_first_and_other_payments_are_not() -> None:
    with VirtualDay() as day:
        shop = SimulatedShop(day)
        made = []
        for name, amount, options in (("one", 880, MONTHLY), ("two", 100, {}), ("three", 990, MONTHLY)):
            sale = Sale(Money(amount, "TWD"), (), options)
            attempt = day.run(shop.payments.take(SIGNED_OUT, sale, Tender.MYPAY, payment_id=name))
            shop.customer_pays(attempt)
            shop.pass_time(60)
            made.append(attempt.order_no)
        found = shop.parts.mypay().debits(permit(Action.SEE_ALL))
        assert [one.order_no for one in found] == [made[2], made[0]]
        shop.stop()
