"""A second window on the same data folder rings; the first comes to the front (reliability P6)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

PATIENCE: Final = 500
"""Milliseconds that the second window waits for the first."""


def bell_of(data_dir: Path) -> str:
    """The name of a data folder's bell, the same in every program of this user."""
    return f"counter-{hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:24]}"


def ring(bell: str) -> bool:
    """Ask the window that has the folder to come to the front; False if there is none, as with a command line."""
    socket = QLocalSocket()
    socket.connectToServer(bell)
    heard: bool = socket.waitForConnected(PATIENCE)
    socket.abort()
    return heard


class SingleInstance(QObject):
    """Hung up by the window that holds the folder; only its own user may ring. ``rung``: another window did."""

    rung = Signal()

    def __init__(self, bell: str, parent: QObject) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_ring)
        if not self._server.listen(bell):  # left behind by a program that was killed: its holder is us
            QLocalServer.removeServer(bell)
            self._server.listen(bell)

    def _on_ring(self) -> None:
        while self._server.hasPendingConnections():
            self._server.nextPendingConnection().deleteLater()
        self.rung.emit()

    def take_down(self) -> None:
        self._server.close()
