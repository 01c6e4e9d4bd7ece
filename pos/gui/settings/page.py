"""The settings pages: sections at the left, their settings, a search, and saving with the right or a manager's PIN."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QScrollArea, QWidget

from pos.declared_settings import GATEWAYS_SECTION
from pos.domain.events import AttemptChanged, Fact
from pos.domain.staff import Action
from pos.gui.bridge import Bridge, Till
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.page import Page
from pos.gui.settings.group import SettingsGroup
from pos.gui.settings.words import SECTIONS, groups_of
from pos.gui.widgets import Band, Button, label
from pos.i18n import N_, _
from pos.services.permissions import Permission
from pos.settings_file import all_settings

if TYPE_CHECKING:
    from pos.domain.payment import Attempt
    from pos.gui.settings.field import SettingField
    from pos.store.settings_in_use import SettingChange

NAV = 208
"""Pixels of the column of the sections."""

WIDEST = 1680
"""Pixels of the settings: longer lines are hard to follow."""


class SettingsPage(Page):
    """``use_look`` shows a new language or theme at once; ``restart`` ends the window and starts Counter again."""

    def __init__(
        self, till: Till, bridge: Bridge, use_look: Callable[[str, str], object], restart: Callable[[], object]
    ) -> None:
        super().__init__(till, bridge, "settings", N_("Settings"))
        self._use_look = use_look
        self._declared = all_settings()
        self._values: Mapping[str, object] = {}
        self._section = next(iter(SECTIONS))
        self._groups: dict[str, list[SettingsGroup]] = {}
        self._needs_restart = False
        self._search = QLineEdit()
        self._search.setObjectName("settingsSearch")
        self._search.setMaxLength(64)
        self._search.setClearButtonEnabled(True)
        self._keys = {section: self._section_key(section) for section in SECTIONS}
        self._nav, self._list = QWidget(), QWidget()
        self._scroll = QScrollArea()
        self._none = label("lead", "settingsNone", align=Qt.AlignmentFlag.AlignCenter, wrap=True)
        self._says = Band("settingsSays", 8)
        self._undo = Button("settingsUndo", "", self._on_undo)
        self._save = Button("settingsSave", "primary", self._on_save)
        self._restart = Button("settingsRestart", "", restart)
        self._lay_out()
        self._search.textChanged.connect(lambda _text: self._show_section())
        bridge.fact.connect(self._on_fact)
        self.retranslate()

    def _section_key(self, section: str) -> Button:
        key = Button(f"settings{section.title()}", "choice", partial(self._choose, section))
        key.setCheckable(True)
        return key

    def _lay_out(self) -> None:
        self.top.addWidget(self._search)
        self._search.setFixedWidth(360)
        vbox(*self._keys.values(), STRETCH, into=self._nav)
        self._nav.setFixedWidth(NAV)
        self._column = vbox(self._none, STRETCH, into=self._list, spacing=16)
        self._scroll.setObjectName("settingsList")
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._list)
        for button in (self._undo, self._save, self._restart):
            button.setMinimumSize(144, 56)
        self._says.setMinimumHeight(56)
        foot = hbox((self._says, 1), self._restart, self._undo, self._save, spacing=8)
        right = QWidget()
        right.setMaximumWidth(WIDEST)
        vbox((self._scroll, 1), foot, into=right, spacing=8)
        self.column.addLayout(hbox(self._nav, self.make_approval(self._nav), (right, 1), None, spacing=16), 1)

    # -- showing ----------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Come to the front with the stored settings; what was typed and not saved stays."""
        self._keys[self._section].setFocus()
        self.call(self.services.settings.values).then(self._show_values)

    def escape(self) -> bool:
        """Esc: stop asking for a PIN, then clear the search."""
        if super().escape():
            return True
        if self._search.text():
            self._search.clear()
            return True
        return False

    def _show_values(self, values: Mapping[str, object]) -> None:
        self._values = values
        for field in self._fields:
            if not field.is_changed:
                field.show_stored(field.one.shown(values[field.one.key]))
        self._show_section()

    @property
    def _fields(self) -> list[SettingField]:
        return [field for groups in self._groups.values() for group in groups for field in group.fields]

    def _choose(self, section: str) -> None:
        self._section = section
        self._keys[section].setFocus()
        self._search.clear()
        self._show_section()
        self._scroll.verticalScrollBar().setValue(0)

    def _show_section(self) -> None:
        """Show the chosen section, or what is searched for in all of them."""
        words = self._search.text().strip()
        for section, key in self._keys.items():
            key.setChecked(section == self._section and not words)
        if not self._values:
            return
        for section in SECTIONS if words else (self._section,):
            self._build(section)
        found = []
        for section, groups in self._groups.items():
            for group in groups:
                found.append((bool(words) or section == self._section) and group.filter(words))
                group.setVisible(found[-1])
        self._none.setVisible(not any(found))
        self._show_state()

    def _build(self, section: str) -> None:
        """Make the cards of a section when they are first shown."""
        if section in self._groups:
            return
        made = self._groups[section] = []
        place = 1 + sum(len(groups) for name, groups in self._groups.items() if name != section)
        for group, declared in groups_of(section, list(self._declared.values())).items():
            card = SettingsGroup(group, declared, self.bridge, self._try)
            for field in card.fields:
                field.show_stored(field.one.shown(self._values[field.one.key]))
                field.changed.connect(self._show_state)
            self._column.insertWidget(place + len(made), card)
            made.append(card)
        self._order_tabs(made[-1])

    def _order_tabs(self, last: SettingsGroup) -> None:
        """Let Tab lead from the settings to the keys below them; the cards are made after these."""
        inside = [one for one in last.findChildren(QWidget) if one.focusPolicy() & Qt.FocusPolicy.TabFocus]
        chain = [inside[-1], self._restart, self._undo, self._save]
        for one, after in pairwise(chain):
            QWidget.setTabOrder(one, after)

    def _show_state(self) -> None:
        changed = [field for field in self._fields if field.is_changed]
        bad = [field for field in changed if not field.is_good]
        self._undo.setVisible(bool(changed))
        self._save.setEnabled(bool(changed) and not bad)
        self._restart.setVisible(self._needs_restart and not changed and not self.till.shop.training)
        if broken := next((field.problem for field in bad if field.problem), ""):
            self._says.say(broken, "bad", "cross")
        elif changed:
            self._says.say(_("Not saved yet: {names}").format(names=self._names(changed)), "warn", "clock")
        elif self._needs_restart:
            self._says.say(_("Saved. Counter uses it from its next start."), "good", "tick")
        else:
            self._says.say("")

    def _names(self, fields: Sequence[SettingField]) -> str:
        titles = [_(field.one.title) for field in fields]
        return ", ".join(titles[:3]) + (f" (+{len(titles) - 3})" if len(titles) > 3 else "")

    # -- saving -----------------------------------------------------------------------------------------------

    def _on_undo(self) -> None:
        for field in self._fields:
            if field.is_changed:
                field.undo()
        self._show_state()

    def _on_save(self) -> None:
        typed = {field.one.key: field.typed for field in self._fields if field.is_changed}
        self.require(Action.SETTINGS, partial(self._save_typed, typed))

    def _save_typed(self, typed: Mapping[str, str], permission: Permission) -> None:
        self.call(self.services.settings.change, typed, permission).then(partial(self._on_saved, typed))

    def _on_saved(self, typed: Mapping[str, str], changes: Sequence[SettingChange]) -> None:
        for field in self._fields:
            if field.one.key in typed and field.typed == typed[field.one.key]:
                field.show_stored(field.typed)
        self._needs_restart |= any(not self._declared[one.key].at_once for one in changes)
        if not self._needs_restart:
            self.message_posted.emit(_("The settings are saved."), "good")
        self._check_in_flight()
        self.call(self.services.settings.values).then(self._show_values)
        for key, text in typed.items():
            if self._declared[key].at_once:
                self._use_look(key, text)

    # -- restarting -------------------------------------------------------------------------------------------

    def _on_fact(self, fact: Fact) -> None:
        if self._needs_restart and isinstance(fact, AttemptChanged):
            self._check_in_flight()

    def _check_in_flight(self) -> None:
        """Offer a restart only while nothing waits for a customer or a gateway."""
        self.call(self.services.payments.waiting).then(self._on_waiting)

    def _on_waiting(self, waiting: Sequence[Attempt]) -> None:
        self._restart.setEnabled(not waiting)
        self._restart.say(_("Payments are in process") if waiting else _("Restart now"))

    # -- trying a gateway -------------------------------------------------------------------------------------

    def _try(self, gateway: str) -> None:
        group = next(one for one in self._groups[GATEWAYS_SECTION] if one.gateway == gateway)
        if any(field.is_changed for field in group.fields):
            group.warn(_("Save first: the stored settings are tried."))
            return
        group.wait()
        call = self.call(self.services.settings.test, gateway)
        call.then(group.show_result, lambda error: group.warn(error.spoken()))

    def retranslate(self) -> None:
        super().retranslate()
        for section, key in self._keys.items():
            key.say(_(SECTIONS[section]))
        self._search.setPlaceholderText(_("Search all settings"))
        self._search.setAccessibleName(_("Search all settings"))
        self._none.setText(_("No setting has these words."))
        self._undo.say(_("Undo"))
        self._save.say(_("Save"))
        self._restart.say(_("Restart now"))
        self._show_state()
