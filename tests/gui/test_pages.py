"""Past payments, languages, themes, and the window as a whole."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QTableView

from pos.domain.events import ClockDrifted, GatewayHealthChanged
from pos.domain.money import Money
from pos.domain.payment import Tender
from pos.domain.states import State
from pos.domain.tenders import SPECS
from pos.gui.sale.cash_panel import quick_amounts
from pos.gui.sale.entry import Entry
from pos.gui.sale.tender_keys import TenderKeys
from pos.gui.single_instance import bell_of, ring
from pos.gui.theme import DARK, LIGHT
from pos.i18n import msg, use_language
from tests.gui.colours import is_painted
from tests.gui.conftest import Counter


def rows(counter: Counter) -> list[str]:
    table = counter.find("pastPayments")
    assert isinstance(table, QTableView)
    model = table.model()
    return [str(model.index(row, 1).data()) for row in range(model.rowCount())]


def test_past_payments_are_found_with_their_history(counter: Counter) -> None:
    for amount in ("10", "20"):
        counter.type(amount)
        counter.key(Qt.Key.Key_F5)
        counter.key(Qt.Key.Key_F5)
        counter.wait_for(State.CAPTURED, int(amount) // 10)
    counter.key(Qt.Key.Key_F7)
    counter.qtbot.waitUntil(lambda: rows(counter) == ["NT$20", "NT$10"], timeout=15000)
    counter.qtbot.waitUntil(lambda: "Recorded" in counter.text("pastHistory"), timeout=15000)
    search = counter.find("pastSearch")
    assert isinstance(search, QLineEdit)
    search.setText("10")
    counter.qtbot.waitUntil(lambda: rows(counter) == ["NT$10"], timeout=15000)
    search.setText("nothing like it")
    counter.qtbot.waitUntil(lambda: rows(counter) == [], timeout=15000)
    assert counter.find("pastEmpty").isVisible()
    counter.key(Qt.Key.Key_Escape)
    assert not search.text()
    counter.key(Qt.Key.Key_Escape)
    assert counter.window.sell.isVisible()


def test_a_payment_may_be_cancelled_from_the_past(counter: Counter) -> None:
    counter.type("10")
    counter.key(Qt.Key.Key_F4)
    counter.wait_for(State.PENDING)
    counter.key(Qt.Key.Key_F7)
    counter.qtbot.waitUntil(lambda: counter.button("pastCancel").isEnabled(), timeout=15000)
    counter.press("pastCheckNow")
    counter.press("pastCancel")
    counter.wait_for(State.VOIDING)
    counter.qtbot.waitUntil(lambda: counter.text("pastState") == "Cancelled, still monitored", timeout=15000)


CHINESE = re.compile("[\u4e00-\u9fff]")


def words(counter: Counter) -> list[str]:
    labels = [label.text() for label in counter.window.findChildren(QLabel)]
    buttons = [button.text() for button in counter.window.findChildren(QAbstractButton)]
    own = ("Demo Shop", "正體中文")
    return [text for text in labels + buttons if text and text not in own]


def test_the_language_changes_while_running_everywhere(counter: Counter) -> None:
    counter.key(Qt.Key.Key_F7)
    counter.key(Qt.Key.Key_F11)
    assert not any(CHINESE.search(text) for text in words(counter))
    counter.press("languageSwitch")
    chinese = [text for text in words(counter) if re.search("[A-Za-z]{4,}", text) and not CHINESE.search(text)]
    names = {"WeChat", "MyPay", "QFPay", "WanPay", "Backspace", "Delete", "Enter", "Ctrl+V", "English"}
    names |= {f"Shift+F{number}" for number in range(1, 13)}
    assert [text for text in chinese if text not in names and "http" not in text] == []
    assert counter.button("tenderCash").text() == "現金"
    counter.press("languageSwitch")
    assert counter.button("tenderCash").text() == "Cash"


def shown_text(counter: Counter, name: str) -> str:
    part = counter.find(name)
    assert isinstance(part, QAbstractButton | QLabel)
    return part.text()


def test_hidden_pages_and_pages_opened_later_follow_the_language(counter: Counter) -> None:
    counter.key(Qt.Key.Key_F7)
    counter.key(Qt.Key.Key_F10)
    counter.key(Qt.Key.Key_Escape)
    counter.press("languageSwitch")
    for key, names in (
        (Qt.Key.Key_F7, ("pastBack", "pastCheckNow")),
        (Qt.Key.Key_F10, ("shiftBack", "shiftTitle", "shiftOpen")),
        (Qt.Key.Key_F9, ("refundBack", "refundTitle")),
    ):
        counter.key(key)
        assert [name for name in names if not CHINESE.search(shown_text(counter, name))] == []
    counter.press("languageSwitch")


def test_the_icons_of_a_hidden_page_follow_the_theme(counter: Counter) -> None:
    def icon() -> QImage:
        return counter.button("shiftBack").icon().pixmap(32, 24).toImage()

    counter.key(Qt.Key.Key_F10)
    light = icon()
    counter.key(Qt.Key.Key_Escape)
    counter.press("themeSwitch")
    assert icon() != light
    counter.press("themeSwitch")
    assert icon() == light


def test_the_theme_changes_while_running(counter: Counter) -> None:
    before = counter.window.grab().toImage().pixelColor(4, 400).lightness()
    counter.press("themeSwitch")
    assert counter.window.grab().toImage().pixelColor(4, 400).lightness() < 60 < before
    counter.press("themeSwitch")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [("ink", "page"), ("ink", "card"), ("ink", "key"), ("soft", "page"), ("soft", "card"), ("soft", "disabled"),
     ("onaccent", "accent"), ("ongood", "good"), ("busy", "busytint"), ("warn", "warntint"), ("bad", "badtint"),
     ("late", "latetint"), ("quiet", "quiettint"), ("ink", "goodtint"), ("bad", "card"), ("warn", "card"),
     ("warn", "disabled"), ("training", "trainingtint"), ("ongood", "returned")],
)  # fmt: skip
def test_words_stand_out_from_their_ground(theme: dict[str, str], ink: str, ground: str) -> None:
    """WCAG 2.1, 1.4.3: at least 4.5 to 1."""
    light, dark = sorted((luminance(theme[ink]), luminance(theme[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("ground", ["key", "card", "pressed"])
@pytest.mark.parametrize("colour", sorted({spec.colour for spec in SPECS.values()}))
def test_a_tenders_colour_stands_out_from_its_ground(theme: dict[str, str], ground: str, colour: str) -> None:
    light, dark = sorted((luminance(theme[colour]), luminance(theme[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_colours_of_the_tenders_differ(theme: dict[str, str]) -> None:
    colours = {spec.colour for spec in SPECS.values()}
    assert len({theme[colour] for colour in colours}) == len(colours)


def test_the_icon_of_a_tender_has_the_colour_of_the_tender(counter: Counter) -> None:
    assert is_painted(counter.button("tenderWechat"), "green")
    assert not is_painted(counter.button("tenderAtm"), "green")


def test_a_gateway_that_was_silent_before_the_keys_were_made_is_shown_on_them(counter: Counter) -> None:
    keys = TenderKeys()
    counter.qtbot.addWidget(keys)
    keys.show_gateway_health("wanpay", False, "down")
    keys.make(counter.window.bridge.offers)
    assert keys.tiles[Tender.ATM].accessibleDescription() == "WanPay does not answer"
    assert "does not answer" not in keys.tiles[Tender.WECHAT].accessibleDescription()


def test_weather_and_a_wrong_clock_are_told(counter: Counter) -> None:
    counter.engine.bus.publish(GatewayHealthChanged("wanpay", False, msg("down")))
    counter.qtbot.waitUntil(
        lambda: counter.button("tenderAtm").accessibleDescription() == "WanPay does not answer", timeout=15000
    )
    counter.engine.bus.publish(GatewayHealthChanged("wanpay", True, msg("")))
    counter.engine.bus.publish(ClockDrifted("wanpay", 900.0))
    counter.qtbot.waitUntil(lambda: "15 min off" in counter.text("messageLine"), timeout=15000)
    assert counter.button("tenderAtm").accessibleDescription() == "WanPay → MyPay"
    counter.engine.bus.publish(ClockDrifted("wanpay", 0.0))
    counter.qtbot.waitUntil(lambda: counter.text("messageLine") == "", timeout=15000)


@pytest.mark.qt_log_ignore("does not support raise")  # the offscreen screen has no stack of windows
def test_a_second_window_on_the_same_journal_says_so(counter: Counter) -> None:
    from pos.errors import StoreLocked
    from pos.store.data_dir_lock import DataFolder

    folder = counter.shop.folder
    with pytest.raises(StoreLocked, match="already open"):
        DataFolder(folder).hold()
    counter.window.showMinimized()
    assert ring(bell_of(folder))
    counter.qtbot.waitUntil(lambda: not counter.window.isMinimized(), timeout=15000)
    assert not ring(bell_of(folder / "another"))


def test_what_was_in_flight_comes_back_with_the_next_start(counter: Counter) -> None:
    counter.type("10")
    counter.key(Qt.Key.Key_F4)
    counter.wait_for(State.PENDING)
    counter.engine.io.submit(counter.engine.host.close()).result(5)
    counter.window.open_journal()
    counter.qtbot.waitUntil(lambda: len(counter.window.sell.waiting.attempts()) == 1, timeout=15000)


def test_a_zone_that_none_has_leaves_the_window_with_universal_time(counter: Counter) -> None:
    shop = replace(counter.till.shop, zone="Asia/Taipeh")
    assert shop.timezone is UTC
    assert str(counter.till.shop.timezone) == "Asia/Taipei"


def test_qts_signals_lose_no_references() -> None:
    """PySide6 6.12.0 lost one to True with every emit, and Python 3.11 died of it after some hundred payments."""
    import sys

    from PySide6.QtCore import QObject, Signal

    class Speaker(QObject):
        said = Signal(object)

    speaker = Speaker()
    speaker.said.connect(lambda _what: None)
    before = sys.getrefcount(True)
    for _ in range(50):
        speaker.said.emit(1)
    assert sys.getrefcount(True) > before - 25


# -- without a window ---------------------------------------------------------------------------------------------


def test_the_next_notes_are_offered_for_cash() -> None:
    assert [one.display for one in quick_amounts(Money(125, "TWD"))] == ["NT$125", "NT$150", "NT$200", "NT$500"]
    assert [one.display for one in quick_amounts(Money(2000, "TWD"))] == ["NT$2,000"]
    assert quick_amounts(Money(1250, "HKD"))[1] == Money(5000, "HKD")


def test_digits_go_in_as_the_currency_allows() -> None:
    dollars = Entry("TWD")
    assert dollars.type("00") is True
    assert (dollars.text, dollars.shown) == ("", "0")
    assert not dollars.type(".")
    cents = Entry("HKD")
    assert [cents.type(key) for key in (".", "5", "0", "0", ".")] == [True, True, True, False, False]
    assert (cents.text, cents.shown) == ("0.50", "0.50")
    for _ in range(4):
        cents.backspace()
    assert cents.text == ""


def teardown_module() -> None:
    use_language("en")


def test_only_the_windows_own_thread_looks_for_garbage(counter: Counter) -> None:
    """A widget that died on the I/O thread would take the program with it."""
    import gc
    import weakref

    class Loop:
        def __init__(self) -> None:
            self.itself = self

    assert not gc.isenabled()
    gone = weakref.ref(Loop())
    many: list[list[int]] = [[] for _ in range(gc.get_threshold()[0] + 100)]  # what makes a look worth its while
    counter.qtbot.waitUntil(lambda: gone() is None, timeout=15000)
    del many
    counter.window.close()
    assert gc.isenabled()
