"""Access to payments: a user sees and acts on their own last payments, or on all of them with the right.

Payments in flight are listed for every user: the person who serves the customer must see their state.
"""

from __future__ import annotations

from typing import Final, Protocol

from pos.domain.actor import Actor
from pos.domain.events import AttemptChanged, Fact, SignInChanged
from pos.domain.staff import Action, not_allowed
from pos.domain.states import State
from pos.runtime import Bus
from pos.services.authorization import Authorization
from pos.services.permissions import Permission, issue, require_permission
from pos.store.payments import PaymentStore

LAST_ONES: Final = 10
"""How many of their own last payments a user of any role may see."""

OF_ONES_OWN: Final = frozenset({Action.SEE_ALL, Action.INVOICE_LATER})
"""Actions that every user may take on their own last payments."""

_ENDED: Final = frozenset({State.CAPTURED, State.DECLINED, State.EXPIRED, State.VOIDED})


class Visibility(Protocol):
    """Which payments an actor may see."""

    def require_visible(self, actor: Actor, order_no: str) -> None: ...

    def permission(self, actor: Actor, action: Action, order_no: str = "") -> Permission: ...


class Access:
    """Rights that depend on who took a payment.

    A payment that changes is also visible to everyone until the next sign-in or sign-out: it was in flight, and the
    person at the register serves its customer. A payment that was made visible is so to one person, also until then.
    """

    def __init__(self, authorization: Authorization, payments: PaymentStore, bus: Bus) -> None:
        self._authorization = authorization
        self._payments = payments
        self._changed: set[str] = set()
        self._opened: dict[str, set[str]] = {}
        bus.listen(self._on_fact)

    def shows(self, actor: Actor, order_no: str) -> bool:
        """Return whether the actor may see a payment. Raises NotFound."""
        if self._authorization.may(actor, Action.SEE_ALL) or self._is_opened(actor, order_no):
            return True
        return self._owns(actor, order_no) or self._payments.get(order_no).state not in _ENDED

    def require_visible(self, actor: Actor, order_no: str) -> None:
        """Raise NotAllowed if the actor may not see this payment, and NotFound."""
        if not self.shows(actor, order_no):
            raise not_allowed(Action.SEE_ALL)

    def make_visible(self, actor: Actor, order_no: str, permission: Permission) -> None:
        """Show one payment to the actor until the next sign-in. Raises NotAllowed for another permission."""
        require_permission(permission, Action.SEE_ALL)
        self._open(actor, order_no)

    def check_later_invoice(self, actor: Actor, order_no: str, permission: Permission | None) -> None:
        """Check the right to request an e-invoice for a past payment; make it visible then. Raises NotAllowed."""
        if permission is None:
            permission = self.permission(actor, Action.INVOICE_LATER, order_no)
        require_permission(permission, Action.INVOICE_LATER)
        self._open(actor, order_no)

    def _owns(self, actor: Actor, order_no: str) -> bool:
        return self._authorization.may(actor, Action.SEE_LAST) and self.is_own(order_no, actor.person)

    def _is_opened(self, actor: Actor, order_no: str) -> bool:
        return order_no in self._changed or order_no in self._opened.get(actor.person, ())

    def _open(self, actor: Actor, order_no: str) -> None:
        self._opened.setdefault(actor.person, set()).add(order_no)

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, SignInChanged):
            self._changed.clear()
            self._opened.clear()
        elif isinstance(fact, AttemptChanged):
            self._changed.add(fact.attempt.order_no)

    def is_own(self, order_no: str, person: str) -> bool:
        """Return whether a payment is one of the last that ``person`` took; False for the empty id."""
        return bool(person) and any(one.order_no == order_no for one in self._payments.last_of(person, LAST_ONES))

    def permission(self, actor: Actor, action: Action, order_no: str = "") -> Permission:
        """Return the actor's permission for ``action``, on ``order_no`` if given. Raises NotAllowed."""
        if order_no and action in OF_ONES_OWN and self._owns(actor, order_no):
            return issue(action, actor.person)
        return self._authorization.permission(actor, action)

    async def approve(self, actor: Actor, action: Action, order_no: str, pin: str, person: str = "") -> Permission:
        """Return a permission by PIN: of a person with the right to all payments, or of the one who took ``order_no``.

        Raises NotAllowed, LockedOut and InputError.
        """
        if not order_no:
            return await self._authorization.approve(actor, action, pin, person)
        instead = Action.SEE_LAST if action in OF_ONES_OWN else None
        given = await self._authorization.approve(actor, action, pin, person, instead)
        if given.action is not action and not self.is_own(order_no, given.approved_by):
            raise not_allowed(action)
        return issue(action, given.actor, given.approved_by)
