"""Widgets and tool tips that show text as it is: Qt would read HTML out of it, and a gateway could paint "paid".

The only place that makes a ``QLabel``. Where markup is wanted it is written as a template of ours and its values are
escaped (:class:`RichLabel`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit

LONGEST: Final = 10_000
"""Characters of a label; more make the window slow."""

_SPACES: Final = "\n\u3000\u00a0\u200b"

BREAK: Final = "\u200b"
"""A place where a long word may go on in the next line; invisible."""

_WIDE: Final = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
"""Chinese and its punctuation: lines break inside it without help."""

_LONG: Final = 24
"""Characters of a word that every line has space for."""


class PlainLabel(QLabel):
    """A label that shows every character. With word wrap on, a word longer than a line is broken too."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        shown = visible(text)
        super().setText(breakable(shown) if self.wordWrap() else shown)

    def text(self) -> str:
        return super().text().replace(BREAK, "")


class PlainText(QPlainTextEdit):
    """A text of any length to read, scroll, select and copy, by mouse and by keyboard; it cannot be changed."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        selectable = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self.setTextInteractionFlags(selectable)

    def show_text(self, text: str) -> None:
        """Show ``text`` from its beginning, every character of it and no markup."""
        self.setPlainText(visible(text))


class RichLabel(QLabel):
    """A label with markup of ours; made of templates, never of text from outside."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.RichText)


def rich(template: str, **values: str) -> str:
    """Return ``template``, which is HTML, with its places filled by escaped ``values``."""
    import html

    return template.format(**{name: html.escape(value) for name, value in values.items()})


def tool_tip(text: str) -> str:
    """Return ``text`` so that a tool tip shows it as it is: tool tips have no plain format, so markup is escaped."""
    if "<" not in text:
        return text
    import html

    return f"<qt>{html.escape(text)}</qt>"


def visible(text: str) -> str:
    """Return ``text`` without hidden characters, at most :data:`LONGEST` of it; lines and wide spaces stay.

    Journals of earlier releases have texts that were not cleaned where they came in.
    """
    if len(text) <= LONGEST and text.isprintable():
        return text
    return "".join(char for char in text[:LONGEST] if char in _SPACES or char.isprintable())


def breakable(text: str) -> str:
    """Return the same text to the eye; a word that is longer than a line may go on in the next one."""
    if all(len(word) <= _LONG for word in text.split()):
        return text
    return _long_word().sub(lambda word: BREAK.join((word[1], *word[2])), text)


@cache
def _long_word() -> re.Pattern[str]:
    """Return the pattern of a word that is too long; it takes 4 ms to compile."""
    return re.compile(rf"([^\s{_WIDE}]{{{_LONG}}})([^\s{_WIDE}]+)")


def without_mnemonic(text: str) -> str:
    """Return ``text`` for a button: Qt would swallow an ``&`` and make a shortcut of the next letter."""
    return text.replace("&", "&&")
