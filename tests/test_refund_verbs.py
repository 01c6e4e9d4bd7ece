"""`pos refund`, `refunds`, `refund-cancel`, `settle` and `staff`, in real processes and against scripted gateways."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pos.cli.refunds import status_of
from pos.domain.payment import Line
from pos.domain.refund import Refund, RefundState, Way
from pos.domain.states import State
from pos.output import as_json, as_line, refund_json, refund_line
from tests.support.processes import SimulatorProcess
from tests.support.refunds import twd
from tests.support.shop import NOON, attempt

PIN, OTHER = "258025", "1470"


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    running = SimulatorProcess(tmp_path_factory.mktemp("shop"))
    yield running
    assert running.stop() == 0


def pos(
    simulator: SimulatorProcess, *arguments: str, data: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return simulator.with_pin(*arguments, data=data, **environment)


def paid(simulator: SimulatorProcess, data: str, amount: str = "125") -> str:
    """Return a cash payment in a shop whose owner may refund it."""
    simulator.add_owner(data, PIN)
    done = pos(simulator, "charge", "--tender", "cash", "--amount", amount, "--json", data=data)
    number: str = json.loads(done.stdout)["order_no"]
    return number


def test_a_refund_needs_the_pin_of_a_manager(simulator: SimulatorProcess) -> None:
    number = paid(simulator, "pin")
    asked = ("refund", number, "--amount", "25", "--reason", "returned", "--json")
    assert pos(simulator, *asked, data="pin").returncode == 2
    wrong = pos(simulator, *asked, data="pin", POS_PIN="9999")
    assert (wrong.returncode, json.loads(wrong.stdout)["error"]["code"]) == (2, "not_allowed")
    done = pos(simulator, *asked, data="pin", POS_PIN=PIN)
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"], found["way"], found["amount"]) == (0, "refunded", "cash", "25")
    assert {"refund_no", "order_no", "gateway", "gateway_ref", "currency", "reason", "message", "by"} <= set(found)
    assert found["approved_by"]
    too_much = pos(simulator, "refund", number, "--amount", "101", "--reason", "r", data="pin", POS_PIN=PIN)
    assert too_much.returncode == 2
    assert "NT$100" in too_much.stderr
    assert json.loads(pos(simulator, "refunds", "--json", data="pin").stdout) == {"refunds": []}


@pytest.mark.parametrize(
    "more", [("--way", "magic"), ("--item", "x"), ("--way", "transfer"), ("--wait", "soon"), ("--reason", " ")]
)
def test_a_wrong_request_sends_nothing(simulator: SimulatorProcess, more: tuple[str, ...]) -> None:
    number = paid(simulator, f"wrong{more[0]}{more[1].strip()}")
    data = f"wrong{more[0]}{more[1].strip()}"
    done = pos(simulator, "refund", number, "--amount", "5", "--reason", "r", *more, data=data, POS_PIN=PIN)
    assert done.returncode == 2
    assert pos(simulator, "refund", "NOPE", "--amount", "5", "--reason", "r", data=data, POS_PIN=PIN).returncode == 2


def test_the_pin_is_locked_after_five_wrong_ones(simulator: SimulatorProcess) -> None:
    number = paid(simulator, "lock")
    asked = ("refund", number, "--amount", "25", "--reason", "returned")
    for _ in range(5):
        assert pos(simulator, *asked, data="lock", POS_PIN="9999").returncode == 2
    locked = pos(simulator, *asked, data="lock", POS_PIN=PIN)
    assert locked.returncode == 2
    assert "Too many wrong PINs" in locked.stderr


def test_a_gateway_without_refunds_has_them_written_down(simulator: SimulatorProcess) -> None:
    simulator.add_owner("hand", PIN)
    simulator.post("/autopay", seconds=0.3)
    done = pos(simulator, "charge", "--tender", "atm", "--amount", "88", "--wait", "20", "--json", data="hand")
    simulator.post("/autopay", seconds=None)
    number = json.loads(done.stdout)["order_no"]
    asked = ("refund", number, "--amount", "88", "--reason", "r", "--wait", "1", "--way", "back_office")
    assert pos(simulator, *asked, data="hand", POS_PIN=PIN).returncode == 2
    written = pos(simulator, *asked, "--reference", "WP-77", data="hand", POS_PIN=PIN)
    assert written.returncode == 0, written.stderr
    assert "back_office  wanpay  refunded" in written.stdout


def test_an_e_invoice_valid_after_a_refund_by_hand_is_listed_until_it_is_corrected(
    simulator: SimulatorProcess,
) -> None:
    simulator.add_owner("stands", PIN)
    simulator.post("/autopay", seconds=0.3)
    words = ("--tender", "mypay", "--amount", "88", "--invoice", "mobile:/ABC+123", "--wait", "20", "--json")
    number = json.loads(pos(simulator, "charge", *words, data="stands").stdout)["order_no"]
    simulator.post("/autopay", seconds=None)
    issued = json.loads(pos(simulator, "invoice", number, "--json", data="stands", POS_PIN=PIN).stdout)["invoice"]
    assert issued["state"] == "issued"
    asked = ("refund", number, "--amount", "88", "--reason", "r", "--way", "cash", "--json")
    given = json.loads(pos(simulator, *asked, data="stands", POS_PIN=PIN).stdout)
    assert f"The e-invoice {issued['number']} is still valid" in given["message"]
    owed = json.loads(pos(simulator, "invoices", "--json", data="stands", POS_PIN=PIN).stdout)["corrections"]
    assert owed == [
        {"refund_no": given["refund_no"], "order_no": number, "number": issued["number"], "remedy": "void",
         "amount": "88", "currency": "TWD", "way": "cash", "reference": ""}
    ]  # fmt: skip
    assert issued["number"] in pos(simulator, "invoices", data="stands", POS_PIN=PIN).stdout
    said = ("invoice-corrected", given["refund_no"], "--reference", "V-1")
    assert pos(simulator, *said, data="stands").returncode == 2
    done = pos(simulator, *said, data="stands", POS_PIN=PIN)
    assert (done.returncode, done.stdout) == (0, f"{given['refund_no']}  V-1\n")
    assert pos(simulator, *said, "--json", data="stands", POS_PIN=PIN).returncode == 2
    assert json.loads(pos(simulator, "invoices", "--json", data="stands", POS_PIN=PIN).stdout)["corrections"] == []


def test_a_refund_that_waits_for_midnight_is_named_by_the_z(simulator: SimulatorProcess) -> None:
    simulator.add_owner("z", PIN)
    pos(simulator, "shift", "open", "--float", "0", data="z")
    simulator.post("/autopay", seconds=0.3)
    words = ("--tender", "atm", "--gateway", "mypay", "--amount", "88", "--wait", "20", "--json")
    number = json.loads(pos(simulator, "charge", *words, data="z").stdout)["order_no"]
    simulator.post("/autopay", seconds=None)
    asked = ("refund", number, "--amount", "50", "--reason", "r", "--json")
    given = json.loads(pos(simulator, *asked, data="z", POS_PIN=PIN).stdout)
    named = [
        {"refund_no": given["refund_no"], "order_no": number, "gateway": "mypay", "amount": "50", "currency": "TWD",
         "state": "pending"}
    ]  # fmt: skip
    blind = json.loads(pos(simulator, "shift", "status", "--json", data="z").stdout)
    assert ("drawer" in blind, blind["refunds_in_flight"]) == (False, named)  # as the X, without its amounts
    assert given["refund_no"] in pos(simulator, "shift", "status", data="z").stdout
    listed = json.loads(pos(simulator, "pending", "--json", data="z").stdout)
    assert (listed["payments"], [one["refund_no"] for one in listed["refunds"]]) == ([], [given["refund_no"]])
    closed = pos(simulator, "shift", "close", "--counted", "0", "--json", data="z")
    assert json.loads(closed.stdout)["refunds_in_flight"] == named
    shown = pos(simulator, "show", number, data="z", POS_PIN=PIN)
    assert "captured  Refund in process: NT$50" in shown.stdout.splitlines()[0]


@pytest.mark.parametrize(
    ("facts", "words", "more"),
    [
        ({}, "NT$125  mypay  mypay  captured", {}),
        ({"refunded": twd(125)}, "NT$125  mypay  mypay  captured  Refunded: NT$125", {"refunded": "125"}),
        ({"refunded": twd(25)}, "NT$125  mypay  mypay  captured  Partly refunded: NT$25", {"refunded": "25"}),
        ({"refunding": twd(25)}, "NT$125  mypay  mypay  captured  Refund in process: NT$25", {}),
        ({"received": twd(100)}, "NT$100  mypay  mypay  captured  Due: NT$125 · received: NT$100", {"received": "100"}),
        ({"received": twd(100), "refunded": twd(100)},
         "NT$100  mypay  mypay  captured  Due: NT$125 · received: NT$100  Refunded: NT$100",
         {"received": "100", "refunded": "100"}),
    ],
)  # fmt: skip
def test_a_line_says_what_came_and_what_was_refunded_and_json_keeps_its_fields(
    facts: dict[str, Any], words: str, more: dict[str, str]
) -> None:
    paid_ = attempt(state=State.CAPTURED, **facts)
    assert as_line(paid_) == f"{paid_.order_no}  {words}"
    found = as_json(paid_, (), ZoneInfo("Asia/Taipei"))
    assert (found["amount"], found["state"]) == ("125", "captured")
    assert {name: found[name] for name in ("received", "refunded") if name in found} == more


def test_a_refund_of_which_nothing_was_sent_is_sent_again_with_the_managers_pin(simulator: SimulatorProcess) -> None:
    data = "again"
    simulator.add_owner(data, PIN)
    simulator.post("/autopay", seconds=0.3)
    words = ("--tender", "atm", "--gateway", "mypay", "--amount", "88", "--wait", "20", "--json")
    number = json.loads(pos(simulator, "charge", *words, data=data).stdout)["order_no"]
    simulator.post("/autopay", seconds=None)
    simulator.post("/scenarios", fault="refused", gateway="mypay")
    asked = ("refund", number, "--amount", "88", "--reason", "r", "--json")
    unsent = pos(simulator, *asked, data=data, POS_PIN=PIN)
    refund_no = json.loads(unsent.stdout)["refund_no"]
    assert (unsent.returncode, json.loads(unsent.stdout)["state"]) == (1, "created")
    simulator.post("/scenarios", fault="refused", gateway="mypay", times=0)
    no_pin = pos(simulator, "again", refund_no, data=data)
    assert (no_pin.returncode, "refund_no" in no_pin.stdout, "PIN" in no_pin.stderr) == (2, False, True)
    sent = pos(simulator, "again", refund_no, "--wait", "5", "--json", data=data, POS_PIN=PIN)
    found = json.loads(sent.stdout)
    assert (sent.returncode, found["state"] in ("pending", "refunded"), found["refund_no"]) == (0, True, refund_no)
    twice = pos(simulator, "again", refund_no, data=data, POS_PIN=PIN)
    assert (twice.returncode, "can be sent again" in twice.stderr) == (2, True)


def test_late_money_is_settled_with_a_reason(simulator: SimulatorProcess) -> None:
    simulator.add_owner("late", PIN)
    numbers = []
    for amount in ("71", "72"):
        done = pos(simulator, "charge", "--tender", "atm", "--amount", amount, "--json", data="late")
        number = json.loads(done.stdout)["order_no"]
        numbers.append(number)
        pos(simulator, "cancel", number, data="late")
        simulator.post(f"/orders/wanpay/{number}/pay")
    pos(simulator, "recover", data="late")
    assert pos(simulator, "settle", numbers[0], "--reason", "r", data="late", POS_PIN=PIN).returncode == 2
    assert pos(simulator, "settle", numbers[0], "--accept", "--reason", "r", data="late").returncode == 2
    taken = pos(simulator, "settle", numbers[0], "--accept", "--reason", "seen", "--json", data="late", POS_PIN=PIN)
    assert (taken.returncode, json.loads(taken.stdout)["state"]) == (0, "captured")
    closed = pos(simulator, "settle", numbers[1], "--close", "--reason", "back", "--json", data="late", POS_PIN=PIN)
    assert (closed.returncode, json.loads(closed.stdout)["state"]) == (0, "voided")
    again = pos(simulator, "settle", numbers[1], "--close", "--reason", "back", data="late", POS_PIN=PIN)
    assert again.returncode == 2
    assert pos(simulator, "refund-cancel", "NOPE", data="late", POS_PIN=PIN).returncode == 2


def test_a_refund_whose_answer_was_lost_is_found_by_recover_or_settled_by_its_number(
    simulator: SimulatorProcess,
) -> None:
    """A refund is settled by the command line alone, without a window."""
    data = "lost-refund"
    simulator.add_owner(data, PIN)
    simulator.post("/autopay", seconds=0.1)
    made = []
    for amount in ("61", "62"):
        paid = json.loads(
            pos(
                simulator, "charge", "--tender", "mypay", "--amount", amount, "--wait", "20", "--json", data=data
            ).stdout
        )
        done = pos(
            simulator, "refund", paid["order_no"], "--amount", amount, "--reason", "r", "--json", data=data, POS_PIN=PIN
        )
        made.append(json.loads(done.stdout))
    with sqlite3.connect(simulator.folder / data / "counter.sqlite") as file:
        file.execute(
            "UPDATE refunds SET state = 'unknown', gateway_ref = '' WHERE refund_no = ?", (made[0]["refund_no"],)
        )
        file.execute("UPDATE refunds SET state = 'review' WHERE refund_no = ?", (made[1]["refund_no"],))
    asked = json.loads(pos(simulator, "recover", "--json", data=data).stdout)["refunds"]
    assert made[0]["refund_no"] in {one["refund_no"] for one in asked}
    number = made[1]["refund_no"]
    assert pos(simulator, "settle", number, "--close", "--reason", "theirs", data=data).returncode == 2, "no PIN"
    done = pos(simulator, "settle", number, "--close", "--reason", "theirs", "--json", data=data, POS_PIN=PIN)
    assert (done.returncode, json.loads(done.stdout)["state"]) == (0, "refused")


def test_people_are_made_listed_and_changed_by_an_owner(simulator: SimulatorProcess) -> None:
    def staff(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return pos(simulator, "staff", *arguments, data="staff", **environment)

    assert staff("add", "Ann", "--role", "cashier", POS_NEW_PIN=PIN).returncode == 2  # the first is an owner
    assert staff("add", "Ann", "--role", "boss", POS_NEW_PIN=PIN).returncode == 2
    assert staff("add", "Ann", "--role", "owner").returncode == 2  # no PIN
    assert staff("add", "Ann", "--role", "owner", POS_NEW_PIN="1111").returncode == 2
    made = staff("add", "Ann", "--role", "owner", "--json", POS_NEW_PIN=PIN)
    assert json.loads(made.stdout)["role"] == "owner"
    assert staff("add", "Bob", "--role", "cashier", POS_NEW_PIN=OTHER).returncode == 2
    assert staff("add", "Bob", "--role", "cashier", POS_NEW_PIN=OTHER, POS_PIN=PIN).returncode == 0
    assert staff("change", "Nobody", "--leaves", POS_PIN=PIN).returncode == 2
    assert staff("change", "Ann", "--leaves", POS_PIN=PIN).returncode == 2  # the last owner
    assert (
        staff(
            "change", "Bob", "--role", "manager", "--rename", "Bo", "--pin", POS_PIN=PIN, POS_NEW_PIN="864286"
        ).returncode
        == 0
    )
    assert staff("change", "Bo", "--leaves", POS_PIN=OTHER).returncode == 2
    assert staff("change", "Bo", "--leaves", POS_PIN=PIN).returncode == 0
    people = json.loads(staff("list", "--json", POS_PIN=PIN).stdout)["people"]
    assert [(one["name"], one["role"], one["active"]) for one in people] == [
        ("Ann", "owner", True), ("Bo", "manager", False),
    ]  # fmt: skip
    assert staff("change", "Bo", "--returns", POS_PIN=PIN).returncode == 0
    assert "Bo" in staff("list", POS_PIN=PIN).stdout
    assert staff().returncode == 2


def refund(**facts: Any) -> Refund:
    first: dict[str, Any] = {
        "refund_no": "R", "order_no": "O", "gateway": "mypay", "way": Way.GATEWAY, "amount": twd(5), "reason": "r",
        "register_id": "R1", "created_at": NOON,
    }  # fmt: skip
    return Refund(**(first | facts))


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (RefundState.CREATED, 1), (RefundState.SENT, 4), (RefundState.PENDING, 0), (RefundState.UNKNOWN, 4),
        (RefundState.REFUNDED, 0), (RefundState.REFUSED, 3), (RefundState.WITHDRAWN, 0), (RefundState.REVIEW, 4),
    ],
)  # fmt: skip
def test_the_exit_status_is_the_refunds_state(state: RefundState, status: int) -> None:
    assert status_of(refund(state=state)) == status


def test_refused_credentials_have_their_own_status() -> None:
    assert status_of(refund(state=RefundState.REFUSED, details={"rejected": "credentials"})) == 5
    assert status_of(refund(state=RefundState.REFUSED, details={"rejected": "request"})) == 3


def test_a_queued_refund_says_when_it_is_carried_out() -> None:
    waits = refund(state=RefundState.PENDING, due_at=NOON + timedelta(hours=12))
    assert refund_json(waits, ZoneInfo("Asia/Taipei"))["due_at"] == "2026-11-21T00:00:00+08:00"
    assert "due_at" not in refund_json(replace(waits, due_at=None), ZoneInfo("Asia/Taipei"))
    assert refund_line(waits) == "R  O  NT$5  gateway  mypay  pending  r"
    doubt = replace(waits, state=RefundState.UNKNOWN, code="7777")
    assert refund_line(doubt) == "R  O  NT$5  gateway  mypay  unknown  r  7777"
    assert refund_json(doubt, ZoneInfo("Asia/Taipei"))["code"] == "7777"


def test_the_items_of_a_refund_are_printed_with_their_prices() -> None:
    made = Refund("R", "O", "mypay", Way.GATEWAY, twd(50), "r", "R1", NOON, lines=(Line("tea", twd(25), 2),))
    assert refund_json(made, ZoneInfo("Asia/Taipei"))["items"] == [{"name": "tea", "price": "25", "quantity": 2}]
