"""What only a manager can settle on the page of refunds: a payment in review, a refund in review."""

from __future__ import annotations

from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from pos.domain.payment import Attempt
from pos.domain.refund import Refund
from pos.domain.staff import Action, Permission
from pos.domain.typed_text import check_reason
from pos.errors import InputError
from pos.gui.refunds.verdict_card import ACCEPT, BACK, CLOSE, DONE, ON_PAYMENT, ON_REFUND, VerdictCard
from pos.gui.refunds.words import doubt_words, spell_moment, way_word
from pos.gui.words import route_word
from pos.i18n import _

if TYPE_CHECKING:
    from pos.gui.page import Page


class ReviewPanel(QObject):
    """``accepted`` says that money was booked that is to go back, with the reason; ``settled`` that nothing is left."""

    accepted = Signal(str)
    settled = Signal()

    def __init__(self, page: Page, zone: tzinfo) -> None:
        super().__init__(page)
        self._page, self._zone = page, zone
        self._attempt: Attempt | None = None
        self._refund: Refund | None = None
        self.payment, self.refund = VerdictCard("review", ON_PAYMENT), VerdictCard("settle", ON_REFUND)
        self.payment.chosen.connect(self._on_payment)
        self.refund.chosen.connect(self._on_refund)

    def show_payment(self, attempt: Attempt) -> None:
        """A payment in review."""
        if self._attempt is None or self._attempt.order_no != attempt.order_no:
            self.payment.clear()
        self._attempt = attempt
        self.payment.show_case(
            attempt.shown_amount.display, about_attempt(attempt, self._zone), came_words(attempt), said_words(attempt)
        )

    def show_refund(self, refund: Refund) -> None:
        """A refund in review."""
        self._refund = refund
        way = way_word(refund.way, refund.gateway)
        about = f"{way} · {spell_moment(refund.created_at, self._zone)}\n{refund.refund_no} {refund.gateway_ref}"
        self.refund.show_case(refund.amount.display, about.strip(), refund.reason, doubt_words(refund))
        self.refund.clear()
        self.refund.begin()

    def begin(self, choice: str) -> None:
        """``choice`` was made on another page: only the reason is missing."""
        self.payment.begin(choice)

    def _on_payment(self, choice: str, reason: str) -> None:
        attempt = self._attempt
        if attempt is not None and self._has_reason(self.payment, reason):
            self._page.require(Action.SETTLE, partial(self._settle, attempt.order_no, choice, reason))

    def _settle(self, order_no: str, choice: str, reason: str, permission: Permission) -> None:
        done = partial(self.accepted.emit, reason) if choice == BACK else self.settled.emit
        if choice in (ACCEPT, BACK):
            self._page.call(self._page.services.reviews.accept, order_no, reason, permission).then(lambda _one: done())
        else:
            assert choice == CLOSE
            self._page.call(self._page.services.reviews.close, order_no, reason, permission).then(lambda _one: done())

    def _on_refund(self, choice: str, reason: str) -> None:
        refund = self._refund
        if refund is not None and self._has_reason(self.refund, reason):
            self._page.require(Action.SETTLE, partial(self._settle_refund, refund.refund_no, choice == DONE, reason))

    def _settle_refund(self, refund_no: str, done: bool, reason: str, permission: Permission) -> None:
        self._page.call(
            self._page.services.refunds.settle, refund_no, done=done, reason=reason, permission=permission
        ).then(lambda _refund: self.settled.emit())

    def _has_reason(self, card: VerdictCard, reason: str) -> bool:
        try:
            check_reason(reason)
        except InputError as error:
            self._page.fail(error)
            card.reasons.setFocus()
            return False
        self._page.message_posted.emit("", "")  # whatever was missing before
        return True

    def retranslate(self) -> None:
        if self._attempt is not None:
            self.show_payment(self._attempt)


def about_attempt(attempt: Attempt, zone: tzinfo) -> str:
    """Route, moment and numbers of a payment."""
    at = spell_moment(attempt.ended_at or attempt.created_at, zone)
    numbers = " · ".join(one for one in (attempt.order_no, attempt.gateway_ref) if one)
    return f"{route_word(attempt)} · {at}\n{numbers}"


def came_words(attempt: Attempt) -> str:
    """What was asked and what came, where they differ."""
    if attempt.received is None:
        return _("Due: {ours}").format(ours=attempt.amount.display)
    return _("Due: {ours} · received: {theirs}").format(ours=attempt.amount.display, theirs=attempt.received.display)


def said_words(attempt: Attempt) -> str:
    """The gateway's own words."""
    said = attempt.message.spoken()
    return f"{said} ({attempt.code})" if attempt.code else said
