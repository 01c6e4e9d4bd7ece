"""A company's e-invoice without a title gets the last title that the shop used for the same number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos.domain.invoice import Invoice, Kind, invoice_request
from pos.domain.states import Event
from pos.gateways.mypay.invoices import invoice_fields
from pos.store import invoices
from pos.store.database import Database
from pos.store.invoices import InvoiceStore
from pos.store.payments import PaymentStore
from tests.support.rows import wrong
from tests.support.shop import StoppedClock, attempt

FIRM, OTHER = "04595257", "22099131"


class Shop:
    def __init__(self, path: Path | str = ":memory:", number: int = 0) -> None:
        self.database, clock = Database(path), StoppedClock()
        self.payments = PaymentStore(self.database, "R1", clock)
        self.invoices = InvoiceStore(self.database, "R1", clock)
        self.number = number

    def order(self, ban: str, title: str = "", *, at_once: bool = True) -> str:
        """Return the stored title of a new sale's e-invoice."""
        self.number += 1
        order_no = f"261120{self.number:014d}"
        asked = invoice_request(Kind.PAPER, ban=ban, title=title)
        made = attempt(order_no, payment_id=order_no)
        if at_once:
            self.payments.create(made, Event.SEND, invoice=Invoice(order_no, asked))
        else:
            self.payments.create(made, Event.SEND)
            self.invoices.request_invoice(order_no, asked)
        return self.invoices.get(order_no).request.title


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    yield made
    assert wrong(made.database) == []
    made.database.close()


@pytest.mark.parametrize("at_once", [True, False], ids=["with the sale", "after it"])
def test_the_newest_title_of_the_same_company_is_used(shop: Shop, at_once: bool) -> None:
    assert shop.order(FIRM, at_once=at_once) == ""
    shop.order(FIRM, "好公司", at_once=at_once)
    shop.order(OTHER, "別家", at_once=at_once)
    assert shop.order(FIRM, at_once=at_once) == "好公司"
    shop.order(FIRM, "新名公司", at_once=not at_once)
    assert shop.order(FIRM, at_once=at_once) == "新名公司"
    assert shop.order(OTHER, at_once=at_once) == "別家"


def test_no_title_is_looked_up_for_a_person(shop: Shop) -> None:
    shop.order(FIRM, "好公司")
    assert shop.order("") == ""


def test_the_title_is_found_by_an_index(shop: Shop) -> None:
    plan = " ".join(row[3] for row in shop.database.rows(f"EXPLAIN QUERY PLAN {invoices._TITLE}", (FIRM,)))
    assert "SEARCH companies USING PRIMARY KEY" in plan


def test_titles_of_an_older_journal_are_used(tmp_path: Path) -> None:
    older = Shop(tmp_path / "shop.sqlite")
    for ban, title in ((FIRM, "好公司"), (OTHER, ""), (FIRM, "新名公司")):
        older.order(ban, title)
    older.database.rows("DROP TABLE companies")
    older.database.rows("DELETE FROM _sqlite_migrations WHERE name = 'companies'")
    older.database.close()
    newer = Shop(tmp_path / "shop.sqlite", number=3)
    assert (newer.order(FIRM), newer.order(OTHER)) == ("新名公司", "")
    newer.database.close()


def test_an_unknown_title_is_never_sent_as_an_empty_field() -> None:
    assert invoice_fields(invoice_request(Kind.PAPER, ban=FIRM)).get("invoice_b2b_title", "left out") == "left out"
    sent = invoice_fields(invoice_request(Kind.PAPER, ban=FIRM, title="好公司"))
    assert (sent["invoice_b2b_id"], sent["invoice_b2b_title"]) == (FIRM, "好公司")
