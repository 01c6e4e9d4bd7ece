"""A big button with an icon, a name and a line of words: one of the people, or a page of the office."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos.gui import icons
from pos.gui.layouts import hbox, vbox
from pos.gui.plain import PlainLabel, tool_tip
from pos.gui.widgets import Button, Elided, Palette, label, restyle

ICON: Final = 32
ARROWS: Final = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down})


class BigTile(Button):
    """``height`` pixels at least. The note beneath, with its own small icon, says what is special about it."""

    def __init__(self, name: str, icon: str, action: Callable[[], object], height: int) -> None:
        super().__init__(name, "tile", action)
        self._picture, self._note_picture, self._note_row = PlainLabel(), PlainLabel(), QWidget()
        self._name, self._words = Elided("lead"), label("soft", wrap=True)
        self._note = label("soft")
        self._icon_name, self._noted = icon, ("", "", "")
        self.setMinimumHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._lay_out()

    def _lay_out(self) -> None:
        for part in (self._picture, self._name, self._words, self._note_row):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._picture.setFixedWidth(ICON)
        hbox(self._note_picture, (self._note, 1), into=self._note_row)
        texts = vbox(None, self._name, self._words, self._note_row, None, spacing=2)
        hbox(self._picture, (texts, 1), into=self, spacing=16, margins=(16, 8, 16, 8))
        self.repaint_icons()

    def sizeHint(self) -> QSize:
        return QSize(160, self.minimumHeight())

    def show_texts(self, name: str, words: str, note: str = "", note_icon: str = "", tone: str = "") -> None:
        """Set all its texts."""
        self._noted = note, note_icon, tone
        self._name.setText(name)
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self._note.setText(note)
        self._note_row.setVisible(bool(note))
        restyle(self._note, "tone", tone)
        self.setAccessibleName(name)
        self.setAccessibleDescription(", ".join(part for part in (*words.split("\n"), note) if part))
        self.setToolTip(tool_tip(name))
        self.repaint_icons()

    def repaint_icons(self) -> None:
        _note, icon, tone = self._noted
        self._picture.setPixmap(icons.pixmap(self._icon_name, Palette.colour("accent"), ICON))
        small = icons.pixmap(icon, Palette.tone(tone or "quiet"), 18) if icon else QPixmap()
        self._note_picture.setPixmap(small)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ARROWS:
            event.ignore()  # the page moves between tiles
        else:
            super().keyPressEvent(event)
