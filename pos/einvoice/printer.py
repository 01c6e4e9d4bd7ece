"""Sheets to a receipt printer: python-escpos carries them, always as a raster, never in the printer's fonts and codes.

A raster goes in slices of 128 rows (6 KB): smaller than the buffer of the smallest printers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pos.errors import ConfigError, PosError
from pos.i18n import N_, msg

if TYPE_CHECKING:
    from escpos.escpos import Escpos

    from pos.einvoice.strip import Bitmap

PROFILE: Final = "POS-5890"
"""A 58 mm printer of 384 dots, as python-escpos names it; wider pictures are refused by it."""

ROWS_AT_ONCE: Final = 128
KINDS: Final = ("usb", "network", "serial", "file", "system")
FEED: Final = b"\x1dVB\x00"
"""GS V 66 0: feed to the knife by itself, then a partial cut."""


class PrintFailed(PosError):
    """The printer did not take the sheet. ``began`` tells that some of it may be on paper."""

    def __init__(self, error: Exception, *, began: bool) -> None:
        self.began = began
        text = N_("The printer did not take it: {problem}")
        super().__init__(msg(text, problem=str(error) or type(error).__name__), type(error).__name__)


@dataclass(frozen=True, slots=True)
class PrinterSettings:
    """Section ``[printer]``. ``address`` is host:port, a serial port, a device file, a printer's name, or
    vendor:product of USB."""

    kind: str = ""
    address: str = ""
    cut: bool = True
    drawer: bool = False
    by_itself: bool = True
    rows: int = 624
    """Rows of a proof: 9 cm of paper with a knife 12 mm past the head."""


class Printer:
    """One receipt printer. Every method blocks: call it beside the window's and the gateways' threads."""

    def __init__(self, settings: PrinterSettings, opening: Callable[[PrinterSettings], Escpos] | None = None) -> None:
        self._settings = settings
        self._opening = opening or open_device

    @property
    def usable(self) -> bool:
        """Whether a printer is set up."""
        return bool(self._settings.kind)

    @property
    def opens_drawer(self) -> bool:
        """Whether a cash drawer hangs on it."""
        return self._settings.drawer

    def send(self, sheets: Iterable[Bitmap], *, drawer: bool = False) -> None:
        """Print the sheets one after the other, a cut after each. Raises ConfigError and PrintFailed."""
        device = self._opened()
        began = False
        try:
            if drawer and self._settings.drawer:
                device.cashdraw(2)
            for sheet in sheets:
                began = True
                self._sheet(device, sheet)
        except Exception as error:
            raise PrintFailed(error, began=began) from error
        finally:
            device.close()

    def kick_drawer(self) -> None:
        """Open the cash drawer. Raises ConfigError and PrintFailed."""
        self.send((), drawer=True)

    def _sheet(self, device: Escpos, sheet: Bitmap) -> None:
        device.hw("INIT")
        device.image(sheet.image, impl="bitImageRaster", fragment_height=ROWS_AT_ONCE, center=False)
        if self._settings.cut:
            device._raw(FEED)
        else:
            device._raw(b"\x1bd\x06")  # ESC d 6: six lines, to the edge that tears

    def _opened(self) -> Escpos:
        if not self.usable:
            raise ConfigError(N_("No printer is set up."))
        try:
            device = self._opening(self._settings)
            device.open()
        except Exception as error:
            raise PrintFailed(error, began=False) from error
        return device


def open_device(settings: PrinterSettings) -> Escpos:
    """The device of the settings, not opened yet. Raises ConfigError for an address that is none."""
    from escpos import printer

    makers: Mapping[str, Callable[[], Any]] = {
        "network": lambda: printer.Network(*_host(settings.address), timeout=10, profile=PROFILE),
        "serial": lambda: printer.Serial(settings.address, baudrate=115200, timeout=10, profile=PROFILE),
        "file": lambda: printer.File(settings.address, profile=PROFILE),
        "usb": lambda: printer.Usb(*_usb(settings.address), timeout=10_000, profile=PROFILE),
        "system": lambda: _system(settings.address),
    }
    if settings.kind not in makers:
        text = N_("{kind} is no kind of printer; one of {known}")
        raise ConfigError(msg(text, kind=settings.kind, known=", ".join(KINDS)))
    found: Escpos = makers[settings.kind]()
    return found


def _system(name: str) -> Any:
    import sys

    from escpos import printer

    if sys.platform == "win32":
        return printer.Win32Raw(name, profile=PROFILE)
    return printer.LP(name, profile=PROFILE)


def _host(address: str) -> tuple[str, int]:
    host, _, port = address.partition(":")
    if not host or (port and not port.isdecimal()):
        raise ConfigError(msg(N_("printer.address must be host:port, not {address}."), address=address))
    return host, int(port or 9100)


def _usb(address: str) -> tuple[int, int]:
    try:
        vendor, product = (int(part, 16) for part in address.split(":"))
    except ValueError as error:
        text = N_("printer.address must be vendor:product in hexadecimal digits, not {address}.")
        raise ConfigError(msg(text, address=address)) from error
    return vendor, product
