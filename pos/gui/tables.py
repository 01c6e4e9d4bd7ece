"""The tables of the window: whole rows, selected one at a time, tall enough for a finger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTableView, QTableWidget, QTableWidgetItem, QWidget

from pos.gui.icons import icon
from pos.gui.plain import tool_tip
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Palette
from pos.i18n import _

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex
NO_PARENT: Final = QModelIndex()

RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter

ROW: Final = 48
"""Pixels of a row."""

REST: Final = 80
"""Pixels that the column without a width of its own keeps, while the others grow."""

LOOKED_AT: Final = 100
"""Rows that are measured: a page of payments."""


class _ColumnFit(QObject):
    """Columns grow with their content, so that no amount is cut. They never shrink again, so that nothing jumps."""

    def __init__(self, table: QTableView, widths: dict[int, int]) -> None:
        super().__init__(table)
        self._table, self._least, self._needs = table, widths, dict(widths)
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


def configure_table(table: QTableView, name: str, widths: Sequence[int]) -> None:
    """Set the objectName and the look; ``widths``: the least pixels of each column, 0 for the one that has the rest."""
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
    header.setDefaultAlignment(LEFT)
    header.setSectionResizeMode(widths.index(0), QHeaderView.ResizeMode.Stretch)
    least = {column: width for column, width in enumerate(widths) if width}
    for column, width in least.items():
        header.resizeSection(column, width)
    _ColumnFit(table, least)


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """What one column shows of a record. ``title`` is a gettext id, ``icon`` returns an icon's name and its tone.

    ``width``: its least pixels, 0 for the one that has the rest of the table. ``right``: aligned right.
    """

    title: str
    text: Callable[[R], str]
    width: int = 0
    right: bool = False
    icon: Callable[[R], tuple[str, str]] | None = None


class RecordModel(QAbstractTableModel, Generic[R]):
    """A row for each record."""

    def __init__(self, columns: Sequence[Column[R]]) -> None:
        super().__init__()
        self.columns = columns
        self.records: list[R] = []

    def reset(self, records: Sequence[R], columns: Sequence[Column[R]] | None = None) -> None:
        """Show these records instead, and these columns if given."""
        self.beginResetModel()
        self.records = list(records)
        self.columns = columns or self.columns
        self.endResetModel()

    def extend(self, records: Sequence[R]) -> None:
        """Show these records too, below the others."""
        if records:
            first = len(self.records)
            self.beginInsertRows(NO_PARENT, first, first + len(records) - 1)
            self.records.extend(records)
            self.endInsertRows()

    def replace(self, row: int, record: R) -> None:
        """Show another record in this row."""
        self.records[row] = record
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.records)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if self.columns[section].right else LEFT
        return _(self.columns[section].title) if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        record, column = self.records[index.row()], self.columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.text(record)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column.right else None
        if role == Qt.ItemDataRole.DecorationRole and column.icon is not None:
            name, tone = column.icon(record)
            return icon(name, Palette.tone(tone))
        return None


class RecordView(SelfUpdating, QTableView):
    """The table of a :class:`RecordModel`; ``model`` begins with all the columns that it may have."""

    def __init__(self, name: str, model: RecordModel[Any]) -> None:
        super().__init__()
        self.setModel(model)
        configure_table(self, name, [column.width for column in model.columns])

    def retranslate(self) -> None:
        model = self.model()
        model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, model.columnCount() - 1)

    def repaint_icons(self) -> None:
        self.viewport().update()


class RecordTable(SelfUpdating, QTableWidget):
    """Rows of texts. ``columns``: each title, a gettext id, with the least width of its column, 0 for the rest.

    While it has no rows, :attr:`empty` is shown in its place.
    """

    def __init__(self, name: str, columns: Mapping[str, int], right: int = -1) -> None:
        """``right``: the column whose texts are aligned right, -1 for none."""
        super().__init__(0, len(columns))
        self._titles, self._right = list(columns), right
        self.empty: QWidget | None = None
        configure_table(self, name, list(columns.values()))
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
