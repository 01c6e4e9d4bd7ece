"""A drop of more than the drawer should hold: journaled; a series of drops does not reveal the amount to a cashier."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest

from pos.domain.shift import CashMovementKind
from pos.domain.staff import Action
from pos.errors import InputError, NotAllowed
from pos.services.permissions import Permission
from pos.services.shifts import Shifts
from pos.store import journal
from tests.support.access import permit
from tests.support.tills import CLOSE, OPEN, Till, twd

CASHIER = permit(Action.DROP, "may")
MANAGER = permit(Action.DROP, "may", "bo")


class Counter(Till):
    """A drawer with an expected amount of 500, which only the manager may know."""

    def __init__(self) -> None:
        super().__init__()
        self.shifts = Shifts(
            self.store, self.ledger, self.payments, self.refunds, self.bus, self.names, self._ask_all,
            sees=lambda permission: permission.approved_by == "bo",
        )  # fmt: skip
        self.shifts.open(twd(500), OPEN)

    def drop(self, amount: int, permission: Permission) -> str:
        """Return why a drop was refused, empty if it was not."""
        try:
            asyncio.run(self.shifts.move(CashMovementKind.DROP, twd(amount), "safe", permission))
        except (InputError, NotAllowed) as error:
            return str(error)
        return ""

    def refused(self) -> list[tuple[str, str]]:
        rows = [one for one in journal.entries(self.database) if one.kind == "drop_refused"]
        return [(json.loads(row.body)["amount"], row.actor) for row in rows]


@pytest.fixture
def counter() -> Iterator[Counter]:
    made = Counter()
    yield made
    made.database.close()


@pytest.mark.parametrize("amount", [501, 600, 10**9])
def test_a_cashier_does_not_learn_that_the_drawer_holds_less(counter: Counter, amount: int) -> None:
    assert counter.drop(amount, CASHIER) == "A manager must approve this drop."
    assert counter.refused() == [(str(twd(amount)), "may")]


def test_after_a_refused_drop_every_amount_needs_a_manager(counter: Counter) -> None:
    assert counter.drop(100, CASHIER) == ""
    said = {counter.drop(amount, CASHIER) for amount in (900, 200, 450, 1, 400)}
    assert said == {"A manager must approve this drop."}
    assert len(counter.refused()) == 5
    assert counter.drop(100, MANAGER) == ""
    assert counter.drop(50, CASHIER) == "", "an approved movement ends it"


def test_a_manager_sees_the_reason_and_the_refusal_is_journaled(counter: Counter) -> None:
    assert "too much for a drawer" in counter.drop(600, MANAGER)
    assert counter.refused() == [(str(twd(600)), "may")]
    assert counter.drop(500, MANAGER) == ""


def test_the_next_shift_begins_without_the_refusals_of_the_last(counter: Counter) -> None:
    counter.drop(900, CASHIER)
    asyncio.run(counter.shifts.close(twd(500), {}, "", CLOSE))
    counter.shifts.open(twd(300), OPEN)
    assert counter.drop(100, CASHIER) == ""
