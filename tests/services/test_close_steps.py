"""A Z in a whole register: backup, reports and print follow it, and their failures do not undo it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from pos.assembly import Ports
from pos.bootstrap import Register, build_register
from pos.domain.money import Money
from pos.domain.payment import Sale, Tender, new_payment_id
from pos.domain.staff import Action
from pos.einvoice.printer import PrinterSettings
from pos.secrets import SecretStore
from pos.services.shifts import Closed
from pos.settings import ReportSettings, Settings
from tests.support.access import SIGNED_OUT

T = TypeVar("T")


def built(folder: Path, *, printer: str, reports: str) -> Register:
    settings = Settings(
        folder / "counter.toml",
        printer=PrinterSettings("file", printer) if printer else PrinterSettings(),
        reports=ReportSettings(folder=reports, formats="csv,xlsx,pdf"),
    )
    return build_register(settings, SecretStore(folder, folder, {}), folder, Ports())


def with_services(register: Register, work: Callable[[], Awaitable[T]]) -> T:
    async def whole() -> T:
        await register.host.open(watching=False)
        try:
            return await work()
        finally:
            await register.host.close()

    return asyncio.run(whole())


def close_a_day(register: Register) -> Closed:
    async def work() -> Closed:
        services = register.services
        may = services.authorization.permission(SIGNED_OUT, Action.SHIFT)
        services.shifts.open(Money(1000, "TWD"), may)
        await services.payments.take(SIGNED_OUT, Sale(Money(125, "TWD")), Tender.CASH, payment_id=new_payment_id())
        return await services.shifts.close(Money(1125, "TWD"), {}, "", may)

    return with_services(register, work)


def test_a_z_is_kept_reported_and_printed(tmp_path: Path) -> None:
    paper, reports = tmp_path / "lp0", tmp_path / "reports"
    paper.touch()
    closed = close_a_day(built(tmp_path, printer=str(paper), reports=str(reports)))
    assert (closed.report.shift.z_no, closed.messages) == (1, ())
    assert len(list((tmp_path / "backups").glob("*.sqlite"))) == 1
    assert {one.suffix for one in reports.iterdir()} == {".csv", ".xlsx", ".pdf"}
    assert paper.stat().st_size > 1000


def test_failed_steps_after_a_z_do_not_undo_it(tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("in the way")
    (tmp_path / "reports").write_text("in the way")
    register = built(tmp_path, printer=str(tmp_path / "nowhere" / "lp0"), reports=str(tmp_path / "reports"))
    closed = close_a_day(register)
    assert closed.report.shift.z_no == 1
    assert len(closed.messages) == 3

    async def read() -> int | None:
        last = register.services.shifts.last(SIGNED_OUT, 1)
        return last[0].z_no

    assert with_services(register, read) == 1


def test_without_printer_and_folder_only_the_backup_is_made(tmp_path: Path) -> None:
    assert close_a_day(built(tmp_path, printer="", reports="")).messages == ()
    assert len(list((tmp_path / "backups").glob("*.sqlite"))) == 1


def test_a_register_that_died_after_its_z_makes_the_backup_and_the_reports_at_the_next_start(tmp_path: Path) -> None:
    paper, reports = tmp_path / "lp0", tmp_path / "reports"
    paper.touch()
    (tmp_path / "backups").write_text("in the way")
    reports.write_text("in the way")
    close_a_day(built(tmp_path, printer=str(paper), reports=str(reports)))
    printed = paper.stat().st_size
    (tmp_path / "backups").unlink()
    reports.unlink()
    for _start in range(2):
        start(built(tmp_path, printer=str(paper), reports=str(reports)))
        assert len(list((tmp_path / "backups").glob("*.sqlite"))) == 1
        assert {one.suffix for one in reports.iterdir()} == {".csv", ".xlsx", ".pdf"}
        assert paper.stat().st_size == printed


def start(register: Register) -> None:
    """Close as the window does, and run all steps."""

    async def work() -> None:
        before = asyncio.all_tasks()
        await register.host.open()
        new = [one for one in asyncio.all_tasks() - before if "_watch" not in repr(one.get_coro())]  # this one goes on
        _ended, running = await asyncio.wait(new, timeout=20)
        assert not running, running
        await register.host.close()

    asyncio.run(work())
