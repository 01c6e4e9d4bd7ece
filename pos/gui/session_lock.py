"""Who is signed in: lock and unlock the register, lock it when idle, ask for an owner and a recovery code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from pos.domain.actor import signed_out
from pos.i18n import N_, _, msg

if TYPE_CHECKING:
    from pos.domain.staff import Person
    from pos.errors import PosError
    from pos.gui.bridge import Bridge, ShopView
    from pos.gui.people.idle import Idle
    from pos.gui.sale.page import SellPage

INVITATION: Final = N_("No people are set up yet. Add the owner: Office, People.")

SHORT_PIN: Final = N_("Your PIN is shorter than 6 digits. Change it: Office, People, Change my PIN.")
NO_CODE: Final = N_("This shop has no recovery code yet. Make one: Office, People, Recovery code.")

FREE_PAGES: Final = frozenset({"signin"})
"""The pages that open while the register is locked."""


class SessionLock(QObject):
    """While :attr:`locked`, only the sign-in page is shown and no key sells or opens anything.

    ``person_changed`` carries the name of who is signed in, "" for no one. ``page_wanted`` carries a page's name,
    ``sale_wanted`` leads to the sale. ``reminder_changed`` carries what the user should set up, None for nothing.
    """

    person_changed = Signal(str)
    page_wanted = Signal(str)
    sale_wanted = Signal()
    reminder_changed = Signal(object)
    message_posted = Signal(str, str)
    failed = Signal(object)

    def __init__(self, idle: Idle, shop: ShopView, bridge: Bridge, sell: SellPage, here: Callable[[], str]) -> None:
        """``idle`` is watched while someone is signed in; ``here`` names the page in front, "" for the sale."""
        super().__init__()
        self._idle, self._shop, self._bridge, self._sell, self._here = idle, shop, bridge, sell, here
        self._idle.passed.connect(self._on_idle)
        self.locked = False
        self.people = False
        """Whether people are set up; False before the journal is open."""
        self.last = ""
        """The id of the last person who signed in."""

    def load(self, done: Callable[[], object], failed: Callable[[PosError], object]) -> None:
        """Ask for the people, and lock the register if someone must sign in; then call ``done``."""

        def on_people(people: Sequence[Person]) -> None:
            self._on_people(people)
            done()

        self._bridge.call(self._bridge.services.staff.people).then(on_people, failed)

    def _on_people(self, people: Sequence[Person]) -> None:
        self.people = bool(people)
        if self._bridge.actor.person:
            return  # the sign-in was published before this answer
        if self.people:
            self._lock()
        elif not self._shop.training:
            self._offer_owner_page()

    def _offer_owner_page(self) -> None:
        """Open the owner page, or only remind if the user has begun to work."""
        if self._here() == "" and self._sell.at_rest:
            self.page_wanted.emit("owner")
        else:
            self.invite()

    def invite(self) -> None:
        """Keep a reminder on screen until an owner is set up."""
        if not self.people:
            self.reminder_changed.emit(msg(INVITATION))

    def on_sign_in(self, person: Person | None, short_pin: bool = False) -> None:
        """Handle a sign-in, or a sign-out if ``person`` is None. Ask for a new PIN if the present one is too short."""
        if person is not None:
            self.people = True
            self._unlock(person)
            if short_pin:
                self.reminder_changed.emit(msg(SHORT_PIN))
            elif _keeps_people(person):
                self.check_recovery_code()
        elif self.people:
            self._lock()

    def on_person_changed(self, person: Person) -> None:
        """Show the new name of the user; lock the register if the user was deactivated."""
        if person.id != self._bridge.actor.person:
            return
        if person.active:
            self.person_changed.emit(person.name)
        else:
            self.lock()

    def check_recovery_code(self) -> None:
        """Remind the owner of a missing recovery code."""
        self._bridge.call(self._bridge.services.staff.has_recovery_code).then(
            lambda known: self.reminder_changed.emit(None if known else msg(NO_CODE)), self.failed.emit
        )

    def switch(self) -> None:
        """Open the sign-in page for another person; this does not lock the register."""
        self.page_wanted.emit("signin" if self.people else "owner")

    def lock(self) -> None:
        """F12: sign out and lock the register. Payments in flight continue."""
        if not self.people:
            self.message_posted.emit(_("No one is set up who could sign in again. Add the owner first."), "warn")
        elif not self.locked:
            actor = self._bridge.actor
            self._bridge.actor = signed_out(actor.register)
            self._lock()
            sign_out = self._bridge.call(self._bridge.services.staff.sign_out, actor)
            sign_out.then(lambda _none: None, self.failed.emit)

    # -- steps ------------------------------------------------------------------------------------------------

    def _unlock(self, person: Person) -> None:
        leaves = self.locked or self._here() in ("signin", "owner")
        self.locked, self.last = False, person.id
        self.reminder_changed.emit(None)
        self.person_changed.emit(person.name)
        if leaves:
            self.sale_wanted.emit()
        self._idle.watch(True)

    def _lock(self) -> None:
        if self.locked:
            return
        self.locked = True
        self.close()
        self.person_changed.emit("")
        self.page_wanted.emit("signin")

    def _on_idle(self) -> None:
        """Lock, unless a customer still needs the payment code on screen."""
        if self._sell.panels.is_customer_paying:
            self._idle.touch()
        else:
            self.lock()

    def close(self) -> None:
        """Stop watching for idle time."""
        self._idle.watch(False)


def _keeps_people(person: Person) -> bool:
    from pos.domain.staff import Action  # the window starts before it needs rights

    return person.may(Action.STAFF)
