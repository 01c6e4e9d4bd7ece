"""Payments and their attempts: a step is one journal row and one row of ``attempts``, in one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from operator import itemgetter
from typing import Any, Final

from pos.domain.invoice import Invoice
from pos.domain.payment import Attempt, HistoryRow
from pos.domain.reconcile import Check
from pos.domain.staff import Permission
from pos.domain.states import ENDED, Event, State, advance, may_start_another
from pos.errors import NotAllowed, NotFound
from pos.i18n import N_, msg
from pos.runtime import Clock
from pos.store import journal
from pos.store.attempt_mapping import (
    COLUMNS,
    FIXED,
    MOVING,
    STATES,
    attempt_from,
    changed,
    fixed,
    lines_text,
    message_from,
    moving,
    stamp,
)
from pos.store.database import Database
from pos.store.invoices import owe_invoice, request_invoice
from pos.store.journal import canonical
from pos.store.ledger import book_sale
from pos.store.notices import NoticeStore
from pos.store.page_links import PageLinks, digest
from pos.store.reconciliation import settle_check
from pos.store.search import BACK, Look, among, looks, looks_to_refund, paid_within
from pos.store.targets import NOWHERE, To, with_target
from pos.text import clean

_REFUNDS: Final = (  # one string of them all: most payments have none, and a page of a search reads a hundred
    "CASE a.state WHEN 'captured' THEN"
    " (SELECT group_concat(r.state || ' ' || r.amount) FROM refunds r WHERE r.order_no = a.order_no) END"
)
_WHOLE: Final = f"SELECT {', '.join('a.' + name for name in COLUMNS)}, p.lines, p.options, {_REFUNDS} FROM"
_ITEMS: Final = (  # NULL for the many payments without items and options
    "LEFT JOIN payments p INDEXED BY payments_with_items"
    " ON p.id = a.payment_id AND (p.lines <> '[]' OR p.options <> '')"
)
_SELECT: Final = f"{_WHOLE} attempts a {_ITEMS}"
_CREATED: Final = itemgetter(COLUMNS.index("created_at"))
_INSERT: Final = f"INSERT INTO attempts ({', '.join(COLUMNS)}, seq) VALUES ({', '.join('?' * (len(COLUMNS) + 1))})"
_UPDATE: Final = (
    f"UPDATE attempts SET {', '.join(name + ' = ?' for name in MOVING)}, seq = ? WHERE order_no = ? AND state = ?"
)


CODE_LIMIT: Final = 32
"""Characters of a gateway's code that are shown; journals of earlier releases have longer ones."""

_READ: Final = json.JSONDecoder().raw_decode


class PaymentStore:
    """The tables of one register. Every method raises StoreError when the file does not work."""

    def __init__(
        self,
        database: Database,
        register_id: str,
        clock: Clock,
        zone: tzinfo = UTC,
        pages: PageLinks | None = None,
        to: To = NOWHERE,
    ) -> None:
        self.database = database
        self.notices = NoticeStore(database, register_id, clock)
        self.pages = pages or PageLinks()
        self._register = register_id
        self._clock = clock
        self.zone = zone
        self._to = to

    def create(self, attempt: Attempt, *events: Event, invoice: Invoice | None = None) -> Attempt:
        """Journal a new attempt (and its payment if it is the first), its first steps and the request for its
        ``invoice``, whole or not at all.

        The attempt as it is then. Raises NotAllowed when the payment has an open attempt or is paid: whoever presses
        twice meets this.
        """
        with self.database.transaction() as connection:
            self._insert(connection, attempt)
            for event in events:
                after = self._after(attempt, event, {})
                self._update(connection, attempt, after, event.value, {})
                attempt = after
            if invoice is not None:
                request_invoice(connection, self._now(), self._register, invoice)
        return attempt

    def step(self, attempt: Attempt, event: Event, **facts: Any) -> Attempt:
        """Take one step of the state table and write it; the attempt as it is then.

        ``facts`` are fields of Attempt that change with it. Raises IllegalTransition for a step outside the
        table, and NotAllowed when the attempt is no longer as it was given (another program was faster).
        """
        return self._write(attempt, self._after(attempt, event, facts), event.value)

    def settle(
        self,
        attempt: Attempt,
        event: Event,
        permit: Permission,
        reason: str,
        checks: Sequence[Check] = (),
        **facts: Any,
    ) -> Attempt:
        """A manager's word on an attempt in REVIEW, with a reason: PAID accepts the money, VOID_DONE says that none
        came. ``checks`` of a reconciliation that this settles too are written with it. Raises IllegalTransition."""
        word = {"who": permit.who, "approved_by": permit.approved_by, "reason": reason}
        message = msg(N_("Settled by a manager: {reason}"), reason=reason)
        after = self._after(attempt, event, {**facts, "message": message})
        with self.database.transaction() as connection:
            self._update(connection, attempt, after, f"settled_{event.value}", word)
            for check in checks:
                settle_check(connection, self._now(), self._register, check)
        return after

    def note(self, attempt: Attempt, kind: str, **facts: Any) -> Attempt:
        """Write something about an attempt that does not move it; ``kind`` names the row."""
        return self._write(attempt, replace(attempt, **facts), kind)

    def get(self, order_no: str) -> Attempt:
        """Raises NotFound."""
        return self._one("WHERE a.order_no = ?", order_no)

    def by_page(self, token: str) -> Attempt:
        """The attempt of a payment page. Raises NotFound."""
        return self._one("WHERE a.page_token = ? AND a.page_token <> ''", digest(token))

    def by_ref(self, gateway: str, ref: str) -> Attempt:
        """The attempt a gateway knows by its own number. Raises NotFound."""
        return self._one("WHERE a.gateway_ref = ? AND a.gateway_ref <> '' AND a.gateway = ?", ref, gateway)

    def knows(self, order_no: str) -> bool:
        """Whether there is such an attempt."""
        return bool(self.database.rows("SELECT 1 FROM attempts WHERE order_no = ?", (order_no,)))

    def of_span(self, first: datetime, last: datetime) -> list[Attempt]:
        """Attempts that began or ended in [first, last), oldest first."""
        numbers = (
            "SELECT order_no FROM attempts WHERE created_at >= ? AND created_at < ?"
            " UNION SELECT order_no FROM attempts WHERE ended_at >= ? AND ended_at < ?"
        )
        bounds = [stamp(one.astimezone(UTC)) for one in (first, last)]
        return self._all(f"WHERE a.order_no IN ({numbers}) ORDER BY a.created_at", *bounds, *bounds)

    def of_payment(self, payment_id: str) -> list[Attempt]:
        """All attempts of one payment, oldest first."""
        return self._all("WHERE a.payment_id = ? ORDER BY a.created_at", payment_id)

    def waiting(self) -> list[Attempt]:
        """Everything that is not settled, oldest first; REVIEW waits for a manager."""
        states = "('created', 'sent', 'pending', 'unknown', 'voiding', 'review')"
        return self._all(f"WHERE a.state IN {states} ORDER BY a.created_at")

    def ended_without_money(self, since: datetime) -> list[Attempt]:
        """Attempts that ended unpaid after ``since`` with their code or account out: late money may come."""
        where = (  # the plus: a year has many such states, and few of them ended just now
            "WHERE a.ended_at > ? AND +a.state IN ('declined', 'expired', 'voided')"
            " AND (a.pay_url <> '' OR a.gateway_ref <> '' OR a.virtual_account IS NOT NULL)"
        )
        return self._all(where, stamp(since))

    def doubtful(self, amount: int, currency: str, since: datetime) -> list[Attempt]:
        """Return the attempts of exactly this amount since then for which money may have come, newest first.

        The outcome is not known, the code expired while the customer was paying, or a manager must look.
        """
        where = (
            "WHERE a.amount = ? AND a.created_at > ? AND a.currency = ?"
            " AND a.state IN ('sent', 'unknown', 'expired', 'review')"
            " ORDER BY a.created_at DESC"
        )
        return self._all(where, amount, stamp(since), currency)

    def last_of(self, cashier: str, limit: int) -> list[Attempt]:
        """The newest attempts of one cashier on this register, newest first."""
        where = "WHERE a.cashier = ? AND a.register = ? ORDER BY a.created_at DESC LIMIT ?"
        return self._all(where, cashier, self._register, limit)

    def search(self, text: str, amount: int | None, limit: int, before: datetime | None) -> list[Attempt]:
        """Newest first: by order number (its beginning, from the date on), gateway number, state, tender, gateway, day
        or time of the shop (:func:`pos.domain.moments.moments`), or ``amount``."""
        wanted = text.strip()
        if wanted:
            found = looks(wanted, amount, lambda: self._clock.now().astimezone(self.zone))
            return self._found(among(found, limit, before))
        where, values = ("", ()) if before is None else ("WHERE a.created_at < ?", (stamp(before),))
        return self._all(f"{where} ORDER BY a.created_at DESC LIMIT ?", *values, limit)

    def to_refund(
        self, text: str, amount: int | None, span: tuple[datetime, datetime] | None, limit: int, before: datetime | None
    ) -> list[Attempt]:
        """Captured payments and those in review, newest first: by the beginning of the order number, the gateway's
        number, tender, gateway or ``amount`` (asked or come), or paid within ``span``."""
        found = paid_within(*span) if span else looks_to_refund(text.strip(), amount)
        return self._found(among(found, limit, before, BACK))

    def history(self, order_no: str) -> list[HistoryRow]:
        """What happened to one attempt, oldest first, out of the journal."""
        state, rows = State.CREATED, []
        for at, kind, body in journal.of_order(self.database, order_no):
            facts, _end = _READ(body)  # our own writing: no white space to look for
            state = STATES[facts["state"]] if "state" in facts else state
            message = message_from(facts.get("message", ""))
            code = clean(facts.get("code", facts.get("notice_state", "")), CODE_LIMIT)
            rows.append(HistoryRow(datetime.fromisoformat(at), kind, state, message, code))
        return rows

    def _after(self, attempt: Attempt, event: Event, facts: Mapping[str, Any]) -> Attempt:
        after = replace(attempt, state=advance(attempt.state, event), **facts)
        if after.state in ENDED and attempt.state is not after.state:
            return replace(after, ended_at=self._clock.now())
        if after.state is State.SENT:
            return replace(after, sent_at=self._clock.now())
        return after

    def _write(self, before: Attempt, after: Attempt, kind: str) -> Attempt:
        with self.database.transaction() as connection:
            self._update(connection, before, after, kind, {})
        return after

    def _update(
        self,
        connection: sqlite3.Connection,
        before: Attempt,
        after: Attempt,
        kind: str,
        word: Mapping[str, journal.Json],
    ) -> None:
        body = with_target({**changed(before, after), **word}, kind, self._to.get(after.gateway))
        seq = self._journal(connection, after, kind, body)
        values = (*moving(after), seq, before.order_no, before.state.value)
        if connection.execute(_UPDATE, values).rowcount != 1:
            text = N_("{order_no} was changed by another program.")
            raise NotAllowed(msg(text, order_no=before.order_no))
        if after.state is State.CAPTURED and before.state is not State.CAPTURED:
            book_sale(connection, seq, after, self.zone)
            owe_invoice(connection, self._now(), self._register, after.order_no, after.ended_at or self._clock.now())

    def _insert(self, connection: sqlite3.Connection, attempt: Attempt) -> None:
        self._refuse_second(connection, attempt.payment_id)
        self._insert_payment(connection, attempt)
        seq = self._journal(connection, attempt, "created", _creation(attempt))
        connection.execute(_INSERT, (*fixed(attempt), *moving(attempt), seq))

    def _journal(
        self, connection: sqlite3.Connection, attempt: Attempt, kind: str, body: dict[str, journal.Json]
    ) -> int:
        return journal.append(connection, self._now(), self._register, kind, attempt.order_no, body)

    def _now(self) -> str:
        return self._clock.now().isoformat(timespec="microseconds")

    def _refuse_second(self, connection: sqlite3.Connection, payment_id: str) -> None:
        sql = "SELECT state FROM attempts WHERE payment_id = ?"
        states = [State(row[0]) for row in connection.execute(sql, (payment_id,))]
        if State.CAPTURED in states:
            raise NotAllowed(N_("This payment is already paid."))
        if not may_start_another(states):
            raise NotAllowed(N_("This payment is already in process."))

    def _insert_payment(self, connection: sqlite3.Connection, attempt: Attempt) -> None:
        values = (
            attempt.payment_id,
            attempt.amount.minor,
            attempt.amount.currency,
            lines_text(attempt.lines),
            canonical(dict(attempt.options)) if attempt.options else "",
            stamp(attempt.created_at),
        )
        connection.execute(
            "INSERT INTO payments (id, amount, currency, lines, options, created_at) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO NOTHING",
            values,
        )

    def _one(self, where: str, *values: object) -> Attempt:
        found = self._all(where, *values)
        if not found:
            raise NotFound(msg(N_("There is no payment {number}."), number=str(values[0])))
        return found[0]

    def _all(self, where: str, *values: object) -> list[Attempt]:
        rows = self.database.rows(f"{_SELECT} {where}", tuple(values))
        return [self.pages.complete(attempt_from(row)) for row in rows]

    def _found(self, look: Look) -> list[Attempt]:
        """The attempts of :func:`pos.store.search.among`. SQLite would sort them with all their columns."""
        newest, values = look
        joined = f"CROSS JOIN attempts a ON a.order_no = f.order_no {_ITEMS}"
        rows = self.database.rows(f"WITH f AS MATERIALIZED ({newest}) {_WHOLE} f {joined}", values)
        rows.sort(key=_CREATED, reverse=True)
        return [self.pages.complete(attempt_from(row)) for row in rows]


def _creation(attempt: Attempt) -> dict[str, journal.Json]:
    names = (*FIXED[1:], "lines", "options", "state")
    values = (*fixed(attempt)[1:], lines_text(attempt.lines), canonical(dict(attempt.options)), attempt.state.value)
    hidden = {"page_token"} if attempt.rounding else {"page_token", "rounding"}
    return {name: value for name, value in zip(names, values, strict=True) if name not in hidden}
