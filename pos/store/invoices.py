"""E-invoices: what the buyer wished, what the gateway said, and whether the proof came out of the printer."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pos.domain.invoice import Invoice, Kind, Paper, Print, State, Wish, printed
from pos.errors import NotAllowed, NotFound
from pos.i18n import N_, Message, msg
from pos.runtime import Clock
from pos.store import journal
from pos.store.attempt_mapping import message_from, message_text, stamp
from pos.store.database import Database
from pos.store.journal import canonical
from pos.store.targets import NOWHERE, To, with_target

_COLUMNS: Final = ("order_no", "wish", "state", "paper", "paid_at", "asked", "found", "message")
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM invoices"
_WRITE: Final = (
    f"INSERT INTO invoices ({', '.join(_COLUMNS)}, seq) VALUES ({', '.join('?' * (len(_COLUMNS) + 1))})"
    f" ON CONFLICT (order_no) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])},"
    " seq = excluded.seq"
)
_CAPTURED_AT: Final = "SELECT coalesce(ended_at, created_at) FROM attempts WHERE order_no = ? AND state = 'captured'"
_TITLE: Final = "SELECT title FROM companies WHERE ban = ?"
_TITLED: Final = "INSERT OR REPLACE INTO companies (ban, title) VALUES (?, ?)"
_SECRET: Final = "key"
"""Of the gateway's answer; the journal and this table do not repeat it."""


class InvoiceStore:
    """One row a payment that wished for an invoice. Every method raises StoreError when the file does not work."""

    def __init__(self, database: Database, register_id: str, clock: Clock, to: To = NOWHERE) -> None:
        self._database = database
        self._register = register_id
        self._clock = clock
        self._to = to

    def wish(self, order_no: str, wish: Wish) -> Invoice:
        """Write the buyer's request. It may change until the gateway was asked.

        If the payment is captured, the invoice is owed from then on: both are written in one transaction.
        Raises NotAllowed.
        """
        with self._database.transaction() as connection:
            known = _found(connection, order_no)
            if known is not None and (known.asked or known.state is State.ISSUED):
                raise NotAllowed(N_("The invoice is already on its way; it cannot be changed."))
            wish = _titled(connection, wish)
            wished = replace(known, wish=wish) if known else Invoice(order_no, wish)
            self._append(connection, wished, "invoice_wished", {"wish": _wish(wish)})
            captured = connection.execute(_CAPTURED_AT, (order_no,)).fetchone()
            if captured is not None and wished.paid_at is None:
                wished = replace(wished, paid_at=datetime.fromisoformat(captured[0]))
                self._append(connection, wished, "invoice_owed", {})
        return wished

    def paid(self, invoice: Invoice, at: datetime) -> Invoice:
        """From now on the invoice is owed."""
        return self._write(invoice, "invoice_owed", {}, paid_at=at)

    def asking(self, invoice: Invoice, gateway: str) -> Invoice:
        """Written before ``gateway`` is asked to issue: an answer that is lost is asked about, not asked for again."""
        return self._write(
            invoice, "invoice_asked", with_target({}, "invoice_asked", self._to.get(gateway)), asked=True
        )

    def told(self, invoice: Invoice, state: State, found: dict[str, Any], **facts: Any) -> Invoice:
        """What the gateway said; one that is on its way there is asked about, not asked for again."""
        kept = {name: value for name, value in found.items() if name != _SECRET} or invoice.found
        kind = "invoice_issued" if state is State.ISSUED else "invoice_told"
        body: dict[str, journal.Json] = {"invoice_state": int(state), "number": replace(invoice, found=kept).number}
        return self._write(invoice, kind, body, state=state, found=kept, asked=state is State.WAITING, **facts)

    def said(self, invoice: Invoice, message: Message) -> Invoice:
        """Why it is still owed; the same words again are not written again."""
        if invoice.message == message:
            return invoice
        return self._write(invoice, "invoice_told", {}, message=message)

    def paper(self, invoice: Invoice, event: Print, who: str = "") -> Invoice:
        """One step of the proof on its way to paper. Raises InputError where the table has none."""
        paper = printed(invoice.paper, event)
        return self._write(invoice, f"proof_{event.value}", {"paper": paper.value, "who": who}, paper=paper)

    def find(self, order_no: str) -> Invoice | None:
        """None where nobody wished for one."""
        rows = self._database.rows(f"{_SELECT} WHERE order_no = ?", (order_no,))
        return _invoice(rows[0]) if rows else None

    def get(self, order_no: str) -> Invoice:
        """Raises NotFound."""
        found = self.find(order_no)
        if found is None:
            raise NotFound(msg(N_("No invoice was asked for with {order_no}."), order_no=order_no))
        return found

    def owed(self) -> list[Invoice]:
        """Paid and not issued, the oldest first."""
        where = "WHERE state IN (0, 1, 3, 5) AND paid_at IS NOT NULL ORDER BY paid_at"
        return [_invoice(row) for row in self._database.rows(f"{_SELECT} {where}")]

    def _write(self, invoice: Invoice, kind: str, body: dict[str, journal.Json], **facts: Any) -> Invoice:
        """Change ``facts`` of the row as it is now: what others wrote since ``invoice`` was read is kept."""
        with self._database.transaction() as connection:
            after = replace(_found(connection, invoice.order_no) or invoice, **facts)
            self._append(connection, after, kind, body)
        return after

    def _append(
        self, connection: sqlite3.Connection, invoice: Invoice, kind: str, body: dict[str, journal.Json]
    ) -> None:
        at = self._clock.now().isoformat(timespec="microseconds")
        write_invoice(connection, at, self._register, invoice, kind, body)


def request_invoice(connection: sqlite3.Connection, at: str, register: str, invoice: Invoice) -> None:
    """Write the request that belongs to a new attempt, in the transaction that writes the attempt.

    ``invoice.asked`` is set if the order itself asks the gateway to issue: then the gateway is asked what became of it
    before it is asked to issue.
    """
    invoice = replace(invoice, wish=_titled(connection, invoice.wish))
    body: dict[str, journal.Json] = {"wish": _wish(invoice.wish)}
    write_invoice(connection, at, register, replace(invoice, asked=False), "invoice_wished", body)
    if invoice.asked:
        write_invoice(connection, at, register, invoice, "invoice_asked", {})


def owe_invoice(connection: sqlite3.Connection, at: str, register: str, order_no: str, paid_at: datetime) -> None:
    """Mark the invoice of a payment as owed, in the transaction that captures the payment.

    Does nothing if no invoice was requested or if it is owed already.
    """
    invoice = _found(connection, order_no)
    if invoice is not None and invoice.paid_at is None:
        write_invoice(connection, at, register, replace(invoice, paid_at=paid_at), "invoice_owed", {})


def write_invoice(
    connection: sqlite3.Connection, at: str, register: str, invoice: Invoice, kind: str, body: dict[str, journal.Json]
) -> None:
    """Write one journal row and the row of ``invoices``, inside the caller's transaction."""
    if invoice.message:
        body = {**body, "message": message_text(invoice.message)}
    seq = journal.append(connection, at, register, kind, invoice.order_no, body)
    connection.execute(_WRITE, (*_row(invoice), seq))


def _found(connection: sqlite3.Connection, order_no: str) -> Invoice | None:
    row = connection.execute(f"{_SELECT} WHERE order_no = ?", (order_no,)).fetchone()
    return None if row is None else _invoice(row)


def _titled(connection: sqlite3.Connection, wish: Wish) -> Wish:
    """Return ``wish``; a company without a title gets the last one that this shop used for its number."""
    if wish.title:
        connection.execute(_TITLED, (wish.ban, wish.title))
    if not wish.ban or wish.title:
        return wish
    found = connection.execute(_TITLE, (wish.ban,)).fetchone()
    return replace(wish, title=found[0]) if found else wish


def _wish(wish: Wish) -> list[journal.Json]:
    return [wish.kind.value, wish.code, wish.ban, wish.title]


def _row(invoice: Invoice) -> tuple[Any, ...]:
    return (
        invoice.order_no, canonical(_wish(invoice.wish)), int(invoice.state), invoice.paper.value,
        stamp(invoice.paid_at), int(invoice.asked), canonical(dict(invoice.found)), message_text(invoice.message),
    )  # fmt: skip


def _invoice(row: tuple[Any, ...]) -> Invoice:
    found = dict(zip(_COLUMNS, row, strict=True))
    kind, code, ban, title = json.loads(found["wish"])
    return Invoice(
        order_no=found["order_no"],
        wish=Wish(Kind(kind), code, ban, title),
        state=State(found["state"]),
        paper=Paper(found["paper"]),
        paid_at=datetime.fromisoformat(found["paid_at"]) if found["paid_at"] else None,
        asked=bool(found["asked"]),
        found=json.loads(found["found"]),
        message=message_from(found["message"]),
    )
