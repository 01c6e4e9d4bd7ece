"""Hostile strings that a gateway, a scanner or a file may send, and that no screen, slip, file or log may contain."""

from __future__ import annotations

import json
import unicodedata
from typing import Any, Final

HOSTILE: Final = {
    "markup": "<b>已付款</b><img src=x onerror=alert(1)>&amp;",
    "terminal": "\x1b]0;PAID\x07\x1b[2J\x9b31m",
    "directions": "\u202e已付款\u202c\u2066x\u2069\u200d\u200b\ufeff",
    "template": "{amount} {0} {theirs!r:>99999} {{ %s %(x)s %d",
    "formula": "=cmd|' /C calc'!A0",
    "lines": "one\r\ntwo\n2026-11-20T04:00:00.000+00:00 INFO pos: forged\u2028three",
    "marks": "Z" + "\u0336\u0301" * 3000,
    "broken": "\0 \ud800 \udc00 \ue000 \uffff \U0010ffff",
    "long": "PAID " * 12_000,
    "emoji": "👩\u200d👩\u200d👧🏽🇹🇼",
}
"""Hostile strings by what they attack."""


def is_shown_safely(text: str) -> bool:
    """Return whether ``text`` has no control character of a terminal, line or direction, and no lone surrogate."""
    return all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for char in text)


def marks_pile_up(text: str) -> bool:
    """Return whether more than four combining marks follow one character."""
    run = 0
    for char in unicodedata.normalize("NFC", text):
        run = run + 1 if unicodedata.category(char)[0] == "M" else 0
        if run > 4:
            return True
    return False


def poisoned(value: Any, poison: str) -> list[tuple[str, Any]]:
    """Return ``value`` once for each string in it, at any depth, with that string replaced: (path, whole value)."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return [("", poison)]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = []
    for name, inner in pairs:
        for path, bad in poisoned(inner, poison):
            copy = value.copy()
            copy[name] = bad
            found.append((f"{name}.{path}".rstrip("."), copy))
    return found


def everywhere(value: Any, poison: str) -> Any:
    """Return ``value`` with every string in it replaced."""
    if isinstance(value, dict):
        return {name: everywhere(one, poison) for name, one in value.items()}
    if isinstance(value, list):
        return [everywhere(one, poison) for one in value]
    return poison if isinstance(value, str) else value


def as_wire(value: Any) -> bytes:
    """Return ``value`` as JSON in ASCII: lone surrogates are sent as ``\\ud800``, as some software writes them."""
    return json.dumps(value).encode()
