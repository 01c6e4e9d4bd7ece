#!/usr/bin/env python3
"""Run, test and maintain Counter. Needs only the standard library of Python 3.11 or newer.

    python3 packaging/dev.py run          the demo, or `run ARGS…` for any call of pos
    python3 packaging/dev.py test         all checks and tests
    python3 packaging/dev.py thorough     all checks and tests, and every case of long enumerations
    python3 packaging/dev.py lint         the checks without the tests
    python3 packaging/dev.py tour [DIR]   the demo unattended, with screenshots
    python3 packaging/dev.py simulate --seeds N   many simulated shop days
    python3 packaging/dev.py bench        the benchmarks, as ratios
    python3 packaging/dev.py messages     update the translations
    python3 packaging/dev.py reference    regenerate the generated pages of docs/
    python3 packaging/dev.py screens      retake the screenshots of the README and the guide
    python3 packaging/dev.py lock         resolve pyproject.toml again into the two lock files

The first call creates a virtual environment in .venv from a lock file. `run` and `tour` install what a shop needs
(packaging/requirements.txt), the other commands also the development tools (packaging/requirements-dev.txt). On Debian
as root it also installs the system libraries and Chinese fonts that Qt needs.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "packaging" / "requirements.txt"
DEV_LOCK = ROOT / "packaging" / "requirements-dev.txt"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
FOR_A_SHOP = ("run", "tour")
"""Commands that need only the locked run-time packages."""

DEBIAN = (
    "libegl1", "libgl1", "libxkbcommon0", "libxkbcommon-x11-0", "libdbus-1-3", "libfontconfig1", "libglib2.0-0",
    "libxcb-cursor0", "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1", "libxcb-randr0", "libxcb-render-util0",
    "libxcb-shape0", "libxcb-xinerama0", "libwayland-cursor0", "libwayland-egl1", "libgssapi-krb5-2", "libpulse0",
    "libxrandr2", "fonts-noto-cjk",
)  # fmt: skip
"""Debian packages that PySide6's wheels need (ldd on QtGui, QtWidgets, QtMultimedia with its QtNetwork, and their xcb,
Wayland and sound plugins), and a font with Chinese characters."""
DEBIAN_DEV = ("poppler-utils", "xvfb", "xdotool")
"""Debian packages that only the tests need: to render PDFs, and to press keys on a virtual screen."""

SCREENS = (
    "wechat-waiting", "atm-waiting", "many-waiting", "in-doubt", "cash-asked", "past-payments", "keys",
    "invoice-asked", "invoice-proof", "refund-asked", "refund-pin", "shift-float", "shift-count", "shift-z", "office",
    "totals", "agreements", "reconcile", "people", "locked",
)  # fmt: skip
"""Steps of the tour whose screenshots the README and the guide show."""

WORKERS = "4"
"""Test processes: more than cores, because tests partly wait."""


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    verbs = {
        "run": run, "test": test, "thorough": thorough, "lint": lint, "tour": tour, "simulate": simulate,
        "bench": bench, "messages": messages, "reference": reference, "screens": screens, "lock": lock,
    }  # fmt: skip
    if not arguments or arguments[0] not in verbs:
        print(__doc__)
        return 0 if not arguments or arguments[0] in ("-h", "--help", "help") else 2
    if sys.version_info < (3, 11):  # noqa: UP036 - it is this very file that an older Python may run
        print("Python 3.11 or newer is needed.", file=sys.stderr)
        return 2
    try:
        prepare(dev=arguments[0] not in FOR_A_SHOP)
        return verbs[arguments[0]](list(arguments[1:]))
    except subprocess.CalledProcessError as error:
        print(f"This command failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return int(error.returncode) or 1
    except KeyboardInterrupt:
        return 130


# -- verbs --------------------------------------------------------------------------------------------------------


def run(arguments: list[str]) -> int:
    """Run `pos demo`, or `pos ARGUMENTS` if there are any; without a screen, run the tour instead of the demo."""
    verb, *rest = arguments or ["demo"]
    if verb == "demo" and "--tour" not in rest and not has_screen():
        folder = ROOT / "tour"
        print(f"There is no screen here: the tour is made instead, its pictures go to {folder}.", file=sys.stderr)
        return tour([str(folder), *rest])
    return call(PYTHON, "-m", "pos", verb, *rest, **({} if has_screen() else offscreen()))


def test(arguments: list[str]) -> int:
    """Run all checks, then the tests; stop at the first failure."""
    if arguments:
        return lint([]) or call(PYTHON, "-m", "pytest", *arguments, **testing())
    with compile_tests():
        status = lint([])
    if status:
        return status
    steps = (
        ("-m", "pytest", "-n", WORKERS, "--dist", "worksteal", "--cov", "--cov-report=", "-m", "not alone"),
        (ROOT / "packaging" / "branch_coverage.py",),
        ("-m", "pytest", "-m", "alone"),
    )
    return next((status for step in steps if (status := call(PYTHON, *step, **testing()))), 0)


def thorough(arguments: list[str]) -> int:
    """Test as `test` does, but with every case of the enumerations of which `test` takes a sample."""
    os.environ["COUNTER_TESTS"] = "thorough"
    return test(arguments)


def compile_tests() -> subprocess.Popen[bytes]:
    """Start to collect the tests, beside the checks: each test process then loads what was compiled here."""
    command = [str(PYTHON), "-m", "pytest", "--collect-only", "--quiet"]
    nothing = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **testing()}, stdout=nothing, stderr=nothing)


def lint(_arguments: list[str]) -> int:
    """Run ruff, mypy and import-linter."""
    checks = (
        ("-m", "ruff", "check", "."),
        ("-m", "ruff", "format", "--check", "."),
        ("-m", "mypy"),
        ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"),
    )
    return next((status for check in checks if (status := call(PYTHON, *check))), 0)


def tour(arguments: list[str]) -> int:
    """Run the demo unattended, also without a screen."""
    folder, *rest = arguments or [str(ROOT / "tour")]
    return call(PYTHON, "-m", "pos", "demo", "--tour", folder, *rest, **({} if has_screen() else offscreen()))


def simulate(arguments: list[str]) -> int:
    """Simulate shop days, one per seed."""
    return call(PYTHON, "-m", "tests.simulate", *arguments)


def bench(_arguments: list[str]) -> int:
    """Run the benchmarks one after the other."""
    files = sorted((ROOT / "tests" / "benchmarks").glob("bench_*.py"))
    names = [f"tests.benchmarks.{file.stem}" for file in files]
    return max((call(PYTHON, "-m", name, **offscreen()) for name in names), default=0)


def messages(_arguments: list[str]) -> int:
    """Extract, merge and compile the translations."""
    return call(PYTHON, ROOT / "packaging" / "messages.py")


def reference(_arguments: list[str]) -> int:
    """Regenerate docs/: command line, settings, exit statuses, permissions, states, MyPay's fields."""
    return call(PYTHON, ROOT / "packaging" / "reference.py")


def screens(_arguments: list[str]) -> int:
    """Retake the screenshots of the README and the guide with the tour."""
    made, kept = ROOT / "tour", ROOT / "docs" / "screens"
    status = 0
    for language, theme in (("zh_TW", "light"), ("en", "dark")):
        status = status or tour([str(made), "--language", language, "--theme", theme, "--size", "1366x768"])
        kept.mkdir(parents=True, exist_ok=True)
        for name in SCREENS:
            for picture in made.glob(f"*-{name}.png"):
                shutil.copy(picture, kept / f"{name}-{language}.png")
    return status


def lock(_arguments: list[str]) -> int:
    """Resolve pyproject.toml for all platforms with hashes into the two lock files."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        tools = Path(folder, PYTHON.parent.name)
        subprocess.run([str(tools / PYTHON.name), "-m", "pip", "install", "--quiet", "uv"], check=True)
        return compile_lock(tools / "uv", LOCK, "--upgrade") or compile_lock(
            tools / "uv", DEV_LOCK, "--upgrade", "--all-extras", "--constraint", LOCK
        )


def compile_lock(uv: Path, target: Path, *options: object) -> int:
    """Write one lock file and return the exit status. Extras stay in it, because pip's resolver asks for them."""
    return call(
        uv, "pip", "compile", "--universal", "--generate-hashes", "--python-version", "3.11", "--no-strip-extras",
        "--no-annotate", "--no-header", "--quiet", "--no-emit-index-url", "--no-emit-find-links",
        *options, "--output-file", target, ROOT / "pyproject.toml",
    )  # fmt: skip


# -- preparing ----------------------------------------------------------------------------------------------------


def prepare(*, dev: bool) -> None:
    """Create or update the virtual environment with exactly the locked packages, and install system libraries."""
    install_system_libraries((*DEBIAN, *DEBIAN_DEV) if dev else DEBIAN)
    stamp = VENV / "stamp"
    known = stamp.read_text(encoding="utf-8") if stamp.exists() else ""
    if known == fingerprint(dev=True) or (known == fingerprint(dev=False) and not dev):
        return
    wanted = DEV_LOCK if dev else LOCK
    count = len(locked(wanted))
    print(f"Installing {count} locked packages into .venv (once, and after each change of the lock)…", file=sys.stderr)
    if known != fingerprint(dev=False):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    install_locked(PYTHON, wanted, count)
    install_project()
    stamp.write_text(fingerprint(dev=dev), encoding="utf-8")


def install_locked(python: Path, wanted: Path, count: int) -> None:
    """Install exactly the versions of a lock file and show the progress.

    The lock file is complete, so pip has nothing to resolve: ``--no-deps`` keeps it from adding packages.
    Raises CalledProcessError, with the end of pip's output on standard error.
    """
    command = [
        str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off",
        "--no-deps", "--require-hashes", "-r", str(wanted),
    ]  # fmt: skip
    tail: deque[str] = deque(maxlen=30)
    done = 0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace"
    ) as pip:
        for line in pip.stdout or ():
            tail.append(line)
            if package := re.match(r"(?:Collecting|Processing|Ignoring|Requirement already satisfied:) (\S+)", line):
                done += 1
                show_progress(done, count, Path(package[1]).name.partition("==")[0])
            elif line.startswith("Installing collected packages"):
                show_progress(done, count, "unpacking…")
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if pip.returncode:
        print("".join(tail), end="", file=sys.stderr)
        raise subprocess.CalledProcessError(pip.returncode, command)


def show_progress(done: int, count: int, step: str) -> None:
    """Print the progress of an installation: in place on a terminal, otherwise a line for every ten packages."""
    if sys.stderr.isatty():
        print(f"\r  {done}/{count} {step:<30.30}", end="", file=sys.stderr, flush=True)
    elif done % 10 == 0 or step == "unpacking…":
        print(f"  {done}/{count} {step}", file=sys.stderr, flush=True)


def locked(file: Path) -> list[str]:
    """Return the requirement lines of a lock file without hashes: ``name[extra]==version ; marker``."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line.rstrip("\\ ") for line in lines if line[:1].isalnum()]


def fingerprint(*, dev: bool) -> str:
    """Return a fingerprint of lock files, folder and Python version; if it changes, the environment is rebuilt."""
    version = ".".join(map(str, sys.version_info[:2]))
    lock_files = (DEV_LOCK, LOCK) if dev else (LOCK,)
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in lock_files)).hexdigest()
    return f"{digest} {version} {ROOT}\n"


def install_project() -> None:
    """Install the command `pos` for this checkout into the environment, without a build backend."""
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


def install_system_libraries(wanted: Sequence[str]) -> None:
    """On Debian, install missing packages as root, or print the command that installs them."""
    if not shutil.which("dpkg-query") or not shutil.which("apt-get"):
        return
    missing = [name for name in wanted if not installed(name)]
    if importlib.util.find_spec("ensurepip") is None:
        missing.append("python3-venv")  # a separate package on Debian
    if not missing:
        return
    line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0:
        print(f"Some system libraries are missing: sudo {line}", file=sys.stderr)
        return
    print(f"Installing {len(missing)} system packages: {' '.join(missing)}…", file=sys.stderr)
    if not all(apt_get(*words) for words in (["update"], line.split()[1:])):
        print(f"They could not be installed; later: {line}", file=sys.stderr)


def apt_get(*words: str) -> bool:
    """Call apt-get, print its errors if it fails, and return whether it worked."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", *words], env=environment, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        print(done.stderr[-2000:], end="", file=sys.stderr)
    return done.returncode == 0


def installed(name: str) -> bool:
    """Return whether a Debian package is installed, also with the suffix of newer releases (libglib2.0-0t64)."""
    for candidate in (name, f"{name}t64"):
        found = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Status}", candidate], capture_output=True, text=True, check=False
        )
        if found.stdout.startswith("install ok"):
            return True
    return False


def has_screen() -> bool:
    """Return whether a window can be shown."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def offscreen() -> dict[str, str]:
    """Return the environment variable for Qt without a screen."""
    return {"QT_QPA_PLATFORM": "offscreen"}


def testing() -> dict[str, str]:
    """Return the environment variables of the tests: no screen, and Python keeps what it compiled."""
    return {**offscreen(), "PYTHONDONTWRITEBYTECODE": ""}


def call(*command: object, **environment: str) -> int:
    """Run a command in the checkout and return its exit status."""
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
