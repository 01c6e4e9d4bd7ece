"""Printed shift reports, and the drawer that opens without a sale."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest

from pos.domain.refund import RefundEvent, Way
from pos.einvoice.printer import Printer, PrinterSettings
from pos.einvoice.receipt_header import ReceiptHeader
from pos.errors import ConfigError
from pos.runtime import Bus
from pos.service_parts import service_parts
from tests.einvoice.samples import read_codes
from tests.einvoice.test_printer import RecordingPrinter, pictures
from tests.support.access import EveryPayment
from tests.support.tills import CLOSE, OPEN, READ, Till, twd

T = TypeVar("T")
KICK = b"\x1bp\x00"


async def at_once(function: Callable[[], T], /) -> T:
    return function()


class PrintingRegister:
    """A register with a printer, a ``broken`` one, or none."""

    def __init__(self, kind: str = "file", *, drawer: bool = True, broken: bool = False) -> None:
        self.till, self.paper = Till(), RecordingPrinter()

        def opening(_settings: PrinterSettings) -> Any:
            if broken:
                raise OSError("no paper")
            return self.paper

        printer = Printer(PrinterSettings(kind, "/dev/null", drawer=drawer), opening)
        parts = service_parts(self.till.payments, {}, self.till.clock, random.Random(1), Bus())
        self.printing = parts.printing(
            printer,
            ReceiptHeader("十全茶行", "R1", ZoneInfo("Asia/Taipei")),
            EveryPayment(),
            at_once,
        )

    def z(self) -> Any:
        self.till.shifts.open(twd(0), OPEN)
        self.till.begun(125)
        self.till.refund(self.till.sold(90), 90, Way.GATEWAY, RefundEvent.SEND)
        return asyncio.run(self.till.shifts.close(twd(0), {}, "", CLOSE)).report


def test_a_z_is_printed_with_the_journals_head_as_a_code() -> None:
    register = PrintingRegister()
    report = register.z()
    sheet = asyncio.run(register.printing.shift_slip(report))
    assert read_codes(sheet.image) == {report.shift.report["journal"]["hash"]}
    asyncio.run(register.printing.print_shift(report))
    assert pictures(register.paper.output).height > 600


def test_an_x_carries_no_head_for_nothing_ends() -> None:
    register = PrintingRegister()
    register.till.shifts.open(twd(0), OPEN)
    sheet = asyncio.run(register.printing.shift_slip(register.till.shifts.read(READ)))
    assert read_codes(sheet.image) == set()


def test_without_a_printer_it_says_so() -> None:
    register = PrintingRegister("")
    with pytest.raises(ConfigError, match="No printer"):
        asyncio.run(register.printing.print_shift(register.z()))


def test_the_drawer_opens_or_it_is_said_why_not() -> None:
    register = PrintingRegister()
    assert not asyncio.run(register.printing.open_drawer())
    assert KICK in register.paper.output
    for shut in (PrintingRegister(drawer=False), PrintingRegister("")):
        assert "Open it with its key" in asyncio.run(shut.printing.open_drawer()).spoken()
        assert KICK not in shut.paper.output
    assert "cannot be reached" in asyncio.run(PrintingRegister(broken=True).printing.open_drawer()).spoken()
