"""Sales, order numbers, accounts."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime

import pytest

from pos.domain.money import Money
from pos.domain.payment import Line, Sale, VirtualAccount, check_tendered, new_order_no
from pos.errors import InputError

NT = "TWD"


def test_a_sale_of_lines_must_sum_to_its_amount() -> None:
    tea = Line("茶", Money(35, NT), 2)
    assert tea.total == Money(70, NT)
    assert Sale(Money(70, NT), (tea,)).lines == (tea,)
    with pytest.raises(InputError, match="do not add up"):
        Sale(Money(71, NT), (tea,))


def test_a_sale_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="more than zero"):
        Sale(Money(0, NT))


def test_an_order_number_fits_the_strictest_gateway() -> None:
    number = new_order_no(datetime(2026, 11, 21, tzinfo=UTC), random.Random(1))
    assert re.fullmatch(r"261121[A-Z0-9]{14}", number)


def test_independent_registers_do_not_make_the_same_number() -> None:
    day = datetime(2026, 11, 21, tzinfo=UTC)
    made = {new_order_no(day, random.Random(seed)) for seed in range(5000)}
    assert len(made) == 5000


def test_an_account_is_read_in_groups_of_four() -> None:
    account = VirtualAccount("013", "國泰世華商業銀行", "46710722851832", datetime(2026, 11, 24, tzinfo=UTC))
    assert account.grouped == "4671 0722 8518 32"


def test_cash_must_cover_the_amount() -> None:
    check_tendered(Money(125, NT), Money(125, NT))
    with pytest.raises(InputError, match=r"NT\$100 does not cover NT\$125"):
        check_tendered(Money(125, NT), Money(100, NT))
