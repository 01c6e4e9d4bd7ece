"""For all tests: a busy machine is no counterexample, the computer's keyring is left alone, and most are not traced."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Final

import coverage
import pytest
from hypothesis import settings

os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

settings.register_profile("counter", deadline=None)
settings.load_profile("counter")

TRACED: Final = frozenset({"domain", "einvoice", "gateways", "server", "services", "store"})
"""Folders of the tests that must cover the files in packaging/whole.py. Tracing doubles the time of a test."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage during the tests of other folders, nor during those marked ``long``."""
    tracer = coverage.Coverage.current()
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    if tracer is None or (folder in TRACED and item.get_closest_marker("long") is None):
        return (yield)
    tracer.stop()
    try:
        return (yield)
    finally:
        tracer.start()
