"""A manager's PIN approves one action in place; the person signed in stays signed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QStackedWidget, QWidget

from pos.domain.events import Fact, SignInChanged
from pos.domain.staff import Action, Person
from pos.errors import NotAllowed, PosError
from pos.gui import icons
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.long_button import LongButton
from pos.gui.page import Page
from pos.gui.people.pin_pad import PinPad, Refusal
from pos.gui.plain import PlainLabel
from pos.gui.widgets import Button, Card, Palette, label
from pos.i18n import Message, _
from pos.services.permissions import Permission

LINE = 22
"""Pixels of a line of text."""


class _Words(QStackedWidget):
    """The question or the refusal; a long refusal takes no space from the keys below it."""

    def hasHeightForWidth(self) -> bool:
        return False


class Approval(Card):
    """A card of a page, hidden until something needs a PIN; made for a column of 320 to 380 pixels.

    :meth:`ask` calls ``done`` with a permit: at once if the person signed in has the right, otherwise after a PIN.
    The PIN alone suffices; where several people may approve, one of them may be chosen. ``shown`` is emitted when
    the card appears or disappears. Pages use it through :meth:`Page.require` only.
    ``name`` begins the objectNames.
    """

    shown = Signal(bool)

    def __init__(self, page: Page, name: str = "approval") -> None:
        super().__init__(name, "card")
        self._page = page
        self._action, self._order_no = Action.SELL, ""
        self._done: Callable[[Permission], object] = lambda permission: None
        self._asked = 0
        self._able: list[Person] = []
        self._chosen: Person | None = None
        self._asker: QWidget | None = None
        self._why = Message()
        self._lock, self._title = PlainLabel(), label("", f"{name}Title", wrap=True)
        self._words = _Words()
        self._who = LongButton(f"{name}Who", "", self._next_person).with_icon("person")
        self._says = Refusal(f"{name}Says")
        self._says.over.connect(self._show_reason)
        self.pad = PinPad(name)
        self.pad.typed.connect(self._on_pin)
        self._cancel = Button(f"{name}Cancel", "", self.dismiss).with_icon("back")
        self._lay_out()
        self.hide()
        page.bridge.fact.connect(self._on_fact)
        self.retranslate()
        self.repaint_icons()

    def _lay_out(self) -> None:
        why = QWidget()
        hbox(self._lock, (self._title, 1), into=why)
        self._words.addWidget(why)
        self._words.addWidget(self._says)
        self._words.setMinimumHeight(40)
        self._words.setMaximumHeight(4 * LINE)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        words = self._words, 99  # the space that the keys leave, up to four lines
        buttons = hbox(self._cancel, (self._who, 1))
        vbox(words, self.pad, buttons, STRETCH, into=self, margins=(16, 12, 16, 12))

    def ask(self, action: Action, done: Callable[[Permission], object], order_no: str = "") -> None:
        """Get a permit for ``action``, on one payment where ``order_no`` names it, for ``done``."""
        self._action, self._done, self._order_no = action, done, order_no
        self._asked += 1
        self._asker = QApplication.focusWidget()
        self._page.call(self._page.services.access.permission, self._page.actor, action, order_no).then(
            partial(self._on_permit, self._asked), partial(self._on_refused, self._asked)
        )

    def dismiss(self) -> bool:
        """Hide the card without a permission. Return False if it was not visible."""
        was_visible, was_shown, typed_here = self.isVisible(), not self.isHidden(), self.pad.field.hasFocus()
        self._asked += 1  # an answer that is still on its way is not wanted any more
        self.pad.clear()
        self._show_reason()
        self.hide()
        if was_shown:
            self.shown.emit(False)
        if typed_here:
            self._to_asker()
        return was_visible

    def _to_asker(self) -> None:
        """The focus goes back to what asked, else to the way back: the next Enter must not open another page."""
        there = self._page.findChildren(QWidget)
        asker = next((one for one in there if one is self._asker and one.isVisible() and one.isEnabled()), None)
        (asker or self._page.back).setFocus()

    def _on_refused(self, asked: int, error: PosError) -> None:
        if asked != self._asked:
            return
        if not isinstance(error, NotAllowed):
            self._page.fail(error)
            return
        self._why = error.message
        self._show_reason()
        self._know_able([])
        action = self._action
        self._page.call(self._page.services.authorization.able, action).then(self._know_able)
        self.retranslate()
        self.show()
        self.shown.emit(True)
        self.pad.setFocus()

    # -- who approves -----------------------------------------------------------------------------------------

    def _know_able(self, able: Sequence[Person]) -> None:
        self._able, self._chosen = list(able), None
        self._who.setVisible(len(able) > 1)
        self._show_approver()

    def _next_person(self) -> None:
        """One press, the next of them; after the last one anybody again."""
        round_of = [None, *self._able]
        self._chosen = round_of[(round_of.index(self._chosen) + 1) % len(round_of)]
        self._show_reason()
        self._show_approver()
        self.pad.setFocus()

    def _show_approver(self) -> None:
        words = self._chosen.name if self._chosen else _("Anyone authorised")
        self._who.say(words, _("Approver: {name}").format(name=words))

    # -- the PIN ----------------------------------------------------------------------------------------------

    def _on_pin(self, pin: str) -> None:
        action, order_no, person = self._action, self._order_no, self._chosen.id if self._chosen else ""
        self._page.call(self._page.services.access.approve, self._page.actor, action, order_no, pin, person).then(
            partial(self._on_permit, self._asked), partial(self._on_wrong, self._asked)
        )

    def _on_permit(self, asked: int, permission: Permission) -> None:
        if asked == self._asked:
            self.dismiss()
            self._done(permission)

    def _on_wrong(self, asked: int, error: PosError) -> None:
        if asked == self._asked:
            self._says.refuse(error)
            self._words.setCurrentWidget(self._says)
            self.pad.setFocus()
            if error.detail or self._says.is_cut():
                self._page.fail(error)

    def _show_reason(self) -> None:
        self._says.clear()
        self._words.setCurrentIndex(0)

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, SignInChanged):
            self.dismiss()  # another person asked

    def hideEvent(self, event: QHideEvent) -> None:
        self.pad.clear()  # the page was left with half a PIN
        super().hideEvent(event)

    def retranslate(self) -> None:
        self._title.setText(self._why.spoken())
        self._cancel.say(_("Back"))
        self._show_approver()

    def repaint_icons(self) -> None:
        self._lock.setPixmap(icons.pixmap("lock", Palette.colour("accent"), 24))
