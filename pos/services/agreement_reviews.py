"""Settling an agreement or one of its charges in review by a manager. Journaled with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pos.domain.agreement import Agreement, AgreementCharge, AgreementState, ChargeState
from pos.domain.agreement_review import AGREEMENT_DECISIONS, CHARGE_DECISIONS, Decided, Decision
from pos.domain.staff import Action
from pos.domain.typed_text import check_reason
from pos.errors import NotAllowed, NotFound
from pos.i18n import N_, msg
from pos.services.agreement_steps import AgreementSteps
from pos.services.permissions import Permission, require_permission
from pos.services.review_resolution import ReviewResolution
from pos.store.agreements import AgreementStore

SETTLED: Final = N_("Settled by a manager: {reason}")
_ONLY_REVIEW: Final = N_("Only an agreement or a charge in review can be settled.")


class AgreementReviews:
    """``payments`` settles the first charge, which is a payment like any other."""

    def __init__(self, store: AgreementStore, steps: AgreementSteps, payments: ReviewResolution) -> None:
        self._store = store
        self._steps = steps
        self._payments = payments

    def waiting(self) -> Sequence[str]:
        """Return the agreements that wait for a manager, the oldest first.

        Without those whose first payment is in review: that payment waits for a manager itself.
        """
        return self._store.in_review()

    def settle(
        self, order_no: str, decision: Decision, reason: str, permission: Permission, *, charge: int | None = None
    ) -> Agreement:
        """Settle an agreement in review, or its ``charge`` with this number.

        A charge that is accepted is booked once, on its own day. Raises NotAllowed if nothing is in review, NotFound,
        InputError for the reason.
        """
        require_permission(permission, Action.SETTLE)
        agreement, decided = self._store.get(order_no), Decided(permission.by, check_reason(reason))
        if charge is not None:
            self._settle_charge(agreement, _charge_of(agreement, charge), decision, decided)
        elif agreement.charges:
            self._settle_agreement(agreement, decision, decided)
        elif decision is Decision.ACCEPT:
            self._payments.accept(order_no, reason, permission)
        else:
            self._payments.close(order_no, reason, permission)
        self._steps.finish(self._store.get(order_no), finished=False)
        return self._steps.publish(order_no)

    def _settle_agreement(self, agreement: Agreement, decision: Decision, decided: Decided) -> None:
        if agreement.state is not AgreementState.REVIEW:
            raise NotAllowed(_ONLY_REVIEW)
        message = msg(SETTLED, reason=decided.reason)
        self._store.step(agreement, AGREEMENT_DECISIONS[decision], message, decided=decided)

    def _settle_charge(
        self, agreement: Agreement, charge: AgreementCharge, decision: Decision, decided: Decided
    ) -> None:
        if charge.state is not ChargeState.REVIEW:
            raise NotAllowed(_ONLY_REVIEW)
        known = replace(charge, message=msg(SETTLED, reason=decided.reason))
        self._steps.charge(agreement, known, CHARGE_DECISIONS[decision], decided)


def _charge_of(agreement: Agreement, number: int) -> AgreementCharge:
    found = next((one for one in agreement.charges if one.number == number), None)
    if found is None:
        text = N_("Agreement {order_no} has no charge {number}.")
        raise NotFound(msg(text, order_no=agreement.order_no, number=number))
    return found
