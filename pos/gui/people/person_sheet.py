"""One sheet for everything that is written about a person: name, role, and a PIN typed twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from pos.domain.pin_rules import PIN_DIGITS, needs_new_pin
from pos.domain.staff import NAME_LIMIT, Role
from pos.errors import InputError, PosError
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.people.pin_pad import AGAIN, NEW, OLD, PinForm, Refusal
from pos.gui.people.words import ABOUT, role_word
from pos.gui.scan_fields import ScanField
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Button, Card, label
from pos.i18n import N_, _

PAD: Final = 400
"""Pixels of the column with the pad."""
LINE: Final = 640
"""Pixels of the other one at most: no name is longer."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was entered; parts that were not asked for are empty."""

    name: str
    role: Role
    old: str
    pin: str


class PersonSheet(SelfUpdating, QWidget):
    """``done`` carries a :class:`Typed` whose two PINs are the same; ``left`` nothing. ``name`` begins objectNames."""

    done = Signal(object)
    left = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._title, self._about = label("title", f"{name}SheetTitle", wrap=True), label("soft", wrap=True)
        self._name_word, self.name = label("caption"), ScanField(f"{name}Name")
        self.name.setMaxLength(NAME_LIMIT)
        self.name.returnPressed.connect(self._after_name)
        self._hint, self._role_word = label("soft", wrap=True), label("caption")
        self._roles = {role: self._role_key(name, role) for role in Role}
        self._role_about = label("soft", wrap=True)
        self._says = Refusal(f"{name}Says")
        self._pin_rule = label("soft", wrap=True)
        self.pins = PinForm(name)
        self.pins.done.connect(self._on_done)
        self._save = Button(f"{name}Save", "primary", self._on_done)
        self._leave = Button(f"{name}Cancel", "", self.left.emit)
        self._words: Callable[[], tuple[str, str, str, str]] = lambda: ("", "", "", "")
        self._asks_name = self._asks_role = self._asks_pin = True
        self._pin_role = Role.CASHIER
        self._role_before: Role | None = None
        self._pad = Card(f"{name}Pad", "card")
        self._lay_out()
        self.retranslate()

    def _role_key(self, name: str, role: Role) -> Button:
        key = Button(f"{name}Role{role.value.title()}", "", lambda: self._choose(role))
        key.setCheckable(True)
        key.setMinimumHeight(48)
        return key

    def _lay_out(self) -> None:
        for button in (self._save, self._leave):
            button.setMinimumHeight(56)
        side = QWidget()
        side.setMaximumWidth(LINE)
        vbox(
            self._title,
            self._about,
            self._name_word,
            self.name,
            self._hint,
            self._role_word,
            hbox(*((key, 1) for key in self._roles.values())),
            self._role_about,
            self._says,
            8,
            hbox((self._save, 2), (self._leave, 1), spacing=16),
            STRETCH,
            into=side,
        )
        self._pad.setFixedWidth(PAD)
        vbox(self._pin_rule, self.pins, STRETCH, into=self._pad, margins=(16, 32, 16, 16))
        whole = hbox((side, 100), self._pad, STRETCH, into=self, spacing=16)
        whole.setAlignment(self._pad, Qt.AlignmentFlag.AlignTop)

    # -- asking -----------------------------------------------------------------------------------------------

    def ask(
        self,
        words: Callable[[], tuple[str, str, str, str]],
        *,
        name: str | None = None,
        role: Role | None = None,
        pins: tuple[str, ...] = (),
        pin_role: Role | None = None,
        role_before: Role | None = None,
    ) -> None:
        """Start empty. ``words`` gives title, explanation, and the words of the two buttons; a part that is None, or
        no ``pins``, is not asked.

        The rule for PINs is that of the chosen role, else of ``pin_role``. With ``role_before`` a new PIN is asked for
        as soon as a role is chosen that needs one.
        """
        self._words = words
        self._pin_role, self._role_before = pin_role or role or Role.CASHIER, role_before
        self._asks_name, self._asks_role, self._asks_pin = name is not None, role is not None, bool(pins)
        self.name.setText(name or "")
        self._choose(role or Role.CASHIER)
        self.pins.ask(*pins)
        self._says.clear()
        for part in (self._name_word, self.name, self._hint):
            part.setVisible(self._asks_name)
        for choice in (self._role_word, self._role_about, *self._roles.values()):
            choice.setVisible(self._asks_role)
        self._pad.setVisible(self._asks_pin)
        self.enable(True)
        self.retranslate()
        self._begin()

    def _begin(self) -> None:
        if self._asks_name:
            self.name.setFocus()
            self.name.selectAll()
        else:
            self.pins.begin()

    def enable(self, on: bool) -> None:
        """Off while what was typed is being written down: a second press has nothing to press."""
        self._save.setEnabled(on)

    def refuse(self, error: PosError) -> None:
        """Say what was wrong, and let it be typed again."""
        self.enable(True)
        self._says.refuse(error)
        self.pins.clear()
        if isinstance(error, InputError) and error.field == "name":
            self._begin()
        elif self._asks_pin:
            self.pins.begin()

    def clear(self) -> bool:
        """Take half a PIN back; False when there was none."""
        return self.pins.clear()

    # -- buttons ----------------------------------------------------------------------------------------------

    def _choose(self, role: Role) -> None:
        for one, key in self._roles.items():
            key.setChecked(one is role)
        self._role_about.setText(_(ABOUT[role]))
        if self._asks_role:
            self._pin_role = role
            self._show_pin_rule()
        if self._role_before is not None:
            self._asks_pin = needs_new_pin(self._role_before, role)
            self.pins.ask(NEW, AGAIN)
            self._pad.setVisible(self._asks_pin)

    def _show_pin_rule(self) -> None:
        low, high = PIN_DIGITS[self._pin_role]
        rule = _("{low} to {high} digits, no repeated or consecutive digits. The PIN is never shown and never stored.")
        self._pin_rule.setText(rule.format(low=low, high=high))

    @property
    def _role(self) -> Role:
        return next((role for role, key in self._roles.items() if key.isChecked()), Role.CASHIER)

    def _after_name(self) -> None:
        if self._asks_pin:
            self.pins.begin()
        else:
            self._on_done()

    def _on_done(self) -> None:
        if not self._save.isEnabled():
            return
        old, pin, again = (self.pins.fields[end].text() for end in (OLD, NEW, AGAIN))
        if self._asks_pin and pin != again:
            self.refuse(InputError("pin", N_("The two PINs are not the same.")))
            return
        self._says.clear()
        self.enable(False)
        self.done.emit(Typed(self.name.text(), self._role, old, pin))

    # -- looks ------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        title, about, save, leave = self._words()
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._about.setText(about)
        self._about.setVisible(bool(about))
        self._name_word.setText(_("Name"))
        self.name.setAccessibleName(_("Name"))
        self._hint.setText(
            _("Without a keyboard, type the name on the system's on-screen keyboard. The PIN needs no keyboard.")
        )
        self._role_word.setText(_("Role"))
        for role, key in self._roles.items():
            key.say(role_word(role))
        self._role_about.setText(_(ABOUT[self._role]))
        self._show_pin_rule()
        self._save.say(save)
        self._leave.say(leave)
