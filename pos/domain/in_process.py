"""Payments and refunds in process: sent, with an outcome that is not known yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pos.domain.payment import Attempt
from pos.domain.refund import REFUNDS_IN_PROCESS, Refund
from pos.domain.states import IN_PROCESS


@dataclass(frozen=True, slots=True)
class InProcess:
    """The payments and refunds that a register's next shift takes over, the oldest first.

    Payments and refunds that were not sent are not in process: no gateway knows of them.
    """

    payments: Sequence[Attempt] = ()
    refunds: Sequence[Refund] = ()

    @property
    def count(self) -> int:
        """The number of payments and refunds together."""
        return len(self.payments) + len(self.refunds)


def in_process_of(register_id: str, payments: Iterable[Attempt], refunds: Iterable[Refund]) -> InProcess:
    """Select what is in process on one register from the unsettled payments and refunds of a journal."""
    return InProcess(
        [one for one in payments if one.register_id == register_id and one.state in IN_PROCESS],
        [one for one in refunds if one.register_id == register_id and one.state in REFUNDS_IN_PROCESS],
    )
