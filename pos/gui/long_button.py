"""A button whose text may be longer than its place. Apart from the other widgets: its enums of Qt are slow to load."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QStyleOptionButton, QStylePainter

from pos.gui.plain import without_mnemonic
from pos.gui.widgets import TARGET, Button


class LongButton(Button):
    """Its lines may be of any length: where they do not fit, they end in dots. They are read out whole."""

    dots = Qt.TextElideMode.ElideRight

    def __init__(self, name: str, role: str = "", action: Callable[[], object] | None = None) -> None:
        super().__init__(name, role, action)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(2 * TARGET, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        font = QFont(self.font())
        font.setBold(self.isChecked())
        inside = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self)
        room = inside.width() - (0 if self.icon().isNull() else self.iconSize().width() + 8)
        metrics = QFontMetrics(font)
        lines = (metrics.elidedText(line, self.dots, room) for line in self.text().split("\n"))
        option.text = without_mnemonic("\n".join(lines))
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)
