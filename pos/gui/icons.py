"""Line icons out of ``resources/icons``, in any colour and size."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap

from pos.i18n import resources

_drawing = False


def begin() -> None:
    """Draw from now on. Before, icons are blank and keep their space: the window shows its texts first."""
    global _drawing
    _drawing = True


def pixmap(name: str, colour: str, size: int) -> QPixmap:
    """The icon ``name`` as ``size`` pixels square, its lines in ``colour`` (#rrggbb)."""
    return _drawn(name, colour, size) if _drawing else _blank(size, size)


def _blank(width: int, height: int) -> QPixmap:
    """Nothing, at the two points a pixel that a fine screen has."""
    made = QPixmap(width * 2, height * 2)
    made.fill(Qt.GlobalColor.transparent)
    made.setDevicePixelRatio(2)
    return made


@lru_cache(maxsize=256)
def _drawn(name: str, colour: str, size: int) -> QPixmap:
    from PySide6.QtCore import QByteArray
    from PySide6.QtSvg import QSvgRenderer

    text = (resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8").replace("#000", colour)
    image = _blank(size, size)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image


def icon(name: str, colour: str, size: int = 24, *, gap: int = 0) -> QIcon:
    """``gap`` pixels stay free at its right, before the words of a button."""
    plain = pixmap(name, colour, size)
    if not gap:
        return QIcon(plain)
    wide = _blank(size + gap, size)
    painter = QPainter(wide)
    painter.drawPixmap(0, 0, plain)
    painter.end()
    return QIcon(wide)
