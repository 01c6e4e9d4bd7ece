"""Where an ATM transfer goes, to be read aloud or copied."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from pos.domain.payment import VirtualAccount
from pos.gui.layouts import vbox
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Button, label
from pos.i18n import _


class AccountView(SelfUpdating, QWidget):
    """Bank and account, in groups of four."""

    def __init__(self) -> None:
        super().__init__()
        centre = Qt.AlignmentFlag.AlignCenter
        self._plain = ""
        self._bank_word, self._bank = (
            label("caption", align=centre),
            label("title", "virtualBank", wrap=True, align=centre),
        )
        self._account_word = label("caption", align=centre)
        self._account = label("", "virtualAccount", wrap=True, align=centre)  # no digit is ever cut
        self._account.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._account.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._copy = Button("copyAccount", "", self._copy_account).with_icon("copy")
        self._copy.setMinimumWidth(200)
        self._copied = label("soft", "accountCopied", align=centre)
        bank, account = (self._bank_word, self._bank, 16), (self._account_word, self._account, 16)
        whole = vbox((None, 3), *bank, *account, self._copy, self._copied, (None, 4), into=self)
        whole.setAlignment(self._copy, centre)
        self.retranslate()

    def show_account(self, account: VirtualAccount) -> None:
        """The account of the payment in front."""
        if account.account != self._plain:
            self._copied.setText("")
        self._plain = account.account
        self._bank.setText(f"{account.bank_code}  {account.bank_name}")
        self._account.setText(account.grouped)
        self._account.setAccessibleName(account.grouped)

    def _copy_account(self) -> None:
        QGuiApplication.clipboard().setText(self._plain)
        self._copied.setText(_("Copied."))

    def retranslate(self) -> None:
        self._bank_word.setText(_("Bank"))
        self._account_word.setText(_("Account"))
        self._copy.say(_("Copy the account"))
        self._copied.setText("")
