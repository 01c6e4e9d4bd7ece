"""Settling a payment in review by a manager: accept the money, or confirm that none came. Journaled with a reason."""

from __future__ import annotations

from dataclasses import replace

from pos.domain.events import DifferenceChanged
from pos.domain.payment import Attempt
from pos.domain.reconcile import state_text
from pos.domain.staff import Action
from pos.domain.states import Event, State, advance
from pos.domain.typed_text import check_reason
from pos.errors import NotAllowed
from pos.i18n import N_
from pos.runtime import Bus
from pos.services.attempt_engine import AttemptEngine
from pos.services.permissions import Permission, require_permission
from pos.store.payments import PaymentStore
from pos.store.reconciliation import CheckStore


class ReviewResolution:
    """Settle payments in REVIEW; nothing else moves them out of that state."""

    def __init__(self, store: PaymentStore, checks: CheckStore, engine: AttemptEngine, bus: Bus) -> None:
        self._store = store
        self._engine = engine
        self._bus = bus
        self._checks = checks

    def accept(self, order_no: str, reason: str, permission: Permission) -> Attempt:
        """Book the money that came. Raises NotAllowed for a payment that is not in review."""
        return self._settle(order_no, Event.PAID, reason, permission)

    def close(self, order_no: str, reason: str, permission: Permission) -> Attempt:
        """Close a payment: no money came, or the customer has it back. Raises NotAllowed as :meth:`accept`."""
        return self._settle(order_no, Event.VOID_DONE, reason, permission)

    def _settle(self, order_no: str, event: Event, reason: str, permission: Permission) -> Attempt:
        require_permission(permission, Action.SETTLE)
        attempt = self._store.get(order_no)
        if attempt.state is not State.REVIEW:
            raise NotAllowed(N_("Only a payment in review can be settled."))
        why, actor = check_reason(reason), permission.approved_by or permission.actor
        ours = state_text(advance(attempt.state, event), attempt.paid)  # a later reconciliation skips it
        found = self._checks.in_review(order_no)  # a reconciliation found the same
        checks = [replace(one, ours=ours, reason=why, settled_by=actor) for one in found]
        after = self._store.settle(attempt, event, permission.by, why, checks)
        for check in checks:
            self._bus.publish(DifferenceChanged(check))
        return self._engine.publish(after)
