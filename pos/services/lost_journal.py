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

from pos.domain.staff import Action
from pos.errors import NotAllowed, PosError
from pos.i18n import N_, msg
from pos.services.backup_people import BackupPeople
from pos.services.permissions import Permission, issue
from pos.services.recovery_codes import BY_CODE, RECOVERY, CodeStore, RecoveryCodes


@dataclass(frozen=True, slots=True)
class CredentialSource:
    """The sources of a recovery code and a PIN; both return an empty text if there is none."""

    code: Callable[[], str]
    pin: Callable[[], str]


class LostJournal:
    """Approve an action without a journal. ``problem`` is why the journal cannot be read.

    ``codes`` checks the code of this computer, or of a backup. ``backup`` reads the people of the backup, None if there
    is none. ``has_pepper`` returns whether a PIN was ever set on this computer.
    """

    def __init__(
        self,
        problem: PosError,
        codes: Callable[[CodeStore | None], RecoveryCodes],
        backup: Callable[[], BackupPeople | None],
        has_pepper: Callable[[], bool],
    ) -> None:
        self._problem = problem
        self._codes = codes
        self._backup = backup
        self._has_pepper = has_pepper

    async def approve(self, action: Action, source: CredentialSource) -> Permission:
        """Return the permission for ``action`` by the rules above. Raises NotAllowed with the remedy."""
        if self._codes(None).is_known():
            return await self._by_code(action, source.code(), None)
        people = self._backup()
        if people is None or not people.able(action):
            if self._has_pepper() and action is not Action.RESTORE:
                raise self._refused()
            return issue(action)
        if people.recovery_hash() and (code := source.code()):
            return await self._by_code(action, code, people)
        if action is Action.RESTORE and not self._has_pepper() and not people.has_old_hash(action):
            return issue(action)  # none of its PINs can be checked on this computer
        pin = source.pin()
        if not pin:
            text = N_("{problem} This needs the PIN of an owner of the backup: set POS_PIN, or type it at a terminal.")
            raise NotAllowed(msg(text, problem=self._problem.spoken()))
        return await people.approve(action, pin)

    async def _by_code(self, action: Action, code: str, people: BackupPeople | None) -> Permission:
        if action not in BY_CODE:
            raise self._refused()
        if not code:
            text = N_("{problem} This needs the recovery code: set POS_RECOVERY_CODE, or type it at a terminal.")
            raise NotAllowed(msg(text, problem=self._problem.spoken()))
        await self._codes(people).check(code, action)
        return issue(action, RECOVERY, RECOVERY)

    def _refused(self) -> NotAllowed:
        text = N_("{problem} Restore a backup first: pos journal restore FILE")
        return NotAllowed(msg(text, problem=self._problem.spoken()))
