"""Small parts that several pages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from pos.gui import icons
from pos.gui.key_guard import ENTER, KeyGuard
from pos.gui.layouts import hbox
from pos.gui.plain import PlainLabel, without_mnemonic
from pos.gui.self_updating import SelfUpdating
from pos.gui.theme import TYPE, tokens
from pos.i18n import _

TARGET: Final = 44
"""Pixels of what a finger must hit, at least: 11 mm at 96 dpi."""


TALL_CARD: Final = 200
"""Pixels of height from which a card has room for a large mark."""


class Palette:
    """The theme in force, for what a stylesheet cannot colour."""

    theme = "light"
    training = False

    @classmethod
    def colour(cls, name: str) -> str:
        return tokens(cls.theme)[name]

    @classmethod
    def tone(cls, name: str) -> str:
        """The colour of words and icons of a tone; "good" is a ground elsewhere, and "" is plain ink."""
        return cls.colour({"good": "gain", "": "ink"}.get(name, name))


class Card(SelfUpdating, QFrame):
    """A sheet of the window; in training it says so behind its content."""

    def __init__(self, name: str = "", role: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("role", role)

    def training_ink(self) -> str:
        """Return the colour of the word for training."""
        return Palette.colour("training")

    def has_space_for_training(self) -> bool:
        """Return whether the content leaves space for large letters below its middle."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not Palette.training:
            return
        painter = QPainter(self)
        small = bool(self.property("role")) or not self.has_space_for_training()
        tall = self.height() > TALL_CARD and not small
        font = QFont(self.font())
        font.setPixelSize(TYPE["big" if tall else "small"])
        font.setBold(True)
        painter.setFont(font)
        ink = QColor(self.training_ink())
        ink.setAlpha(40 if tall else 150)
        painter.setPen(ink)
        room = self.rect().adjusted(16, 8 if tall else 4, -16, -8)
        if tall:  # below the content in the middle, above the keys at the foot
            room.setTop(room.top() + room.height() * 72 // 100)
            room.setBottom(room.top() + room.height() * 40 // 100)
        corner = Qt.AlignmentFlag.AlignTop | (
            Qt.AlignmentFlag.AlignRight if self.property("role") else Qt.AlignmentFlag.AlignLeft
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter if tall else corner, _("TRAINING"))


class Button(SelfUpdating, QPushButton):
    """A button that acts once a press: a held key or a held Enter does nothing more, and the Enter behind a barcode
    is no press."""

    def __init__(self, name: str, role: str = "", action: Callable[[], object] | None = None) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("role", role)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoRepeat(False)
        self._icon = ""
        self._tone = "ink"
        self._guard = KeyGuard()
        self.setMinimumHeight(TARGET)
        if action is not None:
            self.clicked.connect(lambda _checked=False: action())

    def with_icon(self, name: str, tone: str = "ink", *, alone: bool = False) -> Button:
        """``alone`` if no text is beside it."""
        self._icon, self._tone = name, tone
        self.setIconSize(QSize(24 if alone else 32, 24))
        self.repaint_icons()
        return self

    def repaint_icons(self) -> None:
        if self._icon:
            gap = self.iconSize().width() - 24
            self.setIcon(icons.icon(self._icon, Palette.colour(self._tone), gap=gap))

    def setText(self, text: str) -> None:
        super().setText(without_mnemonic(text))

    def text(self) -> str:
        """The words as they are read."""
        return super().text().replace("&&", "&")

    def say(self, text: str, spoken: str = "") -> None:
        """The words on it, and what a screen reader says."""
        self.setText(text)
        self.setAccessibleName(spoken or text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            event.accept()
            return
        if self._guard.holds_press(event):
            return
        if event.key() in ENTER and self.hasFocus():
            self.click()
            return
        super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ignore the second click of a double click, except on digits."""
        if self.property("role") in ("digit", "edit"):
            super().mouseDoubleClickEvent(event)
        else:
            event.accept()


class DigitFrame(SelfUpdating, QFrame):
    """A frame whose buttons use no digits: ``typed`` carries the key of a digit or a point, which is for the amount."""

    typed = Signal(QKeyEvent)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (text := event.text()) and text in "0123456789.":
            self.typed.emit(event)
        else:
            super().keyPressEvent(event)


class Band(SelfUpdating, QFrame):
    """One line with an icon and a tone, which keeps its height when it is empty.

    ``margin``: pixels above and below the text.
    """

    def __init__(self, name: str, margin: int = 4) -> None:
        super().__init__()
        self.setObjectName(f"{name}Band")
        self.setProperty("band", "")
        self._picture = PlainLabel()
        self._picture.setFixedSize(24, 24)
        self.label = PlainLabel()
        self.label.setObjectName(name)
        self.label.setWordWrap(True)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._said: tuple[str, str, str] = ("", "", "")
        hbox(self._picture, (self.label, 1), into=self, margins=(16, margin, 16, margin))

    def say(self, text: str, tone: str = "", icon: str = "") -> None:
        """``tone`` is a name of the stylesheet; an empty text empties the band."""
        self._said = (text, tone, icon)
        self.label.setText(text)
        self.label.setAccessibleName(text)
        picture = icons.pixmap(icon, Palette.tone(tone), 24) if icon and text else QPixmap()
        self._picture.setPixmap(picture)
        self._picture.setFixedWidth(0 if picture.isNull() else 24)
        restyle(self, "band", tone if text else "")

    def is_cut(self) -> bool:
        """Return whether the text needs more lines than it has space for."""
        return self.label.heightForWidth(self.label.width()) > self.label.height()

    def repaint_icons(self) -> None:
        self.say(*self._said)


class Elided(PlainLabel):
    """One line that ends in dots where it has no room; the whole text is read out. It has ``least`` pixels at least."""

    def __init__(self, role: str = "", name: str = "", least: int = 48) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("role", role)
        self._least = least
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self._least, super().minimumSizeHint().width()), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment()), shown)


def label(role: str = "", name: str = "", *, wrap: bool = False, align: Qt.AlignmentFlag | None = None) -> PlainLabel:
    """A label of the type scale."""
    made = PlainLabel()
    made.setObjectName(name)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    if align is not None:
        made.setAlignment(align)
    return made


def restyle(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the stylesheet looks at, and let it look again if it did before."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    if not widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        return
    style = widget.style()
    for part in (widget, *widget.findChildren(QLabel)):
        style.unpolish(part)
        style.polish(part)
