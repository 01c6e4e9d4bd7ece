"""Commands for e-invoices, the ones still to be issued or corrected, and the printer."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pos.bootstrap import Register, register_for
from pos.cli.inputs import invoice_request_of
from pos.cli.permissions import obtain_permission, permission_while_open
from pos.cli.session import actor_of, is_key_refused, run_with_services
from pos.domain.invoice import Invoice
from pos.domain.invoice_order import OPEN
from pos.domain.staff import Action
from pos.errors import InputError
from pos.exits import DOUBT, OK, REFUSED, UNPAID
from pos.i18n import N_, _, msg
from pos.os_errors import reason
from pos.output import invoice_json, invoice_line, put

if TYPE_CHECKING:
    from pos.einvoice.receipt_canvas import Bitmap
    from pos.services.invoice_corrections import Correction


def invoice(asked: argparse.Namespace) -> int:
    """Request, show, print or save the e-invoice of one payment."""
    register = register_for(asked.config, asked.data_dir)
    invoice_request = invoice_request_of(asked)

    async def work() -> int:
        services, order_no, actor = register.services, asked.order_no, actor_of(register)
        if invoice_request is not None:
            services.invoicing.request_invoice(
                actor, order_no, invoice_request, await obtain_permission(register, Action.INVOICE_LATER, order_no)
            )
        else:
            services.access.make_visible(actor, order_no, await obtain_permission(register, Action.SEE_ALL, order_no))
        found = services.invoicing.find(actor, order_no)
        if found is None:
            services.payments.get(actor, order_no)  # raises NotFound
            put({"invoice": None} if asked.json else None, [_("No e-invoice was requested.")])
            return OK
        question = services.invoicing.issue if found.owed or not asked.ask else services.invoicing.refresh
        found = await question(actor, order_no)
        if asked.print:
            found = await services.invoicing.print_proof(actor, order_no)
        if asked.pdf:
            sheets = await services.invoicing.sheets(actor, order_no)
            await asyncio.to_thread(_write_pdf, asked.pdf, sheets)
        put({"invoice": invoice_json(found)} if asked.json else None, [invoice_line(found)])
        return _status(register, found, services.payments.get(actor, order_no).gateway)

    return run_with_services(register, work)


def invoices(asked: argparse.Namespace) -> int:
    """List e-invoices still to be issued or corrected; works while the window is open."""
    permission = permission_while_open(asked, Action.SEE_ALL)
    register = register_for(asked.config, asked.data_dir, read_only=True, keys=False)

    async def work() -> int:
        actor = actor_of(register)
        owed = register.services.invoicing.owed(actor, permission)
        rows = [{**invoice_json(one), "seconds_left": int(left.total_seconds())} for one, left in owed]
        after = register.services.corrections.owed(actor, permission)
        found = {"invoices": rows, "corrections": [correction_json(one) for one in after]}
        lines = [
            *(invoice_line(one) for one, _left in owed),
            *("  ".join(correction_json(one).values()) for one in after),
        ]
        put(found if asked.json else None, lines)
        return OK

    return run_with_services(register, work)


def invoice_corrected(asked: argparse.Namespace) -> int:
    """Record that an e-invoice was voided, or an allowance issued, after a refund."""
    register = register_for(asked.config, asked.data_dir)

    async def work() -> int:
        permission = await obtain_permission(register, Action.SETTLE)
        corrections = register.services.corrections
        made = corrections.done(asked.refund_no, asked.reference, permission)
        put(made.details if asked.json else None, [f"{made.refund_no}  {made.details['corrected']}"])
        return OK

    return run_with_services(register, work)


def printer_test(asked: argparse.Namespace) -> int:
    """Print the test page on the printer of the settings."""
    from pos.einvoice.printer import Printer
    from pos.einvoice.receipt_header import ReceiptHeader
    from pos.einvoice.receipts import test_page

    register = register_for(asked.config, asked.data_dir, read_only=True, keys=False)
    shop = register.shop
    Printer(register.settings.printer).send([test_page(ReceiptHeader(shop.name, shop.register_id, shop.timezone))])
    put({"printed": True} if asked.json else None, [])
    return OK


def _status(register: Register, found: Invoice, gateway: str) -> int:
    """Return the exit status of an e-invoice; ``gateway`` is the payment's."""
    if not found.owed:
        return OK
    if found.asked or (found.order is not None and found.order.state in OPEN):
        return DOUBT
    return REFUSED if is_key_refused(register, found.issuer(gateway)) else UNPAID


def correction_json(owed: Correction) -> dict[str, str]:
    """Return one correction as JSON."""
    refund = owed.refund
    return {
        "refund_no": refund.refund_no, "order_no": refund.order_no, "number": owed.invoice.number,
        "remedy": owed.remedy.name.lower(), "amount": refund.amount.decimal, "currency": refund.amount.currency,
        "way": refund.way.value, "reference": refund.reference,
        **({"remedy_amount": owed.amount.decimal} if owed.amount != refund.amount else {}),
        **({"gateway_order_no": owed.invoice.order.number} if owed.invoice.order else {}),
    }  # fmt: skip


def _write_pdf(path: Path, sheets: Sequence[Bitmap]) -> None:
    from pos.einvoice.pdf import pdf_of

    try:
        path.write_bytes(pdf_of(sheets))
    except OSError as error:
        text = N_("{path} cannot be written: {problem}.")
        raise InputError("pdf", msg(text, path=path, problem=reason(error).spoken()), str(error)) from error
