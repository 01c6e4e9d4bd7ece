"""The refunds of one payment: state, sum, way, and what can be done about each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QWidget

from pos.domain.refund import REFUNDS_IN_FLIGHT, Refund, RefundState, Way
from pos.gui.layouts import STRETCH, vbox
from pos.gui.refunds.words import REFUND_LOOKS, doubt_words, refund_word, spell_moment, way_word
from pos.gui.widgets import Band, Button, label
from pos.i18n import _


def may_take_back(refund: Refund) -> bool:
    """Nothing was sent, or it waits for midnight."""
    queued = refund.state is RefundState.PENDING and refund.due_at is not None and refund.due_at > datetime.now(UTC)
    return refund.state is RefundState.CREATED or queued


class RefundRow(QFrame):
    """One refund; ``place`` ends its objectNames."""

    def __init__(self, rows: RefundRows, refund: Refund, place: int, zone: tzinfo) -> None:
        super().__init__()
        self.setObjectName(f"refundRow{place}")
        self._state = Band(f"refundRowState{place}")
        look = REFUND_LOOKS[refund.state]
        self._state.say(f"{refund.amount.display} · {refund_word(refund, zone)}", look.tone, look.icon)
        self._state.setMinimumHeight(40)
        about = label("soft", f"refundRowAbout{place}", wrap=True)
        about.setText(_about(refund, zone))
        buttons = self._button_row(rows, refund, place)
        vbox(self._state, about, *([buttons] if buttons.count() else []), into=self, spacing=4, margins=(0, 0, 0, 8))

    def _button_row(self, rows: RefundRows, refund: Refund, place: int) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)

        def add(name: str, text: str, role: str, signal: SignalInstance) -> None:
            button = Button(f"{name}{place}", role, lambda: signal.emit(refund))
            button.say(text)
            if role == "danger" and row.count():
                row.addSpacing(40)
            row.addWidget(button, 0 if role == "danger" else 1)

        if refund.state in REFUNDS_IN_FLIGHT:
            add("refundAsk", _("Check now"), "", rows.ask_wanted)
        if refund.state is RefundState.CREATED:
            add("refundAgain", _("Send again"), "primary", rows.again_wanted)
        if refund.state is RefundState.REVIEW:
            add("refundSettle", _("Settle the refund"), "primary", rows.settle_wanted)
        if may_take_back(refund):
            add("refundTakeBack", _("Cancel refund"), "danger", rows.take_back_wanted)
        return row


class RefundRows(QScrollArea):
    """Newest first. The signals carry the refund."""

    ask_wanted = Signal(object)
    again_wanted = Signal(object)
    take_back_wanted = Signal(object)
    settle_wanted = Signal(object)

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self.setObjectName("refundRows")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._zone = zone
        self._shown: tuple[Refund, ...] = ()

    def show_refunds(self, refunds: Sequence[Refund], *, rebuild: bool = False) -> None:
        """Build the rows; the same ones again keep focus and place."""
        newest = tuple(reversed(refunds))
        if newest == self._shown and self.widget() is not None and not rebuild:
            return
        name = next((one.objectName() for one in self.findChildren(Button) if one.hasFocus()), None)
        self._shown = newest
        inside = QWidget()
        rows = (RefundRow(self, refund, place, self._zone) for place, refund in enumerate(newest, 1))
        vbox(*rows, STRETCH, into=inside)
        self.setWidget(inside)
        if name is not None:
            (inside.findChild(Button, name) or self).setFocus()


def _about(refund: Refund, zone: tzinfo) -> str:
    facts = [spell_moment(refund.created_at, zone), way_word(refund.way, refund.gateway), refund.reason]
    if refund.way is not Way.GATEWAY:
        facts.insert(2, _("recorded only"))
    facts.append(refund.reference or refund.gateway_ref)
    if refund.rounding is not None:
        facts.append(_("Rounding {amount}").format(amount=refund.rounding.display))
    said = doubt_words(refund)
    return " · ".join(one for one in facts if one) + (f"\n{said}" if said else "")
