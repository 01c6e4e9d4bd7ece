"""The calendar of an agreement's charges: sums, one row for each charge, and what to do about the chosen one."""

from __future__ import annotations

from datetime import tzinfo

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from pos.domain.agreement import Agreement, AgreementCharge, ChargeState, totals_of
from pos.gui.agreements.words import charge_columns, done, next_due
from pos.gui.layouts import vbox
from pos.gui.self_updating import SelfUpdating
from pos.gui.tables import RecordModel, RecordView
from pos.gui.widgets import label
from pos.i18n import N_, _

FIGURES = (
    ("Captured", N_("Charged")), ("ToCome", N_("Still to come")),
    ("Next", N_("Next charge")), ("Done", N_("Charges")),
)  # fmt: skip
_FAILED = (ChargeState.REVIEW, ChargeState.DECLINED, ChargeState.UNKNOWN)


class Calendar(SelfUpdating, QWidget):
    """``chosen`` carries the charge of the row in front, None for none."""

    chosen = Signal(object)

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._agreement: Agreement | None = None
        self._captions = {key: label("caption") for key, _title in FIGURES}
        self._figures = {key: label("lead", f"agreement{key}") for key, _title in FIGURES}
        self._model = RecordModel(charge_columns(zone))
        self.table = RecordView("agreementCharges", self._model)
        self._says = label("", "agreementChargeSays", wrap=True)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        vbox(self._grid(), (self.table, 1), self._says, into=self)
        self.retranslate()

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(0)
        for place, (key, _title) in enumerate(FIGURES):
            grid.addWidget(self._captions[key], 0, place)
            grid.addWidget(self._figures[key], 1, place)
            grid.setColumnStretch(place, 1)
        return grid

    @property
    def charge(self) -> AgreementCharge | None:
        """The chosen charge."""
        row = self.table.currentIndex().row()
        return self._model.records[row] if 0 <= row < len(self._model.records) else None

    def show_agreement(self, agreement: Agreement) -> None:
        """Show an agreement; of the same one the chosen charge stays chosen."""
        same = self._agreement is not None and self._agreement.order_no == agreement.order_no
        known = self.charge if same else None
        self._agreement = agreement
        if not same or known is None:
            known = next((one for one in agreement.charges if one.state in _FAILED), None)
            known = known or next(iter(agreement.coming), None)
        self._model.reset(agreement.charges)
        if agreement.charges:
            self.table.selectRow(known.number - 1 if known else len(agreement.charges) - 1)
        self._show_figures()
        self._show_charge()

    def _show_figures(self) -> None:
        if (agreement := self._agreement) is None:
            return
        totals = totals_of(agreement.charges, agreement.terms.amount.currency)
        texts = {
            "Captured": totals.money.display, "ToCome": agreement.to_come.display, "Next": next_due(agreement),
            "Done": done(agreement),
        }  # fmt: skip
        for key, text in texts.items():
            self._figures[key].setText(text)

    def _on_row(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        self._show_charge()
        self.chosen.emit(self.charge)

    def _show_charge(self) -> None:
        charge = self.charge
        said = charge.message.spoken() if charge else ""
        self._says.setText(said)
        self._says.setVisible(bool(said))

    def retranslate(self) -> None:
        for key, title in FIGURES:
            self._captions[key].setText(_(title))
        self._show_figures()
        self._show_charge()
