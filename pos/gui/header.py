"""The line above every page: the shop, the clock, and the switches."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPixmap, QResizeEvent

from pos.gui import icons
from pos.gui.bridge import ShopView
from pos.gui.layouts import hbox
from pos.gui.plain import PlainLabel, tool_tip
from pos.gui.tender_words import gateway_word
from pos.gui.widgets import Button, DigitFrame, Elided, Palette, label
from pos.i18n import _, language

CLOCK = 56
"""Pixels that a time of day takes at most; they are kept free before it is known."""

NUMBER = 40
"""Pixels more than the least that the register's number has before texts are shown beside icons."""

PERSON = 112
"""Pixels of a person's name at most."""


class Header(DigitFrame):
    """Its buttons are connected by the window."""

    def __init__(self, shop: ShopView) -> None:
        super().__init__()
        self.setObjectName("header")
        self.setFixedHeight(64)
        self._shop = shop
        self._name, self._register, self._time = (
            Elided("title", least=96),
            Elided("soft"),
            label("lead", "headerClock"),
        )
        self._time.setMinimumWidth(CLOCK)
        self._silent: set[str] = set()
        self._key_refused: set[str] = set()
        self._health_icon, self._health = PlainLabel(), Elided("soft", "connectionState", least=88)
        self.past = Button("pastSwitch", "flat").with_icon("list")
        self.owed = Button("owedSwitch", "flat").with_icon("receipt", "warn")
        self.owed.hide()
        self._owed = 0
        self.office = Button("officeSwitch", "flat").with_icon("office")
        self.person = Button("personSwitch", "flat").with_icon("person")
        self._person, self._locked = "", False
        self.keys = Button("keysSwitch", "flat").with_icon("keyboard", alone=True)
        self.review = Button("reviewSwitch", "flat").with_icon("bell", "late")
        self.review.hide()
        self._reviews = 0
        self.language = Button("languageSwitch", "flat").with_icon("globe")
        self.theme = Button("themeSwitch", "flat").with_icon("theme", alone=True)
        health = self._health_icon, self._health
        margins = 16, 8, 16, 8
        hbox(
            self._name, 8, self._register, 16, *health, None, *self._switches, 8, self._time, into=self, margins=margins
        )
        self._ticker = QTimer(self)
        self._ticker.setInterval(1000)
        self._ticker.timeout.connect(self._tick)
        self.retranslate()

    @property
    def _switches(self) -> tuple[Button, ...]:
        return self.review, self.owed, self.past, self.office, self.person, self.keys, self.language, self.theme

    def show_person(self, name: str, *, locked: bool) -> None:
        """Show who is signed in, "" for no one; a locked register disables the buttons."""
        self._person, self._locked = name, locked
        self.retranslate()

    def build_deferred(self) -> None:
        """Show the time of day, which no digit needs."""
        self._tick()
        self._ticker.start()
        self._fit()

    def _tick(self) -> None:
        from datetime import UTC, datetime

        self._time.setText(f"{datetime.now(UTC).astimezone(self._shop.timezone):%H:%M}")

    def show_gateway_health(self, gateway: str, up: bool) -> None:
        """Show whether a gateway answers."""
        self._silent.discard(gateway) if up else self._silent.add(gateway)
        self._show_health()
        self._fit()

    def mark_key(self, gateway: str, *, refused: bool) -> None:
        """Show that a gateway refuses this shop's key, or remove the mark."""
        self._key_refused.add(gateway) if refused else self._key_refused.discard(gateway)
        self._show_health()
        self._fit()

    def _show_health(self) -> None:
        silent = _("{gateway} does not answer"), self._silent - self._key_refused
        refusing = _("{gateway} refuses this shop's key"), self._key_refused
        said = [text.format(gateway=_names(who)) for text, who in (silent, refusing) if who]
        self._health.setText(" · ".join(said))
        self._health.setProperty("tone", "warn")
        self._health_icon.setPixmap(icons.pixmap("storm", Palette.colour("warn"), 18) if said else QPixmap())

    def count_owed(self, owed: Sequence[object]) -> None:
        """Invoices that are still to be issued; no button where there is none."""
        self._owed = len(owed)
        self.owed.setVisible(bool(owed))
        self.retranslate()

    def count_reviews(self, count: int) -> None:
        """Payments that wait for a manager; no button where there is none."""
        self._reviews = count
        self.review.setVisible(count > 0)
        self.retranslate()

    def retranslate(self) -> None:
        self._show_health()
        self.review.say(_("{count} to settle").format(count=self._reviews), _("Payments a manager must settle"))
        self._name.setText(self._shop.name or _("Counter"))
        self._register.setText(_("Register {number}").format(number=self._shop.register_id))
        self.owed.say(_("{count} to do").format(count=self._owed), _("E-invoices to do") + " Shift+F9")
        self.past.say(_("Past payments"), _("Past payments") + " F7")
        self.office.say(_("Office"), _("Office") + " Shift+F7")
        self._show_name()
        self.keys.say("", _("Keys") + " F11")
        self.keys.setToolTip(tool_tip(_("Keys") + " F11"))
        self.language.say("English" if language() == "zh_TW" else "正體中文")
        self.theme.say("", _("Light or dark"))
        self.theme.setToolTip(tool_tip(_("Light or dark")))
        self._fit()

    def _fit(self) -> None:
        """Show icons without words where the row is too narrow, the least needed first; counts keep their number."""
        row = self.layout()
        if row is None or not self._ticker.isActive():
            return
        words = {self.language: "English" if language() == "zh_TW" else "正體中文", self.past: _("Past payments"),
                 self.office: _("Office"), self.owed: _("{count} to do").format(count=self._owed),
                 self.review: _("{count} to settle").format(count=self._reviews)}  # fmt: skip
        numbers = {self.owed: str(self._owed), self.review: str(self._reviews)}
        for button, text in words.items():
            button.setText(text)
            button.setToolTip(tool_tip(button.accessibleName()))
        for button in words:
            row.invalidate()
            if row.minimumSize().width() + NUMBER <= self.width():
                return
            button.setText(numbers.get(button, ""))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _show_name(self) -> None:
        for button in (self.review, self.owed, self.past, self.office, self.person, self.keys):
            button.setEnabled(not self._locked)
        whole = self._person or _("Sign in")
        metrics = self.person.fontMetrics()
        self.person.say(metrics.elidedText(whole, Qt.TextElideMode.ElideRight, PERSON), whole)
        self.person.setToolTip(tool_tip(whole))

    def repaint_icons(self) -> None:
        self._show_health()


def _names(gateways: set[str]) -> str:
    return ", ".join(sorted(gateway_word(name) for name in gateways))
