#!/usr/bin/env python3
"""Everything a developer or a new user runs: plain standard library, Python 3.11 or newer.

    python3 packaging/dev.py run          the demo, or `run ARGS…` for any call of pos
    python3 packaging/dev.py test         all checks and tests
    python3 packaging/dev.py lint         the checks without the tests
    python3 packaging/dev.py tour [DIR]   the demo unattended, with screenshots
    python3 packaging/dev.py simulate --seeds N   many simulated shop days
    python3 packaging/dev.py bench        the benchmarks, as ratios
    python3 packaging/dev.py messages     bring the translations up to date
    python3 packaging/dev.py fields       make the page of MyPay's fields anew
    python3 packaging/dev.py screens      make the README's screenshots anew
    python3 packaging/dev.py lock         make packaging/requirements.txt anew

The first call makes its own virtual environment in .venv and, on Debian as root, installs the system libraries
and Chinese fonts that Qt needs.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "packaging" / "requirements.txt"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PIP = (str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")

DEBIAN = (
    "libegl1", "libgl1", "libxkbcommon0", "libxkbcommon-x11-0", "libdbus-1-3", "libfontconfig1", "libglib2.0-0",
    "libxcb-cursor0", "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1", "libxcb-randr0", "libxcb-render-util0",
    "libxcb-shape0", "libxcb-xinerama0", "libwayland-cursor0", "libwayland-egl1", "libgssapi-krb5-2", "libpulse0",
    "libxrandr2", "fonts-noto-cjk", "poppler-utils",
)  # fmt: skip
"""What PySide6's wheels leave to the system on Debian (ldd on QtGui, QtWidgets, QtMultimedia with its QtNetwork, and
their xcb, Wayland and sound plugins), a font that shows Chinese, and what turns the tests' PDFs into pictures."""


def main(arguments: Sequence[str]) -> int:
    """The exit status of one call."""
    verbs = {
        "run": run, "test": test, "lint": lint, "tour": tour, "simulate": simulate, "bench": bench,
        "messages": messages, "fields": fields, "screens": screens, "lock": lock,
    }  # fmt: skip
    if not arguments or arguments[0] not in verbs:
        print(__doc__)
        return 0 if not arguments or arguments[0] in ("-h", "--help", "help") else 2
    if sys.version_info < (3, 11):  # noqa: UP036 - it is this very file that an older Python may run
        print("Python 3.11 or newer is needed.", file=sys.stderr)
        return 2
    try:
        prepare()
        return verbs[arguments[0]](list(arguments[1:]))
    except subprocess.CalledProcessError as error:
        print(f"This did not work: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return int(error.returncode) or 1
    except KeyboardInterrupt:
        return 130


# -- verbs --------------------------------------------------------------------------------------------------------


def run(arguments: list[str]) -> int:
    """`pos demo` alone, else `pos ARGUMENTS`; without a screen the tour instead of a window."""
    verb, *rest = arguments or ["demo"]
    if verb == "demo" and "--tour" not in rest and not has_screen():
        folder = ROOT / "tour"
        print(f"There is no screen here: the tour is made instead, its pictures go to {folder}.", file=sys.stderr)
        return tour([str(folder), *rest])
    return call(PYTHON, "-m", "pos", verb, *rest, **({} if has_screen() else offscreen()))


def test(arguments: list[str]) -> int:
    """Every check, then the tests; the first failure ends it."""
    if status := lint([]):
        return status
    coverage = [] if arguments else ["--cov", "--cov-report=", "-n", "2"]
    if status := call(PYTHON, "-m", "pytest", *coverage, *arguments, **offscreen()):
        return status
    return 0 if arguments else call(PYTHON, ROOT / "packaging" / "whole.py")


def lint(_arguments: list[str]) -> int:
    """ruff, mypy, import-linter."""
    checks = (
        ("-m", "ruff", "check", "."),
        ("-m", "ruff", "format", "--check", "."),
        ("-m", "mypy"),
        ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"),
    )
    return next((status for check in checks if (status := call(PYTHON, *check))), 0)


def tour(arguments: list[str]) -> int:
    """The demo unattended; works without a screen."""
    folder, *rest = arguments or [str(ROOT / "tour")]
    return call(PYTHON, "-m", "pos", "demo", "--tour", folder, *rest, **({} if has_screen() else offscreen()))


def simulate(arguments: list[str]) -> int:
    """Simulated shop days, one a seed."""
    return call(PYTHON, "-m", "tests.simulate", *arguments)


def bench(_arguments: list[str]) -> int:
    """The benchmarks, one after the other."""
    files = sorted((ROOT / "tests" / "benchmarks").glob("bench_*.py"))
    names = [f"tests.benchmarks.{file.stem}" for file in files]
    return max((call(PYTHON, "-m", name, **offscreen()) for name in names), default=0)


def messages(_arguments: list[str]) -> int:
    """Translations: extract, merge, compile."""
    return call(PYTHON, ROOT / "packaging" / "messages.py")


def fields(_arguments: list[str]) -> int:
    """The page of MyPay's fields."""
    return call(PYTHON, ROOT / "packaging" / "fields.py")


def screens(_arguments: list[str]) -> int:
    """The README's screenshots, out of the tour."""
    made, kept = ROOT / "tour", ROOT / "docs" / "screens"
    status = 0
    for language, theme in (("zh_TW", "light"), ("en", "dark")):
        status = status or tour([str(made), "--language", language, "--theme", theme])
        kept.mkdir(parents=True, exist_ok=True)
        for name in (
            "wechat-waiting",
            "atm-waiting",
            "many-waiting",
            "past-payments",
            "invoice-proof",
            "totals",
            "shift-z",
            "refund-asked",
        ):
            for picture in made.glob(f"*-{name}.png"):
                shutil.copy(picture, kept / f"{name}-{language}.png")
    return status


def lock(_arguments: list[str]) -> int:
    """Resolve pyproject.toml for every platform, with hashes."""
    subprocess.run([*PIP, "uv"], check=True)
    return call(
        PYTHON, "-m", "uv", "pip", "compile", "--universal", "--generate-hashes", "--python-version", "3.11",
        "--all-extras", "--no-annotate", "--no-header", "--upgrade", "--quiet", "--no-emit-index-url",
        "--no-emit-find-links", "--output-file", LOCK, ROOT / "pyproject.toml",
    )  # fmt: skip


# -- preparing ----------------------------------------------------------------------------------------------------


def prepare() -> None:
    """The virtual environment with exactly the locked packages, and the system's libraries."""
    install_system_libraries()
    stamp = VENV / "stamp"
    wanted = fingerprint()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print("Preparing .venv (once, and again when the lock changed)…", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    subprocess.run([*PIP, "--require-hashes", "-r", str(LOCK)], check=True)
    install_project()
    stamp.write_text(wanted, encoding="utf-8")


def fingerprint() -> str:
    """What an environment was made of: another lock, another place or another Python needs another one."""
    version = ".".join(map(str, sys.version_info[:2]))
    return f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()} {version} {ROOT}\n"


def install_project() -> None:
    """`pos` in the environment, pointing at this checkout; no build backend is needed for that."""
    found = subprocess.run(
        [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    encoding = "utf-8" if sys.version_info >= (3, 13) else "locale"  # as site.py reads it
    Path(found.stdout.strip(), "counter-checkout.pth").write_text(f"{ROOT}\n", encoding=encoding)
    if os.name == "nt":
        (VENV / "Scripts" / "pos.cmd").write_text(f'@"{PYTHON}" -m pos %*\r\n', encoding="utf-8")
    else:
        script = VENV / "bin" / "pos"
        script.write_text(f'#!/bin/sh\nexec "{PYTHON}" -m pos "$@"\n', encoding="utf-8")
        script.chmod(0o755)


def install_system_libraries() -> None:
    """On Debian: with root install what is missing, without root name the one line that does; then go on."""
    if not shutil.which("dpkg-query") or not shutil.which("apt-get"):
        return
    missing = [name for name in DEBIAN if not installed(name)]
    if importlib.util.find_spec("ensurepip") is None:
        missing.append("python3-venv")  # Debian takes this part out of Python
    if not missing:
        return
    line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0:
        print(f"Some system libraries are missing: sudo {line}", file=sys.stderr)
        return
    print(f"Installing {' '.join(missing)}…", file=sys.stderr)
    if not all(apt_get(*words) for words in (["update"], line.split()[1:])):
        print(f"They could not be installed; later: {line}", file=sys.stderr)


def apt_get(*words: str) -> bool:
    """One quiet call of apt-get; whether it worked."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", *words], env=environment, stdout=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def installed(name: str) -> bool:
    """Whether a Debian package is installed; a newer Debian may carry it with a suffix (libglib2.0-0t64)."""
    for candidate in (name, f"{name}t64"):
        found = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Status}", candidate], capture_output=True, text=True, check=False
        )
        if found.stdout.startswith("install ok"):
            return True
    return False


def has_screen() -> bool:
    """Whether a window can be shown."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def offscreen() -> dict[str, str]:
    """Qt without a screen."""
    return {"QT_QPA_PLATFORM": "offscreen"}


def call(*command: object, **environment: str) -> int:
    """Run a command in the checkout; its exit status."""
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
