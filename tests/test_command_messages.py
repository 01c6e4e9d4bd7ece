"""Messages of the command line: which option is wrong, who can approve, and nothing if there is nothing."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from pos.cli.main import run
from pos.domain.staff import Role
from pos.einvoice.payload import NotPrintable
from pos.errors import NotAllowed
from pos.i18n import use_language
from tests.support.people import PINS, hire

OWNER = PINS[Role.OWNER]


class Till:
    """One data folder, and `pos` run on it in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder, self._capsys = folder, capsys

    def hire(self, **names: str) -> None:
        """Add people, their names by role."""
        by_role = {Role(role): name for role, name in names.items()}
        hire(self._folder / "data", *by_role, settings=self._folder, names=by_role)

    def pos(self, *words: str) -> tuple[int, str, str]:
        """Return the exit status, standard output and standard error."""
        self._capsys.readouterr()
        first = ["--data-dir", str(self._folder / "data"), "--config", str(self._folder / "counter.toml")]
        status = run([*first, *words])
        said = self._capsys.readouterr()
        return status, said.out, said.err

    def json(self, *words: str) -> dict[str, Any]:
        status, out, err = self.pos(*words, "--json")
        assert (status, err) == (0, "")
        found: dict[str, Any] = json.loads(out)
        return found


@pytest.fixture
def till(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Till:
    monkeypatch.setenv("LANG", "C")
    monkeypatch.delenv("POS_PIN", raising=False)
    (tmp_path / "counter.toml").touch()
    use_language("en")
    return Till(tmp_path, capsys)


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("charge", "--tender", "cash", "--amount", "x"), "--amount"),
        (("charge", "--tender", "cash", "--amount", "125", "--tendered", "x"), "--tendered"),
        (("charge", "--tender", "cash", "--amount", "125", "--item", "tea:x:1"), "--item"),
        (("charge", "--tender", "paypal", "--amount", "125"), "--tender"),
        (("shift", "open", "--float", "x"), "--float"),
        (("shift", "close", "--counted", "x"), "--counted"),
        (("report", "day", "--date", "today"), "--date"),
        (("refund", "NO", "--amount", "125", "--reason", "r", "--item", "tea:1.5:1"), "--item"),
    ],
)
def test_a_wrong_value_is_reported_with_its_option(till: Till, words: tuple[str, ...], option: str) -> None:
    status, out, err = till.pos(*words)
    assert (status, out) == (2, "")
    assert err.startswith(f"pos: {option}: ")


def test_a_sentence_that_names_its_option_names_it_once(till: Till) -> None:
    assert till.pos("report", "day", "--format", "csv")[2] == "pos: A report as csv needs --out FILE.\n"


def test_a_name_is_no_option(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POS_NEW_PIN", OWNER)
    assert till.pos("staff", "add", " ", "--role", "owner")[2].startswith("pos: A name has")


def test_lists_without_entries_print_nothing(till: Till) -> None:
    till.pos("charge", "--tender", "cash", "--amount", "5")
    for verb in ("pending", "refunds", "invoices"):
        assert till.pos(verb) == (0, "", "")


def test_the_cashier_reads_the_change(till: Till) -> None:
    charge = ("charge", "--tender", "cash", "--amount", "125")
    assert "Change NT$75" in till.pos(*charge, "--tendered", "200")[1]
    assert "Change" not in till.pos(*charge, "--tendered", "125")[1]


@pytest.mark.parametrize("gift", ["贈品:0:1", "sticker:0:3", "cup:00:1"])
def test_a_gift_is_a_line_at_no_price(till: Till, gift: str) -> None:
    status, out, _err = till.pos("charge", "--tender", "cash", "--amount", "60", "--item", "tea:30:2", "--item", gift)
    assert (status, "captured" in out) == (0, True)
    only = till.pos("charge", "--tender", "cash", "--amount", "60", "--item", gift)
    assert (only[0], only[2]) == (2, "pos: --item: The items do not add up to the amount.\n")
    nothing = till.pos("charge", "--tender", "cash", "--amount", "0", "--item", gift)
    assert (nothing[0], nothing[2]) == (2, "pos: --amount: The amount must be more than zero.\n")


def test_a_payment_shows_its_refunds_and_their_states(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    till.hire(owner="Olga")
    number = till.json("charge", "--tender", "cash", "--amount", "125")["order_no"]
    monkeypatch.setenv("POS_PIN", OWNER)
    assert "refunds" not in till.json("show", number)
    asked = ("refund", number, "--amount", "25", "--reason", "too cold", "--reference", "TX-99")
    given = till.json(*asked)
    assert (given["reference"], "items" in given) == ("TX-99", False)
    assert till.json("show", number)["refunds"] == [given]
    assert till.pos("show", number)[1].splitlines()[-1].split()[1:] == [
        number, "NT$25", "cash", "cash", "refunded", "TX-99", "too", "cold",
    ]  # fmt: skip


def test_a_missing_right_is_refused_with_how_to_give_a_pin(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    till.hire(owner="Olga")
    till.pos("shift", "open", "--float", "0")
    for words in (("shift", "in", "--amount", "5", "--reason", "r"), ("report", "x"), ("journal", "verify")):
        status, out, err = till.pos(*words)
        assert (status, out) == (2, "")
        assert err.startswith("pos: This needs a manager: ")
        assert "Set POS_PIN" in err
    monkeypatch.setenv("POS_PIN", "9999")
    assert till.pos("report", "x")[2] == "pos: The PIN is wrong.\n"


def test_in_a_shop_without_pins_none_is_asked_for(till: Till) -> None:
    number = till.json("charge", "--tender", "cash", "--amount", "125")["order_no"]
    status, _out, err = till.pos("refund", number, "--amount", "25", "--reason", "r")
    assert (status, err) == (2, "pos: No one is set up who can approve this. Add the owner first.\n")


def test_a_change_of_nothing_is_asked_what_it_means(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POS_PIN", OWNER)
    till.hire(owner="Olga", cashier="Ben")
    status, out, err = till.pos("staff", "change", "Ben")
    assert (status, out, err.startswith("pos: Choose what to change: --role")) == (2, "", True)
    assert till.pos("staff", "change", "Ben", "--leaves")[1].endswith("cashier  Ben  Inactive\n")


def test_a_payment_without_an_invoice_says_so(till: Till) -> None:
    number = till.json("charge", "--tender", "cash", "--amount", "125")["order_no"]
    assert till.pos("invoice", number) == (0, "No e-invoice was requested.\n", "")
    assert till.json("invoice", number) == {"invoice": None}


def test_a_proof_that_the_rules_refuse_is_no_fault() -> None:
    assert isinstance(NotPrintable("A donated e-invoice is not printed."), NotAllowed)  # exit status 2


def test_a_port_that_is_taken_is_said_and_not_thrown(till: Till) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for port in (str(taken.getsockname()[1]), "99999"):
            status, out, err = till.pos("simulator", "--port", port)
            assert (status, out) == (2, "")
            assert err.startswith(f"pos: --port: Port {port} cannot be used: ")
