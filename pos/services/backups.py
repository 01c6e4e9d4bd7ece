"""Backups: made at every Z and on demand, pruned by number and age, verified and restored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo
from pathlib import Path

from pos.domain.journal_kinds.register import BackupMade
from pos.domain.staff import Action
from pos.errors import NotFound, StoreError
from pos.i18n import N_, msg
from pos.runtime import BlockingRunner, Clock
from pos.services.journal_seals import JournalSeals
from pos.services.permissions import Permission, require_permission
from pos.store import journal
from pos.store.backup import BackupReport, make_backup, make_folder, open_backup
from pos.store.backup_files import BackupFile, backup_name, list_backups, prune
from pos.store.database import MEMORY, Database, damaged_error
from pos.store.identity import register_uid
from pos.store.journal import Walk
from pos.store.journal.anchors import Anchor, printed_hash
from pos.store.journal.rebuild import Rebuilt, rebuild
from pos.store.journal.recording import Recorder
from pos.store.journal.verification import Outside, verify_journal
from pos.store.restore import Restored, RestoreRequest, restore

log = logging.getLogger(__name__)

OnProgress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Keeping:
    """Folder and retention of this register's backups: older than ``days`` are deleted, but the ``keep`` newest."""

    folder: Path
    register_id: str
    keep: int = 30
    days: int = 400
    zone: tzinfo = UTC


class Backups:
    """Backups of the journal at ``path``. ``writer`` journals them; a process that only reads has none.

    Every file is read through its own connection on another thread, so that no payment waits for it.
    """

    def __init__(
        self,
        path: Path | str,
        keeping: Keeping,
        clock: Clock,
        writer: Database | None = None,
        run_blocking: BlockingRunner = asyncio.to_thread,
        seals: JournalSeals | None = None,
    ) -> None:
        self._seals = seals or JournalSeals()
        self._path = path
        self._keeping = keeping
        self._clock = clock
        self._writer = writer
        self._run_blocking = run_blocking
        self._one_at_a_time = asyncio.Lock()

    async def make(self, permission: Permission, target: Path | None = None) -> BackupReport:
        """Make a backup, to ``target`` or into the folder. Raises NotAllowed, NotFound, InputError, StoreError."""
        require_permission(permission, Action.BACKUP)
        return await (self._into_folder(permission.actor) if target is None else self._made(target, permission.actor))

    async def at_close(self) -> BackupReport:
        """Make the backup of a Z in the folder, and prune old ones. Raises StoreError, which does not undo the Z."""
        return await self._into_folder("")

    async def verify(
        self, permission: Permission, file: Path | None = None, on_progress: OnProgress = lambda rows: None,
        printed: str = "",
    ) -> Walk:  # fmt: skip
        """Verify the journal, or ``file``: its chain, its tables, the backups, the seals and a ``printed`` hash.

        Raises NotAllowed, NotFound, InputError for a printed hash that is none, StoreError.
        """
        require_permission(permission, Action.BACKUP)
        wanted = printed_hash(printed)
        return await self._run_blocking(lambda: self._verified(file, on_progress, wanted))

    async def rebuild(
        self, permission: Permission, target: Path, on_progress: OnProgress = lambda rows: None
    ) -> Rebuilt:
        """Write the journal to a new file, with all tables rebuilt from its rows.

        Raises NotAllowed, NotFound, InputError if the file exists, StoreError.
        """
        require_permission(permission, Action.BACKUP)
        return await self._run_blocking(lambda: self._rebuilt(target, on_progress))

    async def restore(self, permission: Permission, source: Path, *, replace_newer: bool = False) -> Restored:
        """Restore ``source``; no register may be open. Raises as :func:`pos.store.restore.restore`, and NotAllowed."""
        require_permission(permission, Action.RESTORE)
        others = self._newest_of_each()
        keeping = self._keeping
        order = RestoreRequest(
            self._clock.now(),
            keeping.register_id,
            permission.actor,
            replace_newer,
            others,
            keeping.zone,
            self._seals.seal_for,
        )
        await self._seals.prepare()
        return await self._run_blocking(lambda: restore(source, Path(self._path).parent, order))

    def list(self) -> Sequence[BackupFile]:
        """Return this register's backups in the folder, newest first. Raises StoreError."""
        return list_backups(self._keeping.folder, self._keeping.register_id)

    def _newest_of_each(self) -> tuple[Path, ...]:
        """Return the last backup of every register: it was made with its last Z."""
        try:
            found = list_backups(self._keeping.folder)
        except StoreError:
            return ()
        return tuple({one.register_id: one.path for one in reversed(found)}.values())

    async def _into_folder(self, actor: str) -> BackupReport:
        async with self._one_at_a_time:
            made = await self._made(await self._run_blocking(self._free_name), actor)
            await self._run_blocking(self._pruned)
        return made

    async def _made(self, target: Path, actor: str) -> BackupReport:
        await self._seals.prepare()
        made = await self._run_blocking(lambda: self._copied(target))
        if self._writer is not None:
            seal = self._seals.seal(made.rows, made.head)
            row = BackupMade(file=target.name, rows=made.rows, head=made.head, seal=seal)
            now = self._clock.now()
            with self._writer.transaction() as connection:
                recorder = Recorder(self._keeping.register_id, self._clock)
                recorder.record(connection, row, actor=actor, at=now)
            at = now.isoformat(timespec="microseconds")
            await self._seals.keep(Anchor(target.name, made.rows, made.head, at, seal=seal))
        return made

    def _copied(self, target: Path) -> BackupReport:
        with self._reader() as database:
            return make_backup(database, target)

    def _verified(self, file: Path | None, on_progress: OnProgress, printed: str) -> Walk:
        with self._reader(file) as database:
            known = Outside(self._anchors_of_backups(register_uid(database)), self._seals.known(), printed)
            if file is not None:  # an older copy lacks what was sealed and backed up later
                known = Outside(printed=printed)
            walk = verify_journal(database, known, on_progress)
            if not walk.fault and (damage := database.damage()):
                raise damaged_error(database.path, damage)
        return walk

    @contextmanager
    def _reader(self, file: Path | None = None) -> Iterator[Database]:
        if file is None and self._writer is not None and self._writer.path == MEMORY:
            yield self._writer
            return
        path = Path(file or self._path)
        if not path.is_file():
            raise NotFound(msg(N_("There is no file {path}."), path=path))
        own = file is None or path.resolve() == Path(self._path).resolve()
        with open_backup(path, own=own) as database:
            yield database

    def _rebuilt(self, target: Path, on_progress: OnProgress) -> Rebuilt:
        with self._reader() as database:
            return rebuild(database, target, on_progress)

    def _anchors_of_backups(self, uid: str) -> Sequence[Anchor]:
        """Return the heads of this journal's backups in the folder; files that cannot be read have none."""
        found = []
        for file in self.list():
            try:
                with open_backup(file.path) as backup:
                    if register_uid(backup) == uid:
                        rows, head = journal.head_of(backup)
                        found.append(Anchor(file.path.name, rows, head, file.at.isoformat()))
            except StoreError as error:
                log.warning("a backup cannot be compared: %s", error.detail or error)
        return found

    def _free_name(self) -> Path:
        """Return a name that is not taken. The second backup within one second gets the name of the next second."""
        folder, at = self._keeping.folder, self._clock.now()
        make_folder(folder, "[backup] folder")
        while (target := folder / backup_name(at, self._keeping.register_id)).exists():
            at += timedelta(seconds=1)
        return target

    def _pruned(self) -> None:
        keeping = self._keeping
        try:
            prune(keeping.folder, keeping.register_id, keeping.keep, keeping.days, self._clock.now())
        except StoreError as error:  # the new backup exists, and the next one prunes again
            log.warning("old backups were not removed: %s", error)
