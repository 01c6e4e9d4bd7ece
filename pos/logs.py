"""The log file and crash reports, without keys, account numbers, card numbers and telephone numbers."""

from __future__ import annotations

import contextlib
import json
import logging
import logging.handlers
import re
import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import quote, quote_plus

from pos.files import append_private
from pos.i18n import _
from pos.streams import write
from pos.text import escaped

FILE_NAME: Final = "counter.log"
ROTATION: Final = (1_000_000, 5)
"""Bytes of one file, and the number of old files."""

_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])\d(?:[ -]?\d){8,}(?![0-9A-Za-z])")
"""Nine digits or more, also full-width ones, with or without groups. Order numbers contain letters."""

_SHORTEST: Final = 4
"""Shortest secret to mask, in characters; a shorter one would hide ordinary text."""

ENTRY_LIMIT: Final = 2000
LINE_LIMIT: Final = 500
MAX_LINES: Final = 200
"""Characters of an entry, characters of a traceback's line, and lines of a traceback, so that one entry cannot fill a
file."""

MORE: Final = "  | "

log = logging.getLogger("pos")


class Masker:
    """Masks the secrets of this register, and numbers that may be those of accounts, cards or telephones."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: list[str] = []
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these secrets too; the longest first, so that no part of one remains."""
        plain = [secret for secret in secrets if len(secret) >= _SHORTEST]
        known = {*self._secrets, *(form for secret in plain for form in _forms(secret))}
        self._secrets = sorted(known, key=len, reverse=True)

    def masked(self, text: str) -> str:
        """Return ``text`` without secrets and long numbers."""
        for secret in self._secrets:
            text = text.replace(secret, "[key]")
        return _NUMBER.sub(lambda found: f"…{found[0][-4:]}", text)


def _forms(secret: str) -> set[str]:
    """Return a secret as it is written in text, in a form, in an address, in JSON and in a ``repr``."""
    return {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1]}


def _one_line(text: str, limit: int) -> str:
    """Escape line breaks, terminal escapes and marks of direction, and shorten the text."""
    shown = escaped(text[:limit])
    return shown if len(text) <= limit and len(shown) <= 2 * limit else f"{shown[: 2 * limit]}…"


class _MaskedFormatter(logging.Formatter):
    """Masks the formatted entry, including its traceback."""

    def __init__(self, masker: Masker) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._masker = masker

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the entry on one line."""
        return _one_line(self._masker.masked(super().formatMessage(record)), ENTRY_LIMIT)

    def format(self, record: logging.LogRecord) -> str:
        """Begin the lines after the first (a traceback) with :data:`MORE`, so that none looks like an entry."""
        entry, _end, more = super().format(record).partition("\n")
        lines = self._masker.masked(more).split("\n") if more else []
        if len(lines) > MAX_LINES:
            lines = [*lines[: MAX_LINES // 4], "…", *lines[-MAX_LINES // 2 :]]
        return "\n".join([entry, *(MORE + _one_line(line, LINE_LIMIT) for line in lines)])


class _LogFile(logging.handlers.RotatingFileHandler):
    """A log file whose write errors (disk full, folder deleted) neither stop a sale nor print the entry."""

    def _open(self) -> TextIOWrapper:
        return append_private(Path(self.baseFilename), "utf-8")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        _print_error(f"pos: {record.levelname}: the log file cannot be written\n")


def install(data_dir: Path, masker: Masker) -> logging.Handler:
    """Log to a rotating file in ``data_dir``, including uncaught exceptions.

    A second call replaces the file of the first.
    """
    with contextlib.suppress(OSError):  # the code that opens the journal reports a missing folder
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = _LogFile(
        data_dir / FILE_NAME, maxBytes=ROTATION[0], backupCount=ROTATION[1], encoding="utf-8", delay=True
    )
    handler.setFormatter(_MaskedFormatter(masker))
    root = logging.getLogger()
    for earlier in [one for one in root.handlers if isinstance(one, _LogFile)]:
        root.removeHandler(earlier)
        earlier.close()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for talkative in ("httpx", "httpcore", "uvicorn", "PIL"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    sys.excepthook = _on_crash
    threading.excepthook = lambda args: _on_crash(args.exc_type, args.exc_value, args.exc_traceback)
    return handler


def _on_crash(kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None) -> None:
    """Log an uncaught exception of a thread or a Qt slot. Those of asyncio come through its own logger."""
    if issubclass(kind, KeyboardInterrupt | SystemExit) or error is None:
        return
    log.critical("crashed", exc_info=(kind, error, traceback))
    text = _("Counter stopped unexpectedly ({kind}). See the log file.")
    _print_error(f"{text.format(kind=kind.__name__)}\n")


def _print_error(text: str) -> None:
    write(sys.stderr, text)
