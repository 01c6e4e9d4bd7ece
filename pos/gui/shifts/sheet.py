"""The figures of a shift: an X while it runs, a Z for ever. All of them come ready from the services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from pos.domain.in_process_words import entries
from pos.domain.money import Money
from pos.domain.totals import By, CurrencyTotals, Sum
from pos.domain.words import TENDERS, spoken
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.self_updating import SelfUpdating
from pos.gui.shifts.parts import big_button, sheet
from pos.gui.shifts.words import fits, spell_moment
from pos.gui.widgets import Band, label
from pos.i18n import _
from pos.services.z_report import ShiftReport

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Table(QGridLayout):
    """Lines of words and figures; the figures are at the right."""

    def __init__(self, columns: int = 2) -> None:
        super().__init__()
        self._columns = columns
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(16)
        self.setVerticalSpacing(2)
        self.setColumnStretch(0, 1)

    def line(self, *texts: str, role: str = "", name: str = "") -> None:
        """One line; ``name`` names its last figure."""
        row = self.rowCount()
        for column, text in enumerate(texts):
            last = column == len(texts) - 1
            made = label(role, name if last else "", align=RIGHT if column else None, wrap=not column)
            made.setText(text)
            self.addWidget(made, row, column, 1, self._columns if len(texts) == 1 else 1)

    def rule(self) -> None:
        """A line across."""
        drawn = QFrame()
        drawn.setProperty("role", "rule")
        drawn.setFixedHeight(1)
        self.addWidget(drawn, self.rowCount(), 0, 1, self._columns)


class SheetPanel(SelfUpdating, QWidget):
    """One X or Z. ``printing`` and ``saving`` ask for its paper, ``following`` for the next shift."""

    printing = Signal()
    saving = Signal()
    following = Signal()

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone
        self._report: ShiftReport | None = None
        self._names: Mapping[str, str] = {}
        self._may_follow = False
        self._title = label("big", "shiftSheetTitle")
        self._fits = Band("shiftOver")
        self._scroll = QScrollArea()
        self._scroll.setObjectName("shiftSheet")
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._next = big_button("shiftNext", "primary", self.following.emit, 56)
        self._print = big_button("shiftPrint", "", self.printing.emit, 56)
        self._save = big_button("shiftSave", "", self.saving.emit, 56)
        card, column = sheet()
        column.addLayout(hbox(self._title, (self._fits, 1), spacing=16))
        column.addWidget(self._scroll, 1)
        foot = hbox((self._save, 1), (self._print, 1), (self._next, 2), spacing=16)
        vbox((card, 1), foot, into=self, spacing=16)
        self.retranslate()

    def show_report(self, report: ShiftReport, *, may_follow: bool) -> None:
        """``may_follow``: no shift is open, so that the next one may be opened from here."""
        self._report, self._may_follow = report, may_follow
        self.retranslate()
        (self._next if may_follow else self._print).setFocus()

    @property
    def report(self) -> ShiftReport | None:
        return self._report

    def escape(self) -> bool:
        """There is nothing to clear."""
        return False

    # -- contents ---------------------------------------------------------------------------------------------

    def _made(self, report: ShiftReport) -> QWidget:
        inside = QWidget()
        left = self._facts(report), self._drawer(report)
        right = *self._totals(report), self._in_process(report), self._sent_to(report), self._proof(report)
        columns = (vbox(*left, STRETCH, spacing=12), 42), (vbox(*right, STRETCH, spacing=12), 58)
        hbox(*columns, into=inside, spacing=40, margins=(0, 8, 12, 8))
        return inside

    def _facts(self, report: ShiftReport) -> Table:
        shift, table = report.shift, Table()
        for word, at, who in (
            (_("Opened"), shift.opened_at, shift.opened_by),
            (_("Closed"), shift.closed_at, shift.closed_by),
        ):
            if at is not None:
                name = report.names.people.get(who, who)
                moment = spell_moment(at, report.names.zone)
                table.line(word, f"{moment} · {name}" if name else moment)
        if shift.reason:
            table.line(_("Reason"), shift.reason, name="shiftReasonShown")
        for at, counted in report.counts:
            table.line(_("Earlier counts"), f"{spell_moment(at, report.names.zone)} · {counted.display}", role="soft")
        return table

    def _drawer(self, report: ShiftReport) -> Table:
        table = Table()
        table.line(_("Drawer"), "", role="lead")
        for number, (word, amount, sign) in enumerate(report.drawer.steps()):
            mark = "" if number == 0 else "+ " if sign > 0 else "− "
            table.line(f"{mark}{_(word)}", amount.display)
        table.rule()
        expected = _("Expected")
        table.line(f"= {expected}", report.drawer.expected.display, role="strong", name="shiftExpected")
        if report.shift.counted is not None:
            table.line(_("Counted"), report.shift.counted.display, role="strong", name="shiftCounted")
        return table

    def _totals(self, report: ShiftReport) -> Sequence[Table]:
        found = report.totals.currencies
        if found:
            return [self._tenders(one) for one in found]
        table = Table()
        table.line(_("By tender"), role="lead")
        table.line(_("Nothing was sold in this shift."), role="soft")
        return [table]

    def _tenders(self, found: CurrencyTotals) -> Table:
        table, currency = Table(5), found.currency
        table.line(_("By tender, {currency}").format(currency=currency), role="lead")
        table.line("", _("Sales count"), _("Sales"), _("Refunds"), _("Net"), role="soft")
        for tender, one in found.by[By.TENDER].items():
            table.line(spoken(TENDERS, tender), *_figures(one, currency))
        table.rule()
        table.line(_("Total"), *_figures(found.whole, currency), name="shiftNet")
        return table

    def _in_process(self, report: ShiftReport) -> Table:
        table, closed = Table(), report.shift.z_no is not None
        text = _("Carried over to the next shift: {count}") if closed else _("In process: {count}")
        table.line(text.format(count=report.in_process.count), role="lead", name="shiftFlying")
        for one in entries(report.in_process):
            table.line(one.number, f"{one.amount} · {one.words}")
        return table

    def _sent_to(self, report: ShiftReport) -> Table:
        """The addresses that the gateways were reached at."""
        table = Table()
        if not report.sent_to:
            return table
        table.line(_("Gateway addresses"), role="lead", name="shiftSentTo")
        for one in report.sent_to:
            table.line(f"{one.gateway} {one.merchant}".rstrip(), one.address)
            if one.local:
                table.line(_("On this computer or its network, like a simulator"), role="soft")
        return table

    def _proof(self, report: ShiftReport) -> Table:
        table = Table()
        if report.shift.z_no is None:
            return table
        head = str(report.shift.report["journal"]["hash"])
        groups = [head[at : at + 4] for at in range(0, len(head), 4)]
        table.line(_("Last hash of the journal"), role="lead")
        table.line("\n".join(" ".join(groups[at : at + 8]) for at in (0, 8)), role="soft", name="shiftHash")
        return table

    # -- looks ------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        self._save.say(_("Save as PDF"))
        self._print.say(_("Print"))
        self._next.say(_("Open the next shift"))
        self._next.setVisible(self._may_follow)
        if self._report is None:
            return
        number = self._report.shift.z_no
        self._title.setText("X" if number is None else f"Z {number}")
        if number is None:
            self._fits.say(_("The shift stays open. An X report closes nothing."), "busy", "eye")
        else:
            self._fits.say(*fits(self._report.shift.difference))
        self._scroll.setWidget(self._made(self._report))


def _figures(found: Sum, currency: str) -> tuple[str, str, str, str]:
    gross, back, net = (Money(one, currency).display for one in (found.gross, found.refunded, found.net))
    return f"{found.sales}", gross, back, net
