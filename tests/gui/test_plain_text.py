"""Text from outside stays text in the window: no markup is read in it, no letter of it becomes a shortcut."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from pos.gui.long_button import LongButton
from pos.gui.navigation import PAGES
from pos.gui.plain import BREAK, PlainLabel, RichLabel, breakable, rich, tool_tip
from pos.gui.widgets import Button, Elided, label
from tests.gui.conftest import Counter
from tests.support.hostile import HOSTILE

GUI = Path(__file__).parent.parent.parent / "pos" / "gui"
PAINTED = "<b>已付款</b><img src=x>"
ONLY_IN_PLAIN = {"QLabel", "QMessageBox", "QTextBrowser", "QTextEdit", "QWhatsThis", "QErrorMessage", "QAction"}
"""Widgets that guess whether a text is markup, or read shortcuts out of it."""

RICH = {"pastHistory": "history/page.py", "phoneLink": "main_window.py"}
"""Labels whose templates are ours, by object name: the history of a payment, the link in training."""


@pytest.mark.parametrize("path", sorted(GUI.rglob("*.py")), ids=lambda path: str(path.relative_to(GUI)))
def test_only_one_module_makes_labels_and_every_tool_tip_is_escaped(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    bases = [ast.unparse(base) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases]
    if path.name != "plain.py":
        made = {ast.unparse(call.func) for call in calls} | set(bases)
        assert not made & ONLY_IN_PLAIN
    for call in calls:
        name = ast.unparse(call.func).rpartition(".")[2]
        assert name not in ("setHtml", "insertHtml", "setMarkdown", "setWhatsThis", "setStatusTip")
        if name == "setToolTip":
            assert ast.unparse(call.args[0]).startswith("tool_tip("), ast.unparse(call)
        if name == "RichLabel":
            assert str(path.relative_to(GUI)) in RICH.values()
        if name == "setTextFormat":
            assert path.name == "plain.py"


def pages(counter: Counter) -> Iterator[str]:
    """Every page, one after the other, in both languages."""
    for _language in range(2):
        yield "sale"
        for name in PAGES:
            counter.window.enter(name)
            yield name
        counter.window.show_sale()
        counter.press("languageSwitch")


def test_every_label_of_every_page_is_plain_and_no_button_has_a_shortcut_of_its_own(counter: Counter) -> None:
    seen: set[str] = set()
    for page in pages(counter):
        seen.add(page)
        for one in counter.window.findChildren(QLabel):
            if isinstance(one, RichLabel):
                assert one.objectName() in RICH
            else:
                assert one.textFormat() is Qt.TextFormat.PlainText, (page, one.objectName(), one.text())
        for button in counter.window.findChildren(QAbstractButton):
            assert button.shortcut().isEmpty(), (page, button.objectName())
        for widget in counter.window.findChildren(QWidget):
            tip = widget.toolTip()
            assert "<" not in tip or tip.startswith("<qt>"), (page, widget.objectName(), tip)
    assert len(seen) > 6


@pytest.mark.parametrize("made", [PlainLabel, lambda: label("lead", wrap=True), lambda: Elided("soft")])
def test_a_label_shows_markup_as_it_was_written(qtbot: QtBot, made: type[PlainLabel]) -> None:
    one = made()
    qtbot.addWidget(one)
    one.setText(PAINTED)
    assert one.text() == PAINTED
    assert one.textFormat() is Qt.TextFormat.PlainText
    assert one.sizeHint().width() >= one.fontMetrics().horizontalAdvance("<b>已付款</b>")


@pytest.mark.parametrize("made", [Button, LongButton])
@pytest.mark.parametrize("text", ["A&B 茶行", "Q&A & &", "&&x", "plain", PAINTED])
def test_a_button_shows_every_character_of_a_name(qtbot: QtBot, made: type[Button], text: str) -> None:
    button = made("someButton")
    qtbot.addWidget(button)
    button.say(text)
    assert button.text() == text
    assert QAbstractButton.text(button) == text.replace("&", "&&")
    assert button.shortcut().isEmpty()
    assert button.accessibleName() == text
    button.resize(200, 48)
    button.grab()


@pytest.mark.parametrize("text", [PAINTED, "<qt>x", "a < b & c", "plain", *HOSTILE.values()])
def test_a_tool_tip_shows_markup_as_it_was_written(text: str) -> None:
    shown = tool_tip(text.replace("\0", " "))
    if "<" in text:
        document = QTextDocument()
        document.setHtml(shown)
        assert document.toPlainText() == " ".join(text.split()) if "\n" not in text else True
        assert not re.search(r"<(?!/?qt>)", shown)
    else:
        assert shown == text.replace("\0", " ")


def test_markup_of_ours_escapes_what_fills_it() -> None:
    assert rich("<b>{word}</b> {more}", word=PAINTED, more='"&{word}') == (
        "<b>&lt;b&gt;已付款&lt;/b&gt;&lt;img src=x&gt;</b> &quot;&amp;{word}"
    )


def test_a_word_longer_than_a_line_goes_on_in_the_next_one(qtbot: QtBot) -> None:
    one = label("lead", wrap=True)
    qtbot.addWidget(one)
    one.setText("x" * 200)
    assert one.text() == "x" * 200
    assert one.minimumSizeHint().width() < one.fontMetrics().horizontalAdvance("x" * 60)
    assert breakable("short words 12345678901234567890") == "short words 12345678901234567890"
    assert breakable("y" * 27) == f"{'y' * 24}{BREAK}y{BREAK}y{BREAK}y"
