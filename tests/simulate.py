"""Whole shop days on a virtual clock: the register against the simulator's truth, one seed a day.

A seed is a day: sales on all tenders, some of them split, customers who pay, pay less, fail, come late or walk away,
cashiers who cancel and press twice, a network that loses things, gateways that misbehave, and a register that dies and
starts again. When all is quiet again, what the register believes must be what happened. ``python -m tests.simulate
--seeds 100000`` runs the long one; a seed that fails is printed and replays exactly.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx

from pos.domain.customer_code import CustomerCode
from pos.domain.money import Money
from pos.domain.payment import CASH, Attempt, Sale, Tender
from pos.domain.refund import HOLDS_MONEY, REFUNDS_IN_FLIGHT, RefundState, Way
from pos.domain.split import SalePart
from pos.domain.staff import Action
from pos.domain.states import State
from pos.domain.totals import Scope, Span, Sum
from pos.errors import InputError, NotAllowed, NotFound, PosError
from pos.simulator.control import act
from pos.simulator.orders import ActionRefused, OrderStatus, SimOrder
from pos.simulator.scenarios import CodeFate, Fault
from pos.simulator.transport import InProcess, NetworkFaults
from pos.simulator.wallets import ALIPAY, WECHAT
from tests.support.access import SIGNED_OUT, permit
from tests.support.registers import SimulatedShop
from tests.support.rows import wrong
from tests.support.virtual import VirtualDay

TENDERS = {
    "TWD": (
        Tender.WECHAT, Tender.ALIPAY, Tender.ATM, Tender.MYPAY, Tender.CASH, Tender.LINE_PAY, Tender.CREDIT_CARD,
        Tender.STORE_CODE,
    ),
    "HKD": (
        Tender.WECHAT, Tender.ALIPAY, Tender.CASH, Tender.PAYME, Tender.OCTOPUS, Tender.ALIPAY_HK, Tender.WECHAT_HK,
        Tender.FPS,
    ),
}  # fmt: skip
SCANNED = {
    "TWD": {Tender.WECHAT: WECHAT, Tender.MYPAY: ALIPAY},
    "HKD": {
        Tender.WECHAT: WECHAT, Tender.ALIPAY: ALIPAY, Tender.ALIPAY_HK: ALIPAY, Tender.WECHAT_HK: WECHAT,
        Tender.PAYME: ALIPAY,
    },
}  # fmt: skip
"""The tenders whose customers may show a code, and the wallet that makes it."""
TROUBLE = (
    Fault.LOST_ANSWER, Fault.DROP_BEFORE, Fault.HANG, Fault.HANG_BEFORE, Fault.SLOW, Fault.EMPTY, Fault.TRUNCATED,
    Fault.NOT_JSON, Fault.HUGE, Fault.WRONG_TYPE, Fault.HTTP_500, Fault.HTTP_502, Fault.HTTP_403, Fault.REDIRECT,
    Fault.CAPTIVE_PORTAL, Fault.HTTP_429, Fault.BAD_SIGNATURE, Fault.OTHER_ORDER, Fault.OTHER_MERCHANT,
    Fault.UNLISTED_CODE,
)  # fmt: skip
HOURS = 3600.0
_SECOND = timedelta(seconds=1)


@dataclass
class Outcome:
    """What a day brought. ``wrong`` names every way in which belief and truth differ."""

    seed: int
    payments: int = 0
    captured: int = 0
    review: int = 0
    refunds: int = 0
    restarts: int = 0
    faults: int = 0
    split: int = 0
    wrong: list[str] = field(default_factory=list)


class ShopDay:
    """One day out of one seed."""

    def __init__(self, day: VirtualDay, seed: int) -> None:
        self.dice = random.Random(seed)
        self.split_dice = random.Random(seed + 1_000_000)
        self.split: list[str] = []
        currency = "HKD" if seed % 3 == 2 else "TWD"
        weather = NetworkFaults(random.Random(seed), refused=0.02, unrouted=0.01, lost_request=0.01)
        lookup = {"mypay": {"lookup_by_order": "yes" if seed % 2 else "no", "customer_codes": "yes"}}
        self.shop = SimulatedShop(day, seed=seed, currency=currency, weather=weather, options=lookup)
        self.outcome = Outcome(seed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._on = asyncio.Event()
        """Set while the register is on: no one can use one that is off."""
        self._on.set()

    async def live(self) -> Outcome:
        """Open, sell, be quiet for some days, compare."""
        self._trouble()
        for _ in range(self.dice.randint(15, 30)):
            await asyncio.sleep(self.dice.expovariate(1 / 120))
            self._spawn(self._splitter() if self.split_dice.random() < 0.15 else self._customer())
            if self.dice.random() < 0.1:
                await self._die_and_start_again()
            if self.dice.random() < 0.05:
                self.shop.register_clock.wrong_by += self.dice.choice((180, 900, -900)) * _SECOND
        await asyncio.sleep(2 * HOURS)
        self.outcome.faults = sum(10**6 - one.times for one in self.shop.simulator.scenarios.planned)
        self.shop.simulator.scenarios.clear()
        self.shop.weather.refused = self.shop.weather.unrouted = self.shop.weather.lost_request = 0.0
        await asyncio.gather(*self._tasks)
        await asyncio.sleep(7 * 24 * HOURS)
        self._compare()
        await self._reconcile()
        await self.shop.payments.close()
        self.shop.database.close()
        return self.outcome

    def _trouble(self) -> None:
        for fault in self.dice.sample(TROUBLE, 8):
            for verb in ("charge", "query", "void", "refund"):
                self.shop.simulator.scenarios.plan(fault, "*", verb, times=10**6, chance=self.dice.uniform(0, 0.03))

    async def _die_and_start_again(self) -> None:
        """As after a power cut: what was under way is gone, the journal is not."""
        self.outcome.restarts += 1
        self._on.clear()
        await self.shop.payments.close()
        await asyncio.sleep(self.dice.uniform(1, 300))
        self.shop.build()
        self.shop.recovery.resume()
        self.shop.refunds.resume()
        self._on.set()

    async def _customer(self) -> None:
        currency = self.shop.shop.currency
        amount = self.dice.randint(1, 300) * 5 + 10
        tender = self.dice.choice(TENDERS[currency])
        payment_id = f"{self.dice.getrandbits(64):x}"
        sale = Sale(Money(amount, currency))
        attempt = await self._press(sale, tender, payment_id, self._code(tender))
        if attempt is None or attempt.gateway == CASH:
            return
        self._spawn(self._payer(attempt))
        if self.dice.random() < 0.12:
            await asyncio.sleep(self.dice.uniform(0.5, 60))
            await self._on.wait()
            with contextlib.suppress(PosError):
                self.shop.payments.cancel(SIGNED_OUT, attempt.order_no)
        if self.dice.random() < 0.5:
            await asyncio.sleep(self.dice.uniform(60, 2 * HOURS))
            await self._give_back(payment_id)

    async def _splitter(self) -> None:
        """A customer who pays in up to four parts; now and then one leaves before all of them were taken."""
        currency, dice = self.shop.shop.currency, self.split_dice
        whole = Sale(Money(dice.randint(4, 300) * 50, currency))
        sale_id = f"{dice.getrandbits(128):032x}"
        self.split.append(sale_id)
        for number in range(dice.randint(2, 4)):
            amount = Money(dice.randint(1, whole.amount.minor // 10) * 5, currency)
            await self._part(sale_id, whole, amount, dice.choice(TENDERS[currency]), f"{sale_id} {number}")
            await asyncio.sleep(dice.uniform(5, 90))
        if dice.random() < 0.8:
            await asyncio.sleep(dice.uniform(0, HOURS))
            with contextlib.suppress(NotFound):
                left = self.shop.store.split_sale(sale_id).left
                await self._part(sale_id, whole, left, Tender.CASH, f"{sale_id} rest")

    async def _part(self, sale_id: str, whole: Sale, amount: Money, tender: Tender, payment_id: str) -> None:
        """Press for one part; one that is too much, or that the tender cannot take, is refused before it is sent."""
        with contextlib.suppress(InputError):
            part = await self._press(Sale(amount), tender, payment_id, None, SalePart(sale_id, whole))
            if part is not None and part.gateway != CASH:
                self._spawn(self._payer(part))

    async def _give_back(self, payment_id: str) -> None:
        """A manager refunds all or a part, by the gateway where it can, now and then twice at once."""
        await self._on.wait()
        paid = [one for one in self.shop.store.of_payment(payment_id) if one.state is State.CAPTURED]
        for attempt in paid:
            whole = attempt.amount.minor
            sums = [Money(self.dice.choice((whole, whole // 2, self.dice.randint(1, whole))), attempt.amount.currency)]
            if self.dice.random() < 0.2:
                sums.append(sums[0])
            give, word = self.shop.refunds.give, permit(Action.REFUND, "", "m")
            asked = (give(attempt.order_no, one, "returned", word, reference="by hand") for one in sums)
            found = await asyncio.gather(*asked, return_exceptions=True)
            for one in found:
                if isinstance(one, BaseException) and not isinstance(one, PosError | asyncio.CancelledError):
                    raise one

    def _code(self, tender: Tender) -> CustomerCode | None:
        """The code that a customer shows instead of opening a link, with what it meets at the gateway."""
        wallet = SCANNED[self.shop.shop.currency].get(tender)
        if wallet is None or self.dice.random() > 0.4:
            return None
        code = self.shop.simulator.context.wallets.fresh(wallet)
        fate = self.dice.choices(list(CodeFate), (50, 35, 5, 5, 5))[0]
        self.shop.simulator.scenarios.codes[code] = fate
        return CustomerCode(code)

    async def _press(
        self, sale: Sale, tender: Tender, payment_id: str, code: CustomerCode | None, part: SalePart | None = None
    ) -> Attempt | None:
        """Press once, or twice at once, or scan a code once or twice."""
        await self._on.wait()
        take = self.shop.payments.take
        presses = [
            take(SIGNED_OUT, sale, tender, payment_id=payment_id, customer_code=code, part=part)
            for _ in range(2 if self.dice.random() < 0.15 else 1)
        ]
        found: Attempt | None = None
        for outcome in await asyncio.gather(*presses, return_exceptions=True):
            if isinstance(outcome, Attempt):
                found = outcome
            elif not isinstance(outcome, NotAllowed | asyncio.CancelledError):
                raise outcome
        return found

    async def _payer(self, attempt: Attempt) -> None:
        if attempt.gateway == "opay":
            await self._open_page(attempt)
        await asyncio.sleep(self.dice.expovariate(1 / 40))
        order = self._order(attempt)
        if order is None or (attempt.code_type and order.status is OrderStatus.FAILED):
            return  # a code that was refused cannot be paid later
        deed = self.dice.choices(("pay", "pay_less", "fail", "expire", "pay_late", "walk"), (70, 4, 6, 4, 4, 12))[0]
        if deed == "walk":
            return
        if deed == "pay_late":
            await asyncio.sleep(self.dice.uniform(0, 6 * HOURS))
        with contextlib.suppress(ActionRefused):
            act(self.shop.simulator.context, order, deed)

    def _order(self, attempt: Attempt) -> SimOrder | None:
        """A fallback may have taken another route: the customer pays what is shown at last."""
        tried = self.shop.store.of_payment(attempt.payment_id)
        found = [self.shop.simulator.orders.find(one.gateway, one.order_no) for one in tried]
        return next((order for order in found if order is not None), None)

    async def _open_page(self, attempt: Attempt) -> None:
        await asyncio.sleep(self.dice.uniform(1, 20))
        with contextlib.suppress(PosError, httpx.HTTPError):
            page = self.shop.parts.pages().open(attempt.page_token)
            async with httpx.AsyncClient(transport=InProcess(self.shop.simulator), timeout=90) as browser:
                await browser.post(page.url, data=dict(page.fields))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.add(asyncio.ensure_future(work))

    # -- comparing --------------------------------------------------------------------------------------------

    def _compare(self) -> None:
        believed = {one.order_no: one for one in self.shop.store.search("", None, 10_000, None)}
        self.outcome.payments = len(believed)
        self.outcome.captured = sum(one.state is State.CAPTURED for one in believed.values())
        self.outcome.review = sum(one.state is State.REVIEW for one in believed.values())
        for order in self.shop.simulator.orders.all():
            self._compare_one(order, believed.get(order.number))
        for one in believed.values():
            self._must_be_true(one)
        twice = [key for key in self.shop.simulator.orders.requested_twice() if " " not in key[0] or "refund" in key[0]]
        if twice:
            self.outcome.wrong.append(f"sent twice: {twice}")
        self._compare_refunds(believed)
        self._compare_book(believed)
        self._compare_split()
        self.outcome.wrong += [f"journal: {one}" for one in wrong(self.shop.database)]

    def _compare_one(self, order: SimOrder, attempt: Attempt | None) -> None:
        if attempt is None:
            self.outcome.wrong.append(f"{order.number}: the gateway has it, the journal has not")
        elif order.paid == attempt.amount.minor and not order.late and attempt.state is State.CAPTURED:
            return
        elif order.paid and attempt.state is not State.REVIEW:
            late = order.late and attempt.state is State.CAPTURED and order.paid == attempt.amount.minor
            if not late:
                self.outcome.wrong.append(f"{order.number}: {order.paid} paid, but {attempt.state}")

    def _compare_refunds(self, believed: dict[str, Attempt]) -> None:
        """Never more went back than came; what is believed to be given back was given back."""
        for number, attempt in believed.items():
            refunds = self.shop.refund_store.of_order(number)
            self.outcome.refunds += len(refunds)
            held = sum(one.amount.minor for one in refunds if one.state in HOLDS_MONEY)
            if held > attempt.amount.minor:
                self.outcome.wrong.append(f"{number}: {held} given back of {attempt.amount.minor}")
            if any(one.state in REFUNDS_IN_FLIGHT for one in refunds):
                self.outcome.wrong.append(f"{number}: a refund still open after weeks")
            order = self.shop.simulator.orders.find(attempt.gateway, number)
            done = [one for one in refunds if one.state is RefundState.REFUNDED and one.way is Way.GATEWAY]
            review = [one for one in refunds if one.state is RefundState.REVIEW]
            truth = self.shop.simulator.orders.refunded(order) if order is not None else 0
            sure = sum(one.amount.minor for one in done)
            if not sure <= truth <= sure + sum(one.amount.minor for one in review):
                self.outcome.wrong.append(f"{number}: believed {sure} given back, {truth} was")

    def _compare_book(self, believed: dict[str, Attempt]) -> None:
        """The shop's book is the sum of what is believed."""
        refunds = [one for number in believed for one in self.shop.refund_store.of_order(number)]
        came = sum(one.paid.minor for one in believed.values() if one.state is State.CAPTURED)
        went = sum(one.amount.minor for one in refunds if one.state is RefundState.REFUNDED)
        groups = self.shop.ledger.groups(Scope(Span.MONTH, date(2026, 1, 1), date(2027, 12, 31)))
        booked = sum((one.sum for one in groups), Sum())
        if (booked.gross, booked.refunded) != (came, went):
            self.outcome.wrong.append(f"book: {booked.gross} − {booked.refunded}, not {came} − {went}")

    def _compare_split(self) -> None:
        """No split sale was paid above its amount; only money in REVIEW, for a manager, may be more."""
        for sale_id in self.split:
            with contextlib.suppress(NotFound):
                sale = self.shop.store.split_sale(sale_id)
                self.outcome.split += 1
                if sale.overpaid.minor or sale.is_paid != (sale.paid_at is not None):
                    self.outcome.wrong.append(f"split sale {sale_id}: {sale.paid} of {sale.amount}, {sale.paid_at}")

    async def _reconcile(self) -> None:
        """The gateways agree with all that does not wait for a manager."""
        review = {one.order_no for one in self.shop.store.waiting() if one.state is State.REVIEW}
        review |= {one.refund_no for one in self.shop.refund_store.waiting() if one.state is RefundState.REVIEW}
        for day in (date(2026, 11, 20), date(2026, 11, 21)):
            for check in await self.shop.reconcile.run(day, permit(Action.RECONCILE)):
                if check.in_review and check.number not in review and not self._has_wrong_key(check.number):
                    self.outcome.wrong.append(f"reconciled: {check}")

    def _has_wrong_key(self, number: str) -> bool:
        """Return whether a fault gave the register a wrong key for an order that MyPay finds by nothing else.

        The payment is in review then, although MyPay said that it was paid.
        """
        order = self.shop.simulator.orders.find("mypay", number)
        by_number = self.shop.gateways["mypay"].config.option("lookup_by_order") == "yes"
        return order is not None and not by_number and self.shop.now(number).gateway_key != order.facts["key"]

    def _must_be_true(self, attempt: Attempt) -> None:
        order = self.shop.simulator.orders.find(attempt.gateway, attempt.order_no)
        paid = order.paid if order is not None and order.status in (OrderStatus.PAID, OrderStatus.REFUNDED) else 0
        if attempt.state is State.CAPTURED and attempt.gateway != CASH and paid != attempt.amount.minor:
            self.outcome.wrong.append(f"{attempt.order_no}: believed paid, {paid} came")
        if attempt.state in (State.SENT, State.PENDING, State.UNKNOWN, State.VOIDING):
            self.outcome.wrong.append(f"{attempt.order_no}: still {attempt.state} after weeks")


def run_day(seed: int) -> Outcome:
    """One day, from an empty journal."""
    with VirtualDay() as day:
        return day.run(ShopDay(day, seed).live())


def main() -> int:
    """The days that were asked for, and their count."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--seeds", type=int, default=200)
    asked.add_argument("--first", type=int, default=0)
    wish = asked.parse_args()
    begun, payments, refunds = time.monotonic(), 0, 0
    for seed in range(wish.first, wish.first + wish.seeds):
        outcome = run_day(seed)
        payments += outcome.payments
        refunds += outcome.refunds
        if outcome.wrong:
            sys.stdout.write(f"seed {seed}: {outcome.wrong}\n")
            return 1
    took = time.monotonic() - begun
    sys.stdout.write(
        f"{wish.seeds} days, {payments} attempts, {refunds} refunds, nothing lost, doubled or guessed ({took:.0f} s)\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
