"""A system that refuses one kind of call on one kind of file, as a file system without links or a locked file does.

An audit hook (PEP 578) refuses the real call; nothing is replaced.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_refused: list[tuple[str, str]] = []
_hooked: list[bool] = []


@contextmanager
def refusing(event: str, ending: str) -> Iterator[None]:
    """In the block, calls of ``event`` on paths that end with ``ending`` raise PermissionError."""
    if not _hooked:
        sys.addaudithook(_hook)  # hooks cannot be removed: one is enough
        _hooked.append(True)
    _refused.append((event, ending))
    try:
        yield
    finally:
        _refused.pop()


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _refused and any(event == one and str(arguments[0]).endswith(ending) for one, ending in _refused):
        raise PermissionError(1, "refused by the test", str(arguments[0]))
