"""The register's window: header, one page at a time, and a line for messages that always has its room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QFrame, QMainWindow, QStackedWidget, QWidget

from pos.domain.states import State
from pos.domain.tenders import CASH, KEYS, MORE_KEY
from pos.errors import PosError
from pos.gui import icons
from pos.gui.bridge import Bridge, Till
from pos.gui.gui_thread_gc import GuiThreadGc
from pos.gui.header import Header
from pos.gui.layouts import hbox, vbox
from pos.gui.message_line import MessageLine
from pos.gui.navigation import Navigator, PageContext
from pos.gui.num_lock import HINT, NumLock
from pos.gui.people.idle import Idle
from pos.gui.plain import RichLabel, rich
from pos.gui.reviews import Reviews
from pos.gui.sale.more_tenders import MoreTenders
from pos.gui.sale.page import SellPage
from pos.gui.self_updating import SelfUpdating, send_language_change, send_theme_change
from pos.gui.session_lock import FREE_PAGES, SessionLock
from pos.gui.starting import Starting
from pos.gui.theme import palette, resolved, stylesheet
from pos.gui.widgets import Palette, label
from pos.i18n import N_, Message, _, language, msg, use_language

if TYPE_CHECKING:
    from pos.domain.events import Fact
    from pos.domain.payment import Attempt
    from pos.domain.shift import Shift
    from pos.gui.page import Page, Visit
    from pos.gui.single_instance import SingleInstance

PAGE_KEYS = {
    "F7": "past", "Shift+F7": "office", "F9": "refund", "Shift+F9": "owed", "F10": "shift", "Shift+F10": "totals",
    "F11": "help",
}  # fmt: skip

CLOCK_IS_OFF = N_("This computer's clock is {minutes} min off. Correct it; payments use the gateway's time meanwhile.")

CLOCK_WARNING = 2
"""Minutes of difference to a gateway's clock from which the cashier is warned."""


class MainWindow(SelfUpdating, QMainWindow):
    """Opens at once; :meth:`open_journal` follows on the I/O thread."""

    def __init__(self, till: Till) -> None:
        super().__init__()
        self._garbage = GuiThreadGc(self)
        use_language(till.shop.language)
        self.till = till
        Palette.training = till.shop.training
        self._bell: SingleInstance | None = None
        self.bridge = Bridge(till.shop.register_id)
        self._theme = resolved(till.shop.theme, system_is_dark=_system_is_dark())
        Palette.theme = self._theme
        self.setWindowTitle("Counter")
        self.setMinimumSize(1024, 720)
        self.header = Header(till.shop)
        self.sell = SellPage(till, self.bridge)
        self.more = MoreTenders(self.sell, self.bridge)
        self._banner_text, self._link = label(""), RichLabel()
        self.message = MessageLine()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.sell)
        idle = Idle(till.shop.lock_minutes * 60, self)
        self.session_lock = SessionLock(idle, till.shop, self.bridge, self.sell, lambda: self.navigator.here)
        context = PageContext(
            till, self.bridge, self.session_lock, self.ask_invoice, use_look=self.use_look, restart=self.restart
        )
        self.restarts = False
        self.navigator = Navigator(self._pages, context)
        self.starting = Starting(till, self.bridge, self.session_lock, self._pages)
        self.reviews = Reviews(self.bridge)
        self._lay_out()
        self._dress()  # now that no widget changes its parent any more, each is polished once
        self.num_lock = NumLock(self)
        self._connect()
        self.retranslate()
        self.repaint_icons()
        self.sell.setFocus()

    def _lay_out(self) -> None:
        whole = QWidget()
        whole.setObjectName("page")
        whole.setProperty("training", str(self.till.shop.training).lower())
        banner = [self._banner()] if self.till.shop.training else []
        foot = hbox(self.message, margins=(16, 0, 16, 8))
        vbox(self.header, *banner, (self._pages, 1), foot, into=whole, spacing=0)
        self.setCentralWidget(whole)

    def _banner(self) -> QFrame:
        banner = QFrame()
        banner.setObjectName("trainingBanner")
        banner.setFixedHeight(36)
        self._link.setObjectName("phoneLink")
        self._link.setOpenExternalLinks(True)
        hbox(self._banner_text, None, self._link, into=banner, margins=(16, 0, 16, 0))
        return banner

    def _connect(self) -> None:
        for place, key in enumerate(KEYS):
            self._key(key, self._at_sale(partial(self.sell.tenders.press_place, place)))
        self._key(MORE_KEY, self._at_sale(self.more.toggle))
        self._key("Shift+F4", self._at_sale(self.sell.choose_tool))
        self._key("Shift+F6", self._at_sale(self.sell.press_split))
        self._key("F6", self._on_check)
        self._key("F8", self._at_sale(self.sell.payments.print_slip))
        self._key("Shift+F8", self.ask_invoice)
        for key, name in PAGE_KEYS.items():
            self._key(key, partial(self.enter, name))
        self._key("Esc", self._on_escape, always=True)
        self._key("F12", self.session_lock.lock)
        self.header.typed.connect(self._at_sale(self.sell.type_key))
        self.header.past.clicked.connect(lambda _checked=False: self.enter("past"))
        self.header.owed.clicked.connect(lambda _checked=False: self.enter("owed"))
        self.header.review.clicked.connect(lambda _checked=False: self.show_reviews())
        self.reviews.counted.connect(self.header.count_reviews)
        self.reviews.failed.connect(self.fail)
        self.header.keys.clicked.connect(lambda _checked=False: self.enter("help"))
        self.header.office.clicked.connect(lambda _checked=False: self.enter("office"))
        self.header.person.clicked.connect(lambda _checked=False: self.session_lock.switch())
        self.header.language.clicked.connect(lambda _checked=False: self.switch_language())
        self.header.theme.clicked.connect(lambda _checked=False: self.switch_theme())
        for source in (self.sell, self.navigator, self.session_lock):
            source.message_posted.connect(self.show_message)
            source.failed.connect(self.fail)
        self.sell.refund_wanted.connect(self._refund)
        self.navigator.left.connect(lambda: self.go_back(self.navigator.origin))
        self.navigator.page_wanted.connect(self.visit)
        self.session_lock.person_changed.connect(self._on_person)
        self.session_lock.page_wanted.connect(self.enter)
        self.session_lock.sale_wanted.connect(self.show_sale)
        self.session_lock.reminder_changed.connect(self.message.keep_invitation)
        self.starting.page_changed.connect(self.show_sale)
        self.starting.opened.connect(self._on_open)
        self.starting.gave_way.connect(self._on_gave_way)
        self.num_lock.missed.connect(lambda: self.show_message(_(HINT), "warn"))
        self.num_lock.typed.connect(lambda: self.message.withdraw(_(HINT)))
        self.message.typed.connect(self._at_sale(self.sell.type_key))
        self.message.left.connect(self._focus_page)
        self.bridge.fact.connect(self._on_fact)

    def _key(self, key: str, action: Callable[[], object], *, always: bool = False) -> None:
        """While the register is locked only what is ``always`` there does anything."""
        shortcut = QShortcut(QKeySequence(key), self)
        shortcut.setAutoRepeat(False)  # a held key is one press
        shortcut.activated.connect(lambda: action() if always or not self.session_lock.locked else None)

    def _at_sale(self, action: Callable[..., object]) -> Callable[..., None]:
        """Return ``action``, which does nothing while another page than the sale is in front."""

        def act(*args: object) -> None:
            if self._pages.currentWidget() is self.sell:
                action(*args)

        return act

    # -- pages ------------------------------------------------------------------------------------------------

    def open_journal(self) -> None:
        """Build and open what is slow, beside the window; the keys work meanwhile."""
        icons.begin()
        send_theme_change(self)
        self.sell.build_deferred()
        self.more.build_deferred()
        self.header.build_deferred()
        self.starting.begin()

    def _on_open(self) -> None:
        """Offer the tenders only now: a locked register takes no key, however early it is pressed."""
        from pos.gui.sale.qr import encode
        from pos.gui.single_instance import SingleInstance, bell_of

        self.sell.tenders.make(self.bridge.offers)
        self._bell = SingleInstance(bell_of(self.bridge.data_dir), self)
        self._bell.rung.connect(self._come_to_front)
        self.message.keep_warning(None)
        self.sell.open_journal()
        self.more.refresh()
        self._count_owed()
        self.reviews.count()
        self.bridge.call(self.bridge.services.payments.gateway_warnings).then(self._on_warnings, self.fail)
        self.bridge.compute(lambda: encode("w" * 60), lambda _image: None)  # slow the first time, at a link's length

    def _on_gave_way(self) -> None:
        self.close()
        QApplication.exit(0)

    def _come_to_front(self) -> None:
        if self.isMinimized():
            self.showNormal()
        self.raise_()
        self.activateWindow()

    def _focus_page(self) -> None:
        if (page := self._pages.currentWidget()) is not None:
            page.setFocus()

    def show_sale(self) -> None:
        if self.session_lock.locked:
            return
        page = self.starting.page or self.sell
        self._pages.setCurrentWidget(page)
        page.setFocus()

    def enter(self, name: str, came_from: str = "") -> Page | None:
        """Open a page by its name in :data:`pos.gui.navigation.PAGES`; its way back leads to ``came_from``.

        Returns None while the register is being opened, or locked.
        """
        if self.session_lock.locked and name not in FREE_PAGES:
            return None
        if not self.bridge.ready and name != "help":
            self.show_message(_("One moment: the register is starting."), "warn")
            return None
        self.show_message("", "")  # clear the message of the page before
        return self.navigator.enter(name, came_from)

    def go_back(self, name: str) -> None:
        """Leave a page for the one it was opened from, "" for the sale."""
        self.show_message("", "")
        self.navigator.go_back(name) if name else self.show_sale()

    def ask_invoice(self, attempt: Attempt | None = None) -> None:
        """Shift+F8: how the next buyer (or that of ``attempt``) wants the e-invoice."""
        self.show_sale()
        if not self.bridge.ready:
            self.show_message(_("One moment: the register is starting."), "warn")
        elif self.sell.split.is_part(attempt):
            self.sell.invoice_requests.ask_for_sale(attempt or self.sell.split.last_part)
        else:
            self.sell.invoice_requests.ask(attempt)

    def visit(self, visit: Visit) -> None:
        """Open the page that another page asks for."""
        page = self.enter(visit.page, self.navigator.here if visit.returns else "")
        if page is not None and visit.order_no:
            page.show_order(visit.order_no, visit.choice)

    def _refund(self, order_no: str) -> None:
        from pos.gui.page import Visit

        self.visit(Visit("refund", order_no))

    def show_reviews(self) -> None:
        """What waits for a manager."""
        if page := self.enter(self.reviews.page):
            page.show_reviews()

    def _on_check(self) -> None:
        page = self.navigator.front
        if page is None or not page.check_now():
            self.sell.payments.check_now()

    def _on_escape(self) -> None:
        here = self.navigator.front
        if self.message.close_details():
            return
        if here is None:
            if not self.more.close():
                self.sell.escape()
        elif not here.escape():
            self.go_back(self.navigator.origin)

    # -- messages ---------------------------------------------------------------------------------------------

    def show_message(self, text: str, tone: str) -> None:
        """Show one sentence in the message line."""
        self.message.say(text, tone)

    def _on_person(self, name: str) -> None:
        locked = self.session_lock.locked
        self.header.show_person(name, locked=locked)
        self.message.say_hints(locked=locked)
        self.sell.charging.forget_warnings()
        self.sell.codes.forget()
        self.show_message("", "")

    def _on_fact(self, fact: Fact) -> None:
        from pos.domain.events import (
            AttemptChanged,
            ClockDrifted,
            GatewayHealthChanged,
            InvoiceChanged,
            MerchantKeyChanged,
            PersonChanged,
            RefundChanged,
            SignInChanged,
        )

        if isinstance(fact, GatewayHealthChanged):
            self.header.show_gateway_health(fact.gateway, fact.up)
        elif isinstance(fact, MerchantKeyChanged):
            self.header.mark_key(fact.gateway, refused=fact.refused)
        elif isinstance(fact, InvoiceChanged | RefundChanged):
            self._count_owed()
        elif isinstance(fact, SignInChanged):
            self.session_lock.on_sign_in(fact.person, fact.short_pin)
            self._count_owed()  # each person counts the payments that they may see
        elif isinstance(fact, PersonChanged):
            self.session_lock.on_person_changed(fact.person)
            self._count_owed()  # another role sees other payments
        elif isinstance(fact, AttemptChanged) and fact.attempt.gateway == CASH and fact.attempt.state is State.CAPTURED:
            self.bridge.call(self.bridge.services.shifts.current).then(self._miss_shift, self.fail)
        elif isinstance(fact, ClockDrifted):
            minutes = round(abs(fact.seconds) / 60)
            self.message.keep_warning(msg(CLOCK_IS_OFF, minutes=minutes) if minutes >= CLOCK_WARNING else None)

    def _miss_shift(self, current: Shift | None) -> None:
        """Mention that this cash will not be counted, unless another message is shown."""
        if current is None and not self.message.label.text():
            self.show_message(_("No shift is open, so this cash will not be counted. Open a shift (F10)."), "")

    def _on_warnings(self, said: Sequence[Message]) -> None:
        if said:
            self.message.keep_warning(said[0])

    def _count_owed(self) -> None:
        work = self.bridge.call(self.bridge.services.corrections.backlog, self.bridge.actor)
        work.then(self.header.count_owed, self.fail)

    def fail(self, error: PosError) -> None:
        """Show what went wrong, with its details on request: the one path of every error to the message line."""
        self.message.say(error.spoken(), "bad", error.detail)

    # -- looks ------------------------------------------------------------------------------------------------

    def switch_language(self) -> None:
        """The other language, at once and for the next start."""
        use_language("en" if language() == "zh_TW" else "zh_TW")
        self.till.remember("language", language())
        send_language_change(self)

    def use_look(self, key: str, value: str) -> None:
        """Show a language or theme that the settings pages stored."""
        if key == "shop.language":
            use_language(value)
            send_language_change(self)
        else:
            self._use_theme(resolved(value, system_is_dark=_system_is_dark()))

    def switch_theme(self) -> None:
        """Light or dark, at once and for the next start."""
        theme = "light" if self._theme == "dark" else "dark"
        self.till.remember("theme", theme)
        self._use_theme(theme)

    def _use_theme(self, theme: str) -> None:
        self._theme = theme
        self._dress()
        send_theme_change(self)

    def repaint_icons(self) -> None:
        if not self.till.shop.training:
            return
        url, colour = f"{self.till.shop.phone_url}/", Palette.colour("training")
        self._link.setText(rich('<a href="{url}" style="color:{colour}">{url}</a>', url=url, colour=colour))

    def _dress(self) -> None:
        Palette.theme = self._theme
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setPalette(palette(self._theme))
            if application.styleSheet() != (sheet := stylesheet(self._theme)):
                application.setStyleSheet(sheet)

    def retranslate(self) -> None:
        words = _("Training: no real money is charged. Manager's PIN: {pin} · Customer's phone:")
        self._banner_text.setText(words.format(pin=self.till.shop.training_pin))

    def restart(self) -> None:
        """Close the window, and have the program start Counter again with the stored settings."""
        self.restarts = True
        self.close()
        QApplication.exit(0)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window stops nothing that was sent: the next start finds out."""
        self.session_lock.close()
        self.bridge.close()
        self._garbage.stop()
        if self._bell is not None:
            self._bell.take_down()
        super().closeEvent(event)


def _system_is_dark() -> bool:
    hints = QGuiApplication.styleHints()
    return hints.colorScheme() == Qt.ColorScheme.Dark
