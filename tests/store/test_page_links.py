"""Page tokens: computed with a key that is loaded once, never stored."""

from __future__ import annotations

import logging
import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest
from sqlite_utils import Database as SqliteUtilsDatabase

from pos.domain.states import Event
from pos.errors import ConfigError
from pos.store.database import Database
from pos.store.journal import digest
from pos.store.migrations import MIGRATIONS
from pos.store.page_links import PageLinks
from pos.store.payments import PaymentStore
from tests.support.journals import new_journal
from tests.support.rows import append_old
from tests.support.shop import StoppedClock, attempt

A = "261120AAAAAAAAAAAAAA"
B = "261120BBBBBBBBBBBBBB"
KEY = b"k" * 32


class Keeper:
    """The storage of the key; it counts how often the key was loaded."""

    def __init__(self, key: bytes = KEY, *, locked: bool = False) -> None:
        self.key, self.locked, self.asked = key, locked, 0

    def load(self) -> bytes:
        self.asked += 1
        if self.locked:
            raise ConfigError("The keys cannot be stored.")
        return self.key


def store_with(keeper: Keeper, database: Database | None = None) -> PaymentStore:
    return PaymentStore(database or new_journal(), "R1", StoppedClock(), pages=PageLinks(keeper.load))


def sold(store: PaymentStore, number: str = A) -> str:
    """Take a payment with a page and return its token."""
    token = store.page_token(number)
    made = store.create(attempt(number, payment_id=number, page_token=token), Event.SEND)
    store.step(made, Event.ACCEPTED, pay_url=f"https://shop.example/pay/{token}")
    return token


def test_a_shop_without_pages_never_loads_the_key() -> None:
    keeper = Keeper()
    store = store_with(keeper)
    store.step(store.create(attempt(A), Event.SEND), Event.ACCEPTED, pay_url="https://pay.example/1")
    assert store.get(A).shown_url == "https://pay.example/1"
    assert len(store.search("", None, 10, None)) == 1
    assert keeper.asked == 0


def test_the_key_is_loaded_once() -> None:
    keeper = Keeper()
    store = store_with(keeper)
    tokens = {sold(store, f"2611200000000000000{n}") for n in range(9)}
    assert {one.page_token for one in store.search("", None, 10, None)} == tokens
    assert keeper.asked == 1


def test_without_a_stored_key_pages_work_until_the_program_ends(caplog: pytest.LogCaptureFixture) -> None:
    keeper = Keeper(locked=True)
    store = store_with(keeper)
    with caplog.at_level(logging.WARNING):
        token = sold(store)
    assert "cannot be stored" in caplog.text
    assert store.get(A).shown_url == f"https://shop.example/pay/{token}"
    after = store_with(Keeper(b"another key"), store.database)
    assert (after.get(A).shown_url, after.by_page(token).order_no) == ("", A)
    assert keeper.asked == 1


def test_a_reader_without_the_key_sees_no_address() -> None:
    store = store_with(Keeper())
    token = sold(store)
    reader = store_with(Keeper(b""), store.database)
    found = reader.get(A)
    assert (found.shown_url, found.page_token, found.pay_url) == (
        "",
        digest(token),
        "https://shop.example/pay/{token}",
    )
    noted = reader.note(found, "note", code="1")  # writing it does not change the address
    assert store.get(A).shown_url == f"https://shop.example/pay/{token}"
    assert noted.code == "1"


def test_the_tokens_of_an_older_journal_are_hashed(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    older = sqlite3.connect(path, isolation_level=None)
    MIGRATIONS.apply(SqliteUtilsDatabase(older), stop_before="notices")
    seq = append_old(older, "created", A, {})
    for number, token in ((A, "ab" * 16), (B, "")):
        older.execute(
            "INSERT INTO payments (id, amount, currency, lines, options, created_at)"
            " VALUES (?, 1, 'TWD', '[]', '', '')",
            (number,),
        )
        older.execute(
            "INSERT INTO attempts (order_no, payment_id, tender, gateway, amount, currency, register, created_at,"
            " page_token, state, gateway_ref, gateway_key, pay_url, cancel_wanted, message, code, fee, details, seq)"
            " VALUES (?, ?, 'wechat', 'opay', 1, 'TWD', 'R1', '2026-11-20T04:00:00+00:00', ?, 'pending', '', '', ?,"
            " 0, '', '', '', '{}', ?)",
            (number, number, token, f"https://shop.example/pay/{token}" if token else "https://pay.example/1", seq),
        )
    older.close()
    store = store_with(Keeper(), Database(path))
    assert store.by_page("ab" * 16).order_no == A  # the customer's phone still opens it
    found = store.get(A)
    assert (found.page_token, found.shown_url) == (sha256(b"ab" * 16).hexdigest(), "")
    assert store.get(B).shown_url == "https://pay.example/1"
    store.database.close()
    assert b"ab" * 16 not in b"".join(
        file.read_bytes() for file in tmp_path.glob("c.sqlite*") if "wal" not in file.name
    )
