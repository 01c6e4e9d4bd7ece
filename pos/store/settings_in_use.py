"""The settings that affect money, as the register used them: journaled when they change."""

from __future__ import annotations

from collections.abc import Mapping

from pos.domain.journal_kinds import Json
from pos.domain.journal_kinds.register import SettingsInUse
from pos.store.database import Database
from pos.store.journal import canonical
from pos.store.journal.recording import record


def record_settings(database: Database, at: str, register: str, settings: Mapping[str, Json]) -> None:
    """Journal the settings in use if they are not the last ones. ``at`` is the time of the row. Raises StoreError."""
    rows = database.rows("SELECT settings FROM settings_in_use")
    if not rows or rows[0][0] != canonical(settings):
        with database.transaction() as connection:
            record(connection, at, register, SettingsInUse(settings=settings))
