"""Paid: two beeps. Not paid: one long and low. Late money: a bell. Silence where there is no loudspeaker."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QUrl

from pos.i18n import resources


class Sounds:
    """Loads nothing before the first sound."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._effects: dict[str, Any] | None = None

    def play(self, name: str) -> None:
        """``paid``, ``failed`` or ``late``."""
        if self._effects is None:
            self._effects = self._load() if self._wanted else {}
        if effect := self._effects.get(name):
            effect.play()

    def _load(self) -> dict[str, Any]:
        try:
            from PySide6.QtMultimedia import QMediaDevices, QSoundEffect
        except ImportError:
            return {}
        if QMediaDevices.defaultAudioOutput().isNull():
            return {}
        effects = {name: QSoundEffect() for name in ("paid", "failed", "late")}
        for name, effect in effects.items():
            effect.setSource(QUrl.fromLocalFile(str(resources() / "sounds" / f"{name}.wav")))
        return effects
