"""Totals at the window: figures equal the book, each opens to its payments, by keys alone and by touch alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QTableView, QWidget

from pos.domain.money import Money
from pos.domain.payment import Sale, Tender, new_payment_id
from pos.domain.staff import Action
from pos.domain.states import State
from pos.domain.totals import Span, day_scope
from pos.gui.totals.charts import Bar, BarChart, Chart, ShareChart
from pos.gui.totals.page import TotalsPage
from pos.runtime import invoke
from pos.services.container import Services
from pos.services.totals_view import TotalsQuery
from pos.services.training import OWNER_PIN
from tests.gui.colours import is_painted
from tests.gui.conftest import Counter, OpenCounter
from tests.support.access import permit

REPORTS, TILL = permit(Action.REPORTS), permit(Action.X_REPORT)


def cash(counter: Counter, *amounts: int) -> None:
    """Paid in cash, one after the other."""
    before = sum(one.state is State.CAPTURED for one in counter.attempts())
    for number, amount in enumerate(amounts, before + 1):
        counter.type(str(amount))
        counter.key(Qt.Key.Key_F5)
        counter.key(Qt.Key.Key_F5)
        counter.wait_for(State.CAPTURED, number)


def office(counter: Counter, question: Callable[[Services], object]) -> None:
    counter.engine.io.submit(invoke(question, counter.engine.host.services)).result(5)


def stands_there(counter: Counter, name: str) -> None:
    """Another one of the training shop's people."""
    people = counter.engine.io.submit(invoke(counter.engine.host.services.staff.people)).result(5)
    who = next(one.id for one in people if one.name == name)
    office(counter, lambda one: one.staff.sign_in_without_pin(who))


def page_of(counter: Counter) -> TotalsPage:
    page = counter.window.navigator.page("totals")
    assert isinstance(page, TotalsPage)
    return page


def enter(counter: Counter) -> None:
    counter.key(Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)


def shows(counter: Counter, name: str, value: str) -> None:
    counter.qtbot.waitUntil(lambda: counter.text(f"totals{name}Value") == value, timeout=15000)


def rows(counter: Counter, name: str) -> list[list[str]]:
    table = counter.find(name)
    assert isinstance(table, QTableView)
    model = table.model()
    columns = range(model.columnCount())
    return [[str(model.index(row, column).data()) for column in columns] for row in range(model.rowCount())]


def lines(counter: Counter, count: int) -> list[list[str]]:
    counter.qtbot.waitUntil(lambda: len(rows(counter, "totalsLines")) == count, timeout=15000)
    return rows(counter, "totalsLines")


def hit(counter: Counter, widget: QWidget, at: QPoint) -> None:
    counter.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at)


def test_an_empty_day_says_what_will_come(counter: Counter) -> None:
    enter(counter)
    counter.qtbot.waitUntil(lambda: "Nothing was booked in this period" in counter.text("totalsEmpty"), timeout=15000)
    assert counter.text("totalsNetValue") == "NT$0"
    counter.press("totalsShift")
    counter.qtbot.waitUntil(lambda: "No shift has been opened" in counter.text("totalsEmpty"), timeout=15000)
    assert not counter.button("totalsPdf").isEnabled()


def test_the_figures_are_those_of_the_book(counter: Counter) -> None:
    cash(counter, 100, 25, 31)
    enter(counter)
    shows(counter, "Net", "NT$156")
    figures = {name: counter.text(f"totals{name}Value") for name in ("Gross", "Refunds", "Sales", "Average", "Fees")}
    assert figures == {"Gross": "NT$156", "Refunds": "NT$0", "Sales": "3", "Average": "NT$52", "Fees": "–"}
    bars, shares = counter.find("totalsBars"), counter.find("totalsShares")
    assert isinstance(bars, BarChart)
    assert isinstance(shares, ShareChart)
    assert sum(bar.value for bar in bars.bars) == 156
    assert [(bar.label, bar.value, bar.text) for bar in shares.bars] == [("Cash", 100, "NT$156")]
    assert (is_painted(shares, "olive"), is_painted(bars, "olive")) == (True, False), "cash has a colour of its own"
    assert "NT$156" in bars.accessibleDescription()
    for tab, word in (("Tender", "Cash"), ("Gateway", "Cash"), ("Cashier", "Ann Lin")):
        counter.press(f"totalsTab{tab}")
        assert rows(counter, "totalsTable") == [[word, "3", "NT$156", "0", "–", "NT$156", "–"]]


def test_totals_by_keys_alone_down_to_a_payment_and_back(counter: Counter) -> None:
    cash(counter, 100, 25)
    enter(counter)
    shows(counter, "Net", "NT$125")
    reach(counter, "totalsNet")
    counter.qtbot.keyClick(counter.find("totalsNet"), Qt.Key.Key_Return)
    found = lines(counter, 2)
    assert [row[2] for row in found] == ["NT$100", "NT$25"]
    table = counter.find("totalsLines")
    counter.qtbot.waitUntil(table.hasFocus, timeout=15000)
    counter.qtbot.keyClick(table, Qt.Key.Key_Down)
    counter.qtbot.keyClick(table, Qt.Key.Key_Return)
    search = counter.find("pastSearch")
    assert isinstance(search, QLineEdit)
    counter.qtbot.waitUntil(lambda: search.text() == found[1][5], timeout=15000)
    counter.qtbot.waitUntil(lambda: "Recorded" in counter.text("pastHistory"), timeout=15000)
    assert [row[1] for row in rows(counter, "pastPayments")] == ["NT$25"]
    counter.key(Qt.Key.Key_Escape)
    assert counter.window.navigator.here == "totals"
    assert counter.find("totalsLines").isVisible()
    counter.key(Qt.Key.Key_Escape)
    assert counter.find("totalsBars").isVisible()
    counter.key(Qt.Key.Key_Escape)
    assert counter.window.sell.isVisible()


def reach(counter: Counter, name: str) -> None:
    """By Tab."""
    for _ in range(60):
        if counter.find(name).hasFocus():
            return
        focused = counter.window.focusWidget()
        assert focused is not None
        counter.qtbot.keyClick(focused, Qt.Key.Key_Tab)
    raise AssertionError(name)


@pytest.mark.parametrize("name", ["totalsBars", "totalsShares"])
def test_a_bar_opens_by_keys(counter: Counter, name: str) -> None:
    cash(counter, 100, 25)
    enter(counter)
    shows(counter, "Net", "NT$125")
    reach(counter, name)
    chart = counter.find(name)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_End, Qt.Key.Key_Home, Qt.Key.Key_Return):
        counter.qtbot.keyClick(chart, key)
    assert len(lines(counter, 2)) == 2
    assert name == "totalsBars" or counter.text("totalsLinesTitle").startswith("Cash")


def test_totals_by_touch_alone(counter: Counter) -> None:
    cash(counter, 100, 25)
    counter.window.enter("totals")
    shows(counter, "Net", "NT$125")
    shares = counter.find("totalsShares")
    assert isinstance(shares, Chart)
    hit(counter, shares, shares.place(0).center())
    assert len(lines(counter, 2)) == 2
    counter.press("totalsCloseLines")
    bars = counter.find("totalsBars")
    assert isinstance(bars, Chart)
    hit(counter, bars, bars.place(0).center())
    lines(counter, 2)
    counter.press("totalsCloseLines")
    counter.press("totalsTabTender")
    table = counter.find("totalsTable")
    assert isinstance(table, QTableView)
    hit(counter, table.viewport(), QPoint(40, 24))
    lines(counter, 2)
    listed = counter.find("totalsLines")
    assert isinstance(listed, QTableView)
    hit(counter, listed.viewport(), QPoint(40, 24))
    counter.qtbot.waitUntil(lambda: counter.window.navigator.here == "past", timeout=15000)
    counter.press("pastBack")
    assert counter.window.navigator.here == "totals"
    counter.press("totalsBack")
    assert counter.window.sell.isVisible()


def test_every_key_of_the_page_is_large_enough_for_a_finger(counter: Counter) -> None:
    cash(counter, 100)
    enter(counter)
    shows(counter, "Net", "NT$100")
    counter.press("totalsMonth")
    counter.qtbot.waitUntil(lambda: counter.button("totalsTabDay").isVisible(), timeout=15000)
    page = page_of(counter)
    for button in page.findChildren(QAbstractButton):
        if button.isVisible():
            assert min(button.width(), button.height()) >= 44, button.objectName()
    shares = counter.find("totalsShares")
    assert isinstance(shares, ShareChart)
    assert shares.place(0).height() >= 44


def test_the_arrows_go_back_and_today_comes_again(counter: Counter) -> None:
    cash(counter, 100)
    enter(counter)
    shows(counter, "Net", "NT$100")
    today = counter.text("totalsWhen")
    assert not counter.button("totalsLater").isEnabled()
    counter.press("totalsEarlier")
    shows(counter, "Net", "NT$0")
    assert counter.text("totalsWhen") != today
    counter.press("totalsToday")
    shows(counter, "Net", "NT$100")
    for span in ("Week", "Month"):
        counter.press(f"totals{span}")
        shows(counter, "Net", "NT$100")
        counter.press("totalsEarlier")
        shows(counter, "Net", "NT$0")
        counter.press("totalsLater")
        shows(counter, "Net", "NT$100")
    counter.press("totalsTabDay")
    assert [row[1] for row in rows(counter, "totalsTable")] == ["1"]


def test_shifts_are_gone_through_one_by_one(counter: Counter) -> None:
    shift = permit(Action.SHIFT)
    for amount in (100, 25):
        office(counter, lambda one: one.shifts.open(Money(0, "TWD"), shift))
        cash(counter, amount)
        if amount == 100:
            close = invoke(counter.engine.host.services.shifts.close, Money(100, "TWD"), {}, "", shift)
            counter.engine.io.submit(close).result(10)
    enter(counter)
    shows(counter, "Net", "NT$125")
    counter.press("totalsShift")
    shows(counter, "Net", "NT$25")
    assert counter.text("totalsWhen").startswith("Open shift")
    counter.press("totalsEarlier")
    shows(counter, "Net", "NT$100")
    assert counter.text("totalsWhen").startswith("Z 1")
    assert not counter.button("totalsEarlier").isEnabled()
    counter.press("totalsToday")
    shows(counter, "Net", "NT$25")


def test_a_payment_that_comes_meanwhile_is_counted_in(counter: Counter) -> None:
    cash(counter, 100)
    enter(counter)
    shows(counter, "Net", "NT$100")
    counter.window.show_sale()
    cash(counter, 25)
    counter.window.go_back("totals")
    shows(counter, "Net", "NT$125")
    timers = page_of(counter).findChildren(QTimer)
    counter.qtbot.waitUntil(lambda: not any(timer.isActive() for timer in timers), timeout=15000)
    work = counter.engine.host.services.payments.take(
        counter.actor, Sale(Money(75, "TWD")), Tender.CASH, payment_id=new_payment_id(), tendered=Money(100, "TWD")
    )
    counter.engine.io.submit(work).result(5)
    shows(counter, "Net", "NT$200")


def test_a_shop_that_rounds_cash_sees_by_how_much(open_counter: OpenCounter) -> None:
    counter = open_counter("HKD")
    for number, typed in enumerate(("12.34", "5.00", "0.06"), 1):
        counter.type(typed)
        counter.key(Qt.Key.Key_F5)
        counter.key(Qt.Key.Key_F5)
        counter.wait_for(State.CAPTURED, number)
    enter(counter)
    shows(counter, "Net", "HK$17.40")
    assert (counter.text("totalsRoundingCaption"), counter.text("totalsRoundingValue")) == (
        "Rounding of cash",
        "HK$0.00",
    )
    assert (counter.text("totalsTakenCaption"), counter.text("totalsTakenValue")) == ("Net with rounding", "HK$17.40")
    counter.press("totalsTabTender")
    assert rows(counter, "totalsTable") == [["Cash", "3", "HK$17.40", "0", "–", "HK$17.40", "–", "–"]]
    counter.press("totalsRounding")
    found = lines(counter, 2)  # not the one that coins could pay
    assert [(row[2], row[6]) for row in found] == [("HK$12.34", "-HK$0.04"), ("HK$0.06", "HK$0.04")]
    counter.key(Qt.Key.Key_Escape)
    counter.window.show_sale()
    counter.type("7.88")
    counter.key(Qt.Key.Key_F5)
    counter.key(Qt.Key.Key_F5)
    counter.wait_for(State.CAPTURED, 4)
    enter(counter)
    shows(counter, "Rounding", "HK$0.02")
    assert counter.text("totalsTakenValue") == "HK$25.30"
    counter.press("languageSwitch")
    assert counter.text("totalsRoundingCaption") == "現金尾數調整"


def test_a_shop_that_does_not_round_sees_nothing_of_it(counter: Counter) -> None:
    cash(counter, 100)
    enter(counter)
    shows(counter, "Net", "NT$100")
    assert not counter.find("totalsRounding").isVisible()
    assert not counter.find("totalsTaken").isVisible()
    counter.press("totalsTabTender")
    assert [len(row) for row in rows(counter, "totalsTable")] == [7]
    counter.press("totalsNet")
    assert [len(row) for row in lines(counter, 1)] == [6]


def test_two_currencies_and_two_registers_are_chosen_between(counter: Counter) -> None:
    cash(counter, 100)
    book_elsewhere(counter)
    enter(counter)
    shows(counter, "Net", "NT$100")
    counter.press("totalsCurrencyHKD")
    assert counter.text("totalsNetValue") == "HK$12.50"
    counter.press("totalsNet")
    assert [row[2] for row in lines(counter, 1)] == ["HK$12.50"]
    counter.press("totalsRegisterDEMO")
    shows(counter, "Net", "NT$100")
    counter.press("totalsRegisterR2")
    shows(counter, "Net", "HK$12.50")
    counter.press("totalsRegisterAll")
    counter.qtbot.waitUntil(lambda: counter.window.findChild(QWidget, "totalsCurrencyTWD") is not None, timeout=15000)


def book_elsewhere(counter: Counter) -> None:
    """A sale in another currency that another register wrote into this journal, in a shift of its own."""
    import sqlite3

    connection = sqlite3.connect(counter.shop.folder / "counter.sqlite")
    connection.execute("INSERT INTO shifts SELECT 9, 'R2', 'HKD', at, 0, '', at, '', 1, 0, 0, '', '{}', '{}', seq,"
                       " 'uid' FROM bookings")  # fmt: skip
    connection.execute("INSERT INTO bookings SELECT 1, at, day, hour, kind, order_no, '', tender, gateway, way, 1250,"
                       " 'HKD', cashier, 'R2', 9, NULL, 0, 0 FROM bookings")  # fmt: skip
    connection.commit()
    connection.close()


def test_a_report_is_saved_beside_both_threads_and_told(counter: Counter, tmp_path: Path) -> None:
    cash(counter, 100)
    enter(counter)
    shows(counter, "Net", "NT$100")
    for kind in ("csv", "xlsx", "pdf"):
        saved(counter, kind, tmp_path / f"day.{kind}")
    (tmp_path / "file").write_text("")
    page_of(counter).save("csv", str(tmp_path / "file" / "day.csv"))
    counter.qtbot.waitUntil(lambda: "cannot be written" in counter.text("messageLine"), timeout=15000)


def saved(counter: Counter, kind: str, path: Path) -> None:
    page_of(counter).save(kind, str(path))
    counter.qtbot.waitUntil(lambda: counter.text("messageLine") == f"Saved: {path}", timeout=10_000)
    assert path.stat().st_size > 0


@pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen screen knows no hints
def test_a_name_is_suggested_for_the_file(counter: Counter) -> None:
    from PySide6.QtWidgets import QFileDialog

    cash(counter, 100)
    enter(counter)
    shows(counter, "Net", "NT$100")
    counter.press("totalsXlsx")
    counter.qtbot.waitUntil(lambda: counter.window.findChild(QFileDialog) is not None, timeout=15000)
    dialog = counter.window.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    day = datetime.now(UTC).astimezone(counter.till.shop.timezone).date()
    assert [Path(one).name for one in dialog.selectedFiles()] == [f"counter-training-day-{day}.xlsx"]
    assert not dialog.isModal() or dialog.windowModality() is not Qt.WindowModality.ApplicationModal
    dialog.reject()


def test_where_there_are_people_totals_ask_for_a_managers_pin(counter: Counter) -> None:
    cash(counter, 100)
    stands_there(counter, "May Wu")
    enter(counter)
    counter.qtbot.waitUntil(lambda: counter.find("approval").isVisible(), timeout=3000)
    assert counter.text("totalsNetValue") == "–"
    assert not counter.button("totalsNet").isVisible()
    counter.press("approvalCancel")
    assert "You may not see these totals" in counter.text("totalsEmpty")
    assert not counter.button("totalsNet").isEnabled()
    counter.press("totalsDay")
    counter.qtbot.waitUntil(lambda: counter.find("approval").isVisible(), timeout=15000)
    counter.qtbot.waitUntil(lambda: counter.find("approvalPin").hasFocus(), timeout=15000)
    counter.qtbot.keyClicks(counter.find("approvalPin"), OWNER_PIN)
    counter.qtbot.keyClick(counter.find("approvalPin"), Qt.Key.Key_Return)
    shows(counter, "Net", "NT$100")
    counter.press("totalsWeek")
    shows(counter, "Net", "NT$100")
    assert not counter.find("approval").isVisible()
    counter.press("totalsShift")
    counter.qtbot.waitUntil(lambda: counter.find("approval").isVisible(), timeout=3000)
    assert counter.text("totalsNetValue") == "–"
    counter.key(Qt.Key.Key_Escape)
    assert not counter.find("approval").isVisible()
    counter.key(Qt.Key.Key_Escape)
    enter(counter)
    counter.qtbot.waitUntil(lambda: counter.find("approval").isVisible(), timeout=15000)


def test_whoever_signs_in_asks_anew(counter: Counter) -> None:
    cash(counter, 100)
    stands_there(counter, "May Wu")
    enter(counter)
    counter.qtbot.waitUntil(lambda: counter.find("approval").isVisible(), timeout=15000)
    stands_there(counter, "Ann Lin")
    shows(counter, "Net", "NT$100")
    stands_there(counter, "May Wu")
    shows(counter, "Net", "–")
    counter.qtbot.waitUntil(counter.find("approval").isVisible, timeout=3000)


def test_lines_come_page_by_page(counter: Counter) -> None:
    cash(counter, 100)
    many(counter, 240)
    enter(counter)
    shows(counter, "Net", "NT$24,100")
    counter.press("totalsNet")
    table = counter.find("totalsLines")
    assert isinstance(table, QTableView)
    for count in (100, 200, 241):
        assert len(lines(counter, count)) == count
        table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
    numbers = [row[0] for row in rows(counter, "totalsLines")]
    assert numbers == sorted(numbers)


def many(counter: Counter, count: int) -> None:
    """More lines of the same sale, as a journal may hold them."""
    import sqlite3

    connection = sqlite3.connect(counter.shop.folder / "counter.sqlite")
    connection.executemany(
        "INSERT INTO bookings SELECT ?, at, day, hour, kind, order_no, '', tender, gateway, way, amount, currency,"
        " cashier, register, shift, fee, 0, 0 FROM bookings ORDER BY seq LIMIT 1",
        [(number,) for number in range(1000, 1000 + count)],
    )
    connection.commit()
    connection.close()


def test_totals_change_their_language_and_their_theme(counter: Counter) -> None:
    cash(counter, 100)
    enter(counter)
    shows(counter, "Net", "NT$100")
    counter.press("themeSwitch")
    counter.press("languageSwitch")
    counter.press("languageSwitch")
    assert counter.text("totalsNetCaption") == "Net"
    assert counter.text("totalsNetValue") == "NT$100"
    counter.press("themeSwitch")


def test_a_wish_moves_by_its_span() -> None:
    day = datetime(2026, 11, 20, tzinfo=UTC).date()
    assert TotalsQuery(Span.DAY, day).moved(-1).days == day_scope(day.replace(day=19))
    assert TotalsQuery(Span.SHIFT, day, back=2).moved(1).back == 1
    assert TotalsQuery(Span.SHIFT, day).moved(1).back == 0
    assert TotalsQuery(Span.SHIFT, day).moved(-1).back == 1


def test_the_scale_of_bars_is_round_and_reaches_the_longest(counter: Counter) -> None:
    chart = BarChart("bars")
    counter.qtbot.addWidget(chart)
    assert chart.scale() == (1,)
    for most in (1, 4, 7, 99, 1000, 40_001, 999_999_999):
        chart.show_bars([Bar("a", "a", most, str(most))])
        scale = chart.scale()
        assert scale[-1] >= most
        assert len(scale) <= 5
        assert json.dumps(scale[0]).strip("0") in ("1", "2", "5")


def test_charts_paint_themselves_empty_and_narrow(counter: Counter) -> None:
    for chart in (BarChart("bars"), ShareChart("shares")):
        counter.qtbot.addWidget(chart)
        for bars in ((), [Bar(str(one), f"{one:02d}", one % 7, f"NT${one}") for one in range(31)]):
            chart.resize(40, 40)
            chart.show_bars(bars)
            assert not chart.grab().isNull()
        assert chart.number_at(QPoint(-5, -5)) is None
