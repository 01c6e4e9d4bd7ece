"""A new agreement: amount, period and number of charges on one pad; reference and item are optional."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Final

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QWidget

from pos.domain.agreement import LONGEST_REFERENCE, Period, Terms, Unit
from pos.domain.agreement_words import period_words
from pos.domain.money import MAX_DIGITS, parse_sum, places
from pos.errors import InputError, PosError
from pos.gui.digit_pad import BACK, DigitPad
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.scan_fields import DigitField, ScanField
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Button, Card, Palette, label
from pos.i18n import N_, _

UNITS: Final = {Unit.MONTH: N_("Months"), Unit.DAY: N_("Days"), Unit.YEAR: N_("Years")}
LONGEST_ITEM: Final = 60
"""Characters of an item's name."""

CHARGED_BY: Final = N_("The customer enters the card once. The gateway then makes each charge by itself.")

AMOUNT, EVERY, TIMES, REFERENCE, ITEM = "Amount", "Every", "Times", "Reference", "Item"
CAPTIONS: Final = {
    AMOUNT: N_("Amount of each charge"), EVERY: N_("Charge every"), TIMES: N_("Number of charges"),
    REFERENCE: N_("Reference, such as a member number"), ITEM: N_("Item on the customer's page"),
}  # fmt: skip


class AgreementForm(SelfUpdating, QWidget):
    """``done`` carries the terms, the reference and the item's name."""

    done = Signal(object, str, str)

    def __init__(self, zone: tzinfo, currency: str) -> None:
        super().__init__()
        self._zone, self._currency = zone, currency
        self._captions = {key: label("caption") for key in CAPTIONS}
        self.fields = {key: self._made_field(key) for key in CAPTIONS}
        self._units = {unit: self._unit_key(unit) for unit in UNITS}
        self._summary = label("lead", "agreementNewSummary", wrap=True)
        self._create = Button("agreementNewCreate", "primary", self._on_done)
        foot = ("0", "00", ".", BACK) if places(currency) else ("0", "00", BACK)
        self._pad = DigitPad("agreementNew", foot)
        self._pad.typed.connect(lambda text: self._here.insert(text))
        self._pad.backspaced.connect(lambda: self._here.backspace())
        self._lay_out()
        self._choose(Unit.MONTH)
        self.retranslate()

    def _made_field(self, key: str) -> ScanField:
        name = f"agreementNew{key}"
        if key in (REFERENCE, ITEM):
            field = ScanField(name)
            field.setMaxLength(LONGEST_REFERENCE if key == REFERENCE else LONGEST_ITEM)
        else:
            field = DigitField(name)
            field.setValidator(QRegularExpressionValidator(QRegularExpression(self._pattern(key)), field))
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.textChanged.connect(lambda _text: self._show_summary())
        field.returnPressed.connect(partial(self._after, key))
        return field

    def _pattern(self, key: str) -> str:
        if key != AMOUNT:
            return "[0-9]{0,3}"
        digits = places(self._currency)
        return rf"[0-9]{{0,{MAX_DIGITS - digits}}}" + (rf"(\.[0-9]{{0,{digits}}})?" if digits else "")

    def _unit_key(self, unit: Unit) -> Button:
        key = Button(f"agreementNewUnit{unit.value}", "", partial(self._choose, unit))
        key.setCheckable(True)
        key.setMinimumHeight(50)
        return key

    def _lay_out(self) -> None:
        self._create.setMinimumHeight(56)
        margins = (16, 32 if Palette.training else 16, 16, 16)
        sums, texts = Card(role="card"), Card(role="card")
        vbox(*self._part(AMOUNT), 8, (self._pad, 1), into=sums, margins=margins)
        every = hbox((self.fields[EVERY], 1), *((key, 1) for key in self._units.values()))
        numbers = hbox(
            (vbox(self._captions[EVERY], every, spacing=4), 3), (vbox(*self._part(TIMES), spacing=4), 1), spacing=16
        )
        names = hbox(*((vbox(*self._part(key), spacing=4), 1) for key in (REFERENCE, ITEM)), spacing=16)
        vbox(numbers, 8, names, 8, self._summary, STRETCH, self._create, into=texts, margins=margins)
        hbox((sums, 38), (texts, 62), into=self, spacing=16)

    def _part(self, key: str) -> tuple[QWidget, QWidget]:
        return self._captions[key], self.fields[key]

    # -- what is typed ----------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Begin with a monthly charge."""
        for key, field in self.fields.items():
            field.setText("1" if key == EVERY else "")
        self._choose(Unit.MONTH)
        self.enable(True)
        self.fields[AMOUNT].setFocus()

    def enable(self, on: bool) -> None:
        """Off while the agreement is being made."""
        self._create.setEnabled(on and self._typed() is not None)

    def fail(self, error: PosError) -> None:
        """Let it be corrected: focus the field that was refused."""
        self.enable(True)
        named = error.field.title() if isinstance(error, InputError) else ""
        self.fields.get(named, self.fields[AMOUNT]).setFocus()

    @property
    def _here(self) -> ScanField:
        """The field that the pad types into."""
        numbers = [self.fields[key] for key in (AMOUNT, EVERY, TIMES)]
        return next((field for field in numbers if field.hasFocus()), numbers[0])

    def _choose(self, unit: Unit) -> None:
        for one, key in self._units.items():
            key.setChecked(one is unit)
        self._show_summary()

    def _after(self, key: str) -> None:
        """Enter: the next field, at the end the button."""
        keys = list(CAPTIONS)
        after = keys.index(key) + 1
        (self.fields[keys[after]] if after < len(keys) else self._create).setFocus()

    def _typed(self) -> Terms | None:
        """Return the terms, None if a part is missing. Raises InputError."""
        amount, every, times = (self.fields[key].text() for key in (AMOUNT, EVERY, TIMES))
        if not (amount.strip(".") and every and times):
            return None
        unit = next(unit for unit, key in self._units.items() if key.isChecked())
        return Terms(parse_sum(amount.rstrip("."), self._currency), Period(int(every), unit), int(times))

    def _show_summary(self) -> None:
        try:
            found = self._typed()
            self._summary.setText(self._words(found) if found else _(CHARGED_BY))
        except InputError as error:
            found = None
            self._summary.setText(error.spoken())
        self._create.setEnabled(found is not None)

    def _words(self, found: Terms) -> str:
        last = found.due_dates(datetime.now(UTC).astimezone(self._zone).date())[-1]
        text = _("{amount} {every}, {times} times: {total} in all. First charge today, the last one on {last}.")
        return text.format(
            amount=found.amount.display, every=period_words(found.period), times=found.times,
            total=found.total.display, last=last.isoformat(),
        )  # fmt: skip

    def _on_done(self) -> None:
        if self._create.isEnabled() and (found := self._typed()) is not None:
            self._create.setEnabled(False)
            self.done.emit(found, self.fields[REFERENCE].text(), self.fields[ITEM].text().strip())

    def retranslate(self) -> None:
        for key, text in CAPTIONS.items():
            self._captions[key].setText(_(text))
            self.fields[key].setAccessibleName(_(text))
        for unit, button in self._units.items():
            button.say(_(UNITS[unit]))
        self._create.say(_("Create agreement"))
        self._show_summary()
