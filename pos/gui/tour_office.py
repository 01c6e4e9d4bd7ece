"""The tour's second half: a refund, the shift's count and Z, totals, exports, reconciliation, backup, people."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from pos.domain.refund import REFUNDS_IN_FLIGHT, Refund, RefundState
from pos.domain.staff import Action
from pos.domain.totals import day_scope
from pos.gui.ui_driver import UiDriver
from pos.runtime import invoke
from pos.services.training import OWNER_PIN

if TYPE_CHECKING:
    from pos.domain.payment import Attempt
    from pos.gui.bridge import Engine
    from pos.services.container import Services
    from pos.services.shifts import ShiftReport

P = ParamSpec("P")
T = TypeVar("T")

FLOAT = "2000"


def open_shift(hands: UiDriver) -> None:
    """Before the first sale: the float."""
    hands.window.enter("shift")
    hands.wait(lambda: hands.shows("shiftOpen"))
    hands.type(FLOAT, "shiftKey")
    hands.picture("shift-float")
    hands.press("shiftOpen")
    hands.wait(lambda: hands.shows("shiftCount"))
    hands.window.show_sale()


class OfficeTour:
    """Every step leaves a picture; files lie beside them. ``paid`` is a captured payment of a gateway that refunds."""

    def __init__(self, hands: UiDriver, engine: Engine) -> None:
        self._hands, self._engine = hands, engine
        self.refund: Refund | None = None
        self.z_no: int | None = None

    def walk(self, paid: Attempt | None) -> None:
        """The whole round."""
        self._picture_of("office")
        if paid is not None:
            self._give_back(paid)
        self._close_shift()
        self._totals()
        self._reconcile()
        self._picture_of("backups")
        self._picture_of("people")
        self._lock()

    def done(self) -> bool:
        """Whether the money went back (or a queue has it) and the shift was closed."""
        states = (RefundState.REFUNDED, RefundState.PENDING)
        return self.z_no is not None and (self.refund is None or self.refund.state in states)

    def _picture_of(self, page: str) -> None:
        self._hands.window.enter(page)
        self._hands.rest(0.5)
        self._hands.picture(page)

    def _give_back(self, paid: Attempt) -> None:
        hands = self._hands
        hands.window.show_refund(paid.order_no)
        hands.wait(lambda: hands.shows("refundAll"))
        hands.picture("refund-found")
        hands.press("refundAll")
        hands.wait(lambda: hands.shows("refundReason0"))
        hands.press("refundReason0")
        hands.wait(lambda: hands.shows("refundGive"))
        hands.rest(0.3)
        hands.picture("refund-asked")
        hands.press("refundGive")
        hands.wait(lambda: hands.shows("approvalDone"))
        hands.rest(0.3)
        hands.picture("refund-pin")
        hands.type(OWNER_PIN, "approvalKey")
        hands.press("approvalDone")
        hands.wait(lambda: self._refunded(paid))
        hands.rest(0.3)
        hands.picture("refund-done")

    def _refunded(self, paid: Attempt) -> bool:
        found = self._call(self._services.refunds.of_order, paid.order_no)
        self.refund = found[0] if found else None
        return self.refund is not None and self.refund.state not in REFUNDS_IN_FLIGHT - {RefundState.PENDING}

    def _close_shift(self) -> None:
        hands = self._hands
        hands.window.enter("shift")
        hands.wait(lambda: hands.shows("shiftX"))
        hands.picture("shift-running")
        hands.press("shiftX")
        hands.rest(0.5)
        hands.picture("shift-x")
        hands.window.enter("shift")
        hands.wait(lambda: hands.shows("shiftCount"))
        hands.press("shiftCount")
        hands.wait(lambda: hands.shows("shiftClose"))
        for _ in range(2):
            hands.press("shiftCount1000More")
        hands.picture("shift-count")
        hands.press("shiftClose")
        hands.wait(lambda: hands.shows("shiftCloseReason0") or self._closed())
        if not self._closed():
            hands.picture("shift-short")
            hands.press("shiftCloseReason0")
            hands.press("shiftClose")
        hands.wait(self._closed)
        hands.rest(1.0)
        hands.picture("shift-z")
        self._keep_z()

    def _closed(self) -> bool:
        last = self._call(self._services.shifts.last, 1)
        self.z_no = last[0].z_no if last else None
        return self.z_no is not None

    def _keep_z(self) -> None:
        from pos.einvoice.pdf import pdf_of

        permission = self._call(self._services.staff.permission, Action.X_REPORT)
        stand: ShiftReport = self._call(self._services.shifts.last_z, permission)
        sheet = self._call(self._services.printing.shift_slip, stand)
        sheet.image.save(self._hands.folder / "z.png")
        (self._hands.folder / "z.pdf").write_bytes(pdf_of([sheet]))

    def _totals(self) -> None:
        self._picture_of("totals")
        for kind in ("csv", "xlsx", "pdf"):
            self._export(kind)

    def _export(self, kind: str) -> None:
        path: Path = self._hands.folder / f"day.{kind}"

        services = self._services
        permission = self._call(services.staff.permission, Action.REPORTS)
        self._call(services.reports.write, day_scope(self._call(services.reports.today)), kind, path, permission)

    def _reconcile(self) -> None:
        hands = self._hands
        hands.window.enter("reconcile")
        hands.press("reconcileStart")
        hands.rest(0.5)
        services = self._services
        permission = self._call(services.staff.permission, Action.RECONCILE)
        today = self._call(services.reports.today)
        hands.wait(lambda: bool(self._call(services.reconcile.found, today, permission)))
        hands.wait(lambda: hands.shows("reconcileEarlier"))  # not while the gateways are asked
        hands.picture("reconcile")

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
        hands = self._hands
        hands.window.door.lock()
        hands.rest(0.5)
        hands.picture("locked")
        hands.type(OWNER_PIN, "signInKey")
        hands.press("signInDone")
        hands.wait(lambda: not hands.window.door.locked)
