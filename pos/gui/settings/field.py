"""One setting on its page: title and meaning, its control, and below it the rule that a typed value breaks."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from pos.declared_settings import DeclaredSetting
from pos.gui.bridge import Bridge
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.self_updating import SelfUpdating
from pos.gui.settings.controls import control_for
from pos.gui.settings.words import help_words
from pos.gui.widgets import label
from pos.i18n import Message, _
from pos.settings_file import problem_of


class SettingField(SelfUpdating, QWidget):
    """``changed``: its value, or whether it breaks a rule. Values are checked beside the window's thread."""

    changed = Signal()

    def __init__(self, one: DeclaredSetting, bridge: Bridge) -> None:
        super().__init__()
        self.one = one
        self._bridge = bridge
        self._stored = ""
        self._problem = Message()
        self._checked = ""
        self._title, self._help = label("strong", wrap=True), label("soft", wrap=True)
        self._rule = label("small", f"settings.{one.key}.rule", wrap=True)
        self._rule.setProperty("tone", "bad")
        self.control = control_for(one)
        self.control.changed.connect(self._on_changed)
        self._lay_out()
        self.retranslate()
        self._show_problem()

    def _lay_out(self) -> None:
        about = vbox(self._title, self._help, STRETCH, spacing=4)
        typed = vbox(self.control, self._rule, STRETCH, spacing=4)
        for text in (self._title, self._help, self._rule):
            text.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        hbox((about, 1), (typed, 1), into=self, spacing=24, margins=(0, 12, 0, 12))

    def show_stored(self, text: str) -> None:
        """Show the stored value in place of what is typed."""
        self.control.blockSignals(True)
        self.control.value = text
        self.control.blockSignals(False)
        self._stored = self._checked = self.control.value
        self._know(self.control.value, Message())

    def undo(self) -> None:
        """Show the stored value again."""
        self.show_stored(self._stored)

    @property
    def typed(self) -> str:
        """The value in the control."""
        return self.control.value.strip()

    @property
    def is_changed(self) -> bool:
        """Whether another value than the stored one is typed."""
        return self.typed != self._stored.strip()

    @property
    def is_good(self) -> bool:
        """Whether the typed value was checked and breaks no rule."""
        return not self._problem and self._checked == self.control.value

    @property
    def problem(self) -> str:
        """The rule that the typed value breaks, with the title; empty if it breaks none."""
        return f"{_(self.one.title)}: {self._problem.spoken()}" if self._problem else ""

    def matches(self, words: str) -> bool:
        """Return whether all ``words`` are in its texts."""
        text = f"{self.one.key} {_(self.one.title)} {help_words(self.one)} {self.control.value}".casefold()
        return all(word in text for word in words.casefold().split())

    def _on_changed(self) -> None:
        text = self.control.value
        self._bridge.compute(partial(problem_of, self.one, text), partial(self._know, text))
        self.changed.emit()

    def _know(self, text: str, problem: Message) -> None:
        if text == self.control.value:
            self._checked, self._problem = text, problem
            self._show_problem()
            self.changed.emit()

    def _show_problem(self) -> None:
        self._rule.setText(self._problem.spoken() if self._problem else "")
        self._rule.setVisible(bool(self._problem))

    def retranslate(self) -> None:
        self._title.setText(_(self.one.title))
        self._help.setText(help_words(self.one))
        self._show_problem()
