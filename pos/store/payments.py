"""Payments and their attempts: a step is one journal row and one row of ``attempts``, in one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final

from pos.domain.actor import RecordedBy
from pos.domain.agreement import Agreement, AgreementCharge, ChargeEvent
from pos.domain.agreement_review import NOT_DECIDED, Decided
from pos.domain.direct_debit import is_debit
from pos.domain.invoice import Invoice
from pos.domain.journal_kinds.payments import AttemptCreated, AttemptStep
from pos.domain.payment import Attempt, HistoryRow, Sale
from pos.domain.reconcile import Check
from pos.domain.split import SplitSale
from pos.domain.states import ENDED, Event, State, advance, may_start_another
from pos.errors import NotAllowed, NotFound
from pos.i18n import N_, msg
from pos.runtime import Clock
from pos.store import journal
from pos.store.agreements import AgreementStore, create_agreement, follow_attempt
from pos.store.attempt_mapping import (
    COLUMNS,
    STATES,
    attempt_from,
    changed,
    discount_text,
    facts_of,
    lines_text,
    message_from,
    minor_of,
    stamp,
)
from pos.store.database import Database
from pos.store.invoice_orders import InvoiceOrderStore
from pos.store.invoices import owe_invoice, request_invoice
from pos.store.journal import canonical, digest
from pos.store.journal.recording import Recorder
from pos.store.ledger import booked_at, fee_hundredths
from pos.store.notices import NoticeStore
from pos.store.page_links import PageLinks
from pos.store.projections.shifts import OWN_NAMES
from pos.store.reconciliation import settle_check
from pos.store.search import ONLY_REFUNDABLE, SearchTerm, newest_matches, paid_terms, refundable_terms, search_terms
from pos.store.split_sales import PARTS, SplitSaleStore
from pos.store.targets import NO_TARGETS, Targets, target_of
from pos.text import clean

_REFUNDS: Final = (  # all refunds in one string: a search reads a hundred payments, and most have none
    "CASE a.state WHEN 'captured' THEN"
    " (SELECT group_concat(r.state || ' ' || r.amount) FROM refunds r WHERE r.order_no = a.order_no) END"
)
_SALE: Final = "(SELECT s.sale_id FROM sale_parts s WHERE s.order_no = a.order_no)"
_TERMS: Final = "d.note, d.discount, d.approved_by"
_WHOLE: Final = (
    f"SELECT {', '.join('a.' + name for name in COLUMNS)}, p.lines, p.options, {_REFUNDS}, {_SALE}, {_TERMS} FROM"
)
_ITEMS: Final = (  # NULL for the many payments without items and options
    "LEFT JOIN payments p INDEXED BY payments_with_items"
    " ON p.id = a.payment_id AND (p.lines <> '[]' OR p.options <> '') LEFT JOIN sale_terms d ON d.id = a.payment_id"
)
_SELECT: Final = f"{_WHOLE} attempts a {_ITEMS}"
_CREATED: Final = itemgetter(COLUMNS.index("created_at"))
_SAME: Final = "SELECT 1 FROM attempts WHERE order_no = ? AND state = ?"
_NO_DECISION: Final[Mapping[str, Any]] = MappingProxyType({})


CODE_LIMIT: Final = 32
"""Characters of a gateway's code that are shown; journals of earlier releases have longer ones."""

_READ: Final = json.JSONDecoder().raw_decode


class PaymentStore:
    """The payments and attempts of a journal, written by one register. Every method raises StoreError."""

    def __init__(
        self,
        database: Database,
        register_id: str,
        clock: Clock,
        zone: tzinfo = UTC,
        pages: PageLinks | None = None,
        to: Targets = NO_TARGETS,
    ) -> None:
        self.database = database
        self.notices = NoticeStore(database, register_id, clock)
        self.invoice_orders = InvoiceOrderStore(database, register_id, clock, to)
        self._pages = pages or PageLinks()
        self._register = register_id
        self._clock = clock
        self._recorder = Recorder(register_id, clock)
        self.zone = zone
        self._to = to
        self._sales = SplitSaleStore(database, self._recorder, lambda sale_id: self._all(PARTS, sale_id))

    def create(
        self, attempt: Attempt, *events: Event, invoice: Invoice | None = None, opens: Sale | None = None
    ) -> Attempt:
        """Journal a new attempt, its payment if it is the first, its first steps and the request for its ``invoice``.

        All in one transaction. Return the attempt after the steps. ``opens`` is the split sale that begins with this
        part of it. Raises NotAllowed if the payment has an open attempt or is paid, as after a double click, and what
        :func:`pos.domain.split.check_part` raises.
        """
        with self.database.transaction() as connection:
            self._insert(connection, attempt, opens)
            for event in events:
                after = self._after(attempt, event, {})
                self._update(connection, attempt, after, event.value)
                attempt = after
            if invoice is not None:
                request_invoice(connection, self._recorder, invoice)
            if invoice is not None and attempt.state is State.CAPTURED:  # cash
                self._owe_invoice(connection, attempt)
        return attempt

    def book_charge(
        self, attempt: Attempt, agreements: AgreementStore, agreement: Agreement, charge: AgreementCharge,
        decided: Decided = NOT_DECIDED,
    ) -> None:  # fmt: skip
        """Journal money that the gateway took by an agreement, as a captured payment of that time.

        The step of the ``charge`` is in the same transaction. Raises as :meth:`AgreementStore.record_charge`.
        """
        created = replace(
            attempt, state=State.CREATED, sent_at=None, ended_at=None, gateway_ref="", received=None, details={}
        )
        sent = replace(created, state=State.SENT, sent_at=attempt.sent_at, details=attempt.details)
        with self.database.transaction() as connection:
            agreements.record_charge(connection, agreement, charge, ChargeEvent.PAID, decided)
            self._insert(connection, created)
            self._update(connection, created, sent, Event.SEND.value)
            self._update(connection, sent, attempt, Event.PAID.value)

    def step(self, attempt: Attempt, event: Event, **facts: Any) -> Attempt:
        """Write one step of the state table and return the attempt after it.

        ``facts`` are fields of Attempt that change with it. Raises IllegalTransition for a step that is not in the
        table, and NotAllowed if another program changed the attempt since it was read.
        """
        return self._write(attempt, self._after(attempt, event, facts), event.value)

    def settle(
        self,
        attempt: Attempt,
        event: Event,
        by: RecordedBy,
        reason: str,
        checks: Sequence[Check] = (),
        **facts: Any,
    ) -> Attempt:
        """Write a manager's decision on an attempt in REVIEW, with a reason.

        PAID accepts the money; VOID_DONE decides that none was received. ``checks`` of a reconciliation that it settles
        are written in the same transaction. Raises IllegalTransition.
        """
        decision = {"approved_by": by.approved_by, "reason": reason}
        message = msg(N_("Settled by a manager: {reason}"), reason=reason)
        after = self._after(attempt, event, {**facts, "message": message})
        with self.database.transaction() as connection:
            self._update(connection, attempt, after, f"settled_{event.value}", decision, by.actor)
            for check in checks:
                settle_check(connection, self._recorder, check)
        return after

    def note(self, attempt: Attempt, kind: str, **facts: Any) -> Attempt:
        """Write new facts about an attempt without a step; ``kind`` is the kind of the journal row."""
        return self._write(attempt, replace(attempt, **facts), kind)

    def split_sale(self, number: str) -> SplitSale:
        """Return a split sale by its id or by the order number of one of its parts. Raises NotFound."""
        return self._sales.get(number)

    def unfinished_sales(self) -> list[SplitSale]:
        """Return the split sales of which only a part was paid and not refunded, oldest first."""
        return self._sales.unfinished()

    def get(self, order_no: str) -> Attempt:
        """Return the attempt with this order number. Raises NotFound."""
        return self._one("WHERE a.order_no = ?", order_no)

    def debits(self) -> list[Attempt]:
        """Return the first charges of all direct debits, newest first."""
        where = "WHERE a.payment_id IN (SELECT id FROM payments WHERE instr(options, '\"regular\"') > 0)"
        return [one for one in self._all(f"{where} ORDER BY a.created_at DESC") if is_debit(one)]

    def by_page(self, token: str) -> Attempt:
        """Return the attempt of a payment page. Raises NotFound."""
        return self._one("WHERE a.page_token = ? AND a.page_token <> ''", digest(token))

    def page_token(self, order_no: str) -> str:
        """Return the token of a new order's page."""
        return self._pages.token(order_no)

    def by_ref(self, gateway: str, ref: str) -> Attempt:
        """Return the attempt with this number of the gateway. Raises NotFound."""
        return self._one("WHERE a.gateway_ref = ? AND a.gateway_ref <> '' AND a.gateway = ?", ref, gateway)

    def knows(self, order_no: str) -> bool:
        """Return whether there is an attempt with this order number."""
        return bool(self.database.rows("SELECT 1 FROM attempts WHERE order_no = ?", (order_no,)))

    def of_span(self, first: datetime, last: datetime) -> list[Attempt]:
        """Return the attempts that began or ended in [first, last), oldest first."""
        numbers = (
            "SELECT order_no FROM attempts WHERE created_at >= ? AND created_at < ?"
            " UNION SELECT order_no FROM attempts WHERE ended_at >= ? AND ended_at < ?"
        )
        bounds = [stamp(one.astimezone(UTC)) for one in (first, last)]
        return self._all(f"WHERE a.order_no IN ({numbers}) ORDER BY a.created_at", *bounds, *bounds)

    def of_payment(self, payment_id: str) -> list[Attempt]:
        """Return all attempts of one payment, oldest first."""
        return self._all("WHERE a.payment_id = ? ORDER BY a.created_at", payment_id)

    def waiting(self) -> list[Attempt]:
        """Return all attempts that have not ended, oldest first; those in REVIEW wait for a manager."""
        states = "('created', 'sent', 'pending', 'unknown', 'voiding', 'review')"
        return self._all(f"WHERE a.state IN {states} ORDER BY a.created_at")

    def ended_without_money(self, since: datetime) -> list[Attempt]:
        """Return attempts that ended unpaid after ``since`` and whose code or account may still be paid."""
        where = (  # the plus keeps the index on ended_at: few of the many attempts in these states ended recently
            "WHERE a.ended_at > ? AND +a.state IN ('declined', 'expired', 'voided')"
            " AND (a.pay_url <> '' OR a.gateway_ref <> '' OR a.virtual_account IS NOT NULL)"
        )
        return self._all(where, stamp(since))

    def find_possible_duplicates(self, amount: int, currency: str, since: datetime) -> list[Attempt]:
        """Return attempts of exactly this amount since then that may have been paid, newest first.

        Their outcome is not known, they expired while the customer was paying, or they are in review.
        """
        where = (
            "WHERE a.amount = ? AND a.created_at > ? AND a.currency = ?"
            " AND a.state IN ('sent', 'unknown', 'expired', 'review')"
            " ORDER BY a.created_at DESC"
        )
        return self._all(where, amount, stamp(since), currency)

    def last_of(self, cashier: str, limit: int) -> list[Attempt]:
        """Return the latest attempts of one cashier on this register, newest first."""
        where = f"WHERE a.cashier = ? AND a.register IN ({OWN_NAMES}) ORDER BY a.created_at DESC LIMIT ?"
        return self._all(where, cashier, self._register, limit)

    def search(self, text: str, amount: int | None, limit: int, before: datetime | None) -> list[Attempt]:
        """Search attempts, newest first.

        ``text`` is an order number or its beginning with the date, a gateway number, a state, a tender, a gateway, or a
        day or time of the shop (:func:`pos.domain.moments.parse_time_span`). ``amount`` is in minor units.
        """
        wanted = text.strip()
        if wanted:
            found = search_terms(wanted, amount, lambda: self._clock.now().astimezone(self.zone))
            return self._found(newest_matches(found, limit, before))
        where, values = ("", ()) if before is None else ("WHERE a.created_at < ?", (stamp(before),))
        return self._all(f"{where} ORDER BY a.created_at DESC LIMIT ?", *values, limit)

    def search_refundable(
        self, text: str, amount: int | None, span: tuple[datetime, datetime] | None, limit: int, before: datetime | None
    ) -> list[Attempt]:
        """Search captured payments and those in review, newest first.

        ``text`` is the beginning of an order number, a gateway number, a tender or a gateway; ``amount`` is the
        requested or received one. With ``span``, only the time of the payment counts.
        """
        found = paid_terms(*span) if span else refundable_terms(text.strip(), amount)
        return self._found(newest_matches(found, limit, before, ONLY_REFUNDABLE))

    def history(self, order_no: str) -> list[HistoryRow]:
        """Return the history of one attempt from the journal, oldest first."""
        state, rows = State.CREATED, []
        for at, kind, body in journal.of_order(self.database, order_no):
            facts, _end = _READ(body)  # canonical JSON has no white space to skip
            state = STATES[facts["state"]] if "state" in facts else state
            message = message_from(facts.get("message", ""))
            code = clean(facts.get("code", facts.get("notice_state", "")), CODE_LIMIT)
            rows.append(HistoryRow(datetime.fromisoformat(at), kind, state, message, code))
        return rows

    def _after(self, attempt: Attempt, event: Event, facts: Mapping[str, Any]) -> Attempt:
        state = advance(attempt.state, event)
        timed: dict[str, Any] = {}
        if state in ENDED and attempt.state is not state:
            timed["ended_at"] = self._clock.now()
        elif state is State.SENT:
            timed["sent_at"] = self._clock.now()
        return replace(attempt, **{**facts, "state": state, **timed})

    def _write(self, before: Attempt, after: Attempt, kind: str) -> Attempt:
        with self.database.transaction() as connection:
            self._update(connection, before, after, kind)
        return after

    def _update(
        self, connection: sqlite3.Connection, before: Attempt, after: Attempt, kind: str,
        decision: Mapping[str, Any] = _NO_DECISION, actor: str = "",
    ) -> None:  # fmt: skip
        """Write one row about an attempt. Raises NotAllowed if another program changed it since it was read."""
        if connection.execute(_SAME, (before.order_no, before.state.value)).fetchone() is None:
            text = N_("{order_no} was changed by another program.")
            raise NotAllowed(msg(text, order_no=before.order_no))
        captured = after.state is State.CAPTURED and before.state is not State.CAPTURED
        facts = {**changed(before, after), **decision, **(self._booked(connection, after) if captured else {})}
        row = AttemptStep(kind=kind, to=target_of(kind, self._to.get(after.gateway)), **facts)
        secrets = (after.gateway_key,) if "gateway_key" in facts else ()
        self._recorder.record(connection, row, order_no=after.order_no, actor=actor, secrets=secrets)
        if captured:
            self._owe_invoice(connection, after)
        follow_attempt(connection, self._recorder, before, after, self.zone)

    def _owe_invoice(self, connection: sqlite3.Connection, captured: Attempt) -> None:
        """Mark the e-invoice of a captured payment as owed; that of a split sale, and the sale as paid, if it is."""
        if captured.sale_id:
            self._sales.follow(connection, captured)
        else:
            owe_invoice(connection, self._recorder, captured.order_no, captured.ended_at or self._clock.now())

    def _booked(self, connection: sqlite3.Connection, attempt: Attempt) -> dict[str, Any]:
        """Return the facts of a captured attempt's ledger entry."""
        at = attempt.ended_at or attempt.created_at
        where = booked_at(connection, self._register, at, self.zone)
        return {**where, "fee_hundredths": fee_hundredths(attempt.fee)}

    def _insert(self, connection: sqlite3.Connection, attempt: Attempt, opens: Sale | None = None) -> None:
        self._refuse_duplicate(connection, attempt.payment_id)
        if attempt.sale_id:
            self._sales.add_part(connection, attempt, opens)
        row = _creation(attempt)
        secrets = (attempt.gateway_key,) if attempt.gateway_key else ()
        self._recorder.record(connection, row, order_no=attempt.order_no, actor=attempt.cashier, secrets=secrets)
        create_agreement(connection, self._recorder, attempt)

    def _refuse_duplicate(self, connection: sqlite3.Connection, payment_id: str) -> None:
        sql = "SELECT state FROM attempts WHERE payment_id = ?"
        states = [State(row[0]) for row in connection.execute(sql, (payment_id,))]
        if State.CAPTURED in states:
            raise NotAllowed(N_("This payment is already paid."))
        if not may_start_another(states):
            raise NotAllowed(N_("This payment is already in process."))

    def _one(self, where: str, *values: object) -> Attempt:
        found = self._all(where, *values)
        if not found:
            raise NotFound(msg(N_("There is no payment {number}."), number=str(values[0])))
        return found[0]

    def _all(self, where: str, *values: object) -> list[Attempt]:
        rows = self.database.rows(f"{_SELECT} {where}", tuple(values))
        return self._attempts(rows)

    def _attempts(self, rows: Sequence[tuple[Any, ...]]) -> list[Attempt]:
        complete = self._pages.complete
        return [complete(one) if one.page_token else one for one in map(attempt_from, rows)]

    def _found(self, term: SearchTerm) -> list[Attempt]:
        """Return the attempts of :func:`pos.store.search.newest_matches`, sorted here.

        SQLite would sort all their columns.
        """
        newest, values = term
        rows = self.database.rows(_joined(newest), values)
        rows.sort(key=_CREATED, reverse=True)
        return self._attempts(rows)


@lru_cache(maxsize=64)
def _joined(newest: str) -> str:
    """Return the query for all columns of the attempts that ``newest`` finds."""
    return f"{_WHOLE} ({newest}) f CROSS JOIN attempts a ON a.order_no = f.order_no {_ITEMS}"


def _creation(attempt: Attempt) -> AttemptCreated:
    return AttemptCreated(
        payment_id=attempt.payment_id,
        tender=attempt.tender.value,
        gateway=attempt.gateway,
        amount=attempt.amount.minor,
        currency=attempt.amount.currency,
        created_at=attempt.created_at.isoformat(timespec="microseconds"),
        page=digest(attempt.page_token),
        tendered=attempt.tendered.minor if attempt.tendered else None,
        rounding=minor_of(attempt.rounding),
        lines=lines_text(attempt.lines),
        options=canonical(dict(attempt.options)),
        facts=facts_of(attempt) or None,
        sale_id=attempt.sale_id,
        note=attempt.terms.note,
        discount=discount_text(attempt.terms),
        approved_by=attempt.terms.approved_by,
    )
