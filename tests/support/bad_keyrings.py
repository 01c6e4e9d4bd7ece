"""Keyrings that fail: ``PYTHON_KEYRING_BACKEND`` names one of them in the processes of the tests."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend


class _Bad(KeyringBackend):
    priority = 5

    def get_password(self, service: str, username: str) -> str | None:
        if log := os.environ.get("COUNTER_TEST_ASKED"):
            with Path(log).open("a") as file:
                file.write(f"{username}\n")
        return self.fail()

    def set_password(self, service: str, username: str, password: str) -> None:
        self.fail()

    def delete_password(self, service: str, username: str) -> None:
        self.fail()

    def fail(self) -> str | None:
        raise NotImplementedError


class Raising(_Bad):
    """A keyring that raises an undocumented error."""

    def fail(self) -> str | None:
        raise OSError(5, "the bus is gone")


class Silent(_Bad):
    """A keyring that never answers."""

    def fail(self) -> str | None:
        threading.Event().wait()
        return None
