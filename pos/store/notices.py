"""Stored notices: the states of orders and refunds that gateways reported, and the number pairs named in notices."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from pos.domain.journal_kinds.gateways import NoticeAnswered, NoticeReceived, PairNamed
from pos.runtime import Clock
from pos.store.database import Database
from pos.store.journal import digest
from pos.store.journal.recording import Recorder

PAIRS_PER_ORDER: Final = 8
"""Candidate pairs that are kept for an order whose own pair is not known."""

CONFIRMED: Final = -1
"""``Pair.tries`` of the pair that the gateway confirmed for the order."""

_UNANSWERED: Final = "SELECT 1 FROM notices WHERE number = ? AND unanswered = 1 LIMIT 1"


@dataclass(frozen=True, slots=True)
class Pair:
    """A gateway's number and key of an order, as an unproven notice named them.

    ``tries`` counts the queries since the program started that did not confirm it.
    """

    ref: str
    key: str = field(default="", repr=False)
    tries: int = 0


class NoticeStore:
    """The tables ``notices`` and ``notice_pairs`` of one register. Every method raises StoreError."""

    def __init__(self, database: Database, register_id: str, clock: Clock) -> None:
        self._database = database
        self._recorder = Recorder(register_id, clock)
        self._tries: Counter[int] = Counter()
        """Queries in vain by the id of the pair. A new program tries all again."""

    def states(self, gateway: str, number: str) -> list[str]:
        """Return the states that the gateway reported of an order or a refund."""
        sql = "SELECT state FROM notices WHERE gateway = ? AND number = ?"
        return [row[0] for row in self._database.rows(sql, (gateway, number))]

    def order_of_refund(self, gateway: str, number: str) -> str:
        """Return the order number of a refund by its own number, "" if the gateway has no such refund of ours."""
        found = self._database.rows(
            "SELECT order_no FROM refunds WHERE refund_no = ? AND gateway = ?", (number, gateway)
        )
        return str(found[0][0]) if found else ""

    def pairs(self, number: str) -> list[Pair]:
        """Return the candidate pairs of an order by the number that the gateway knows it by.

        The least tried is first, then the oldest.
        """
        sql = "SELECT id, gateway_ref, gateway_key, confirmed FROM notice_pairs WHERE order_no = ? ORDER BY id"
        found = [
            Pair(ref, key, CONFIRMED if confirmed else self._tries[row])
            for row, ref, key, confirmed in self._database.rows(sql, (number,))
        ]
        return sorted(found, key=lambda one: one.tries)

    def unanswered(self) -> list[str]:
        """Return the orders with a notice that came after their end and was not followed by a query's answer yet."""
        return [row[0] for row in self._database.rows("SELECT DISTINCT number FROM notices WHERE unanswered = 1")]

    def add(
        self, gateway: str, number: str, order_no: str, state: str | None, pair: Pair | None, *, unanswered: bool
    ) -> bool:
        """Store a new state, a new pair, or both, in one transaction; ``number`` is the one that the gateway named.

        Return False, and store nothing, if the order has :data:`PAIRS_PER_ORDER` pairs of which none was tried.
        """
        with self._database.transaction() as connection:
            if pair is not None:
                full, dropped = self._room(connection, number)
                if full and dropped is None:
                    return False
                self._record_pair(connection, "pair_heard", order_no, number, pair, dropped)
            if state is not None:
                refund_no = number if number != order_no else ""
                row = NoticeReceived(gateway=gateway, notice_state=state, refund_no=refund_no, unanswered=unanswered)
                self._recorder.record(connection, row, order_no=order_no)
        return True

    def answered(self, number: str) -> None:
        """Mark the notices of an order as followed by an answer."""
        with self._database.transaction() as connection:
            if connection.execute(_UNANSWERED, (number,)).fetchone():
                self._recorder.record(connection, NoticeAnswered(number=number))

    def tried(self, number: str, pair: Pair) -> None:
        """Count a query that did not confirm ``pair``."""
        sql = "SELECT id FROM notice_pairs WHERE order_no = ? AND gateway_ref = ? AND gateway_key = ?"
        for (row,) in self._database.rows(sql, (number, pair.ref, pair.key)):
            self._tries[row] += 1

    def confirm(self, order_no: str, number: str, pair: Pair) -> None:
        """Keep ``pair`` as that of the order ``number``, which is of a payment, and delete its other candidates."""
        with self._database.transaction() as connection:
            self._record_pair(connection, "pair_confirmed", order_no, number, pair)

    def _record_pair(
        self, connection: sqlite3.Connection, kind: str, order_no: str, number: str, pair: Pair,
        dropped: int | None = None,
    ) -> None:  # fmt: skip
        new = int(connection.execute("SELECT coalesce(max(id), 0) + 1 FROM notice_pairs").fetchone()[0])
        self._tries.pop(new, None)  # the id of a deleted pair may be used again
        row = PairNamed(
            kind=kind, id=new, gateway_ref=pair.ref, gateway_key=digest(pair.key), dropped=dropped,
            number=number if number != order_no else "",
        )  # fmt: skip
        self._recorder.record(connection, row, order_no=order_no, secrets=(pair.key,) if pair.key else ())

    def _room(self, connection: sqlite3.Connection, number: str) -> tuple[bool, int | None]:
        """Return whether the order has :data:`PAIRS_PER_ORDER` pairs, and then its most tried pair if one was tried."""
        rows = connection.execute("SELECT id FROM notice_pairs WHERE order_no = ? ORDER BY id", (number,)).fetchall()
        if len(rows) < PAIRS_PER_ORDER:
            return False, None
        most_tried = max((row[0] for row in rows), key=lambda row: (self._tries[row], -row))
        return True, most_tried if self._tries[most_tried] else None
