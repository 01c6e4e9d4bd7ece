"""The files of the sealed keys belong to this user: a file of another user in a shared folder is not used."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from pos.errors import ConfigError
from pos.secrets import FILE_NAME, KEY_NAME, SecretStore

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="owners and modes of POSIX")

needs_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")


def store(tmp_path: Path) -> SecretStore:
    return SecretStore(tmp_path / "data", tmp_path / "config", {})


def file_of(tmp_path: Path, name: str) -> Path:
    return tmp_path / ("data" if name == FILE_NAME else "config") / name


@pytest.fixture(params=[FILE_NAME, KEY_NAME])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return one of the two files, after a key was stored."""
    store(tmp_path).put("wanpay", "key", "k")
    return file_of(tmp_path, request.param)


def refused(tmp_path: Path) -> None:
    for work in (lambda: store(tmp_path).get("wanpay", "key"), lambda: store(tmp_path).put("opay", "hash_iv", "iv")):
        with pytest.raises(ConfigError, match="belongs to another user, or is a link"):
            work()


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604, 0o777])
def test_a_mode_that_others_can_read_is_repaired(file: Path, tmp_path: Path, mode: int) -> None:
    file.chmod(mode)
    assert store(tmp_path).get("wanpay", "key") == "k"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@needs_root
@pytest.mark.parametrize("uid", [1, 65534])
def test_a_file_of_another_user_is_refused(file: Path, tmp_path: Path, uid: int) -> None:
    os.chown(file, uid, -1)
    refused(tmp_path)


@pytest.mark.parametrize("elsewhere", ["elsewhere", "config/below"])
def test_a_link_to_another_folder_is_refused(file: Path, tmp_path: Path, elsewhere: str) -> None:
    place = tmp_path / elsewhere
    place.mkdir()
    file.rename(place / file.name)
    file.symlink_to(place / file.name)
    refused(tmp_path)


def test_a_settings_folder_that_is_a_link_is_its_owners_business(tmp_path: Path) -> None:
    store(tmp_path).put("wanpay", "key", "k")
    (tmp_path / "config").rename(tmp_path / "dotfiles")
    (tmp_path / "config").symlink_to(tmp_path / "dotfiles")
    assert store(tmp_path).get("wanpay", "key") == "k"


@needs_root
def test_a_key_planted_before_the_first_one_is_stored_seals_nothing(tmp_path: Path) -> None:
    planted = tmp_path / "config" / KEY_NAME
    planted.parent.mkdir()
    planted.write_bytes(b"A" * 44)
    os.chown(planted, 1, -1)
    with pytest.raises(ConfigError, match="belongs to another user"):
        store(tmp_path).put("wanpay", "key", "k")
    assert not (tmp_path / "data" / FILE_NAME).exists()
