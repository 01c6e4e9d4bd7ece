"""Store facts about gateways in the journal and, by gateway and name, in a table."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Final

from pos.domain.gateway_facts import GatewayFact
from pos.domain.journal_kinds.gateways import GatewayFactLearned
from pos.errors import StoreError
from pos.runtime import Clock
from pos.store.database import FILE_NAME, Database
from pos.store.journal.recording import Recorder

log = logging.getLogger(__name__)

_COLUMNS: Final = "value, address, day"


class GatewayFactStore:
    """Implements :class:`pos.domain.gateway_facts.GatewayFacts`. Every method raises StoreError."""

    def __init__(self, database: Database, register_id: str, clock: Clock) -> None:
        self._database = database
        self._recorder = Recorder(register_id, clock)

    def get(self, gateway: str, name: str) -> GatewayFact | None:
        sql = f"SELECT {_COLUMNS} FROM gateway_facts WHERE gateway = ? AND name = ?"
        rows = self._database.rows(sql, (gateway, name))
        return _fact(*rows[0]) if rows else None

    def all(self) -> Mapping[tuple[str, str], GatewayFact]:
        """Return all facts by gateway and name."""
        rows = self._database.rows(f"SELECT gateway, name, {_COLUMNS} FROM gateway_facts")
        return {(gateway, name): _fact(*fact) for gateway, name, *fact in rows}

    def keep(self, gateway: str, name: str, fact: GatewayFact) -> None:
        row = GatewayFactLearned(
            gateway=gateway, name=name, value=fact.value, address=fact.address, day=fact.day.isoformat()
        )
        with self._database.transaction() as connection:
            self._recorder.record(connection, row)


def read_gateway_facts(data_dir: Path, register_id: str, clock: Clock) -> Mapping[tuple[str, str], GatewayFact]:
    """Return all facts of the journal in ``data_dir``; another program may be working on it.

    Return nothing for a journal that is missing, unreadable, or written by an older program.
    """
    path = data_dir / FILE_NAME
    if not path.exists():
        return {}
    try:
        with closing(Database(path, read_only=True)) as database:
            return {} if database.needs_update() else GatewayFactStore(database, register_id, clock).all()
    except StoreError as error:
        log.warning("facts about gateways cannot be read: %s", error.detail or error)
        return {}


def _fact(value: str, address: str, day: str) -> GatewayFact:
    return GatewayFact(value, address, date.fromisoformat(day))
