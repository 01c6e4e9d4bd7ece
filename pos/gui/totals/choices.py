"""Which totals are shown: the span with its arrows, and where there are several, the register and the currency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos.domain.totals import Scope, Span
from pos.gui.layouts import hbox
from pos.gui.self_updating import SelfUpdating
from pos.gui.totals.words import SPANS, scope_word
from pos.gui.widgets import TARGET, Button, label
from pos.i18n import _
from pos.services.totals_view import TotalsAnswer, TotalsQuery


class Choice(Button):
    """One of several; chosen it is bold, and has kept the room for that."""

    def sizeHint(self) -> QSize:
        font = QFont(self.font())
        font.setBold(True)
        return QSize(max(72, QFontMetrics(font).horizontalAdvance(self.text()) + 24), TARGET)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


def choice(name: str, action: Callable[[], object]) -> Button:
    """One of several buttons of which one is chosen."""
    button = Choice(name, "", action)
    button.setCheckable(True)
    return button


def choose(button: Button, chosen: bool) -> None:
    """Whether it is the one."""
    button.setChecked(chosen)


class Spans(SelfUpdating, QWidget):
    """``chosen`` carries a span, ``moved`` a step of the arrows; ``now`` goes to today or the newest shift."""

    chosen = Signal(object)
    moved = Signal(int)
    now = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._spans = {span: choice(f"totals{span.value.title()}", partial(self.chosen.emit, span)) for span in SPANS}
        self._earlier = Button("totalsEarlier", "", partial(self.moved.emit, -1)).with_icon("back", alone=True)
        self._when = label("lead", "totalsWhen", align=Qt.AlignmentFlag.AlignCenter)
        self._when.setMinimumWidth(216)
        self._later = Button("totalsLater", "", partial(self.moved.emit, 1)).with_icon("next", alone=True)
        self._now = Button("totalsToday", "", self.now.emit)
        moves = self._earlier, self._when, self._later, self._now
        hbox(*self._spans.values(), 8, *moves, into=self)
        self.retranslate()

    @property
    def words(self) -> str:
        """What the span is called."""
        return self._when.text()

    def show_query(self, query: TotalsQuery, answer: TotalsAnswer | None, today: date) -> None:
        """What is shown, and where the arrows lead."""
        shifts, scope = query.span is Span.SHIFT, _scope(query, answer)
        self._when.setText(scope_word(scope, _shift_word(answer)))
        newest = query.back == 0 if shifts else scope is not None and scope.last >= today
        self._later.setEnabled(not newest)
        self._now.setEnabled(not newest)
        self._earlier.setEnabled(not shifts or (answer is not None and query.back < answer.shifts - 1))
        self._now.say(_("Newest") if shifts else _("Today"))
        for span, button in self._spans.items():
            choose(button, span is query.span)

    def retranslate(self) -> None:
        for span, button in self._spans.items():
            button.say(_(SPANS[span]))
        self._earlier.setAccessibleName(_("Previous"))
        self._later.setAccessibleName(_("Next"))


class Choices(QWidget):
    """A row that is there only where there is a choice. ``register`` and ``currency`` carry the chosen one."""

    register = Signal(str)
    currency = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)

    def show_choices(self, registers: Sequence[str], register: str, currencies: Sequence[str], currency: str) -> None:
        """All there are, and which is chosen."""
        while (item := self._row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        if len(registers) > 1:
            for one in ("", *registers):
                word = _("Register {number}").format(number=one) if one else _("All registers")
                self._add(f"totalsRegister{one or 'All'}", word, one == register, partial(self.register.emit, one))
            self._row.addSpacing(32)
        if len(currencies) > 1:
            for one in currencies:
                self._add(f"totalsCurrency{one}", one, one == currency, partial(self.currency.emit, one))
        self.setVisible(self._row.count() > 0)
        self._row.addStretch()

    def _add(self, name: str, word: str, chosen: bool, action: Callable[[], object]) -> None:
        button = choice(name, action)
        button.say(word)
        choose(button, chosen)
        self._row.addWidget(button)


def _scope(query: TotalsQuery, answer: TotalsAnswer | None) -> Scope | None:
    if query.days is not None:
        return query.days
    return answer.totals.scope if answer and answer.totals else None


def _shift_word(answer: TotalsAnswer | None) -> str:
    if answer is None or answer.shift is None:
        return ""
    return _("Z {number}").format(number=answer.shift.z_no) if answer.shift.z_no else _("Open shift")
