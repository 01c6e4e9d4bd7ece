"""Reconciliation: four lists of a day, and what is unclear; differences are in review until settled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QWidget

from pos.domain.events import DifferenceChanged, Fact, ReconciliationProgressed, SignInChanged
from pos.domain.reconcile import Check, Match, Progress
from pos.domain.staff import Action
from pos.errors import PosError
from pos.gui.bridge import Bridge, Till
from pos.gui.layouts import hbox, vbox
from pos.gui.office.difference_card import DifferenceCard, settled_elsewhere, spoken
from pos.gui.page import Page
from pos.gui.tables import RecordTable
from pos.gui.tender_words import gateway_word
from pos.gui.widgets import Button, label
from pos.i18n import N_, _
from pos.services.permissions import Permission

WORDS = {
    Match.DIFFER: (N_("Different"), "bad", "cross"),
    Match.ONLY_HERE: (N_("Shop only"), "warn", "question"),
    Match.ONLY_THERE: (N_("Gateway only"), "late", "bell"),
    Match.UNCLEAR: (N_("No answer"), "busy", "clock"),
    Match.AGREE: (N_("Match"), "good", "tick"),
}
"""Each list's name, tone and icon, the ones a manager must look at first."""

COLUMNS = {
    N_("Number"): 232, N_("Gateway"): 96, N_("Our record"): 152, N_("Gateway record"): 136, N_("Explanation"): 0,
}  # fmt: skip


class ReconcilePage(Page):
    """Compares one day at a time; a run continues while the page is hidden and may be stopped and resumed."""

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "reconcile", N_("Reconciliation"))
        self._day = self._today()
        self._list = Match.DIFFER
        self._checks: Sequence[Check] = ()
        self._running = False
        self._permit: Permission | None = None
        self._sought = ""  # the number that stays chosen, whatever comes in beside it
        self._others: Sequence[Check] = ()
        self._seeks = False  # until the user chooses another day
        self._elsewhere = Button("reconcileOthers", "flat", self._to_others).with_icon("bell", "late")
        self._elsewhere.hide()
        self._earlier = Button("reconcileEarlier", "", partial(self._move, -1)).with_icon("back", alone=True)
        self._date = label("lead", "reconcileDay", align=Qt.AlignmentFlag.AlignCenter)
        self._date.setMinimumWidth(136)
        self._later = Button("reconcileLater", "", partial(self._move, 1)).with_icon("next", alone=True)
        self._start = Button("reconcileStart", "primary", self._on_start)
        self._start.setMinimumSize(160, 56)
        for part in (self._elsewhere, self._earlier, self._date, self._later, self._start):
            self.top.addWidget(part)
        self._bar = QProgressBar()
        self._bar.setObjectName("reconcileProgress")
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(8)
        self._lists = {match: self._made_list(match) for match in WORDS}
        self._table = RecordTable("reconcileTable", COLUMNS)
        self._none = label("lead", "reconcileEmpty", align=Qt.AlignmentFlag.AlignCenter, wrap=True)
        self._table.empty = self._none
        self._card = DifferenceCard()
        self._card.settled.connect(self._on_settle)
        self._card.payment_wanted.connect(self._on_payment)
        self._lay_out()
        self._table.itemSelectionChanged.connect(self._show_settle)
        bridge.fact.connect(self._on_fact)
        self.retranslate()

    def _lay_out(self) -> None:
        lists = QWidget()
        tabs = hbox(*((button, 1) for button in self._lists.values()))
        vbox(self._bar, tabs, (self._table, 1), (self._none, 1), self._card, into=lists, spacing=16)
        self.column.addWidget(lists, 1)
        self.column.addWidget(self.make_approval(lists), 1, Qt.AlignmentFlag.AlignHCenter)  # no room for both

    def _made_list(self, match: Match) -> Button:
        _word, tone, icon = WORDS[match]
        name = f"reconcile{match.value.title().replace('_', '')}"
        button = Button(name, "", partial(self._choose, match)).with_icon(icon, _tone(tone))
        button.setCheckable(True)
        button.setMinimumHeight(56)
        return button

    # -- the day ----------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Come to the front with what was found of the day so far. The permission is asked for again."""
        self._permit = None
        self._start.setFocus()
        self._load()

    def reopen(self) -> None:
        """Back from a payment: everything is as it was."""
        self._table.setFocus()
        self._load()

    def show_reviews(self) -> None:
        """The oldest difference that waits for a manager."""
        self._seeks = True
        self.call(self.services.reconcile.in_review).then(self._on_reviews)

    def _today(self) -> date:
        return datetime.now(UTC).astimezone(self.till.shop.timezone).date()

    def _move(self, days: int) -> None:
        self._seeks = False
        self._day = min(self._day + timedelta(days=days), self._today())
        self.retranslate()
        self._load()

    def _load(self) -> None:
        """What was found of the day, with the right to see it."""
        if not self.bridge.ready:
            return
        self.call(self.services.reconcile.in_review).then(self._know_others)
        if self._permit is None:
            self._show(())
            self.require(Action.RECONCILE, self._allowed)
        else:
            day, permission = self._day, self._permit
            self.call(self.services.reconcile.found, day, permission).then(partial(self._found, day))

    def _allowed(self, permission: Permission) -> None:
        self._permit = permission
        self._load()

    def _found(self, day: date, checks: Sequence[Check]) -> None:
        if day == self._day:
            self._show(checks)

    def _show(self, checks: Sequence[Check]) -> None:
        self._checks = checks if self._permit is not None else ()
        if sought := next((one for one in self._checks if one.number == self._sought), None):
            self._list = sought.match
        if not self._of(self._list):
            self._list = next((match for match in WORDS if self._of(match)), Match.AGREE)
        self._fill()

    def _on_start(self) -> None:
        if self._running:
            self.call(self.services.reconcile.stop).then(lambda _none: None)
        elif self._permit is not None:
            self._run(self._permit)
        else:
            self.require(Action.RECONCILE, self._run)

    def _run(self, permission: Permission) -> None:
        day, self._permit = self._day, permission
        self._running = True
        self._fill()
        work = self.bridge.call(self.bridge.services.reconcile.run, day, permission)
        work.then(self._ended, self._failed)

    def _ended(self, checks: Sequence[Check]) -> None:
        self._running = False
        self._list, self._sought = Match.DIFFER, ""  # what a manager must look at first
        self._show(checks)
        waits, open_ = (sum(one.in_review for one in checks), len(self._of(Match.UNCLEAR)))
        if waits:
            self.message_posted.emit(_("Differences waiting for a manager: {count}").format(count=waits), "warn")
        elif open_:
            self.message_posted.emit(_("{count} have no answer yet. Continue later.").format(count=open_), "warn")
        elif checks:
            self.message_posted.emit(_("The day matches the gateways."), "good")
        else:
            self.message_posted.emit(_("No payment went to a gateway on this day. There is nothing to reconcile."), "")

    def _failed(self, error: PosError) -> None:
        self._running = False
        self._fill()
        self.fail(error)

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, ReconciliationProgressed) and fact.progress.day == self._day:
            self._progress(fact.progress)
        elif isinstance(fact, DifferenceChanged) and self.isVisible():
            self.call(self.services.reconcile.in_review).then(self._know_others)
        elif isinstance(fact, SignInChanged):
            self._permit = None  # another person signed in
            if self.isVisible():
                self._load()

    def _progress(self, progress: Progress) -> None:
        self._bar.setRange(0, max(1, progress.total))
        self._bar.setValue(progress.done if progress.total else int(progress.over))
        if progress.done % 20 == 19:
            self._load()

    # -- the lists --------------------------------------------------------------------------------------------

    def _of(self, match: Match) -> list[Check]:
        return [one for one in self._checks if one.match is match]

    def _choose(self, match: Match) -> None:
        self._list, self._sought = match, ""
        self._fill()

    def _fill(self) -> None:
        shown, sought = self._of(self._list), self._sought
        self._table.show_rows([_row(check) for check in shown])
        if shown:
            numbers = [one.number for one in shown]
            self._table.selectRow(numbers.index(sought) if sought in numbers else 0)
        for match, button in self._lists.items():
            button.say(f"{_(WORDS[match][0])}\n{len(self._of(match))}")
            button.setChecked(match is self._list)
        self._none.setText(self._empty())
        self._show_settle()
        self._enable()

    def _empty(self) -> str:
        if self._checks:
            return _("This list is empty.")
        if self._running:
            return _("Checking with the gateways…")
        return _("This day is not reconciled yet. Press Start to check every payment with its gateway.")

    def _chosen(self) -> Check | None:
        shown, row = self._of(self._list), self._table.currentRow()
        return shown[row] if 0 <= row < len(shown) else None

    def _show_settle(self) -> None:
        check = self._chosen()
        if check is not None:
            self._sought = check.number
        self._card.show_check(check)
        self._enable()

    def _enable(self) -> None:
        self._earlier.setEnabled(not self._running)
        self._later.setEnabled(not self._running and self._day < self._today())
        self._start.say(_("Stop") if self._running else (_("Continue") if self._checks else _("Start")))

    # -- a manager's word -------------------------------------------------------------------------------------

    def _on_settle(self, reason: str) -> None:
        if (check := self._chosen()) is not None:
            self.require(Action.SETTLE, partial(self._settle, check, reason))

    def _on_payment(self, order_no: str) -> None:
        check = self._chosen()
        own = check is not None and settled_elsewhere(check)
        if own:
            self.visit("refund", order_no)
        else:
            self.visit("past", order_no, returns=True)

    def _settle(self, check: Check, reason: str, permission: Permission) -> None:
        day, number = check.day, check.number
        self.call(self.services.reconcile.settle, day, number, reason, permission).then(lambda _check: self._load())

    # -- other days -------------------------------------------------------------------------------------------

    def _know_others(self, in_review: Sequence[Check]) -> None:
        """A difference of another day is one touch away."""
        self._others = [one for one in in_review if one.day != self._day]
        self._elsewhere.setVisible(bool(self._others) and not self._running)
        self._elsewhere.say(_("{count} on other days").format(count=len(self._others)))

    def _on_reviews(self, in_review: Sequence[Check]) -> None:
        if self._seeks:
            self._lead(in_review)

    def _to_others(self) -> None:
        self._lead(self._others)

    def _lead(self, in_review: Sequence[Check]) -> None:
        if in_review and not self._running:
            first = in_review[0]
            self._day, self._sought, self._list = first.day, first.number, first.match
            self.retranslate()
            self._load()

    # -- looks ------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        super().retranslate()
        self._date.setText(f"{self._day:%Y-%m-%d}")
        self._earlier.setAccessibleName(_("One day earlier"))
        self._later.setAccessibleName(_("One day later"))
        self._know_others([*self._others])
        self._fill()


def _tone(tone: str) -> str:
    return {"good": "gain"}.get(tone, tone)


def _row(check: Check) -> tuple[str, ...]:
    said = _("Settled: {reason}").format(reason=check.reason) if check.reason else check.message.spoken()
    return check.number, gateway_word(check.gateway), spoken(check.ours), check.theirs, said
