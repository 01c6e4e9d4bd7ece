"""Every command with bad input: the exit status of the table, a message, and with ``--json`` exactly one JSON object.

Nothing is written to the journal, nothing is sent, and there is never a traceback.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from pos import errors
from pos.bootstrap import register_for
from pos.cli.arguments import parser
from pos.cli.main import run
from pos.domain.money import Money
from pos.domain.payment import Sale, Tender
from pos.errors import PosError
from pos.exits import ERRORS, FAULT, OK, REFUSED, USAGE, code_and_status
from pos.i18n import use_language
from pos.store.database import FILE_NAME, Database
from tests.support.access import SIGNED_OUT
from tests.test_rights_of_verbs import MORE, leaves

VERBS = sorted(set(leaves(parser())))
WITHOUT_JSON = {"demo"}
"""Commands that open a window."""

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with one sale and no reachable gateway."""
    folder = tmp_path_factory.mktemp("contract")
    (folder / "counter.toml").write_text(
        '[gateways.opay]\nmerchant_id = "2000132"\nbase_url = "http://127.0.0.1:9"\n', encoding="utf-8"
    )

    async def work() -> None:
        register = register_for(str(folder / "counter.toml"), folder / "data")
        await register.host.open(watching=False)
        await register.services.payments.take(
            SIGNED_OUT, Sale(Money(5, "TWD")), Tender.CASH, payment_id="p", tendered=Money(5, "TWD")
        )
        await register.host.close()

    asyncio.run(work())
    return folder


@pytest.fixture
def pos(
    sold: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> Iterator[Call]:
    """Run the command line in this process; ``doctor`` uses the application of the window's tests."""
    del qapp
    monkeypatch.setenv("LANG", "C.UTF-8")
    for name in ("POS_PIN", "POS_PIN_FD", "POS_RECOVERY_CODE", "POS_NEW_PIN", "POS_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))

    def call(*words: str, config: str = "", data: str = "") -> tuple[int, str, str]:
        capsys.readouterr()
        where = ["--data-dir", data or str(sold / "data"), "--config", config or str(sold / "counter.toml")]
        status = run([*where, *words])
        said = capsys.readouterr()
        return status, said.out, said.err

    yield call
    use_language("en")


def rows(folder: Path) -> int:
    with closing(Database(folder / "data" / FILE_NAME, read_only=True)) as database:
        return int(str(database.rows("SELECT count(*) FROM journal")[0][0]))


def refused(found: tuple[int, str, str], as_json: bool, statuses: tuple[int, ...] = (USAGE,)) -> dict[str, object]:
    """Return the error; check that it is well formed in both kinds of output."""
    status, out, err = found
    assert status in statuses, (status, out, err)
    assert "Traceback" not in err
    assert err.strip()
    if not as_json:
        assert out == ""
        return {}
    assert out.count("\n") == 1
    error = json.loads(out)["error"]
    assert set(error) == {"code", "field", "message"}
    assert error["message"]
    assert error["code"] in {code for _kind, code, _status in ERRORS}
    assert error["field"] is None or isinstance(error["field"], str)
    return dict(error)


@pytest.mark.parametrize("words", [("--help",), ("-h", "charge"), ("refund", "X", "--he"), ("charg",), ()])
def test_a_help_text_or_a_misspelt_verb_lists_every_verb(words: tuple[str, ...]) -> None:
    assert sorted(set(leaves(parser(words)))) == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_a_call_reads_its_verb_also_when_a_value_has_the_name_of_another(verb: str) -> None:
    other = "shift" if verb.split()[0] == "charge" else "charge"
    words = ["--config", other, *words_of(verb, False)]
    asked = parser(words).parse_args(words)
    assert (asked.verb, asked.config) == (verb.split()[0], other)


def words_of(verb: str, json_too: bool) -> list[str]:
    more = [one.format(folder="/nowhere") for one in MORE.get(verb, [])]
    return [*verb.split(), *more, *(["--json"] if json_too else [])]


@pytest.mark.parametrize("verb", VERBS)
def test_an_unknown_option_is_wrong_usage(pos: Call, sold: Path, verb: str) -> None:
    before = rows(sold)
    for as_json in {False, verb not in WITHOUT_JSON}:
        error = refused(pos(*words_of(verb, as_json), "--no-such-option"), as_json)
        assert not error or error["code"] == "usage"
    assert rows(sold) == before


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb in MORE])
def test_without_what_it_needs_a_verb_is_wrong_usage(pos: Call, sold: Path, verb: str) -> None:
    before = rows(sold)
    if verb.startswith("reconcile"):
        return  # nothing is required
    for as_json in (False, True):
        error = refused(pos(*verb.split(), *(["--json"] if as_json else [])), as_json)
        assert not error or (error["code"], bool(error["field"])) == ("usage", True)
    assert rows(sold) == before


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in ("demo", "simulator")])
def test_a_settings_file_that_was_named_and_is_not_there_is_an_error(pos: Call, tmp_path: Path, verb: str) -> None:
    missing = tmp_path / "cuonter.toml"
    for as_json in {False, verb not in WITHOUT_JSON}:
        error = refused(pos(*words_of(verb, as_json), config=str(missing), data=str(tmp_path / "data")), as_json)
        assert not error or (error["code"], error["field"]) == ("input", "config")
    assert list(tmp_path.iterdir()) == []


MAY_SUCCEED = ("reconcile", "key list", "printer-test", "settings get", "settings check")
"""Commands that need no journal."""

READERS = ("show", "pending", "refunds", "invoices", "shift status", "journal verify")


@pytest.mark.parametrize("verb", READERS)
def test_where_nothing_was_ever_sold_a_reader_finds_nothing(pos: Call, tmp_path: Path, verb: str) -> None:
    for as_json in (False, True):
        error = refused(pos(*words_of(verb, as_json), data=str(tmp_path / "none")), as_json)
        assert not error or (error["code"], error["field"]) == ("not_found", None)


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in ("demo", "simulator", "doctor")])
@pytest.mark.parametrize("place", ["/dev/null/x", "/proc/nowhere", "{file}", "/" + "x" * 300])
def test_a_data_folder_that_cannot_be_one_is_said_in_words(pos: Call, tmp_path: Path, verb: str, place: str) -> None:
    (tmp_path / "file").write_text("no folder")
    for as_json in {False, verb not in WITHOUT_JSON}:
        found = pos(*words_of(verb, as_json), data=place.format(file=tmp_path / "file"))
        if not (verb in MAY_SUCCEED and found[0] in (OK, REFUSED)):
            refused(found, as_json, (FAULT, USAGE, REFUSED))
        assert "Errno" not in found[1] + found[2]


BAD = [
    (("charge", "--tender", "gold", "--amount", "5"), "input", "tender"),
    (("charge", "--tender", "cash", "--amount", "5.5.5"), "input", "amount"),
    (("charge", "--tender", "cash", "--amount", "5", "--tendered", "lots"), "input", "tendered"),
    (("charge", "--tender", "cash", "--amount", "5", "--item", "tea"), "input", "item"),
    (("charge", "--tender", "cash", "--amount", "5", "--wait", "inf"), "input", "wait"),
    (("charge", "--tender", "cash", "--amount", "5", "--wait", "-1"), "input", "wait"),
    (("charge", "--tender", "cash", "--amount", "5", "--invoice", "telegram"), "input", "invoice"),
    (("again", "X", "--wait", "soon"), "input", "wait"),
    (("show", "NOPE"), "not_found", None),
    (("cancel", "NOPE"), "not_found", None),
    (("again", "NOPE"), "not_found", None),
    (("invoice", "NOPE"), "not_found", None),
    (("show", "\udcff"), "input", "order_no"),
    (("refund", "NOPE", "--amount", "5", "--reason", "r", "--way", "pigeon"), "input", "way"),
    (("stop-debit", "NOPE", "--day", "tomorrow"), "input", "day"),
    (("tools", "--amount", "much"), "input", "amount"),
    (("shift", "open", "--float", "-1"), "input", "float"),
    (("shift", "in", "--amount", "5", "--reason", "r"), "not_found", None),
    (("shift", "close", "--counted", "0"), "not_found", None),
    (("shift", "sideways"), "usage", "step"),
    (("reconcile", "--date", "2026-13-01"), "input", "date"),
    (("reconcile", "--waiting", "--afresh"), "usage", "afresh"),
    (("journal", "verify", "/nowhere"), "not_found", None),
    (("journal", "verify", "{text}"), "input", "file"),
    (("journal", "restore", "{text}"), "input", "file"),
    (("journal", "backup", "{text}"), "input", "file"),
    (("key", "set", "opay.no_such_key"), "input", "name"),
    (("key", "set", "opay.hash_key"), "input", "name"),
    (("key", "bind"), "not_found", None),
    (("staff", "add", "Eve", "--role", "king"), "input", "role"),
    (("simulator", "--port", "99999999"), "input", "port"),
    (("simulator", "--autopay", "nan"), "input", "autopay"),
    (("report", "day", "--date", "31/12"), "input", "date"),
    (("report", "day", "--format", "xlsx"), "input", "out"),
    (("burn",), "usage", "verb"),
]


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(("words", "code", "field"), BAD)
def test_bad_input_names_its_class_and_its_option(
    pos: Call, sold: Path, tmp_path: Path, words: tuple[str, ...], code: str, field: str | None, as_json: bool
) -> None:
    (tmp_path / "host").write_text("register-1\n")
    before = rows(sold)
    filled = [one.format(text=tmp_path / "host") for one in words]
    error = refused(pos(*filled, *(["--json"] if as_json else [])), as_json)
    assert not error or (error["code"], error["field"]) == (code, field)
    assert rows(sold) == before


@pytest.mark.parametrize("as_json", [False, True])
def test_what_is_not_configured_has_status_5(pos: Call, sold: Path, as_json: bool) -> None:
    before = rows(sold)
    for words in (
        ("charge", "--tender", "wechat", "--gateway", "opay", "--amount", "9"),
        ("charge", "--tender", "atm", "--amount", "9"),
        ("tools", "--amount", "9"),
        ("printer-test",),
    ):
        error = refused(pos(*words, *(["--json"] if as_json else [])), as_json, (REFUSED,))
        assert not error or (error["code"], error["field"]) == ("not_configured", None)
    assert rows(sold) == before


def test_a_shift_that_is_not_open_is_said_in_one_object(pos: Call) -> None:
    status, out, err = pos("shift", "status", "--json")
    found = json.loads(out)
    assert (status, found["shift"], found["error"]["code"]) == (USAGE, None, "not_found")
    assert found["error"]["message"] in err
    assert refused(pos("shift", "status"), as_json=False) == {}


@pytest.mark.parametrize("size", ["12", "x", "1024x", "axb", "1x1", "99999x99999", "-5x700", "１０２４x768"])
def test_a_size_of_the_tour_that_is_none_opens_nothing(pos: Call, size: str) -> None:
    refused(pos("demo", "--size", size), as_json=False)


@pytest.mark.parametrize("place", ["/proc/x", "/dev/null", "/dev/null/deeper", "/" + "x" * 300])
def test_a_folder_of_the_tour_that_cannot_be_written_opens_nothing(pos: Call, place: str) -> None:
    status, _out, err = pos("demo", "--tour", place)
    assert (status, place[:200] in err) == (USAGE, True)
    assert "Traceback" not in err


def test_every_error_has_a_code_and_a_status() -> None:
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, PosError)]
    listed = [kind for kind, _code, _status in ERRORS]
    assert len({code for _kind, code, _status in ERRORS}) == len(ERRORS)
    for place, kind in enumerate(listed):
        assert not any(issubclass(kind, before) for before in listed[:place]), f"{kind} is never reached"
    assert {errors.UsageError, errors.InputError, errors.LockedOut, errors.StoreError} <= set(kinds)
    assert code_and_status(errors.StoreLocked("x")) == ("store", FAULT)
    assert code_and_status(errors.LockedOut("x", 5)) == ("locked_out", USAGE)
