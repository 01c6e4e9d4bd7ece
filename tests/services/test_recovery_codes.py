"""Recovery codes: made once, checked, limited, and bound to their data folder."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from pos.domain.recovery_code import new_code
from pos.domain.staff import Action
from pos.errors import ConfigError, InputError, LockedOut, NotAllowed
from pos.services.pin_hashing import PLAIN, PinHasher
from pos.services.recovery_codes import BY_CODE, CodeStore, RecoveryCodes
from tests.support.shop import StoppedClock

T = TypeVar("T")


async def in_place(function: Callable[[], T]) -> T:
    return function()


class Vault:
    def __init__(self) -> None:
        self.text = ""

    def read(self) -> str:
        return self.text

    def write(self, text: str) -> None:
        self.text = text


class Journal:
    def __init__(self) -> None:
        self.hash, self.made_by = "", ""
        self.tries: list[tuple[bool, Action]] = []

    def recovery_hash(self) -> str:
        return self.hash

    def set_recovery_hash(self, secret: str, by: str) -> None:
        self.hash, self.made_by = secret, by

    def record_recovery_try(self, *, right: bool, action: Action) -> None:
        self.tries.append((right, action))


class Shop:
    def __init__(self) -> None:
        self.vault, self.journal, self.clock = Vault(), Journal(), StoppedClock()

    def codes(self, home: str = "/shop", store: CodeStore | None = None) -> RecoveryCodes:
        run_blocking: Callable[..., Awaitable[Any]] = in_place
        return RecoveryCodes(
            self.vault, store or self.journal, PinHasher(PLAIN), self.clock, random.SystemRandom(), home, run_blocking
        )


@pytest.fixture
def shop() -> Shop:
    return Shop()


def other(code: str) -> str:
    found = new_code(random.SystemRandom())
    assert found != code
    return found


@pytest.mark.parametrize("action", sorted(BY_CODE))
def test_the_code_that_was_shown_approves_the_owners_actions(shop: Shop, action: Action) -> None:
    code = asyncio.run(shop.codes().make("0a"))
    asyncio.run(shop.codes().check(code.lower().replace("-", " "), action))
    assert shop.journal.tries == [(True, action)]
    assert code not in shop.vault.text + shop.journal.hash
    assert code.replace("-", "") not in shop.vault.text + shop.journal.hash
    assert shop.journal.made_by == "0a"


@pytest.mark.parametrize("action", sorted(set(Action) - BY_CODE))
def test_no_code_approves_what_moves_money(shop: Shop, action: Action) -> None:
    code = asyncio.run(shop.codes().make("0a"))
    with pytest.raises(NotAllowed, match="does not approve"):
        asyncio.run(shop.codes().check(code, action))


def test_a_new_code_ends_the_old_one(shop: Shop) -> None:
    first, second = (asyncio.run(shop.codes().make("0a")) for _ in range(2))
    with pytest.raises(NotAllowed, match="The recovery code is wrong"):
        asyncio.run(shop.codes().check(first, Action.RESTORE))
    asyncio.run(shop.codes().check(second, Action.RESTORE))


def test_wrong_codes_lock_across_programs_and_clocks_and_a_right_one_ends_the_count(shop: Shop) -> None:
    code = asyncio.run(shop.codes().make("0a"))
    for _ in range(4):
        with pytest.raises(NotAllowed, match="wrong"):
            asyncio.run(shop.codes().check(other(code), Action.RESTORE))
    with pytest.raises(LockedOut, match="30 s"):
        asyncio.run(shop.codes().check(other(code), Action.KEYS))
    shop.clock.wrong_by = timedelta(days=2)
    with pytest.raises(LockedOut):
        asyncio.run(shop.codes().check(code, Action.RESTORE))
    assert len(shop.journal.tries) == 5
    shop.clock.at += timedelta(seconds=30)
    asyncio.run(shop.codes().check(code, Action.RESTORE))
    with pytest.raises(NotAllowed, match="wrong"):
        asyncio.run(shop.codes().check(other(code), Action.RESTORE))


def test_a_typing_mistake_is_no_try(shop: Shop) -> None:
    code = asyncio.run(shop.codes().make("0a"))
    for _ in range(10):
        with pytest.raises(InputError):
            asyncio.run(shop.codes().check(code[:-1], Action.RESTORE))
    asyncio.run(shop.codes().check(code, Action.RESTORE))
    assert shop.journal.tries == [(True, Action.RESTORE)]


def test_another_computer_takes_the_code_of_its_journal_and_this_one_only_its_own(shop: Shop) -> None:
    code = asyncio.run(shop.codes().make("0a"))
    elsewhere = Shop()
    elsewhere.journal.hash = shop.journal.hash
    assert (elsewhere.codes().is_known(), elsewhere.codes().is_set_up()) == (False, True)
    asyncio.run(elsewhere.codes().check(code, Action.STAFF))
    assert elsewhere.codes().is_known()
    planted = Journal()
    attackers = asyncio.run(Shop().codes(store=planted).make("0e"))
    with pytest.raises(NotAllowed, match="wrong"):
        asyncio.run(shop.codes(store=planted).check(attackers, Action.KEYS))


def test_keys_belong_to_the_folder_that_the_code_was_made_or_used_for(shop: Shop) -> None:
    assert shop.codes().other_home() == ""
    code = asyncio.run(shop.codes("/shop").make("0a"))
    assert (shop.codes("/shop").other_home(), shop.codes("/copy").other_home()) == ("", "/shop")
    with pytest.raises(NotAllowed):
        asyncio.run(shop.codes("/copy").check(other(code), Action.KEYS))
    assert shop.codes("/copy").other_home() == "/shop"
    asyncio.run(shop.codes("/moved").check(code, Action.KEYS))
    assert (shop.codes("/moved").other_home(), shop.codes("/shop").other_home()) == ("", "/moved")


def test_a_shop_without_a_code_says_how_one_is_made(shop: Shop) -> None:
    assert (shop.codes().is_known(), shop.codes().is_set_up()) == (False, False)
    with pytest.raises(NotAllowed, match="pos staff recovery-code"):
        asyncio.run(shop.codes().check(new_code(random.SystemRandom()), Action.RESTORE))


@pytest.mark.parametrize("text", ["{", "[]", '{"hash": 1}', json.dumps({"hash": "x", "wrong": "y", "since": 0})])
def test_a_spoiled_vault_gives_no_right(shop: Shop, text: str) -> None:
    shop.vault.text = text
    with pytest.raises(ConfigError, match="cannot be read"):
        asyncio.run(shop.codes().check(new_code(random.SystemRandom()), Action.RESTORE))
