"""Commands that open a window: the register, and the demo with its temporary shop."""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pos.domain.tenders import USUAL_KEYS, Tender
from pos.errors import InputError, PosError
from pos.exits import OK
from pos.gui.app import RESTART, run
from pos.gui.bridge import Engine, ShopView, Till
from pos.i18n import N_, msg, system_language
from pos.os_errors import reason
from pos.screens import dead_screen
from pos.shop_settings import ShopSettings, is_chosen, read_tables, settings_path, shop_settings_in, tender_keys_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from pos.bootstrap import Register
    from pos.domain.payment import Attempt
    from pos.services.staff import PeopleServices
    from pos.settings import Settings


SMALLEST = 320
"""Least width and height of the tour's window in pixels."""


def open_window(asked: argparse.Namespace) -> int:
    """Open the register of this machine; slow modules are loaded after the window is shown."""
    _need_screen()
    status = run(register_of_machine(asked.config, asked.data_dir))
    return _start_again() if status == RESTART else status


def _start_again() -> int:
    """Start Counter as it was started, in place of this process; on Windows, which cannot do that, beside its end."""
    words = [sys.executable, *sys.orig_argv[1:]]
    if os.name != "nt":
        os.execv(words[0], words)
    subprocess.Popen(words)
    return OK


def _need_screen() -> None:
    """Raise PosError if Qt would end the process: no display is set, or it does not answer."""
    name = dead_screen(os.environ)
    if name is None:
        return
    if not name:
        raise PosError(N_("There is no screen here to open a window on. The other verbs work without one."))
    text = N_(
        "The screen {name} does not answer, so no window can open. Log in at the screen of this computer, or check"
        " DISPLAY and WAYLAND_DISPLAY. The other verbs work without a screen."
    )
    raise PosError(msg(text, name=name))


def register_of_machine(config: str | None, data_dir: Path | None) -> Till:
    """Return the window's register of a settings file and a data folder."""
    path = settings_path(config, os.environ)

    def engine() -> Engine:
        from pos.bootstrap import register_for

        return engine_of(register_for(config, data_dir))

    def remember(key: str, value: str) -> None:
        from pos.settings import Settings

        if path.exists() or not is_chosen(config, os.environ):  # a mistyped name must not become a file
            Settings(path).remember(key, value)

    tables = read_tables(path)
    view = replace(_view(shop_settings_in(tables)), tenders=tender_keys_in(tables))
    return Till(view, engine, remember, path.parent)


def engine_of(register: Register) -> Engine:
    """Return the engine of a register for a window, with its I/O thread running."""
    from pos.runtime import IoThread

    io = IoThread()
    io.start()
    return Engine(register.host, register.routes.offers, io, register.bus, register.data_dir)


def _view(shop: ShopSettings, phone_url: str = "", training_pin: str = "") -> ShopView:
    return ShopView(
        name=shop.name,
        register_id=shop.register,
        currency=shop.currency,
        zone=shop.timezone,
        language=shop.language,
        theme=shop.theme,
        training=bool(phone_url),
        phone_url=phone_url,
        sounds=shop.sounds == "yes",
        lock_minutes=int(shop.lock_minutes),
        training_pin=training_pin,
    )


def demo(asked: argparse.Namespace) -> int:
    """Open a temporary shop on the built-in simulator; with ``--tour`` it runs unattended."""
    _check_tour(asked)
    if not asked.tour:
        _need_screen()
    elif dead_screen(os.environ) is not None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory(prefix="counter-demo-", ignore_cleanup_errors=True) as folder:
        shop = DemoShop(Path(folder), asked)
        try:
            if asked.tour:
                from pos.gui.tour import tour

                return tour(shop.till, shop, asked.tour, asked.size or "1024x768")
            return run(shop.till)
        finally:
            shop.stop()


def _check_tour(asked: argparse.Namespace) -> None:
    """Make the folder of the tour. Raises InputError if that fails, and for an invalid size."""
    wide, _x, high = (asked.size or "1024x768").partition("x")
    if not all(one.isascii() and one.isdigit() and len(one) < 5 and int(one) >= SMALLEST for one in (wide, high)):
        raise InputError("size", msg(N_("{value} is not a window size like 1024x768."), value=asked.size[:40]))
    if asked.tour:
        try:
            asked.tour.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=asked.tour):
                pass
        except OSError as error:
            text = N_("The folder {path} cannot be written: {problem}.")
            raise InputError("tour", msg(text, path=asked.tour, problem=reason(error).spoken()), str(error)) from error


class DemoShop:
    """Simulator and register, each on its own thread, in a temporary folder.

    ``people`` adds people when the journal is open, instead of those of the training shop. ``tenders`` are shown.
    """

    def __init__(
        self, folder: Path, asked: argparse.Namespace,
        people: Callable[[PeopleServices], Awaitable[None]] | None = None, tenders: Sequence[Tender] = USUAL_KEYS,
    ) -> None:  # fmt: skip
        import random

        from pos.assembly import Ports
        from pos.bootstrap import build_register
        from pos.runtime import IoThread, SystemClock
        from pos.secrets import SecretStore
        from pos.services.training import OWNER_PIN, add_training_people
        from pos.simulator.app import Simulator
        from pos.simulator.notices import Notifier, plain_client
        from pos.simulator.serve import RunningSimulator

        self.folder = folder
        self._gateways = IoThread()
        self._gateways.start()
        self._notifier = Notifier(plain_client, SystemClock())
        self._simulator = Simulator(SystemClock(), random.SystemRandom(), notifier=self._notifier)
        served = RunningSimulator(self._simulator)
        self._served = self._gateways.submit(served.start()).result(timeout=10)
        settings = replace(
            demo_settings(folder, self._served.announcement, asked), tender_keys=tuple(one.value for one in tenders)
        )
        secrets = SecretStore(folder, folder, demo_keys(self._simulator.credentials))
        up = people or partial(add_training_people, language=settings.shop.language)
        ports = Ports(training=True, people=up, recovers=people is not None)
        register = build_register(settings, secrets, folder, ports)
        self.engine = engine_of(register)
        view = _view(settings.shop, self._served.announcement["phone"], OWNER_PIN)
        view = replace(view, tenders=tuple(tenders))
        self.till = Till(view, lambda: self.engine, lambda key, value: None)

    def pay(self, attempt: Attempt, amount: int | None = None) -> None:
        """Have the customer pay the shown amount, or ``amount`` in minor units."""

        async def on_their_loop() -> None:
            if order := self._simulator.orders.find(attempt.gateway, attempt.order_no):
                self._simulator.context.pay(order, amount)

        self._gateways.submit(on_their_loop()).result(timeout=10)

    def spoil(self, fault: str, verb: str, times: int) -> None:
        """Inject ``fault`` into the next calls; None ends that."""
        if fault:
            self._simulator.scenarios.plan(fault, "*", verb, times)
        else:
            self._simulator.scenarios.clear()

    def stop(self) -> None:
        """Close the gateways."""
        self._gateways.submit(self._notifier.close()).result(timeout=10)
        self._gateways.submit(self._served.stop()).result(timeout=10)
        self._gateways.stop()


def demo_settings(folder: Path, announcement: dict[str, object], asked: argparse.Namespace) -> Settings:
    """Return the settings of a shop on the simulator, with all four gateways set up."""

    from pos.gateways import GATEWAYS, names_with
    from pos.gateways.capabilities import Capability
    from pos.settings import InvoiceSettings, ServerSettings, Settings

    port = _free_port()
    credentials = announcement["credentials"]
    assert isinstance(credentials, dict)
    gateways = {
        name: {
            **{setting.key: str(credentials[name].get(setting.key, "")) for setting in kind.FACTS.settings},
            "base_url": str(announcement[name]),
            "platform_id": "",
            "currency": asked.currency if asked.currency != "TWD" else "HKD",
        }
        for name, kind in GATEWAYS.items()
    }
    language = asked.language or system_language()
    shop = ShopSettings(
        name="示範商店" if language == "zh_TW" else "Demo Shop",
        register="DEMO",
        currency=asked.currency,
        language=language,
        theme=asked.theme or "system",
    )
    own = f"127.0.0.1:{port}"
    invoice = InvoiceSettings(cash=names_with(Capability.CASH_ORDER)[0])
    return Settings(folder / "counter.toml", shop, ServerSettings(f"http://{own}", own), gateways, invoice=invoice)


def _free_port() -> int:
    """Return a free port below the ephemeral range, so that no other program gets it before it is used."""
    import random
    import socket

    while True:
        port = random.SystemRandom().randrange(15_000, 30_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def demo_keys(credentials: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the simulator's keys as environment variables."""
    from pos.gateways import GATEWAYS
    from pos.secrets import environment_name

    return {
        environment_name(name, secret.key): credentials[name].get(secret.key, "")
        for name, kind in GATEWAYS.items()
        for secret in kind.FACTS.secrets
    }
