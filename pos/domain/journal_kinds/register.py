"""Journal rows about the register and the journal itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pos.domain.journal_kinds.base import Digest, JournalKind, Json


@dataclass(kw_only=True, eq=False, repr=False)
class JournalBegun(JournalKind):
    """The permanent UUID of the register and its journal."""

    KINDS = frozenset({"identity"})

    kind: str = "identity"
    register_uid: str


@dataclass(kw_only=True, eq=False, repr=False)
class RegisterNamed(JournalKind):
    """The register has a new name."""

    KINDS = frozenset({"register_named"})

    kind: str = "register_named"
    name: str


@dataclass(kw_only=True, eq=False, repr=False)
class RegisterTakenOver(JournalKind):
    """What is open under a former ``name`` is the register's; its open ``shift`` adopts entries in no shift."""

    KINDS = frozenset({"register_taken_over"})

    kind: str = "register_taken_over"
    name: str
    shift: int | None = None
    approved_by: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class SettingsInUse(JournalKind):
    """The settings that affect money, when they changed: tenders, gateways, rounding, limits."""

    KINDS = frozenset({"settings_in_use"})

    kind: str = "settings_in_use"
    settings: Mapping[str, Json]


@dataclass(kw_only=True, eq=False, repr=False)
class SettingChanged(JournalKind):
    """A setting of the file was changed with the command line or the settings pages. It is used from the next start."""

    KINDS = frozenset({"setting_changed"})

    kind: str = "setting_changed"
    key: str
    before: Json
    value: Json
    approved_by: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class BackupMade(JournalKind):
    """A backup: its file, its number of rows and its head, with the seal of the head."""

    KINDS = frozenset({"backup"})

    kind: str = "backup"
    file: str
    rows: int
    head: str
    seal: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class Restored(JournalKind):
    """A backup was restored. The rows after this one carry over what the replaced journal had and the backup lacks.

    With ``people_replaced``, all people are inactive until they are carried over. ``locks`` are counts of wrong PINs
    with their times; ``code`` is the digest of the recovery code's hash.
    """

    KINDS = frozenset({"restored"})

    kind: str = "restored"
    file: str
    rows: int
    head: str
    lost: int
    z_numbers: Mapping[str, int]
    payments: int
    open: int
    refunds: int
    sent: int
    people: Sequence[str]
    people_replaced: bool = False
    locks: Sequence[Sequence[Json]] = ()
    code: Digest = ""
    seal: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class Migrated(JournalKind):
    """The rows before this one were written by an older program, with less in them. ``head`` is the last hash of them:
    the first anchor of the rows that follow."""

    KINDS = frozenset({"migrated"})

    kind: str = "migrated"
    register_uid: str
    rows: int
    head: str


@dataclass(kw_only=True, eq=False, repr=False)
class Imported(JournalKind):
    """Rows of a table as an older program left them, and the keys of rows that are not in it."""

    KINDS = frozenset({"imported"})

    kind: str = "imported"
    table: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Json]] = ()
    gone: Sequence[Sequence[Json]] = ()
