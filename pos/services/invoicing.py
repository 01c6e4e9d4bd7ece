"""E-invoices: wished at the sale, issued when the money is there, tried again while they are owed, printed once.

A paid sale never waits for its invoice. What was asked for and not answered is asked about before it is asked again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from pos.domain.events import AttemptChanged, Fact, InvoiceChanged
from pos.domain.invoice import DUE, Invoice, Paper, Print, State, Wish, is_copy, time_left
from pos.domain.payment import Attempt
from pos.domain.states import State as AttemptState
from pos.errors import ConfigError, InputError, NoAnswer, NotFound, NotSent, PosError, StoreError
from pos.gateways import ISSUER
from pos.gateways.capabilities import Outcome, Result
from pos.gateways.received import said
from pos.i18n import N_, Message
from pos.runtime import Aside
from pos.services.attempt_engine import AttemptEngine
from pos.services.sending import nothing_sent
from pos.store.invoices import InvoiceStore

if TYPE_CHECKING:
    from pos.einvoice.printer import Printer
    from pos.einvoice.receipt_canvas import Bitmap

log = logging.getLogger(__name__)

PICTURE: Final = "2"
"""『電子發票紙本列印標題類型』: the title is a picture's address."""

AGAIN: Final = (5.0, 30.0, 120.0, 600.0)
"""Seconds between tries to issue what is owed; the last one goes on until the 48 hours are over."""


class Issuer(Protocol):
    """The part of :class:`pos.gateways.capabilities.Operations` that e-invoices need."""

    def issue_invoice(self, attempt: Attempt, wish: Wish) -> Awaitable[Result]: ...
    def query_invoice(self, attempt: Attempt) -> Awaitable[Mapping[str, Any] | None]: ...
    def title_picture(self, url: str) -> Awaitable[bytes]: ...


class Invoicing:
    """``issuer`` is None where MyPay is not set up; ``shop`` is the name on the paper."""

    def __init__(
        self, attempts: AttemptEngine, store: InvoiceStore, issuer: Issuer | None, printer: Printer, shop: str,
        *, rows: int = 624, prints_by_itself: bool = True, aside: Aside = asyncio.to_thread,
    ) -> None:  # fmt: skip
        self._attempts = attempts
        self._store = store
        self._issuer = issuer
        self._printer = printer
        self._shop = shop
        self._prints_by_itself = prints_by_itself
        self._rows = rows
        self._aside = aside
        self._busy: set[str] = set()
        self._pictures: dict[str, bytes] = {}
        self._followed: set[str] = set()
        self._refreshed: set[str] = set()
        self._stop: Callable[[], None] = attempts.bus.listen(self._on_fact)

    def close(self) -> None:
        """Hear nothing any more; what is owed is taken up at the next start."""
        self._stop()

    # -- wishes -----------------------------------------------------------------------------------------------

    def wish(self, order_no: str, wish: Wish) -> Invoice:
        """Write a wish down; a payment that is paid already gets its invoice at once. Raises InputError, NotAllowed."""
        attempt = self._attempts.store.get(order_no)
        if attempt.gateway != ISSUER or self._issuer is None:
            raise InputError("order_no", N_("Only payments through MyPay get an e-invoice here."))
        invoice = self._tell(self._store.wish(order_no, wish))
        if invoice.owed:
            self._follow(order_no)
        return invoice

    def find(self, order_no: str) -> Invoice | None:
        """None where nobody wished for one."""
        return self._store.find(order_no)

    def owed(self) -> Sequence[tuple[Invoice, timedelta]]:
        """What is still to be issued, and how long is left, the oldest first."""
        now = self._attempts.clock.now()
        return [(one, time_left(one.paid_at, now)) for one in self._store.owed() if one.paid_at is not None]

    def take_up(self) -> None:
        """After a start: what is owed is tried again, and a print that nobody wrote the end of is in doubt."""
        for invoice in self._store.owed():
            self._follow(invoice.order_no)

    def refresh_soon(self, order_no: str) -> None:
        """Ask in the background what became of an invoice, again until the gateway answers, for 48 hours at most."""
        if self._issuer is not None and order_no not in self._refreshed:
            self._refreshed.add(order_no)
            self._attempts.spawn(self._until_refreshed(order_no))

    # -- issuing ----------------------------------------------------------------------------------------------

    async def issue(self, order_no: str) -> Invoice:
        """Issue what is owed, now. An answer that was lost is asked about first. Raises NotFound and StoreError."""
        invoice = self._store.get(order_no)
        if not invoice.owed or self._issuer is None or order_no in self._busy:
            return invoice
        self._busy.add(order_no)
        try:
            return await self._issue(self._attempts.store.get(order_no), invoice)
        finally:
            self._busy.discard(order_no)

    async def refresh(self, order_no: str) -> Invoice:
        """Ask what became of an invoice (void, allowance). Raises what the gateway's client raises."""
        invoice = self._store.get(order_no)
        if self._issuer is None:
            raise ConfigError(N_("MyPay is not set up."))
        found = await self._issuer.query_invoice(self._attempts.store.get(order_no))
        return self._told(invoice, found) if found is not None else invoice

    async def _issue(self, attempt: Attempt, invoice: Invoice) -> Invoice:
        assert self._issuer is not None
        if problem := self._attempts.targets.refusal(ISSUER):
            return self._tell(self._store.said(invoice, problem))
        if invoice.asked:
            try:
                found = await self._issuer.query_invoice(attempt)
            except (NotSent, NoAnswer) as error:
                return self._tell(self._store.said(invoice, error.message))  # still in doubt: ask again, do not issue
            if found is not None:
                return self._told(invoice, found)
        return await self._ask_to_issue(self._issuer, attempt, invoice)

    async def _ask_to_issue(self, issuer: Issuer, attempt: Attempt, invoice: Invoice) -> Invoice:
        with nothing_sent():
            invoice = self._store.asking(invoice, attempt.gateway)
        self._tell(invoice)
        try:
            result = await issuer.issue_invoice(attempt, invoice.wish)
        except NotSent as error:
            return self._tell(self._store.told(invoice, State.NONE, {}, message=error.message))
        except NoAnswer as error:
            return self._tell(self._store.said(invoice, error.message))  # asked: the next try asks about it first
        if result.outcome is Outcome.DONE:
            return self._told(invoice, result.found)
        if result.outcome is Outcome.REFUSED:
            return self._tell(self._store.told(invoice, State.FAILED, {}, message=result.message))
        return self._tell(self._store.said(invoice, result.message))

    def _told(self, invoice: Invoice, found: Mapping[str, Any]) -> Invoice:
        try:
            state = State(int(str(found.get("state", ""))))
        except ValueError:
            state = State.WAITING
        message = Message() if state is State.ISSUED else _state_message(found)
        invoice = self._tell(self._store.told(invoice, state, dict(found), message=message))
        if state is State.ISSUED and self._prints_by_itself and self._printer.usable and invoice.paper is Paper.NEVER:
            self._attempts.spawn(self._print_quietly(invoice.order_no))
        return invoice

    # -- paper ------------------------------------------------------------------------------------------------

    async def sheets(self, order_no: str) -> list[Bitmap]:
        """The proof (and a consumer's detail) as it would be printed now. Raises NotFound and NotPrintable."""
        invoice = self._store.get(order_no)
        picture = await self._picture(invoice)
        return await self._aside(lambda: self._drawn(invoice, picture))

    async def _picture(self, invoice: Invoice) -> bytes:
        """The title's picture, fetched once; without it the shop's name stands there: no print waits for a logo."""
        url = str(invoice.found.get("title", ""))
        if str(invoice.found.get("title_type", "")) != PICTURE or self._issuer is None:
            return b""
        if url not in self._pictures:
            try:
                self._pictures[url] = await self._issuer.title_picture(url)
            except PosError as error:
                log.warning("the title's picture: %s", error)
                return b""
        return self._pictures[url]

    def _drawn(self, invoice: Invoice, picture: bytes) -> list[Bitmap]:
        from pos.einvoice.payload import NotPrintable, read_proof, why_not
        from pos.einvoice.render import detail_sheet, proof_sheet

        if reason := why_not({**invoice.found, "state": int(invoice.state)}):
            raise NotPrintable(reason)
        proof = read_proof(invoice.found, invoice.paid_at)
        first = proof_sheet(proof, self._shop, copy=is_copy(invoice.paper), rows=self._rows, picture=picture)
        return [first] if proof.for_company else [first, detail_sheet(proof, self._shop)]

    async def print_proof(self, order_no: str, who: str = "") -> Invoice:
        """Print the proof: the original once, copies after.

        Raises ConfigError, NotPrintable and PrintFailed, and InputError where it is not known whether one came out.
        """
        from pos.einvoice.printer import PrintFailed

        sheets = await self.sheets(order_no)
        invoice = self._tell(self._store.paper(self._store.get(order_no), Print.START, who))
        try:
            await self._aside(lambda: self._printer.send(sheets))
        except PrintFailed as error:
            doubt = error.began and not is_copy(invoice.paper)
            self._tell(self._store.paper(invoice, Print.LOST if doubt else Print.FAILED))
            raise
        except PosError:
            self._tell(self._store.paper(invoice, Print.FAILED))
            raise
        return self._tell(self._store.paper(invoice, Print.DONE))

    def looked(self, order_no: str, *, came_out: bool) -> Invoice:
        """The cashier's word on a proof of which nobody wrote down whether it came out."""
        invoice = self._store.get(order_no)
        if invoice.paper is Paper.PRINTING:
            invoice = self._store.paper(invoice, Print.LOST)
        return self._tell(self._store.paper(invoice, Print.CAME_OUT if came_out else Print.NOTHING_CAME))

    async def _print_quietly(self, order_no: str) -> None:
        try:
            await self.print_proof(order_no)
        except PosError as error:
            log.warning("the proof of %s was not printed: %s", order_no, error)

    # -- following --------------------------------------------------------------------------------------------

    def _on_fact(self, fact: Fact) -> None:
        """Start to issue. That the invoice is owed was written with the capture; :meth:`take_up` finds it as well."""
        if (
            isinstance(fact, AttemptChanged)
            and fact.attempt.gateway == ISSUER
            and fact.attempt.state is AttemptState.CAPTURED
        ):
            self._follow(fact.attempt.order_no)

    def _follow(self, order_no: str) -> None:
        if self._issuer is not None and order_no not in self._followed:
            self._followed.add(order_no)
            self._attempts.spawn(self._until_issued(order_no))

    async def _until_issued(self, order_no: str) -> None:
        """Try until it is issued or the 48 hours are over; a person may still try after them."""
        try:
            tries = 0
            while await self._is_owed_after_try(order_no):
                await self._pause(tries)
                tries += 1
        finally:
            self._followed.discard(order_no)

    async def _is_owed_after_try(self, order_no: str) -> bool:
        """Try once to issue. Return whether to try again."""
        try:
            invoice = await self.issue(order_no)
        except NotFound:
            return False  # no invoice was requested with this payment
        except Exception as error:  # a full disk, or an answer that breaks the client: no failure ends the trying
            log.error("the invoice of %s: %s", order_no, error)
            return self._is_due(order_no)
        return self._has_time_left(invoice)

    def _is_due(self, order_no: str) -> bool:
        try:
            return self._has_time_left(self._store.get(order_no))
        except StoreError:
            return True  # the journal cannot be read now

    def _has_time_left(self, invoice: Invoice) -> bool:
        if not invoice.owed or invoice.paid_at is None:
            return False
        return time_left(invoice.paid_at, self._attempts.clock.now()) >= timedelta(0)

    async def _until_refreshed(self, order_no: str) -> None:
        clock, tries = self._attempts.clock, 0
        ends = clock.now() + DUE
        try:
            while not await self._is_refreshed(order_no) and clock.now() < ends:
                await self._pause(tries)
                tries += 1
        finally:
            self._refreshed.discard(order_no)

    async def _is_refreshed(self, order_no: str) -> bool:
        try:
            await self.refresh(order_no)
        except Exception as error:
            log.warning("what became of the invoice of %s: %s", order_no, error)
            return False
        return True

    async def _pause(self, tries: int) -> None:
        await self._attempts.clock.sleep(AGAIN[min(tries, len(AGAIN) - 1)])

    def _tell(self, invoice: Invoice) -> Invoice:
        self._attempts.bus.publish(InvoiceChanged(invoice))
        return invoice


def _state_message(found: Mapping[str, Any]) -> Message:
    return said(str(found.get("state_msg") or found.get("msg") or ""))
