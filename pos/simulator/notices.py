"""Notifications: sent and repeated as documented, or with the fault of a scenario."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import httpx

from pos.runtime import Clock
from pos.simulator.base import Notification
from pos.simulator.scenarios import NoticeFault

REPLAY: Final = 3600.0
LATE: Final = 600.0
"""Seconds."""


class Notifier:
    """Sends notifications. ``connect`` makes the HTTP client at the first one; ``delay`` is in seconds."""

    def __init__(self, connect: Callable[[], httpx.AsyncClient], clock: Clock, delay: float = 0.5) -> None:
        self._connect = connect
        self._made: httpx.AsyncClient | None = None
        self._clock = clock
        self.delay = delay
        self.answers: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def post(self, notification: Notification | None, fault: NoticeFault = NoticeFault.NONE) -> None:
        """Send a notification in the background until it is acknowledged or its repetitions end."""
        if notification is None or fault is NoticeFault.DROPPED:
            return
        delays = {
            NoticeFault.TWICE: (self.delay, self.delay),
            NoticeFault.REPLAYED: (self.delay, REPLAY),
            NoticeFault.LATE: (LATE,),
        }
        for delay in delays.get(fault, (self.delay,)):
            task = asyncio.ensure_future(self._deliver(_tampered(notification, fault), delay))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._made is not None:
            await self._made.aclose()

    async def _deliver(self, notification: Notification, delay: float) -> None:
        for pause in (delay, *notification.retry_delays):
            await self._clock.sleep(pause)
            if await self._acknowledged(notification):
                return

    async def _acknowledged(self, notification: Notification) -> bool:
        try:
            self._made = self._made or self._connect()
            reply = await self._made.post(
                notification.url, content=notification.body, headers=dict(notification.headers)
            )
        except httpx.HTTPError as error:
            self.answers.append(type(error).__name__)
            return False
        self.answers.append(f"{reply.status_code} {reply.text.strip()}")
        return reply.status_code == 200 and reply.text.strip() == notification.acknowledged


def _tampered(notification: Notification, fault: NoticeFault) -> Notification:
    if fault is NoticeFault.FORGED:
        headers = {name: value[::-1] if name == "X-QF-SIGN" else value for name, value in notification.headers.items()}
        body = notification.body.replace(b"sign=", b"sign=0").replace(b"Data=", b"Data=0").replace(b"key=", b"key=0")
        return replace(notification, headers=headers, body=body)
    if fault is NoticeFault.LONG:
        return replace(notification, body=notification.body + b"&x=" + b"y" * 1024 * 1024)
    if fault is NoticeFault.RAGGED and "form" in notification.headers.get("Content-Type", ""):
        return replace(notification, body=b"&" + notification.body.replace(b"&", b"&&") + b"&&newfield&")
    return notification


def plain_client() -> httpx.AsyncClient:
    """Return an HTTP client for notifications to the shop."""
    return httpx.AsyncClient(timeout=10, trust_env=False)
