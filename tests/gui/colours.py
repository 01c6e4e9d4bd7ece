"""The colours that a widget is painted with."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from pos.gui.widgets import Palette


def is_painted(widget: QWidget, name: str) -> bool:
    """Return whether a widget shows, somewhere, exactly a colour of the present theme."""
    image, wanted = widget.grab().toImage(), QColor(Palette.colour(name)).rgb()
    return any(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))
