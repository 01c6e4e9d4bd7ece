"""The verification of a busy month, against a loop that computes the hash of each of its rows; and the file's size.

``BENCH_TIMES=1`` makes it a small file, to see that it runs; ``BENCH_DAYS`` another number of days than 30.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from pos.store.database import FILE_NAME, Database
from pos.store.journal import GENESIS, chain_hash
from pos.store.journal.format import ALL_ROWS
from pos.store.journal.verification import verify_journal
from tests.benchmarks.ratio import compare
from tests.support.busy import BusyShop

AIM: Final = 6.0
TIMES: Final = 3
"""Pairs of runs: one takes a minute."""


def main() -> None:
    """Write the month, say its size, and verify it."""
    small = os.environ.get("BENCH_TIMES") == "1"
    days = int(os.environ.get("BENCH_DAYS", 1 if small else 30))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE_NAME
        shop = BusyShop(path, days, 50 if small else 2000).write()
        with closing(Database(path, read_only=True)) as database:
            rows, sales = database.rows("SELECT count(*) FROM journal")[0][0], _sales(shop)
            size = path.stat().st_size
            sys.stdout.write(
                f"{days} days: {size / 1e6:.1f} MB, {sales} sales, {rows} rows; {size / sales:.0f} bytes and"
                f" {rows / sales:.2f} rows a sale\n"
            )
            name = f"verification of {rows} rows with all tables"
            compare(name, partial(_verified, database), partial(_hashed, path), AIM, TIMES)


def _sales(shop: BusyShop) -> int:
    return sum(one.sales for one in shop.counted.values())


def _verified(database: Database) -> float:
    begun = time.perf_counter()
    assert verify_journal(database).holds
    return time.perf_counter() - begun


def _hashed(path: Path) -> float:
    begun, previous = time.perf_counter(), GENESIS
    with closing(sqlite3.connect(path)) as connection:
        for seq, at, register, kind, order_no, body, digest, version, actor in connection.execute(ALL_ROWS):
            previous = chain_hash(previous, seq, at, register, kind, order_no, body, version, actor)
            assert previous == digest
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
