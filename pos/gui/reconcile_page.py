"""Reconciliation: four lists of a day, and what could not be told; differences wait for a manager's word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from pos.domain.events import Fact, Reconciled
from pos.domain.reconcile import Check, Match, Progress
from pos.domain.staff import Action, Permit
from pos.errors import PosError
from pos.gui.approval import Approval
from pos.gui.bridge import Bridge, Till
from pos.gui.page import Page
from pos.gui.tables import dressed
from pos.gui.widgets import Button, Card, label
from pos.gui.words import LOOKS, gateway_word
from pos.i18n import N_, _

WORDS = {
    Match.DIFFER: (N_("Differ"), "bad", "cross"),
    Match.ONLY_HERE: (N_("Only here"), "warn", "question"),
    Match.ONLY_THERE: (N_("Only there"), "late", "bell"),
    Match.UNCLEAR: (N_("Not told"), "busy", "clock"),
    Match.AGREE: (N_("Agree"), "good", "tick"),
}
"""Each list's name, tone and icon, the ones a manager must look at first."""

REASONS = (N_("Settled with the gateway"), N_("Another register took it"), N_("Booked by hand"))
REFUNDS = {"refunded": N_("Refunded"), "refused": N_("Refund refused"), "withdrawn": N_("Taken back")}
COLUMNS = (N_("Number"), N_("Gateway"), N_("Here"), N_("There"), N_("What was found"))


class ReconcilePage(Page):
    """One day at a time; a run goes on beside the page and may be stopped and taken up again."""

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "reconcile", N_("Reconciliation"))
        self._day = self._today()
        self._list = Match.DIFFER
        self._checks: Sequence[Check] = ()
        self._running = False
        self._earlier = Button("reconcileEarlier", "", partial(self._move, -1)).with_icon("back", alone=True)
        self._date = label("lead", "reconcileDay", align=Qt.AlignmentFlag.AlignCenter)
        self._date.setMinimumWidth(136)
        self._later = Button("reconcileLater", "", partial(self._move, 1)).with_icon("next", alone=True)
        self._start = Button("reconcileStart", "primary", self._on_start)
        self._start.setMinimumSize(160, 56)
        for part in (self._earlier, self._date, self._later, self._start):
            self.top.addWidget(part)
        self._bar = QProgressBar()
        self._bar.setObjectName("reconcileProgress")
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(8)
        self._lists = {match: self._made_list(match) for match in WORDS}
        self._table = _table()
        self._none = label("lead", "reconcileEmpty", align=Qt.AlignmentFlag.AlignCenter, wrap=True)
        self._approval = Approval(self)
        self._lay_out()
        self._table.itemSelectionChanged.connect(self._show_settle)
        bridge.fact.connect(self._on_fact)
        self.retranslate()

    def _lay_out(self) -> None:
        tabs = QHBoxLayout()
        tabs.setSpacing(8)
        for button in self._lists.values():
            tabs.addWidget(button, 1)
        left = QVBoxLayout()
        left.setSpacing(16)
        left.addLayout(tabs)
        left.addWidget(self._table, 1)
        left.addWidget(self._none, 1)
        left.addWidget(self._made_settle())
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addLayout(left, 1)
        row.addWidget(self._approval)
        self._approval.setFixedWidth(352)
        self.column.addWidget(self._bar)
        self.column.addLayout(row, 1)

    def _made_list(self, match: Match) -> Button:
        _word, tone, icon = WORDS[match]
        name = f"reconcile{match.value.title().replace('_', '')}"
        button = Button(name, "", partial(self._choose, match)).with_icon(icon, _tone(tone))
        button.setCheckable(True)
        button.setMinimumHeight(56)
        return button

    def _made_settle(self) -> Card:
        self._settle_card = Card("reconcileSettleCard", "card")
        self._says = label("", "reconcileSays", wrap=True)
        self._reason = QLineEdit()
        self._reason.setObjectName("reconcileReason")
        self._reason.setMaxLength(200)
        self._reason.textChanged.connect(lambda _text: self._enable())
        self._reason.returnPressed.connect(self._on_settle)
        self._settle = Button("reconcileSettle", "primary", self._on_settle)
        self._settle.setMinimumSize(160, 48)
        self._reasons = [Button(f"reconcileReason{number}", "", partial(self._take, number)) for number in range(3)]
        column = QVBoxLayout(self._settle_card)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self._says)
        row = QHBoxLayout()
        for button in self._reasons:
            row.addWidget(button, 1)
        column.addLayout(row)
        row = QHBoxLayout()
        row.addWidget(self._reason, 1)
        row.addWidget(self._settle)
        column.addLayout(row)
        return self._settle_card

    # -- the day ----------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Come to the front with what was found of the day so far."""
        self._approval.dismiss()
        self._start.setFocus()
        self._load()

    def escape(self) -> bool:
        return self._approval.dismiss()

    def _today(self) -> date:
        return datetime.now(UTC).astimezone(self.till.shop.timezone).date()

    def _move(self, days: int) -> None:
        self._day = min(self._day + timedelta(days=days), self._today())
        self.retranslate()
        self._load()

    def _load(self) -> None:
        if self.bridge.ready:
            day = self._day
            self.ask(lambda office: office.reconcile.found(day), self._came)

    def _came(self, checks: Sequence[Check]) -> None:
        self._checks = checks
        if not self._of(self._list):
            self._list = next((match for match in WORDS if self._of(match)), Match.AGREE)
        self._fill()

    def _on_start(self) -> None:
        if self._running:
            self.ask(lambda office: office.reconcile.stop(), lambda _none: None)
        else:
            self._approval.ask(Action.RECONCILE, self._run)

    def _run(self, permit: Permit) -> None:
        day = self._day
        self._running = True
        self._fill()
        work = self.bridge.desk.do(lambda office: office.reconcile.run(day, permit))
        self.bridge.run(work, done=self._ended, failed=self._failed)

    def _ended(self, checks: Sequence[Check]) -> None:
        self._running = False
        self._came(checks)
        waits, open_ = (sum(one.waits for one in checks), len(self._of(Match.UNCLEAR)))
        if waits:
            self.told.emit(_("{count} differences wait for a manager.").format(count=waits), "warn")
        elif open_:
            self.told.emit(_("{count} could not be told yet. Go on later.").format(count=open_), "warn")
        else:
            self.told.emit(_("The day agrees with the gateways."), "good")

    def _failed(self, error: PosError) -> None:
        self._running = False
        self._fill()
        self.fail(error)

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, Reconciled) and fact.progress.day == self._day:
            self._progress(fact.progress)

    def _progress(self, progress: Progress) -> None:
        self._bar.setRange(0, max(1, progress.total))
        self._bar.setValue(progress.done if progress.total else int(progress.over))
        if progress.done % 20 == 19:
            self._load()

    # -- the lists --------------------------------------------------------------------------------------------

    def _of(self, match: Match) -> list[Check]:
        return [one for one in self._checks if one.match is match]

    def _choose(self, match: Match) -> None:
        self._list = match
        self._fill()

    def _fill(self) -> None:
        shown = self._of(self._list)
        self._table.setRowCount(len(shown))
        for row, check in enumerate(shown):
            said = _("Settled: {reason}").format(reason=check.reason) if check.reason else check.message.spoken()
            texts = (check.number, gateway_word(check.gateway), _spoken(check.ours), check.theirs, said)
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self._table.setItem(row, column, item)
        if shown:
            self._table.selectRow(0)
        self._table.setVisible(bool(shown))
        self._none.setVisible(not shown)
        for match, button in self._lists.items():
            button.say(f"{_(WORDS[match][0])}\n{len(self._of(match))}")
            button.setChecked(match is self._list)
        self._none.setText(self._empty())
        self._show_settle()
        self._enable()

    def _empty(self) -> str:
        if self._checks:
            return _("Nothing in this list.")
        if self._running:
            return _("The gateways are being asked…")
        return _("This day was not compared yet. Start asks each gateway about each of its payments.")

    def _chosen(self) -> Check | None:
        shown, row = self._of(self._list), self._table.currentRow()
        return shown[row] if 0 <= row < len(shown) else None

    def _show_settle(self) -> None:
        check = self._chosen()
        waits = check is not None and check.waits
        self._settle_card.setVisible(waits)
        if check is not None and waits:
            self._says.setText(f"{check.number}  ·  {_spoken(check.ours) or '–'}  ↔  {check.theirs or '–'}")
        self._enable()

    def _enable(self) -> None:
        self._settle.setEnabled(bool(self._reason.text().strip()))
        self._earlier.setEnabled(not self._running)
        self._later.setEnabled(not self._running and self._day < self._today())
        self._start.say(_("Stop") if self._running else (_("Go on") if self._checks else _("Start")))

    # -- a manager's word -------------------------------------------------------------------------------------

    def _take(self, number: int) -> None:
        self._reason.setText(_(REASONS[number]))

    def _on_settle(self) -> None:
        if self._chosen() is not None and self._settle.isEnabled():
            self._approval.ask(Action.SETTLE, self._settled)

    def _settled(self, permit: Permit) -> None:
        check = self._chosen()
        if check is None:
            return
        day, number, reason = check.day, check.number, self._reason.text()
        self._reason.clear()
        self.ask(lambda office: office.reconcile.settle(day, number, reason, permit), lambda _check: self._load())

    # -- looks ------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        super().retranslate()
        self._date.setText(f"{self._day:%Y-%m-%d}")
        self._earlier.setAccessibleName(_("One day earlier"))
        self._later.setAccessibleName(_("One day later"))
        self._settle.say(_("Settle"))
        self._reason.setPlaceholderText(_("What became of it"))
        self._reason.setAccessibleName(_("Reason"))
        for number, button in enumerate(self._reasons):
            button.say(_(REASONS[number]))
        self._table.setHorizontalHeaderLabels([_(one) for one in COLUMNS])
        self._approval.retranslate()
        self._fill()

    def repaint_icons(self) -> None:
        super().repaint_icons()
        for button in (self._earlier, self._later, *self._lists.values()):
            button.repaint_icon()
        self._approval.repaint_icons()


def _spoken(ours: str) -> str:
    """``captured NT$125`` in the language spoken now."""
    state, _space, amount = ours.partition(" ")
    known = {one.value: look.short or look.word for one, look in LOOKS.items()} | REFUNDS
    return f"{_(known[state])} {amount}" if state in known else ours


def _tone(tone: str) -> str:
    return {"good": "gain"}.get(tone, tone)


def _table() -> QTableWidget:
    widths = dict(enumerate((232, 96, 152, 136)))
    return dressed(QTableWidget(0, len(COLUMNS)), "reconcileTable", widths, wide=len(COLUMNS) - 1)
