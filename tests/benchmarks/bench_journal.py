"""A journaled step, against the same two statements in raw sqlite3 with the same durability."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path

from pos.domain.states import Event
from pos.runtime import SystemClock
from pos.store.attempt_mapping import FIXED, fixed, lines_text, moving
from pos.store.database import FILE_NAME, Database
from pos.store.payments import PaymentStore
from pos.store.projections.base import insert
from pos.store.projections.payments import MOVING
from tests.benchmarks.ratio import compare
from tests.support.shop import attempt

STEPS = 200
_INSERT = insert("attempts", (*FIXED, *MOVING, "seq"))
_UPDATE = "UPDATE attempts SET state = ?, sent_at = ?, seq = ? WHERE order_no = ? AND state = ?"
_ROW = insert("journal", ("seq", "at", "register", "kind", "order_no", "body", "hash", "version", "actor"))
AT = "2026-11-20T04:00:00.000000+00:00"
BODY = f'{{"sent_at":"{AT}","state":"sent"}}'


def main() -> None:
    """Steps of 200 attempts in each run."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / FILE_NAME)
        store = PaymentStore(database, "R1", SystemClock())
        raw = sqlite3.connect(Path(folder) / "raw.sqlite", isolation_level=None)
        for statement in Database(":memory:").rows("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"):
            raw.execute(statement[0]) if "sqlite_" not in statement[0] else None
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA foreign_keys=ON")
        number = 0

        def ours() -> float:
            nonlocal number
            made = []
            for _ in range(STEPS):
                number += 1
                made.append(attempt(f"A{number:019d}"))
                store.create(made[-1])
            begun = time.perf_counter()
            for one in made:
                store.step(one, Event.SEND)
            return time.perf_counter() - begun

        seq = 0

        def bare() -> float:
            nonlocal seq
            numbers = [f"B{seq + n:019d}" for n in range(STEPS)]
            for one in numbers:
                PaymentStoreRow.insert(raw, one)
            begun = time.perf_counter()
            for one in numbers:
                seq += 1
                raw.execute("BEGIN IMMEDIATE")
                raw.execute(_ROW, (10**9 + seq, "2026", "R1", "send", one, BODY, "0" * 64, 1, ""))
                raw.execute(_UPDATE, ("sent", AT, 10**9 + seq, one, "created"))
                raw.execute("COMMIT")
            return time.perf_counter() - begun

        compare(f"{STEPS} journaled steps", ours, bare, 1.5)
        raw.close()
        database.close()


class PaymentStoreRow:
    """The raw side's rows, made beforehand and not timed."""

    @staticmethod
    def insert(raw: sqlite3.Connection, number: str) -> None:
        one = attempt(number)
        raw.execute("BEGIN")
        seq = raw.execute("SELECT coalesce(max(seq), 0) + 1 FROM journal WHERE seq < 1000000000").fetchone()[0]
        raw.execute(
            "INSERT INTO payments (id, amount, currency, lines, created_at) VALUES (?, ?, ?, ?, ?)",
            (one.payment_id, one.amount.minor, one.amount.currency, lines_text(one.lines), "2026"),
        )
        raw.execute(_ROW, (seq, "2026", "R1", "created", number, "{}", "0" * 64, 1, ""))
        raw.execute(_INSERT, (*fixed(one), *moving(one), seq))
        raw.execute("COMMIT")


if __name__ == "__main__":
    main()
