"""A direct debit of a gateway that charges by itself: what is known of it, and how it is ended."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QStackedWidget, QWidget

from pos.domain.direct_debit import DebitStop, DirectDebit
from pos.gui.agreements.decision import DecisionPanel
from pos.gui.agreements.words import STOP_CHOICES, STOP_REASONS, debit_look, debit_terms
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.reasons import OTHER
from pos.gui.widgets import Band, Button, Card, Palette, label
from pos.i18n import N_, _

FACTS, STOPPING = range(2)
FIGURES: Final = (
    ("Every", N_("Period")), ("Times", N_("Number of charges")), ("First", N_("First charge")),
    ("Period", N_("Latest charge")),
)  # fmt: skip
ABOUT: Final = N_(
    "The gateway makes the later charges by itself and reports only the number of the latest one. The register booked"
    " the first one; the others are on the gateway's statement."
)
STOP_ABOUT: Final = N_("The card is not charged from tomorrow on. Charges that were made stay.")


class DebitCard(Card):
    """Signals carry the order number; ``stop_wanted`` also the reason."""

    check_wanted = Signal(str)
    stop_wanted = Signal(str, str)
    payment_wanted = Signal(str)

    def __init__(self, zone: tzinfo) -> None:
        super().__init__("debitCard", "card")
        self._zone = zone
        self.debit: DirectDebit | None = None
        self._amount = label("big", "debitAmount")
        self._terms = label("soft", "debitTerms", align=Qt.AlignmentFlag.AlignRight)
        self._state, self._says = Band("debitState"), label("", "debitSays", wrap=True)
        self._state.setMinimumHeight(48)
        self._captions = {key: label("caption") for key, _title in FIGURES}
        self._figures = {key: label("lead", f"debit{key}") for key, _title in FIGURES}
        self._about = label("soft", "debitAbout", wrap=True)
        self._stopping = DecisionPanel("debitStop", STOP_ABOUT, STOP_CHOICES, STOP_REASONS, OTHER)
        self._stopping.decided.connect(self._on_stop)
        self._stopping.left.connect(self.show_main)
        self._check = Button("debitCheck", "", self.check)
        self._payment = Button("debitPayment", "", self._on_payment)
        self._stop = Button("debitStop", "", self._ask_stop)
        self._middle, self._buttons = QStackedWidget(), QWidget()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # the row's shares, nothing else
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        for button in (self._check, self._payment, self._stop):
            button.setMinimumHeight(48)
        facts, grid = QWidget(), QGridLayout()
        grid.setVerticalSpacing(0)
        for place, (key, _title) in enumerate(FIGURES):
            row, column = 2 * (place // 2), place % 2
            grid.addWidget(self._captions[key], row, column)
            grid.addWidget(self._figures[key], row + 1, column)
        vbox(grid, 8, self._about, STRETCH, into=facts)
        for part in (facts, self._stopping):
            self._middle.addWidget(part)
        hbox((self._check, 1), (self._payment, 1), self._stop, into=self._buttons)
        margins = 16, 28 if Palette.training else 16, 16, 16
        top = hbox(self._amount, (self._terms, 1))
        vbox(top, self._state, self._says, (self._middle, 1), self._buttons, into=self, margins=margins)

    def show_debit(self, debit: DirectDebit | None) -> None:
        """Bring a direct debit to the front; None empties the card."""
        if debit is None or self.debit is None or self.debit.order_no != debit.order_no:
            self._middle.setCurrentIndex(FACTS)
        self.debit = debit
        self._refresh()

    def show_main(self) -> None:
        """Go back from the reason for ending it."""
        self._middle.setCurrentIndex(FACTS)
        self._refresh()
        self._check.setFocus()

    def escape(self) -> bool:
        """Handle Esc: leave the reason; False if none was asked for."""
        if self._middle.currentIndex() != STOPPING:
            return False
        self.show_main()
        return True

    def _refresh(self) -> None:
        if (debit := self.debit) is None:
            return
        look, asks = debit_look(debit), self._middle.currentIndex() == STOPPING
        self._amount.setText(debit.amount.display)
        self._terms.setText(f"{debit_terms(debit)}\n{debit.order_no}")
        self._state.say(_(look.word), look.tone, look.icon)
        said = debit.message.spoken() if debit.stop is not DebitStop.NONE and not asks else ""
        self._says.setText(said)
        self._says.setVisible(bool(said))
        for key, text in self._texts(debit).items():
            self._figures[key].setText(text)
        self._buttons.setVisible(not asks)
        self._stop.setVisible(debit.may_stop)

    def _texts(self, debit: DirectDebit) -> dict[str, str]:
        first = debit.first or debit.created_at.astimezone(self._zone).date()
        return {
            "Every": debit_terms(debit, times=False), "Times": f"{debit.times}" if debit.times else _("no end"),
            "First": first.isoformat(), "Period": f"{debit.period}" if debit.period else "–",
        }  # fmt: skip

    # -- buttons ----------------------------------------------------------------------------------------------

    def check(self) -> None:
        """F6: ask the gateway."""
        if self.debit is not None:
            self.check_wanted.emit(self.debit.order_no)

    def _on_payment(self) -> None:
        if self.debit is not None:
            self.payment_wanted.emit(self.debit.order_no)

    def _ask_stop(self) -> None:
        self._middle.setCurrentIndex(STOPPING)
        self._refresh()
        self._stopping.ask()

    def _on_stop(self, _choice: str, reason: str) -> None:
        if self.debit is not None:
            self.stop_wanted.emit(self.debit.order_no, reason)

    def retranslate(self) -> None:
        for key, title in FIGURES:
            self._captions[key].setText(_(title))
        self._about.setText(_(ABOUT))
        self._check.say(_("Check now · F6"))
        self._payment.say(_("Show payment"))
        self._stop.say(_("Stop…"))
        self._refresh()

    def repaint_icons(self) -> None:
        self._refresh()
