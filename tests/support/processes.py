"""Real processes: the simulator on loopback, and `pos` as a script would call it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from pos.gateways import GATEWAYS
from pos.secrets import environment_name
from tests.support import forked
from tests.support.people import make_quick

ROOT = Path(__file__).parent.parent.parent


class SimulatorProcess:
    """`pos simulator` with a settings file and keys that fit it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pos", "simulator", "--json", *arguments],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.announcement: dict[str, Any] = json.loads(self.process.stdout.readline())

    def stop(self) -> int:
        self.process.terminate()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.wait(10)

    def environment(self) -> dict[str, str]:
        """Return keys as a test stores them."""
        found = self.announcement["credentials"]
        keys = {
            environment_name(name, secret.key): found[name][secret.key]
            for name, kind in GATEWAYS.items()
            for secret in kind.FACTS.secrets
            if secret.key in found[name]
        }
        return {**os.environ, **keys, "LANG": "C.UTF-8"}

    def settings(self, currency: str = "TWD", **addresses: str) -> Path:
        """Return a settings file for a shop of this currency; ``addresses`` replace those of the gateways.

        In Taiwan dollars, cash sales get their e-invoices through MyPay.
        """
        found = {**self.announcement, **addresses}
        lines = ["[shop]", f'currency = "{currency}"', 'name = "測試商店"']
        for name, kind in GATEWAYS.items():
            known = found["credentials"][name] | {"currency": "HKD"}
            lines += [f"[gateways.{name}]", f'base_url = "{found[name]}"']
            wanted = [one.key for one in kind.FACTS.settings if one.required or one.key == "currency"]
            lines += [f'{key} = "{known[key]}"' for key in wanted]
        lines += ["[invoice]", 'cash = "mypay"'] if currency == "TWD" else []
        path = self.folder / f"{currency}.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def post(self, path: str, **fields: object) -> Any:
        """Call the simulator's control page."""
        request = urllib.request.Request(f"{self.announcement['control']}{path}", json.dumps(fields).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.announcement['control']}{path}", timeout=10) as answer:
            return json.load(answer)

    def wait_for_order(self, amount: int) -> dict[str, Any]:
        """Return the order of ``amount`` minor units, once a gateway has it."""
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            for order in self.get("/orders"):
                if order["amount"] == amount:
                    return dict(order)
            time.sleep(0.05)
        raise AssertionError(f"no order of {amount}")

    def pos(
        self, *arguments: str, currency: str = "TWD", data: str = "data", **addresses: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one command."""
        words = self.words(*arguments, currency=currency, data=data, **addresses)
        return forked.run(words, self.environment())

    def add_owner(self, data: str, pin: str) -> None:
        """Add the owner of a shop without people, in a folder that a test uses first; checks of the PIN are quick."""
        kept = self.folder / "with an owner"
        if not kept.exists():
            done = self.with_pin("staff", "add", "Owner", "--role", "owner", data=kept.name, POS_NEW_PIN=pin)
            assert done.returncode == 0, done.stderr
            make_quick(kept, {"Owner": pin}, settings=self.folder)
        shutil.copytree(kept, self.folder / data)

    def with_pin(self, *arguments: str, data: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one command with more in its environment (``POS_PIN``), without a terminal."""
        return forked.run(self.words(*arguments, data=data), {**self.environment(), **environment})

    def command(self, *arguments: str, currency: str = "TWD", data: str = "data", **addresses: str) -> list[str]:
        """Return the whole command line, for a process that the test starts."""
        words = self.words(*arguments, currency=currency, data=data, **addresses)
        return [sys.executable, "-m", "pos", *words]

    def words(self, *arguments: str, currency: str = "TWD", data: str = "data", **addresses: str) -> list[str]:
        """Return the arguments of one command."""
        config = self.settings(currency, **addresses)
        return ["--data-dir", str(self.folder / data), "--config", str(config), *arguments]
