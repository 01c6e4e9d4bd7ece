"""The shift: open it with a float, move cash, read it, count blind and close it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget

from pos.domain.events import AttemptChanged, Fact, RefundChanged, ShiftChanged
from pos.domain.money import Money
from pos.domain.shift import CashMovement, CashMovementKind, Shift
from pos.domain.staff import Action
from pos.errors import InputError, PosError
from pos.gui.bridge import Bridge, Till
from pos.gui.page import Page
from pos.gui.save_dialog import ask_where_to_save
from pos.gui.shifts.count import CountPanel
from pos.gui.shifts.move import MovePanel
from pos.gui.shifts.running import RunningPanel
from pos.gui.shifts.sheet import SheetPanel
from pos.gui.shifts.start import StartPanel
from pos.gui.shifts.words import MOVEMENTS
from pos.i18n import N_, Message, _
from pos.services.permissions import Permission
from pos.services.shift_overview import ShiftOverview
from pos.services.shifts import Closed, ShiftReport

if TYPE_CHECKING:
    from pos.einvoice.receipt_canvas import Bitmap

LAST = 50
"""Closed shifts that are listed."""


class ShiftPage(Page):
    """One panel at a time; a manager's PIN is asked for in its place."""

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "shift", N_("Open or close shift"))
        zone, currency = till.shop.timezone, till.shop.currency
        self._known = ShiftOverview()
        self._just_opened = False  # the sale is next then, not the count
        self.start = StartPanel(currency, zone)
        self.running = RunningPanel(zone)
        self.moving = MovePanel(currency)
        self.count = CountPanel(currency)
        self.sheet = SheetPanel(zone)
        self._panels = (self.start, self.running, self.moving, self.count, self.sheet)
        self._stack = QStackedWidget()
        for panel in self._panels:
            self._stack.addWidget(panel)
        approval = self.make_approval(self._stack, width=520)
        approval.shown.connect(self._on_approval)
        row = QHBoxLayout()
        row.addWidget(self._stack)
        row.addWidget(approval, 0, Qt.AlignmentFlag.AlignHCenter)
        self.column.addLayout(row, 1)
        self._connect()
        self.retranslate()

    def _connect(self) -> None:
        self.start.opening.connect(self._on_opening)
        self.start.wanted.connect(lambda shift: self._read(shift.id))
        self.start.renamed.connect(self._on_renamed)
        self.running.moving.connect(self._on_moving)
        self.running.reading.connect(lambda: self._read(None))
        self.running.counting.connect(self._on_counting)
        self.moving.done.connect(self._on_move)
        self.count.closing.connect(self._on_closing)
        self.sheet.printing.connect(self._on_print)
        self.sheet.saving.connect(self._on_save)
        self.sheet.following.connect(self.open)
        for scanned in (self.start.pad.scanned, self.moving.pad.scanned, self.count.scanned):
            scanned.connect(self._on_scanned)
        self.bridge.fact.connect(self._on_fact)

    def _on_scanned(self) -> None:
        self.message_posted.emit(_("A scanned code is not an amount; nothing was entered."), "warn")

    # -- coming and going -------------------------------------------------------------------------------------

    def open(self) -> None:
        """Whatever the shift needs next: a float, or what one may do while it runs."""
        self.message_posted.emit("", "")
        self.call(self.services.shift_overviews.read, self.actor, LAST).then(self._on_found)

    def _on_found(self, found: ShiftOverview) -> None:
        self._refresh(found)
        if found.current is None:
            self._show(self.start)
            self.start.busy(False)
            self.start.pad.setFocus()
        else:
            self._show(self.running)
            (self.back if self._just_opened else self.running.count).setFocus()
            self._just_opened = False

    def _refresh(self, found: ShiftOverview) -> None:
        self._known = found
        self.start.show_last(found.closed, found.names, found.others)
        if found.current is not None:
            self.running.show_shift(found.current, found.moves, found.waiting, found.names)
            self.count.show_in_process(found.waiting)

    def _show(self, panel: StartPanel | RunningPanel | MovePanel | CountPanel | SheetPanel) -> None:
        self._stack.setCurrentWidget(panel)

    def leave(self) -> None:
        """The way back: out of a panel first."""
        if self.dismiss_approval():
            return
        if self._stack.currentWidget() in (self.start, self.running):
            super().leave()
        else:
            self.open()

    def escape(self) -> bool:
        """Esc: the PIN, what was typed, the panel; then the page."""
        front = self._panels[self._stack.currentIndex()]
        if self.dismiss_approval() or front.escape():
            return True
        if front in (self.start, self.running):
            return False
        self.open()
        return True

    def _on_approval(self, is_shown: bool) -> None:
        for panel in () if is_shown else (self.start, self.moving, self.count):
            panel.busy(False)

    def _on_fact(self, fact: Fact) -> None:
        front = self._stack.currentWidget()
        if not self.isVisible() or front not in (self.start, self.running, self.count):
            return
        if isinstance(fact, ShiftChanged) and front is not self.count:
            self.call(self.services.shift_overviews.read, self.actor, LAST).then(self._on_found)
        elif isinstance(fact, AttemptChanged | RefundChanged):
            self.call(self.services.shift_overviews.read, self.actor, LAST).then(self._refresh)

    # -- opening and moving -----------------------------------------------------------------------------------

    def _on_opening(self, opening: Money) -> None:
        self.start.busy(True)

        def opened(shift: Shift) -> None:
            self.start.pad.clear()
            self.message_posted.emit(_("The shift is open with {amount}.").format(amount=shift.opening.display), "good")

        def allowed(permission: Permission) -> None:
            self.start.busy(True)
            self._just_opened = True
            work = self.bridge.call(self.bridge.services.shifts.open, opening, permission)
            work.then(opened, self._not_opened)

        self.require(Action.SHIFT, allowed)

    def _not_opened(self, error: PosError) -> None:
        self._just_opened = False
        self.start.busy(False)
        self.fail(error)

    def _on_renamed(self, name: str) -> None:
        self.require(
            Action.TAKE_OVER,
            lambda permission: self.call(self.services.shifts.take_over, name, permission).then(
                lambda _shift: self.call(self.services.shift_overviews.read, self.actor, LAST).then(self._on_found)
            ),
        )

    def _on_moving(self, kind: CashMovementKind | None) -> None:
        self.message_posted.emit("", "")
        self._show(self.moving)
        self.moving.ask(kind)

    def _on_move(self, kind: CashMovementKind | None, amount: Money, reason: str) -> None:
        def allowed(permission: Permission) -> None:
            self.moving.busy(True)
            if kind is None:
                opened = self.bridge.call(self.bridge.services.shifts.open_drawer, reason, permission)
                opened.then(self._drawer_opened, self._not_moved)
            else:
                moved = self.bridge.call(self.bridge.services.shifts.move, kind, amount, reason, permission)
                moved.then(self._moved, self._not_moved)

        self.require(Action.DROP if kind is CashMovementKind.DROP else Action.PAY_IN_OUT, allowed)

    def _moved(self, move: CashMovement) -> None:
        self.open()
        self.message_posted.emit(f"{_(MOVEMENTS[move.kind])} · {move.amount.display} · {move.reason}", "good")

    def _drawer_opened(self, said: Message) -> None:
        self.open()
        self.message_posted.emit(said.spoken() or _("The drawer is open."), "warn" if said else "good")

    def _not_moved(self, error: PosError) -> None:
        self.moving.busy(False)
        self.fail(error)

    # -- reading ----------------------------------------------------------------------------------------------

    def _read(self, number: int | None) -> None:
        self.require(
            Action.X_REPORT,
            lambda permission: self.call(self.services.shifts.read, permission, number).then(self._on_read),
        )

    def _on_read(self, report: ShiftReport) -> None:
        self.message_posted.emit("", "")
        self._show(self.sheet)
        self.sheet.show_report(report, may_follow=False)

    # -- counting and closing ---------------------------------------------------------------------------------

    def _on_counting(self) -> None:
        self.message_posted.emit("", "")
        self.require(
            Action.SHIFT,
            lambda permission: self.call(self.services.shifts.begin_count, permission).then(self._begin_count),
        )

    def _begin_count(self, said: Message) -> None:
        self._show(self.count)
        self.count.begin(self._known.waiting)

    def _on_closing(self, counted: Money, notes: Mapping[int, int], reason: str) -> None:
        self.count.busy(True)

        def allowed(permission: Permission) -> None:
            self.count.busy(True)
            work = self.bridge.call(self.bridge.services.shifts.close, counted, notes, reason, permission)
            work.then(self._on_closed, self._not_closed)

        self.require(Action.SHIFT, allowed)

    def _on_closed(self, closed: Closed) -> None:
        self._show(self.sheet)
        self.sheet.show_report(closed.report, may_follow=True)
        if closed.messages:
            self.message_posted.emit(" ".join(one.spoken() for one in closed.messages), "warn")

    def _not_closed(self, error: PosError) -> None:
        if isinstance(error, InputError) and error.field == "reason":
            self.count.ask_reason(error)
        else:
            self.count.busy(False)
            self.fail(error)

    # -- paper ------------------------------------------------------------------------------------------------

    def _on_print(self) -> None:
        report = self.sheet.report
        if report is not None:
            work = self.bridge.call(self.bridge.services.printing.print_shift, report)
            work.then(lambda _none: self.message_posted.emit(_("Printed."), ""), self.fail)

    def _on_save(self) -> None:
        ask_where_to_save(self, _("Save as PDF"), self._file_name(), self.save)

    def _file_name(self) -> str:
        report = self.sheet.report
        number = report.shift.z_no if report else None
        return f"{self.till.shop.register_id}-{'X' if number is None else f'Z{number:05d}'}.pdf"

    def save(self, path: str) -> None:
        """Write the paper as a PDF, beside both threads."""
        report = self.sheet.report
        if report is not None:
            work = self.bridge.call(self.bridge.services.printing.shift_slip, report)
            work.then(lambda sheet: self._write(Path(path), sheet), self.fail)

    def _write(self, path: Path, sheet: Bitmap) -> None:
        from pos.gui.history.receipt_preview import write_pdf

        self.bridge.compute(lambda: write_pdf(path, [sheet]), self._on_saved, self.fail)

    def _on_saved(self, _none: None) -> None:
        self.message_posted.emit(_("Saved."), "good")

    # -- looks ------------------------------------------------------------------------------------------------
