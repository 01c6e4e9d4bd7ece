"""Split sales: opened with their first part, and marked as paid with the capture of their last one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final

from pos.domain.journal_kinds.sales import SaleOpened, SalePaid
from pos.domain.money import Money
from pos.domain.payment import CASH, NO_TERMS, Attempt, Sale
from pos.domain.split import SplitSale, check_part, options_of_sale
from pos.domain.split import SplitState as S
from pos.errors import NotFound
from pos.i18n import N_, msg
from pos.store.attempt_mapping import discount_text, lines_from, lines_text, stamp, terms_from, time_from
from pos.store.database import Database
from pos.store.invoices import find_invoice, owe_invoice
from pos.store.journal import canonical
from pos.store.journal.recording import Recorder

_SELECT: Final = (
    "SELECT sale_id, amount, currency, lines, options, register, cashier, created_at, paid_at, note, discount,"
    " approved_by FROM split_sales LEFT JOIN sale_terms ON id = sale_id"
)
PARTS: Final = (
    "WHERE a.order_no IN (SELECT order_no FROM sale_parts WHERE sale_id = ?)"
    " ORDER BY (SELECT p.seq FROM sale_parts p WHERE p.order_no = a.order_no)"
)
"""The attempts at the parts of a sale, oldest first."""
_OF_NUMBER: Final = (
    "WHERE sale_id = ? OR sale_id = (SELECT p.sale_id FROM sale_parts p WHERE p.order_no = ?)"
)  # fmt: skip

_UNPAID: Final = (  # most sales that were never paid in full were given up before any part was paid
    "WHERE paid_at IS NULL AND EXISTS (SELECT 1 FROM sale_parts p JOIN attempts a ON a.order_no = p.order_no"
    " WHERE p.sale_id = split_sales.sale_id AND a.state = 'captured') ORDER BY created_at"
)

ReadParts = Callable[[str], Sequence[Attempt]]


class SplitSaleStore:
    """The split sales of a journal. ``parts`` reads the attempts of one; every method raises StoreError."""

    def __init__(self, database: Database, recorder: Recorder, parts: ReadParts) -> None:
        self._database = database
        self._recorder = recorder
        self._parts = parts

    def get(self, number: str) -> SplitSale:
        """Return a sale by its id or by the order number of one of its parts. Raises NotFound."""
        found = self._all(_OF_NUMBER, number, number)
        if not found:
            raise NotFound(msg(N_("There is no split sale {number}."), number=number))
        return found[0]

    def unfinished(self) -> list[SplitSale]:
        """Return the sales of which only a part was paid and not refunded, oldest first."""
        return [one for one in self._all(_UNPAID) if one.state is S.PART]

    def add_part(self, connection: sqlite3.Connection, attempt: Attempt, opens: Sale | None) -> None:
        """Check a new part before it is written, inside the caller's transaction; open its sale if it is the first.

        Raises NotFound, and what :func:`pos.domain.split.check_part` raises.
        """
        found = self._all("WHERE sale_id = ?", attempt.sale_id)
        if not found and opens is not None:
            self._open(connection, attempt, opens)
        sale = found[0] if found else self.get(attempt.sale_id)
        check_part(sale, attempt.amount, in_cash=attempt.gateway == CASH)

    def follow(self, connection: sqlite3.Connection, part: Attempt) -> None:
        """Mark the sale of a part that was captured as paid, if it is, inside the caller's transaction.

        Its e-invoice is owed from then on.
        """
        sale = self.get(part.sale_id)
        if sale.is_paid and sale.paid_at is None:
            self._recorder.record(connection, SalePaid(sale_id=sale.sale_id))
            sale = self.get(part.sale_id)
        if sale.paid_at is not None:
            owe_invoice(connection, self._recorder, part.order_no, sale.paid_at)

    def _open(self, connection: sqlite3.Connection, first: Attempt, whole: Sale) -> None:
        row = SaleOpened(
            sale_id=first.sale_id, amount=whole.amount.minor, currency=whole.amount.currency,
            created_at=stamp(first.created_at) or "", lines=lines_text(whole.lines),
            options=canonical(options_of_sale(whole)), note=whole.terms.note, discount=discount_text(whole.terms),
            approved_by=whole.terms.approved_by,
        )  # fmt: skip
        self._recorder.record(connection, row, actor=first.cashier)

    def _all(self, where: str, *values: object) -> list[SplitSale]:
        return [self._sale(row) for row in self._database.rows(f"{_SELECT} {where}", tuple(values))]

    def _sale(self, row: Sequence[Any]) -> SplitSale:
        sale_id, amount, currency, lines, options, register, cashier, created_at, paid_at, note, off, approved = row
        begun, parts = time_from(created_at), tuple(self._parts(sale_id))
        assert begun is not None
        return SplitSale(
            sale_id=sale_id,
            amount=Money(amount, currency),
            register_id=register,
            cashier=cashier,
            created_at=begun,
            lines=lines_from(lines, currency),
            options=json.loads(options),
            paid_at=time_from(paid_at),
            parts=parts,
            terms=NO_TERMS if note is None else terms_from(note, off, approved, currency),
            invoice=find_invoice(self._database, parts[0].order_no) if parts else None,
        )
