"""The sample of a long enumeration that an ordinary run takes; `packaging/dev.py thorough` takes all of it.

A sample is the same in every run, and it has each kind of case at least once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Final, TypeVar

import pytest

T = TypeVar("T")

VARIABLE: Final = "COUNTER_TESTS"
"""The environment variable that `packaging/dev.py thorough` sets to "thorough"."""

THOROUGH: Final = os.environ.get(VARIABLE) == "thorough"
"""Whether this run takes everything."""


def examples(all_of_them: int, ordinary: int) -> int:
    """Return how many examples Hypothesis tries."""
    return all_of_them if THOROUGH else ordinary


def first_of_each(items: Iterable[T], kind: Callable[[T], Hashable]) -> list[T]:
    """Return the first item of each kind, or all items in a thorough run."""
    if THOROUGH:
        return list(items)
    found: dict[Hashable, T] = {}
    for item in items:
        found.setdefault(kind(item), item)
    return list(found.values())


def cases(items: Iterable[T], kind: Callable[[T], Hashable]) -> list[Any]:
    """Return all items as cases of one parameter; mark those as thorough that repeat the kind of an earlier one."""
    every = list(items)
    seen: set[Hashable] = set()
    made = []
    for item in every:
        values = item if isinstance(item, tuple) else (item,)
        made.append(pytest.param(*values, marks=[pytest.mark.thorough] if kind(item) in seen else []))
        seen.add(kind(item))
    return made
