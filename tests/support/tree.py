"""A copy of the source tree that a test may change."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.sample import VARIABLE

ROOT = Path(__file__).resolve().parents[2]

CONTRACTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


class Tree:
    """Copy the parts of the repository that ``names`` lists to ``folder``."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self.folder = folder
        for name in names:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name)  # compiled modules too, with their times
            else:
                shutil.copy2(source, folder / name)

    def write(self, path: str, text: str) -> None:
        """Write a file, and its folder if there is none."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def read(self, path: str) -> str:
        """Return the text of a file."""
        return (self.folder / path).read_text(encoding="utf-8")

    def change(self, path: str, changes: Mapping[str, str]) -> None:
        """Replace texts of a file; each must be there once."""
        text = self.read(path)
        for before, after in changes.items():
            assert text.count(before) == 1, (path, before)
            text = text.replace(before, after)
        self.write(path, text)

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run this interpreter in the copy, so that ``pos`` and ``tests`` are the copy's; no test is left out."""
        environ = os.environ | {"PYTHONPATH": str(self.folder), VARIABLE: "thorough"}
        return subprocess.run(
            [sys.executable, *arguments], cwd=self.folder, env=environ, capture_output=True, text=True, check=False
        )

    def check_contracts(self) -> tuple[bool, str]:
        """Return whether all import contracts of ``pyproject.toml`` hold, and what the checker printed."""
        done = self.python("-c", CONTRACTS)
        return done.returncode == 0, done.stdout + done.stderr
