"""A system's keyring as a process finds it: ``PYTHON_KEYRING_BACKEND`` names it, a file stands for the system.

Whoever imports it has it as the keyring of the process: only the processes of the tests may.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class FileKeyring(KeyringBackend):
    """What it knows stands in the file; without one it is locked."""

    priority = 5

    def get_password(self, service: str, username: str) -> str | None:
        return self._known().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._file.write_text(json.dumps({**self._known(), f"{service}/{username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        known = self._known()
        if known.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError("unknown")
        self._file.write_text(json.dumps(known))

    @property
    def _file(self) -> Path:
        return Path(os.environ["COUNTER_TEST_KEYRING"])

    def _known(self) -> dict[str, str]:
        if not self._file.exists():
            raise KeyringLocked("locked")
        found: dict[str, str] = json.loads(self._file.read_text())
        return found
