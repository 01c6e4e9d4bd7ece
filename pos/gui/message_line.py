"""The line at the foot of the window: one sentence, with its details on request, else what the keys do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from pos.gui.layouts import hbox
from pos.gui.plain import PlainLabel, visible
from pos.gui.widgets import TARGET, Band, Button, DigitFrame, label
from pos.i18n import N_, Message, _

if TYPE_CHECKING:
    from pos.gui.details import Details

HINTS: Final = N_(
    "F6 Check now    F7 Past payments    F9 Refund    F10 Shift    F11 All keys    F12 Lock    Esc Clear, then go back"
)
LOCKED_HINTS: Final = N_("Arrows or Tab choose a name    0 … 9 PIN    Enter Sign in")

ICONS: Final = {"bad": "cross", "warn": "question", "late": "bell", "busy": "person", "good": "tick"}
"""By tone."""

KEYS, SAID = range(2)

AROUND: Final = 2 * 16 + 24 + 8
"""Pixels of the line beside its text: the margins and the icon."""


class MessageLine(DigitFrame):
    """A message with technical details, or one of more than two lines, gets a button that opens it above the line.

    ``left``: the focus was on something that is gone now.
    """

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._warning: Message | None = None
        self._invitation: Message | None = None
        self._locked = False
        self._detail = ""
        self._details: Details | None = None
        self._band = Band("messageLine", margin=0)  # two lines of text fit
        self._hints = label("soft", "keyHints", align=Qt.AlignmentFlag.AlignCenter)
        self._more = Button("messageDetails", "", self._toggle)
        self._more.hide()
        said = QWidget()
        hbox((self._band, 1), self._more, into=said)
        self._stack = QStackedWidget()
        for part in (self._hints, said):
            self._stack.addWidget(part)
        hbox(self._stack, into=self)
        self.setFixedHeight(TARGET)
        self.retranslate()

    @property
    def label(self) -> PlainLabel:
        """The sentence."""
        return self._band.label

    def say(self, text: str, tone: str = "", detail: str = "") -> None:
        """Show a sentence; an empty one is replaced by what stays until it is put right. ``detail`` is technical."""
        if not text and self._warning:
            text, tone = self._warning.spoken(), "warn"
        elif not text and self._invitation:
            text, tone = self._invitation.spoken(), "busy"
        self._detail = visible(detail).strip() if text else ""
        self._band.say(text, tone, ICONS.get(tone, ""))
        self._drop_details()
        self._stack.setCurrentIndex(SAID if text else KEYS)

    def withdraw(self, text: str) -> None:
        """Clear this sentence, unless another one is shown."""
        if self.label.text() == text:
            self.say("")

    def keep_warning(self, message: Message | None) -> None:
        """Show a warning until it is put right, whenever there is nothing else to say; None ends it."""
        self._warning = message
        self.say("")

    def keep_invitation(self, message: Message | None) -> None:
        """The same for an invitation, until it is followed; a warning goes first."""
        self._invitation = message
        self.say("")

    def retranslate(self) -> None:
        """Show what the keys do, and clear what was said in another language."""
        self.say_hints(locked=self._locked)
        self._more.say(_("Details"))
        self.say("")

    def say_hints(self, *, locked: bool) -> None:
        """Show what the keys do now."""
        self._locked = locked
        self._hints.setText(_(LOCKED_HINTS if locked else HINTS))

    # -- details ----------------------------------------------------------------------------------------------

    def close_details(self) -> bool:
        """Close the details; False if they were not open. The button that opened them gets the focus back."""
        if self._details is None or not self._details.isVisible():
            return False
        inside = self._details.has_focus
        self._details.hide()
        if inside:
            self._more.setFocus()
        return True

    def _toggle(self) -> None:
        if not self.close_details():
            self._open().show_details(self.label.text(), self._detail, take_focus=self._more.hasFocus())

    def _open(self) -> Details:
        if self._details is None:
            from pos.gui.details import Details

            self._details = Details(self)
            self._details.typed.connect(self.typed)
            self._details.closed.connect(self.close_details)
        return self._details

    def _drop_details(self) -> None:
        """Close the details of the message before, and take its button away if this one has none."""
        self.close_details()
        had_focus = self._more.hasFocus()
        wanted = bool(self._detail) or self._is_cut()
        self._more.setVisible(wanted)
        if had_focus and not wanted:
            self.left.emit()

    def _is_cut(self) -> bool:
        """Return whether the sentence needs more lines than there are."""
        return self.label.heightForWidth(self.width() - AROUND) > self.height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._more.setVisible(bool(self._detail) or self._is_cut())
