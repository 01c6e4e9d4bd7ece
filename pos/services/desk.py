"""The desk: everything the window and the command line may ask of the register, as one small surface.

A desk is cheap to make. :meth:`Desk.open` does what is slow (imports, database, recovery) on the I/O thread; every
other coroutine waits for it, so the window takes keys before the journal is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from pos.domain.invoice import Invoice, InvoiceRequest
from pos.domain.money import Money, parse
from pos.domain.payment import Attempt, HistoryRow, Sale, Tender
from pos.domain.staff import Action, Permission
from pos.errors import InputError, PosError
from pos.i18n import Message
from pos.services.access import LAST_ONES
from pos.services.invoice_request import RequestedInvoice
from pos.services.invoicing import Invoicing
from pos.services.mypay_operations import MypayOperations
from pos.services.office import Office
from pos.services.payments import Payments
from pos.services.receipt_printing import ReceiptPrinting
from pos.services.recovery import ask_all, take_up
from pos.services.routes import Offer, Routes
from pos.services.staff import require_permission
from pos.services.z_report import ShiftReport

if TYPE_CHECKING:
    from pos.einvoice.receipt_canvas import Bitmap

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening made: the services, and how to end what else was started with them.

    ``with_payment``: orders ask for what is no paper themselves (MyPay allows paper only after the payment).
    """

    payments: Payments
    invoicing: Invoicing
    papers: ReceiptPrinting
    mypay: MypayOperations
    office: Office
    with_payment: bool
    end: Callable[[], Awaitable[None]]


class Desk:
    """``opening`` builds the slow part; ``currency`` is the shop's."""

    def __init__(self, routes: Routes, opening: Callable[[], Awaitable[Opened]], currency: str) -> None:
        self._routes = routes
        self._opening = opening
        self._currency = currency
        self._done = asyncio.Event()
        self._opened: Opened | None = None
        self._failure: PosError | None = None

    async def open(self, *, watching: bool = True) -> None:
        """Open the journal and, if ``watching``, take up everything that was in flight. Raises StoreError."""
        try:
            self._opened = await self._opening()
            self._failure = None
            if watching:
                take_up(self._opened.payments)
                self._opened.invoicing.take_up()
                self._opened.office.refunds.take_up()
                self._opened.payments.attempts.spawn(self._opened.office.shifts.make_up())
        except PosError as error:
            self._failure = error
            raise
        finally:
            self._done.set()

    async def close(self) -> None:
        """Stop asking and let go of the files; everything unsettled is taken up at the next start."""
        if self._opened is not None:
            await self._opened.payments.close()
            await self._opened.end()
            self._opened = None

    def offers(self) -> Sequence[Offer]:
        """What each tender key says, F1 first."""
        return self._routes.offers()

    async def take(
        self,
        sale: Sale,
        tender: Tender,
        *,
        payment_id: str,
        gateway: str | None = None,
        tendered: Money | None = None,
        invoice_request: InvoiceRequest | None = None,
    ) -> Attempt:
        """Take a payment; see :meth:`pos.services.payments.Payments.take`. ``invoice_request`` needs MyPay."""
        payments = await self._ready()
        invoice = RequestedInvoice(invoice_request, self._parts.with_payment) if invoice_request is not None else None
        return await payments.take(
            sale, tender, payment_id=payment_id, gateway=gateway, tendered=tendered, invoice=invoice
        )

    async def send_again(self, order_no: str) -> Attempt:
        """Send an attempt of which nothing was sent."""
        return await (await self._seen(order_no)).send_again(order_no)

    async def cancel(self, order_no: str) -> Attempt:
        """Give an attempt up; it is watched to its end."""
        return (await self._seen(order_no)).cancel(order_no)

    async def check_now(self, order_no: str) -> Attempt:
        """Ask the gateway at once."""
        return await (await self._seen(order_no)).asking.check_now(order_no)

    async def look(self, order_no: str, permission: Permission) -> None:
        """Open one payment to who has a permit for :attr:`Action.SEE_ALL`, until the next sign-in.

        All methods that take an ``order_no`` raise NotAllowed for a payment that who is signed in may not see; see
        :class:`pos.services.access.Access`.
        """
        await self._ready()
        self._parts.office.access.look(order_no, permission)

    async def attempt(self, order_no: str) -> Attempt:
        """One attempt as it stands. Raises NotFound."""
        return (await self._seen(order_no)).store.get(order_no)

    async def history(self, order_no: str) -> Sequence[HistoryRow]:
        """What happened to one attempt, oldest first."""
        return (await self._seen(order_no)).store.history(order_no)

    async def waiting(self) -> Sequence[Attempt]:
        """Everything that is not settled, oldest first."""
        return (await self._ready()).store.waiting()

    async def recover(self) -> Sequence[Attempt]:
        """Ask about everything in flight, once, and wait for the answers."""
        return await ask_all(await self._ready())

    async def search(self, text: str, limit: int = 100, before: datetime | None = None) -> Sequence[Attempt]:
        """Past payments, newest first; see :meth:`pos.store.payments.PaymentStore.search`. Whoever may not see all of
        them gets their own last ten, whatever is searched for."""
        payments = await self._ready()
        staff = self._parts.office.staff
        if not staff.may(Action.SEE_ALL):
            return payments.store.last_of(staff.actor, LAST_ONES) if staff.actor else []
        return payments.store.search(text, self._amount(text), limit, before)

    async def find_possible_duplicate(self, amount: Money) -> Attempt | None:
        """An attempt of exactly this amount whose outcome is unknown since minutes (the double-charge fence)."""
        return (await self._ready()).find_possible_duplicate(amount)

    # -- invoices ---------------------------------------------------------------------------------------------

    async def request_invoice(
        self, order_no: str, invoice_request: InvoiceRequest, permission: Permission | None = None
    ) -> Invoice:
        """Request an invoice after the payment; see :meth:`pos.services.invoicing.Invoicing.request_invoice`.

        Everybody may for their own last payments. Raises NotAllowed without a permit for any other.
        """
        await self._ready()
        self._parts.office.access.check_later_invoice(order_no, permission)
        return self._invoicing.request_invoice(order_no, invoice_request)

    async def invoice(self, order_no: str) -> Invoice | None:
        """The invoice of a payment, None where nobody wished for one."""
        await self._seen(order_no)
        return self._invoicing.find(order_no)

    async def owed(self, permission: Permission | None = None) -> Sequence[tuple[Invoice, timedelta]]:
        """Invoices still to be issued, and how long is left: all of them with a permit, else those of payments that
        may be seen. Raises NotAllowed for another permit."""
        await self._ready()
        if permission is not None:
            require_permission(permission, Action.SEE_ALL)
        shows = self._parts.office.access.shows
        return [one for one in self._invoicing.owed() if permission is not None or shows(one[0].order_no)]

    async def owing(self) -> Sequence[object]:
        """All that is owed about e-invoices of payments that may be seen: to be issued, or to be corrected."""
        return [*await self.owed(), *self._parts.office.corrections.owed()]

    async def issue(self, order_no: str) -> Invoice:
        """Try to issue what is owed, now."""
        await self._seen(order_no)
        return await self._invoicing.issue(order_no)

    async def ask_invoice(self, order_no: str) -> Invoice:
        """Ask the gateway what became of an invoice: void, allowance."""
        await self._seen(order_no)
        return await self._invoicing.refresh(order_no)

    async def print_proof(self, order_no: str) -> Invoice:
        """Print the proof, or a copy of it."""
        await self._seen(order_no)
        return await self._invoicing.print_proof(order_no)

    async def looked(self, order_no: str, *, came_out: bool) -> Invoice:
        """Whether a proof in doubt came out of the printer."""
        await self._seen(order_no)
        return self._invoicing.looked(order_no, came_out=came_out)

    async def proof(self, order_no: str) -> Sequence[Bitmap]:
        """The proof as it would be printed now."""
        await self._seen(order_no)
        return await self._invoicing.sheets(order_no)

    async def print_slip(self, order_no: str) -> None:
        """Print a receipt of what is paid, else what the customer needs to pay.

        See :class:`pos.services.receipt_printing.ReceiptPrinting`.
        """
        await self._seen(order_no)
        await self._parts.papers.print_slip(order_no)

    async def slip(self, order_no: str) -> Bitmap:
        """The same for the eye."""
        await self._seen(order_no)
        return await self._parts.papers.slip(order_no)

    async def print_shift(self, stand: ShiftReport) -> None:
        """An X or a Z on the printer. Raises ConfigError and PrintFailed."""
        await self._ready()
        await self._parts.papers.print_shift(stand, self._parts.office.staff.names())

    async def shift_paper(self, stand: ShiftReport) -> Bitmap:
        """The same for the eye, and for a file."""
        await self._ready()
        return await self._parts.papers.shift_paper(stand, self._parts.office.staff.names())

    async def can_print(self) -> bool:
        """Return whether a printer is set up."""
        await self._ready()
        return self._parts.papers.can_print

    async def print_recovery_code(self, code: str) -> None:
        """Print a recovery code that was just made. Raises ConfigError and PrintFailed."""
        await self._ready()
        await self._parts.papers.print_recovery_code(code)

    async def warnings(self) -> Sequence[Message]:
        """What the shop should do soon about its gateways."""
        attempts = (await self._ready()).attempts
        today = attempts.clock.now().date()
        said = [word for one in attempts.gateways.values() if (word := one.warning(today))]
        return [*attempts.targets.problems(), *said]

    # -- the back office --------------------------------------------------------------------------------------

    async def ask(self, question: Callable[[Office], T]) -> T:
        """What the back office answers at once: ``desk.ask(lambda office: office.shifts.current())``."""
        await self._ready()
        return question(self._parts.office)

    async def do(self, work: Callable[[Office], Awaitable[T]]) -> T:
        """What it has to wait for: ``desk.do(lambda office: office.staff.sign_in(person, pin))``."""
        await self._ready()
        return await work(self._parts.office)

    # -- what only MyPay can ----------------------------------------------------------------------------------

    async def capture(self, order_no: str, amount: Money | None, permission: Permission) -> Attempt:
        """Take held money; see :class:`pos.services.mypay_operations.MypayOperations`."""
        await self._ready()
        return await self._parts.mypay.capture(order_no, amount, permission)

    async def mypay(self) -> MypayOperations:
        """The rest of it: direct debits, wallets, tools."""
        await self._ready()
        return self._parts.mypay

    @property
    def _parts(self) -> Opened:
        assert self._opened is not None
        return self._opened

    @property
    def _invoicing(self) -> Invoicing:
        return self._parts.invoicing

    def _amount(self, text: str) -> int | None:
        try:
            return parse(text.strip().replace(",", "").lstrip("NTHK$ "), self._currency).minor
        except InputError:
            return None

    async def _seen(self, order_no: str) -> Payments:
        payments = await self._ready()
        self._parts.office.access.look(order_no)
        return payments

    async def _ready(self) -> Payments:
        await self._done.wait()
        if self._opened is None:
            raise self._failure or PosError("The register is closed.")
        return self._opened.payments
