"""Totals of a day, a week, a month or a shift: figures, charts and tables, each opening to its payments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from pos.domain.events import AttemptChanged, Fact, InvoiceChanged, RefundChanged, ShiftChanged, SignInChanged
from pos.domain.staff import Action
from pos.domain.states import State
from pos.domain.totals import FORMATS, Figure, LedgerEntry, Scope, Span
from pos.gui.bridge import Bridge, Till
from pos.gui.layouts import hbox, vbox
from pos.gui.page import Page
from pos.gui.plain import tool_tip
from pos.gui.save_dialog import ask_where_to_save
from pos.gui.totals.choices import Choices, Spans
from pos.gui.totals.figures import Figures
from pos.gui.totals.lines import PAGE, Lines
from pos.gui.totals.overview import Overview
from pos.gui.widgets import Button
from pos.i18n import N_, _
from pos.services.permissions import Permission
from pos.services.reports import RIGHT
from pos.services.totals_view import TotalsAnswer, TotalsQuery

SOON: Final = 1500
"""Milliseconds after which what arrived is counted in: a busy till books every few seconds."""

HIDDEN: Final = N_("You may not see these totals. Choose a period to enter a manager's PIN.")


class TotalsPage(Page):
    """The figures of a day, a period or a shift, and the lines behind them."""

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "totals", N_("Totals"))
        self._query = TotalsQuery(Span.DAY, self._today())
        self._answer: TotalsAnswer | None = None
        self._permits: dict[Action, Permission] = {}
        self._figure = Figure()
        self._currency = till.shop.currency
        self._asked = 0
        self._spans, self._choices = Spans(), Choices()
        self._figures, self._overview = Figures(till.shop.currency), Overview()
        self._lines = Lines(till.shop.timezone, self._load_more)
        self._exports = {kind: self._made_export(kind) for kind in FORMATS}
        self._body = QStackedWidget()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON)
        self._lay_out()
        self._connect()
        self.retranslate()

    def _made_export(self, kind: str) -> Button:
        button = Button(f"totals{kind.title()}", "", partial(self._ask_where, kind))
        button.setMinimumWidth(72)
        return button

    def _lay_out(self) -> None:
        self.top.addWidget(self._spans)
        self.top.setSpacing(8)
        self.column.setSpacing(8)
        for part in (self._made_charts(), self._lines):
            self._body.addWidget(part)
        for widget in (self._choices, self._figures):
            self.column.addWidget(widget)
        self.column.addWidget(self._body, 1)
        approval = self.make_approval(self._figures, self._body)
        approval.shown.connect(self._on_approval)
        self.column.addWidget(approval, 1, Qt.AlignmentFlag.AlignHCenter)

    def _made_charts(self) -> QWidget:
        charts = QWidget()
        head = hbox(*self._overview.tabs.values(), None, *self._exports.values())
        vbox(head, (self._overview, 1), into=charts)
        return charts

    def _connect(self) -> None:
        self._spans.chosen.connect(self.choose)
        self._spans.moved.connect(lambda by: self._go(self._query.moved(by)))
        self._spans.now.connect(lambda: self._go(replace(self._query, day=self._today(), back=0)))
        self._choices.register.connect(lambda register: self._go(replace(self._query, register=register)))
        self._choices.currency.connect(self._on_currency)
        self._figures.opened.connect(self._open_figure)
        self._overview.opened.connect(self._open_figure)
        self._lines.closed.connect(self._close_lines)
        self._lines.opened.connect(lambda order_no: self.visit("past", order_no, returns=True))
        self._soon.timeout.connect(self._refresh)
        self.bridge.fact.connect(self._on_fact)

    # -- coming and going -------------------------------------------------------------------------------------

    def open(self) -> None:
        """Come to the front with today. Permissions are asked for again."""
        super().open()
        self._permits.clear()
        self._query = TotalsQuery(Span.DAY, self._today())
        self._close_lines()
        self.load()

    def reopen(self) -> None:
        """Come back from a payment: everything is as it was."""
        self._refresh()
        self._lines.table.setFocus()

    def escape(self) -> bool:
        return self.dismiss_approval() or self._close_lines()

    def _today(self) -> date:
        return datetime.now(UTC).astimezone(self.till.shop.timezone).date()

    # -- which totals -----------------------------------------------------------------------------------------

    def choose(self, span: Span) -> None:
        """Another span, around the day that is shown."""
        self._go(replace(self._query, span=span, day=min(self._query.day, self._today()), back=0))

    def _go(self, query: TotalsQuery) -> None:
        self._query = query
        self._close_lines()
        self.load()

    def load(self) -> None:
        """Ask for the chosen period, with the permission for it."""
        if not self.bridge.ready:
            return
        self.dismiss_approval()
        self._asked += 1  # whatever comes now was asked for before
        if permission := self._permit:
            self._ask(permission)
        else:
            self._show(None)
            self.require(RIGHT[self._query.span], self._ask)

    def _on_approval(self, asks: bool) -> None:
        """No figures stay behind the PIN."""
        if asks or self._answer is None:
            self._show(None)

    @property
    def _permit(self) -> Permission | None:
        """The permission for the chosen period, None before it is granted."""
        return self._permits.get(RIGHT[self._query.span])

    def _ask(self, permission: Permission) -> None:
        self._permits[permission.action] = permission
        if permission is not self._permit:
            return  # another span was chosen meanwhile
        self._asked += 1
        number, query = self._asked, self._query
        work = self.call(self.services.totals.answer, self.actor, query, permission)
        work.then(partial(self._came, number))

    def _came(self, number: int, answer: TotalsAnswer) -> None:
        if number == self._asked:  # no other period was chosen meanwhile
            self._show(answer)

    def _refresh(self) -> None:
        if self.isVisible() and (permission := self._permit):
            self._ask(permission)

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, SignInChanged):
            self._permits.clear()  # another person signed in
            if self.isVisible():
                self.open()
        elif _counts(fact) and self._answer is not None and self._running() and not self._soon.isActive():
            self._soon.start()

    def _running(self) -> bool:
        days = self._query.days
        return self._query.back == 0 if days is None else days.first <= self._today() <= days.last

    # -- showing ----------------------------------------------------------------------------------------------

    @property
    def _scope(self) -> Scope | None:
        return self._answer.totals.scope if self._answer and self._answer.totals else None

    def _show(self, answer: TotalsAnswer | None) -> None:
        self._answer = answer
        found = answer.totals if answer else None
        known = answer.currencies if answer else []
        if known and self._currency not in known:
            self._currency = self.till.shop.currency if self.till.shop.currency in known else known[0]
        self._figures.show_totals(found, self._currency)
        self._figures.allow(found is not None)
        self._overview.show_totals(found, self._currency, answer.people if answer else {}, self._empty())
        for button in self._exports.values():
            button.setEnabled(found is not None)
        registers: Sequence[str] = ()
        if answer and self._query.span is not Span.SHIFT:
            registers = sorted({*answer.registers, self.till.shop.register_id})
        self._choices.show_choices(registers, self._query.register, known, self._currency)
        self._spans.show_query(self._query, answer, self._today())

    def _on_currency(self, currency: str) -> None:
        self._currency = currency
        self._close_lines()
        self._show(self._answer)

    def _empty(self) -> str:
        if self._answer is None:
            return "" if self._permit else _(HIDDEN)
        if self._answer.totals is None:
            return _("No shift has been opened on this register yet. Open one first.")
        return _("Nothing was booked in this period. A payment appears here when it is paid.")

    # -- lines behind a figure --------------------------------------------------------------------------------

    def _open_figure(self, figure: Figure, caption: str) -> None:
        if self._scope is not None:
            self._figure = figure
            self._lines.begin(f"{caption}  ·  {self._spans.words}")
            self._body.setCurrentWidget(self._lines)
            self._load_lines(0, self._lines_came)

    def _lines_came(self, lines: Sequence[LedgerEntry]) -> None:
        self._lines.show_lines(lines, self._answer.people if self._answer else {})

    def _load_more(self, after: int) -> None:
        self._load_lines(after, self._lines.add)

    def _load_lines(self, after: int, done: Callable[[Sequence[LedgerEntry]], object]) -> None:
        scope, permission, figure = self._scope, self._permit, self._figure
        if scope is None or permission is None:
            return

        def came(lines: Sequence[LedgerEntry]) -> None:
            if (figure, scope) == (self._figure, self._scope):
                done(lines)

        self.call(self.services.reports.lines, scope, permission, figure, limit=PAGE, after=after).then(came)

    def _close_lines(self) -> bool:
        """False when they were not there."""
        had = self._body.currentWidget() is self._lines
        self._body.setCurrentIndex(0)
        if had:
            self._figures.first.setFocus()
        return had

    # -- files ------------------------------------------------------------------------------------------------

    def _ask_where(self, kind: str) -> None:
        found = self._answer.totals if self._answer else None
        if found is not None:
            self.call(self.services.reports.file_name, found, kind).then(partial(self._ask_file, kind))

    def _ask_file(self, kind: str, name: str) -> None:
        ask_where_to_save(self, _("Export"), name, partial(self.save, kind))

    def save(self, kind: str, path: str) -> None:
        """Write the report that is shown, beside both threads."""
        scope, permission = self._scope, self._permit
        if scope is not None and permission is not None:
            self.message_posted.emit(_("Writing {path}").format(path=path), "busy")
            self.call(self.services.reports.write, scope, kind, Path(path), permission).then(self._written)

    def _written(self, path: Path) -> None:
        self.message_posted.emit(_("Saved: {path}").format(path=path), "good")

    # -- looks ------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        super().retranslate()
        for kind, button in self._exports.items():
            button.say(kind.upper(), _("Export as {kind}").format(kind=kind.upper()))
            button.setToolTip(tool_tip(_("Export as {kind}").format(kind=kind.upper())))
        self._show(self._answer)


def _counts(fact: Fact) -> bool:
    """Whether the figures may have moved."""
    paid = isinstance(fact, AttemptChanged) and fact.attempt.state is State.CAPTURED
    return paid or isinstance(fact, RefundChanged | InvoiceChanged | ShiftChanged)
