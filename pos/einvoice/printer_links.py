"""Connections to a receipt printer, one class for each way it can be connected.

A link accepts bytes and may be able to answer. Opening, writing and closing may block or raise; the caller limits the
time (:mod:`pos.einvoice.delivery`). :class:`JobRejected` means that the printer certainly received nothing.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from pos.einvoice.printer_settings import KINDS, PrinterSettings
from pos.errors import ConfigError
from pos.i18n import N_, msg

PROFILE: Final = "POS-5890"
"""The profile of python-escpos for a 58 mm printer of 384 dots; it refuses wider pictures."""

CONNECT_SECONDS: Final = 5.0
WRITE_SECONDS: Final = 10.0
"""Time limit for one piece of a sheet (at most 6 KB), and for the system's print command."""

DRAIN_SECONDS: Final = 0.5
"""Time to wait for a network printer to close, so that closing does not discard data in transit."""


class JobRejected(OSError):
    """The printer received nothing of the job."""


class Link(Protocol):
    """An open connection to a printer. Every method may block and raise OSError."""

    def write(self, data: bytes) -> None:
        """Send one piece."""
        ...

    def ask(self, command: bytes, seconds: float) -> bytes:
        """Send a real-time status command and return the answer, empty if none comes in time or the link has none."""
        ...

    def close(self) -> None:
        """Finish the job. Raises OSError if it was not accepted."""
        ...


class NetworkLink:
    """TCP, usually port 9100."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
        self._socket.settimeout(WRITE_SECONDS)

    def write(self, data: bytes) -> None:
        self._socket.sendall(data)

    def ask(self, command: bytes, seconds: float) -> bytes:
        self._socket.sendall(command)
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(16)
        except TimeoutError:
            return b""
        finally:
            self._socket.settimeout(WRITE_SECONDS)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(DRAIN_SECONDS)
            while self._socket.recv(256):
                pass
        self._socket.close()


class SerialLink:
    """A serial port of ``baud`` bits per second, eight data bits, no parity, hardware handshake."""

    def __init__(self, port: str, baud: int) -> None:
        import serial

        self._port = serial.Serial(port, baudrate=baud, timeout=0, write_timeout=WRITE_SECONDS, dsrdtr=True)

    def write(self, data: bytes) -> None:
        self._port.write(data)

    def ask(self, command: bytes, seconds: float) -> bytes:
        self._port.reset_input_buffer()
        self._port.write(command)
        self._port.timeout = seconds
        return bytes(self._port.read(1))

    def close(self) -> None:
        try:
            self._port.flush()
        finally:
            self._port.close()


class FileLink:
    """A device file such as ``/dev/usb/lp0``, or a file that collects the bytes."""

    def __init__(self, path: Path) -> None:
        create = 0 if is_device(path) else os.O_CREAT | os.O_TRUNC
        self._handle = os.open(path, os.O_WRONLY | create | getattr(os, "O_BINARY", 0), 0o600)

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._handle, view) :]

    def ask(self, command: bytes, seconds: float) -> bytes:
        return b""

    def close(self) -> None:
        os.close(self._handle)


class SystemLink:
    """A CUPS queue: the whole job is sent to ``lp`` at the end; its exit status shows whether the job was accepted."""

    def __init__(self, queue: str, seconds: float = WRITE_SECONDS) -> None:
        self._queue = queue
        self._seconds = seconds
        self._job: list[bytes] = []

    def write(self, data: bytes) -> None:
        self._job.append(data)

    def ask(self, command: bytes, seconds: float) -> bytes:
        return b""

    def close(self) -> None:
        if not self._job:
            return
        words = ["lp", *(["-d", self._queue] if self._queue else []), "-t", "Counter", "-o", "raw"]
        try:
            done = subprocess.run(
                words, input=b"".join(self._job), capture_output=True, timeout=self._seconds, check=False
            )
        except FileNotFoundError as error:
            raise JobRejected(error.errno, "lp") from error
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"lp took longer than {self._seconds} s") from error
        if done.returncode != 0:
            raise JobRejected(done.stderr.decode(errors="replace").strip()[:200] or f"lp: {done.returncode}")


class EscposLink:
    """A device of python-escpos: USB, or a queue of Windows."""

    def __init__(self, device: Any) -> None:
        self._device = device
        device.open()

    def write(self, data: bytes) -> None:
        self._device._raw(data)

    def ask(self, command: bytes, seconds: float) -> bytes:
        if not hasattr(self._device, "in_ep"):
            return b""
        self._device._raw(command)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if answer := bytes(self._device._read()):
                return answer
        return b""

    def close(self) -> None:
        self._device.close()


def open_link(settings: PrinterSettings) -> Link:
    """Connect to the printer of the settings.

    Raises ConfigError for an invalid address, and OSError and the device libraries' errors if it cannot be reached.
    """
    makers: Mapping[str, Callable[[], Link]] = {
        "network": lambda: NetworkLink(*_host(settings.address)),
        "serial": lambda: SerialLink(settings.address, settings.baud),
        "file": lambda: FileLink(Path(settings.address)),
        "usb": lambda: _usb(settings.address),
        "system": lambda: _system(settings.address),
    }
    if settings.kind not in makers:
        text = N_("{kind} is not a kind of printer. Use one of {known}")
        raise ConfigError(msg(text, kind=settings.kind, known=", ".join(KINDS)))
    return makers[settings.kind]()


def check_address(settings: PrinterSettings) -> None:
    """Raise ConfigError for an invalid address."""
    if settings.kind == "network":
        _host(settings.address)
    elif settings.kind == "usb":
        _usb_numbers(settings.address)


def is_device(path: Path) -> bool:
    """Return whether the path is a device, or would be: for an unplugged ``/dev/usb/lp0`` no file must be created."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return path.is_absolute() and path.parts[1:2] == ("dev",)


def _system(queue: str) -> Link:
    if sys.platform == "win32":
        from escpos import printer

        return EscposLink(printer.Win32Raw(queue, profile=PROFILE))
    return SystemLink(queue)


def _usb(address: str) -> Link:
    from escpos import printer

    vendor, product = _usb_numbers(address)
    return EscposLink(printer.Usb(vendor, product, timeout=int(WRITE_SECONDS * 1000), profile=PROFILE))


def _host(address: str) -> tuple[str, int]:
    host, _, port = address.partition(":")
    if not host or (port and not (port.isascii() and port.isdecimal() and int(port) < 65536)):
        raise ConfigError(msg(N_("printer.address must be host:port, not {address}."), address=address))
    return host, int(port or 9100)


def _usb_numbers(address: str) -> tuple[int, int]:
    try:
        vendor, product = (int(part, 16) for part in address.split(":"))
    except ValueError as error:
        text = N_("printer.address must be vendor:product in hexadecimal digits, not {address}.")
        raise ConfigError(msg(text, address=address)) from error
    return vendor, product
