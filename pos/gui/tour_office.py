"""The tour's second half: a refund, the shift's count and Z, totals, exports, reconciliation, backup, people."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from pos.domain.agreement import terms
from pos.domain.money import Money
from pos.domain.refund import REFUNDS_IN_FLIGHT, Refund, RefundState
from pos.domain.staff import Action
from pos.domain.totals import day_scope
from pos.gui.page import Visit
from pos.gui.ui_driver import UiDriver
from pos.runtime import invoke
from pos.services.training import OWNER_PIN

if TYPE_CHECKING:
    from pos.domain.actor import Actor
    from pos.domain.payment import Attempt
    from pos.gui.bridge import Engine
    from pos.services.container import Services
    from pos.services.shifts import ShiftReport

P = ParamSpec("P")
T = TypeVar("T")

FLOAT = "2000"


def open_shift(driver: UiDriver) -> None:
    """Before the first sale: the float."""
    driver.window.enter("shift")
    driver.wait(lambda: driver.shows("shiftOpen"))
    driver.type(FLOAT, "shiftKey")
    driver.picture("shift-float")
    driver.press("shiftOpen")
    driver.wait(lambda: driver.shows("shiftCount"))
    driver.window.show_sale()


class OfficeTour:
    """Every step leaves a picture; files lie beside them. ``paid`` is a captured payment of a gateway that refunds."""

    def __init__(self, driver: UiDriver, engine: Engine) -> None:
        self._driver, self._engine = driver, engine
        self.refund: Refund | None = None
        self.z_no: int | None = None

    def walk(self, paid: Attempt | None) -> None:
        """The whole round."""
        self._picture_of("office")
        if paid is not None:
            self._give_back(paid)
        self._close_shift()
        self._totals()
        self._agree()
        self._reconcile()
        self._picture_of("backups")
        self._picture_of("people")
        self._lock()

    def done(self) -> bool:
        """Whether the money went back (or a queue has it) and the shift was closed."""
        states = (RefundState.REFUNDED, RefundState.PENDING)
        return self.z_no is not None and (self.refund is None or self.refund.state in states)

    def _picture_of(self, page: str) -> None:
        self._driver.window.enter(page)
        self._driver.rest(0.5)
        self._driver.picture(page)

    def _give_back(self, paid: Attempt) -> None:
        driver = self._driver
        driver.window.visit(Visit("refund", paid.order_no))
        driver.wait(lambda: driver.shows("refundAll"))
        driver.picture("refund-found")
        driver.press("refundAll")
        driver.wait(lambda: driver.shows("refundReason0"))
        driver.press("refundReason0")
        driver.wait(lambda: driver.shows("refundGive"))
        driver.rest(0.3)
        driver.picture("refund-asked")
        driver.press("refundGive")
        driver.wait(lambda: driver.shows("approvalDone"))
        driver.rest(0.3)
        driver.picture("refund-pin")
        driver.type(OWNER_PIN, "approvalKey")
        driver.press("approvalDone")
        driver.wait(lambda: self._refunded(paid))
        driver.rest(0.3)
        driver.picture("refund-done")

    def _refunded(self, paid: Attempt) -> bool:
        found = self._call(self._services.refunds.of_order, paid.order_no)
        self.refund = found[0] if found else None
        return self.refund is not None and self.refund.state not in REFUNDS_IN_FLIGHT - {RefundState.PENDING}

    def _close_shift(self) -> None:
        driver = self._driver
        driver.window.enter("shift")
        driver.wait(lambda: driver.shows("shiftX"))
        driver.picture("shift-running")
        driver.press("shiftX")
        driver.rest(0.5)
        driver.picture("shift-x")
        driver.window.enter("shift")
        driver.wait(lambda: driver.shows("shiftCount"))
        driver.press("shiftCount")
        driver.wait(lambda: driver.shows("shiftClose"))
        for _ in range(2):
            driver.press("shiftCount1000More")
        driver.picture("shift-count")
        driver.press("shiftClose")
        driver.wait(lambda: driver.shows("shiftCloseReason0") or self._closed())
        if not self._closed():
            driver.picture("shift-short")
            driver.press("shiftCloseReason0")
            driver.press("shiftClose")
        driver.wait(self._closed)
        driver.rest(1.0)
        driver.picture("shift-z")
        self._keep_z()

    def _closed(self) -> bool:
        last = self._call(self._services.shifts.last, self._actor, 1)
        self.z_no = last[0].z_no if last else None
        return self.z_no is not None

    def _keep_z(self) -> None:
        from pos.einvoice.pdf import pdf_of

        permission = self._call(self._services.authorization.permission, self._actor, Action.X_REPORT)
        stand: ShiftReport = self._call(self._services.shifts.last_z, permission)
        sheet = self._call(self._services.printing.shift_slip, stand)
        sheet.image.save(self._driver.folder / "z.png")
        (self._driver.folder / "z.pdf").write_bytes(pdf_of([sheet]))

    def _totals(self) -> None:
        self._picture_of("totals")
        for kind in ("csv", "xlsx", "pdf"):
            self._export(kind)

    def _agree(self) -> None:
        """An agreement with its page, where one can be made."""
        agreements = self._services.agreements
        if not self._call(agreements.refusal):
            monthly = terms(Money(500, "TWD"), "1M", "12")
            self._call(agreements.create, self._actor, monthly, reference="M-001")
            self._picture_of("agreements")

    def _export(self, kind: str) -> None:
        path: Path = self._driver.folder / f"day.{kind}"

        services = self._services
        permission = self._call(services.authorization.permission, self._actor, Action.REPORTS)
        self._call(services.reports.write, day_scope(self._call(services.reports.today)), kind, path, permission)

    def _reconcile(self) -> None:
        driver = self._driver
        driver.window.enter("reconcile")
        driver.press("reconcileStart")
        driver.rest(0.5)
        services = self._services
        permission = self._call(services.authorization.permission, self._actor, Action.RECONCILE)
        today = self._call(services.reports.today)
        driver.wait(lambda: bool(self._call(services.reconcile.found, today, permission)))
        driver.wait(lambda: driver.shows("reconcileEarlier"))  # not while the gateways are asked
        driver.picture("reconcile")

    @property
    def _actor(self) -> Actor:
        return self._driver.window.bridge.actor

    @property
    def _services(self) -> Services:
        return self._engine.host.services

    @overload
    def _call(self, method: Callable[P, Coroutine[Any, Any, T]], /, *args: P.args, **kwargs: P.kwargs) -> T: ...
    @overload
    def _call(self, method: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...
    def _call(self, method: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> Any:
        return self._engine.io.submit(invoke(method, *args, **kwargs)).result(timeout=20)

    def _lock(self) -> None:
        driver = self._driver
        driver.window.session_lock.lock()
        driver.rest(0.5)
        driver.picture("locked")
        driver.type(OWNER_PIN, "signInKey")
        driver.press("signInDone")
        driver.wait(lambda: not driver.window.session_lock.locked)
