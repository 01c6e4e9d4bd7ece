"""The log file and the crash report: no key, no account, card or telephone number in either (reliability S3)."""

from __future__ import annotations

import logging
import logging.handlers
import re
import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final

FILE_NAME: Final = "counter.log"
KEPT: Final = (1_000_000, 5)
"""Bytes of one file, and how many old ones are kept."""

_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ -]?[0-9]){8,18}(?![0-9A-Za-z])")

log = logging.getLogger("pos")


class Masker:
    """Knows the secrets of this register and hides them, and numbers that may be accounts, cards or telephones."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: list[str] = []
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Hide these too from now on; the longest first, so that no part of one is left standing."""
        known = {*self._secrets, *(secret for secret in secrets if len(secret) >= 4)}
        self._secrets = sorted(known, key=len, reverse=True)

    def masked(self, text: str) -> str:
        """``text`` as it may be written down."""
        for secret in self._secrets:
            text = text.replace(secret, "[key]")
        return _NUMBER.sub(lambda found: f"…{found[0][-4:]}", text)


class _MaskedFormatter(logging.Formatter):
    """Masks the finished line, traceback and all: whatever brought the secret in, it does not get out."""

    def __init__(self, masker: Masker) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._masker = masker

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        return self._masker.masked(super().format(record))


def install(data_dir: Path, masker: Masker) -> logging.Handler:
    """Write what the program logs to a rotating file in ``data_dir``, and every crash with it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(
        data_dir / FILE_NAME, maxBytes=KEPT[0], backupCount=KEPT[1], encoding="utf-8", delay=True
    )
    handler.setFormatter(_MaskedFormatter(masker))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for talkative in ("httpx", "httpcore", "uvicorn", "PIL"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    sys.excepthook = _on_crash
    threading.excepthook = lambda args: _on_crash(args.exc_type, args.exc_value, args.exc_traceback)
    return handler


def _on_crash(kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt) or error is None:
        return
    log.critical("crashed", exc_info=(kind, error, traceback))
    sys.stderr.write(f"Counter stopped unexpectedly ({kind.__name__}). The log file says more.\n")
