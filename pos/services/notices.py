"""Notices from the gateways: the same path for every gateway.

A notice causes a query and never settles a payment by itself. Its gateway's client has read and verified it; this
module matches it with an order or a refund, deduplicates it by (gateway, number, state) and stores it. Only then is it
acknowledged. It wakes the poller of its order, which queries in its normal place of the queue: a notice does not
overtake the queries of other payments, and at most one query of an order waits.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from pos.domain.invoice_order import InvoiceOrder, InvoiceOrderState
from pos.domain.payment import Attempt
from pos.domain.states import IN_FLIGHT, State
from pos.errors import BadNotice, BadReply, NotFound, PosError
from pos.gateways.base import Answer, Gateway, Notice, Verdict
from pos.gateways.capabilities import ChargeReport
from pos.i18n import N_
from pos.runtime import Clock
from pos.services.background import BackgroundTasks
from pos.services.gateway_calls import GatewayCalls
from pos.services.token_bucket import Rate, TokenBuckets
from pos.store.notices import CONFIRMED, NoticeStore, Pair
from pos.store.payments import PaymentStore

log = logging.getLogger(__name__)

PER_ORDER: Final = Rate(1 / 30, 10)
"""Limit of new states and pairs for one order: a payment has few states, over minutes to days."""

STATES_PER_ORDER: Final = 32
"""Journal rows that the notices of one order may cause; no document lists so many states for one order."""

ODD_STATE: Final = "other"
"""The stored state of a notice whose state is none of a known form."""


class Notices:
    """Take verified notices. ``wake`` makes the poller query an attempt in its place of the queue.

    ``check_refund`` queries a refund, ``take_charge`` takes the charge of an agreement; without them neither is done.
    ``find_invoice_order`` finds the order of a cash sale's e-invoice, ``wake_invoice`` has it issued.
    """

    def __init__(
        self, payments: PaymentStore, store: NoticeStore, calls: GatewayCalls, clock: Clock, tasks: BackgroundTasks,
        wake: Callable[[Attempt], None],
    ) -> None:  # fmt: skip
        self._payments = payments
        self._store = store
        self._calls = calls
        self._tasks = tasks
        self._wake = wake
        self._buckets = TokenBuckets(clock, PER_ORDER)
        self._to_query: set[str] = set()
        self._without_pair: set[str] = set()
        self._refunds_to_ask: set[str] = set()
        self.check_refund: Callable[[str], Awaitable[object]] | None = None
        self.take_charge: Callable[[Attempt, Notice], None] | None = None
        self.find_invoice_order: Callable[[str], InvoiceOrder | None] = lambda number: None
        self.wake_invoice: Callable[[str], None] = lambda order_no: None

    def receive(self, name: str, headers: Mapping[str, str], body: bytes) -> str:
        """Verify and store a notice of a gateway; return its acknowledgement. Raises BadNotice, and as :meth:`take`."""
        gateway = self._calls.get(name)
        if gateway is None:
            raise BadNotice(N_("This gateway is not set up."))
        notice = gateway.read_notice(headers, body)
        self.take(name, notice)
        return notice.reply

    def take(self, gateway: str, notice: Notice) -> None:
        """Store a verified notice and wake the poller; on return the notice may be acknowledged.

        A known notice, or one of a captured payment, changes nothing. Raises NotFound for an order
        that is not stored (yet), BadNotice for another gateway's order, a wrong pair or too many notices, StoreError.
        """
        try:
            attempt = self._attempt(gateway, notice)
        except NotFound:
            if not self._take_invoice_order(gateway, notice):
                self._take_refund(gateway, notice)
            return
        if notice.charge is not None and (notice.is_later or notice.settles):
            self._take_charge(gateway, attempt, notice, notice.charge)
            return
        if attempt.state is State.CAPTURED:
            return
        pair = self._new_pair(attempt, notice)
        state = self._new_state(gateway, attempt.order_no, notice)
        is_over = attempt.state not in IN_FLIGHT
        if not self._add(gateway, attempt.order_no, attempt.order_no, state, pair, unanswered=is_over):
            return
        if is_over:
            self._to_query.add(attempt.order_no)
        self._wake(attempt)

    def resume(self) -> None:
        """Query the ended payments whose acknowledged notice had no answer after it. Call once after a start."""
        for order_no in self._store.unanswered():
            attempt = self._payments.get(order_no)
            if self._calls.get(attempt.gateway) is not None:
                self._to_query.add(order_no)
                self._wake(attempt)

    def needs_query(self, order_no: str) -> bool:
        """Return whether a notice requires a query of an order whose schedule has ended."""
        return order_no in self._to_query

    async def query(self, gateway: Gateway, attempt: Attempt, number: str = "") -> Answer:
        """Query an attempt, with the pair of a notice if its own is not known. Raises as :meth:`Gateway.query`.

        ``number`` is the number that the gateway knows it by, and its pairs are stored by, if it is another one.

        Each query tries one candidate: the least tried first, in turn with a query without any. The pair that the
        gateway confirms for our order number is kept, so a forged notice cannot displace the right pair.
        """
        asked = replace(attempt, order_no=number) if number else attempt
        pair = self._next_pair(asked)
        if pair is None:
            return await gateway.query(asked)
        try:
            answer = await gateway.query(replace(asked, gateway_ref=pair.ref, gateway_key=pair.key))
        except BadReply as error:
            log.info("a candidate pair of %s: %s", attempt.order_no, error)
            answer = Answer(Verdict.MISSING)  # of another order, or unreadable: the pair is not confirmed
        if pair.tries == CONFIRMED:
            return answer
        if answer.gateway_ref == pair.ref:
            self._store.confirm(attempt.order_no, asked.order_no, pair)
        else:
            self._store.tried(asked.order_no, pair)
        return answer

    def answered(self, attempt: Attempt) -> None:
        """Call after the answer to a query about ``attempt``; wakes the poller while an untried pair is left."""
        if not attempt.gateway_ref and any(pair.tries == 0 for pair in self._store.pairs(attempt.order_no)):
            self._wake(attempt)
        elif attempt.order_no in self._to_query:
            self._store.answered(attempt.order_no)
            self._to_query.discard(attempt.order_no)

    # -- steps ------------------------------------------------------------------------------------------------

    def _attempt(self, gateway: str, notice: Notice) -> Attempt:
        store = self._payments
        attempt = store.get(notice.order_no) if notice.order_no else store.by_ref(gateway, notice.gateway_ref)
        if attempt.gateway != gateway or not _pair_fits(attempt, notice):
            raise BadNotice(N_("This notification does not belong to the payment it names."))
        if attempt.state is State.CREATED:
            raise BadNotice(N_("This notification is about a payment that was not sent."))
        return attempt

    def _take_invoice_order(self, gateway: str, notice: Notice) -> bool:
        """Take the notice of an invoice order. Its states and pairs are stored by its own number.

        Return False for another number.
        """
        order = self.find_invoice_order(notice.order_no) if notice.order_no else None
        if order is None:
            return False
        known = replace(
            self._payments.get(order.order_no), order_no=order.number, gateway=order.gateway,
            gateway_ref=order.gateway_ref, gateway_key=order.gateway_key,
        )  # fmt: skip
        if gateway != order.gateway or not _pair_fits(known, notice):
            raise BadNotice(N_("This notification does not belong to the payment it names."))
        if order.state is InvoiceOrderState.PAID:
            return True
        pair, state = self._new_pair(known, notice), self._new_state(gateway, order.number, notice)
        if self._add(gateway, order.number, order.order_no, state, pair, unanswered=False):
            self.wake_invoice(order.order_no)
        return True

    def _add(
        self, gateway: str, number: str, order_no: str, state: str | None, pair: Pair | None, *, unanswered: bool
    ) -> bool:
        """Store a new state, a new pair, or both. Return False if there is neither; raises BadNotice for too many."""
        if state is None and pair is None:
            return False
        self._limit(order_no)
        if not self._store.add(gateway, number, order_no, state, pair, unanswered=unanswered):
            raise BadNotice(_TOO_MANY)
        return True

    def _new_state(self, gateway: str, number: str, notice: Notice) -> str | None:
        """Return the state of a notice, None if it is stored already. Raises BadNotice above STATES_PER_ORDER."""
        state = notice.code if re.fullmatch(r"[0-9A-Za-z_-]{0,24}", notice.code, re.ASCII) else ODD_STATE
        known = self._store.states(gateway, number)
        if state in known:
            return None
        if len(known) >= STATES_PER_ORDER:
            raise BadNotice(_TOO_MANY)
        return state

    def _new_pair(self, attempt: Attempt, notice: Notice) -> Pair | None:
        """Return the pair of a notice if the order has none and it is new. Raises BadNotice beside a confirmed one."""
        if attempt.gateway_ref or not notice.gateway_ref:
            return None
        known = self._store.pairs(attempt.order_no)
        if any((pair.ref, pair.key) == (notice.gateway_ref, notice.gateway_key) for pair in known):
            return None
        if any(pair.tries == CONFIRMED for pair in known):
            raise BadNotice(N_("This notification does not belong to the payment it names."))
        return Pair(notice.gateway_ref, notice.gateway_key)

    def _next_pair(self, attempt: Attempt) -> Pair | None:
        if attempt.gateway_ref:
            return None
        pairs = self._store.pairs(attempt.order_no)
        if not pairs or pairs[0].tries <= 0:
            return pairs[0] if pairs else None
        if attempt.order_no in self._without_pair:
            self._without_pair.discard(attempt.order_no)
            return pairs[0]
        self._without_pair.add(attempt.order_no)
        return None

    def _take_charge(self, gateway: str, attempt: Attempt, notice: Notice, charge: ChargeReport) -> None:
        """Take the notice of an agreement's charge, before it is acknowledged; a known one changes nothing."""
        state = f"{charge.bank_ref or charge.gateway_ref}-{charge.code}"[-24:]
        if self.take_charge is None or state in self._store.states(gateway, attempt.order_no):
            return
        self._limit(attempt.order_no)
        self.take_charge(attempt, notice)
        self._store.add(gateway, attempt.order_no, attempt.order_no, state, None, unanswered=False)

    def _take_refund(self, gateway: str, notice: Notice) -> None:
        order_no = self._store.order_of_refund(gateway, notice.order_no)
        if not order_no:
            raise NotFound(N_("There is no payment or refund with this number."))
        state = self._new_state(gateway, notice.order_no, notice)
        if state is None:
            return
        self._limit(order_no)
        self._store.add(gateway, notice.order_no, order_no, state, None, unanswered=False)
        if self.check_refund is not None and notice.order_no not in self._refunds_to_ask:
            self._refunds_to_ask.add(notice.order_no)
            self._tasks.spawn(self._ask_about_refund(gateway, notice.order_no, self.check_refund))

    async def _ask_about_refund(self, gateway: str, refund_no: str, check: Callable[[str], Awaitable[object]]) -> None:
        try:
            await self._calls.wait_for_turn(gateway)
        finally:
            self._refunds_to_ask.discard(refund_no)
        try:
            await check(refund_no)
        except PosError as error:  # the poller of the refund queries again
            log.error("query of refund %s: %s", refund_no, error.detail or error)

    def _limit(self, order_no: str) -> None:
        if not self._buckets.take(order_no):
            raise BadNotice(_TOO_MANY)


_TOO_MANY: Final = N_("Too many different notifications of one payment.")


def _pair_fits(attempt: Attempt, notice: Notice) -> bool:
    """Compare the pair of an unsigned notice with the attempt's, as far as both are known."""
    return all(
        not (ours and theirs) or hmac.compare_digest(ours.encode(), theirs.encode())
        for ours, theirs in (
            (attempt.gateway_key, notice.gateway_key),
            (attempt.gateway_ref if notice.gateway_key else "", notice.gateway_ref),
        )
    )
