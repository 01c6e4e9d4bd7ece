"""The outside contract: commands, JSON, exit statuses, in real processes against the simulator on loopback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos.cli.main import run
from pos.gateways import GATEWAYS
from pos.i18n import use_language
from pos.settings_reader import read_settings
from tests.support.processes import ROOT, SimulatorProcess


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    running = SimulatorProcess(tmp_path_factory.mktemp("shop"))
    yield running
    assert running.stop() == 0


@pytest.fixture(autouse=True)
def _english_and_quiet(simulator: SimulatorProcess) -> Iterator[None]:
    simulator.post("/autopay", seconds=None)
    yield
    use_language("en")


def test_the_simulators_first_line_is_its_announcement(simulator: SimulatorProcess) -> None:
    found = simulator.announcement
    assert set(found) == {"opay", "wanpay", "qfpay", "mypay", "opay_periodic", "phone", "control", "credentials"}
    assert all(found[name].startswith("http://127.0.0.1:") for name in set(found) - {"credentials"})


@pytest.mark.parametrize(
    ("tender", "gateway", "currency"),
    [
        ("wechat", "mypay", "TWD"),
        ("wechat", "qfpay", "HKD"),
        ("alipay", "qfpay", "HKD"),
        ("alipay", "mypay", "TWD"),
        ("atm", "wanpay", "TWD"),
        ("mypay", "mypay", "TWD"),
    ],
)
def test_a_charge_that_waits_ends_captured(
    simulator: SimulatorProcess, tender: str, gateway: str, currency: str
) -> None:
    simulator.post("/autopay", seconds=0.8)
    done = simulator.pos("charge", "--tender", tender, "--amount", "125", "--wait", "30", "--json", currency=currency)
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"], found["gateway"]) == (0, "captured", gateway)
    assert found["amount"] == ("125" if currency == "TWD" else "125.00")
    assert found["currency"] == currency
    assert [row["event"] for row in found["history"]][:3] == ["created", "send", "accepted"]
    assert found["history"][-1]["state"] == "captured"
    assert found["history"][0]["at"].endswith("+08:00")
    if tender == "atm":
        assert set(found["virtual_account"]) == {"bank_code", "bank_name", "account", "expires_at"}
    else:
        assert found["pay_url"].startswith("http")


@pytest.mark.parametrize(
    ("tender", "currency"), [("wechat", "HKD"), ("alipay", "HKD"), ("atm", "TWD"), ("mypay", "TWD")]
)
def test_a_charge_without_waiting_is_found_by_recover_in_a_new_process(
    simulator: SimulatorProcess, tender: str, currency: str
) -> None:
    data = f"recover-{tender}"
    done = simulator.pos("charge", "--tender", tender, "--amount", "125", "--json", currency=currency, data=data)
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"]) == (0, "pending")
    waiting = json.loads(simulator.pos("pending", "--json", currency=currency, data=data).stdout)
    assert [one["order_no"] for one in waiting["payments"]] == [found["order_no"]]
    simulator.post(f"/orders/{found['gateway']}/{found['order_no']}/pay")
    recovered = simulator.pos("recover", "--json", currency=currency, data=data)
    assert recovered.returncode == 0
    assert [one["state"] for one in json.loads(recovered.stdout)["payments"]] == ["captured"]
    shown = json.loads(simulator.pos("show", found["order_no"], "--json", currency=currency, data=data).stdout)
    assert shown["state"] == "captured"
    assert simulator.pos("pending", currency=currency, data=data).stdout.strip() == ""


def test_a_lost_answer_ends_in_doubt_and_recover_finds_the_money(simulator: SimulatorProcess) -> None:
    simulator.post("/scenarios", fault="lost_answer", gateway="wanpay", verb="charge")
    done = simulator.pos("charge", "--tender", "atm", "--amount", "777", "--json", data="lost")
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"]) == (4, "unknown")
    twice = simulator.pos("charge", "--tender", "atm", "--amount", "777", "--json", data="lost")
    error = json.loads(twice.stdout)["error"]
    assert (twice.returncode, error["code"]) == (2, "not_allowed")
    assert found["order_no"] in error["message"]
    assert "--even-if-duplicate" in error["message"]
    assert len(json.loads(simulator.pos("pending", "--json", data="lost").stdout)["payments"]) == 1
    other = ("--even-if-duplicate", "--gateway", "mypay", "--json")
    again = simulator.pos("charge", "--tender", "atm", "--amount", "777", *other, data="lost")
    assert (again.returncode, json.loads(again.stdout)["state"]) == (0, "pending")
    simulator.post(f"/orders/wanpay/{found['order_no']}/pay")
    recovered = simulator.pos("recover", "--json", data="lost")
    states = {one["order_no"]: one["state"] for one in json.loads(recovered.stdout)["payments"]}
    assert states[found["order_no"]] == "captured"
    assert simulator.get("/truth")["asked_twice"] == []


def test_a_gateway_that_is_away_gets_nothing_and_the_next_charge_goes_on(simulator: SimulatorProcess) -> None:
    simulator.post("/scenarios", fault="refused", gateway="mypay")
    before = simulator.get("/orders")
    done = simulator.pos("charge", "--tender", "mypay", "--amount", "125", "--json", data="away")
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"]) == (1, "created")
    assert "Nothing was sent" in found["message"]
    assert simulator.get("/orders") == before
    simulator.post("/scenarios", fault="refused", gateway="mypay", times=0)
    assert simulator.pos("charge", "--tender", "mypay", "--amount", "125", data="away").returncode == 0


def test_a_payment_of_which_nothing_was_sent_is_sent_again_under_its_own_number(simulator: SimulatorProcess) -> None:
    data = "again"
    simulator.post("/scenarios", fault="refused", gateway="mypay")
    done = simulator.pos("charge", "--tender", "mypay", "--amount", "136", "--json", data=data)
    number = json.loads(done.stdout)["order_no"]
    still = simulator.pos("again", number, "--json", data=data)
    assert (still.returncode, json.loads(still.stdout)["state"]) == (1, "created"), "still away"
    simulator.post("/scenarios", fault="refused", gateway="mypay", times=0)
    simulator.post("/autopay", seconds=0.5)
    sent = simulator.pos("again", number, "--wait", "20", "--json", data=data)
    found = json.loads(sent.stdout)
    assert (sent.returncode, found["state"], found["order_no"]) == (0, "captured", number)
    assert [one["number"] for one in simulator.get("/orders") if one["amount"] == 136] == [number]
    for other in (number, "NOPE"):
        refused = simulator.pos("again", other, data=data)
        assert (refused.returncode, refused.stdout) == (2, "")
    assert "can be sent again" in simulator.pos("again", number, data=data).stderr


@pytest.mark.parametrize(("fault", "said"), [("bad_certificate", "certificate"), ("old_tls", "no safe connection")])
def test_a_gateway_that_is_not_safe_gets_nothing(simulator: SimulatorProcess, fault: str, said: str) -> None:
    address = simulator.post("/scenarios", fault=fault)["addresses"][fault]["mypay"]
    before = simulator.get("/orders")
    done = simulator.pos("charge", "--tender", "mypay", "--amount", "125", "--json", data=fault, mypay=address)
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"]) == (1, "created")
    assert said in found["message"]
    assert "Nothing was sent" in found["message"]
    assert simulator.get("/orders") == before
    assert simulator.post("/scenarios", fault=fault, times=0)["addresses"] == {}


def test_a_declined_payment_has_its_own_exit_status(simulator: SimulatorProcess) -> None:
    waiting = subprocess.Popen(
        simulator.command("charge", "--tender", "mypay", "--amount", "55", "--wait", "20", "--json", data="declined"),
        cwd=ROOT, env=simulator.environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    order = simulator.wait_for_order(55)
    simulator.post(f"/orders/mypay/{order['number']}/fail")
    out, _ = waiting.communicate(timeout=30)
    assert (waiting.returncode, json.loads(out)["state"]) == (3, "declined")


def test_a_cancel_is_watched(simulator: SimulatorProcess) -> None:
    charged = json.loads(simulator.pos("charge", "--tender", "atm", "--amount", "99", "--json", data="cancel").stdout)
    done = simulator.pos("cancel", charged["order_no"], "--json", data="cancel")
    assert (done.returncode, json.loads(done.stdout)["state"]) == (0, "voiding")
    assert simulator.pos("cancel", charged["order_no"], data="cancel").returncode == 0
    simulator.post(f"/orders/wanpay/{charged['order_no']}/pay")
    assert simulator.pos("recover", data="cancel").returncode == 4


@pytest.mark.parametrize("gateway", ["mypay", "wanpay"])
def test_a_gift_reaches_the_gateway_as_a_line_of_nothing(simulator: SimulatorProcess, gateway: str) -> None:
    tender = "atm" if gateway == "wanpay" else "mypay"
    lines = ("--item", "tea:30:2", "--item", "gift:0:1")
    done = simulator.pos("charge", "--tender", tender, "--amount", "60", *lines, data=f"gift {gateway}")
    assert done.returncode == 0, done.stderr
    assert "pending" in done.stdout


def test_items_must_sum_up_and_reach_the_gateway(simulator: SimulatorProcess) -> None:
    items = ("--item", "茶:25:4", "--item", "a:b:25:1")
    done = simulator.pos("charge", "--tender", "mypay", "--amount", "125", *items, "--json", data="items")
    assert done.returncode == 0
    for wrong in ("茶:25:3", "茶", "茶:x:1", "茶:25:0", ":25:5", "茶:25:1.5", "x" * 201 + ":125:1"):
        done = simulator.pos("charge", "--tender", "mypay", "--amount", "125", "--item", wrong, data="items")
        assert (done.returncode, done.stdout) == (2, ""), wrong
        assert done.stderr.startswith("pos: ")


@pytest.mark.parametrize("amount", ["0", "-1", "1e9", "１２x", "12.345", "1234567890123", "", "abc", "12.5"])
def test_a_bad_amount_sends_nothing(simulator: SimulatorProcess, amount: str) -> None:
    before = len(simulator.get("/orders"))
    done = simulator.pos("charge", "--tender", "atm", f"--amount={amount}")
    assert done.returncode == 2
    assert "amount" in done.stderr or "decimal places" in done.stderr
    assert len(simulator.get("/orders")) == before


def test_full_width_digits_are_digits_and_cash_that_no_notes_make_is_refused(simulator: SimulatorProcess) -> None:
    charge = ("charge", "--tender", "cash", "--json")
    done = simulator.pos(*charge, "--amount", "３４５", "--tendered", "５００", data="width")
    assert json.loads(done.stdout)["amount"] == "345"
    done = simulator.pos(*charge, "--amount", "345", "--tendered", "471008843001", data="width")
    assert done.returncode == 2
    assert "too much cash" in done.stdout + done.stderr


@pytest.mark.parametrize("words", [("show",), ("cancel",), ("charge", "--tender", "cash", "--amount", "5", "--item")])
def test_bytes_that_are_no_text_are_refused_in_words(simulator: SimulatorProcess, words: tuple[str, ...]) -> None:
    done = simulator.pos(*words, "\udcff")
    assert (done.returncode, done.stdout, "not text" in done.stderr) == (2, "", True), done.stderr


def test_wrong_usage_and_missing_set_up_have_their_statuses(simulator: SimulatorProcess, tmp_path: Path) -> None:
    assert simulator.pos("charge", "--tender", "gold", "--amount", "5").returncode == 2
    assert simulator.pos("charge").returncode == 2
    assert simulator.pos("nonsense").returncode == 2
    assert simulator.pos("show", "NOPE").returncode == 2
    assert simulator.pos("cancel", "NOPE").returncode == 2
    assert simulator.pos("charge", "--tender", "atm", "--amount", "125", currency="HKD").returncode == 2
    assert simulator.pos("charge", "--tender", "wechat", "--gateway", "opay", "--amount", "9").returncode == 5
    (tmp_path / "empty.toml").touch()
    empty = ["--config", str(tmp_path / "empty.toml"), "--data-dir", str(tmp_path)]
    assert run([*empty, "charge", "--tender", "atm", "--amount", "125"]) == 5
    assert run(["--data-dir", str(tmp_path / "new"), "pending"]) == 2
    assert run(["--version"]) == 0


def test_refused_credentials_have_their_own_exit_status(simulator: SimulatorProcess) -> None:
    environment = simulator.environment() | {"POS_SECRET_WANPAY_KEY": "wrong"}
    command = simulator.command("charge", "--tender", "atm", "--amount", "125", "--json", data="refused")
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["state"]) == (5, "declined")


def test_an_unreachable_gateway_means_nothing_was_sent(simulator: SimulatorProcess) -> None:
    nobody = "http://127.0.0.1:9/mypay"
    done = simulator.pos("charge", "--tender", "mypay", "--amount", "125", "--json", data="down", mypay=nobody)
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"]) == (1, "created")
    assert "Nothing was sent" in found["message"]


def test_a_second_program_is_refused_with_a_message_but_may_read(simulator: SimulatorProcess) -> None:
    first = subprocess.Popen(
        simulator.command("charge", "--tender", "mypay", "--amount", "66", "--wait", "20", data="two"),
        cwd=ROOT, env=simulator.environment(), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    order = simulator.wait_for_order(66)
    second = simulator.pos("charge", "--tender", "mypay", "--amount", "67", data="two")
    assert (second.returncode, "already open" in second.stderr) == (1, True)
    assert "NT$66" in simulator.pos("pending", data="two").stdout
    simulator.post(f"/orders/mypay/{order['number']}/pay")
    assert first.wait(30) == 0


def test_cash_is_taken_with_change(simulator: SimulatorProcess) -> None:
    done = simulator.pos("charge", "--tender", "cash", "--amount", "125", "--tendered", "200", "--json", data="cash")
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"], found["change"]) == (0, "captured", "75")
    short = simulator.pos("charge", "--tender", "cash", "--amount", "125", "--tendered", "100", data="cash")
    assert short.returncode == 2


def test_doctor_looks_at_every_gateway(simulator: SimulatorProcess) -> None:
    done = simulator.pos("doctor", "--json")
    found = {one["what"]: one for one in json.loads(done.stdout)["findings"]}
    assert set(found) == {"window", "fonts", "disk", "backup", "opay", "wanpay", "qfpay", "mypay", "opay_periodic"}
    assert done.returncode == 0, found
    simulator.post("/clock", skew=900)
    try:
        skewed = json.loads(simulator.pos("doctor", "--json").stdout)["findings"]
    finally:
        simulator.post("/clock", skew=0)
    assert any("clock" in one["message"] for one in skewed)
    broken = subprocess.run(
        simulator.command("doctor"), cwd=ROOT, capture_output=True, text=True, check=False,
        env=simulator.environment() | {"POS_SECRET_QFPAY_CLIENT_KEY": "wrong", "POS_SECRET_MYPAY_STORE_KEY": "short"},
    )  # fmt: skip
    assert broken.returncode == 5
    assert "✗ qfpay: The gateway refuses this shop's key" in broken.stdout
    assert "32 ASCII characters" in broken.stdout


def test_no_key_is_in_any_written_file(simulator: SimulatorProcess) -> None:
    """Keys are in no byte of any file of these shops (S3)."""
    secrets = [value.encode() for name, value in simulator.environment().items() if name.startswith("POS_SECRET_")]
    assert len(secrets) == 7
    for path in simulator.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(secret in content for secret in secrets), path


def test_the_settings_file_of_these_tests_is_a_good_one(simulator: SimulatorProcess) -> None:
    facts = {name: kind.FACTS for name, kind in GATEWAYS.items()}
    assert read_settings(simulator.settings(), facts).problems == ()


def test_a_paper_invoice_is_issued_printed_and_kept(simulator: SimulatorProcess, tmp_path: Path) -> None:
    simulator.post("/autopay", seconds=0.8)
    (tmp_path / "lp0").touch()
    done = simulator.pos(
        "charge", "--tender", "atm", "--amount", "125", "--invoice", "paper", "--ban", "04595257", "--title", "好公司",
        "--wait", "30", "--json", data="invoiced",
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"], found["gateway"]) == (0, "captured", "mypay")
    pdf = tmp_path / "proof.pdf"
    told = simulator.pos("invoice", found["order_no"], "--pdf", str(pdf), "--json", data="invoiced")
    invoice = json.loads(told.stdout)["invoice"]
    assert (told.returncode, invoice["state"], invoice["ban"], invoice["owed"]) == (0, "issued", "04595257", False)
    assert pdf.read_bytes().startswith(b"%PDF")
    asked = simulator.pos("invoice", found["order_no"], "--ask", "--json", data="invoiced")
    assert json.loads(asked.stdout)["invoice"]["number"] == invoice["number"]
    owed = json.loads(simulator.pos("invoices", "--json", data="invoiced").stdout)
    assert owed == {"invoices": [], "corrections": []}
    refused = simulator.pos("invoice", found["order_no"], "--print", data="invoiced")
    assert (refused.returncode, "No printer" in refused.stderr) == (5, True)


def test_a_cash_sale_gets_its_e_invoice_and_a_refused_order_is_placed_again_on_request(
    simulator: SimulatorProcess,
) -> None:
    words = ("charge", "--tender", "cash", "--amount", "125", "--invoice", "mobile:/ABC+123", "--json")
    simulator.post("/cash", fate="refused")
    refused = simulator.pos(*words, data="cashed")
    simulator.post("/cash", fate="paid")
    found = json.loads(refused.stdout)
    assert (refused.returncode, found["state"], found["history"][-1]["event"]) == (0, "captured", "invoice_told")
    (owed,) = json.loads(simulator.pos("invoices", "--json", data="cashed").stdout)["invoices"]
    assert (owed["owed"], owed["gateway_order"]["state"]) == (True, "refused")
    shown = simulator.pos("invoice", found["order_no"], "--json", data="cashed")
    invoice = json.loads(shown.stdout)["invoice"]
    assert (shown.returncode, invoice["state"], invoice["gateway_order"]["state"]) == (0, "issued", "paid")
    assert invoice["gateway_order"]["order_no"] != owed["gateway_order"]["order_no"]


def test_a_split_sale_has_one_e_invoice_of_all_its_parts(simulator: SimulatorProcess) -> None:
    charge = ("charge", "--tender", "cash", "--json")
    begun = simulator.pos(*charge, "--sale-amount", "500", "--amount", "300", "--invoice", "paper", data="split")
    first = json.loads(begun.stdout)
    simulator.pos(*charge, "--sale", first["sale_id"], "--wait", "15", data="split")
    invoice = json.loads(simulator.pos("sale", "show", first["sale_id"], "--json", data="split").stdout)["invoice"]
    assert (invoice["state"], invoice["order_no"], invoice["sale_id"]) == (
        "issued",
        first["order_no"],
        first["sale_id"],
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--invoice", "mobile:/ABC,123"), "mobile barcode"),
        (("--invoice", "paper", "--ban", "12345678"), "check digit does not match"),
        (("--invoice", "telegram"), "not a kind of e-invoice"),
        (("--ban", "04595257"), "--invoice"),
        (("--invoice", "paper", "--gateway", "wanpay"), "through MyPay"),
    ],
)
def test_a_bad_request_sends_nothing(simulator: SimulatorProcess, words: tuple[str, ...], said: str) -> None:
    done = simulator.pos("charge", "--tender", "mypay", "--amount", "125", *words, data="badwish")
    assert (done.returncode, said in done.stderr) == (2, True)
    waiting = simulator.pos("pending", "--json", data="badwish")
    assert "no journal" in waiting.stderr or json.loads(waiting.stdout)["payments"] == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
@pytest.mark.parametrize("verb", [(), ("demo",)])
def test_without_a_screen_the_window_says_so(tmp_path: Path, verb: tuple[str, ...]) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "LANG", "LC_ALL")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-m", "pos", "--data-dir", str(tmp_path), *verb],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "There is no screen" in done.stderr


def test_what_only_mypay_can(simulator: SimulatorProcess) -> None:
    data = "mypay-only"
    tools = simulator.pos("tools", "--amount", "125", "--json", data=data)
    assert "CREDITCARD" in json.loads(tools.stdout)["tools"]
    bound = simulator.pos("bind-wallet", "--user", "member-7", "--option", "user_name=王小明", "--json", data=data)
    assert json.loads(bound.stdout)["url"].startswith("http")
    hold = ("--option", "pfn=CREDITCARD", "--option", "creditcard_is_automatic_payment=0")
    taken = simulator.pos("charge", "--tender", "mypay", "--amount", "125", *hold, "--json", data=data)
    number = json.loads(taken.stdout)["order_no"]
    simulator.post(f"/orders/mypay/{number}/pay")
    simulator.pos("recover", data=data)
    captured = simulator.pos("capture", number, "--json", data=data)
    assert (captured.returncode, json.loads(captured.stdout)["state"]) == (0, "pending")
    assert simulator.pos("capture", number, data=data).returncode == 2
    assert simulator.pos("stop-debit", number, "--day", "tomorrow", data=data).returncode == 2
    refused = simulator.pos("stop-debit", number, "--day", "2099-01-01", data=data)
    assert (refused.returncode, "no direct debit" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("option", "said"),
    [("shoe_size=42", "shoe_size"), ("pfn", "NAME=VALUE"), ("user_data=@nowhere.json", "cannot be read")],
)
def test_a_bad_option_sends_nothing(simulator: SimulatorProcess, option: str, said: str) -> None:
    done = simulator.pos("charge", "--tender", "mypay", "--amount", "125", "--option", option, data="badoption")
    assert (done.returncode, said in done.stderr) == (2, True)


def test_the_address_of_a_page_is_whole_in_every_process_and_in_no_file(simulator: SimulatorProcess) -> None:
    config = simulator.settings()
    config.write_text(config.read_text() + '[server]\nurl = "https://shop.example"\n', encoding="utf-8")
    taken = subprocess.run(
        [sys.executable, "-m", "pos", "--data-dir", str(simulator.folder / "paged"), "--config", str(config),
         "charge", "--tender", "wechat", "--gateway", "opay", "--amount", "125", "--json"],
        cwd=ROOT, env=simulator.environment(), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    found = json.loads(taken.stdout)
    assert re.fullmatch("https://shop.example/pay/[0-9a-f]{32}", found["pay_url"])
    shown = simulator.pos("show", found["order_no"], "--json", data="paged")
    assert json.loads(shown.stdout)["pay_url"] == found["pay_url"]
    token = found["pay_url"].rpartition("/")[2].encode()
    assert all(token not in path.read_bytes() for path in (simulator.folder / "paged").rglob("*") if path.is_file())
