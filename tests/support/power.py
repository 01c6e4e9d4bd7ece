"""Power cuts at numbered points: before and after each commit and each call of a gateway."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs

import httpx

from pos.errors import PosError
from pos.gateways import operations_with
from pos.gateways.capabilities import Capability
from pos.simulator.crypto import mypay_open
from pos.simulator.dialects.mypay import MypayDialect
from pos.simulator.transport import InProcess
from tests.support.access import EveryPayment
from tests.support.registers import SimulatedShop
from tests.support.sample import first_of_each


class PowerCut(BaseException):
    """The power is cut: the program stops."""


class Fuse:
    """Count the points of a run, and cut the power at one of them and at every later one; 0 never cuts.

    ``kinds`` are the kinds of the points that were passed: the last write or call that was done, and the last write.
    What a power cut leaves on the disk and at the gateway is the same after one write or call and before the next.
    """

    def __init__(self) -> None:
        self.set()

    def set(self, blows_at: int = 0) -> None:
        """Start to count."""
        self.blows_at = blows_at
        self.kinds: list[tuple[str, str]] = []
        self._done = self._written = ""

    @property
    def has_blown(self) -> bool:
        return 0 < self.blows_at <= len(self.kinds)

    def point(self) -> None:
        """Pass the next point."""
        self.kinds.append((self._done, self._written))
        if self.has_blown:
            raise PowerCut

    def done(self, what: str, *, written: bool = False) -> None:
        """Pass the point after a write or a call."""
        self._done = what
        if written:
            self._written = what
        self.point()


FUSE = Fuse()


class Wired(sqlite3.Connection):
    """A database connection with a point before and after each commit."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._changes: list[str] = []

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql.startswith("BEGIN"):
            self._changes = []
        elif sql.startswith(("INSERT", "UPDATE", "DELETE")):
            self._changes.append(change_of(sql, *values))
        if sql != "COMMIT":
            return super().execute(sql, *values)
        FUSE.point()
        done = super().execute(sql, *values)
        FUSE.done(", ".join(self._changes), written=True)
        return done


def change_of(sql: str, values: Any = ()) -> str:
    """Return the table that a statement changes; for the journal, also the kind of the row."""
    words = re.match(r'(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) "?(\w+)"?(?: \(([^)]+)\))?', sql)
    assert words is not None, sql
    table, columns = words.groups()
    return f"{table} {values[columns.split(', ').index('kind')]}" if table == "journal" else str(table)


class WiredTransport(InProcess):
    """A network with a point before each request and one after its answer."""

    def __init__(self, shop: WiredShop) -> None:
        super().__init__(shop.simulator, shop.weather)
        self._shop = shop

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        FUSE.point()
        response = await super().handle_async_request(request)
        FUSE.done(await command_of(request) or request.url.path)
        return response

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        if command := await command_of(request):
            self._shop.on_arrival(command)
        return await super()._answered(request)


async def command_of(request: httpx.Request) -> str:
    """Return the command of a request to MyPay, "" for another gateway."""
    fields = parse_qs((await request.aread()).decode("latin-1"))
    if "service" not in fields:
        return ""
    service = mypay_open(fields["service"][0], MypayDialect.CREDENTIALS["store_key"])
    return service.partition('"cmd":"')[2].partition('"')[0]


class WiredShop(SimulatedShop):
    """A simulated shop with power cuts, e-invoices, holds and refunds by MyPay.

    ``arrived`` counts the commands that reached MyPay; each of them calls ``on_command`` before it is answered.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        self.arrived: Counter[str] = Counter()
        self.on_command: Callable[[str], object] = lambda command: None
        super().__init__(*args, connection=Wired, **more)

    def build(self) -> None:
        super().build()
        issuers = operations_with(self.gateways, Capability.E_INVOICE)
        self.invoicing = self.parts.invoicing(self.invoices, issuers, self.printer, self.shop.name, EveryPayment())
        self.mypay = self.parts.mypay()
        self.refunds = self.parts.refunds(
            self.refund_store, self.invoices, self.invoicing.refresh_soon, "R1", self.shop.name,
            self.shop.currency,
        )  # fmt: skip

    def on_arrival(self, command: str) -> None:
        self.arrived[command] += 1
        self.on_command(command)

    def resume(self) -> None:
        """Resume as :meth:`pos.services.container.ServiceHost.open` does."""
        super().resume()

        async def on_the_loop() -> None:
            self.invoicing.resume()
            self.refunds.resume()

        self.day.run(on_the_loop())

    def _gateway(self, name: str) -> Any:
        made = super()._gateway(name)
        made.wire._transport = WiredTransport(self)
        return made


def cut_everywhere(name: str, run: Callable[[int], Sequence[Hashable]]) -> int:
    """Run a scenario without a cut, then with the power cut at each of its points. Return and print their number.

    ``run`` takes the point at which the power is cut, 0 for never, and returns the kinds of the points that it passed.
    An ordinary run cuts once at each kind.
    """
    kinds = run(0)
    assert len(kinds) >= 2
    points = first_of_each(range(1, len(kinds) + 1), lambda point: kinds[point - 1])
    for point in points:
        run(point)
    sys.stderr.write(f"{name}: the power was cut at {len(points)} of {len(kinds)} points\n")
    return len(points)


@contextlib.contextmanager
def power(point: int) -> Iterator[None]:
    """Cut the power at ``point`` of the block; restore it afterwards."""
    FUSE.set(point)
    try:
        yield
    except PowerCut:
        pass
    except PosError:  # code that runs after the cut meets a stopped register
        if not FUSE.has_blown:
            raise
    finally:
        FUSE.blows_at = 0
