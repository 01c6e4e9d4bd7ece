"""Only one process works on a journal, also through links; its files are private."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pos.errors import StoreError, StoreLocked, StoreRefused
from pos.logs import FILE_NAME as LOG
from pos.store.data_dir_lock import DataFolder, refuse_hard_link
from pos.store.database import FILE_NAME, Database
from pos.store.modes import make_private
from tests.support.processes import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and modes of POSIX")

HOLD = (
    "import sys; from pathlib import Path; from pos.store.data_dir_lock import DataFolder;"
    "folder = DataFolder(Path(sys.argv[1])); folder.hold(); print('held', flush=True); sys.stdin.read()"
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A data folder with a journal."""
    folder = tmp_path / "real"
    folder.mkdir()
    Database(folder / FILE_NAME).close()
    return folder


@pytest.mark.parametrize("way", ["folder", "journal", "chain", "inside"])
@pytest.mark.parametrize("link_first", [True, False], ids=["the link holds", "the file holds"])
def test_a_link_and_its_file_are_one_journal_for_two_processes(real: Path, way: str, link_first: bool) -> None:
    link = linked(real, way)
    holder, other = (link, real) if link_first else (real, link)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(holder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        refused = DataFolder(other)
        with pytest.raises(StoreLocked):
            refused.hold()
        process.communicate("")
    refused.hold()  # the refused try left no lock behind
    refused.release()


def linked(real: Path, way: str) -> Path:
    """Make another path to the same journal."""
    link = real.parent / "link"
    if way == "folder":
        link.symlink_to(real)
        return link
    link.mkdir()
    if way == "chain":
        (link / "second.sqlite").symlink_to(real / FILE_NAME)
        (link / FILE_NAME).symlink_to("second.sqlite")
    elif way == "inside":
        (real / "kept").mkdir()
        (real / FILE_NAME).rename(real / "kept" / "journal.db")
        (real / FILE_NAME).symlink_to("kept/journal.db")
        (link / FILE_NAME).symlink_to(real / "kept" / "journal.db")
    else:
        (link / FILE_NAME).symlink_to(real / FILE_NAME)
    return link


def test_a_broken_link_cannot_be_locked(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).symlink_to(tmp_path / "gone" / FILE_NAME)
    with pytest.raises(StoreError, match="cannot be written"):
        DataFolder(tmp_path).hold()


def test_a_hard_link_is_refused_with_a_message(real: Path) -> None:
    refuse_hard_link(real / FILE_NAME)
    refuse_hard_link(real / "no journal yet")
    os.link(real / FILE_NAME, real.parent / "second.sqlite")
    with pytest.raises(StoreRefused, match="second name"):
        refuse_hard_link(real / FILE_NAME)


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
def test_files_are_private_with_every_umask(tmp_path: Path) -> None:
    config, data = tmp_path / "config" / "counter.toml", tmp_path / "shop" / "data"
    config.parent.mkdir()
    config.touch()
    environment = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}

    def pos(*words: str, given: str = "") -> None:
        where = ["--config", str(config), "--data-dir", str(data)]
        done = subprocess.run([sys.executable, "-m", "pos", *where, *words], cwd=ROOT, env=environment, input=given,
                              text=True, capture_output=True, check=False, timeout=60)  # fmt: skip
        assert done.returncode == 0, done.stderr

    pos("charge", "--tender", "cash", "--amount", "30")
    pos("key", "set", "wanpay.key", given="k" * 8)
    pos("shift", "open", "--float", "100")
    pos("shift", "close", "--counted", "100")
    (backup,) = (data / "backups").glob("*.sqlite")
    pos("journal", "restore", str(backup), "--replace-newer")
    written = sorted(path for path in data.rglob("*"))
    assert {FILE_NAME, "counter.lock", "keys.sealed", backup.name} <= {path.name for path in written}
    assert any(path.parent.name.startswith("replaced-") for path in written)
    assert mode(data) == 0o700
    assert mode(config.parent / "keys.key") == 0o600
    for path in written:
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.usefixtures("open_umask")
def test_the_log_and_its_older_parts_and_the_write_ahead_log_too(real: Path) -> None:
    from pos.logs import Masker, _LogFile  # the handler alone: the root logger is left as it is

    assert Masker([]).masked("x") == "x"
    handler = _LogFile(real / LOG, encoding="utf-8")
    handler.close()
    with closing(Database(real / FILE_NAME)) as database:
        database.rows("SELECT 1")
        found = [real / f"{FILE_NAME}{tail}" for tail in ("", "-wal", "-shm")]
        assert [mode(path) for path in (*found, real / LOG)] == [0o600] * 4


OLD = (
    FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm", "counter.lock", "counter.log", "counter.log.3", "keys.sealed",
    "restored-20261120-040000.sqlite", ".restoring.sqlite", "backups/counter-20261120-040000-R1.sqlite",
    "backups/.counter-20261120-040000-R1.sqlite-abc", f"replaced-20261120-040000/{FILE_NAME}",
    f"replaced-20261120-040000/{FILE_NAME}-wal",
)  # fmt: skip
OTHERS = ("holiday.jpg", "backups/notes.txt", "replaced-by-me/counter.sqlite", "sub/counter.sqlite", ".bashrc")


def test_files_of_an_older_program_are_repaired_and_others_left_alone(tmp_path: Path) -> None:
    for name in (*OLD, *OTHERS):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
        path.chmod(0o664)
        path.parent.chmod(0o755)
    make_private(tmp_path)
    assert {name: oct(mode(tmp_path / name)) for name in OLD} == dict.fromkeys(OLD, "0o600")
    assert {name: oct(mode(tmp_path / name)) for name in OTHERS} == dict.fromkeys(OTHERS, "0o664")
    assert [mode(tmp_path / name) for name in (".", "backups", "replaced-20261120-040000", "sub")] == [
        0o700, 0o700, 0o700, 0o755,
    ]  # fmt: skip


def test_no_link_is_followed_out_of_the_folder(tmp_path: Path) -> None:
    outside, data = tmp_path / "outside", tmp_path / "data"
    for folder in (outside, data):
        folder.mkdir(mode=0o755)
    for name in ("counter-20261120-040000-R1.sqlite", "secret.txt"):
        (outside / name).write_text("x")
        (outside / name).chmod(0o644)
    (data / "backups").symlink_to(outside)
    (data / "counter.log").symlink_to(outside / "secret.txt")
    make_private(data)
    assert {mode(path) for path in outside.iterdir()} == {0o644}
    assert mode(outside) == 0o755


def test_a_home_folder_as_data_folder_keeps_its_mode(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    code = "import sys; from pathlib import Path; from pos.store.modes import make_private; make_private(Path.home())"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "HOME": str(home)}, check=True)
    assert mode(home) == 0o755
