"""The control of one setting: a field, or keys with its choices. ``changed`` follows every new value."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from pos.declared_settings import DeclaredSetting, Kind
from pos.gui.layouts import vbox
from pos.gui.long_button import LongButton
from pos.gui.scan_fields import DigitField, ScanField
from pos.gui.self_updating import SelfUpdating
from pos.gui.settings.words import able_choices, choice_words
from pos.gui.widgets import Button
from pos.i18n import _

FEW = 3
"""Choices that are shown at once; more open below a key."""


class TextControl(SelfUpdating, QWidget):
    """A text field. While it is empty and may be, it shows the default in grey."""

    changed = Signal()

    def __init__(self, one: DeclaredSetting) -> None:
        super().__init__()
        self._one = one
        self.field = (DigitField if one.kind is Kind.NUMBER else ScanField)(f"settings.{one.key}")
        self.field.setMaxLength(400)
        self.field.textChanged.connect(lambda _text: self.changed.emit())
        self.setFocusProxy(self.field)
        vbox(self.field, into=self, spacing=0)
        self.retranslate()

    @property
    def value(self) -> str:
        return self.field.text()

    @value.setter
    def value(self, text: str) -> None:
        is_default = self._one.may_be_empty and text == self._one.shown(self._one.default)
        self.field.setText("" if is_default else text)
        self.field.setCursorPosition(0)

    def retranslate(self) -> None:
        self.field.setAccessibleName(_(self._one.title))
        self.field.setPlaceholderText(self._one.shown(self._one.default) if self._one.may_be_empty else "")


class ChoiceControl(SelfUpdating, QWidget):
    """One key for each choice; where there are more than a few, a key with the value opens them."""

    changed = Signal()

    def __init__(self, one: DeclaredSetting) -> None:
        super().__init__()
        self._one, self._value = one, ""
        choices = self.choices()
        self._keys = {choice: self._key(choice) for choice in choices}
        self._opens = len(choices) > FEW
        self._open = LongButton(f"settings.{one.key}", "", self._toggle)
        self._open.setMinimumHeight(50)
        self._grid = QWidget()
        self._lay_out(2 if max(map(len, choices)) > 6 else 3)
        self.retranslate()

    def choices(self) -> list[str]:
        """Return what there is to choose, with "" for nothing where that is the default."""
        return ([] if self._one.shown(self._one.default) else [""]) + list(self._one.choices)

    def words(self) -> str:
        """Return the value in the current language."""
        return choice_words(self._one, self._value)

    def key_words(self, choice: str) -> str:
        """Return the text of a choice's key."""
        return choice_words(self._one, choice)

    def is_chosen(self, choice: str) -> bool:
        """Return whether the value has this choice."""
        return choice == self._value

    def _key(self, choice: str) -> Button:
        key = Button(f"settings.{self._one.key}.{choice or 'none'}", "choice", partial(self._choose, choice))
        key.setCheckable(True)
        key.setMinimumHeight(50)
        return key

    def _lay_out(self, columns: int) -> None:
        grid = QGridLayout(self._grid)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        for place, key in enumerate(self._keys.values()):
            grid.addWidget(key, place // columns, place % columns)
        vbox(self._open, self._grid, into=self, spacing=8)
        (self._grid if self._opens else self._open).hide()
        self.setFocusProxy(self._open if self._opens else next(iter(self._keys.values())))

    def _toggle(self) -> None:
        self._grid.setVisible(self._grid.isHidden())

    def _choose(self, choice: str) -> None:
        self.value = choice
        if self._opens:
            self._grid.hide()
            self._open.setFocus()
        self.changed.emit()

    @property
    def value(self) -> str:
        return self._value

    @value.setter
    def value(self, text: str) -> None:
        self._value = text
        self.retranslate()

    def retranslate(self) -> None:
        for choice, key in self._keys.items():
            words = self.key_words(choice)
            key.setChecked(self.is_chosen(choice))
            key.say(words, f"{_(self._one.title)}: {words}")
        self._open.say(f"{self.words()} ▾", f"{_(self._one.title)}: {self.words()}")


class ListControl(ChoiceControl):
    """A list in its order: a key adds its choice at the end, or takes it out; it shows its place."""

    def choices(self) -> list[str]:
        return able_choices(self._one)

    @property
    def _chosen(self) -> list[str]:
        return [part for one in self._value.split(",") if (part := one.strip())]

    def words(self) -> str:
        return " · ".join(choice_words(self._one, one) for one in self._chosen) or _("None")

    def key_words(self, choice: str) -> str:
        words, chosen = choice_words(self._one, choice), self._chosen
        return f"{chosen.index(choice) + 1}  {words}" if choice in chosen else words

    def is_chosen(self, choice: str) -> bool:
        return choice in self._chosen

    def _choose(self, choice: str) -> None:
        chosen = [one for one in self._chosen if one in self._keys]  # without what the file names in vain
        left = [one for one in chosen if one != choice]
        separator = ", " if self._one.kind is Kind.LIST else ","
        self.value = separator.join(left if choice in chosen else [*chosen, choice])
        self.changed.emit()


def control_for(one: DeclaredSetting) -> TextControl | ChoiceControl:
    """Return the control of a setting."""
    if one.kind is Kind.LIST or (one.kind is Kind.TEXT and one.choices):
        return ListControl(one)
    return ChoiceControl(one) if one.kind in (Kind.CHOICE, Kind.SWITCH) else TextControl(one)
