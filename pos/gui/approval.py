"""A manager's PIN approves one action in place; whoever stands at the till stays signed in."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from pos.domain.staff import Action, Permit
from pos.errors import NotAllowed, PosError
from pos.gui.page import Page
from pos.gui.pin_pad import PinPad
from pos.gui.widgets import Button, Card, label
from pos.i18n import _


class Approval(Card):
    """A card of a page, hidden until something needs a PIN.

    :meth:`ask` calls ``done`` with a permit: at once where whoever is there has the right, else after a PIN.
    """

    def __init__(self, page: Page) -> None:
        super().__init__("approval", "card")
        self._page = page
        self._action = Action.SELL
        self._done: Callable[[Permit], object] = lambda permit: None
        self._title = label("lead", "approvalTitle", wrap=True, align=Qt.AlignmentFlag.AlignCenter)
        self._says = label("", "approvalSays", wrap=True, align=Qt.AlignmentFlag.AlignCenter)
        self._says.setProperty("tone", "bad")
        self.pad = PinPad("approval")
        self.pad.typed.connect(self._on_pin)
        self._cancel = Button("approvalCancel", "", self.dismiss)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        for part in (self._title, self._says, self.pad, self._cancel):
            column.addWidget(part)
        self.hide()
        self.retranslate()

    def ask(self, action: Action, done: Callable[[Permit], object]) -> None:
        """A permit for ``action``, for ``done``."""
        self._action, self._done = action, done
        work = self._page.bridge.desk.ask(lambda office: office.staff.permit(action))
        self._page.bridge.run(work, done=done, failed=self._on_refused)

    def dismiss(self) -> bool:
        """Go away without a permit; False when it was not there."""
        was = self.isVisible()
        self.pad.clear()
        self._says.setText("")
        self.hide()
        return was

    def _on_refused(self, error: PosError) -> None:
        if not isinstance(error, NotAllowed):
            self._page.fail(error)
            return
        self._title.setText(error.spoken())
        self._says.setText("")
        self.show()
        self.pad.setFocus()

    def _on_pin(self, pin: str) -> None:
        action = self._action
        work = self._page.bridge.desk.do(lambda office: office.staff.approve(action, pin))
        self._page.bridge.run(work, done=self._on_permit, failed=self._on_wrong)

    def _on_permit(self, permit: Permit) -> None:
        self.dismiss()
        self._done(permit)

    def _on_wrong(self, error: PosError) -> None:
        self._says.setText(error.spoken())
        self.pad.setFocus()

    def retranslate(self) -> None:
        self._cancel.say(_("Cancel"))
        self.pad.retranslate()

    def repaint_icons(self) -> None:
        self.pad.repaint_icons()
