"""The dialogs that ask where to save a file, and which one to open."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget


def ask_where_to_save(parent: QWidget, title: str, file_name: str, done: Callable[[str], object]) -> None:
    """Propose ``file_name`` in the user's documents and call ``done`` with the chosen path.

    Files of the same suffix are listed. Returns at once; nothing is called if the user cancels.
    """
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    suffix = file_name.rpartition(".")[2]
    dialog = QFileDialog(parent, title, f"{folder}/{file_name}", f"{suffix.upper()} (*.{suffix})")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(done)
    dialog.open()


def ask_what_to_open(parent: QWidget, title: str, suffix: str, done: Callable[[str], object]) -> None:
    """Call ``done`` with the path of an existing file. Returns at once; nothing is called if the user cancels."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    dialog = QFileDialog(parent, title, folder, f"{suffix.upper()} (*.{suffix})")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(done)
    dialog.open()
