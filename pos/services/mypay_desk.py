"""What only MyPay can: take held money, end direct debits, bind wallets, and tell which tools the shop may offer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from pos.domain.money import Money
from pos.domain.payment import Attempt
from pos.domain.states import State
from pos.errors import ConfigError, NoAnswer, NotAllowed, NotSent
from pos.gateways.mypay import HELD
from pos.gateways.mypay_services import MypayServices, Outcome, Result
from pos.i18n import N_, Message, msg
from pos.services.asking import Asking
from pos.services.attempts import Attempts

FRESH: Final = timedelta(days=1)
"""How long the list of tools counts."""


class MypayDesk:
    """``services`` is None where MyPay is not set up; then everything raises ConfigError."""

    def __init__(self, attempts: Attempts, asking: Asking, services: MypayServices | None) -> None:
        self._attempts = attempts
        self._asking = asking
        self._services = services
        self._tools: dict[Money, tuple[datetime, tuple[str, ...]]] = {}

    async def capture(self, order_no: str, amount: Money | None = None) -> Attempt:
        """Take the money of a hold, all or a part, once; what became of it the next question tells.

        Raises NotAllowed for what is no hold, InputError for the amount, NotSent and NoAnswer. A part that is captured
        differs from what was due, so a manager settles it.
        """
        services = self._ready()
        attempt = self._attempts.store.get(order_no)
        if attempt.state is not State.PENDING or attempt.code != HELD:
            raise NotAllowed(N_("Only money that is held can be taken."))
        sum_of_it = amount or attempt.amount
        attempt = self._note(attempt, "capture_asked", msg(N_("Asked to take {amount}."), amount=sum_of_it.display))
        try:
            lines = attempt.lines if sum_of_it == attempt.amount else ()
            result = await services.capture(attempt, sum_of_it, lines)
        except (NotSent, NoAnswer) as error:
            self._note(self._attempts.store.get(order_no), "capture_unknown", error.message)
            raise
        self._told(order_no, result)
        return await self._asking.check_now(order_no)

    async def stop_debit(self, order_no: str, day: date, reason: str) -> Result:
        """End a direct debit from ``day`` on. Raises NotAllowed for what is none."""
        services = self._ready()
        group = self._attempts.store.get(order_no).details.get("group_id", "")
        if not group:
            raise NotAllowed(N_("This payment is no direct debit that MyPay knows."))
        result = await services.stop_debit(order_no, group, day, reason)
        attempt = self._attempts.store.get(order_no)
        self._note(attempt, f"debit_stop_{result.outcome.value}", result.message)
        return result

    async def bind_wallet(self, user_id: str, person: Mapping[str, str]) -> Result:
        """The page on which a customer binds a card."""
        return await self._ready().bind_wallet(user_id, person)

    async def tools(self, amount: Money) -> tuple[str, ...]:
        """What the shop may offer for ``amount`` under MyPay; asked once a day for each sum."""
        now = self._attempts.clock.now()
        known = self._tools.get(amount)
        if known is None or now - known[0] > FRESH:
            self._tools[amount] = known = now, await self._ready().tools(amount)
        return known[1]

    def _ready(self) -> MypayServices:
        if self._services is None:
            raise ConfigError(N_("MyPay is not set up."))
        return self._services

    def _told(self, order_no: str, result: Result) -> None:
        kind = {Outcome.DONE: "capture_done", Outcome.REFUSED: "capture_refused"}.get(result.outcome, "capture_unknown")
        attempt = self._note(self._attempts.store.get(order_no), kind, result.message)
        if result.outcome is Outcome.REFUSED:
            raise NotAllowed(attempt.message or msg(N_("MyPay refused it.")))

    def _note(self, attempt: Attempt, kind: str, message: Message) -> Attempt:
        return self._attempts.tell(self._attempts.store.note(attempt, kind, message=message))
