"""Printing of receipts, ATM slips, convenience-store barcodes and shift reports; and the cash drawer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from pos.domain.actor import Actor
from pos.domain.agreement_lines import ChargeLine
from pos.domain.events import AttemptChanged, DrawerFailed, Fact, RefundChanged
from pos.domain.in_process_words import entries
from pos.domain.payment import CASH, Attempt
from pos.domain.refund import RefundState, Way
from pos.domain.split import SplitSale
from pos.domain.states import State
from pos.einvoice.receipt_header import ReceiptHeader
from pos.errors import NotAllowed, PosError
from pos.i18n import N_, Message, msg
from pos.runtime import BlockingRunner, Bus, Clock
from pos.services.access import Visibility
from pos.services.background import BackgroundTasks
from pos.services.z_report import ShiftReport
from pos.store.payments import PaymentStore

if TYPE_CHECKING:
    from pos.einvoice.printer import Printer
    from pos.einvoice.receipt_canvas import Bitmap

log = logging.getLogger(__name__)


class ReceiptPrinting:
    """Print everything but e-invoices, and open the drawer after cash was taken if that is set.

    ``header`` is printed at the top of every slip; ``charge_of`` returns what a payment is of an agreement. Methods
    with an ``order_no`` raise NotFound, and NotAllowed for a payment that the actor may not see.
    """

    def __init__(
        self,
        *,
        payments: PaymentStore,
        printer: Printer,
        header: ReceiptHeader,
        tasks: BackgroundTasks,
        clock: Clock,
        bus: Bus,
        access: Visibility,
        run_blocking: BlockingRunner = asyncio.to_thread,
        charge_of: Callable[[str], ChargeLine | None] = lambda order_no: None,
    ) -> None:
        self._access = access
        self._payments = payments
        self._tasks = tasks
        self._clock = clock
        self._bus = bus
        self._printer = printer
        self._header = header
        self._run_blocking = run_blocking
        self._charge_of = charge_of
        self._stop = bus.listen(self._on_fact)

    def close(self) -> None:
        self._stop()

    async def print_slip(self, actor: Actor, order_no: str) -> None:
        """Print a receipt of a captured payment and the other parts of its sale, or the slip that is needed to pay.

        Raises NotFound, NotAllowed, ConfigError and PrintFailed.
        """
        sheet = await self.slip(actor, order_no)
        await self._run_blocking(lambda: self._printer.send([sheet]))

    def can_print(self) -> bool:
        """Return whether a printer is set up."""
        return self._printer.usable

    async def print_recovery_code(self, code: str) -> None:
        """Print the shop's recovery code. Raises ConfigError and PrintFailed."""
        from pos.einvoice.receipts import code_slip

        await self._run_blocking(lambda: self._printer.send([code_slip(self._header, code)]))

    async def slip(self, actor: Actor, order_no: str) -> Bitmap:
        """Return the slip of :meth:`print_slip` as a bitmap."""
        self._access.require_visible(actor, order_no)
        attempt = self._payments.get(order_no)
        sale = self._payments.split_sale(attempt.sale_id) if attempt.sale_id else None
        charge = self._charge_of(order_no)
        return await self._run_blocking(lambda: draw_slip(self._header, attempt, sale, charge))

    async def print_shift(self, report: ShiftReport) -> None:
        """Print an X or a Z. Raises ConfigError and PrintFailed."""
        sheet = await self.shift_slip(report)
        await self._run_blocking(lambda: self._printer.send([sheet]))

    async def print_z(self, report: ShiftReport) -> Message:
        """Print a Z after the close, if a printer is set up. Raises PrintFailed."""
        if self._printer.usable:
            await self.print_shift(report)
        return Message()

    async def shift_slip(self, report: ShiftReport) -> Bitmap:
        """Return an X or a Z as a bitmap."""
        now = self._clock.now()
        return await self._run_blocking(lambda: draw_shift(self._header, report, now))

    def _on_fact(self, fact: Fact) -> None:
        if self._printer.usable and self._printer.opens_drawer and (numbers := _moves_cash(fact)):
            self._tasks.spawn(self._open_for(*numbers))

    async def _open_for(self, order_no: str, refund_no: str) -> None:
        """Open the drawer for a sale or a refund; publish DrawerFailed if that fails."""
        if message := await self.open_drawer():
            self._bus.publish(DrawerFailed(order_no, message, refund_no))

    async def open_drawer(self) -> Message:
        """Open the cash drawer. Return why it did not open, empty if it did."""
        if not (self._printer.usable and self._printer.opens_drawer):
            return msg(N_("No cash drawer is connected to the printer. Open it with its key."))
        try:
            await self._run_blocking(self._printer.kick_drawer)
        except PosError as error:
            log.warning("the drawer did not open: %s", error)
            return error.message
        return Message()


def _moves_cash(fact: Fact) -> tuple[str, str] | None:
    """Return order and refund number if cash goes into the drawer or out of it now, else None."""
    if isinstance(fact, AttemptChanged):
        attempt = fact.attempt
        return (attempt.order_no, "") if attempt.gateway == CASH and attempt.state is State.CAPTURED else None
    if not isinstance(fact, RefundChanged):
        return None
    refund = fact.refund
    done = refund.way is Way.CASH and refund.state is RefundState.REFUNDED
    return (refund.order_no, refund.refund_no) if done else None


def draw_shift(header: ReceiptHeader, report: ShiftReport, now: datetime) -> Bitmap:
    """Draw a shift with the names of its report: a Z if it is closed, else an X as of ``now``."""
    from pos.einvoice.shift_paper import shift_slip

    shift, closed = report.shift, report.shift.z_no is not None
    header = replace(header, shop=report.names.shop, zone=report.names.zone)
    return shift_slip(
        header, shift, report.drawer, report.totals, entries(report.in_process), report.names.people,
        shift.report["journal"]["hash"] if closed else "", closed, made_at=None if closed else now,
        sent_to=report.sent_to,
    )  # fmt: skip


def draw_slip(
    header: ReceiptHeader, attempt: Attempt, sale: SplitSale | None = None, charge: ChargeLine | None = None
) -> Bitmap:
    """Draw the slip of an attempt in its current state.

    ``sale`` is the split sale that it is a part of, ``charge`` what it is of an agreement. Raises NotAllowed if there
    is no slip.
    """
    from pos.einvoice.receipts import atm_slip, receipt, store_slip
    from pos.einvoice.split_receipt import split_receipt

    if attempt.state is State.CAPTURED:
        return receipt(header, attempt, charge) if sale is None else split_receipt(header, sale)
    pin, bars = attempt.details.get("store_pin", ""), tuple(attempt.details.get("store_bars", "").split())
    if attempt.state is not State.PENDING or not (attempt.virtual_account or pin or bars):
        raise NotAllowed(N_("There is nothing to print for this payment now."))
    if attempt.virtual_account:
        return atm_slip(header, attempt)
    return store_slip(header, attempt, pin, bars, attempt.expires_at)
