"""Backups at the window: one touch makes one, another walks the chain."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableWidget

from tests.gui.conftest import Counter


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
