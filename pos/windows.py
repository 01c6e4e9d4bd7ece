"""The verbs that open a window: the register itself, and the demo with its throw-away shop."""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path

from pos.bootstrap import Register, build_register, default_data_dir, register_for
from pos.domain.payment import Attempt
from pos.gateways import GATEWAYS
from pos.gui.app import run
from pos.gui.bridge import ShopView, Till
from pos.i18n import system_language
from pos.runtime import IoThread, SystemClock
from pos.secrets import SecretStore, environment_name
from pos.settings import ServerSettings, Settings, ShopSettings


def open_window(asked: argparse.Namespace) -> int:
    """The register of this machine."""
    register = register_for(asked.config, asked.data_dir or default_data_dir())
    return run(till_of(register, IoThread()))


def till_of(register: Register, io: IoThread, phone_url: str = "") -> Till:
    """What the window needs of a register; a ``phone_url`` makes it a training one."""
    shop = register.settings.shop
    view = ShopView(
        name=shop.name,
        register_id=shop.register,
        currency=shop.currency,
        timezone=register.shop.timezone,
        language=shop.language,
        theme=shop.theme,
        training=bool(phone_url),
        phone_url=phone_url,
        sounds=shop.sounds == "yes",
    )

    def remember(key: str, value: str) -> None:
        if not phone_url:
            register.settings.save_choice("shop", key, value)

    return Till(register.desk, io, register.bus, view, remember)


def demo(asked: argparse.Namespace) -> int:
    """A throw-away shop on the built-in simulator; with ``--tour`` unattended."""
    with tempfile.TemporaryDirectory(prefix="counter-demo-", ignore_cleanup_errors=True) as folder:
        shop = DemoShop(Path(folder), asked)
        try:
            if asked.tour:
                from pos.gui.tour import tour

                return tour(shop.till, shop, asked.tour, asked.size or "1024x768")
            return run(shop.till)
        finally:
            shop.stop()


class DemoShop:
    """Simulator and register, each on its own thread, in a folder that goes away."""

    def __init__(self, folder: Path, asked: argparse.Namespace) -> None:
        from pos.simulator.app import Simulator
        from pos.simulator.notices import Notifier, plain_client
        from pos.simulator.serve import Served

        self._folder = folder
        self._gateways = IoThread()
        self._gateways.start()
        self._notifier = Notifier(plain_client(), SystemClock())
        self._simulator = Simulator(SystemClock(), random.SystemRandom(), notifier=self._notifier)
        served = Served(self._simulator)
        self._served = self._gateways.submit(served.start()).result(timeout=10)
        settings = demo_settings(folder, self._served.announcement, asked)
        secrets = SecretStore(folder, folder, demo_keys(self._simulator.credentials))
        register = build_register(settings, secrets, folder)
        self.till = till_of(register, IoThread(), self._served.announcement["phone"])

    def pay(self, attempt: Attempt) -> None:
        """The customer of the tour pays what is shown."""

        async def on_their_loop() -> None:
            if order := self._simulator.book.find(attempt.gateway, attempt.order_no):
                self._simulator.world.pay(order)

        self._gateways.submit(on_their_loop()).result(timeout=10)

    def spoil(self, fault: str, verb: str, times: int) -> None:
        """Let the next calls go wrong; no ``fault`` ends that."""
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
    """The settings of a shop on the simulator, all four gateways set up."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
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
    shop = ShopSettings(
        name="示範商店",
        register="DEMO",
        currency=asked.currency,
        language=asked.language or system_language(),
        theme=asked.theme or "system",
    )
    own = f"127.0.0.1:{port}"
    return Settings(folder / "counter.toml", shop, ServerSettings(f"http://{own}", own), gateways)


def demo_keys(credentials: dict[str, dict[str, str]]) -> dict[str, str]:
    """The simulator's keys as an environment."""
    return {
        environment_name(name, secret.key): credentials[name].get(secret.key, "")
        for name, kind in GATEWAYS.items()
        for secret in kind.FACTS.secrets
    }
