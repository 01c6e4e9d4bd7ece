"""Every command has a right in the table and checks it: without a PIN, with one, and in a shop without people."""

from __future__ import annotations

import argparse
import asyncio
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from pos.bootstrap import register_for
from pos.cli.arguments import parser
from pos.cli.commands import RIGHTS as VERBS
from pos.cli.main import run
from pos.domain.money import Money
from pos.domain.payment import Sale, Tender
from pos.domain.staff import RIGHTS, RIGHTS_BEFORE_PEOPLE, SIGNED_OUT_RIGHTS, Action, Role
from pos.i18n import use_language
from tests.support.access import SIGNED_OUT
from tests.support.people import PINS, hire

NUMBER = "261120AAAAAAAAAAAAAA"
FORMS = {"invoice --invoice": "invoice", "reconcile --waiting": "reconcile", "reconcile --settle": "reconcile"}
"""Commands that require another right with an option."""

UNRUN = {"simulator", "demo"}
"""Commands that run until they are stopped."""

MORE: dict[str, list[str]] = {
    "charge": ["--tender", "cash", "--amount", "5"], "cancel": [NUMBER], "again": [NUMBER], "show": [NUMBER],
    "refund": [NUMBER, "--amount", "5", "--reason", "r"], "refund-cancel": [NUMBER],
    "settle": [NUMBER, "--accept", "--reason", "r"], "invoice": [NUMBER],
    "invoice --invoice": [NUMBER, "--invoice", "mobile:/ABC+123"], "invoice-corrected": [NUMBER, "--reference", "r"],
    "agreement create": ["--amount", "5", "--every", "1M", "--times", "2"], "agreement show": [NUMBER],
    "items import": ["{folder}/counter.toml"], "items export": ["{folder}/items.csv"],
    "agreement refresh": [NUMBER], "agreement stop": [NUMBER], "sale show": [NUMBER],
    "agreement settle": [NUMBER, "--accept", "--reason", "r"],
    "capture": [NUMBER], "stop-debit": [NUMBER, "--day", "2026-12-31"], "bind-wallet": ["--user", "u"],
    "tools": ["--amount", "5"], "shift open": ["--float", "0"], "shift close": ["--counted", "0"],
    "shift in": ["--amount", "5", "--reason", "r"], "shift out": ["--amount", "5", "--reason", "r"],
    "shift drop": ["--amount", "5", "--reason", "r"], "shift take-over": ["R0"],
    "reconcile --waiting": ["--waiting"], "reconcile --settle": ["--settle", NUMBER, "--reason", "r"],
    "journal backup": ["{folder}/b.sqlite"], "journal rebuild": ["{folder}/r.sqlite"],
    "journal restore": ["{folder}/nowhere.sqlite"],
    "staff add": ["Eve", "--role", "cashier"], "staff change": ["May", "--rename", "Mei"],
    "settings set": ["shop.name", "Tea"],
    "key set": ["opay.hash_key"], "key forget": ["opay.hash_key"], "key approve": ["opay"],
}  # fmt: skip


def leaves(top: argparse.ArgumentParser, before: str = "") -> Iterator[str]:
    """Return every command with its step, like ``shift open``."""
    below = [one for one in top._actions if isinstance(one, argparse._SubParsersAction)]
    choices = [one for one in top._actions if one.dest == "span" and one.choices]
    for one in choices:
        yield from (f"{before} {name}" for name in one.choices or ())
    if not below and not choices:
        yield before
    for one in below:
        for name, verb in one.choices.items():
            yield from leaves(verb, f"{before} {name}".strip())


def test_every_verb_of_the_command_line_has_a_right_or_a_reason() -> None:
    assert set(leaves(parser())) | set(FORMS) == set(VERBS)
    assert all(isinstance(right, Action) or len(right) > 12 for right in VERBS.values())


Pos = Callable[..., tuple[int, str]]
SHOPS: tuple[tuple[Role, ...], ...] = ((), (Role.OWNER,), (Role.OWNER, Role.MANAGER), (Role.OWNER, Role.CASHIER))


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[Role, ...], Path]:
    """Return one shop of each kind, shared because hashing PINs is slow."""
    made = {roles: tmp_path_factory.mktemp("shop") for roles in SHOPS}
    for roles, folder in made.items():
        (folder / "counter.toml").touch()
        set_up(folder, *roles)
    return made


@pytest.fixture
def pos(
    shops: dict[tuple[Role, ...], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    qapp: QApplication,
) -> Iterator[Pos]:
    """Run a verb in this process; ``doctor`` uses the application of the window's tests."""
    del qapp
    monkeypatch.setenv("LANG", "C.UTF-8")
    for name in ("POS_PIN", "POS_PIN_FD", "POS_RECOVERY_CODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("POS_NEW_PIN", "864286")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"k" * 16)))
    use_language("en")

    def call(verb: str, *roles: Role, pin: str = "") -> tuple[int, str]:
        shutil.copytree(shops[roles], tmp_path, dirs_exist_ok=True)
        monkeypatch.setenv("POS_PIN", pin)
        words = [*FORMS.get(verb, verb).split(), *(one.format(folder=tmp_path) for one in MORE.get(verb, []))]
        status = run(["--data-dir", str(tmp_path), "--config", str(tmp_path / "counter.toml"), *words])
        return status, capsys.readouterr().err

    yield call
    use_language("en")


def set_up(folder: Path, *roles: Role) -> str:
    """Set up a payment and these people."""

    async def work() -> str:
        register = register_for(str(folder / "counter.toml"), folder)
        await register.host.open(watching=False)
        try:
            sale = Sale(Money(125, "TWD"))
            taken = await register.services.payments.take(
                SIGNED_OUT, sale, Tender.CASH, payment_id="p", tendered=Money(200, "TWD")
            )
            if roles:
                hire(folder, *roles, names={Role.CASHIER: "May"})
            return taken.order_no
        finally:
            await register.host.close()

    return asyncio.run(work())


def refused(status: int, said: str) -> bool:
    """Return whether a right was missing; other errors of the example are ignored."""
    by_right = any(text in said for text in ("Manager approval needed", "This needs", "who can approve"))
    assert not by_right or status == 2
    return by_right


RUN = [verb for verb in VERBS if verb not in UNRUN]


@pytest.mark.parametrize("verb", RUN)
def test_without_a_pin_a_verb_has_a_cashiers_rights(pos: Pos, verb: str) -> None:
    right = VERBS[verb]
    status, said = pos(verb, Role.OWNER, Role.CASHIER)
    assert refused(status, said) is (isinstance(right, Action) and right not in SIGNED_OUT_RIGHTS), said
    if refused(status, said):
        assert "POS_PIN" in said, "how a PIN is given"


@pytest.mark.parametrize("verb", [verb for verb in RUN if isinstance(VERBS[verb], Action)])
@pytest.mark.parametrize("role", [Role.MANAGER, Role.OWNER])
def test_a_pin_gives_the_rights_of_its_role(pos: Pos, verb: str, role: Role) -> None:
    roles = (Role.OWNER, Role.MANAGER) if role is Role.MANAGER else (Role.OWNER,)
    status, said = pos(verb, *roles, pin=PINS[role])
    assert refused(status, said) is (VERBS[verb] not in RIGHTS[role]), said


@pytest.mark.parametrize("verb", RUN)
def test_in_a_shop_without_people_all_works_but_paying_money_out(pos: Pos, verb: str) -> None:
    right = VERBS[verb]
    status, said = pos(verb)
    may = not isinstance(right, Action) or right in RIGHTS_BEFORE_PEOPLE or verb == "staff add"
    assert refused(status, said) is not may, said
