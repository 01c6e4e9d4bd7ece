"""The sample of a long enumeration that an ordinary run takes; `packaging/dev.py thorough` takes all of it.

A sample is the same in every run, and it has each kind of case at least once.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Final, TypeVar

import pytest

T = TypeVar("T")

VARIABLE: Final = "COUNTER_TESTS"
"""The environment variable that `packaging/dev.py thorough` sets to "thorough"."""

THOROUGH: Final = os.environ.get(VARIABLE) == "thorough"
"""Whether this run takes everything."""


def examples(all_of_them: int, ordinary: int) -> int:
    """Return how many examples Hypothesis tries, or how often a test tries something."""
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


def left_out(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests that an ordinary run leaves out: those marked thorough, and those beside a diagonal."""
    if THOROUGH:
        return []
    families: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("diagonal"):
            families[item.nodeid.partition("[")[0]].append(item)
    beside = {item for family in families.values() for item in _beside_diagonal(family)}
    return [item for item in items if item in beside or item.get_closest_marker("thorough")]


def _beside_diagonal(family: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests of one function except those that have each value of each parameter at least once."""
    known: dict[tuple[str, ...], list[list[int]]] = defaultdict(list)
    places: dict[pytest.Item, dict[tuple[str, ...], int]] = defaultdict(dict)
    for item in family:
        for names, values in _parameters(item).items():
            if values not in known[names]:
                known[names].append(values)
            places[item][names] = known[names].index(values)
    longest = max(known, key=lambda names: len(known[names]), default=())
    return [
        item
        for item, found in places.items()
        if any(place != found[longest] % len(known[names]) for names, place in found.items())
    ]


def _parameters(item: pytest.Item) -> dict[tuple[str, ...], list[int]]:
    """Return the identities of the values of each ``parametrize`` of a test, and of its fixtures, by their names."""
    values: dict[str, object] = getattr(getattr(item, "callspec", None), "params", {})
    groups = [mark.args[0] for mark in item.iter_markers("parametrize")]
    split = [tuple(one.split(",") if isinstance(one, str) else one) for one in groups]
    joined = [tuple(name.strip() for name in names) for names in split]
    alone = [(name,) for name in values if not any(name in names for names in joined)]
    return {names: [id(values[name]) for name in names] for names in (*joined, *alone)}
