"""Detect the dialect of ``Data`` that O'Pay accepts, by queries without effect, and store it.

A query for an order that cannot exist is sent in each dialect until one is answered with a readable ``RtnCode`` 0 or
1. The dialect is checked again before the first page of each shop day, and after a query in it was not understood.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from pos.domain.gateway_facts import GatewayFact
from pos.errors import BadReply, HttpFault, NoAnswer, NotSent, NotUnderstood, RateLimited, StoreError
from pos.gateways.base import Answer, Gateway, Verdict
from pos.gateways.opay.dialect import BY_NAME, DIALECTS, Dialect
from pos.i18n import N_, Message, msg

log = logging.getLogger(__name__)

AUTO: Final = "auto"

FACT: Final = "dialect"
"""The name of the stored fact."""

RECHECK: Final = timedelta(minutes=5)
"""Time without a new check after a failed one; pages then use the next route."""

CLOCK_STEP: Final = 60.0
"""Seconds. If a refusal corrects our time by more, the timestamp may be the cause and not the dialect."""

UNDERSTOOD: Final = ("0", "1")
"""``RtnCode`` of a query that was understood (section 6): no such order, or found."""

KEY_REFUSED: Final = N_(
    "The gateway refuses this shop's key: O'Pay understands none of our messages. Nothing was sent. Check {settings} in"
    " the settings and the stored keys {keys} (pos key set), or set gateways.opay.dialect as O'Pay says. {gateway}"
    " says: {words}"
)
"""O'Pay refuses wrong merchant numbers, wrong keys and wrong dialects with the same code."""

_FAULTY: Final = (400, 500)
"""HTTP statuses that a wrong dialect may cause; others are about the connection."""


class DialectChoice:
    """The choice of the dialect for one merchant.

    ``wanted`` is :data:`AUTO` or the name of the only dialect to use. ``ask`` sends the query without effect in a
    dialect; it raises what :meth:`pos.gateways.http.Wire.post_form` raises.
    """

    def __init__(self, gateway: Gateway, wanted: str, ask: Callable[[Dialect], Awaitable[Answer]]) -> None:
        self._gateway = gateway
        self._fixed = BY_NAME.get(wanted)  # checked only after O'Pay did not understand a query in it
        self._ask = ask
        self._lock = asyncio.Lock()  # one check at a time
        self._check_requested = False
        self._checked_at: datetime | None = None
        self._outage_at: datetime | None = None
        self._failed_at: datetime | None = None
        self._reason = Message()
        self._read: GatewayFact | None = None  # the fact, after it was read or detected

    def current(self) -> Dialect:
        """Return the dialect to use without a check: of the settings, else the last known one, else the first."""
        return self._fixed or self._remembered() or DIALECTS[0]

    def unavailable(self) -> Message:
        """Return why O'Pay cannot be used, for :data:`RECHECK` after a failed check; else an empty message."""
        return self._reason if self._recent(self._failed_at) else Message()

    async def for_page(self) -> Dialect:
        """Return the dialect for today's pages, checked on this shop day.

        If O'Pay cannot be reached, the last known dialect is used. Raises NotSent without one, and NotUnderstood if
        O'Pay understands no dialect.
        """
        if self._confirmed():
            return self.current()
        async with self._lock:
            known = self._fixed or self._remembered()
            if self._confirmed() or (known and self._recent(self._outage_at)):
                return self.current()
            try:
                return await self._checked()
            except NotUnderstood:
                raise
            except (NotSent, NoAnswer) as error:
                return self._without_answer(error)

    async def for_query(self) -> Dialect:
        """Return the last known dialect; check first if none is known or the last query was not understood.

        If O'Pay understands none, the query is sent in the current one, and its answer shows the cause. Raises NotSent
        and NoAnswer.
        """
        if self._known():
            return self.current()
        async with self._lock:
            if self._known():
                return self.current()
            try:
                return await self._checked()
            except NotUnderstood:
                return self.current()

    async def probe(self) -> Answer:
        """Return O'Pay's answer to the query without effect, in the dialect that it accepts.

        Raises NotSent, NotUnderstood and NoAnswer.
        """
        async with self._lock:
            self._failed_at = None
            return (await self._detected())[1]

    def request_check(self) -> None:
        """Check the dialect before the next call, because a query was not understood; ignored soon after a check."""
        self._check_requested = self._check_requested or not self._recent(self._checked_at)

    # -- the check --------------------------------------------------------------------------------------------

    async def _checked(self) -> Dialect:
        if reason := self.unavailable():
            raise NotUnderstood(reason)
        return (await self._detected())[0]

    async def _detected(self) -> tuple[Dialect, Answer]:
        """Try the dialects one after the other, and store the first that O'Pay understands.

        A dialect of the settings is the only one. The last known one is tried first, and again at the end: its first
        answer may have been damaged.
        """
        kept = self._fixed or self._remembered()
        others = [] if self._fixed else [one for one in DIALECTS if one is not kept]
        fault: HttpFault | None = None
        refusals: list[Answer] = []
        for dialect in [kept, *others, kept] if kept else others:
            try:
                answer = await self._ask_dialect(dialect)
            except HttpFault as error:
                if error.status not in _FAULTY:
                    raise
                fault = error
            except BadReply as error:
                log.warning("O'Pay's answer in the dialect %s: %s", dialect.name, error)
                refusals.append(Answer(Verdict.UNSURE))
            else:
                if answer.code in UNDERSTOOD:
                    self._remember(dialect)
                    return dialect, answer
                refusals.append(answer)
        if fault is not None and not refusals:
            raise fault  # it fails in every dialect: the dialect is not the cause
        raise self._failure(refusals)

    async def _ask_dialect(self, dialect: Dialect) -> Answer:
        """Query once; again if the answer shows that our clock was wrong."""
        drift = self._gateway.wire.drift
        await self._gateway.pace.acquire(0.0)
        answer = await self._ask(dialect)
        if answer.code in UNDERSTOOD or abs(self._gateway.wire.drift - drift) < CLOCK_STEP:
            return answer
        await self._gateway.pace.acquire(0.0)
        return await self._ask(dialect)

    def _failure(self, refusals: Sequence[Answer]) -> NotUnderstood:
        code = next((one.code for one in refusals if one.code), "")
        words = next((one.message.args["words"] for one in refusals if one.message), code or "–")
        self._failed_at = self._now()
        if code:
            self._reason = self._gateway.merchant_key.refuse(code, words, KEY_REFUSED)
        else:
            self._reason = msg(N_("O'Pay's answers cannot be read. Nothing was sent."))
        return NotUnderstood(self._reason, code)

    def _without_answer(self, error: NotSent | NoAnswer) -> Dialect:
        """Return the last known dialect after a check that did not reach O'Pay. Raises NotSent without one."""
        self._outage_at = self._now()
        if isinstance(error, RateLimited):
            self._gateway.pace.back_off(error.retry_after)
        if known := self._fixed or self._remembered():
            return known
        if isinstance(error, NotSent):
            raise error
        text = N_("O'Pay did not answer the check before the payment. Nothing was sent. Try again later.")
        raise NotSent(text, error.detail) from error

    # -- memory -----------------------------------------------------------------------------------------------

    def _fact(self) -> GatewayFact | None:
        if self._read is None:
            try:
                self._read = self._gateway.facts.get(self._gateway.FACTS.name, FACT)
            except StoreError as error:
                log.error("the dialect of O'Pay cannot be read: %s", error.detail or error)
        return self._read

    def _remembered(self) -> Dialect | None:
        fact = self._fact()
        return BY_NAME.get(fact.value) if fact else None

    def _remember(self, dialect: Dialect) -> None:
        self._check_requested, self._checked_at = False, self._now()
        self._failed_at = self._outage_at = None
        self._gateway.merchant_key.accept()
        if self._fixed:
            return
        fact = GatewayFact(dialect.name, self._gateway.base_url, self._today())
        if fact == self._fact():
            return
        self._read = fact
        try:
            self._gateway.facts.keep(self._gateway.FACTS.name, FACT, fact)
        except StoreError as error:
            log.error("the dialect of O'Pay is not written down: %s", error.detail or error)

    def _known(self) -> bool:
        """Return whether a dialect is known and every query since its check was understood."""
        return not self._check_requested and bool(self._fixed or self._remembered())

    def _confirmed(self) -> bool:
        """Return the same for pages: a detected dialect is valid on the day of its check only."""
        if self._fixed:
            return not self._check_requested
        fact = self._fact()
        today = fact is not None and (fact.address, fact.day) == (self._gateway.base_url, self._today())
        return today and self._remembered() is not None and not self._check_requested

    def _now(self) -> datetime:
        return self._gateway.wire.now()

    def _today(self) -> date:
        return self._now().astimezone(self._gateway.shop.timezone).date()

    def _recent(self, moment: datetime | None) -> bool:
        """Return whether ``moment`` is less than :data:`RECHECK` before or after now."""
        return moment is not None and abs(self._now() - moment) < RECHECK
