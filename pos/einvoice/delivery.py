"""Deliver one print job to a printer, with a time limit on every wait.

Device libraries block if a printer is off, out of paper or unplugged, and some have no time limit. So a job runs on a
thread of its own; the caller waits while pieces are accepted and gives up if none is for some seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

from pos.einvoice.printer_links import JobRejected, Link
from pos.i18n import N_

STALL_SECONDS: Final = 10.0
"""Time after which a printer that accepts nothing is considered stuck."""

ANSWER_SECONDS: Final = 1.0
"""Time limit for the answer to a status query; real-time commands are answered at once."""

PRINTER_STATUS: Final = b"\x10\x04\x01"
OFFLINE_STATUS: Final = b"\x10\x04\x02"
PAPER_STATUS: Final = b"\x10\x04\x04"
"""DLE EOT n (ESC/POS). The answer is one byte, with fixed bits 0, 1, 4 and 7."""

_FIXED, _ANSWER = 0x93, 0x12


class PrinterFault(OSError):
    """The printer reports why it cannot print."""


NO_PAPER: Final = N_("The printer is out of paper. Put in a new roll and print again.")
COVER_OPEN: Final = N_("The printer's cover is open. Close it and print again.")
OFFLINE: Final = N_("The printer is offline. Check its light, then print again.")


class Delivery:
    """One job: ``pieces`` in order. ``quiet`` is set if the printer does not answer status queries."""

    def __init__(
        self, connect: Callable[[], Link], pieces: Sequence[bytes], *, asks: bool = True, stall: float = STALL_SECONDS
    ) -> None:
        self._connect = connect
        self._pieces = pieces
        self._stall = stall
        self._moved = threading.Event()
        self._abandoned = threading.Event()
        self._error: BaseException | None = None
        self._done = False
        self.began = False
        """Whether a part of the job may be on paper."""
        self.is_silent = not asks

    def run(self) -> None:
        """Deliver the job. Raises what the link raises, PrinterFault if the printer reports a fault, and TimeoutError
        if it is stuck. :attr:`began` is valid afterwards."""
        threading.Thread(target=self._work, name="counter-printer", daemon=True).start()
        while not self._done:
            if not self._moved.wait(self._stall):
                self._abandoned.set()
                raise TimeoutError(f"nothing was taken for {self._stall:.0f} s")
            self._moved.clear()
        if isinstance(self._error, JobRejected):
            self.began = False
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        try:
            self._deliver()
        except BaseException as error:  # raised to the caller by run(); device libraries raise any type
            self._error = error
        self._done = True
        self._moved.set()

    def _deliver(self) -> None:
        link = self._connect()
        self._moved.set()
        try:
            self._refuse_trouble(link)
            for piece in self._pieces:
                if self._abandoned.is_set():
                    raise TimeoutError("given up before")  # the caller has reported a failure: print nothing more
                self.began = True
                link.write(piece)
                self._moved.set()
            self._refuse_trouble(link)
        except BaseException:
            _close_quietly(link)
            raise
        link.close()

    def _refuse_trouble(self, link: Link) -> None:
        """Query the printer's state. Raises PrinterFault; a printer that does not answer is assumed to be ready."""
        if self.is_silent:
            return
        states = [_state(link.ask(one, ANSWER_SECONDS)) for one in (PRINTER_STATUS,)]
        if states == [None]:
            self.is_silent = True
            return
        states += [_state(link.ask(one, ANSWER_SECONDS)) for one in (OFFLINE_STATUS, PAPER_STATUS)]
        self._moved.set()
        printer, offline, paper = (one or 0 for one in states)
        if paper & 0x60 or offline & 0x20:
            raise PrinterFault(NO_PAPER)
        if offline & 0x04:
            raise PrinterFault(COVER_OPEN)
        if printer & 0x08 or offline & 0x40:
            raise PrinterFault(OFFLINE)


def _state(answer: bytes) -> int | None:
    """Return the last status byte of an answer, None if there is none."""
    found = [one for one in answer if one & _FIXED == _ANSWER]
    return found[-1] if found else None


def _close_quietly(link: Link) -> None:
    try:
        link.close()
    except Exception:  # the first error is the one to report
        return
