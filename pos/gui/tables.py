"""How every table of the window looks and is walked through: whole rows, one at a time, tall enough for a finger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTableView

V = TypeVar("V", bound=QTableView)

ROW: Final = 48
"""Pixels of a row."""


def dressed(table: V, name: str, widths: Mapping[int, int], wide: int) -> V:
    """``table`` with its objectName; ``widths`` of columns in pixels, ``wide`` is the one that takes the rest."""
    table.setObjectName(name)
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
    table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(ROW)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)
    for column, width in widths.items():
        header.resizeSection(column, width)
    return table


def led_into(field: QLineEdit, table: QTableView) -> None:
    """The arrow down leads from the search into what was found, one row further."""

    def step() -> None:
        rows = table.model().rowCount()
        if rows:
            table.setFocus(Qt.FocusReason.TabFocusReason)
            table.selectRow(min(table.currentIndex().row() + 1, rows - 1))

    down = QShortcut(QKeySequence(Qt.Key.Key_Down), field)
    down.setContext(Qt.ShortcutContext.WidgetShortcut)
    down.activated.connect(step)
