"""The tiles of the waiting list: one payment each, two rows of them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from pos.domain.payment import Attempt
from pos.domain.split import SplitSale
from pos.gui import icons
from pos.gui.sale.waiting_list import TALL
from pos.gui.tender_words import tender_word
from pos.gui.theme import TYPE
from pos.gui.widgets import Palette
from pos.gui.words import LOOKS, Look, attempt_short
from pos.i18n import _

NARROW = 130
"""Pixels of a tile's width at least, the gap to the next one included."""
GAP = 4
DOT = " · "
"""Between the tender and the state."""
LEAST = 28
"""Pixels below which a part of a tender says nothing."""
MOVING = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter}
ORDER_NO = Qt.ItemDataRole.UserRole
LOOK = Qt.ItemDataRole.UserRole + 1
PART_PAID = Look("", "warn", "sale")
"""Of a split sale that was left with a part paid."""


class Tile(QStyledItemDelegate):
    """Paints one payment: icon and amount, beneath them the tender and the state's word in its tone."""

    front = ""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        tiles = self.parent()
        return tiles.gridSize() if isinstance(tiles, QListWidget) else super().sizeHint(option, index)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        look = index.data(LOOK)
        amount, _newline, words = str(index.data()).partition("\n")
        room = QRectF(option.rect).adjusted(0.5, 0.5, -GAP - 0.5, -GAP - 0.5)
        marked = index.data(ORDER_NO) == self.front
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(Palette.colour("focus" if marked or focused else "line")), 2 if focused else 1))
        painter.setBrush(QColor(Palette.colour(f"{look.tone}tint" if look.tone != "busy" or marked else "card")))
        painter.drawRoundedRect(room, 8, 8)
        painter.drawPixmap(int(room.x()) + 8, int(room.y()) + 4, icons.pixmap(look.icon, Palette.tone(look.tone), 18))
        wide = int(room.width()) - 12
        self._write(painter, room.adjusted(32, 2, -6, 0), amount, "body", "ink", wide - 24)
        self._write(painter, room.adjusted(8, 22, -4, 0), words, "small", look.tone, wide)
        painter.restore()

    def _write(self, painter: QPainter, room: QRectF, text: str, size: str, tone: str, wide: int) -> None:
        font = QFont(painter.font())
        font.setPixelSize(TYPE[size])
        font.setBold(size == "body")
        painter.setFont(font)
        painter.setPen(QColor(Palette.tone(tone)))
        room.setHeight(20)
        shown = with_whole_state(text, painter.fontMetrics(), wide)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def with_whole_state(words: str, metrics: QFontMetrics, wide: int) -> str:
    """Return ``words`` cut to ``wide`` pixels: of "tender · state" the tender is cut, or left out, never the state."""
    if metrics.horizontalAdvance(words) <= wide:
        return words
    tender, dot, state = words.partition(DOT)
    left = wide - metrics.horizontalAdvance(f"{dot}{state}")
    if not dot or left < LEAST:
        return metrics.elidedText(state or tender, Qt.TextElideMode.ElideRight, wide)
    return metrics.elidedText(tender, Qt.TextElideMode.ElideRight, left) + dot + state


class Tiles(QListWidget):
    """Two rows of tiles; more of them scroll."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setFixedHeight(2 * TALL)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerItem)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._tile = Tile(self)
        self.setItemDelegate(self._tile)

    def mark(self, order_no: str) -> None:
        """Mark the one in front; "" for none."""
        self._tile.front = order_no
        self.viewport().update()

    def fill(self, attempts: Iterable[Attempt], sales: Iterable[SplitSale]) -> None:
        """One tile a split sale or payment, the one that was marked by the keys marked again."""
        here = self.currentItem()
        current = here.data(ORDER_NO) if here else ""
        self.clear()
        for item in (*map(_sale_item, sales), *map(_attempt_item, attempts)):
            self.addItem(item)
            if item.data(ORDER_NO) == current:
                self.setCurrentItem(item)

    def resizeEvent(self, event: QResizeEvent) -> None:
        # Qt lays out as if the scroll bar were always there: a tile too wide for that would leave its column empty.
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self.verticalScrollBar())
        room = self.maximumViewportSize().width() - bar
        self.setGridSize(QSize(room // max(1, room // NARROW), TALL))
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in MOVING:
            super().keyPressEvent(event)
        else:
            event.ignore()  # digits go on to the sale, whatever is marked here


def _attempt_item(attempt: Attempt) -> QListWidgetItem:
    note = attempt.terms.note.replace(DOT, " ")
    name = f"{note} {tender_word(attempt.tender)}".lstrip()  # the end of it is cut, never the state
    text = f"{attempt.shown_amount.display}\n{name} · {attempt_short(attempt)}"
    return _item(attempt.order_no, text, LOOKS[attempt.state])


def _sale_item(sale: SplitSale) -> QListWidgetItem:
    words = _("Split · {paid} paid").format(paid=sale.paid.display)
    return _item(sale.sale_id, f"{sale.amount.display}\n{words}", PART_PAID)


def _item(number: str, text: str, look: Look) -> QListWidgetItem:
    item = QListWidgetItem(text)
    item.setData(ORDER_NO, number)
    item.setData(LOOK, look)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, text.replace("\n", ", "))
    return item
