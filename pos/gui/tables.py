"""The tables of the window: whole rows, selected one at a time, tall enough for a finger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTableView, QTableWidget, QTableWidgetItem, QWidget

from pos.gui.plain import tool_tip
from pos.gui.self_updating import SelfUpdating
from pos.i18n import _

V = TypeVar("V", bound=QTableView)

RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter

ROW: Final = 48
"""Pixels of a row."""

REST: Final = 80
"""Pixels that the column without a width of its own keeps, while the others grow."""

LOOKED_AT: Final = 100
"""Rows that are measured: a page of payments."""


class _ColumnFit(QObject):
    """Columns grow with their content, so that no amount is cut. They never shrink again, so that nothing jumps."""

    def __init__(self, table: QTableView, widths: Mapping[int, int]) -> None:
        super().__init__(table)
        self._table, self._least, self._needs = table, dict(widths), dict(widths)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._fit)
        table.horizontalHeader().setResizeContentsPrecision(LOOKED_AT)
        model = table.model()
        for changed in (model.modelReset, model.rowsInserted, model.dataChanged, model.headerDataChanged):
            changed.connect(self._soon.start)
        table.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._soon.start()
        return False

    def _fit(self) -> None:
        table, header = self._table, self._table.horizontalHeader()
        there = [column for column in self._needs if column < header.count()]  # some tables have a column at times
        for column in there:
            hints = table.sizeHintForColumn(column), header.sectionSizeHint(column)
            self._needs[column] = max(self._needs[column], *hints)
        needs = {column: self._needs[column] for column in there}
        over = sum(needs.values()) + REST - table.viewport().width()
        for column, need in sorted(needs.items(), key=lambda one: one[1], reverse=True):
            given = max(0, min(over, need - self._least[column]))  # the widest gives back first
            over -= given
            header.resizeSection(column, need - given)


def configure_table(table: V, name: str, widths: Mapping[int, int], wide: int) -> V:
    """``table`` with its objectName; ``widths`` are the least ones of columns in pixels, ``wide`` takes the rest."""
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
    _ColumnFit(table, widths)
    return table


class RecordTable(SelfUpdating, QTableWidget):
    """Rows of texts. ``columns``: each title, a gettext id, with the least width of its column, 0 for the rest.

    While it has no rows, :attr:`empty` is shown in its place.
    """

    def __init__(self, name: str, columns: Mapping[str, int], right: int = -1) -> None:
        """``right``: the column whose texts are aligned right, -1 for none."""
        super().__init__(0, len(columns))
        self._titles, self._right = list(columns), right
        self.empty: QWidget | None = None
        widths = {place: width for place, width in enumerate(columns.values()) if width}
        wide = next(place for place, width in enumerate(columns.values()) if not width)
        configure_table(self, name, widths, wide)
        self.retranslate()

    def show_rows(
        self, rows: Sequence[Sequence[str]], *, icons: Sequence[QIcon] = (), tips: Sequence[str] | None = None
    ) -> None:
        """Show these rows instead, with an icon for each in its last column.

        ``tips``: the tool tip of each row; None repeats each text as its own.
        """
        self.setRowCount(len(rows))
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(tool_tip(tips[row] if tips else text))
                if column == self._right:
                    item.setTextAlignment(RIGHT)
                if icons and column == len(texts) - 1:
                    item.setIcon(icons[row])
                self.setItem(row, column, item)
        if self.empty is not None:
            self.setVisible(bool(rows))
            self.empty.setVisible(not rows)

    def retranslate(self) -> None:
        self.setHorizontalHeaderLabels([_(title) for title in self._titles])
        if self._right >= 0:
            self.model().setHeaderData(self._right, Qt.Orientation.Horizontal, RIGHT, Qt.ItemDataRole.TextAlignmentRole)


class _Typed(QObject):
    """Letters and digits belong to the search, wherever among what was found the focus is: a receipt is scanned."""

    def __init__(self, field: QLineEdit, table: QTableView) -> None:
        super().__init__(table)
        self._field = field
        table.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and typed_into(self._field, event)


def typed_into(field: QLineEdit, event: QKeyEvent) -> bool:
    """Begin another search with a letter or a digit that was typed elsewhere; False for every other key."""
    if not event.text().isalnum():
        return False
    field.setFocus()
    field.setText(event.text())
    return True


def connect_search_to_table(field: QLineEdit, table: QTableView) -> None:
    """The arrow down leads from the search into what was found, one row further."""

    def step() -> None:
        rows = table.model().rowCount()
        if rows:
            table.setFocus(Qt.FocusReason.TabFocusReason)
            table.selectRow(min(table.currentIndex().row() + 1, rows - 1))

    _Typed(field, table)
    down = QShortcut(QKeySequence(Qt.Key.Key_Down), field)
    down.setContext(Qt.ShortcutContext.WidgetShortcut)
    down.activated.connect(step)
