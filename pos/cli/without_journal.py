"""Permissions if the journal is missing or damaged, so that its people cannot approve. They are refused, unless:

1. This computer has a recovery code: that code is required.
2. No code was made, and there is a backup (the one to be restored, else the newest in the folder) with people: the PIN
   of one of them is required. The recovery code of the backup is accepted too.
3. There is no code, there are no people, and no PIN was ever set on this computer: the first set-up of a shop, or a
   shop without people.

A restore is also allowed if the backup's PINs cannot be checked because this computer has no secret for PINs: it is
another computer, whose keys and journals the restore does not reach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pos.assembly import recovery_codes
from pos.bootstrap import Register, backups_of
from pos.domain.staff import Action, Permission
from pos.errors import NotAllowed, NotFound, PosError, StoreError
from pos.i18n import N_, msg
from pos.people_secrets import TRIES, PeopleSecrets
from pos.runtime import SystemClock
from pos.services.backup_people import BackupPeople
from pos.services.pin_hashing import PinHasher
from pos.services.recovery_codes import BY_CODE, RECOVERY


@dataclass(frozen=True, slots=True)
class CredentialSource:
    """The sources of a recovery code and a PIN; both return an empty text if there is none."""

    code: Callable[[], str]
    pin: Callable[[], str]


async def permission_without_journal(
    register: Register,
    own: PeopleSecrets,
    action: Action,
    source: CredentialSource,
    backup: Path | None,
    problem: PosError,
) -> Permission:
    """Return the permission for ``action`` by the rules above. Raises NotAllowed with the remedy."""
    if recovery_codes(own, SystemClock(), register.data_dir).is_known():
        return await _by_code(register, own, action, source, None, problem)
    people = _people_of(backup or _newest_backup(register), own)
    if people is None or not people.able(action):
        if own.has_pepper() and action is not Action.RESTORE:
            raise _refused(problem)
        return Permission(action)
    if people.recovery_hash() and (code := source.code()):
        return await _by_code(register, own, action, CredentialSource(lambda: code, source.pin), people, problem)
    if action is Action.RESTORE and not own.has_pepper() and not people.has_old_hash(action):
        return Permission(action)  # none of its PINs can be checked on this computer
    pin = source.pin()
    if not pin:
        text = N_("{problem} This needs the PIN of an owner of the backup: set POS_PIN, or type it at a terminal.")
        raise NotAllowed(msg(text, problem=problem.spoken()))
    return await people.approve(action, pin)


async def _by_code(
    register: Register,
    own: PeopleSecrets,
    action: Action,
    source: CredentialSource,
    people: BackupPeople | None,
    problem: PosError,
) -> Permission:
    if action not in BY_CODE:
        raise _refused(problem)
    code = source.code()
    if not code:
        text = N_("{problem} This needs the recovery code: set POS_RECOVERY_CODE, or type it at a terminal.")
        raise NotAllowed(msg(text, problem=problem.spoken()))
    await recovery_codes(own, SystemClock(), register.data_dir, people).check(code, action)
    return Permission(action, RECOVERY, RECOVERY)


def _refused(problem: PosError) -> NotAllowed:
    return NotAllowed(msg(N_("{problem} Restore a backup first: pos journal restore FILE"), problem=problem.spoken()))


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
