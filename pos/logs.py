"""The log file and the crash report: no key, no account, card or telephone number in either (reliability S3)."""

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
KEPT: Final = (1_000_000, 5)
"""Bytes of one file, and how many old ones are kept."""

_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])\d(?:[ -]?\d){8,}(?![0-9A-Za-z])")
"""Nine digits or more, full-width ones too, in groups or not. Our own order numbers have letters among theirs."""

_SHORTEST: Final = 4
"""Characters of a secret; a shorter one would black out half of every line."""

ENTRY_LIMIT: Final = 2000
LINE_LIMIT: Final = 500
MOST_LINES: Final = 200
"""Characters of an entry and of a traceback's line, and lines of a traceback: 60 KB of a stranger's rotate no log."""

MORE: Final = "  | "

log = logging.getLogger("pos")


class Masker:
    """Knows the secrets of this register and hides them, and numbers that may be accounts, cards or telephones."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: list[str] = []
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Hide these too from now on; the longest first, so that no part of one is left standing."""
        plain = [secret for secret in secrets if len(secret) >= _SHORTEST]
        known = {*self._secrets, *(form for secret in plain for form in _forms(secret))}
        self._secrets = sorted(known, key=len, reverse=True)

    def masked(self, text: str) -> str:
        """``text`` as it may be written down."""
        for secret in self._secrets:
            text = text.replace(secret, "[key]")
        return _NUMBER.sub(lambda found: f"…{found[0][-4:]}", text)


def _forms(secret: str) -> set[str]:
    """A secret as it stands in text, in a form, in an address, in JSON and in a ``repr``."""
    return {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1]}


def _one_line(text: str, limit: int) -> str:
    """Escape line breaks, terminal escapes and marks of direction, and shorten."""
    shown = escaped(text[:limit])
    return shown if len(text) <= limit and len(shown) <= 2 * limit else f"{shown[: 2 * limit]}…"


class _MaskedFormatter(logging.Formatter):
    """Masks the finished entry, traceback and all: whatever brought the secret in, it does not get out."""

    def __init__(self, masker: Masker) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._masker = masker

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The entry itself is one line, whatever its message has in it."""
        return _one_line(self._masker.masked(super().formatMessage(record)), ENTRY_LIMIT)

    def format(self, record: logging.LogRecord) -> str:
        """Lines after the first (a traceback) begin with :data:`MORE`, so that none can pass for an entry."""
        entry, _end, more = super().format(record).partition("\n")
        lines = self._masker.masked(more).split("\n") if more else []
        if len(lines) > MOST_LINES:
            lines = [*lines[: MOST_LINES // 4], "…", *lines[-MOST_LINES // 2 :]]
        return "\n".join([entry, *(MORE + _one_line(line, LINE_LIMIT) for line in lines)])


class _LogFile(logging.handlers.RotatingFileHandler):
    """A log that cannot be written (disk full, folder gone) is not worth a sale, nor a secret on the console."""

    def _open(self) -> TextIOWrapper:
        return append_private(Path(self.baseFilename), "utf-8")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        _tell(f"pos: {record.levelname}: the log file cannot be written\n")


def install(data_dir: Path, masker: Masker) -> logging.Handler:
    """Write what the program logs to a rotating file in ``data_dir``, and every crash with it.

    A second call replaces the file of the first.
    """
    with contextlib.suppress(OSError):  # whoever needs the folder for more than this says so
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = _LogFile(data_dir / FILE_NAME, maxBytes=KEPT[0], backupCount=KEPT[1], encoding="utf-8", delay=True)
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
    """What asyncio, Qt's slots and threads let fall comes here or through asyncio's own logger."""
    if issubclass(kind, KeyboardInterrupt | SystemExit) or error is None:
        return
    log.critical("crashed", exc_info=(kind, error, traceback))
    text = _("Counter stopped unexpectedly ({kind}). See the log file.")
    _tell(f"{text.format(kind=kind.__name__)}\n")


def _tell(text: str) -> None:
    write(sys.stderr, text)
