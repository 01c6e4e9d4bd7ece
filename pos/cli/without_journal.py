"""Permissions without a journal: what the rules of :mod:`pos.services.lost_journal` need from the command line."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pos.assembly import recovery_codes
from pos.bootstrap import Register, backups_of
from pos.domain.staff import Action
from pos.errors import NotFound, PosError, StoreError
from pos.i18n import N_, msg
from pos.people_secrets import TRIES, PeopleSecrets
from pos.runtime import SystemClock
from pos.services.backup_people import BackupPeople
from pos.services.lost_journal import CredentialSource, LostJournal
from pos.services.permissions import Permission
from pos.services.pin_hashing import PinHasher


async def permission_without_journal(
    register: Register,
    own: PeopleSecrets,
    action: Action,
    source: CredentialSource,
    backup: Path | None,
    problem: PosError,
) -> Permission:
    """Return the permission for ``action``; ``backup`` is the file to be restored. Raises NotAllowed."""
    lost = LostJournal(
        problem,
        partial(recovery_codes, own, SystemClock(), register.data_dir),
        lambda: _people_of(backup or _newest_backup(register), own),
        own.has_pepper,
    )
    return await lost.approve(action, source)


def _people_of(backup: Path | None, own: PeopleSecrets) -> BackupPeople | None:
    if backup is None:
        return None
    if not backup.is_file():
        raise NotFound(msg(N_("There is no file {path}."), path=backup))
    return BackupPeople(backup, PinHasher(pepper=own.pepper), SystemClock(), own.vault(TRIES))


def _newest_backup(register: Register) -> Path | None:
    try:
        found = backups_of(register).list()
    except StoreError:
        return None
    return found[0].path if found else None
