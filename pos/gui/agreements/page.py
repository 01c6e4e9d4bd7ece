"""Agreements by which a card is charged again and again: the list, the chosen one, and a new one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from pos.domain.agreement import Agreement, Terms
from pos.domain.agreement_review import Decision
from pos.domain.direct_debit import DirectDebit, is_debit
from pos.domain.events import AgreementChanged, AttemptChanged, Fact, SignInChanged
from pos.domain.payment import Attempt, Line
from pos.domain.staff import Action
from pos.errors import PosError
from pos.gateways import titles_with
from pos.gateways.capabilities import Capability, Outcome, Result
from pos.gui.agreements.card import AgreementCard
from pos.gui.agreements.debit_card import DebitCard
from pos.gui.agreements.form import AgreementForm
from pos.gui.agreements.words import RIGHT, agreement_columns, debit_columns
from pos.gui.bridge import Bridge, Till
from pos.gui.layouts import hbox, vbox
from pos.gui.page import Page
from pos.gui.tables import RecordModel, RecordView
from pos.gui.widgets import Band, Button, label
from pos.i18n import N_, Message, _
from pos.services.permissions import Permission

LISTS, FORM = range(2)
AGREEMENTS, DEBITS = range(2)


class AgreementsPage(Page):
    """Everyone may make an agreement and sees it until the next sign-in; the list needs the right to all payments."""

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "agreements", N_("Agreements"))
        self._permit: Permission | None = None
        self._chosen = ""  # the number that stays chosen, whatever comes in beside it
        self._refusal = Message()
        self._warned: Terms | None = None
        self._model: RecordModel[Agreement] = RecordModel(agreement_columns())
        self._table = RecordView("agreementsTable", self._model)
        self._none = label("lead", "agreementsEmpty", align=Qt.AlignmentFlag.AlignCenter, wrap=True)
        self._show_all = Button("agreementsShowAll", "", self._ask).with_icon("lock")
        self._new = Button("agreementsNew", "primary", self._on_new)
        self._new.setMinimumSize(160, 44)
        self._why = Band("agreementsRefusal")
        self._debits: RecordModel[DirectDebit] = RecordModel(debit_columns(till.shop.timezone))
        self._debit_table = RecordView("debitsTable", self._debits)
        self._tabs = [Button(f"agreementsTab{tab}", "", partial(self._choose_tab, tab)) for tab in (AGREEMENTS, DEBITS)]
        self._tab = AGREEMENTS
        self.card, self.debit_card = AgreementCard(till.shop.timezone, bridge), DebitCard(till.shop.timezone)
        self.form = AgreementForm(till.shop.timezone, till.shop.currency)
        self._body = QStackedWidget()
        self._lay_out()
        self._connect()
        self.retranslate()
        self._show((), None)

    def _lay_out(self) -> None:
        self.top.addWidget(self._new)
        left = QWidget()
        left.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        for button in self._tabs:
            button.setCheckable(True)
        tabs = hbox(*((button, 1) for button in self._tabs))
        tables = (self._table, 1), (self._debit_table, 1)
        vbox(tabs, *tables, (self._none, 1), self._show_all, into=left, spacing=16)
        lists = QWidget()
        approval = self.make_approval(left)
        hbox((left, 54), approval, (self.card, 46), (self.debit_card, 46), into=lists, spacing=16)
        for part in (lists, self.form):
            self._body.addWidget(part)
        self.column.addWidget(self._why)
        self.column.addWidget(self._body, 1)

    def _connect(self) -> None:
        self._table.selectionModel().currentRowChanged.connect(self._on_row)
        self.form.done.connect(self._create)
        self.card.check_wanted.connect(self._on_check)
        self.card.cancel_wanted.connect(self._on_cancel)
        self.card.stop_wanted.connect(self._on_stop)
        self.card.settle_wanted.connect(self._on_settle)
        self.card.review_wanted.connect(lambda order_no: self.visit("refund", order_no, returns=True))
        self.card.payment_wanted.connect(lambda order_no: self.visit("past", order_no, returns=True))
        self._debit_table.selectionModel().currentRowChanged.connect(self._on_debit_row)
        self.debit_card.check_wanted.connect(self._on_debit_check)
        self.debit_card.stop_wanted.connect(self._on_debit_stop)
        self.debit_card.payment_wanted.connect(lambda order_no: self.visit("past", order_no, returns=True))
        self.bridge.fact.connect(self._on_fact)

    # -- the list ---------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Come to the front. The permission is asked for again."""
        self._permit = None
        self._show((), None)
        self._to_lists()
        self.call(self.services.agreements.refusal).then(self._know_refusal)
        self._ask()

    def reopen(self) -> None:
        """Back from a payment: everything is as it was."""
        self._table.setFocus()

    def _ask(self) -> None:
        self.require(RIGHT, self._allowed)

    def show_reviews(self) -> None:
        """Show the oldest agreement that waits for a manager."""
        self.call(self.services.agreement_reviews.waiting).then(self._lead)

    def _lead(self, waiting: Sequence[str]) -> None:
        if waiting:
            self._chosen = waiting[0]
            numbers = [one.order_no for one in self._model.records]
            if self._chosen in numbers:
                self._table.selectRow(numbers.index(self._chosen))

    def _allowed(self, permission: Permission) -> None:
        self._permit = permission
        self.call(self.services.agreements.listed, permission).then(self._came)
        self._load_debits()

    def _came(self, found: Sequence[Agreement]) -> None:
        if self._permit is not None:
            self._show(found, self._chosen)

    def _show(self, found: Sequence[Agreement], chosen: str | None) -> None:
        self._chosen = chosen or ""
        self._model.reset(found)
        if self._permit is None:
            self._show_debits(())
        self._say_empty()
        numbers = [one.order_no for one in found]
        if found:
            self._table.selectRow(numbers.index(chosen) if chosen in numbers else 0)
        else:
            self.card.show_agreement(None)
        self._show_parts()

    def _on_row(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self._show_one(self._model.records[current.row()])

    def _show_one(self, agreement: Agreement) -> None:
        self._chosen = agreement.order_no
        self.card.show_agreement(agreement)
        self._show_parts()
        self.call(self.services.agreements.first_charge, agreement.order_no).then(self.card.show_first)

    def _know_refusal(self, refusal: Message) -> None:
        self._refusal = refusal
        self._show_refusal()

    def _show_refusal(self) -> None:
        reason = self._refusal.spoken()
        text = _("No agreement can be made here: {reason}").format(reason=reason) if reason else ""
        self._why.say(text, "warn", "question")
        self._why.setVisible(bool(text))
        self._new.setEnabled(not text)

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, AgreementChanged):
            self._on_changed(fact.agreement)
        elif isinstance(fact, AttemptChanged):
            self._on_attempt(fact.attempt)
        elif isinstance(fact, SignInChanged):
            self._permit = None
            self._show((), None)
            if self.isVisible():
                self._to_lists()
                self._ask()

    def _on_attempt(self, attempt: Attempt) -> None:
        if attempt.order_no == self._chosen:
            self.card.show_first(attempt)
        elif is_debit(attempt):
            self._load_debits()

    def _on_changed(self, agreement: Agreement) -> None:
        numbers = [one.order_no for one in self._model.records]
        if agreement.order_no in numbers:
            self._model.replace(numbers.index(agreement.order_no), agreement)
            if agreement.order_no == self._chosen:
                self._show_one(agreement)
        elif self._permit is not None:
            self._show([agreement, *self._model.records], self._chosen)

    # -- direct debits ----------------------------------------------------------------------------------------

    def _load_debits(self) -> None:
        if self._permit is not None:
            self.call(self.services.mypay.debits, self._permit).then(self._show_debits)

    def _show_debits(self, found: Sequence[DirectDebit]) -> None:
        """Show the direct debits; without any there is nothing to choose between."""
        known = self.debit_card.debit.order_no if self.debit_card.debit else ""
        self._debits.reset(found)
        numbers = [one.order_no for one in found]
        if found:
            self._debit_table.selectRow(numbers.index(known) if known in numbers else 0)
        else:
            self.debit_card.show_debit(None)
            self._tab = AGREEMENTS
        self._show_parts()

    def _choose_tab(self, tab: int) -> None:
        self._tab = tab
        self._show_parts()

    def _show_parts(self) -> None:
        """Show the table and the card of the chosen tab."""
        debits, agreements = self._tab == DEBITS, bool(self._model.records)
        for tab, button in enumerate(self._tabs):
            button.setVisible(bool(self._debits.records))
            button.setChecked(tab == self._tab)
        self._table.setVisible(agreements and not debits)
        self._none.setVisible(not agreements and not debits)
        self._show_all.setVisible(self._permit is None)
        self._debit_table.setVisible(debits)
        self.card.setVisible(agreements and not debits)
        self.debit_card.setVisible(debits)

    def _on_debit_row(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.debit_card.show_debit(self._debits.records[current.row()])

    def _on_debit_check(self, order_no: str) -> None:
        self._say_asking()
        self.call(self.services.mypay.refresh_debit, order_no).then(self._debit_checked)

    def _debit_checked(self, _debit: DirectDebit) -> None:
        self._load_debits()
        self.message_posted.emit(_("The gateway answered."), "good")

    def _on_debit_stop(self, order_no: str, reason: str) -> None:
        self.require(Action.STOP_DEBIT, partial(self._stop_debit, order_no, reason))

    def _stop_debit(self, order_no: str, reason: str, permission: Permission) -> None:
        self._say_asking()
        tomorrow = datetime.now(UTC).astimezone(self.till.shop.timezone).date() + timedelta(days=1)
        work = self.call(self.services.mypay.stop_debit, order_no, tomorrow, reason, permission)
        work.then(self._debit_stopped)

    def _debit_stopped(self, result: Result) -> None:
        self.debit_card.show_main()
        self._load_debits()
        done = result.outcome is Outcome.DONE
        text = _("Stopped at the gateway.") if done else result.message.spoken() or _("The gateway refused.")
        self.message_posted.emit(text, "good" if done else "bad")

    # -- a new one --------------------------------------------------------------------------------------------

    def _on_new(self) -> None:
        self.dismiss_approval()
        self._warned = None
        self._body.setCurrentIndex(FORM)
        self._new.hide()
        self.form.ask()

    def _to_lists(self) -> None:
        self._body.setCurrentIndex(LISTS)
        self._new.show()
        (self._new if self._new.isEnabled() else self.back).setFocus()

    def leave(self) -> None:
        """The way back, from a new agreement to the list."""
        if self._body.currentIndex() == FORM:
            self._to_lists()
        else:
            super().leave()

    def _create(self, terms: Terms, reference: str, item: str) -> None:
        lines = (Line(item, terms.amount, 1),) if item else ()
        work = self.call(
            self.services.agreements.create, self.actor, terms, lines=lines, reference=reference,
            even_if_duplicate=self._warned == terms,
        )  # fmt: skip
        work.then(self._made, partial(self._not_made, terms))

    def _made(self, agreement: Agreement) -> None:
        self._to_lists()
        others = [one for one in self._model.records if one.order_no != agreement.order_no]
        self._show([agreement, *others], agreement.order_no)

    def _not_made(self, terms: Terms, error: PosError) -> None:
        from pos.gui.words import fence_words
        from pos.services.payments import PossibleDuplicate

        self.form.fail(error)
        if isinstance(error, PossibleDuplicate):
            self._warned = terms
            self.message_posted.emit(fence_words(error.attempt), "warn")
        else:
            self.fail(error)

    # -- the chosen one ---------------------------------------------------------------------------------------

    def check_now(self) -> bool:
        """F6: ask the gateway about the chosen agreement."""
        if self._body.currentIndex() == LISTS:
            (self.debit_card if self._tab == DEBITS else self.card).check()
        return True

    def _on_check(self, order_no: str) -> None:
        self._say_asking()
        self.call(self.services.agreements.refresh, order_no).then(self._checked)

    def _say_asking(self) -> None:
        self.message_posted.emit(_("Asking the gateway…"), "busy")

    def _checked(self, agreement: Agreement) -> None:
        self._on_changed(agreement)
        self.message_posted.emit(_("The gateway answered."), "good")

    def _on_cancel(self, order_no: str) -> None:
        self.call(self.services.payments.cancel, self.actor, order_no).then(lambda _attempt: None)

    def _on_stop(self, order_no: str, reason: str) -> None:
        self.require(Action.STOP_DEBIT, partial(self._stop, order_no, reason))

    def _stop(self, order_no: str, reason: str, permission: Permission) -> None:
        self._say_asking()
        self.call(self.services.agreements.stop, order_no, reason, permission).then(self._checked)

    def _on_settle(self, order_no: str, choice: str, reason: str, charge: int | None) -> None:
        self.require(Action.SETTLE, partial(self._settle, order_no, Decision(choice), reason, charge))

    def _settle(
        self, order_no: str, decision: Decision, reason: str, charge: int | None, permission: Permission
    ) -> None:
        work = self.call(self.services.agreement_reviews.settle, order_no, decision, reason, permission, charge=charge)
        work.then(self._settled)

    def _settled(self, agreement: Agreement) -> None:
        self.card.show_main()
        self._on_changed(agreement)

    def escape(self) -> bool:
        """Esc: leave the PIN, the new agreement or the reason; False if there was nothing to leave."""
        if super().escape() or self.card.escape() or self.debit_card.escape():
            return True
        if self._body.currentIndex() == FORM:
            self._to_lists()
            return True
        return False

    # -- looks ------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        super().retranslate()
        self._new.say(_("New agreement"))
        for button, capability in zip(self._tabs, (Capability.AGREEMENT, Capability.DIRECT_DEBIT), strict=True):
            button.say(titles_with(capability))
        self._show_all.say(_("Show all agreements"))
        self._say_empty()
        self._show_refusal()

    def _say_empty(self) -> None:
        if self._permit is None:
            self._none.setText(_("Those who may see all payments see all agreements here."))
        else:
            self._none.setText(_("No agreements yet. A customer enters a card once and is charged again and again."))
