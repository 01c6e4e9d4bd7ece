"""How every table of the window looks and is walked through: whole rows, one at a time, tall enough for a finger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableView

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
