"""No shift is open: begin one with what lies in the drawer, or look at the last ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget

from pos.domain.money import Money
from pos.domain.shift import Shift
from pos.gui import icons
from pos.gui.self_updating import SelfUpdating
from pos.gui.shifts.parts import Rows, SumPad, big_button, pair, sheet
from pos.gui.shifts.words import fits, spell_moment
from pos.gui.widgets import Button, Card, Palette, label
from pos.i18n import N_, _
from pos.services.shifts import renamed_words

COLUMNS: Final = {N_("No."): 64, N_("Closed"): 120, N_("Closed by"): 0, N_("Over or short"): 184}
"""The column of what was over or short."""
HIDDEN: Final = N_("Not visible to you")
"""In that column, of a shift that another person closed."""


class StartPanel(SelfUpdating, QWidget):
    """``opening`` carries the float; ``wanted`` a closed shift to look at; ``renamed`` the register's former name."""

    opening = Signal(object)
    wanted = Signal(object)
    renamed = Signal(str)

    def __init__(self, currency: str, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone
        self._closed: Sequence[Shift] = ()
        self._names: Mapping[str, str] = {}
        self._last: Money | None = None
        self._others: Sequence[str] = ()
        self._title, self._about = label("title"), label("soft", wrap=True)
        self.pad = SumPad("shift", "shiftFloat", currency)
        self.pad.changed.connect(self._show_action)
        self.pad.entered.connect(self._on_enter)
        self._as_counted = Button("shiftLastCount", "quick", self._on_last)
        self._as_counted.setMinimumHeight(48)
        self._open = big_button("shiftOpen", "primary", self._on_open)
        self._renamed = label("lead", "shiftRenamed", wrap=True)
        self._take_over = Button("shiftTakeOver", "quick", lambda: self.renamed.emit(self._others[0]))
        self._take_over.setMinimumHeight(48)
        self._list_title = label("lead")
        self._table = Rows("shiftLast", COLUMNS)
        self._table.chosen.connect(lambda row: self.wanted.emit(self._closed[row]))
        self._none = label("lead", "shiftLastEmpty", wrap=True, align=Qt.AlignmentFlag.AlignCenter)
        self._table.empty = self._none
        pad_card, column = sheet()
        column.addWidget(self.pad)
        pair(self, pad_card, self._words_card(), 44)
        self.retranslate()

    def _words_card(self) -> Card:
        card, column = sheet()
        for part in (self._renamed, self._take_over, self._title, self._about):
            column.addWidget(part)
        column.addWidget(self._as_counted)
        column.addWidget(self._open)
        column.addSpacing(16)
        column.addWidget(self._list_title)
        column.addWidget(self._table, 1)
        column.addWidget(self._none, 1)
        return card

    def show_last(self, closed: Sequence[Shift], names: Mapping[str, str], others: Sequence[str]) -> None:
        """The newest closed shifts, newest first. ``others`` are names under which something is still open here."""
        self._closed, self._names, self._others = closed, names, others
        self._last = closed[0].counted if closed else None
        self.retranslate()

    def _fill(self) -> None:
        rows, pictures = [], []
        for shift in self._closed:
            words, tone, icon = fits(shift.difference) if shift.difference is not None else (_(HIDDEN), "", "")
            at = spell_moment(shift.closed_at or shift.opened_at, self._zone)
            rows.append((f"Z {shift.z_no}", at, self._names.get(shift.closed_by, shift.closed_by), words))
            pictures.append(icons.icon(icon, Palette.tone(tone)) if icon else QIcon())
        self._table.show_rows(rows, icons=pictures)

    def _on_last(self) -> None:
        if self._last is not None:
            self.pad.put(self._last)
            self.pad.setFocus()

    def _on_enter(self) -> None:
        if self.pad.field.text():  # an Enter too many, pressed for what was there before, opens nothing
            self._on_open()

    def _on_open(self) -> None:
        if self._open.isEnabled():
            self.opening.emit(self.pad.money)

    def busy(self, wait: bool) -> None:
        """While it is being opened, the button cannot be pressed twice."""
        self._open.setEnabled(not wait)

    def escape(self) -> bool:
        return self.pad.clear()

    def _show_action(self) -> None:
        self._open.say(_("Open the shift with {amount} · Enter").format(amount=self.pad.money.display))

    def retranslate(self) -> None:
        self._title.setText(_("No shift is open"))
        self._about.setText(_("Count the cash in the drawer now. This is the float."))
        self.pad.say(_("Float"))
        known = self._last is not None
        self._as_counted.setVisible(known)
        amount = self._last.display if self._last else ""
        self._as_counted.say(_("Same as the last count: {amount}").format(amount=amount))
        self._retranslate_others()
        self._list_title.setText(_("The last shifts"))
        self._none.setText(_("No shift has been closed yet. Each Z report appears here."))
        self._fill()
        self._show_action()

    def _retranslate_others(self) -> None:
        for part in (self._renamed, self._take_over):
            part.setVisible(bool(self._others))
        if self._others:
            self._renamed.setText(renamed_words(self._others).spoken())
            self._take_over.say(_("Continue what is open under {name}").format(name=self._others[0]))

    def repaint_icons(self) -> None:
        self._fill()
