"""Notifications, sent and repeated as the documents say, or forged, doubled and lost as a scenario wishes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from enum import StrEnum

import httpx

from pos.runtime import Clock
from pos.simulator.world import Letter


class Mischief(StrEnum):
    """What happens to the next notifications (reliability N7)."""

    NONE = "none"
    DROPPED = "dropped"
    TWICE = "twice"
    FORGED = "forged"
    LONG = "long"


class Notifier:
    """``client`` carries the letters; ``delay`` seconds pass before the first try."""

    def __init__(self, client: httpx.AsyncClient, clock: Clock, delay: float = 0.5) -> None:
        self._client = client
        self._clock = clock
        self.delay = delay
        self.mischief = Mischief.NONE
        self.answers: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def post(self, letter: Letter | None) -> None:
        """Send a letter until it is acknowledged or its tries are over."""
        if letter is None or self.mischief is Mischief.DROPPED:
            return
        for copy in [letter] * (2 if self.mischief is Mischief.TWICE else 1):
            task = asyncio.ensure_future(self._deliver(self._tampered(copy)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    def _tampered(self, letter: Letter) -> Letter:
        if self.mischief is Mischief.FORGED:
            headers = {name: value[::-1] if name == "X-QF-SIGN" else value for name, value in letter.headers.items()}
            body = letter.body.replace(b"sign=", b"sign=0").replace(b"Data=", b"Data=0").replace(b"key=", b"key=0")
            return replace(letter, headers=headers, body=body)
        if self.mischief is Mischief.LONG:
            return replace(letter, body=letter.body + b"&x=" + b"y" * 1024 * 1024)
        return letter

    async def _deliver(self, letter: Letter) -> None:
        for pause in (self.delay, *letter.waits):
            await self._clock.sleep(pause)
            if await self._acknowledged(letter):
                return

    async def _acknowledged(self, letter: Letter) -> bool:
        try:
            reply = await self._client.post(letter.url, content=letter.body, headers=dict(letter.headers))
        except httpx.HTTPError as error:
            self.answers.append(type(error).__name__)
            return False
        self.answers.append(f"{reply.status_code} {reply.text.strip()}")
        return reply.status_code == 200 and reply.text.strip() == letter.acknowledged


def plain_client() -> httpx.AsyncClient:
    """A client for letters to addresses of the shop."""
    return httpx.AsyncClient(timeout=10, trust_env=False)
