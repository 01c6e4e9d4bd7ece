"""Two charts, painted: bars one after the other, and shares of a whole. Each bar opens by finger, mouse or keyboard."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from pos.gui.plain import tool_tip
from pos.gui.theme import TYPE
from pos.gui.widgets import TARGET, Palette

PATTERNS: Final = (
    Qt.BrushStyle.SolidPattern, Qt.BrushStyle.BDiagPattern, Qt.BrushStyle.Dense4Pattern, Qt.BrushStyle.HorPattern,
    Qt.BrushStyle.DiagCrossPattern, Qt.BrushStyle.VerPattern,
)  # fmt: skip
"""Shares differ by place, word and pattern, not by colour alone."""

SCALE_LINES: Final = 4
_CENTRE: Final = Qt.AlignmentFlag.AlignCenter
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


WIDEST: Final = 72
"""Pixels of a bar at most: one hour's sales are no wall."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it opens, the words at it, its length, and the words for that. ``colour`` is one of the theme's."""

    key: str
    label: str
    value: int
    text: str
    spoken: str = ""
    colour: str = "accent"

    @property
    def said(self) -> str:
        """Both together, for tooltips and screen readers."""
        return f"{self.spoken or self.label}: {self.text}"


class Chart(QWidget):
    """``opened`` carries the key of a bar. Arrows move between bars, Enter opens one."""

    opened = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 96)
        self.bars: Sequence[Bar] = ()
        self._at = 0

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Other bars from now on."""
        self.bars = bars
        self._at = min(self._at, max(0, len(bars) - 1))
        self.setAccessibleDescription("; ".join(bar.said for bar in bars if bar.value))
        self.update()

    @abstractmethod
    def place(self, number: int) -> QRect:
        """Where a bar may be touched."""

    @abstractmethod
    def paint(self, painter: QPainter) -> None:
        """Draw all bars."""

    def number_at(self, at: QPoint) -> int | None:
        """The bar under a finger."""
        return next((number for number in range(len(self.bars)) if self.place(number).contains(at)), None)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.words("small"))
        if self.bars:
            self.paint(painter)
            if self.hasFocus():
                painter.setPen(QPen(QColor(Palette.colour("focus")), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(self.place(self._at).adjusted(1, 1, -1, -1), 8, 8)
        painter.end()

    def words(self, size: str, *, bold: bool = False) -> QFont:
        """A font of the type scale."""
        font = QFont(self.font())
        font.setPixelSize(TYPE[size])
        font.setBold(bold)
        return font

    def brush(self, painter: QPainter, name: str, pattern: Qt.BrushStyle = Qt.BrushStyle.SolidPattern) -> None:
        """Bars from now on: in one colour of the theme, with an edge, filled with a pattern."""
        colour = QColor(Palette.colour(name))
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(QBrush(colour, pattern))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        number = self.number_at(event.position().toPoint())
        if number is not None and event.button() is Qt.MouseButton.LeftButton:
            self._at = number
            self.update()
            self.opened.emit(self.bars[number].key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        key = Qt.Key(event.key())
        if self.bars and key in steps:
            self._move(self._at + steps[key])
        elif self.bars and key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._move(0 if key is Qt.Key.Key_Home else len(self.bars) - 1)
        elif self.bars and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.opened.emit(self.bars[self._at].key)
        else:
            super().keyPressEvent(event)

    def _move(self, number: int) -> None:
        self._at = max(0, min(number, len(self.bars) - 1))
        self.setAccessibleDescription(self.bars[self._at].said)  # a screen reader hears that it changed
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            number = self.number_at(event.pos())
            said = "" if number is None else tool_tip(self.bars[number].said)
            QToolTip.showText(event.globalPos(), said, self)
            return True
        return super().event(event)


class BarChart(Chart):
    """Bars beside each other, in the order of time."""

    TOP, FOOT = 24, 24

    def sizeHint(self) -> QSize:
        return QSize(480, 240)

    def place(self, number: int) -> QRect:
        left = self._left()
        room = max(len(self.bars), self.width() - left)
        first, after = (left + room * one // len(self.bars) for one in (number, number + 1))
        return QRect(first, 0, after - first, self.height())

    def paint(self, painter: QPainter) -> None:
        top = self._top()
        self._paint_scale(painter, top)
        step = 1 + (max(self._wide(bar.label) for bar in self.bars) + 8) // max(1, self.place(0).width())
        for number, bar in enumerate(self.bars):
            where, height = self.place(number), self._height(bar.value, top)
            gap = max(1, min(8, where.width() // 8), (where.width() - WIDEST) // 2)
            self.brush(painter, bar.colour)
            foot = self.height() - self.FOOT
            if bar.value:
                painter.drawRoundedRect(where.left() + gap, foot - height, where.width() - 2 * gap, height, 3, 3)
            painter.setPen(QColor(Palette.colour("soft")))
            if number % step == 0:
                painter.drawText(where.adjusted(-40, foot + 4, 40, 0), Qt.AlignmentFlag.AlignHCenter, bar.label)
            self._paint_text(painter, number, QRect(where.left(), foot - height - 20, where.width(), 18))

    def _paint_text(self, painter: QPainter, number: int, room: QRect) -> None:
        """The sum above a bar, where it has room; above the one in focus always."""
        text, here = self.bars[number].text, self.hasFocus() and number == self._at
        wide = self._wide(text) + 4
        if not here and (not self.bars[number].value or wide > room.width()):
            return
        if wide > room.width():
            room = QRect(min(room.center().x() - wide // 2, self.width() - wide), room.top(), wide, room.height())
        painter.setPen(QColor(Palette.colour("ink")))
        painter.drawText(room, _CENTRE, text)

    def scale(self) -> tuple[int, ...]:
        """Return the values of the lines: round ones, the last not below the longest bar."""
        most = max((bar.value for bar in self.bars), default=0)
        step = next(
            one * 10**power for power in range(16) for one in (1, 2, 5) if one * 10**power * SCALE_LINES >= most
        )
        return tuple(step * line for line in range(1, max(1, -(-most // step)) + 1))

    def show_scale(self, texts: Sequence[str]) -> None:
        """The words at the lines of :meth:`scale`."""
        self._scale_texts = tuple(texts)
        self.update()

    _scale_texts: tuple[str, ...] = ()

    def _paint_scale(self, painter: QPainter, top: int) -> None:
        line = QColor(Palette.colour("line"))
        foot = self.height() - self.FOOT
        painter.setPen(line)
        painter.drawLine(self._left(), foot, self.width(), foot)
        for value, text in zip(self.scale(), self._scale_texts, strict=False):
            at = foot - self._height(value, top)
            painter.setPen(line)
            painter.drawLine(self._left(), at, self.width(), at)
            painter.setPen(QColor(Palette.colour("soft")))
            painter.drawText(QRect(0, at - 10, self._left() - 8, 20), _RIGHT, text)

    def _left(self) -> int:
        return max((self._wide(text) for text in self._scale_texts), default=0) + 16

    def _top(self) -> int:
        return max(1, *self.scale())

    def _height(self, value: int, top: int) -> int:
        return value * max(0, self.height() - self.FOOT - self.TOP) // top

    def _wide(self, text: str) -> int:
        return QFontMetrics(self.words("small")).horizontalAdvance(text)


class ShareChart(Chart):
    """Shares below each other, the largest first: word, length and pattern, percent and sum. ``value`` is percent."""

    ROW = TARGET + 4

    def sizeHint(self) -> QSize:
        return QSize(320, self.ROW * max(1, len(self.bars)))

    def show_bars(self, bars: Sequence[Bar]) -> None:
        super().show_bars(bars)
        self.setMinimumHeight(TARGET * len(bars))
        self.updateGeometry()

    def place(self, number: int) -> QRect:
        tall = min(self.ROW + 8, max(TARGET, self.height() // max(1, len(self.bars))))
        return QRect(0, number * tall, self.width(), tall)

    def paint(self, painter: QPainter) -> None:
        for number, bar in enumerate(self.bars):
            where = self.place(number).adjusted(8, 4, -8, -4)
            upper = QRect(where.left(), where.top(), where.width(), 20)
            painter.setPen(QColor(Palette.colour("ink")))
            painter.setFont(self.words("small", bold=True))
            painter.drawText(upper, _LEFT, f"{bar.label}  {bar.value} %")
            painter.setFont(self.words("small"))
            painter.drawText(upper, _RIGHT, bar.text)
            self._paint_share(painter, QRect(where.left(), upper.bottom() + 2, where.width(), 12), number)

    def _paint_share(self, painter: QPainter, track: QRect, number: int) -> None:
        percent = self.bars[number].value
        painter.setPen(QColor(Palette.colour("line")))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(track, 4, 4)
        if percent:
            self.brush(painter, self.bars[number].colour, PATTERNS[number % len(PATTERNS)])
            painter.drawRoundedRect(track.left(), track.top(), track.width() * percent // 100, track.height(), 4, 4)
