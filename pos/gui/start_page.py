"""The page that says why the register does not open: path, line and cause, until it is solved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from pos.errors import PosError
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Band, Button, Card, label
from pos.i18n import _

WIDTH = 760


class StartPage(SelfUpdating, QWidget):
    """``retry_wanted`` is the button Retry. :attr:`error` is None while nothing is wrong."""

    retry_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")
        self.error: PosError | None = None
        self._folder: Path | None = None
        self._title, self._hint = label("title", "startTitle"), label("soft", wrap=True)
        self._cause = Band("startCause")
        self._cause.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self._detail = label("soft", "startDetail", wrap=True)
        self._detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._retry = Button("startRetry", "primary", self.retry_wanted.emit)
        self._open = Button("startOpenFolder", "", self._open_folder)
        card = Card("startCard", "card")
        card.setMaximumWidth(WIDTH)
        for button in (self._retry, self._open):
            button.setMinimumHeight(56)
        texts = self._title, self._cause, self._detail, self._hint
        vbox(*texts, hbox((self._retry, 1), (self._open, 1), spacing=16), into=card, spacing=16, margins=24)
        across = hbox(STRETCH, (card, 8), STRETCH)  # no alignment: it would take the height for a line without wrapping
        whole = QVBoxLayout(self)
        whole.addStretch(1)
        whole.addLayout(across)
        whole.addStretch(2)

    def show_error(self, error: PosError, folder: Path | None) -> None:
        """Say what is wrong. ``folder`` is where it can be put right, None if no folder is known."""
        self.error, self._folder = error, folder
        self._retry.setEnabled(True)
        self.retranslate()
        self.setFocusProxy(self._retry)

    def clear(self) -> None:
        """Forget the error: the register is open."""
        self.error = None

    def busy(self) -> None:
        """Wait for the next try."""
        self._retry.setEnabled(False)

    def _open_folder(self) -> None:
        if self._folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    def retranslate(self) -> None:
        self._title.setText(_("The register cannot open"))
        self._hint.setText(_("You cannot take payments until this is fixed. Then press Retry."))
        self._retry.say(_("Retry"))
        self._open.say(_("Open folder"))
        self._open.setVisible(self._folder is not None)
        self._cause.say(self.error.spoken() if self.error else "", "bad", "cross")
        detail = self.error.detail if self.error else ""
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
