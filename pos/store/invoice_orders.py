"""The orders that carry the e-invoices of cash sales: a step is one journal row and one row of ``invoice_orders``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pos.domain.invoice_order import InvoiceOrder, InvoiceOrderEvent, InvoiceOrderState, advance_order
from pos.domain.journal_kinds.payments import InvoiceOrderStep
from pos.errors import NotAllowed
from pos.i18n import N_, Message, msg
from pos.runtime import Clock
from pos.store.attempt_mapping import message_from, message_text, time_from
from pos.store.database import Database
from pos.store.journal import digest
from pos.store.journal.recording import Recorder
from pos.store.targets import NO_TARGETS, Targets, target_of

COLUMNS: Final = (
    "number", "order_no", "gateway", "created_at", "state", "sent_at", "gateway_ref", "gateway_key", "code", "message",
)  # fmt: skip
"""The columns of an order, in the order of :func:`order_from`."""

_SELECT: Final = f"SELECT {', '.join(COLUMNS)} FROM invoice_orders"
_STATE: Final = "SELECT state FROM invoice_orders WHERE number = ?"


class InvoiceOrderStore:
    """The table ``invoice_orders`` of one register. Every method raises StoreError."""

    def __init__(self, database: Database, register_id: str, clock: Clock, to: Targets = NO_TARGETS) -> None:
        self._database = database
        self._recorder = Recorder(register_id, clock)
        self._to = to

    def latest(self, order_no: str) -> InvoiceOrder | None:
        """Return the newest order of a sale, None if it has none."""
        where = "WHERE order_no = ? ORDER BY created_at DESC, number DESC LIMIT 1"
        rows = self._database.rows(f"{_SELECT} {where}", (order_no,))
        return order_from(rows[0]) if rows else None

    def by_number(self, number: str) -> InvoiceOrder | None:
        """Return the order with this number, None if there is none."""
        rows = self._database.rows(f"{_SELECT} WHERE number = ?", (number,))
        return order_from(rows[0]) if rows else None

    def step(self, order: InvoiceOrder, event: InvoiceOrderEvent, **facts: Any) -> InvoiceOrder:
        """Write one step, with the fields of InvoiceOrder that change with it. Return the order after it.

        A new order is written with its first step, SEND. Raises IllegalTransition for a step that is not in the table,
        and NotAllowed if another program changed it.
        """
        state = advance_order(order.state, event)
        kind = f"invoice_order_{event}"
        key = facts.get("gateway_key")
        body = {name: message_text(value) if isinstance(value, Message) else value for name, value in facts.items()}
        if key is not None:
            body["gateway_key"] = digest(key)
        with self._database.transaction() as connection:
            known = connection.execute(_STATE, (order.number,)).fetchone()
            if known is None:
                body["gateway"] = order.gateway
            elif known[0] != order.state.value:
                raise NotAllowed(msg(N_("{order_no} was changed by another program."), order_no=order.order_no))
            row = InvoiceOrderStep(
                kind=kind, number=order.number, order_state=state.value,
                to=target_of(kind, self._to.get(order.gateway)), **body,
            )  # fmt: skip
            self._recorder.record(connection, row, order_no=order.order_no, secrets=(key,) if key else ())
        found = self.by_number(order.number)
        assert found is not None
        return found


def order_from(row: tuple[Any, ...]) -> InvoiceOrder:
    """Return the order of a row of :data:`COLUMNS`."""
    number, order_no, gateway, created_at, state, sent_at, ref, key, code, message = row
    return InvoiceOrder(
        number, order_no, gateway, datetime.fromisoformat(created_at), InvoiceOrderState(state), time_from(sent_at),
        ref, key, code, message_from(message),
    )  # fmt: skip
