"""The targets of the gateways that the shop approved, and the targets that requests were sent to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from pos.domain.actor import NO_PERSON, RecordedBy
from pos.domain.journal_kinds import Json
from pos.domain.journal_kinds.gateways import GatewayApproved
from pos.domain.target import Target, target_from
from pos.runtime import Clock
from pos.store.database import Database
from pos.store.journal.recording import Recorder

SENDS: Final = frozenset(
    {"send", "page_served", "capture_asked", "refund_send", "invoice_asked", "invoice_order_send",
     "agreement_stop_asked"}
)  # fmt: skip
"""The kinds of journal rows with a target as ``to``. They are written before a request that moves money or issues an
e-invoice or carries one, or before the customer's browser is sent to the gateway."""

Targets = Mapping[str, Target]
"""The present target of each gateway that is set up."""

NO_TARGETS: Final[Targets] = MappingProxyType({})

_SENT: Final = (
    f"SELECT DISTINCT json_extract(body, '$.to') FROM journal WHERE seq > ?"  # a range of the primary key
    f" AND kind IN ({', '.join(repr(kind) for kind in sorted(SENDS))}) AND json_extract(body, '$.to') IS NOT NULL"
)


class Basis(StrEnum):
    """Why a target counts as approved. The names are stored."""

    OPEN = "open"  # the shop had no people; valid until it has
    FIRST_USE = "first_use"  # the gateway had no approved target before
    OWNER = "owner"  # approved by the owner's PIN, or set up before the first owner


class TargetStore:
    """The table of approved targets. Every method raises StoreError."""

    def __init__(self, database: Database, register_id: str, clock: Clock) -> None:
        self._database = database
        self._recorder = Recorder(register_id, clock)

    def of(self, gateway: str) -> list[tuple[Target, Basis]]:
        """Return the recorded targets of one gateway, the last one first."""
        sql = "SELECT address, merchant, basis FROM gateway_targets WHERE gateway = ? ORDER BY seq DESC"
        rows = self._database.rows(sql, (gateway,))
        return [(Target(gateway, address, merchant), Basis(basis)) for address, merchant, basis in rows]

    def record(self, targets: Sequence[Target], basis: Basis, by: RecordedBy = NO_PERSON) -> None:
        """Journal that ``targets`` are approved, all in one transaction."""
        with self._database.transaction() as connection:
            for one in targets:
                row = GatewayApproved(
                    gateway=one.gateway, address=one.address, merchant=one.merchant, basis=basis.value,
                    approved_by=by.approved_by,
                )  # fmt: skip
                self._recorder.record(connection, row, actor=by.actor)


def target_of(kind: str, target: Target | None) -> Mapping[str, Json] | None:
    """Return the target as a row of :data:`SENDS` has it, None for other rows."""
    return target.body() if target is not None and kind in SENDS else None


def sent_to(database: Database, after: int) -> list[Target]:
    """Return the targets that requests went to in the journal rows after ``after``, by gateway and address."""
    found = {target_from(json.loads(row[0])) for row in database.rows(_SENT, (after,))}
    return sorted(found, key=lambda one: (one.gateway, one.address, one.merchant))
