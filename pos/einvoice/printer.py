"""Print sheets on a receipt printer, always as a raster, never with the printer's own fonts and codes.

python-escpos encodes a raster in slices of 128 rows (6 KB), smaller than the buffer of the smallest printers.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pos.einvoice.delivery import Delivery, PrinterFault
from pos.einvoice.printer_links import PROFILE, JobRejected, Link, check_address, is_device, open_link
from pos.einvoice.printer_settings import DRAWER_PINS, PrinterSettings
from pos.errors import ConfigError, PosError
from pos.i18n import N_, Message, msg

if TYPE_CHECKING:
    from pos.einvoice.receipt_canvas import Bitmap

__all__ = ("PrintFailed", "Printer", "PrinterSettings")

ROWS_AT_ONCE: Final = 128
FEED: Final = b"\x1dVB\x00"
"""GS V 66 0: feed the paper to the knife, then cut it partially."""

TEAR: Final = b"\x1bd\x06"
"""ESC d 6: feed six lines, to the tear-off edge."""


class PrintFailed(PosError):
    """A sheet was not printed. ``began``: a part of it may be on paper; ``detail`` is the system's error."""

    def __init__(self, message: Message | str, *, began: bool, detail: str = "") -> None:
        self.began = began
        super().__init__(message, detail)


class Printer:
    """One receipt printer. Every method blocks for some seconds at most: call it neither on the GUI thread nor on the
    I/O thread. ``connect`` replaces the device."""

    def __init__(self, settings: PrinterSettings, connect: Callable[[PrinterSettings], Link] = open_link) -> None:
        self._settings = settings
        self._connect = connect
        self._asks = True

    @property
    def usable(self) -> bool:
        """Whether a printer is set up."""
        return bool(self._settings.kind)

    @property
    def opens_drawer(self) -> bool:
        """Whether a cash drawer is connected to it."""
        return self._settings.drawer

    @property
    def reports_state(self) -> bool:
        """Whether the printer answered the last status query; True before the first one."""
        return self._asks

    def send(self, sheets: Iterable[Bitmap], *, drawer: bool = False) -> None:
        """Print the sheets with a cut after each. Raises ConfigError and PrintFailed."""
        if not self.usable:
            raise ConfigError(N_("No printer is set up."))
        check_address(self._settings)
        kick = [self._kick()] if drawer and self._settings.drawer else []
        try:
            pieces = [*kick, *(piece for sheet in sheets for piece in self._encoded(sheet))]
        except Exception as error:
            raise PrintFailed(N_("This cannot be printed."), began=False, detail=repr(error)) from error
        delivery = Delivery(lambda: self._connect(self._settings), pieces, asks=self._asks)
        try:
            delivery.run()
        except ConfigError:
            raise
        except Exception as error:
            detail = f"{type(error).__name__}: {error}"
            raise PrintFailed(self._reason(error, delivery.began), began=delivery.began, detail=detail) from error
        self._asks = not delivery.is_silent

    def probe(self) -> None:
        """Connect, and ask the printer whether it is ready; nothing is printed. Raises ConfigError and PrintFailed.

        A file that collects the bytes is not opened, because that would empty it.
        """
        path = Path(self._settings.address)
        if self._settings.kind == "file" and not is_device(path):
            if not path.parent.is_dir():
                raise PrintFailed(self._reason(FileNotFoundError(errno.ENOENT, ""), False), began=False)
            return
        self.send(())

    def kick_drawer(self) -> None:
        """Open the cash drawer. Raises ConfigError and PrintFailed."""
        self.send((), drawer=True)

    def forget_state(self) -> None:
        """Query the printer's state again, although it did not answer before."""
        self._asks = True

    def _kick(self) -> bytes:
        """Return ESC p m t1 t2: a pulse on one of the two pins of the drawer's connector."""
        units = self._settings.drawer_pulse_ms // 2
        return bytes((0x1B, 0x70, DRAWER_PINS.index(self._settings.drawer_pin), units, min(255, units * 2)))

    def _encoded(self, sheet: Bitmap) -> list[bytes]:
        from escpos.printer import Dummy

        device = Dummy(profile=PROFILE)
        device.hw("INIT")
        device.image(sheet.image, impl="bitImageRaster", fragment_height=ROWS_AT_ONCE, center=False)
        return [*device._output_list, FEED if self._settings.cut else TEAR]

    def _reason(self, error: Exception, began: bool) -> Message:
        """Return a message on what happened and what to do."""
        if isinstance(error, PrinterFault):
            return msg(str(error))
        if isinstance(error, JobRejected):
            return msg(N_("The system's printer {name} did not take the job. Look at its queue."), name=self._address)
        code = getattr(error, "errno", None)
        if code in (errno.EACCES, errno.EPERM):
            text = N_("This computer account has no access to the printer {name}. Add it to the printers' group.")
            return msg(text, name=self._address)
        if code == errno.ENOSPC:
            return msg(N_("There is no space left on {name}."), name=self._address)
        if began:
            return msg(
                N_("The printer stopped accepting data. Check paper, cover and cable, and see what was printed.")
            )
        return msg(N_("The printer {name} cannot be reached. Check that it is on and connected."), name=self._address)

    @property
    def _address(self) -> str:
        return self._settings.address or self._settings.kind
