"""E-invoices of cash sales: the order at a gateway that carries one is placed, queried and, after a refusal, replaced.

The sale is captured and in the drawer before anything is sent. The order is written and committed before it is sent,
and an unknown answer is queried, never resent. It is no attempt: it collects nothing and is in no total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from typing import Any, Final

from pos.domain.invoice import Invoice
from pos.domain.invoice_order import INVOICE_ORDER_TABLE, OPEN, InvoiceOrder, InvoiceOrderEvent, InvoiceOrderState
from pos.domain.payment import Attempt
from pos.errors import ConfigError, InputError, NoAnswer, NotSent
from pos.gateways import title_of
from pos.gateways.base import Answer, Gateway, Verdict
from pos.i18n import N_, Message, msg
from pos.runtime import Clock
from pos.services.gateway_calls import GatewayCalls
from pos.services.invoice_request import no_issuer
from pos.services.notices import Notices
from pos.services.order_numbers import OrderNumbers
from pos.services.sending import nothing_sent
from pos.store.invoice_orders import InvoiceOrderStore

ARRIVED: Final = timedelta(minutes=15)
"""Time after which an order that the gateway does not have can no longer arrive."""

WAITS: Final = N_(
    "{gateway} has not reported the cash order as paid yet. If this stays so, confirm it in {gateway}'s console."
)
REFUSED: Final = N_("{reason} – {gateway} refused the cash order. Issue it again when that is solved.")
ENDED: Final = N_("{gateway} ended the cash order unpaid ({code}). Issue it again when that is solved.")
DIFFERS: Final = N_("{gateway} reports another amount for the cash order. Issue the e-invoice in {gateway}'s console.")
NOT_FOUND: Final = N_("{gateway} does not have the cash order.")

_State, _Event = InvoiceOrderState, InvoiceOrderEvent
_ENDED_UNPAID: Final = frozenset({Verdict.REFUSED, Verdict.LAPSED, Verdict.VOIDED})


class Cause(Enum):
    """Why an invoice order is looked at: on schedule, after a notification, or because a user asks for it."""

    SCHEDULE = "schedule"
    NOTICE = "notice"
    USER = "user"


class CashInvoices:
    """The e-invoices of cash sales through the gateway ``name``; none if it is ""."""

    def __init__(
        self, *, name: str, gateways: Mapping[str, Gateway], store: InvoiceOrderStore, calls: GatewayCalls,
        notices: Notices, numbers: OrderNumbers, clock: Clock,
    ) -> None:  # fmt: skip
        self._name = name
        self._gateways = gateways
        self._store = store
        self._calls = calls
        self._notices = notices
        self._numbers = numbers
        self._clock = clock

    def issuer(self, invoice: Invoice | None) -> str:
        """Return the gateway of an invoice's order, or the one that a new order goes to; "" if there is none."""
        return self._name if invoice is None else invoice.issuer(self._name)

    def problem(self) -> InputError | ConfigError | None:
        """Return why no cash sale can have an e-invoice; None if one can."""
        if not self._name:
            return no_issuer("invoice")
        gateway = self._gateways.get(self._name)
        if gateway is None:
            return ConfigError(msg(N_("{gateway} is not set up."), gateway=title_of(self._name)))
        if gateway.shop.currency not in gateway.FACTS.currencies:
            text, title = N_("{gateway} does not take {currency}."), gateway.FACTS.title
            return InputError("currency", msg(text, gateway=title, currency=gateway.shop.currency))
        return None

    def check(self, sale: Attempt) -> None:
        """Raise InputError or ConfigError if this cash sale can have no e-invoice; call it before the sale."""
        if problem := self.problem():
            raise problem
        gateway = self._gateways[self._name]
        gateway.check(gateway.operations().cash_order(sale))

    def order_of(self, sale: Attempt, order: InvoiceOrder) -> Attempt:
        """Return an invoice order as the client of its gateway, which is set up, needs it."""
        made = self._gateways[order.gateway].operations().cash_order(sale)
        return replace(
            made, order_no=order.number, gateway_ref=order.gateway_ref, gateway_key=order.gateway_key,
            created_at=order.created_at,
        )  # fmt: skip

    async def advance(self, sale: Attempt, cause: Cause) -> InvoiceOrder:
        """Place the order of a cash sale, or query it. Return it; its ``message`` says why it is not paid.

        A refused order is replaced for a USER only, and one that never arrived at once. Raises StoreError.
        """
        order = self._store.latest(sale.order_no)
        if order is None or order.state is _State.MISSING:
            return await self._place(sale, self._new(sale))
        if order.state is _State.UNSENT:
            return await self._place(sale, order)
        if order.state in OPEN:
            order = await self._ask(sale, order)
            return order if order.state is not _State.MISSING else await self._place(sale, self._new(sale))
        if cause is not Cause.SCHEDULE and order.state is not _State.PAID:
            return await self._look_again(sale, order, cause)
        return order

    # -- steps ------------------------------------------------------------------------------------------------

    async def _place(self, sale: Attempt, order: InvoiceOrder) -> InvoiceOrder:
        """Send a new or unsent order, and query it at once: its answer does not say whether it is paid."""
        made, gateway = self.order_of(sale, order), self._gateways[order.gateway]
        with nothing_sent():
            order = self._store.step(order, _Event.SEND, message=Message())
        try:
            answer = await gateway.operations().place_cash_order(made)
        except (NotSent, InputError) as error:
            self._calls.not_sent(gateway, error.message)
            return self._store.step(order, _Event.NOT_SENT, message=error.message)
        except NoAnswer as error:
            self._calls.unanswered(gateway, error)
            return self._store.step(order, _Event.NO_ANSWER, message=error.message)
        self._calls.answered(gateway)
        if answer.verdict is Verdict.REJECTED:
            refused = msg(REFUSED, gateway=title_of(order.gateway), reason=answer.message.spoken())
            return self._store.step(order, _Event.REFUSED, code=answer.code, message=refused)
        order = self._settle(sale, order, answer)
        return await self._ask(sale, order) if order.state is _State.PLACED else order

    async def _ask(self, sale: Attempt, order: InvoiceOrder) -> InvoiceOrder:
        answer = await self._answer(sale, order)
        return self._settle(sale, order, answer)

    async def _look_again(self, sale: Attempt, order: InvoiceOrder, cause: Cause) -> InvoiceOrder:
        """Query an order that ended: it may be paid by now. One that is still unpaid is replaced for a user.

        The gateway never had an order that it rejected, so there is nothing to query.
        """
        ended = order.state is _State.REFUSED
        if order.gateway_ref:
            answer = await self._answer(sale, order)
            order, ended = self._settle(sale, order, answer), answer.verdict in _ENDED_UNPAID
        is_replaced = ended and cause is Cause.USER and order.state is _State.REFUSED
        return await self._place(sale, self._new(sale)) if is_replaced else order

    async def _answer(self, sale: Attempt, order: InvoiceOrder) -> Answer:
        """Query the gateway. An answer that did not come is UNSURE."""
        made, gateway = self.order_of(sale, order), self._gateways[order.gateway]
        await self._calls.wait_for_turn(order.gateway)
        try:
            answer = await self._notices.query(gateway, replace(made, order_no=order.order_no), order.number)
        except NotSent as error:
            self._calls.not_sent(gateway, error.message)
            return Answer(Verdict.UNSURE, message=error.message)
        except NoAnswer as error:
            self._calls.unanswered(gateway, error)
            return Answer(Verdict.UNSURE, message=error.message)
        self._calls.answered(gateway)
        return answer

    def _settle(self, sale: Attempt, order: InvoiceOrder, answer: Answer) -> InvoiceOrder:
        """Apply an answer. One that decides nothing changes only the message that is shown."""
        event, message = self._outcome(sale, order, answer)
        if event is None or event not in INVOICE_ORDER_TABLE[order.state]:
            return replace(order, message=message)
        facts: dict[str, Any] = {"code": answer.code, "message": message}
        if answer.gateway_ref and not order.gateway_ref:
            facts |= {"gateway_ref": answer.gateway_ref, "gateway_key": answer.gateway_key}
        return self._store.step(order, event, **facts)

    def _outcome(self, sale: Attempt, order: InvoiceOrder, answer: Answer) -> tuple[InvoiceOrderEvent | None, Message]:
        """Return the event that an answer is, None if it decides nothing, and the message to show."""
        title, verdict = title_of(order.gateway), answer.verdict
        if verdict is Verdict.PAID and answer.amount == sale.amount:
            return _Event.PAID, Message()
        if verdict in (Verdict.PAID, Verdict.DIFFERS):
            return _Event.DIFFERS, msg(DIFFERS, gateway=title)
        if verdict in _ENDED_UNPAID:
            return _Event.REFUSED, msg(ENDED, gateway=title, code=answer.code)
        if verdict in (Verdict.ACCEPTED, Verdict.UNUSABLE):
            return _Event.ACCEPTED, msg(WAITS, gateway=title)
        if verdict is Verdict.MISSING and answer.code and self._cannot_arrive(order):
            return _Event.NOT_FOUND, msg(NOT_FOUND, gateway=title)
        return None, answer.message or msg(NOT_FOUND, gateway=title)

    def _new(self, sale: Attempt) -> InvoiceOrder:
        return InvoiceOrder(self._numbers.new(), sale.order_no, self._name, self._clock.now())

    def _cannot_arrive(self, order: InvoiceOrder) -> bool:
        return order.sent_at is not None and self._clock.now() - order.sent_at >= ARRIVED
