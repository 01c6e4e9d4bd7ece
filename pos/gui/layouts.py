"""Rows and columns of widgets, each in one expression."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QVBoxLayout, QWidget

Part = QWidget | QLayout | int | None
Item = Part | tuple[Part, int]
"""A widget, a layout or a gap in pixels; in a tuple with its share of the space."""

STRETCH: Final = (None, 1)
"""The space that is left; None alone is a stretch without a share."""

Margins = int | tuple[int, int, int, int]
"""Pixels on every side, or left, top, right and bottom."""


def hbox(*items: Item, into: QWidget | None = None, spacing: int = 8, margins: Margins = 0) -> QHBoxLayout:
    """Return a row of ``items``, the layout of ``into`` if given."""
    made = QHBoxLayout(into) if into is not None else QHBoxLayout()
    _fill(made, items, spacing, margins)
    return made


def vbox(*items: Item, into: QWidget | None = None, spacing: int = 8, margins: Margins = 0) -> QVBoxLayout:
    """Return a column of ``items``, the layout of ``into`` if given."""
    made = QVBoxLayout(into) if into is not None else QVBoxLayout()
    _fill(made, items, spacing, margins)
    return made


def _fill(layout: QBoxLayout, items: tuple[Item, ...], spacing: int, margins: Margins) -> None:
    layout.setContentsMargins(*((margins,) * 4 if isinstance(margins, int) else margins))
    layout.setSpacing(spacing)
    for item in items:
        part, share = item if isinstance(item, tuple) else (item, 0)
        if part is None:
            layout.addStretch(share)
        elif isinstance(part, int):
            layout.addSpacing(part)
        elif isinstance(part, QLayout):
            layout.addLayout(part, share)
        else:
            layout.addWidget(part, share)
