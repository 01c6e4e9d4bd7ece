"""The middle of totals: the charts, or one table, or why there is nothing to show."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QStackedWidget, QWidget

from pos.domain.payment import Tender
from pos.domain.tenders import SPECS
from pos.domain.totals import By, Figure, Span, Totals, shares
from pos.gui.layouts import hbox, vbox
from pos.gui.self_updating import SelfUpdating
from pos.gui.tables import RecordModel
from pos.gui.totals.charts import Bar, BarChart, Chart, ShareChart
from pos.gui.totals.choices import choice, choose
from pos.gui.totals.tables import SUM_COLUMNS, Table, show_sums
from pos.gui.totals.words import TABLES, key_word, money, time_keys
from pos.gui.widgets import Button, Card, label
from pos.i18n import N_, _

CHARTS: Final = "charts"
TABS: Final[Mapping[str, str]] = {CHARTS: N_("Charts"), **{by.value: word for by, word in TABLES.items()}}


class Overview(SelfUpdating, QWidget):
    """``opened`` carries a figure and its caption."""

    opened = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self._tab = CHARTS
        self._told: Totals | None = None
        self._currency = ""
        self._people: Mapping[str, str] = {}
        self._empty_text = ""
        self._bars, self._shares = BarChart("totalsBars"), ShareChart("totalsShares")
        self._bars_title, self._shares_title = label("lead", "totalsBarsTitle"), label("lead", "totalsSharesTitle")
        self._bars_by = By.HOUR
        self._model = RecordModel(SUM_COLUMNS)
        self._table = Table("totalsTable", self._model)
        self._none = label("lead", "totalsEmpty", align=Qt.AlignmentFlag.AlignCenter, wrap=True)
        self.tabs = {name: self._made_tab(name) for name in TABS}
        self._stack = QStackedWidget()
        for part in (self._made_charts(), self._table, self._none):
            self._stack.addWidget(part)
        vbox(self._stack, into=self)
        self._bars.opened.connect(lambda key: self._open(self._bars_by, key))
        self._shares.opened.connect(lambda key: self._open(By.TENDER, key))
        self._table.opened.connect(lambda row: self._open(By(self._tab), self._model.records[row].key))
        self.retranslate()

    def _made_tab(self, name: str) -> Button:
        return choice(f"totalsTab{name.title()}", partial(self.choose, name))

    def _made_charts(self) -> QWidget:
        charts = QWidget()
        bars, shares_ = _chart_card(self._bars_title, self._bars), _chart_card(self._shares_title, self._shares)
        hbox((bars, 62), (shares_, 38), into=charts, spacing=16)
        return charts

    def _open(self, by: By, key: str) -> None:
        self.opened.emit(Figure(self._currency, by, key), key_word(by, key, self._people))

    # -- showing ----------------------------------------------------------------------------------------------

    def show_totals(self, found: Totals | None, currency: str, people: Mapping[str, str], empty: str) -> None:
        """Other totals; ``empty`` is said where nothing was booked."""
        self._told, self._currency, self._people, self._empty_text = found, currency, people, empty
        days = found is not None and found.scope.span in (Span.WEEK, Span.MONTH)
        self.tabs[By.DAY.value].setVisible(days)
        if not days and self._tab == By.DAY.value:
            self._tab = CHARTS
        self._fill()

    def choose(self, name: str) -> None:
        """The charts, or a table by its name."""
        self._tab = name
        self._fill()

    def _fill(self) -> None:
        for name, tab in self.tabs.items():
            choose(tab, name == self._tab)
        self._none.setText(self._empty_text)
        if self._told is None or not self._told.of(self._currency).by[By.TENDER]:
            self._stack.setCurrentWidget(self._none)
        elif self._tab == CHARTS:
            self._fill_charts(self._told)
            self._stack.setCurrentIndex(0)
        else:
            by = By(self._tab)
            show_sums(self._model, by, self._told.of(self._currency).by[by], self._currency, self._people)
            self._table.selectRow(0)
            self._stack.setCurrentWidget(self._table)

    def _fill_charts(self, told: Totals) -> None:
        found = told.of(self._currency)
        self._bars_by, keys = time_keys(told, self._currency)
        table = found.by[self._bars_by]
        self._bars.show_bars([self._bar(key, table[key].gross if key in table else 0) for key in keys])
        self._bars.show_scale([money(value, self._currency) for value in self._bars.scale()])
        tenders = found.by[By.TENDER]
        self._shares.show_bars(
            [
                _share(key, percent, money(tenders[key].gross, self._currency))
                for key, percent in shares(tenders).items()
            ]
        )
        by_day = self._bars_by is By.DAY
        _entitle(self._bars_title, self._bars, _("Gross by day") if by_day else _("Gross by hour"))
        _entitle(self._shares_title, self._shares, _("Share of the gross by tender"))

    def _bar(self, key: str, value: int) -> Bar:
        word = key_word(self._bars_by, key, {})
        week = self._told is not None and self._told.scope.span is Span.WEEK
        return Bar(key, word[3:] if week else key[-2:], value, money(value, self._currency), word)

    def retranslate(self) -> None:
        for name, tab in self.tabs.items():
            tab.say(_(TABS[name]))
        self._fill()


def _share(tender: str, percent: int, text: str) -> Bar:
    colour = SPECS[Tender(tender)].colour if tender in SPECS else "accent"
    return Bar(tender, key_word(By.TENDER, tender, {}), percent, text, colour=colour)


def _entitle(title: QLabel, chart: Chart, words: str) -> None:
    title.setText(words)
    chart.setAccessibleName(words)


def _chart_card(title: QWidget, chart: QWidget) -> Card:
    card = Card(role="card")
    vbox(title, (chart, 1), into=card, margins=(16, 8, 16, 8))
    return card
