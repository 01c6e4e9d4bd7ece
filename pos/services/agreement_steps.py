"""Steps of agreements and charges, shared by the gateway's answers and a manager's decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, tzinfo
from typing import Final

from pos.domain.agreement import (
    AGREEMENT,
    BANK_REF,
    CHARGE,
    Agreement,
    AgreementCharge,
    AgreementEvent,
    AgreementState,
    ChargeEvent,
    is_complete,
)
from pos.domain.agreement_review import NOT_DECIDED, Decided
from pos.domain.events import AgreementChanged
from pos.domain.payment import Attempt, new_payment_id
from pos.domain.states import State
from pos.runtime import Bus, Clock
from pos.services.attempt_engine import AttemptEngine
from pos.services.order_numbers import OrderNumbers
from pos.store.agreements import AgreementStore
from pos.store.payments import PaymentStore

NOON: Final = time(12)
"""The hour of a charge of which only the day is known."""


class AgreementSteps:
    """``zone`` is the shop's, ``register`` the name of this register."""

    def __init__(
        self, *, store: AgreementStore, payments: PaymentStore, engine: AttemptEngine, numbers: OrderNumbers,
        clock: Clock, bus: Bus, register: str, zone: tzinfo,
    ) -> None:  # fmt: skip
        self._store = store
        self._payments = payments
        self._engine = engine
        self._numbers = numbers
        self._clock = clock
        self._bus = bus
        self._register = register
        self._zone = zone

    def charge(
        self, agreement: Agreement, charge: AgreementCharge, event: ChargeEvent, decided: Decided = NOT_DECIDED
    ) -> None:
        """Write one step of a charge; one that took money is booked as a payment of its own time, in one transaction.

        ``charge`` is as it is before the step, with the new facts. Raises as :meth:`AgreementStore.charge`.
        """
        if event is not ChargeEvent.PAID:
            self._store.charge(agreement, charge, event, decided)
            return
        at = (charge.at or datetime.combine(charge.due, NOON, self._zone)).astimezone(UTC)
        booked = self._booked(agreement, charge, at)
        known = replace(charge, at=at, order_no=booked.order_no)
        self._payments.book_charge(booked, self._store, agreement, known, decided)
        self._engine.publish(booked)

    def _booked(self, agreement: Agreement, charge: AgreementCharge, at: datetime) -> Attempt:
        first = self._payments.get(agreement.order_no)
        return Attempt(
            order_no=self._numbers.new(), payment_id=new_payment_id(), tender=first.tender, gateway=first.gateway,
            amount=charge.amount, state=State.CAPTURED, register_id=self._register, created_at=at, sent_at=at,
            ended_at=at, lines=first.lines, gateway_ref=charge.gateway_ref, received=charge.received,
            details={AGREEMENT: agreement.order_no, CHARGE: str(charge.number), BANK_REF: charge.bank_ref},
        )  # fmt: skip

    def finish(self, agreement: Agreement, *, finished: bool) -> None:
        """End an agreement of which nothing more can come."""
        complete = is_complete(agreement.charges, self.today(), finished=finished)
        if agreement.state is AgreementState.ACTIVE and complete:
            self._store.step(agreement, AgreementEvent.FINISH)

    def publish(self, order_no: str) -> Agreement:
        """Read an agreement again, and publish it."""
        agreement = self._store.get(order_no)
        self._bus.publish(AgreementChanged(agreement))
        return agreement

    def today(self) -> date:
        """Return the shop's day."""
        return self._clock.now().astimezone(self._zone).date()
