"""The technical details of a message: what the operating system or a gateway said, to read, select and copy."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from pos.gui.layouts import hbox, vbox
from pos.gui.plain import PlainText
from pos.gui.widgets import Button, DigitFrame, label
from pos.i18n import _

HEIGHT: Final = 264
"""Pixels at most; in a low window it is half of it."""

MARGIN, GAP = 16, 8


class Details(DigitFrame):
    """Covers the foot of the page, above ``line``, and stops nothing: every key works, digits go to the sale."""

    closed = Signal()

    def __init__(self, line: QWidget) -> None:
        super().__init__(line.window())
        self._line = line
        self.setObjectName("detailsCard")
        self.setProperty("role", "card")
        self._title = label("lead", "detailsTitle")
        self._text = PlainText("detailsText")
        self._copy = Button("detailsCopy", "", self._on_copy)
        self._close = Button("detailsClose", "", self.closed.emit)
        for button in (self._copy, self._close):
            button.setMinimumWidth(96)
        top = hbox((self._title, 1), self._copy, self._close, spacing=GAP)
        vbox(top, (self._text, 1), into=self, spacing=GAP, margins=(MARGIN, 12, MARGIN, 12))
        self.hide()
        line.window().installEventFilter(self)
        for before, after in ((self._text, self._copy), (self._copy, self._close)):
            self.setTabOrder(before, after)

    @property
    def has_focus(self) -> bool:
        """Whether the focus is inside."""
        return any(part.hasFocus() for part in (self._text, self._copy, self._close))

    def show_details(self, sentence: str, detail: str, *, take_focus: bool) -> None:
        """Show what was said and its details; ``take_focus`` for who works by keyboard."""
        self._title.setText(_("Details"))
        self._text.setAccessibleName(_("Details"))
        self._copy.say(_("Copy"))
        self._close.say(_("Close · Esc"))
        self._text.show_text(f"{sentence}\n\n{detail}" if detail else sentence)
        self._place()
        self.show()
        self.raise_()
        if take_focus:
            self._text.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        window = self._line.window()
        foot = self._line.mapTo(window, self._line.rect().topLeft()).y()
        height = min(HEIGHT, window.height() // 2)
        self.setGeometry(MARGIN, foot - GAP - height, window.width() - 2 * MARGIN, height)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())
        self._copy.say(_("Copied"))
