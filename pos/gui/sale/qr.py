"""A link as a QR code: encoded beside the GUI thread, painted on whole pixels."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

SMALLEST = 288
"""Pixels of the code with its quiet zone, at least."""

TONES = bytes.maketrans(b"01", b"\xff\x00")
"""White and black of a picture's digits."""


@lru_cache(maxsize=64)
def encode(text: str) -> QImage:
    """``text`` as one pixel a module, quiet zone included. Slow the first time: never on the GUI thread."""
    from pos.gui.sale.qr_mask import picture

    side, modules = picture(text)
    dots = f"{modules:0{side * side}b}".encode().translate(TONES)
    return QImage(dots, side, side, side, QImage.Format.Format_Grayscale8).copy()  # its own bytes from here on


class QrView(QWidget):
    """Shows an encoded image as large as whole pixels for each module allow; ``touched`` says that it was pressed."""

    touched = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._image: QImage | None = None
        self.setMinimumSize(SMALLEST, SMALLEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_image(self, image: QImage | None) -> None:
        """The image to paint; None paints nothing: a code that was given up is gone."""
        self._image = image
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SMALLEST, SMALLEST)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._image is not None:
            self.touched.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        ratio = self.devicePixelRatioF()
        room = int(min(self.width(), self.height(), 480) * ratio)
        side = max(1, room // self._image.width()) * self._image.width() / ratio
        # White to the edge of the room: the quiet zone may be wider than four modules, never narrower.
        square = QRect(0, 0, int(room / ratio), int(room / ratio))
        square.moveCenter(self.rect().center())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("white"))
        painter.drawRoundedRect(square, 8, 8)
        target = QRect(0, 0, int(side), int(side))
        target.moveCenter(self.rect().center())
        painter.drawImage(target, self._image)
