"""The life of a payment: journaled, sent, settled, or given up.

The order is always the same: write ``sent`` and commit, then send. If the program stops at any point, the next start
queries the outcome. After every ``await`` the attempt is read again: the cashier may have cancelled it meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from pos.domain.actor import Actor
from pos.domain.cash import round_cash, rounding_of
from pos.domain.cash_limits import check_cash
from pos.domain.customer_code import CustomerCode
from pos.domain.events import Fact, InvoiceChanged
from pos.domain.invoice import Invoice, InvoiceRequest
from pos.domain.money import Money
from pos.domain.payment import CASH, CODE_TYPE, KEY, REJECTED, Attempt, HistoryRow, Sale, Tender, check_tendered
from pos.domain.split import TAKEN, SalePart
from pos.domain.staff import Action
from pos.domain.states import CANCELLABLE, IN_FLIGHT, Event, State
from pos.errors import ConfigError, InputError, NoAnswer, NotAllowed, NotSent, NotUnderstood, StoreError
from pos.gateways.base import Gateway
from pos.i18n import N_, Message, msg
from pos.runtime import Clock
from pos.services.access import Visibility
from pos.services.attempt_engine import AttemptEngine
from pos.services.background import BackgroundTasks
from pos.services.cash_invoices import CashInvoices
from pos.services.customer_codes import UsedCodes, check_code_again, masked_message, taker_of, tender_to_charge
from pos.services.discounts import approved
from pos.services.gateway_calls import GatewayCalls
from pos.services.invoice_request import RequestedInvoice, issuing_routes, refuse_mixed_tax
from pos.services.new_order import NewOrder
from pos.services.order_locks import OrderLocks
from pos.services.order_numbers import OrderNumbers
from pos.services.permissions import Permission
from pos.services.poller import Poller
from pos.services.routes import Routes
from pos.services.sale_invoices import check_part_invoice
from pos.services.sending import nothing_sent, outcome_unsaved
from pos.services.status_query import StatusQuery
from pos.services.targets import Targets
from pos.store.payments import PaymentStore

log = logging.getLogger(__name__)

FENCE: Final = timedelta(minutes=10)
"""How long a payment with an unknown outcome blocks one of the same amount (the duplicate-charge fence)."""


class PossibleDuplicate(NotAllowed):
    """The customer may have paid already: the outcome of ``attempt``, of the same amount, is not known."""

    def __init__(self, attempt: Attempt) -> None:
        text = N_("It is not known whether payment {order_no} of {amount} was made. Check it first.")
        super().__init__(msg(text, order_no=attempt.order_no, amount=attempt.amount.display))
        self.attempt = attempt


class Payments:
    """Charge customers and cancel payments. All methods run on the I/O loop.

    ``invoice_with_order`` names the gateways whose orders request their e-invoice themselves. Methods with an
    ``order_no`` raise NotFound, and NotAllowed for a payment that the actor may not see.
    """

    def __init__(
        self,
        *,
        store: PaymentStore,
        gateways: Mapping[str, Gateway],
        engine: AttemptEngine,
        calls: GatewayCalls,
        targets: Targets,
        locks: OrderLocks,
        tasks: BackgroundTasks,
        numbers: OrderNumbers,
        status_query: StatusQuery,
        poller: Poller,
        clock: Clock,
        routes: Routes,
        register_id: str,
        access: Visibility,
        cash_invoices: CashInvoices,
        invoice_with_order: Collection[str] = (),
    ) -> None:
        self._store = store
        self._gateways = gateways
        self._engine = engine
        self._calls = calls
        self._targets = targets
        self._locks = locks
        self._tasks = tasks
        self._numbers = numbers
        self._status_query = status_query
        self._poller = poller
        self._clock = clock
        self._routes = routes
        self._register = register_id
        self._access = access
        self._cash_invoices = cash_invoices
        self._invoice_with_order = invoice_with_order
        self._used_codes = UsedCodes(clock)

    async def take(
        self,
        actor: Actor,
        sale: Sale,
        tender: Tender | None,
        *,
        payment_id: str,
        gateway: str | None = None,
        tendered: Money | None = None,
        invoice_request: InvoiceRequest | None = None,
        customer_code: CustomerCode | None = None,
        even_if_duplicate: bool = False,
        part: SalePart | None = None,
        discount_permission: Permission | None = None,
    ) -> Attempt:
        """Collect ``sale`` by ``tender``; the actor is its cashier. Return the attempt after the first answer.

        ``invoice_request`` is written in the transaction that writes the attempt. A sale with an e-invoice
        goes to one gateway that issues it and falls back to no other, because only its own orders get one. A cash sale,
        or a split sale, is refused before it is taken if it can have none.
        ``customer_code`` is charged at once, by ``tender`` or else by the wallet of its form. It goes to the gateway
        and is written nowhere; one that was sent already is refused with NotAllowed. ``part`` names the split sale that
        ``sale`` is a part of; the rules of :mod:`pos.domain.split` are checked in the transaction that writes it.
        A large discount needs ``discount_permission`` unless the actor has the right to it.

        Raises InputError, ConfigError, NotAllowed and StoreError, all before anything is sent, and PossibleDuplicate
        unless ``even_if_duplicate`` is set. Cancelling the caller does not stop the payment.
        """
        tender = tender_to_charge(tender, customer_code)
        own = partial(self._access.permission, actor, Action.DISCOUNT)
        sale, part = approved(sale, part, discount_permission, own)
        only: tuple[str, ...] = (gateway,) if gateway else ()
        if part is not None:
            check_part_invoice(part, sale, self._store, self._cash_invoices, self._clock.now(), invoice_request)
        if invoice_request is not None:
            refuse_mixed_tax(sale.lines)
        if tender is Tender.CASH:
            order = NewOrder(actor, sale, tender, payment_id, part=part)
            return self._take_cash(order, tendered, invoice_request)
        is_issuer_needed = invoice_request is not None and part is None
        if is_issuer_needed:
            only = issuing_routes(gateway, self._routes.of(tender))
        code_options = None if customer_code is None else sale.options
        routes, invoice = self._routes.choose(tender, sale.amount, only, code_options), None
        if invoice_request is not None:
            routes = routes[:1] if is_issuer_needed else routes
            with_order = is_issuer_needed and routes[0] in self._invoice_with_order
            invoice = RequestedInvoice(invoice_request, with_order, part.sale_id if part else "")
            sale = invoice.added_to(sale, routes[0])
        if not even_if_duplicate:
            self._refuse_possible_duplicate(sale.amount, payment_id, part)
        order = NewOrder(actor, sale, tender, payment_id, invoice, customer_code, part)
        return await self._tasks.run_shielded(self._with_code(customer_code, self._try_routes(routes, order)))

    async def send_again(self, actor: Actor, order_no: str, customer_code: CustomerCode | None = None) -> Attempt:
        """Send an attempt that was not sent, with its code if it charges one. Raises NotAllowed for any other."""
        attempt = self.get(actor, order_no)
        if attempt.state is not State.CREATED:
            raise NotAllowed(N_("Only a payment that was not sent can be sent again."))
        check_code_again(attempt, customer_code)
        self._targets.check(attempt.gateway)
        details = {name: value for name, value in attempt.details.items() if name != REJECTED}
        write = partial(self._store.step, attempt, Event.SEND, message=Message(), code="", details=details)
        return await self._tasks.run_shielded(
            self._with_code(customer_code, self._send(order_no, write, code=customer_code))
        )

    async def check_now(self, actor: Actor, order_no: str) -> Attempt:
        """Query the gateway about a payment at once. Return the attempt after the answer."""
        self._access.require_visible(actor, order_no)
        return await self._status_query.check_now(order_no)

    def get(self, actor: Actor, order_no: str) -> Attempt:
        """Return a payment's attempt."""
        self._access.require_visible(actor, order_no)
        return self._store.get(order_no)

    def history(self, actor: Actor, order_no: str) -> Sequence[HistoryRow]:
        """Return what happened to an attempt, oldest first."""
        self._access.require_visible(actor, order_no)
        return self._store.history(order_no)

    def waiting(self) -> Sequence[Attempt]:
        """Return everything that is not settled, oldest first; every user may see it."""
        return self._store.waiting()

    def cancel(self, actor: Actor, order_no: str) -> Attempt:
        """Cancel an attempt; the gateway is asked to void it and polled in the background.

        Raises NotAllowed for a settled attempt.
        """
        attempt = self.get(actor, order_no)
        if attempt.state is State.SENT:
            return self._engine.publish(self._store.note(attempt, "cancel_wanted", cancel_wanted=True))
        if attempt.state is State.VOIDING:
            return attempt
        if attempt.state not in CANCELLABLE:
            text = N_("A payment that is {state} cannot be cancelled.")
            raise NotAllowed(msg(text, state=attempt.state.value))
        return self._cancel(attempt)

    def gateway_warnings(self) -> Sequence[Message]:
        """Return what the shop should do soon about its gateways."""
        today = self._clock.now().date()
        found = [text for one in self._gateways.values() if (text := one.warning(today))]
        return [*self._targets.problems(), *found]

    def _possible_duplicates(self, amount: Money) -> Sequence[Attempt]:
        """Return the attempts of exactly this amount whose outcome is unknown, within the last FENCE, newest first."""
        return self._store.find_possible_duplicates(amount.minor, amount.currency, self._clock.now() - FENCE)

    async def close(self) -> None:
        """Stop polling and sending. Attempts keep the state that is written; recovery resumes them."""
        self._poller.close()
        self._calls.close()
        await self._tasks.close()

    def _refuse_possible_duplicate(self, amount: Money, payment_id: str, part: SalePart | None) -> None:
        """Raise PossibleDuplicate. An attempt of this payment that is still in flight is refused by the store.

        So is a part whose amount another part of the sale has taken.
        """
        for found in self._possible_duplicates(amount):
            in_flight = found.payment_id == payment_id and found.state in IN_FLIGHT
            of_sale = part is not None and found.sale_id == part.sale_id and found.state in TAKEN
            if not in_flight and not of_sale:
                raise PossibleDuplicate(found)

    # -- sending ----------------------------------------------------------------------------------------------

    async def _with_code(self, code: CustomerCode | None, sending: Coroutine[Any, Any, Attempt]) -> Attempt:
        """Run ``sending``, which sends ``code``, unless the code was sent before: a scanner may read it twice."""
        if code is None:
            return await sending
        try:
            self._used_codes.claim(code)
        except NotAllowed:
            sending.close()
            raise
        state = State.CREATED
        try:
            attempt = await sending
            state = attempt.state
            return attempt
        finally:
            if state in (State.CREATED, State.DECLINED):
                self._used_codes.release(code)

    async def _try_routes(self, routes: tuple[str, ...], order: NewOrder) -> Attempt:
        """Try one route after the other, the next one only while nothing was sent."""
        refused: InputError | None = None
        attempt: Attempt | None = None
        for name in routes:
            if not self._targets.allows(name, first=attempt is None and refused is None):
                continue
            fresh = self._fresh(order, name)
            try:
                self._gateways[name].check(fresh)
            except InputError as error:
                refused = refused or error
                continue
            if attempt is not None:
                text = N_("Nothing was sent; {gateway} is tried instead.")
                with nothing_sent():
                    self._engine.step(attempt, Event.CANCEL, message=msg(text, gateway=name))
            attempt = await self._send_new(fresh, order)
            if attempt.state is not State.CREATED:
                return attempt
        if attempt is None:
            raise refused or ConfigError(N_("No gateway is set up for this tender."))
        return attempt

    def _fresh(self, order: NewOrder, gateway: str) -> Attempt:
        now, sale = self._clock.now(), order.sale
        details = {}
        if order.code is not None:
            details[CODE_TYPE] = taker_of(self._gateways[gateway]).code_type(order.tender, sale.options)
        order_no = self._numbers.new()
        needs_page = gateway != CASH and self._gateways[gateway].FACTS.needs_page
        return Attempt(
            order_no=order_no,
            payment_id=order.payment_id,
            tender=order.tender,
            gateway=gateway,
            amount=sale.amount,
            state=State.CREATED,
            register_id=self._register,
            created_at=now,
            lines=sale.lines,
            options=sale.options,
            details=details,
            cashier=order.actor.person,
            page_token=self._store.page_token(order_no) if needs_page else "",
            sale_id=order.part.sale_id if order.part else "",
            terms=sale.terms,
        )

    async def _send_new(self, fresh: Attempt, order: NewOrder) -> Attempt:
        create = partial(self._store.create, fresh, Event.SEND, opens=order.opens)
        if order.invoice is None:
            return await self._send(fresh.order_no, create, code=order.code)
        requested = order.invoice.of_attempt(fresh.order_no)
        write = partial(create, invoice=requested)
        return await self._send(fresh.order_no, write, InvoiceChanged(requested), code=order.code)

    async def _send(
        self, order_no: str, write: Callable[[], Attempt], *written: Fact, code: CustomerCode | None
    ) -> Attempt:
        """Write the attempt as sent with ``write`` and commit, then send it.

        ``written`` are published after the commit. From then on the attempt is polled, even if a later step fails.
        """
        async with self._locks.of(order_no):
            with nothing_sent():
                attempt = write()
            with self._status_query.sending(order_no):
                try:
                    self._engine.publish(attempt, *written)
                    attempt = await self._charge(attempt, code)
                except Exception as error:
                    attempt = self._in_doubt(attempt, error)
        self._poller.follow(attempt)
        return self._cancelled_if_wanted(attempt)

    def _in_doubt(self, attempt: Attempt, error: Exception) -> Attempt:
        """Publish an attempt as UNKNOWN whose outcome could not be written; the poller queries and writes it later."""
        log.error("outcome of %s not saved", attempt.order_no, exc_info=error)
        return self._engine.publish(replace(attempt, state=State.UNKNOWN, message=outcome_unsaved(error)))

    def _cancelled_if_wanted(self, attempt: Attempt) -> Attempt:
        """Cancel an attempt that was cancelled while it was being sent. If that fails, the next query does it."""
        if attempt.cancel_wanted and attempt.state in CANCELLABLE:
            try:
                return self._cancel(attempt)
            except StoreError as error:
                log.error("cancelling %s: %s", attempt.order_no, error.detail or error)
        return attempt

    async def _charge(self, attempt: Attempt, code: CustomerCode | None) -> Attempt:
        gateway = self._gateways[attempt.gateway]
        try:
            asked = gateway.charge(attempt) if code is None else taker_of(gateway).charge_code(attempt, code)
            answer = await asked
        except (NotSent, InputError) as error:
            self._calls.not_sent(gateway, error.message)
            refused = isinstance(error, NotUnderstood) and gateway.merchant_key.refused
            details = {**attempt.details, REJECTED: KEY} if refused else attempt.details
            return self._after_silence(attempt, Event.NOT_SENT, error.message, details=details)
        except NoAnswer as error:
            self._calls.unanswered(gateway, error)
            return self._after_silence(attempt, Event.NO_ANSWER, error.message)
        except Exception:
            # The client could not read the reply. The order may exist.
            log.exception("charge of %s", attempt.order_no)
            text = N_("The gateway's answer could not be read.")
            return self._after_silence(attempt, Event.NO_ANSWER, msg(text))
        self._calls.answered(gateway)
        return self._engine.settle(self._store.get(attempt.order_no), answer)

    def _after_silence(self, attempt: Attempt, event: Event, message: Message, **facts: Any) -> Attempt:
        message = masked_message(message) if attempt.code_type else message
        return self._engine.step(self._store.get(attempt.order_no), event, message=message, **facts)

    def _take_cash(self, order: NewOrder, tendered: Money | None, invoice_request: InvoiceRequest | None) -> Attempt:
        """Take cash. Its e-invoice is owed at once; the order that carries it is placed after the sale."""
        due = round_cash(order.sale.amount)
        handed = tendered or due
        check_tendered(due, handed)
        check_cash(due, handed)
        attempt = replace(self._fresh(order, CASH), tendered=handed, rounding=rounding_of(order.sale.amount))
        if invoice_request is None:
            return self._engine.publish(self._store.create(attempt, Event.SEND, Event.PAID, opens=order.opens))
        if order.part is None:
            self._cash_invoices.check(attempt)
        invoice = Invoice(attempt.order_no, invoice_request, sale_id=attempt.sale_id)
        made = self._store.create(attempt, Event.SEND, Event.PAID, invoice=invoice, opens=order.opens)
        return self._engine.publish(made, InvoiceChanged(replace(invoice, paid_at=made.ended_at)))

    def _cancel(self, attempt: Attempt) -> Attempt:
        attempt = self._engine.step(attempt, Event.CANCEL, message=Message())
        if attempt.state is State.VOIDING:
            self._poller.follow(attempt)
            self._tasks.spawn(self._status_query.void(attempt.order_no))
        return attempt
