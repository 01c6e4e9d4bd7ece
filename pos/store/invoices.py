"""E-invoices: the buyer's request, the gateway's answer, and the printing state of the proof."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pos.domain.invoice import Invoice, InvoiceRequest, Kind, PrintEvent, PrintState, State, advance_print
from pos.domain.journal_kinds import Json
from pos.domain.journal_kinds.payments import InvoiceStep
from pos.errors import NotAllowed, NotFound
from pos.i18n import N_, Message, msg
from pos.runtime import Clock
from pos.store.attempt_mapping import message_from, message_text, stamp
from pos.store.database import Database
from pos.store.invoice_orders import COLUMNS as ORDER_COLUMNS
from pos.store.invoice_orders import order_from
from pos.store.invoiced import holder_of
from pos.store.journal import canonical
from pos.store.journal.recording import Recorder
from pos.store.targets import NO_TARGETS, Targets, target_of

_COLUMNS: Final = ("order_no", "wish", "state", "paper", "paid_at", "asked", "found", "message")
_SALE: Final = "(SELECT sale_id FROM sale_parts WHERE order_no = i.order_no)"
_SELECT: Final = (
    f"SELECT {', '.join(f'i.{name}' for name in _COLUMNS)}, {_SALE}, {', '.join(f'o.{name}' for name in ORDER_COLUMNS)}"
    " FROM invoices i LEFT JOIN invoice_orders o ON o.number = (SELECT number FROM invoice_orders"
    " WHERE order_no = i.order_no ORDER BY created_at DESC, number DESC LIMIT 1)"
)
_OF_ORDER: Final = f"WHERE i.order_no = {holder_of('?1')}"
_HOLDER: Final = f"SELECT {holder_of('?1')}, coalesce((SELECT sale_id FROM sale_parts WHERE order_no = ?1), '')"
_PAID_AT: Final = (
    "SELECT s.paid_at FROM sale_parts p JOIN split_sales s ON s.sale_id = p.sale_id WHERE p.order_no = ?1"
    " UNION ALL SELECT coalesce(a.ended_at, a.created_at) FROM attempts a WHERE a.order_no = ?1"
    " AND a.state = 'captured' AND NOT EXISTS (SELECT 1 FROM sale_parts q WHERE q.order_no = ?1)"
)
_TITLE: Final = "SELECT title FROM companies WHERE ban = ?"
_SECRET: Final = "key"
"""Field of the gateway's answer that is not stored."""


class InvoiceStore:
    """The e-invoices, one row for each payment or split sale. Every method raises StoreError.

    The invoice of a split sale is found by the number of each of its parts.
    """

    def __init__(self, database: Database, register_id: str, clock: Clock, to: Targets = NO_TARGETS) -> None:
        self._database = database
        self._recorder = Recorder(register_id, clock)
        self._to = to

    def request_invoice(self, order_no: str, invoice_request: InvoiceRequest) -> Invoice:
        """Write the buyer's request. It may change until the gateway was asked.

        If the payment is captured, or its split sale is paid, the invoice is owed from then on: both are written in one
        transaction. Raises NotAllowed.
        """
        with self._database.transaction() as connection:
            known = _found(connection, order_no)
            if known is not None and (known.asked or known.state is State.ISSUED):
                raise NotAllowed(N_("The e-invoice is already being issued and cannot be changed."))
            invoice_request = _with_title(connection, invoice_request)
            invoice = replace(known or _new(connection, order_no, invoice_request), request=invoice_request)
            _record(connection, self._recorder, known, invoice, "invoice_wished")
            paid = connection.execute(_PAID_AT, (order_no,)).fetchone()
            if paid is not None and paid[0] is not None and invoice.paid_at is None:
                known, invoice = invoice, replace(invoice, paid_at=datetime.fromisoformat(paid[0]))
                _record(connection, self._recorder, known, invoice, "invoice_owed")
        return invoice

    def mark_owed(self, invoice: Invoice, at: datetime) -> Invoice:
        """Record that the payment is captured, so that the invoice must be issued."""
        return self._write(invoice, "invoice_owed", paid_at=at)

    def mark_asked(self, invoice: Invoice, gateway: str) -> Invoice:
        """Record that ``gateway`` will be asked to issue. If the answer is lost, it is queried, not issued again."""
        return self._write(invoice, "invoice_asked", gateway=gateway, asked=True)

    def record_answer(self, invoice: Invoice, state: State, found: dict[str, Any], **facts: Any) -> Invoice:
        """Record the gateway's answer. An invoice that waits at the gateway is queried, not issued again."""
        answer = {name: value for name, value in found.items() if name != _SECRET} or invoice.found
        kind = "invoice_issued" if state is State.ISSUED else "invoice_told"
        return self._write(invoice, kind, state=state, found=answer, asked=state is State.WAITING, **facts)

    def record_message(self, invoice: Invoice, message: Message) -> Invoice:
        """Record why the invoice is not issued yet; an unchanged message is not written again."""
        if invoice.message == message:
            return invoice
        return self._write(invoice, "invoice_told", message=message)

    def record_print(self, invoice: Invoice, event: PrintEvent, actor: str = "") -> Invoice:
        """Record one event in the printing of the proof. Raises InputError for a step that is not in the table."""
        paper = advance_print(invoice.paper, event)
        return self._write(invoice, f"proof_{event.value}", actor=actor, paper=paper)

    def find(self, order_no: str) -> Invoice | None:
        """Return the invoice of a payment, None if no e-invoice was requested."""
        return find_invoice(self._database, order_no)

    def get(self, order_no: str) -> Invoice:
        """Return the invoice of a payment. Raises NotFound."""
        found = self.find(order_no)
        if found is None:
            raise NotFound(msg(N_("No e-invoice was requested with {order_no}."), order_no=order_no))
        return found

    def owed(self) -> list[Invoice]:
        """Return the invoices of captured payments that are not issued, the oldest payment first."""
        where = "WHERE i.state IN (0, 1, 3, 5) AND i.paid_at IS NOT NULL ORDER BY i.paid_at"
        return [_invoice(row) for row in self._database.rows(f"{_SELECT} {where}")]

    def _write(self, invoice: Invoice, kind: str, *, actor: str = "", gateway: str = "", **facts: Any) -> Invoice:
        """Change ``facts`` of the current row; changes by others since ``invoice`` was read are kept."""
        with self._database.transaction() as connection:
            known = _found(connection, invoice.order_no) or invoice
            after = replace(known, **facts)
            to = target_of(kind, self._to.get(gateway))
            _record(connection, self._recorder, known, after, kind, actor=actor, to=to)
        return after


def request_invoice(connection: sqlite3.Connection, recorder: Recorder, invoice: Invoice) -> None:
    """Write the request that belongs to a new attempt, in the transaction that writes the attempt.

    ``invoice.asked`` is set if the order itself asks the gateway to issue: then the gateway is asked what became of it
    before it is asked to issue. The request with a part of a split sale replaces that of an earlier part.
    """
    known = _found(connection, invoice.order_no)
    wanted = _with_title(connection, invoice.request)
    if known is not None and known.request == wanted:
        return
    invoice = replace(_new(connection, invoice.order_no, wanted), asked=invoice.asked)
    wished = replace(invoice, asked=False)
    _record(connection, recorder, known, wished, "invoice_wished")
    if invoice.asked:
        _record(connection, recorder, wished, invoice, "invoice_asked")


def owe_invoice(connection: sqlite3.Connection, recorder: Recorder, order_no: str, paid_at: datetime) -> None:
    """Mark the invoice of a payment, or of its split sale, as owed, in the transaction that captures the payment.

    Does nothing if no invoice was requested or if it is owed already.
    """
    invoice = _found(connection, order_no)
    if invoice is not None and invoice.paid_at is None:
        _record(connection, recorder, invoice, replace(invoice, paid_at=paid_at), "invoice_owed")


def _record(
    connection: sqlite3.Connection, recorder: Recorder, before: Invoice | None, after: Invoice, kind: str, *,
    actor: str = "", to: Mapping[str, Json] | None = None,
) -> None:  # fmt: skip
    """Write what changed since ``before``, which is None for a new invoice; a request is always written."""
    old, new = _columns(before or Invoice(after.order_no, after.request)), _columns(after)
    facts = {name: value for name, value in new.items() if value != old[name]}
    if kind == "invoice_wished":
        facts["wish"] = _request_json(after.request)
    if after.message:
        facts["message"] = message_text(after.message)
    recorder.record(connection, InvoiceStep(kind=kind, to=to, **facts), order_no=after.order_no, actor=actor)


def find_invoice(database: Database, order_no: str) -> Invoice | None:
    """Return the invoice of a payment or of its split sale, None if no e-invoice was requested."""
    rows = database.rows(f"{_SELECT} {_OF_ORDER}", (order_no,))
    return _invoice(rows[0]) if rows else None


def _found(connection: sqlite3.Connection, order_no: str) -> Invoice | None:
    row = connection.execute(f"{_SELECT} {_OF_ORDER}", (order_no,)).fetchone()
    return None if row is None else _invoice(row)


def _new(connection: sqlite3.Connection, order_no: str, invoice_request: InvoiceRequest) -> Invoice:
    """Return a new invoice of a payment, or of the split sale that it is a part of."""
    number, sale_id = connection.execute(_HOLDER, (order_no,)).fetchone()
    return Invoice(number, invoice_request, sale_id=sale_id)


def _with_title(connection: sqlite3.Connection, invoice_request: InvoiceRequest) -> InvoiceRequest:
    """Return ``invoice_request``; a company without a title gets the last one that this shop used for its number."""
    if not invoice_request.ban or invoice_request.title:
        return invoice_request
    found = connection.execute(_TITLE, (invoice_request.ban,)).fetchone()
    return replace(invoice_request, title=found[0]) if found else invoice_request


def _request_json(invoice_request: InvoiceRequest) -> list[Json]:
    return [invoice_request.kind.value, invoice_request.code, invoice_request.ban, invoice_request.title]


def _columns(invoice: Invoice) -> dict[str, Any]:
    """Return the columns that may change after the request, by their names in the journal."""
    return {
        "invoice_state": int(invoice.state), "paper": invoice.paper.value, "paid_at": stamp(invoice.paid_at),
        "asked": int(invoice.asked), "found": canonical(dict(invoice.found)), "message": message_text(invoice.message),
    }  # fmt: skip


def _invoice(row: tuple[Any, ...]) -> Invoice:
    found, sale_id, order = dict(zip(_COLUMNS, row, strict=False)), row[len(_COLUMNS)], row[len(_COLUMNS) + 1 :]
    kind, code, ban, title = json.loads(found["wish"])
    return Invoice(
        order_no=found["order_no"],
        request=InvoiceRequest(Kind(kind), code, ban, title),
        state=State(found["state"]),
        paper=PrintState(found["paper"]),
        paid_at=datetime.fromisoformat(found["paid_at"]) if found["paid_at"] else None,
        asked=bool(found["asked"]),
        found=json.loads(found["found"]),
        message=message_from(found["message"]),
        order=order_from(order) if order[0] is not None else None,
        sale_id=sale_id or "",
    )
