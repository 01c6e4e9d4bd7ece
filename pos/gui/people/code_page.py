"""The recovery code: made on this page and shown until the owner confirms that it is written down."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent

from pos.domain.staff import Action
from pos.gui.bridge import Bridge, Till
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.page import Page
from pos.gui.widgets import Button, Card, label
from pos.i18n import N_, _
from pos.services.permissions import Permission

WIDTH = 720
"""Pixels of the column with the code at most."""


class CodePage(Page):
    """A shop without a code gets one as soon as the owner opens the page; a new one is made by a button.

    ``made`` is emitted after a code was made.
    """

    made = Signal()

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "code", N_("Recovery code"))
        self._code = ""
        self._about = label("lead", "codeAbout", wrap=True)
        self._text = label("title", "codeText", align=Qt.AlignmentFlag.AlignCenter, wrap=True)
        self._make = Button("codeMake", "primary", self._ask)
        self._print = Button("codePrint", "", self._on_print)
        self._done = Button("codeDone", "primary", self._on_done)
        self._card = Card("codeCard", "card")
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        self._card.setMaximumWidth(WIDTH)
        buttons = self._make, self._done, self._print
        for button in buttons:
            button.setMinimumHeight(56)
        row = hbox(*((button, 1) for button in buttons), spacing=16)
        vbox(self._about, self._text, row, STRETCH, into=self._card, spacing=24, margins=(24, 32, 24, 24))
        approval = self.make_approval(width=360, name="codeApproval")
        self.column.addLayout(hbox((self._card, 1), approval, spacing=16), 1)

    def open(self) -> None:
        """Come to the front."""
        self._forget()
        super().open()
        self.call(self.services.staff.has_recovery_code).then(lambda known: None if known else self._ask())
        self.bridge.call(self.bridge.services.printing.can_print).then(self._know_printer, self.fail)

    def _ask(self) -> None:
        self.require(Action.STAFF, self._make_code)

    def _make_code(self, permission: Permission) -> None:
        self._make.setEnabled(False)
        self.call(self.services.staff.make_recovery_code, permission).then(self._show_code)

    def _show_code(self, code: str) -> None:
        self._code = code
        self.made.emit()
        self.retranslate()
        self._done.setFocus()

    def _know_printer(self, usable: bool) -> None:
        self._has_printer = usable
        self.retranslate()

    def _on_print(self) -> None:
        printing = self.bridge.call(self.bridge.services.printing.print_recovery_code, self._code)
        printing.then(lambda _none: None, self.fail)

    def _on_done(self) -> None:
        self._forget()
        self.leave()

    def _forget(self) -> None:
        self._code = ""
        self._make.setEnabled(True)
        self.retranslate()

    _has_printer = False

    # -- looks ------------------------------------------------------------------------------------------------

    def hideEvent(self, event: QHideEvent) -> None:
        self._forget()
        super().hideEvent(event)

    def escape(self) -> bool:
        """Half a PIN first. A code that is shown stays until it is said to be written down."""
        return self.dismiss_approval(digits_first=True) or bool(self._code)

    def retranslate(self) -> None:
        super().retranslate()
        shown = bool(self._code)
        about = _("The owner needs this code when the journal is damaged or PINs cannot be checked. Write it "
"down and keep it in the safe: it is shown only once.")  # fmt: skip
        new = _("With the recovery code the owner can act when the journal is damaged or PINs cannot be "
"checked. A new code replaces the old one.")  # fmt: skip
        self._about.setText(about if shown else new)
        self._text.setText(self._code)
        self._text.setVisible(shown)
        self.back.setVisible(not shown)
        self._make.setVisible(not shown)
        self._done.setVisible(shown)
        self._print.setVisible(shown and self._has_printer)
        self._make.say(_("Make a new code"))
        self._done.say(_("I have written it down"))
        self._print.say(_("Print"))
