"""What is in process: payments and refunds whose end is not known yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pos.domain.payment import Attempt
from pos.domain.refund import REFUNDS_IN_PROCESS, Refund
from pos.domain.states import IN_PROCESS


@dataclass(frozen=True, slots=True)
class InProcess:
    """What a register's next shift takes over. Both lists are ordered from old to new.

    Payments and refunds of which nothing was sent are not in process: no gateway knows of them.
    """

    payments: Sequence[Attempt] = ()
    refunds: Sequence[Refund] = ()

    @property
    def count(self) -> int:
        """How many of both there are."""
        return len(self.payments) + len(self.refunds)


def in_process_of(register_id: str, payments: Iterable[Attempt], refunds: Iterable[Refund]) -> InProcess:
    """Return what is in process of one register, out of everything in a journal that is not settled."""
    return InProcess(
        [one for one in payments if one.register_id == register_id and one.state in IN_PROCESS],
        [one for one in refunds if one.register_id == register_id and one.state in REFUNDS_IN_PROCESS],
    )
