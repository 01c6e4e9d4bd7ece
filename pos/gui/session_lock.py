"""Who is at the register: locked or open, the idle lock, and what a shop without people is offered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pos.domain.staff import Action
from pos.domain.states import State
from pos.gui.people.idle import Idle
from pos.gui.sale.sale_panels import PanelShown
from pos.i18n import N_, _, msg

if TYPE_CHECKING:
    from pos.domain.staff import Person
    from pos.gui.main_window import MainWindow

INVITATION: Final = N_("No people are set up yet. Add the owner: Office, People.")

SHORT_PIN: Final = N_("Your PIN is shorter than 6 digits. Change it: Office, People, Change my PIN.")
NO_CODE: Final = N_("This shop has no recovery code yet. Make one: Office, People, Recovery code.")

PAYING: Final = frozenset({State.SENT, State.PENDING, State.UNKNOWN})
"""A customer may be standing there with the phone in hand."""

FREE_PAGES: Final = frozenset({"signin"})
"""What may be opened while the register is locked."""


class Door:
    """One window's. While :attr:`locked` nothing but the sign-in page is shown and no key sells or opens anything."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._idle: Idle | None = None
        self.locked = False
        self.people = False
        """Whether anybody is set up; before the journal is open nobody is."""
        self.last = ""
        """The id of who was there last: whose tile is offered first."""

    def look(self) -> None:
        """As soon as the journal is open; asked before any key can be, so that a locked register takes none of them."""
        bridge = self._window.bridge
        bridge.call(bridge.services.staff.sign_in_state).then(
            self._known, lambda error: None
        )  # why it does not open is told already

    def _known(self, found: tuple[Person | None, bool]) -> None:
        here, self.people = found
        if here is not None and here.id == self.last and not self.locked:
            return  # the sign-in was published before this answer
        if here is not None:
            self._let_in(here)
        elif self.people:
            self._shut()
        elif not self._window.till.shop.training:
            self._offer()

    def _offer(self) -> None:
        """The owner page, but never before the eyes of somebody who is at work."""
        if self._window.rooms.here == "" and self._window.sell.at_rest:
            self._window.enter("owner")
        else:
            self.invite()

    def invite(self) -> None:
        """Let a message stand until somebody is set up."""
        if not self.people:
            self._window.message.keep_invitation(msg(INVITATION))

    def hear(self, person: Person | None, short_pin: bool = False) -> None:
        """Handle a sign-in or sign-out. Ask for a new PIN if the present one is too short."""
        if person is not None:
            self.people = True
            self._let_in(person)
            if short_pin:
                self._window.message.keep_invitation(msg(SHORT_PIN))
            elif person.may(Action.STAFF):
                self.remind()
        elif self.people:
            self._shut()

    def remind(self) -> None:
        """Ask the owner for a recovery code where the shop has none; stop asking where it has one."""
        work = self._window.bridge.call(self._window.bridge.services.staff.has_recovery_code)
        work.then(
            lambda known: self._window.message.keep_invitation(None if known else msg(NO_CODE)), self._window.fail
        )

    def switch(self) -> None:
        """To the sign-in page, for another person; nothing is locked by that."""
        self._window.enter("signin" if self.people else "owner")

    def lock(self) -> None:
        """F12: sign out, and let nobody on without a PIN. What is in flight goes on."""
        if not self.people:
            self._window.show_message(_("No one is set up who could sign in again. Add the owner first."), "warn")
        elif not self.locked:
            self._shut()
            work = self._window.bridge.call(self._window.bridge.services.staff.sign_out)
            work.then(lambda _none: None, self._window.fail)

    # -- steps ------------------------------------------------------------------------------------------------

    def _let_in(self, person: Person) -> None:
        came = self.locked or self._window.rooms.here in ("signin", "owner")
        self.locked, self.last = False, person.id
        self._window.message.keep_invitation(None)
        self._show(person.name)
        if came:
            self._window.show_sale()
        if self._idle is None:
            self._idle = Idle(self._window.till.shop.lock_minutes * 60, self._window)
            self._idle.passed.connect(self._on_idle)
        self._idle.watch(True)

    def _shut(self) -> None:
        if self.locked:
            return
        self.locked = True
        if self._idle is not None:
            self._idle.watch(False)
        self._show("")
        self._window.enter("signin")

    def _show(self, name: str) -> None:
        self._window.header.show_person(name, locked=self.locked)
        self._window.message.say_hints(locked=self.locked)
        self._window.show_message("", "")

    def _on_idle(self) -> None:
        """A customer who still pays must see the code: their payment in front is as good as a hand."""
        panels = self._window.sell.panels
        front = panels.payment.attempt if panels.showing is PanelShown.PAYMENT else None
        if front is not None and front.state in PAYING and front.virtual_account is None:
            assert self._idle is not None
            self._idle.touch()
        else:
            self.lock()

    def close(self) -> None:
        """With the window."""
        if self._idle is not None:
            self._idle.watch(False)
