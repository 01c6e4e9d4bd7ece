"""Opening and closing a register: what fails in between leaves no lock on the data folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from pos.errors import StoreError
from pos.i18n import msg
from pos.services.container import ServiceHost, Services
from pos.services.payments import Payments
from pos.services.refunds import Refunds
from tests.services.test_close_steps import built


class FullDisk:
    """A service that cannot write what it resumes, or cannot stop; everything else is the real one's."""

    def __init__(self, real: object) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class RefundsOnAFullDisk(FullDisk):
    def resume(self) -> None:
        raise StoreError(msg("The disk is full."))


class PaymentsOnAFullDisk(FullDisk):
    async def close(self) -> None:
        raise StoreError(msg("The disk is full."))


def host_of(folder: Path, change: Callable[[Services], Services] = lambda services: services) -> ServiceHost:
    """Return the host of a register whose services are changed by ``change`` when they are opened."""
    register = built(folder, printer="", reports="")

    async def opening() -> Services:
        return change(await register.host.open(watching=False))

    return ServiceHost(opening)


def test_a_register_that_cannot_resume_is_closed_and_opens_when_the_cause_is_gone(tmp_path: Path) -> None:
    def full(services: Services) -> Services:
        return replace(services, refunds=cast(Refunds, RefundsOnAFullDisk(services.refunds)))

    async def work() -> None:
        with pytest.raises(StoreError, match="disk is full"):
            await host_of(tmp_path, full).open()
        again = host_of(tmp_path)
        assert await again.open() is again.services
        await again.close()

    asyncio.run(work())


def test_a_register_whose_polling_cannot_be_stopped_gives_its_folder_free(tmp_path: Path) -> None:
    def full(services: Services) -> Services:
        return replace(services, payments=cast(Payments, PaymentsOnAFullDisk(services.payments)))

    async def work() -> None:
        first = host_of(tmp_path, full)
        await first.open(watching=False)
        with pytest.raises(StoreError, match="disk is full"):
            await first.close()
        again = host_of(tmp_path)
        await again.open()
        await again.close()

    asyncio.run(work())
