"""Stored notices: the states of orders and refunds that gateways reported, and the number pairs named in notices."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Final

from pos.runtime import Clock
from pos.store import journal
from pos.store.database import Database

PAIRS_PER_ORDER: Final = 8
"""Candidate pairs that are kept for an order whose own pair is not known."""

CONFIRMED: Final = -1
"""``Pair.tries`` of the pair that the gateway confirmed for the order."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A gateway's number and key of an order, as an unproven notice named them.

    ``tries`` counts the queries that did not confirm it.
    """

    ref: str
    key: str = field(default="", repr=False)
    tries: int = 0


class NoticeStore:
    """The tables ``notices`` and ``notice_pairs`` of one register. Every method raises StoreError."""

    def __init__(self, database: Database, register_id: str, clock: Clock) -> None:
        self._database = database
        self._register = register_id
        self._clock = clock

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

    def pairs(self, order_no: str) -> list[Pair]:
        """Return the candidate pairs of an order, the least tried first, then the oldest."""
        sql = "SELECT gateway_ref, gateway_key, tries FROM notice_pairs WHERE order_no = ? ORDER BY tries, id"
        return [Pair(*row) for row in self._database.rows(sql, (order_no,))]

    def unanswered(self) -> list[str]:
        """Return the orders with a notice that came after their end and was not followed by a query's answer yet."""
        return [row[0] for row in self._database.rows("SELECT DISTINCT number FROM notices WHERE unanswered = 1")]

    def add(
        self, gateway: str, number: str, order_no: str, state: str | None, pair: Pair | None, *, unanswered: bool
    ) -> bool:
        """Store a new state, a new pair, or both, in one transaction.

        The journal gets one row for a state and none for a pair, because a key is secret. Return False, and store
        nothing, if the order has :data:`PAIRS_PER_ORDER` pairs of which none was tried.
        """
        with self._database.transaction() as connection:
            if pair is not None and not _make_room(connection, order_no):
                return False
            if pair is not None:
                sql = "INSERT INTO notice_pairs (order_no, gateway_ref, gateway_key, tries) VALUES (?, ?, ?, 0)"
                connection.execute(sql, (order_no, pair.ref, pair.key))
            if state is not None:
                self._add_state(connection, gateway, number, order_no, state, unanswered)
        return True

    def answered(self, number: str) -> None:
        """Mark the notices of an order as followed by an answer."""
        with self._database.transaction() as connection:
            sql = "UPDATE notices SET unanswered = 0 WHERE number = ? AND unanswered = 1"
            connection.execute(sql, (number,))

    def tried(self, order_no: str, pair: Pair) -> None:
        """Count a query that did not confirm ``pair``."""
        with self._database.transaction() as connection:
            sql = (
                "UPDATE notice_pairs SET tries = tries + 1"
                " WHERE order_no = ? AND gateway_ref = ? AND gateway_key = ? AND tries >= 0"
            )
            connection.execute(sql, (order_no, pair.ref, pair.key))

    def confirm(self, order_no: str, pair: Pair) -> None:
        """Keep ``pair`` as the order's own and delete the other candidates."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM notice_pairs WHERE order_no = ?", (order_no,))
            sql = "INSERT INTO notice_pairs (order_no, gateway_ref, gateway_key, tries) VALUES (?, ?, ?, ?)"
            connection.execute(sql, (order_no, pair.ref, pair.key, CONFIRMED))

    def _add_state(
        self, connection: sqlite3.Connection, gateway: str, number: str, order_no: str, state: str, unanswered: bool
    ) -> None:
        at = self._clock.now().isoformat(timespec="microseconds")
        body: dict[str, journal.Json] = {"notice_state": state}
        if number != order_no:
            body["refund_no"] = number
        seq = journal.append(connection, at, self._register, "notice", order_no, body)
        sql = "INSERT INTO notices (gateway, number, state, at, unanswered, seq) VALUES (?, ?, ?, ?, ?, ?)"
        connection.execute(sql, (gateway, number, state, at, int(unanswered), seq))


def _make_room(connection: sqlite3.Connection, order_no: str) -> bool:
    """Delete the most tried pair if the order has :data:`PAIRS_PER_ORDER` pairs; return whether one more fits."""
    sql = "SELECT id, tries FROM notice_pairs WHERE order_no = ? ORDER BY tries DESC, id"
    rows = connection.execute(sql, (order_no,)).fetchall()
    if len(rows) < PAIRS_PER_ORDER:
        return True
    most_tried, tries = rows[0]
    if tries > 0:
        connection.execute("DELETE FROM notice_pairs WHERE id = ?", (most_tried,))
    return bool(tries > 0)
