"""The tables rebuilt from the journal by the service: with the right to back up, and beside the register's work."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from pos.domain.staff import Action
from pos.errors import NotAllowed, NotFound
from pos.services.backups import Backups, Keeping
from pos.store.database import FILE_NAME, MEMORY, Database
from tests.store.test_journal import written
from tests.support.access import permit
from tests.support.filled import BACKUP, here, run
from tests.support.rows import open_drawer, wrong
from tests.support.shop import StoppedClock


def backups_of(path: Path | str, folder: Path, writer: Database | None = None) -> Backups:
    return Backups(path, Keeping(folder / "backups", "R1"), StoppedClock(), writer, here)


def test_a_journal_is_rebuilt_while_the_register_has_it_open(tmp_path: Path) -> None:
    with closing(Database(written(tmp_path / FILE_NAME))) as writer:
        made = run(backups_of(tmp_path / FILE_NAME, tmp_path, writer).rebuild(BACKUP, tmp_path / "new.sqlite"))
        open_drawer(writer)
    with closing(Database(made.path, read_only=True)) as new:
        assert (made.rows, wrong(new)) == (9, [])


def test_a_rebuild_reports_its_progress(tmp_path: Path) -> None:
    with closing(Database(MEMORY)) as database:
        for _ in range(1001):
            open_drawer(database)
        reported: list[int] = []
        backups = backups_of(MEMORY, tmp_path, database)
        made = run(backups.rebuild(BACKUP, tmp_path / "new.sqlite", reported.append))
        assert (made.rows, reported) == (1001, [1000])
        assert run(backups.verify(BACKUP, on_progress=reported.append)).holds
        assert reported == [1000, 1000]


def test_a_rebuild_needs_the_right_to_back_up_and_a_journal(tmp_path: Path) -> None:
    backups = backups_of(tmp_path / FILE_NAME, tmp_path)
    with pytest.raises(NotAllowed, match="the journal"):
        run(backups.rebuild(permit(Action.REPORTS), tmp_path / "new.sqlite"))
    with pytest.raises(NotFound, match="no file"):
        run(backups.rebuild(BACKUP, tmp_path / "new.sqlite"))
    assert list(tmp_path.iterdir()) == []
