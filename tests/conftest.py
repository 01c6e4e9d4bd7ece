"""For all tests: a busy machine is no counterexample, the computer's keyring is left alone, and most are not traced.

An ordinary run leaves out the tests marked ``thorough`` and tries fewer examples (`tests/support/sample.py`).
"""

from __future__ import annotations

import gc
import os
from collections.abc import Generator
from importlib import import_module
from pathlib import Path
from typing import Final

import coverage
import pytest
from hypothesis import settings

from tests.support.sample import examples, left_out

os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

settings.register_profile("counter", deadline=None, max_examples=examples(100, ordinary=30))
settings.load_profile("counter")

TRACED: Final = ("domain/", "services/", "store/", "einvoice/test_payload.py", "gateways/test_signing.py")
"""The tests that must cover the files that handle money. Tracing adds half to the time of a test."""

UNTRACED: Final = (
    "domain/test_pin_rules.py", "domain/test_recovery_code.py", "domain/test_shift.py", "domain/test_staff.py",
    "services/test_receipt_printing.py", "services/test_refunds_at_the_gateways.py",
    "services/test_rights_between_processes.py", "services/test_shifts.py", "services/test_staff.py",
    "store/test_folder_and_modes.py", "store/test_people.py", "store/test_shifts.py",
)  # fmt: skip
"""Those of them that cover nothing that the others do not."""


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Measure the import of the measured files only: tracing doubles the time in which the tests are loaded."""
    del session
    if (tracer := coverage.Coverage.current()) is None:
        return (yield)
    measured = tracer.get_option("run:include")
    for file in measured if isinstance(measured, list) else ():
        import_module(file.removesuffix(".py").replace("/", "."))
    tracer.stop()
    try:
        return (yield)
    finally:
        tracer.start()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only a thorough run takes."""
    if others := set(left_out(items)):
        config.hook.pytest_deselected(items=list(others))
        items[:] = [item for item in items if item not in others]


def pytest_collection_finish() -> None:
    """Let the garbage collection skip the tests and modules, which stay until the end."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage during other tests, nor during those marked ``long``."""
    tracer = coverage.Coverage.current()
    place = item.path.relative_to(Path(__file__).parent).as_posix()
    traced = place.startswith(TRACED) and not place.startswith(UNTRACED) and item.get_closest_marker("long") is None
    if tracer is None or traced:
        return (yield)
    tracer.stop()
    try:
        return (yield)
    finally:
        tracer.start()
