"""People: who works here, in which role, and their PINs. What is changed needs the right, or the PIN of who has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QStackedWidget, QWidget

from pos.domain.events import Fact, SignInChanged
from pos.domain.staff import Action, Person, Role
from pos.errors import PosError
from pos.gui import icons
from pos.gui.bridge import Bridge, Call, Till
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.page import Page
from pos.gui.people.person_sheet import PersonSheet, Typed
from pos.gui.people.pin_pad import AGAIN, NEW, OLD
from pos.gui.people.words import ABOUT, role_word, state_of
from pos.gui.tables import RecordTable
from pos.gui.widgets import Band, Button, Card, Palette, label
from pos.i18n import N_, _
from pos.services.permissions import Permission

LIST, SHEET = range(2)
SIDE = 360
"""Pixels of the column at the right."""


class PeoplePage(Page):
    """Adds people, changes their names, roles and PINs, and deactivates them."""

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "people", N_("People"))
        self._people: Sequence[Person] = ()
        self._here: Person | None = None
        self._wanted = ""
        self._work: Callable[[Typed], Call[Person]] | None = None
        self._code = Button("peopleCode", "", lambda: self.visit("code", returns=True))
        self._own = Button("peopleOwnPin", "", self._ask_own_pin)
        self._add = Button("peopleAdd", "primary", self._ask_add)
        self._table = RecordTable("peopleList", {N_("Name"): 0, N_("Role"): 144, N_("State"): 200})
        self._name, self._role_about = label("title", "peopleChosen", wrap=True), label("soft", wrap=True)
        self._state = Band("peopleState")
        self._rename = Button("peopleChange", "", self._ask_change)
        self._pin = Button("peopleNewPin", "", self._ask_pin)
        self._leave = Button("peopleLeave", "danger", partial(self._set_active, False))
        self._back_again = Button("peopleReturn", "", partial(self._set_active, True))
        self.sheet = PersonSheet("people")
        self._detail = Card("peopleDetail", "card")
        self._stack = QStackedWidget()
        self._lay_out()
        self._connect()
        self.retranslate()

    # -- building ---------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        for button in (self._code, self._own, self._add):
            button.setMinimumSize(144, 56)
            self.top.addWidget(button)
        self._state.setMinimumHeight(48)
        for button in (self._rename, self._pin, self._back_again, self._leave):
            button.setMinimumHeight(56)
        vbox(
            self._name,
            self._role_about,
            self._state,
            8,
            self._rename,
            self._pin,
            self._back_again,
            STRETCH,
            40,  # no one is deactivated by a slip of the finger
            self._leave,
            into=self._detail,
            margins=(16, 32 if Palette.training else 16, 16, 16),
        )
        self._detail.setFixedWidth(SIDE)
        both = QWidget()
        hbox((self._table, 1), self._detail, self.make_approval(self._detail, width=SIDE), into=both, spacing=16)
        for page in (both, self.sheet):
            self._stack.addWidget(page)
        self.column.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self._table.currentCellChanged.connect(lambda *_cells: self._show())
        self.sheet.done.connect(self._on_typed)
        self.sheet.left.connect(self._show_list)
        self.bridge.fact.connect(self._on_fact)

    # -- the list ---------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Come to the front with all people."""
        self._show_list()
        self._refresh()

    def _refresh(self) -> None:
        self.call(self.services.staff.visible, self.actor).then(self._know)

    def _know(self, people: Sequence[Person]) -> None:
        self._here = next((one for one in people if one.id == self.actor.person), None)
        if not people:
            self.visit("owner")
            return
        chosen = self._wanted or (self._chosen.id if self._chosen else "")
        self._people, self._wanted = people, ""
        self._fill()
        rows = [row for row, one in enumerate(people) if one.id == chosen]
        self._table.selectRow(rows[0] if rows else 0)
        self._show()

    def _fill(self) -> None:
        states = [state_of(person, self.till.shop.timezone) for person in self._people]
        rows = [(one.name, role_word(one.role), state[0]) for one, state in zip(self._people, states, strict=True)]
        self._table.show_rows(
            rows, icons=[QIcon(icons.pixmap(icon, Palette.tone(tone), 18)) for _word, tone, icon in states]
        )

    @property
    def _chosen(self) -> Person | None:
        row = self._table.currentRow()
        return self._people[row] if 0 <= row < len(self._people) else None

    def _show(self) -> None:
        person = self._chosen
        self._own.setVisible(self._here is not None and self._stack.currentIndex() == LIST)
        if person is None:
            return
        self._name.setText(person.name)
        self._role_about.setText(f"{role_word(person.role)} · {_(ABOUT[person.role])}")
        self._state.say(*state_of(person, self.till.shop.timezone))
        for button in (self._rename, self._pin, self._leave):
            button.setVisible(person.active)
        self._back_again.setVisible(not person.active)

    def _show_list(self) -> None:
        self.sheet.clear()
        self._stack.setCurrentIndex(LIST)
        self._add.show()
        self._code.setVisible(not self.till.shop.training)
        self._show()
        self._table.setFocus()

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, SignInChanged) and self.isVisible():
            self._refresh()

    # -- changing ---------------------------------------------------------------------------------------------

    def _ask_add(self) -> None:
        def ask(permission: Permission) -> None:
            self._work = lambda typed: self.bridge.call(
                self.services.staff.add, typed.name, typed.role, typed.pin, permission
            )
            self._open_sheet()
            self.sheet.ask(_add_words, name="", role=Role.CASHIER, pins=(NEW, AGAIN))

        self.require(Action.STAFF, ask)

    def _ask_change(self) -> None:
        person = self._chosen
        if person is None:
            return

        def ask(permission: Permission) -> None:
            self._work = lambda typed: self.bridge.call(
                self.services.staff.change,
                person.id,
                permission,
                name=typed.name,
                role=typed.role,
                pin=typed.pin or None,
            )
            self._open_sheet()
            words = (person.name, "")
            self.sheet.ask(
                lambda: (*words, _("Save"), _("Back")), name=person.name, role=person.role, role_before=person.role
            )

        self.require(Action.STAFF, ask)

    def _ask_pin(self) -> None:
        person = self._chosen
        if person is None:
            return

        def ask(permission: Permission) -> None:
            self._work = lambda typed: self.bridge.call(
                self.services.staff.change, person.id, permission, pin=typed.pin
            )
            self._open_sheet()
            self.sheet.ask(partial(_pin_words, person.name), pins=(NEW, AGAIN), pin_role=person.role)

        self.require(Action.STAFF, ask)

    def _ask_own_pin(self) -> None:
        if self._here is None:
            return
        change, actor = self.services.staff.change_own_pin, self.actor
        self._work = lambda typed: self.bridge.call(change, actor, typed.old, typed.pin)
        self._open_sheet()
        here = self._here
        self.sheet.ask(partial(_own_words, here.name), pins=(OLD, NEW, AGAIN), pin_role=here.role)

    def _open_sheet(self) -> None:
        self.dismiss_approval()
        self._stack.setCurrentIndex(SHEET)
        self._add.hide()
        self._code.hide()
        self._own.hide()

    def _set_active(self, active: bool) -> None:
        person = self._chosen
        if person is None:
            return

        def change(permission: Permission) -> None:
            self.call(self.services.staff.change, person.id, permission, active=active).then(self._changed)

        self.require(Action.STAFF, change)

    def _on_typed(self, typed: Typed) -> None:
        if self._work is not None:
            self._work(typed).then(self._changed, self._refuse)

    def _changed(self, person: Person) -> None:
        self._work, self._wanted = None, person.id
        self._show_list()
        self._refresh()
        self.message_posted.emit(_("Saved: {name}").format(name=person.name), "good")

    def _refuse(self, error: PosError) -> None:
        self.sheet.refuse(error)
        if error.detail:
            self.fail(error)

    # -- looks ------------------------------------------------------------------------------------------------

    def escape(self) -> bool:
        """Half a PIN first, then the sheet or the approval, then the page."""
        if self._stack.currentIndex() == SHEET:
            if not self.sheet.clear():
                self._show_list()
            return True
        return self.dismiss_approval(digits_first=True)

    def retranslate(self) -> None:
        super().retranslate()
        self._own.say(_("Change my PIN"))
        self._code.say(_("Recovery code"))
        self._add.say(_("Add a person"))
        self._rename.say(_("Name and role"))
        self._pin.say(_("New PIN"))
        self._leave.say(_("Deactivate"))
        self._back_again.say(_("Reactivate"))
        self._table.setAccessibleName(_("People"))
        self._fill()
        self._show()

    def repaint_icons(self) -> None:
        self._fill()


def _add_words() -> tuple[str, str, str, str]:
    return _("A new person"), "", _("Add"), _("Back")


def _pin_words(name: str) -> tuple[str, str, str, str]:
    about = _("Let this person type the new PIN twice. It also ends a lock-out.")
    return _("A new PIN for {name}").format(name=name), about, _("Save"), _("Back")


def _own_words(name: str) -> tuple[str, str, str, str]:
    about = _("Enter your current PIN, then the new PIN twice.")
    return _("A new PIN for {name}").format(name=name), about, _("Save"), _("Back")
