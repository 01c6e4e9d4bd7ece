"""The first start: who owns the shop, and a PIN typed twice. Under a minute, or later."""

from __future__ import annotations

from pos.domain.staff import Role, check_name
from pos.errors import PosError
from pos.gui.bridge import Bridge, Till
from pos.gui.page import Page
from pos.gui.people.person_sheet import PersonSheet, Typed
from pos.gui.people.pin_pad import AGAIN, NEW
from pos.i18n import N_, _


class OwnerPage(Page):
    """The owner set up here is signed in at once. ``left`` postpones it."""

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "owner", N_("Who owns the shop?"))
        self.back.hide()
        self.sheet = PersonSheet("owner")
        self.sheet.done.connect(self._on_done)
        self.sheet.left.connect(self.left)
        self.column.addWidget(self.sheet, 1)
        self.retranslate()

    def open(self) -> None:
        """Come to the front: the name has a good default, so that the PIN alone is typed."""
        self.sheet.ask(self._words, name=_("Shop owner"), pins=(NEW, AGAIN), pin_role=Role.OWNER)
        self.sheet.pins.begin()

    def _words(self) -> tuple[str, str, str, str]:
        about = _("Once the owner is set up, everyone signs in with a PIN, and refunds and totals need "
"permission. Until then the register takes payments without sign-in and makes no refunds.")  # fmt: skip
        return "", about, _("Set up"), _("Later")

    def _on_done(self, typed: Typed) -> None:
        work = self.bridge.call(self.bridge.services.staff.open_shop, typed.name, typed.pin)
        work.then(lambda _actor: self._welcome(check_name(typed.name)), self._refuse)

    def _welcome(self, name: str) -> None:
        self.visit("code")
        self.message_posted.emit(_("{name} is the owner now. More people: Office, People.").format(name=name), "good")

    def _refuse(self, error: PosError) -> None:
        self.sheet.refuse(error)
        if error.detail:
            self.fail(error)

    def escape(self) -> bool:
        """Half a PIN first."""
        return self.sheet.clear()
