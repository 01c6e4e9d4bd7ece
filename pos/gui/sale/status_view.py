"""A payment without a code to show: what is known of it, since when, and what to do."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from pos.domain.payment import Attempt
from pos.domain.states import State
from pos.gui import icons
from pos.gui.layouts import vbox
from pos.gui.plain import PlainLabel
from pos.gui.widgets import Palette, label
from pos.gui.words import LOOKS, is_key_refused, spell_seconds
from pos.i18n import N_, _
from pos.text import clean

WORDS = {
    State.CREATED: N_("Nothing was sent. Send it again, or use another way to pay."),
    State.SENT: N_("Getting the payment code from the gateway…"),
    State.PENDING: N_("The gateway has the order."),
    State.UNKNOWN: N_("Do not charge again. The register is checking with the gateway."),
    State.VOIDING: N_("You can take the next sale. If the money still arrives, a manager must settle it."),
    State.CAPTURED: N_("Paid."),
    State.DECLINED: N_("Not paid. Use another way to pay, or try again."),
    State.EXPIRED: N_("Not paid in time."),
    State.VOIDED: N_("Cancelled. No money was received."),
    State.REVIEW: N_("Do not charge again. A manager must settle this payment."),
}
CODE_WORDS = {
    State.CREATED: N_("Nothing was sent. Scan the customer's code again, or use another way to pay."),
    State.SENT: N_("Charging the customer's code. Do not scan it again."),
    State.PENDING: N_("Ask the customer to confirm the payment on the phone."),
}
"""The words of a payment by a customer's code where they differ."""
KEY_REFUSED = N_("Not the customer's fault. Use another way to pay.")
CHECK_KEY = N_(
    "Ask a manager to check the merchant number and the key: pos doctor tests them, pos key set replaces the key."
)
FACTS = (N_("Sent at"), N_("Unknown for"), N_("Next check in"), N_("Gateway's code"))


SAID_LIMIT: Final = 110
"""Characters of a sentence that fit above the facts; the payment's history has all of it."""


def words_of(attempt: Attempt) -> str:
    """Return what a payment's state means, as a gettext id."""
    return (attempt.code_type and CODE_WORDS.get(attempt.state)) or WORDS[attempt.state]


class StatusView(QWidget):
    """Icon, sentence, what the gateway said, and the facts beneath."""

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone
        centre = Qt.AlignmentFlag.AlignCenter
        self._icon = PlainLabel()
        self._icon.setAlignment(centre)
        self._words = label("title", "paymentWords", wrap=True, align=centre)
        self._said = label("lead", "paymentSaid", wrap=True, align=centre)
        self._facts = [(label("caption"), label("")) for _fact in FACTS]
        self._facts[1][1].setObjectName("unknownFor")
        self._facts[2][1].setObjectName("askedAgainIn")
        vbox(None, self._icon, self._words, self._said, self._laid_facts(), None, into=self, spacing=16)

    def _laid_facts(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        for row, (word, value) in enumerate(self._facts):
            grid.addWidget(word, row, 0, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignLeft)
        return grid

    def show_attempt(self, attempt: Attempt) -> None:
        """The words of this state, and those of the gateway."""
        look = LOOKS[attempt.state]
        self._icon.setPixmap(icons.pixmap(look.icon, Palette.tone(look.tone), 64))
        refused = is_key_refused(attempt)  # the headline says it
        self._words.setText(_(KEY_REFUSED if refused else words_of(attempt)))
        self._said.setText(_(CHECK_KEY) if refused else clean(attempt.message.spoken(), SAID_LIMIT))
        self._said.setVisible(refused or bool(attempt.message))

    def tick(self, attempt: Attempt, now: datetime, next_question: datetime | None) -> None:
        """Once a second: how long it has been so, and when the gateway is asked next."""
        sent, doubt = attempt.sent_at, attempt.state is State.UNKNOWN
        waiting = next_question is not None
        values = (
            f"{sent.astimezone(self._zone):%H:%M:%S}" if sent else "",
            spell_seconds((now - sent).total_seconds()) if sent and doubt else "",
            spell_seconds((next_question - now).total_seconds()) if waiting and next_question else "",
            attempt.code,
        )
        for (word, label_of_value), name, value in zip(self._facts, FACTS, values, strict=True):
            word.setText(_(name) if value else "")
            label_of_value.setText(value)
            for part in (word, label_of_value):
                part.setVisible(bool(value))
