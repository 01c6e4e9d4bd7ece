"""Merchant keys: never in plain text on the disk, never in a log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.errors import KeyringError, PasswordSetError

from pos.errors import ConfigError
from pos.gateways import GATEWAYS
from pos.logs import FILE_NAME, Masker, install
from pos.secrets import FILE_NAME as SEALED
from pos.secrets import KEY_NAME, Place, SecretStore, environment_name

KEY = "KYTjd9ACcjGaTK6V3zWmMkyrQS08Ndcx"


class OwnKeyring:
    """A working keyring."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str, /) -> str | None:
        return self.stored.get((service, name))

    def set_password(self, service: str, name: str, value: str, /) -> None:
        self.stored[service, name] = value

    def delete_password(self, service: str, name: str, /) -> None:
        del self.stored[service, name]


class LockedKeyring(OwnKeyring):
    """A locked keyring."""

    def get_password(self, service: str, name: str, /) -> str | None:
        raise KeyringError("locked")

    def set_password(self, service: str, name: str, value: str, /) -> None:
        raise PasswordSetError("locked")


def test_a_stored_key_comes_back_and_is_nowhere_in_plain_text(tmp_path: Path) -> None:
    data, keys = tmp_path / "data", tmp_path / "config"
    SecretStore(data, keys, {}).put("mypay", "store_key", KEY)
    SecretStore(data, keys, {}).put("opay", "hash_key", "5294y06JbISpM5x9")
    again = SecretStore(data, keys, {})
    assert again.get("mypay", "store_key") == KEY
    assert again.get("opay", "hash_key") == "5294y06JbISpM5x9"
    assert again.get("opay", "hash_iv") == ""
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes()
            assert sys.platform == "win32" or path.stat().st_mode & 0o077 == 0


def test_the_data_folder_alone_opens_nothing(tmp_path: Path) -> None:
    SecretStore(tmp_path / "data", tmp_path / "config", {}).put("mypay", "store_key", KEY)
    with pytest.raises(ConfigError, match="cannot be opened"):
        SecretStore(tmp_path / "data", tmp_path / "elsewhere", {}).get("mypay", "store_key")
    sealed = tmp_path / "data" / "keys.sealed"
    sealed.write_bytes(sealed.read_bytes()[:-1] + b"x")
    with pytest.raises(ConfigError, match="cannot be opened"):
        SecretStore(tmp_path / "data", tmp_path / "config", {}).get("mypay", "store_key")
    assert (tmp_path / "config" / KEY_NAME).exists()


def test_the_keyring_comes_first_then_the_file_then_the_environment(tmp_path: Path) -> None:
    ring, environ = OwnKeyring(), {environment_name("mypay", "store_key"): "from the environment"}
    assert SecretStore(tmp_path, tmp_path, environ, ring).get("mypay", "store_key") == "from the environment"
    SecretStore(tmp_path, tmp_path, {}).put("mypay", "store_key", "from the file")
    assert SecretStore(tmp_path, tmp_path, environ, ring).get("mypay", "store_key") == "from the file"
    SecretStore(tmp_path, tmp_path, {}, ring).put("mypay", "store_key", "from the keyring")
    assert SecretStore(tmp_path, tmp_path, environ, ring).get("mypay", "store_key") == "from the keyring"


def test_the_place_of_every_key_can_be_listed(tmp_path: Path) -> None:
    ring, environ = OwnKeyring(), {environment_name("mypay", "store_key"): KEY}
    store = SecretStore(tmp_path, tmp_path, environ, ring)
    assert (store.where("mypay", "store_key"), store.where("opay", "hash_key")) == (Place.ENVIRONMENT, None)
    SecretStore(tmp_path, tmp_path, {}).put("mypay", "store_key", KEY)
    assert SecretStore(tmp_path, tmp_path, environ, ring).where("mypay", "store_key") is Place.FILE
    store.put("mypay", "store_key", KEY)
    assert store.where("mypay", "store_key") is Place.KEYRING


def test_a_locked_keyring_is_skipped_when_reading_and_reported_when_storing(tmp_path: Path) -> None:
    locked = SecretStore(tmp_path, tmp_path, {environment_name("mypay", "store_key"): KEY}, LockedKeyring())
    assert locked.get("mypay", "store_key") == KEY
    with pytest.raises(ConfigError, match="cannot be stored: keyring"):
        locked.put("mypay", "store_key", KEY)
    assert list(tmp_path.iterdir()) == []


def test_two_programs_that_store_keys_do_not_undo_each_other(tmp_path: Path) -> None:
    one, other = SecretStore(tmp_path, tmp_path, {}), SecretStore(tmp_path, tmp_path, {})
    one.put("opay", "hash_key", "first")
    assert other.get("opay", "hash_key") == "first"
    one.put("opay", "hash_iv", "second")
    other.put("wanpay", "key", "third")
    assert SecretStore(tmp_path, tmp_path, {}).get("opay", "hash_iv") == "second"


@pytest.mark.parametrize("spoilt", [b"", b"short", b"\0" * 64])
@pytest.mark.parametrize("name", [SEALED, KEY_NAME])
def test_a_spoilt_file_is_refused_and_never_written_over(tmp_path: Path, name: str, spoilt: bytes) -> None:
    SecretStore(tmp_path, tmp_path, {}).put("opay", "hash_key", KEY)
    (tmp_path / name).write_bytes(spoilt)
    sealed = (tmp_path / SEALED).read_bytes()
    with pytest.raises(ConfigError, match="cannot be opened"):
        SecretStore(tmp_path, tmp_path, {}).put("opay", "hash_iv", "iv")
    assert (tmp_path / SEALED).read_bytes() == sealed


def test_names_in_the_environment_are_those_of_the_contract() -> None:
    names = {environment_name(name, secret.key) for name, kind in GATEWAYS.items() for secret in kind.FACTS.secrets}
    assert names >= {
        "POS_SECRET_OPAY_HASH_KEY", "POS_SECRET_OPAY_HASH_IV", "POS_SECRET_WANPAY_KEY", "POS_SECRET_QFPAY_CLIENT_KEY",
        "POS_SECRET_MYPAY_STORE_KEY",
    }  # fmt: skip


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be stored"):
        SecretStore(tmp_path / "file" / "x", tmp_path, {}).put("mypay", "store_key", KEY)


def test_the_programs_own_secret_is_made_once_and_found_again_wherever_it_lies(tmp_path: Path) -> None:
    ring = OwnKeyring()
    made = SecretStore(tmp_path, tmp_path, {}, ring).internal("pages")
    assert len(made) == 32
    assert SecretStore(tmp_path, tmp_path, {}, ring).internal("pages") == made
    assert SecretStore(tmp_path, tmp_path, {}, ring).internal("pins") != made
    assert SecretStore(tmp_path, tmp_path, {}).internal("pages", create=False) == b""
    in_file = SecretStore(tmp_path, tmp_path, {}).internal("pages")
    assert SecretStore(tmp_path, tmp_path, {}).internal("pages", create=False) == in_file


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    hook, root = sys.excepthook, logging.getLogger()
    level = root.level
    handler = install(tmp_path, Masker([KEY, "", "abc"]))
    yield tmp_path / FILE_NAME
    root.removeHandler(handler)
    root.setLevel(level)
    handler.close()
    sys.excepthook = hook


def crash() -> None:
    secret = KEY
    raise RuntimeError(f"broke with {secret} and account 9917 0242 8863 03 of 0912345678")


def test_no_key_or_account_reaches_the_log_by_any_path(log_file: Path) -> None:
    log = logging.getLogger("pos.test")
    log.info("key %s, account %s", KEY, "4671072285183299")
    log.warning({"key": KEY})
    try:
        crash()
    except RuntimeError:
        log.exception("while paying to 46710722851832")
        sys.excepthook(*sys.exc_info())
    text = log_file.read_text(encoding="utf-8")
    assert KEY not in text
    assert not any(number in text for number in ("4671072285183299", "46710722851832", "9917 0242", "0912345678"))
    assert "…3299" in text
    assert "RuntimeError" in text
    assert "crashed" in text
    assert text.startswith("20")


def test_an_interrupt_is_no_crash(log_file: Path) -> None:
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert not log_file.exists()


def test_order_numbers_stay_readable() -> None:
    line = "charge of 261120R1DDE9HWDT95Z4 at 2026-11-20T12:00:00.123+00:00 for 125"
    assert Masker([]).masked(line) == line
