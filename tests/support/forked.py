"""Processes of `pos` that skip the imports: each is forked from a process that has loaded the program.

They are processes as a shop starts them, with an environment, streams and an exit status of their own. Tests of how
Python itself starts (encodings, closed streams, options of the interpreter) need a real start instead.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import TextIO

LOADED = (
    "pytest", "pos.cli.main", "pos.bootstrap", "pos.assembly", "pos.windows", "pos.cli.machine", "pos.cli.session",
    "pos.cli.payments", "pos.cli.refunds", "pos.cli.staff", "pos.cli.shifts", "pos.cli.without_journal",
    "pos.services.recovery", "pos.services.close_steps", "pos.services.backup_people", "pos.services.lost_journal",
    "pos.service_parts", "pos.service_stores", "pos.store.gateway_facts", "pos.store.migrations",
    "pos.store.projections.agreements", "pos.store.projections.catalogue", "pos.store.projections.gateways",
    "pos.store.projections.invoices", "pos.store.projections.sales", "pos.einvoice.printer", "pos.settings_file",
    "pos.gateways.mypay.services", "argon2", "keyring", "httpx", "uvicorn", "sqlite_utils",
    "tests.support.loaded",
)  # fmt: skip
"""Modules that the first process imports before it is forked."""


def run(
    arguments: Sequence[str], environment: Mapping[str, str], given: bytes = b"", timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run `pos` with ``given`` on its standard input. Return what it wrote and its exit status.

    Raises TimeoutExpired after ``timeout`` seconds.
    """
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder) / name for name in ("in", "out", "err")]
        streams[0].write_bytes(given)
        words = list(arguments)
        child = _forks().Process(target=_call, args=(words, dict(environment), list(map(str, streams))))
        child.start()
        child.join(timeout)
        if child.exitcode is None:
            child.kill()
            child.join()
            raise subprocess.TimeoutExpired(words, timeout)
        said = [stream.read_text("utf-8") for stream in streams[1:]]
        return subprocess.CompletedProcess(words, child.exitcode, *said)


@cache
def _forks() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LOADED))
    return context


def _call(arguments: list[str], environment: dict[str, str], streams: list[str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin, sys.stdout, sys.stderr = (_opened(number, path) for number, path in enumerate(streams))
    from pos.cli.main import run as pos

    sys.exit(pos(arguments))


def _opened(number: int, path: str) -> TextIO:
    """Open ``path`` as the standard stream with this file descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.dup2(descriptor, number)
    os.close(descriptor)
    return open(number, "w" if number else "r", encoding="utf-8", closefd=False)
