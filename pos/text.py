"""Clean text that comes from outside: from gateways, scanners, people and files.

Two rules cover every string. Text for people is cleaned and shortened by :func:`clean`. A value that a program reads
(a code, a number, an address) is never changed: :func:`identifier` returns it as it is, or "" if it does not fit.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MARKS: Final = 4
"""Combining marks kept after one character; no script in use needs more."""

REPLACEMENT: Final = "\ufffd"
"""Replaces a surrogate, a private-use or an unassigned character: no font has them."""

ELLIPSIS: Final = "…"

_LOOKED_AT: Final = 8
"""Factor of ``limit``: only this many characters of a long text are processed, so that megabytes take no time."""

_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks without a shape, which Unicode does not class as format characters."""

_SKIN: Final = range(0x1F3FB, 0x1F400)
_FLAG: Final = range(0x1F1E6, 0x1F200)
_JAMO: Final = range(0x1160, 0x1200)
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TOKEN: Final = re.compile("[!-~]+", re.ASCII)


def clean(text: str, limit: int) -> str:
    """Return ``text`` on one line, in NFC, with at most ``limit`` characters, an ellipsis at the end if it was cut.

    Control characters become spaces and white space is folded; format characters, including all marks of direction, are
    removed; characters that no font has become U+FFFD; at most :data:`MARKS` combining marks follow a character. A cut
    never separates a character from its marks. Cleaning a cleaned text changes nothing.
    """
    if len(text) <= limit and _is_plain(text):
        return text
    seen = text[: _LOOKED_AT * limit]
    shown = _bounded(unicodedata.normalize("NFC", _folded(_bounded("".join(map(_shown, seen))))))
    return _shortened(shown, limit, cut=len(seen) < len(text))


def identifier(text: str, limit: int) -> str:
    """Return ``text`` if it is 1 to ``limit`` visible ASCII characters without spaces, otherwise ""."""
    return text if len(text) <= limit and _TOKEN.fullmatch(text) else ""


def half_width(text: str) -> str:
    """Return ``text`` in NFKC: full-width digits and letters become those of ASCII.

    For typed amounts, PINs and codes; not for texts of gateways.
    """
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def escaped(text: str) -> str:
    """Return ``text`` with everything that cannot be printed written out: ``\\x1b``, ``\\n``, ``\\u202e``."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def has_hidden(text: str) -> bool:
    """Return whether ``text`` has a control, invisible or direction character, or one that no font has."""
    return _CONTROL.search(text) is not None or any(_shown(char) in ("", REPLACEMENT) for char in text)


def is_clean(text: str) -> bool:
    """Return whether :func:`clean` keeps every character of ``text`` (in NFC)."""
    return clean(text, max(1, len(text))) == text


def _is_plain(text: str) -> bool:
    """Return whether ``text`` is printable ASCII with single spaces, the usual case, without a loop."""
    return text.isascii() and text.isprintable() and "  " not in text and text == text.strip(" ")


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    if category == "Cf" or char in _INVISIBLE:
        return ""
    return REPLACEMENT if category in ("Cs", "Co", "Cn") else char


def _folded(text: str) -> str:
    return " ".join(text.split())


def _bounded(text: str) -> str:
    """Drop marks after :data:`MARKS`, and marks that follow no character: they would be drawn over other text."""
    kept: list[str] = []
    marks = MARKS
    for char in text:
        if unicodedata.category(char)[0] != "M":
            marks = MARKS if char == " " else 0
        elif marks >= MARKS:
            continue
        else:
            marks += 1
        kept.append(char)
    return "".join(kept)


def _shortened(text: str, limit: int, *, cut: bool) -> str:
    if len(text) <= limit and not cut:
        return text
    end = min(len(text), limit - 1)
    while end and end < len(text) and _joins(text, end):
        end -= 1
    return text[:end].rstrip(" ") + ELLIPSIS


def _joins(text: str, at: int) -> bool:
    """Return whether the character at ``at`` belongs to the one before it."""
    code = ord(text[at])
    if code in _FLAG:  # two of them make a flag
        before = at
        while before and ord(text[before - 1]) in _FLAG:
            before -= 1
        return (at - before) % 2 == 1
    return unicodedata.category(text[at])[0] == "M" or code in _SKIN or code in _JAMO
