"""A printer that is off, stuck, empty or unplugged gives one error with a message within seconds."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pos.einvoice.delivery import (
    COVER_OPEN,
    NO_PAPER,
    OFFLINE,
    OFFLINE_STATUS,
    PAPER_STATUS,
    PRINTER_STATUS,
    Delivery,
)
from pos.einvoice.payload import read_proof
from pos.einvoice.printer import Printer, PrinterSettings, PrintFailed
from pos.einvoice.printer_links import JobRejected, SystemLink
from pos.einvoice.receipt_canvas import Bitmap
from pos.einvoice.render import proof_sheet
from tests.einvoice.samples import SEED

READY, PAPER_OUT, PAPER_OUT_TOO, COVER, LAMP = 0x12, 0x72, 0x32, 0x16, 0x1A


def sheet() -> Bitmap:
    return proof_sheet(read_proof(SEED), "十全茶行", copy=False)


class Scripted:
    """A link that answers status queries from a table and may fail or block at a piece."""

    def __init__(self, answers: dict[bytes, int] | None = None, *, hangs_at: int = 99, error: Exception | None = None):
        self.answers = {} if answers is None else answers
        self.pieces: list[bytes] = []
        self.asked: list[bytes] = []
        self.hangs_at = hangs_at
        self.error = error
        self.go_on = threading.Event()
        self.closed = threading.Event()

    def write(self, data: bytes) -> None:
        if len(self.pieces) == self.hangs_at:
            self.go_on.wait(30)
        if self.error is not None:
            raise self.error
        self.pieces.append(data)

    def ask(self, command: bytes, seconds: float) -> bytes:
        self.asked.append(command)
        return bytes([self.answers[command]]) if command in self.answers else b""

    def close(self) -> None:
        self.closed.set()


def ready(**other: int) -> dict[bytes, int]:
    names = {"printer": PRINTER_STATUS, "offline": OFFLINE_STATUS, "paper": PAPER_STATUS}
    return {command: other.get(name, READY) for name, command in names.items()}


def test_a_ready_printer_gets_the_pieces_in_order_and_is_asked_before_and_after() -> None:
    link = Scripted(ready())
    Delivery(lambda: link, [b"a", b"b"]).run()
    assert link.pieces == [b"a", b"b"]
    assert link.asked == [PRINTER_STATUS, OFFLINE_STATUS, PAPER_STATUS] * 2
    assert link.closed.is_set()


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        (ready(paper=PAPER_OUT), NO_PAPER),
        (ready(offline=PAPER_OUT_TOO), NO_PAPER),
        (ready(offline=COVER), COVER_OPEN),
        (ready(printer=LAMP), OFFLINE),
        (ready(offline=0x52), OFFLINE),
    ],
)
def test_nothing_is_sent_to_a_printer_that_reports_a_fault(answers: dict[bytes, int], sentence: str) -> None:
    link = Scripted(answers)
    with pytest.raises(PrintFailed, match=sentence) as failed:
        Printer(PrinterSettings("file", "x"), lambda _settings: link).send([sheet()])
    assert not failed.value.began
    assert link.pieces == []
    assert link.closed.is_set()


def test_a_job_is_not_printed_if_the_paper_runs_out_in_the_middle() -> None:
    link = Scripted(ready())
    answers = iter([ready(), ready(paper=PAPER_OUT)])

    class Emptying(Scripted):
        def ask(self, command: bytes, seconds: float) -> bytes:
            if command == PRINTER_STATUS:
                self.answers = next(answers)
            return super().ask(command, seconds)

    link = Emptying()
    with pytest.raises(PrintFailed, match="out of paper") as failed:
        Printer(PrinterSettings("file", "x"), lambda _settings: link).send([sheet()])
    assert failed.value.began
    assert len(link.pieces) > 1


def test_a_printer_that_does_not_answer_is_queried_once_and_assumed_ready() -> None:
    link = Scripted()
    printer = Printer(PrinterSettings("file", "x"), lambda _settings: link)
    printer.send([sheet()])
    printer.send([sheet()])
    assert link.asked == [PRINTER_STATUS]
    assert not printer.reports_state
    printer.forget_state()
    printer.send([])
    assert link.asked == [PRINTER_STATUS] * 2


def test_bytes_that_are_not_a_status_are_ignored() -> None:
    link = Scripted({PRINTER_STATUS: 0xFF})
    Delivery(lambda: link, [b"a"]).run()
    assert link.pieces == [b"a"]


@pytest.mark.parametrize("hangs_at", [0, 2])
def test_a_stuck_printer_is_given_up_and_gets_nothing_more_when_it_recovers(hangs_at: int) -> None:
    link = Scripted(hangs_at=hangs_at)
    job = Delivery(lambda: link, [b"a", b"b", b"c", b"d"], asks=False, stall=0.2)
    with pytest.raises(TimeoutError):
        job.run()
    assert job.began
    link.go_on.set()
    assert link.closed.wait(5)
    assert len(link.pieces) == hangs_at + 1


def test_a_printer_that_never_connects_has_printed_nothing() -> None:
    connected, link = threading.Event(), Scripted()

    def connect() -> Scripted:
        connected.wait(30)
        return link

    job = Delivery(connect, [b"a"], stall=0.2)
    with pytest.raises(TimeoutError):
        job.run()
    assert not job.began
    connected.set()
    assert link.closed.wait(5)
    assert link.pieces == []


def test_a_slow_printer_is_waited_for_as_long_as_it_takes_something() -> None:
    class Slow(Scripted):
        def write(self, data: bytes) -> None:
            self.go_on.wait(0.15)
            super().write(data)

    link = Slow()
    Delivery(lambda: link, [b"x"] * 6, asks=False, stall=0.5).run()
    assert len(link.pieces) == 6


@pytest.mark.parametrize("error", [ConnectionResetError("peer"), BrokenPipeError("pipe"), ValueError("a library")])
def test_every_exception_of_a_library_becomes_one_error_with_a_message(error: Exception) -> None:
    link = Scripted(error=error)
    with pytest.raises(PrintFailed, match="see what was printed") as failed:
        Printer(PrinterSettings("file", "x"), lambda _settings: link).send([sheet()])
    assert failed.value.began
    assert type(error).__name__ in failed.value.detail


def test_a_job_refused_by_a_queue_was_not_printed() -> None:
    link = Scripted(error=JobRejected("unknown destination"))
    with pytest.raises(PrintFailed, match="did not take the job") as failed:
        Printer(PrinterSettings("system", "shop"), lambda _settings: link).send([sheet()])
    assert not failed.value.began


def test_an_error_at_the_end_is_reported() -> None:
    class Failing(Scripted):
        def close(self) -> None:
            raise OSError(28, "No space left on device")

    with pytest.raises(PrintFailed, match="no space left"):
        Printer(PrinterSettings("file", "x"), lambda _settings: Failing()).send([sheet()])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_a_full_device_is_reported() -> None:
    with pytest.raises(PrintFailed, match="no space left"):
        Printer(PrinterSettings("file", "/dev/full")).send([sheet()])


def test_an_unplugged_device_does_not_become_a_plain_file() -> None:
    with pytest.raises(PrintFailed, match="cannot be reached") as failed:
        Printer(PrinterSettings("file", "/dev/counter-no-such-printer")).send([sheet()])
    assert not failed.value.began
    assert not Path("/dev/counter-no-such-printer").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="lp is Unix's")
@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("echo unknown >&2; exit 1", "did not take the job"),
        ("exec sleep 60", "see what was printed"),
        (None, "did not take"),
    ],
)
def test_a_print_command_that_fails_hangs_or_is_missing(tmp_path: Path, script: str | None, sentence: str) -> None:
    if script:
        (tmp_path / "lp").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "lp").chmod(0o755)
    with path_of(tmp_path), pytest.raises(PrintFailed, match=sentence):
        Printer(PrinterSettings("system", "shop"), lambda _settings: SystemLink("shop", 0.5)).send([sheet()])


@contextmanager
def path_of(folder: Path) -> Iterator[None]:
    """Search programs in ``folder`` first, and ``lp`` only there."""
    before = os.environ["PATH"]
    os.environ["PATH"] = os.pathsep.join((str(folder), "/bin"))
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextmanager
def network_printer(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Run a printer on a real socket and yield its address."""
    server = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        with contextlib.suppress(OSError):  # closed before a connection
            connection, _address = server.accept()
            with connection:
                serve(connection)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.getsockname()[1]}"
    server.close()
    thread.join(15)


def test_a_network_printer_without_paper_is_reported() -> None:
    def empty(connection: socket.socket) -> None:
        answers = {PRINTER_STATUS: READY, OFFLINE_STATUS: READY, PAPER_STATUS: PAPER_OUT}
        while question := connection.recv(3):
            connection.sendall(bytes([answers[question]]))

    with network_printer(empty) as address, pytest.raises(PrintFailed, match="out of paper") as failed:
        Printer(PrinterSettings("network", address)).send([sheet()])
    assert not failed.value.began


def test_an_unreachable_network_printer_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(PrintFailed, match="cannot be reached"):
        Printer(PrinterSettings("network", address)).send([sheet()])


@pytest.mark.parametrize(
    ("pin", "pulse", "sent"),
    [(2, 100, b"\x1bp\x00\x32\x64"), (5, 20, b"\x1bp\x01\x0a\x14"), (5, 500, b"\x1bp\x01\xfa\xff")],
)
def test_the_drawer_opens_on_its_pin_with_its_pulse(pin: int, pulse: int, sent: bytes) -> None:
    link = Scripted()
    settings = PrinterSettings("file", "x", drawer=True, drawer_pin=pin, drawer_pulse_ms=pulse)
    Printer(settings, lambda _settings: link).kick_drawer()
    assert link.pieces == [sent]
