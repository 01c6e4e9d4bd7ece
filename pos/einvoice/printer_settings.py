"""The section ``[printer]`` of the settings, and its valid values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DRAWER_PINS: Final = (2, 5)
DRAWER_PULSE_MS: Final = (20, 500)
"""Shortest and longest pulse that opens a cash drawer (ESC p counts in units of 2 ms)."""

BAUDS: Final = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)

KINDS: Final = ("usb", "network", "serial", "file", "system")


@dataclass(frozen=True, slots=True)
class PrinterSettings:
    """Section ``[printer]``. ``address`` is host:port, a serial port, a device file, a queue's name, or
    vendor:product of USB."""

    kind: str = ""
    address: str = ""
    cut: bool = True
    drawer: bool = False
    by_itself: bool = True
    rows: int = 624
    """Rows of a proof: 9 cm of paper if the knife is 12 mm after the print head."""
    drawer_pin: int = 2
    drawer_pulse_ms: int = 100
    baud: int = 115200
