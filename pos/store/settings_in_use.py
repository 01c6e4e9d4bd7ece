"""The settings that affect money, as the register used them, and changes of the settings file: both are journaled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pos.domain.actor import RecordedBy
from pos.domain.journal_kinds import Json
from pos.domain.journal_kinds.register import SettingChanged, SettingsInUse
from pos.runtime import Clock
from pos.store.database import Database
from pos.store.journal import canonical
from pos.store.journal.recording import Recorder, record


def record_settings(database: Database, at: str, register: str, settings: Mapping[str, Json]) -> None:
    """Journal the settings in use if they are not the last ones. ``at`` is the time of the row. Raises StoreError."""
    rows = database.rows("SELECT settings FROM settings_in_use")
    if not rows or rows[0][0] != canonical(settings):
        with database.transaction() as connection:
            record(connection, at, register, SettingsInUse(settings=settings))


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting of the file with its values before and after."""

    key: str
    before: Json
    value: Json


class SettingChanges:
    """Writes changes of the settings file into the journal."""

    def __init__(self, database: Database, register_id: str, clock: Clock) -> None:
        self._database = database
        self._recorder = Recorder(register_id, clock)

    def record(self, changes: Sequence[SettingChange], by: RecordedBy, write: Callable[[], None]) -> None:
        """Journal the changes and call ``write``, which writes the file; if it fails, nothing is journaled.

        Raises StoreError, and what ``write`` raises.
        """
        with self._database.transaction() as connection:
            for one in changes:
                row = SettingChanged(key=one.key, before=one.before, value=one.value, approved_by=by.approved_by)
                self._recorder.record(connection, row, actor=by.actor)
            write()
