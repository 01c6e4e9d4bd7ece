"""Notifications, sent and repeated as the documents say, or forged, doubled and lost as a scenario wishes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import httpx

from pos.runtime import Clock
from pos.simulator.scenarios import NoticeFault
from pos.simulator.world import Letter

REPLAY: Final = 3600.0
LATE: Final = 600.0
"""Seconds."""


class Notifier:
    """``connect`` makes the client for the first letter; ``delay`` seconds pass before the first try."""

    def __init__(self, connect: Callable[[], httpx.AsyncClient], clock: Clock, delay: float = 0.5) -> None:
        self._connect = connect
        self._made: httpx.AsyncClient | None = None
        self._clock = clock
        self.delay = delay
        self.answers: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def post(self, letter: Letter | None, mischief: NoticeFault = NoticeFault.NONE) -> None:
        """Send a letter until it is acknowledged or its tries are over."""
        if letter is None or mischief is NoticeFault.DROPPED:
            return
        delays = {
            NoticeFault.TWICE: (self.delay, self.delay),
            NoticeFault.REPLAYED: (self.delay, REPLAY),
            NoticeFault.LATE: (LATE,),
        }
        for delay in delays.get(mischief, (self.delay,)):
            task = asyncio.ensure_future(self._deliver(_tampered(letter, mischief), delay))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._made is not None:
            await self._made.aclose()

    async def _deliver(self, letter: Letter, delay: float) -> None:
        for pause in (delay, *letter.waits):
            await self._clock.sleep(pause)
            if await self._acknowledged(letter):
                return

    async def _acknowledged(self, letter: Letter) -> bool:
        try:
            self._made = self._made or self._connect()
            reply = await self._made.post(letter.url, content=letter.body, headers=dict(letter.headers))
        except httpx.HTTPError as error:
            self.answers.append(type(error).__name__)
            return False
        self.answers.append(f"{reply.status_code} {reply.text.strip()}")
        return reply.status_code == 200 and reply.text.strip() == letter.acknowledged


def _tampered(letter: Letter, mischief: NoticeFault) -> Letter:
    if mischief is NoticeFault.FORGED:
        headers = {name: value[::-1] if name == "X-QF-SIGN" else value for name, value in letter.headers.items()}
        body = letter.body.replace(b"sign=", b"sign=0").replace(b"Data=", b"Data=0").replace(b"key=", b"key=0")
        return replace(letter, headers=headers, body=body)
    if mischief is NoticeFault.LONG:
        return replace(letter, body=letter.body + b"&x=" + b"y" * 1024 * 1024)
    if mischief is NoticeFault.RAGGED and "form" in letter.headers.get("Content-Type", ""):
        return replace(letter, body=b"&" + letter.body.replace(b"&", b"&&") + b"&&newfield&")
    return letter


def plain_client() -> httpx.AsyncClient:
    """A client for letters to addresses of the shop."""
    return httpx.AsyncClient(timeout=10, trust_env=False)
