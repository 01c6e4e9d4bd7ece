"""A file as the system's keyring of a process; ``PYTHON_KEYRING_BACKEND`` names it.

Importing it makes it the keyring of the process, so only the processes of the tests import it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class FileKeyring(KeyringBackend):
    """A keyring that stores its keys in a file; without the file it is locked."""

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
