"""The tender keys F1 to F5: what may be pressed, why not, and how the gateway behind it is today."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from pos.domain.tenders import SHORTCUTS, SPECS, USUAL_KEYS, Kind, Tender
from pos.gui import icons
from pos.gui.key_guard import ENTER, KeyGuard
from pos.gui.layouts import vbox
from pos.gui.plain import tool_tip
from pos.gui.self_updating import SelfUpdating
from pos.gui.tender_words import gateway_word, tender_word
from pos.gui.theme import TYPE
from pos.gui.widgets import Palette
from pos.i18n import N_, _

if TYPE_CHECKING:
    from pos.domain.events import Fact
    from pos.services.routes import Offer


ROOM = 84
"""Pixels of height that icon, name and two lines beneath them take; a taller tile centres them."""

HINTS: Final = {Kind.CASH: N_("change is worked out"), Kind.PAGE: N_("customer's choice")}
"""What a key says beneath its name, by the kind of its tender; the others name their gateways."""


class TenderTile(SelfUpdating, QAbstractButton):
    """Icon, name and key; beneath them the route, or in words why it cannot be pressed."""

    def __init__(self, tender: Tender, action: Callable[[Tender], object]) -> None:
        super().__init__()
        self.tender = tender
        self.offer: Offer | None = None
        self._silence = ""
        self._key_refused = False
        self._guard = KeyGuard()
        self.setObjectName(f"tender{tender.value.title()}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumSize(148, 76)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.clicked.connect(lambda _checked=False: action(tender))
        self.retranslate()

    def retranslate(self) -> None:
        self.setText(tender_word(self.tender))
        self.setToolTip(tool_tip(self.offer.reason.spoken() if self.offer else ""))
        self.setAccessibleName(f"{self.text()} {SHORTCUTS[self.tender]}")
        self.setAccessibleDescription(self._under())
        self.update()

    def repaint_icons(self) -> None:
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat() or self._guard.holds_press(event):
            event.accept()
        elif event.key() in ENTER:
            self.click()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()  # the second click of a double click

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        usable = self.offer is None or self.offer.available
        focus, line = (2, "focus") if self.hasFocus() else (1, "line")
        fill = "pressed" if self.isDown() else ("key" if usable else "disabled")
        painter.setPen(QPen(QColor(Palette.colour(line)), focus))
        painter.setBrush(QColor(Palette.colour(fill)))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 12, 12)
        room = self.rect().adjusted(0, max(0, (self.height() - ROOM) // 2), 0, 0)
        self._head(painter, room, "ink" if usable else "soft", SPECS[self.tender].colour if usable else "soft")
        tone = "warn" if self._silence or self._key_refused or not usable else "soft"
        left = 14
        if self._silence and usable:
            painter.drawPixmap(14, room.top() + 41, icons.pixmap("storm", Palette.colour("warn"), 18))
            left = 36
        self._write(painter, room.adjusted(left, 40, -8, -4), self._under(), "small", tone, wrap=True)

    def _head(self, painter: QPainter, room: QRect, ink: str, tint: str) -> None:
        painter.drawPixmap(14, room.top() + 10, icons.pixmap(SPECS[self.tender].icon, Palette.colour(tint), 24))
        self._write(painter, room.adjusted(46, 9, -36, 0), self.text(), "lead", ink, bold=True)
        self._write(painter, room.adjusted(0, 12, -12, 0), SHORTCUTS[self.tender], "small", "soft", right=True)

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

    def _write(
        self, painter: QPainter, room: QRect, text: str, size: str, colour: str, *,
        bold: bool = False, right: bool = False, wrap: bool = False,
    ) -> None:  # fmt: skip
        font = QFont(self.font())
        font.setPixelSize(TYPE[size])
        font.setBold(bold)
        painter.setFont(font)
        painter.setPen(QColor(Palette.colour(colour)))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        flags = side | Qt.AlignmentFlag.AlignTop
        shown = text if wrap else painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(flags) | (int(Qt.TextFlag.TextWordWrap) if wrap else 0), shown)


class TenderKeys(QWidget):
    """``pressed`` carries the tender, also of a key that is not available: the page says why.

    ``tool_wanted``: the customer's page of MyPay is to open with a certain tool.
    """

    pressed = Signal(object)
    tool_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tiles = {tender: TenderTile(tender, self.pressed.emit) for tender in USUAL_KEYS}
        mypay = self.tiles[Tender.MYPAY]
        mypay.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)  # the other mouse key, or a long touch
        mypay.customContextMenuRequested.connect(lambda _place: self.tool_wanted.emit())
        vbox(*self.tiles.values(), into=self, spacing=6)
        self._key_refused: set[str] = set()
        self._silent: dict[str, str] = {}

    def make(self, offers: Sequence[Offer]) -> None:
        """What the register offers, once it knows."""
        for offer in offers:
            self.tiles[offer.tender].make(offer)
        self._mark_keys()
        self._show_silence()

    def offer(self, tender: Tender) -> Offer | None:
        """None while the register is being opened."""
        return self.tiles[tender].offer

    @property
    def take_codes(self) -> bool:
        """Whether any key charges the code on a customer's phone."""
        return any(tile.offer is not None and tile.offer.takes_codes for tile in self.tiles.values())

    def on_fact(self, fact: Fact) -> None:
        """Show the health of a gateway, or that it refuses this shop's key."""
        from pos.domain.events import GatewayHealthChanged, MerchantKeyChanged

        if isinstance(fact, GatewayHealthChanged):
            self.show_gateway_health(fact.gateway, fact.up, fact.message.spoken())
        elif isinstance(fact, MerchantKeyChanged):
            self.mark_key(fact.gateway, refused=fact.refused)

    def mark_key(self, gateway: str, *, refused: bool) -> None:
        """Mark every key whose first route is a gateway that refuses this shop's merchant key, or remove the mark."""
        self._key_refused.add(gateway) if refused else self._key_refused.discard(gateway)
        self._mark_keys()

    def _mark_keys(self) -> None:
        for tile in self.tiles.values():
            first = tile.offer.routes[:1] if tile.offer else ()
            tile.mark_key(refused=not self._key_refused.isdisjoint(first))

    def show_gateway_health(self, gateway: str, up: bool, message: str) -> None:
        """Show on every key whose first route is ``gateway`` whether it answers, also on keys that are made later."""
        if up:
            self._silent.pop(gateway, None)
        else:
            self._silent[gateway] = message
        self._show_silence()

    def _show_silence(self) -> None:
        for tile in self.tiles.values():
            first = next(iter(tile.offer.routes), "") if tile.offer else ""
            tile.show_silence(self._silent.get(first, ""))
