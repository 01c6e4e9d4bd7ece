"""E-invoices: requested with the sale, issued after the capture, retried until issued, printed once as an original.

A paid sale never waits for its invoice. A request without an answer is queried before it is repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from pos.domain.actor import Actor
from pos.domain.events import AttemptChanged, Fact, InvoiceChanged
from pos.domain.invoice import DUE, Invoice, InvoiceRequest, Kind, PrintEvent, PrintState, State, is_copy, time_left
from pos.domain.invoice_order import STOPPED, InvoiceOrderState
from pos.domain.payment import CASH, Attempt
from pos.domain.staff import Action
from pos.domain.states import State as AttemptState
from pos.errors import ConfigError, NoAnswer, NotFound, NotSent, PosError, StoreError
from pos.gateways import title_of
from pos.gateways.capabilities import Outcome
from pos.gateways.received import gateway_message
from pos.i18n import N_, Message, msg
from pos.runtime import BlockingRunner, Bus, Clock
from pos.services.background import BackgroundTasks
from pos.services.cash_invoices import CashInvoices, Cause
from pos.services.invoice_request import no_issuer, refuse_mixed_tax
from pos.services.issuers import InvoiceAccess, Issuer
from pos.services.order_locks import OrderLocks
from pos.services.permissions import Permission, require_permission
from pos.services.proof_sheets import TitlePictures, proof_sheets
from pos.services.sale_invoices import check_cash_invoice, invoiced
from pos.services.sending import nothing_sent
from pos.services.targets import Targets
from pos.store.invoices import InvoiceStore
from pos.store.payments import PaymentStore

if TYPE_CHECKING:
    from pos.einvoice.printer import Printer
    from pos.einvoice.receipt_canvas import Bitmap

log = logging.getLogger(__name__)

AGAIN: Final = (5.0, 30.0, 120.0, 600.0)
"""Seconds between tries to issue an invoice; the last is repeated until the 48 hours end."""


class Invoicing:
    """Request, issue and print e-invoices. The payment's own gateway issues them, or that of the sale's ``cash`` order.

    ``issuers`` has the gateways that are set up and issue e-invoices, by name; ``shop`` is printed as the title.
    Methods with an ``order_no`` raise NotFound, and NotAllowed for a payment that the actor may not see.
    """

    def __init__(
        self, *, payments: PaymentStore, store: InvoiceStore, issuers: Mapping[str, Issuer], printer: Printer,
        targets: Targets, tasks: BackgroundTasks, clock: Clock, bus: Bus, shop: str, access: InvoiceAccess,
        cash: CashInvoices, rows: int = 624, prints_by_itself: bool = True,
        run_blocking: BlockingRunner = asyncio.to_thread,
    ) -> None:  # fmt: skip
        self._payments = payments
        self._access = access
        self._cash = cash
        self._store = store
        self._targets = targets
        self._tasks = tasks
        self._clock = clock
        self._bus = bus
        self._issuers = issuers
        self._printer = printer
        self._shop = shop
        self._prints_by_itself = prints_by_itself
        self._rows = rows
        self._run_blocking = run_blocking
        self._locks = OrderLocks()
        self._pictures = TitlePictures()
        self._followed: set[str] = set()
        self._refreshed: set[str] = set()
        self._stop: Callable[[], None] = bus.listen(self._on_fact)

    def close(self) -> None:
        """Unsubscribe from events; invoices still to be issued are resumed at the next start."""
        self._stop()

    # -- requests ---------------------------------------------------------------------------------------------

    def request_invoice(
        self, actor: Actor, order_no: str, invoice_request: InvoiceRequest, permission: Permission | None = None
    ) -> Invoice:
        """Request an e-invoice after the payment; for a captured payment it is issued at once.

        A cashier may do so for their own last payments. Raises InputError, and NotAllowed without a permission for any
        other payment.
        """
        self._access.check_later_invoice(actor, order_no, permission)
        attempt = invoiced(self._payments, order_no)
        refuse_mixed_tax(attempt.lines, "order_no")
        if attempt.gateway == CASH:
            check_cash_invoice(attempt, self._cash)
        elif attempt.gateway not in self._issuers:
            raise no_issuer("order_no")
        invoice = self._publish(self._store.request_invoice(order_no, invoice_request))
        if invoice.owed:
            self._follow(attempt)
        return invoice

    def cash_problem(self) -> Message:
        """Return why no cash sale can have an e-invoice; an empty message if one can."""
        problem = self._cash.problem()
        return problem.message if problem else Message()

    def can_issue(self, attempt: Attempt) -> bool:
        """Return whether this payment can have an e-invoice."""
        return self._issuer_of(attempt) in self._issuers

    def wake(self, order_no: str) -> None:
        """Try to issue an invoice now, after a notification about its order."""
        self._tasks.spawn(self._after_notice(order_no))

    def find(self, actor: Actor, order_no: str) -> Invoice | None:
        """Return a payment's e-invoice, None if none was requested."""
        self._access.require_visible(actor, order_no)
        return self._store.find(order_no)

    def owed(self, actor: Actor, permission: Permission | None = None) -> Sequence[tuple[Invoice, timedelta]]:
        """Return the invoices still to be issued and the time left for each, the oldest first.

        With a permission all of them, else only for payments that the actor may see. Raises NotAllowed for
        another permission.
        """
        if permission is not None:
            require_permission(permission, Action.SEE_ALL)
        now = self._clock.now()
        shown = [one for one in self._store.owed() if permission is not None or self._access.shows(actor, one.order_no)]
        return [(one, time_left(one.paid_at, now)) for one in shown if one.paid_at is not None]

    def resume(self) -> None:
        """Try again to issue what is owed. Call once after a start."""
        for invoice in self._store.owed():
            self._follow(self._payments.get(invoice.order_no), invoice)

    def refresh_soon(self, order_no: str) -> None:
        """Query an invoice in the background until the gateway answers, for 48 hours at most."""
        if order_no not in self._refreshed:
            self._refreshed.add(order_no)
            self._tasks.spawn(self._until_refreshed(order_no))

    # -- issuing ----------------------------------------------------------------------------------------------

    async def issue(self, actor: Actor, order_no: str) -> Invoice:
        """Issue an invoice that is owed, now; query it first if an answer was lost. Raises StoreError."""
        self._access.require_visible(actor, order_no)
        invoice = await self._issue_once(order_no, Cause.USER)
        if self._has_time_left(invoice):
            self._follow(self._payments.get(invoice.order_no), invoice, tried=True)
        return invoice

    async def first_try(self, actor: Actor, order_no: str) -> Invoice:
        """Issue the invoice of a sale that was just made, and wait for it. Raises StoreError."""
        self._access.require_visible(actor, order_no)
        return await self._issue_once(order_no, Cause.SCHEDULE)

    async def refresh(self, actor: Actor, order_no: str) -> Invoice:
        """Query whether an e-invoice was voided or has an allowance. Raises what the gateway's client raises."""
        self._access.require_visible(actor, order_no)
        return await self._refresh(order_no)

    async def _issue_once(self, order_no: str, cause: Cause) -> Invoice:
        async with self._locks.of(invoiced(self._payments, order_no).order_no):
            invoice, attempt = self._store.get(order_no), invoiced(self._payments, order_no)
            name = self._issuer_of(attempt, invoice)
            if not invoice.owed or (issuer := self._issuers.get(name)) is None:
                return invoice
            if problem := self._targets.refusal(name):
                return self._publish(self._store.record_message(invoice, problem))
            if attempt.gateway == CASH:
                return await self._issue_for_cash(issuer, attempt, cause)
            return await self._issue(issuer, attempt, invoice)

    async def _issue_for_cash(self, issuer: Issuer, sale: Attempt, cause: Cause) -> Invoice:
        """Issue the invoice of a cash sale once the gateway says that its order is paid."""
        order = await self._cash.advance(sale, cause)
        invoice = self._store.get(sale.order_no)
        if order.state is not InvoiceOrderState.PAID:
            self._publish(self._store.record_message(invoice, order.message))
            return self._store.get(sale.order_no)
        return await self._issue(issuer, self._cash.order_of(sale, order), invoice)

    async def _refresh(self, order_no: str) -> Invoice:
        invoice, attempt = self._store.get(order_no), invoiced(self._payments, order_no)
        if (name := self._issuer_of(attempt, invoice)) not in self._issuers:
            raise ConfigError(msg(N_("{gateway} is not set up."), gateway=title_of(name)))
        if invoice.order is not None:
            attempt = self._cash.order_of(attempt, invoice.order)
        found = await self._issuers[name].query_invoice(attempt)
        return self._record_answer(invoice, found) if found is not None else invoice

    def _issuer_of(self, attempt: Attempt, invoice: Invoice | None = None) -> str:
        """Return the gateway that issues the invoice of a payment; "" for a cash sale or a split sale if none does."""
        return self._cash.issuer(invoice) if attempt.gateway == CASH or attempt.sale_id else attempt.gateway

    async def _issue(self, issuer: Issuer, attempt: Attempt, invoice: Invoice) -> Invoice:
        if invoice.asked:
            try:
                found = await issuer.query_invoice(attempt)
            except (NotSent, NoAnswer) as error:
                # Still unknown: query again, do not issue.
                return self._publish(self._store.record_message(invoice, error.message))
            if found is not None:
                return self._record_answer(invoice, found)
        return await self._ask_to_issue(issuer, attempt, invoice)

    async def _ask_to_issue(self, issuer: Issuer, attempt: Attempt, invoice: Invoice) -> Invoice:
        with nothing_sent():
            invoice = self._store.mark_asked(invoice, attempt.gateway)
        self._publish(invoice)
        try:
            result = await issuer.issue_invoice(attempt, invoice.request)
        except NotSent as error:
            return self._publish(self._store.record_answer(invoice, State.NONE, {}, message=error.message))
        except NoAnswer as error:
            # Marked as asked: the next try queries first.
            return self._publish(self._store.record_message(invoice, error.message))
        if result.outcome is Outcome.DONE:
            return self._record_answer(invoice, result.found)
        if result.outcome is Outcome.REFUSED:
            return await self._refused(issuer, attempt, invoice, result.message)
        return self._publish(self._store.record_message(invoice, result.message))

    async def _refused(self, issuer: Issuer, attempt: Attempt, invoice: Invoice, reason: Message) -> Invoice:
        """Record a refusal, unless the invoice exists: a restored journal may not know that it was issued."""
        found = None
        with contextlib.suppress(PosError):
            found = await issuer.query_invoice(attempt)
        if found is None:
            return self._publish(self._store.record_answer(invoice, State.FAILED, {}, message=reason))
        is_paper = invoice.request.kind is Kind.PAPER and invoice.paper is PrintState.NEVER
        if is_paper and str(found.get("state")) == str(State.ISSUED.value):
            for event in (PrintEvent.START, PrintEvent.LOST):  # it may have been printed: the cashier is asked
                invoice = self._store.record_print(invoice, event)
        return self._record_answer(invoice, found)

    def _record_answer(self, invoice: Invoice, found: Mapping[str, Any]) -> Invoice:
        try:
            state = State(int(str(found.get("state", ""))))
        except ValueError:
            state = State.WAITING
        reason = str(found.get("state_msg") or found.get("msg") or "")
        message = Message() if state is State.ISSUED else gateway_message(reason)
        invoice = self._publish(self._store.record_answer(invoice, state, dict(found), message=message))
        if (
            state is State.ISSUED
            and self._prints_by_itself
            and self._printer.usable
            and invoice.paper is PrintState.NEVER
        ):
            self._tasks.spawn(self._print_quietly(invoice.order_no))
        return invoice

    # -- printing ---------------------------------------------------------------------------------------------

    async def sheets(self, actor: Actor, order_no: str) -> list[Bitmap]:
        """Return the proof (and a consumer's detail) as it would be printed now. Raises NotPrintable."""
        self._access.require_visible(actor, order_no)
        return await self._sheets(order_no)

    async def _sheets(self, order_no: str) -> list[Bitmap]:
        invoice = self._store.get(order_no)
        issuer = self._issuers.get(self._issuer_of(self._payments.get(invoice.order_no), invoice))
        picture = await self._pictures.of(invoice, issuer)
        return await self._run_blocking(lambda: proof_sheets(invoice, self._shop, self._rows, picture))

    async def print_proof(self, actor: Actor, order_no: str) -> Invoice:
        """Print the proof: the original once, copies after.

        Raises ConfigError, NotPrintable and PrintFailed, and InputError if it is not known whether one was printed.
        """
        self._access.require_visible(actor, order_no)
        return await self._print_proof(order_no, actor.person)

    async def _print_proof(self, order_no: str, person: str = "") -> Invoice:
        from pos.einvoice.printer import PrintFailed

        sheets = await self._sheets(order_no)
        invoice = self._publish(self._store.record_print(self._store.get(order_no), PrintEvent.START, person))
        try:
            await self._run_blocking(lambda: self._printer.send(sheets))
        except PrintFailed as error:
            doubt = error.began and not is_copy(invoice.paper)
            self._publish(self._store.record_print(invoice, PrintEvent.LOST if doubt else PrintEvent.FAILED))
            raise
        except PosError:
            self._publish(self._store.record_print(invoice, PrintEvent.FAILED))
            raise
        return self._publish(self._store.record_print(invoice, PrintEvent.DONE))

    def confirm_printed(self, actor: Actor, order_no: str, *, came_out: bool) -> Invoice:
        """Record whether a proof whose printing was interrupted was printed."""
        self._access.require_visible(actor, order_no)
        invoice = self._store.get(order_no)
        if invoice.paper is PrintState.PRINTING:
            invoice = self._store.record_print(invoice, PrintEvent.LOST)
        return self._publish(
            self._store.record_print(invoice, PrintEvent.CAME_OUT if came_out else PrintEvent.NOTHING_CAME)
        )

    async def _print_quietly(self, order_no: str) -> None:
        try:
            await self._print_proof(order_no)
        except PosError as error:
            log.warning("the proof of %s was not printed: %s", order_no, error)

    # -- following --------------------------------------------------------------------------------------------

    def _on_fact(self, fact: Fact) -> None:
        """Start to issue after a capture. The journal has the invoice as owed, so :meth:`resume` finds it too."""
        if isinstance(fact, AttemptChanged) and fact.attempt.state is AttemptState.CAPTURED:
            part = fact.attempt if fact.attempt.sale_id else None
            self._follow(invoiced(self._payments, part.order_no) if part else fact.attempt)

    def _follow(self, attempt: Attempt, invoice: Invoice | None = None, *, tried: bool = False) -> None:
        if self._issuer_of(attempt, invoice) in self._issuers and attempt.order_no not in self._followed:
            self._followed.add(attempt.order_no)
            self._tasks.spawn(self._until_issued(attempt.order_no, tried=tried))

    async def _after_notice(self, order_no: str) -> None:
        """Try at once; go on if the schedule had ended with an order that was not paid."""
        if await self._is_owed_after_try(order_no, Cause.NOTICE):
            self._follow(self._payments.get(order_no), self._store.get(order_no), tried=True)

    async def _until_issued(self, order_no: str, *, tried: bool) -> None:
        """Try until the invoice is issued or the 48 hours end; a user may still try after that.

        ``tried``: it was tried just now.
        """
        try:
            tries = 0
            while tried or await self._is_owed_after_try(order_no):
                tried = False
                await self._pause(tries)
                tries += 1
        finally:
            self._followed.discard(order_no)

    async def _is_owed_after_try(self, order_no: str, cause: Cause = Cause.SCHEDULE) -> bool:
        """Try once to issue an invoice. Return whether to try again."""
        try:
            invoice = await self._issue_once(order_no, cause)
        except NotFound:
            return False  # no invoice was requested with this payment
        except Exception as error:  # a full disk, or an unreadable answer: try again
            log.error("the invoice of %s: %s", order_no, error)
            return self._is_due(order_no)
        return self._has_time_left(invoice)

    def _is_due(self, order_no: str) -> bool:
        try:
            return self._has_time_left(self._store.get(order_no))
        except StoreError:
            return True  # the journal cannot be read now

    def _has_time_left(self, invoice: Invoice) -> bool:
        if not invoice.owed or invoice.paid_at is None or (invoice.order and invoice.order.state in STOPPED):
            return False
        return time_left(invoice.paid_at, self._clock.now()) >= timedelta(0)

    async def _until_refreshed(self, order_no: str) -> None:
        clock, tries = self._clock, 0
        ends = clock.now() + DUE
        try:
            while not await self._is_refreshed(order_no) and clock.now() < ends:
                await self._pause(tries)
                tries += 1
        finally:
            self._refreshed.discard(order_no)

    async def _is_refreshed(self, order_no: str) -> bool:
        try:
            await self._refresh(order_no)
        except ConfigError:
            return True  # its gateway is not set up any more
        except Exception as error:
            log.warning("query of the invoice of %s: %s", order_no, error)
            return False
        return True

    async def _pause(self, tries: int) -> None:
        await self._clock.sleep(AGAIN[min(tries, len(AGAIN) - 1)])

    def _publish(self, invoice: Invoice) -> Invoice:
        self._bus.publish(InvoiceChanged(invoice))
        return invoice
