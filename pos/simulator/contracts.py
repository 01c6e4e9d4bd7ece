"""Contracts of periodic cards: when the gateway charges, and what came of each authorisation."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import datetime, timedelta

TRIES_IN_A_ROW = 6
"""Failures in a row after which the gateway stops a contract."""

RETRY = timedelta(days=1)


@dataclass(slots=True)
class Authorisation:
    """One authorisation; a failed one has no trade number."""

    number: int
    at: datetime
    code: str
    amount: int
    gwsr: str
    trade_no: str = ""

    @property
    def succeeded(self) -> bool:
        return self.code == "1"


@dataclass(slots=True)
class Contract:
    """The terms, and the authorisations so far. ``start`` is the time of the first."""

    kind: str
    frequency: int
    times: int
    amount: int
    start: datetime | None = None
    log: list[Authorisation] = field(default_factory=list)
    stopped: bool = False
    retry_at: datetime | None = None

    def due(self, number: int) -> datetime:
        """Return the time of authorisation ``number``; a day that a month lacks becomes its last."""
        assert self.start is not None
        steps = self.frequency * (number - 1)
        if self.kind == "D":
            return self.start + timedelta(days=steps)
        months = self.start.month - 1 + steps * (1 if self.kind == "M" else 12)
        year, month = self.start.year + months // 12, months % 12 + 1
        return self.start.replace(year=year, month=month, day=min(self.start.day, calendar.monthrange(year, month)[1]))

    @property
    def done(self) -> int:
        """The number of periods that were executed, also those that failed."""
        return max((one.number for one in self.log), default=0)

    @property
    def status(self) -> str:
        """ExecStatus: 0 stopped, 1 running, 2 finished."""
        if self.stopped:
            return "0"
        return "2" if self.done >= self.times and self.retry_at is None else "1"

    def next_at(self) -> datetime | None:
        """Return when the card is charged next; None if it is not."""
        if self.start is None or self.status != "1":
            return None
        regular = self.due(self.done + 1) if self.done < self.times else None
        both = [one for one in (self.retry_at, regular) if one is not None]
        return min(both)

    def execute(self, code: str, gwsr: str, trade_no: str, *, retry: bool) -> Authorisation:
        """Make the next authorisation with this result, and plan a retry of a failed one."""
        at = self.next_at()
        assert at is not None
        again = self.retry_at is not None and at == self.retry_at
        number = self.log[-1].number if again else self.done + 1
        made = Authorisation(number, at, code, self.amount, gwsr, trade_no)
        self.log.append(made)
        self.retry_at = at + RETRY if retry and not again and not made.succeeded else None
        last = self.log[-TRIES_IN_A_ROW:]
        if len(last) == TRIES_IN_A_ROW and not any(one.succeeded for one in last):
            self.stopped = True
        return made

    @property
    def successes(self) -> list[Authorisation]:
        return [one for one in self.log if one.succeeded]
