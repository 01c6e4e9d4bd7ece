"""A heading with its settings; a gateway's group has a key that tries it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QFrame, QWidget

from pos.declared_settings import DeclaredSetting
from pos.gateways import GATEWAYS
from pos.gui.bridge import Bridge
from pos.gui.layouts import hbox, vbox
from pos.gui.self_updating import SelfUpdating
from pos.gui.settings.field import SettingField
from pos.gui.settings.words import group_title
from pos.gui.widgets import Band, Button, Card, Palette, label
from pos.i18n import _
from pos.services.doctor import CheckResult


class SettingsGroup(Card):
    """The settings of one section or gateway on a card. ``test`` is called with the name of the gateway."""

    def __init__(
        self, group: str, declared: Sequence[DeclaredSetting], bridge: Bridge, test: Callable[[str], object]
    ) -> None:
        super().__init__(f"settingsGroup.{group}", "card")
        self._group = group
        self.gateway = group.partition(".")[2]
        self._title = label("lead", wrap=True)
        self._keys = label("soft", wrap=True)
        self._test = Button(f"settingsTest.{self.gateway}", "", lambda: test(self.gateway))
        self._test.setMinimumSize(144, 50)
        self._says = Band(f"settingsTested.{self.gateway}", 12)
        self.fields = [SettingField(one, bridge) for one in declared]
        self._rules = [_rule() for _field in self.fields[1:]]
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        parts: list[QWidget] = []
        for place, field in enumerate(self.fields):
            parts += [*([self._rules[place - 1]] if place else []), field]
        head = hbox((vbox(self._title, self._keys, spacing=4), 1), self._test, spacing=16)
        vbox(
            head, 8, self._says, *parts, into=self, spacing=0, margins=(24, 32 if Palette.training else 16, 24, 8)
        )  # fmt: skip
        self._says.hide()
        if not self.gateway:
            self._test.hide()
            self._keys.hide()

    def filter(self, words: str) -> bool:
        """Show the settings that have all ``words``; return whether there are any."""
        shown = [not words or words.casefold() in self._title.text().casefold() or one.matches(words)
                 for one in self.fields]  # fmt: skip
        for place, (field, is_shown) in enumerate(zip(self.fields, shown, strict=True)):
            field.setVisible(is_shown)
            if place:
                self._rules[place - 1].setVisible(is_shown and any(shown[:place]))
        self.setVisible(any(shown))
        return any(shown)

    def wait(self) -> None:
        """Show that the gateway is being tried."""
        self._test.setEnabled(False)
        self._says.show()
        self._says.say(_("Trying {gateway}…").format(gateway=group_title(self._group)), "busy", "clock")

    def show_result(self, found: CheckResult) -> None:
        """Show what came of the try, in words."""
        self._test.setEnabled(True)
        tone, icon = ("good", "tick") if found.ok else ("bad", "cross")
        self._says.show()
        self._says.say(found.message.spoken(), tone, icon)

    def warn(self, text: str) -> None:
        """Show why the gateway is not tried now."""
        self._test.setEnabled(True)
        self._says.show()
        self._says.say(text, "warn", "question")

    def retranslate(self) -> None:
        self._title.setText(group_title(self._group))
        self._test.say(_("Test"))
        if self.gateway:
            names = [f"pos key set {self.gateway}.{one.key}" for one in GATEWAYS[self.gateway].FACTS.secrets]
            self._keys.setText(_("Merchant keys are stored apart: {commands}").format(commands=" · ".join(names)))


class _Rule(SelfUpdating, QFrame):
    """A line between two settings."""


def _rule() -> QFrame:
    made = _Rule()
    made.setProperty("role", "rule")
    made.setFixedHeight(1)
    return made
