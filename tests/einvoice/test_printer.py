"""The data sent to the printer: the dots of the preview in slices, a cut, and the drawer only on request."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pos.einvoice.payload import read_proof
from pos.einvoice.printer import FEED, Printer, PrinterSettings, PrintFailed
from pos.einvoice.printer_links import Link
from pos.einvoice.receipt_canvas import WIDTH, Bitmap
from pos.einvoice.receipts import test_page
from pos.einvoice.render import PROOF_ROWS, proof_sheet
from pos.errors import ConfigError
from tests.einvoice.samples import COMPANY, MOF, SEED, codes_of, read_codes
from tests.einvoice.test_receipts import HEAD

RASTER = b"\x1dv0\x00"


class RecordingPrinter:
    """A printer that records its data and may jam at a slice; it answers no status query."""

    def __init__(self, jams_at: int = 1000) -> None:
        self.output = b""
        self.slices = 0
        self.jams_at = jams_at

    def write(self, data: bytes) -> None:
        self.slices += data.startswith(RASTER)
        if self.slices > self.jams_at:
            raise OSError("out of paper")
        self.output += data

    def ask(self, command: bytes, seconds: float) -> bytes:
        return b""

    def close(self) -> None:
        """Keep the recorded data."""


def printer(paper: RecordingPrinter, **settings: Any) -> Printer:
    return Printer(PrinterSettings("file", "/dev/null", **settings), lambda _settings: paper)


def pictures(raw: bytes) -> Image.Image:
    """Return the rasters of a stream, joined again (GS v 0 m xL xH yL yH d…)."""
    rows: list[bytes] = []
    place = 0
    while (place := raw.find(RASTER, place)) >= 0:
        wide = raw[place + 4] + 256 * raw[place + 5]
        high = raw[place + 6] + 256 * raw[place + 7]
        assert wide * high <= 6144
        assert wide * 8 == WIDTH
        start = place + 8
        rows.append(raw[start : start + wide * high])
        place = start + wide * high
    data = b"".join(rows)
    return Image.frombytes("1", (WIDTH, len(data) * 8 // WIDTH), bytes(byte ^ 0xFF for byte in data))


@pytest.mark.parametrize("found", [SEED, MOF, COMPANY])
def test_the_bytes_are_the_preview_dot_for_dot(found: dict[str, object]) -> None:
    paper, sheet = RecordingPrinter(), proof_sheet(read_proof(found), "十全茶行", copy=False)
    printer(paper).send([sheet])
    printed = pictures(paper.output)
    assert printed.tobytes() == sheet.image.tobytes()
    assert read_codes(printed) == codes_of(found)
    assert paper.output.endswith(FEED)


def test_a_proof_is_as_long_as_its_paper() -> None:
    paper = RecordingPrinter()
    printer(paper).send([proof_sheet(read_proof(SEED), "", copy=False)])
    assert pictures(paper.output).height == PROOF_ROWS


def test_the_drawer_opens_only_if_it_is_set_up_and_requested() -> None:
    kick = b"\x1bp\x00"
    for requested, there, opens in ((True, True, True), (True, False, False), (False, True, False)):
        paper = RecordingPrinter()
        printer(paper, drawer=there).send([], drawer=requested)
        assert (kick in paper.output) is opens
    paper = RecordingPrinter()
    printer(paper, drawer=True).kick_drawer()
    assert kick in paper.output


def test_without_a_knife_the_paper_is_fed_to_the_tear_off_edge() -> None:
    paper = RecordingPrinter()
    printer(paper, cut=False).send([test_page(HEAD)])
    assert not paper.output.endswith(FEED)


def test_a_jam_reports_that_a_part_may_be_on_paper() -> None:
    sheet = proof_sheet(read_proof(SEED), "", copy=False)
    with pytest.raises(PrintFailed, match="see what was printed") as failed:
        printer(RecordingPrinter(jams_at=2)).send([sheet])
    assert failed.value.began
    assert "out of paper" in failed.value.detail


def broken(_settings: PrinterSettings) -> Link:
    raise OSError("no such device")


def test_a_missing_printer_printed_nothing() -> None:
    with pytest.raises(PrintFailed, match="cannot be reached") as failed:
        Printer(PrinterSettings("usb", "0416:5011"), broken).send([])
    assert not failed.value.began


def test_a_picture_wider_than_the_head_is_not_sent() -> None:
    with pytest.raises(PrintFailed):
        printer(RecordingPrinter()).send([Bitmap(Image.new("1", (400, 8), 1), ())])


def test_a_printer_that_is_not_set_up_is_reported() -> None:
    assert not Printer(PrinterSettings()).usable
    with pytest.raises(ConfigError, match="No printer"):
        Printer(PrinterSettings()).send([])


@pytest.mark.parametrize(
    ("kind", "address"), [("telepathy", "x"), ("network", ":9100"), ("network", "host:port"), ("usb", "0416")]
)
def test_invalid_addresses_are_refused(kind: str, address: str) -> None:
    with pytest.raises((ConfigError, PrintFailed)):
        Printer(PrinterSettings(kind, address)).send([])


def test_a_real_socket_gets_the_sheet() -> None:
    got = bytearray()
    server = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        connection, _address = server.accept()
        with connection:
            while chunk := connection.recv(65536):
                got.extend(chunk)

    thread = threading.Thread(target=listen)
    thread.start()
    sheet = proof_sheet(read_proof(SEED), "", copy=False)
    Printer(PrinterSettings("network", f"127.0.0.1:{server.getsockname()[1]}")).send([sheet])
    thread.join(5)
    server.close()
    assert pictures(bytes(got)).tobytes() == sheet.image.tobytes()


def test_a_device_file_gets_the_sheet(tmp_path: Path) -> None:
    (tmp_path / "lp0").touch()
    sheet = proof_sheet(read_proof(SEED), "", copy=False)
    Printer(PrinterSettings("file", str(tmp_path / "lp0"))).send([sheet])
    assert pictures((tmp_path / "lp0").read_bytes()).tobytes() == sheet.image.tobytes()


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo terminal is Unix's")
def test_a_serial_printer_gets_the_sheet() -> None:
    master, slave = os.openpty()
    got = bytearray()
    done = threading.Event()

    def listen() -> None:
        while not got.endswith(FEED):
            got.extend(os.read(master, 65536))
        done.set()

    threading.Thread(target=listen, daemon=True).start()
    sheet = proof_sheet(read_proof(SEED), "", copy=False)
    Printer(PrinterSettings("serial", os.ttyname(slave))).send([sheet])
    assert done.wait(10)
    os.close(slave)
    os.close(master)
    assert pictures(bytes(got)).tobytes() == sheet.image.tobytes()


@pytest.mark.skipif(sys.platform == "win32", reason="lp is Unix's")
def test_the_systems_printer_gets_the_sheet(tmp_path: Path) -> None:
    for name, does in (("lp", f"cat >> {tmp_path}/got"), ("lpstat", "echo shop")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    code = (
        "from pos.einvoice.printer import Printer, PrinterSettings\n"
        "from pos.einvoice.payload import read_proof\n"
        "from pos.einvoice.render import proof_sheet\n"
        "from tests.einvoice.samples import SEED\n"
        "Printer(PrinterSettings('system', 'shop')).send([proof_sheet(read_proof(SEED), '', copy=False)])\n"
    )
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2], env=environment)
    sheet = proof_sheet(read_proof(SEED), "", copy=False)
    assert pictures((tmp_path / "got").read_bytes()).tobytes() == sheet.image.tobytes()


def test_a_missing_usb_printer_is_reported() -> None:
    with pytest.raises(PrintFailed) as failed:
        Printer(PrinterSettings("usb", "0416:5011")).send([])
    assert not failed.value.began
