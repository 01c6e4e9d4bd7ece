"""A second window on the same data folder rings; the first comes to the front (reliability P6)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QWidget

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


class SingleInstance:
    """Hung up by the window that holds the folder; only its own user may ring."""

    def __init__(self, bell: str, window: QWidget) -> None:
        self._window = window
        self._server = QLocalServer(window)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_ring)
        if not self._server.listen(bell):  # left behind by a program that was killed: its holder is us
            QLocalServer.removeServer(bell)
            self._server.listen(bell)

    def _on_ring(self) -> None:
        while self._server.hasPendingConnections():
            self._server.nextPendingConnection().deleteLater()
        if self._window.isMinimized():
            self._window.showNormal()
        self._window.raise_()
        self._window.activateWindow()

    def take_down(self) -> None:
        self._server.close()
