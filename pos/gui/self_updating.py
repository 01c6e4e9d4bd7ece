"""Widgets that update their own texts and icons when the language or the theme changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

if TYPE_CHECKING:
    _Base = QWidget
else:
    _Base = object  # the Qt class is the second base of every user


LANGUAGE: Final = QEvent.Type.LanguageChange
THEME: Final = QEvent.Type.ThemeChange


class SelfUpdating(_Base):
    """A mixin before the Qt class. Qt and :func:`send_theme_change` reach hidden widgets too.

    A parent is updated before its children, so a child that a parent builds while updating is current already.
    """

    def changeEvent(self, event: QEvent) -> None:
        kind = event.type()  # some hundred of these events come while the window opens
        if kind == LANGUAGE:
            self.retranslate()
        elif kind == THEME:
            self.repaint_icons()
        super().changeEvent(event)

    def retranslate(self) -> None:
        """Set the widget's own texts in the current language."""

    def repaint_icons(self) -> None:
        """Draw the widget's own icons in the colours of the current theme."""


def send_language_change(root: QWidget) -> None:
    """Update the texts of ``root`` and of every widget inside it; Qt passes the event on to children."""
    QCoreApplication.sendEvent(root, QEvent(LANGUAGE))


def send_theme_change(root: QWidget) -> None:
    """Update the icons of ``root`` and of every widget inside it; Qt does not pass this event on."""
    for widget in (root, *root.findChildren(QWidget)):
        if isValid(widget) and isinstance(widget, SelfUpdating):  # a parent may have replaced its children
            QCoreApplication.sendEvent(widget, QEvent(THEME))
