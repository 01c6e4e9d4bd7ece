"""One SQLite file, opened so that committed transactions survive a power cut.

WAL with ``synchronous=FULL``: a commit returns after the write-ahead log was synced
(sqlite.org/pragma.html#pragma_synchronous). One connection writes, on the I/O thread.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pos.errors import StoreError, StoreRefused
from pos.files import append_private
from pos.i18n import N_, msg
from pos.store.backup_files import BACKUP_FOLDER, list_backups

FILE_NAME: Final = "counter.sqlite"
APPLICATION_ID: Final = 0x434E5452  # "CNTR"
BUSY_SECONDS: Final = 2.0
MEMORY: Final = ":memory:"

_Row = tuple[Any, ...]
_UNWRITABLE: Final = (UnicodeEncodeError, OverflowError)
"""Errors of values that SQLite cannot store: a lone surrogate, or an integer of more than 64 bits."""


class NotAJournal(StoreRefused):
    """The file was not written by Counter. As the shop's journal it is damaged; as a backup it is not one."""


class Database:
    """A connection and its transactions. Raises StoreError, and StoreRefused for a damaged, foreign or newer file.

    ``allow_newer`` also opens files of a newer program; ``connection`` is the class of the sqlite3 connection.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        read_only: bool = False,
        allow_newer: bool = False,
        connection: type[sqlite3.Connection] = sqlite3.Connection,
    ) -> None:
        self.path = path
        _check_header(path)
        with translate_errors(path):
            self._connection = _connect(path, read_only, connection)
            try:
                applied = self._applied(allow_newer)
                if not read_only:
                    self._prepare()
                    if not applied.issuperset(MIGRATION_NAMES):
                        self._migrate(applied)
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        run = self._connection.execute
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        run("PRAGMA foreign_keys=ON")
        run("PRAGMA trusted_schema=OFF")

    def _migrate(self, applied: set[str]) -> None:
        from sqlite_utils import Database as SqliteUtilsDatabase  # most starts do not need it

        from pos.store.migrations import MIGRATIONS
        from pos.store.migrations.early import complete_early_schema

        database = SqliteUtilsDatabase(self._connection)
        with database.atomic():  # all of them or none, with one write to the disk
            complete_early_schema(self._connection, applied)
            MIGRATIONS.apply(database)

    def _applied(self, allow_newer: bool) -> set[str]:
        """Return the names of the applied migrations. Raises NotAJournal, and StoreRefused for a newer file."""
        tables = {row[0] for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return set()
        if "_sqlite_migrations" not in tables:
            raise _foreign(self.path)
        rows = self.rows("SELECT name FROM _sqlite_migrations WHERE migration_set = 'counter'")
        applied = {str(row[0]) for row in rows}
        if not allow_newer and not applied.issubset(MIGRATION_NAMES):
            raise _newer(self.path)
        return applied

    def needs_update(self) -> bool:
        """Return whether an older program wrote the file. Opening it for writing migrates it."""
        applied = self.rows("SELECT count(*) FROM _sqlite_migrations WHERE migration_set = 'counter'")
        return bool(applied[0][0] < len(MIGRATION_NAMES))

    def rows(self, sql: str, values: _Row | dict[str, object] = ()) -> list[_Row]:
        """Return all rows of a query. Raises StoreError."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except (sqlite3.Error, UnicodeEncodeError, OverflowError):
            with translate_errors(self.path):  # only here: the context manager would slow thousands of queries
                raise

    def iterate(self, sql: str, values: _Row | dict[str, object] = ()) -> Generator[_Row, None, None]:
        """Yield the rows of a query one by one, if there are too many for memory. Raises StoreError."""
        with translate_errors(self.path):
            cursor = self._connection.execute(sql, values)
            try:
                yield from cursor
            finally:
                cursor.close()

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Read a consistent snapshot inside the context; other writers are not blocked. Raises StoreError."""
        with translate_errors(self.path):
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run one write transaction, committed and synced on exit, rolled back on an exception. Raises StoreError."""
        with translate_errors(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def damage(self) -> str:
        """Return the first error that SQLite's check of the whole file finds, "" if it finds none. Slow."""
        with translate_errors(self.path):
            found = str(self._connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        return "" if found == "ok" else found

    def close(self) -> None:
        self._connection.close()


def _connect(path: Path | str, read_only: bool, connection: type[sqlite3.Connection]) -> sqlite3.Connection:
    if not read_only and str(path) != MEMORY and not Path(path).exists():
        # SQLite gives -wal and -shm the mode of the database file, which by default others can read.
        with contextlib.suppress(OSError):  # the connection below raises a better error
            append_private(Path(path), "ascii").close()
    target = f"{Path(path).absolute().as_uri()}?mode=ro" if read_only else path
    return sqlite3.connect(
        target,
        timeout=BUSY_SECONDS,
        isolation_level=None,  # transactions are begun explicitly
        check_same_thread=False,  # opened on the I/O thread, closed on another one when the program ends
        factory=connection,
        uri=read_only,
    )


@contextmanager
def translate_errors(path: Path | str) -> Iterator[None]:
    """Convert sqlite3's errors into StoreError and StoreRefused."""
    try:
        yield
    except _UNWRITABLE as error:
        # StoreError, not InputError: the value may come from a gateway's reply, after the request was sent.
        text = N_("This has characters or numbers that cannot be stored.")
        raise StoreError(text, str(error)) from error
    except sqlite3.OperationalError as error:
        raise _operational(path, error) from error
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError):
            raise
        raise damaged_error(path, str(error)) from error


def _operational(path: Path | str, error: sqlite3.OperationalError) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if str(error).startswith("Could not decode"):  # raised by the sqlite3 module itself, without an error code
        return damaged_error(path, str(error))
    if code == sqlite3.SQLITE_FULL:
        text = N_("The disk is full: {path}. Free some space and try again.")
    elif code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        text = N_("The journal is in use by another program: {path}. Try again.")
    elif code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        text = N_("The journal cannot be written: {path}.")
    else:
        text = N_("The journal cannot be used: {path}.")
    return StoreError(msg(text, path=path), detail=str(error))


def _check_header(path: Path | str) -> None:
    """Check the header before SQLite could write to a file of another program."""
    file = Path(path)
    if str(path) == MEMORY or not file.exists() or file.stat().st_size == 0:
        return
    try:
        with file.open("rb") as opened:
            header = opened.read(100)
    except OSError as error:
        raise StoreError(msg(N_("The journal cannot be read: {path}."), path=path), str(error)) from error
    if not header.startswith(b"SQLite format 3\x00"):
        raise NotAJournal(damaged_error(path, "").message, "no SQLite header")
    if int.from_bytes(header[68:72], "big") not in (0, APPLICATION_ID):
        raise _foreign(path)


def damaged_error(path: Path | str, detail: str) -> StoreRefused:
    if backup := _last_good_backup(path):
        text = N_("The journal is damaged: {path}. It was left untouched. Restore the last good backup: {backup}")
        return StoreRefused(msg(text, path=path, backup=backup), detail=detail)
    text = N_("The journal is damaged: {path}. It was left untouched. Restore the last backup.")
    return StoreRefused(msg(text, path=path), detail=detail)


def _foreign(path: Path | str) -> NotAJournal:
    if backup := _last_good_backup(path):
        text = N_("{path} is a database of another program. It was left untouched. The last good backup: {backup}")
        return NotAJournal(msg(text, path=path, backup=backup))
    text = N_("{path} is a database of another program. It was left untouched.")
    return NotAJournal(msg(text, path=path))


def _newer(path: Path | str) -> StoreRefused:
    text = N_("The journal was written by a newer program: {path}. It was left untouched. Update Counter.")
    return StoreRefused(msg(text, path=path))


def _last_good_backup(path: Path | str) -> Path | None:
    """Return the newest backup beside ``path`` that can be opened; its chain was verified when it was made."""
    for backup in _backups_beside(path):
        try:
            Database(backup, read_only=True).close()
        except StoreError:
            continue
        return backup
    return None


def _backups_beside(path: Path | str) -> list[Path]:
    file = Path(path)
    if str(path) == MEMORY or file.parent.name == BACKUP_FOLDER:  # a damaged backup suggests no other one
        return []
    try:
        return [one.path for one in list_backups(file.parent / BACKUP_FOLDER)]
    except StoreError:
        return []


MIGRATION_NAMES: Final = (
    "journal", "payments", "invoices", "options", "book", "people", "refunds", "shifts", "checks", "search",
    "disputes", "locks", "corrections", "z_given", "gateway_facts", "notices", "page_tokens", "identity",
    "gateway_targets", "lock_counts", "recovery", "cash_rounding", "companies", "payments_with_items",
    "received_amounts", "declared_rows", "register_names", "settings_in_use", "confirmed_pairs", "imported_rows",
    "agreements", "agreement_reviews", "direct_debits", "split_sales", "invoice_orders", "pairs_of_invoice_orders",
    "catalogue",
)  # fmt: skip
"""All migrations of this program, in order; a file with another one was written by a newer program."""
