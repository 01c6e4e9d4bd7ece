"""Line icons out of ``resources/icons``, in any colour and size."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap

from pos.i18n import resources


@lru_cache(maxsize=256)
def pixmap(name: str, colour: str, size: int) -> QPixmap:
    """The icon ``name`` as ``size`` pixels square, its lines in ``colour`` (#rrggbb)."""
    from PySide6.QtSvg import QSvgRenderer

    text = (resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8").replace("#000", colour)
    image = QPixmap(size * 2, size * 2)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, size * 2, size * 2))
    painter.end()
    image.setDevicePixelRatio(2)
    return image


def icon(name: str, colour: str, size: int = 24, *, gap: int = 0) -> QIcon:
    """``gap`` pixels stay free at its right, before the words of a button."""
    plain = pixmap(name, colour, size)
    if not gap:
        return QIcon(plain)
    wide = QPixmap((size + gap) * 2, size * 2)
    wide.fill(Qt.GlobalColor.transparent)
    wide.setDevicePixelRatio(2)
    painter = QPainter(wide)
    painter.drawPixmap(0, 0, plain)
    painter.end()
    return QIcon(wide)
