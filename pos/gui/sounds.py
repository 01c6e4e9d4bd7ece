"""Paid: two beeps. Not paid: one long and low. Late money: a bell. Silence where there is no loudspeaker."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from pos.domain.states import State
from pos.i18n import resources

if TYPE_CHECKING:
    from pos.domain.payment import Attempt

log = logging.getLogger(__name__)

SOUNDS: Final = {
    State.CAPTURED: "paid",
    State.REVIEW: "late",
    State.DECLINED: "failed",
    State.EXPIRED: "failed",
}


class Sounds:
    """Loads nothing before the first sound."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._last: tuple[str, State] | None = None
        self._effects: dict[str, Any] | None = None

    def play_for(self, attempt: Attempt, ours: bool) -> None:
        """Sound once for each end of a payment; ``ours`` is the one in front of the cashier."""
        name = SOUNDS.get(attempt.state, "")
        if not name or (name == "failed" and not ours) or (attempt.order_no, attempt.state) == self._last:
            return
        self._last = (attempt.order_no, attempt.state)
        self.play(name)

    def play(self, name: str) -> None:
        """``paid``, ``failed`` or ``late``."""
        if self._effects is None:
            with qt_messages_in_the_log():
                self._effects = self._load() if self._wanted else {}
        if effect := self._effects.get(name):
            effect.play()

    def _load(self) -> dict[str, Any]:
        try:
            from PySide6.QtCore import QUrl
            from PySide6.QtMultimedia import QMediaDevices, QSoundEffect
        except ImportError:
            return {}
        if QMediaDevices.defaultAudioOutput().isNull():
            return {}
        effects = {name: QSoundEffect() for name in ("paid", "failed", "late")}
        for name, effect in effects.items():
            effect.setSource(QUrl.fromLocalFile(str(resources() / "sounds" / f"{name}.wav")))
        return effects


@contextmanager
def qt_messages_in_the_log() -> Iterator[None]:
    """Write what Qt reports meanwhile to the log, not to the console: QtMultimedia lists each library it lacks."""
    previous = qInstallMessageHandler(_log_message)
    try:
        yield
    finally:
        qInstallMessageHandler(previous)


def _log_message(_kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    log.info("%s: %s", context.category, text)
