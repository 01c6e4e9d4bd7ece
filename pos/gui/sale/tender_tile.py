"""The tiles of the tenders: icon, name and key; beneath them the route, or why it cannot be pressed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from pos.domain.tenders import MORE_KEY, SPECS, Kind, Tender
from pos.gui import icons
from pos.gui.key_guard import ENTER, KeyGuard
from pos.gui.plain import tool_tip
from pos.gui.self_updating import SelfUpdating
from pos.gui.tender_words import gateway_word, tender_word
from pos.gui.theme import TYPE
from pos.gui.widgets import Palette
from pos.i18n import N_, _

if TYPE_CHECKING:
    from pos.services.routes import Offer


ROOM: Final = 84
"""Pixels of height that icon, name and two lines beneath them take; a taller tile centres them."""

LOW: Final = 62
"""Pixels of height below which a tile shows icon and name only."""

HINTS: Final = {
    Kind.CASH: N_("change is worked out"),
    Kind.PAGE: N_("customer's choice"),
    Kind.STORE: N_("paid later at a store"),
}
"""What a key says beneath its name, by the kind of its tender; the others name their gateways."""


class Tile(SelfUpdating, QAbstractButton):
    """A key with a painted icon and name. One press counts once, however long the key is held."""

    def __init__(self, name: str, icon: str, key: str, action: Callable[[], object]) -> None:
        super().__init__()
        self._icon, self._key = icon, key
        self._guard = KeyGuard()
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.clicked.connect(lambda _checked=False: action())

    def repaint_icons(self) -> None:
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat() or self._guard.holds_press(event):
            event.accept()
        elif event.key() in ENTER:
            self.click()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()  # the second click of a double click

    def _frame(self, painter: QPainter, fill: str) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focus, line = (2, "focus") if self.hasFocus() else (1, "line")
        painter.setPen(QPen(QColor(Palette.colour(line)), focus))
        painter.setBrush(QColor(Palette.colour("pressed" if self.isDown() else fill)))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 12, 12)

    def _head(self, painter: QPainter, room: QRect, ink: str, tint: str) -> None:
        painter.drawPixmap(14, room.top() + 10, icons.pixmap(self._icon, Palette.colour(tint), 24))
        key_room = QFontMetrics(self._font("small")).horizontalAdvance(self._key)
        names = room.adjusted(46, 9, -18 - key_room, 0)
        size = "lead" if self._fits(self.text(), "lead", names.width()) else "body"
        self._write(painter, names.adjusted(0, TYPE["lead"] - TYPE[size], 0, 0), self.text(), size, ink, bold=True)
        self._write(painter, room.adjusted(0, 12, -12, 0), self._key, "small", "soft", right=True)

    def _middle(self, high: int) -> QRect:
        return self.rect().adjusted(0, max(0, (self.height() - high) // 2), 0, 0)

    def _fits(self, text: str, size: str, wide: int) -> bool:
        return QFontMetrics(self._font(size, bold=True)).horizontalAdvance(text) <= wide

    def _font(self, size: str, *, bold: bool = False) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(TYPE[size])
        font.setBold(bold)
        return font

    def _write(
        self, painter: QPainter, room: QRect, text: str, size: str, colour: str, *,
        bold: bool = False, right: bool = False, wrap: bool = False,
    ) -> None:  # fmt: skip
        painter.setFont(self._font(size, bold=bold))
        painter.setPen(QColor(Palette.colour(colour)))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        flags = side | Qt.AlignmentFlag.AlignTop
        shown = text if wrap else painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(flags) | (int(Qt.TextFlag.TextWordWrap) if wrap else 0), shown)


class TenderTile(Tile):
    """One way to pay. ``key`` is the function key that presses it, "" for none."""

    def __init__(self, tender: Tender, key: str, action: Callable[[Tender], object]) -> None:
        name = "".join(part.title() for part in tender.value.split("_"))
        super().__init__(f"tender{name}", SPECS[tender].icon, key, lambda: action(tender))
        self.tender = tender
        self.offer: Offer | None = None
        self._silence = ""
        self._key_refused = False
        self.setMinimumSize(148, 76)
        self.retranslate()

    def retranslate(self) -> None:
        self.setText(tender_word(self.tender))
        self.setToolTip(tool_tip(self.offer.reason.spoken() if self.offer else ""))
        self.setAccessibleName(f"{self.text()} {self._key}".strip())
        self.setAccessibleDescription(self._under())
        self.update()

    def make(self, offer: Offer) -> None:
        """Say what this key may do."""
        self.offer = offer
        self.retranslate()

    def show_silence(self, message: str) -> None:
        """The first gateway behind this key does not answer; "" when it does again."""
        self._silence = message
        self.retranslate()

    def mark_key(self, *, refused: bool) -> None:
        """Show that the first gateway behind this tile refuses this shop's key, or remove the mark."""
        if refused != self._key_refused:
            self._key_refused = refused
            self.retranslate()

    def sizeHint(self) -> QSize:
        return QSize(160, 104)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        usable = self.offer is None or self.offer.available
        self._frame(painter, "key" if usable else "disabled")
        low = self.height() < LOW
        room = self._middle(44 if low else ROOM)
        self._head(painter, room, "ink" if usable else "soft", SPECS[self.tender].colour if usable else "soft")
        if low:
            return
        tone = "warn" if self._silence or self._key_refused or not usable else "soft"
        left = 14
        if self._silence and usable:
            painter.drawPixmap(14, room.top() + 41, icons.pixmap("storm", Palette.colour("warn"), 18))
            left = 36
        self._write(painter, room.adjusted(left, 40, -8, -4), self._under(), "small", tone, wrap=True)

    def _under(self) -> str:
        if self.offer is None:
            return ""
        if not self.offer.available:
            return self.offer.short.spoken()
        if self._key_refused:
            return _("refuses this shop's key")
        if self._silence:
            return _("{gateway} does not answer").format(gateway=gateway_word(self.offer.routes[0]))
        if hint := HINTS.get(SPECS[self.offer.tender].kind):
            return _(hint)
        return " → ".join(gateway_word(route) for route in self.offer.routes)


class MoreTile(Tile):
    """Opens the choice of the ways to pay that have no key of their own."""

    def __init__(self, action: Callable[[], object]) -> None:
        super().__init__("tenderMore", "more", MORE_KEY, action)
        self.setFixedHeight(46)
        self.retranslate()

    def retranslate(self) -> None:
        self.setText(_("More"))
        self.setAccessibleName(f"{self.text()} {MORE_KEY}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, 46)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._frame(painter, "key")
        self._head(painter, self._middle(44), "ink", "accent")
