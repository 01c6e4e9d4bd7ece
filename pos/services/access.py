"""Access to payments: a user sees and acts on their own last payments, or on all of them with the right.

Payments in flight are listed for every user: the person who serves the customer must see their state.
"""

from __future__ import annotations

from typing import Final, Protocol

from pos.domain.events import AttemptChanged, Fact, SignInChanged
from pos.domain.staff import Action, not_allowed
from pos.domain.states import State
from pos.runtime import Bus
from pos.services.permissions import Permission, issue, require_permission
from pos.services.staff import Staff
from pos.store.payments import PaymentStore

LAST_ONES: Final = 10
"""How many of their own last payments a user of any role may see."""

OF_ONES_OWN: Final = frozenset({Action.SEE_ALL, Action.INVOICE_LATER})
"""Actions that every user may take on their own last payments."""

_ENDED: Final = frozenset({State.CAPTURED, State.DECLINED, State.EXPIRED, State.VOIDED})


class Visibility(Protocol):
    """Which payments the current user may see."""

    def require_visible(self, order_no: str) -> None: ...


class Access:
    """Rights that depend on who took a payment.

    A payment that changes while a person is signed in is also visible to them until the next sign-in or sign-out: it
    was in flight, and they serve its customer.
    """

    def __init__(self, staff: Staff, payments: PaymentStore, bus: Bus) -> None:
        self._staff = staff
        self._payments = payments
        self._opened: set[str] = set()
        bus.listen(self._on_fact)

    def shows(self, order_no: str) -> bool:
        """Return whether the current user may see a payment."""
        if self._staff.may(Action.SEE_ALL) or order_no in self._opened or self.is_own(order_no, self._staff.actor):
            return True
        return self._payments.get(order_no).state not in _ENDED

    def require_visible(self, order_no: str) -> None:
        """Raise NotAllowed if the current user may not see this payment, and NotFound."""
        if not self.shows(order_no):
            raise not_allowed(Action.SEE_ALL)

    def make_visible(self, order_no: str, permission: Permission) -> None:
        """Show one payment to the current user until the next sign-in. Raises NotAllowed for another permission."""
        require_permission(permission, Action.SEE_ALL)
        self._opened.add(order_no)

    def check_later_invoice(self, order_no: str, permission: Permission | None) -> None:
        """Check the right to request an e-invoice for a past payment; make it visible then. Raises NotAllowed."""
        if permission is None:
            permission = self.permission(Action.INVOICE_LATER, order_no)
        require_permission(permission, Action.INVOICE_LATER)
        self._opened.add(order_no)

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, SignInChanged):
            self._opened.clear()
        elif isinstance(fact, AttemptChanged):
            self._opened.add(fact.attempt.order_no)

    def is_own(self, order_no: str, person: str) -> bool:
        """Return whether a payment is one of the last that ``person`` took; False for the empty id."""
        return bool(person) and any(one.order_no == order_no for one in self._payments.last_of(person, LAST_ONES))

    def permission(self, action: Action, order_no: str = "") -> Permission:
        """Return the current user's permission for ``action``, on ``order_no`` if given. Raises NotAllowed."""
        if order_no and action in OF_ONES_OWN and self.is_own(order_no, self._staff.actor):
            return issue(action, self._staff.actor)
        return self._staff.permission(action)

    async def approve(self, action: Action, order_no: str, pin: str, person: str = "") -> Permission:
        """Return a permission by PIN: of a person with the right to all payments, or of the one who took ``order_no``.

        Raises NotAllowed, LockedOut and InputError.
        """
        if not order_no:
            return await self._staff.approve(action, pin, person)
        instead = Action.SEE_LAST if action in OF_ONES_OWN else None
        given = await self._staff.approve(action, pin, person, instead)
        if given.action is not action and not self.is_own(order_no, given.approved_by):
            raise not_allowed(action)
        return issue(action, given.actor, given.approved_by)
