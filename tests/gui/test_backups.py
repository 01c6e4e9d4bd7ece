"""Backups at the window: one touch makes one, another verifies the journal."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableWidget

from tests.gui.conftest import Counter
from tests.gui.test_totals import cash


def rows(counter: Counter) -> int:
    table = counter.find("backupsTable")
    assert isinstance(table, QTableWidget)
    return table.rowCount()


def test_without_a_backup_the_page_says_when_one_is_made(counter: Counter) -> None:
    counter.window.enter("backups")
    assert "at every Z" in counter.text("backupsEmpty")


def test_one_key_makes_a_backup_that_was_read_again(counter: Counter) -> None:
    counter.window.enter("backups")
    counter.qtbot.keyClick(counter.button("backupsMake"), Qt.Key.Key_Return)
    counter.qtbot.waitUntil(lambda: rows(counter) == 1, timeout=15000)
    assert "verified" in counter.text("backupsSays")
    assert list((counter.engine.data_dir / "backups").glob("counter-*.sqlite"))


def test_the_chain_is_walked_and_its_head_shown(counter: Counter) -> None:
    counter.window.enter("backups")
    counter.press("backupsVerify")
    counter.qtbot.waitUntil(lambda: "The journal is intact" in counter.text("backupsSays"), timeout=15000)
    assert counter.button("backupsVerify").isEnabled()


def test_what_was_changed_beside_the_journal_is_named(counter: Counter) -> None:
    cash(counter, 5)
    with closing(sqlite3.connect(counter.engine.data_dir / "counter.sqlite")) as other, other:
        other.execute("UPDATE bookings SET amount = 500")
        other.execute("UPDATE attempts SET amount = 500")
    counter.window.enter("backups")
    counter.press("backupsVerify")
    counter.qtbot.waitUntil(lambda: "Table bookings" in counter.text("backupsSays"), timeout=15000)
    first, second = counter.text("backupsSays").splitlines()
    assert "Table attempts" in first
    assert "amount differs from the journal" in second


def test_after_the_walk_the_next_enter_stays_on_the_page(counter: Counter) -> None:
    counter.window.enter("backups")
    counter.button("backupsVerify").setFocus()
    counter.qtbot.keyClick(counter.button("backupsVerify"), Qt.Key.Key_Return)
    counter.qtbot.waitUntil(lambda: "The journal is intact" in counter.text("backupsSays"), timeout=15000)
    assert counter.button("backupsVerify").hasFocus()


def test_a_folder_that_cannot_be_written_is_named(counter: Counter) -> None:
    (counter.engine.data_dir / "backups").write_text("a file in the way")
    counter.window.enter("backups")
    counter.press("backupsMake")
    counter.qtbot.waitUntil(lambda: "backups" in counter.text("messageLine"), timeout=15000)
    assert counter.text("backupsSays") == ""
    assert rows(counter) == 0


def test_the_page_speaks_both_languages(counter: Counter) -> None:
    counter.window.enter("backups")
    counter.press("languageSwitch")
    assert counter.button("backupsMake").text() == "立即備份"
    counter.press("themeSwitch")
    counter.press("languageSwitch")
