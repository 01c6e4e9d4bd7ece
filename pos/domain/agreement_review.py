"""What a manager may decide about an agreement or a charge in review, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pos.domain.actor import NO_PERSON, RecordedBy
from pos.domain.agreement import AgreementEvent, ChargeEvent


class Decision(StrEnum):
    """A manager's decision."""

    ACCEPT = "accept"  # the agreement goes on; the money of the charge was received
    CLOSE = "close"  # nothing more is charged; no money of the charge was received


AGREEMENT_DECISIONS: Final[Mapping[Decision, AgreementEvent]] = {
    Decision.ACCEPT: AgreementEvent.ACTIVATE,
    Decision.CLOSE: AgreementEvent.STOP,
}
"""The step of an agreement whose first charge was made. Before that its first payment is settled, and it follows."""

CHARGE_DECISIONS: Final[Mapping[Decision, ChargeEvent]] = {
    Decision.ACCEPT: ChargeEvent.PAID,
    Decision.CLOSE: ChargeEvent.REFUSED,
}
"""The step of a charge."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision in the journal: the people that its row names, and the reason."""

    by: RecordedBy
    reason: str = ""

    def kind(self, prefix: str, event: str) -> str:
        """Return the kind of a step's journal row: ``agreement_settled_stop``, else ``agreement_stop``."""
        return f"{prefix}{'settled_' if self.reason else ''}{event}"


NOT_DECIDED: Final = Decided(NO_PERSON)
"""The register steps by itself."""
