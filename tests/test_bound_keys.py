"""Merchant keys belong to one journal in one folder, in the keyring and in the sealed file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pos.errors import ConfigError
from pos.gateways import GATEWAYS
from pos.secrets import KeysBound, Place, SecretStore
from pos.store.identity import Identity
from pos.vaults import BINDINGS
from tests.test_key_verbs import KEY, KEYRING, MANAGERS, PIN, SETTINGS, Machine
from tests.test_secrets import LockedKeyring, OwnKeyring

WANPAY, OPAY = GATEWAYS["wanpay"].FACTS, GATEWAYS["opay"].FACTS


class Shop:
    """One account of the operating system, with or without a keyring, and the folders of its registers."""

    def __init__(self, folder: Path, *, keyring: bool) -> None:
        self.folder = folder
        self.ring = OwnKeyring() if keyring else None

    def store(self, name: str = "", uid: str = "", people: int = 0) -> SecretStore:
        """Return the key store of the journal in the folder ``name``."""
        data = self.folder / name
        journal = Identity(uid, str(data), people, "hash" if people else "")
        return SecretStore(data, self.folder / "config", {}, self.ring, journal)


@pytest.fixture(params=[True, False], ids=["keyring", "file"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    return Shop(tmp_path, keyring=request.param)


def opened(store: SecretStore) -> SecretStore:
    """Bind the keys, as the process that works on the folder does."""
    store.bind(store.journal)
    return store


def test_the_first_journal_that_opens_takes_the_keys_of_none(shop: Shop) -> None:
    shop.store("till").put("wanpay", "key", "k")
    assert shop.store("till", "one").get("wanpay", "key") == "k"  # before the first opening
    assert opened(shop.store("till", "one")).get("wanpay", "key") == "k"
    assert shop.store("till", "one").get("wanpay", "key") == "k"
    assert shop.store("till").get("wanpay", "key") == ""
    with pytest.raises(KeysBound, match="belongs to another journal"):
        shop.store("till", "two").for_gateway(WANPAY)


def test_reading_adopts_nothing(shop: Shop) -> None:
    shop.store("till").put("wanpay", "key", "k")
    reader = shop.store("till", "one")
    assert (reader.get("wanpay", "key"), reader.where("wanpay", "key")) == ("k", reader.where("wanpay", "key"))
    assert shop.store("till", "two").get("wanpay", "key") == "k"


def test_a_key_stored_for_a_journal_takes_the_others_of_none_with_it(shop: Shop) -> None:
    shop.store("till").put("opay", "hash_key", KEY)
    shop.store("till", "one").put("opay", "hash_iv", "iv")
    again = shop.store("till", "one")
    assert (again.get("opay", "hash_key"), again.get("opay", "hash_iv")) == (KEY, "iv")
    assert shop.store("till").get("opay", "hash_key") == ""


def test_two_registers_of_one_keyring_have_their_own_keys(tmp_path: Path) -> None:
    shop = Shop(tmp_path, keyring=True)
    shop.store("east", "one").put("wanpay", "key", "eastern")
    shop.store("west", "two").put("wanpay", "key", "western")
    assert shop.store("east", "one").get("wanpay", "key") == "eastern"
    assert shop.store("west", "two").get("wanpay", "key") == "western"
    shop.store("west", "two").forget("wanpay", "key")
    assert shop.store("east", "one").for_gateway(WANPAY) == {"key": "eastern"}
    with pytest.raises(KeysBound, match="east"):
        shop.store("west", "two").for_gateway(WANPAY)


def test_another_registers_optional_key_is_no_fault(tmp_path: Path) -> None:
    shop = Shop(tmp_path, keyring=True)
    shop.store("east", "one").put("mypay", "store_key_next", "n" * 32)
    shop.store("west", "two").put("mypay", "store_key", "k" * 32)
    assert shop.store("west", "two").for_gateway(GATEWAYS["mypay"].FACTS) == {
        "store_key": "k" * 32, "store_key_next": "",
    }  # fmt: skip


def test_a_copy_of_the_journal_elsewhere_can_neither_use_nor_replace_nor_forget(shop: Shop) -> None:
    shop.store("till", "one").put("wanpay", "key", "k")
    shutil.copytree(shop.folder / "till", shop.folder / "copy") if shop.ring is None else None
    copy = shop.store("copy", "one")
    for work in (
        lambda: copy.get("wanpay", "key"),
        lambda: copy.where("opay", "hash_key"),
        lambda: copy.put("wanpay", "key", "mine"),
        lambda: copy.forget("wanpay", "key"),
        lambda: opened(copy).get("wanpay", "key"),
    ):
        with pytest.raises(KeysBound, match="pos key bind"):
            work()
    assert copy.values({"wanpay": WANPAY}) == []
    assert shop.store("till", "one").get("wanpay", "key") == "k"


def test_rebinding_moves_the_keys_to_the_folder_and_away_from_the_old_one(shop: Shop) -> None:
    shop.store("till", "one", people=4).put("wanpay", "key", "k")
    shutil.copytree(shop.folder / "till", shop.folder / "moved") if shop.ring is None else None
    moved = shop.store("moved", "one", people=4)
    assert [one.folder for one in moved.bound()] == [str(shop.folder / "till")]
    assert moved.rebind() == (Place.KEYRING if shop.ring else Place.FILE,)
    assert moved.get("wanpay", "key") == "k"
    assert moved.bound() == []
    if shop.ring:
        with pytest.raises(KeysBound, match="moved"):
            shop.store("till", "one").get("wanpay", "key")


def test_a_new_journal_in_the_folder_of_a_lost_one_gets_its_keys_only_by_rebinding(shop: Shop) -> None:
    shop.store("till", "lost").put("opay", "hash_key", KEY)
    shop.store("till", "lost").put("opay", "hash_iv", "iv")
    fresh = opened(shop.store("till", "new"))
    assert fresh.get("opay", "hash_key") == ""
    with pytest.raises(KeysBound, match=r"pos key set opay\.hash_key"):
        fresh.for_gateway(OPAY)
    assert [one.uid for one in fresh.bound()] == ["lost"]
    fresh.rebind()
    assert fresh.for_gateway(OPAY) == {"hash_key": KEY, "hash_iv": "iv"}
    assert shop.store("till", "lost").get("opay", "hash_key") == ""


def test_the_last_change_of_people_is_known_from_the_next_opening_on(shop: Shop) -> None:
    shop.store("till", "one").put("wanpay", "key", "k")
    opened(shop.store("till", "one", people=7))
    moved = shop.store("elsewhere", "one")
    if shop.ring:
        assert [(one.people, one.people_hash) for one in moved.bound()] == [(7, "hash")]
    assert shop.store("till", "one", people=7).bound() == []


def test_the_programs_own_secrets_belong_to_no_journal(shop: Shop) -> None:
    made = opened(shop.store("till", "one")).internal("pages")
    assert shop.store("till", "two").internal("pages") == made
    assert shop.store("till").internal("pages", create=False) == made


def test_keys_of_the_environment_work_for_every_journal(tmp_path: Path) -> None:
    shop = Shop(tmp_path, keyring=True)
    shop.store("till", "one").put("wanpay", "key", "k")
    environ = {"POS_SECRET_WANPAY_KEY": "e"}
    for journal in (Identity("one", "copy"), Identity("two", "copy"), Identity()):
        assert SecretStore(tmp_path, tmp_path, environ, shop.ring, journal).for_gateway(WANPAY) == {"key": "e"}


def test_a_locked_keyring_binds_nothing(tmp_path: Path) -> None:
    opened(SecretStore(tmp_path, tmp_path, {}, LockedKeyring(), Identity("one", "till")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("spoilt", ["x", "[]", '{"one": 1}', '{"one": {"uid": "one", "path": "/"}}'])
def test_a_spoilt_record_of_the_journals_is_said(tmp_path: Path, spoilt: str) -> None:
    ring = OwnKeyring()
    ring.set_password("counter", BINDINGS, spoilt)
    with pytest.raises(ConfigError, match="cannot be read"):
        SecretStore(tmp_path, tmp_path, {}, ring, Identity("one", "till")).get("wanpay", "key")


# -- real processes ---------------------------------------------------------------------------------------------------


@pytest.fixture(params=[True, False], ids=["keyring", "file"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "counter.toml").write_text(SETTINGS)
    (tmp_path / "keyring.json").write_text("{}")
    return Machine(tmp_path, KEYRING) if request.param else Machine(tmp_path)


def sell(machine: Machine) -> None:
    machine.ok("charge", "--tender", "cash", "--amount", "5")


def copied(machine: Machine, name: str) -> Machine:
    """Return the same account, with a copy of the data folder in use."""
    shutil.copytree(machine.folder / "data", machine.folder / name)
    return replace_data(machine, name)


def replace_data(machine: Machine, name: str) -> Machine:
    class Elsewhere(Machine):
        def command(self, *words: str) -> list[str]:
            data, other = str(self.folder / "data"), str(self.folder / name)
            return [other if word == data else word for word in super().command(*words)]

    return Elsewhere(machine.folder, machine.keyring, machine.more)


def test_a_fresh_folder_sees_no_key_of_the_shop(machine: Machine) -> None:
    machine.ok("key", "set", "wanpay.key", given="k")
    machine.ok("recover")  # the first command that uses the keys binds them to this journal
    other = replace_data(machine, "other")
    assert other.known()["wanpay.key"] is None
    sell(other)
    assert "is not stored" in other.refused("key", "forget", "wanpay.key")
    charge = ("charge", "--tender", "atm", "--gateway", "wanpay", "--amount", "5")
    said = other.refused(*charge, status=5)
    assert ("belongs to another journal" if machine.keyring == KEYRING else "is not stored") in said
    assert machine.known()["wanpay.key"] is not None


def test_an_old_copy_with_no_people_or_old_pins_never_gets_the_keys(machine: Machine) -> None:
    machine.ok("key", "set", "wanpay.key", given="k")
    sell(machine)
    machine.ok("journal", "backup", str(machine.folder / "old.sqlite"))
    code = machine.hire()
    sell(machine)
    old = copied(machine, "old")
    for tail in ("", "-wal", "-shm"):
        (machine.folder / "old" / f"counter.sqlite{tail}").unlink(missing_ok=True)
    shutil.copy(machine.folder / "old.sqlite", machine.folder / "old" / "counter.sqlite")
    for words in (("key", "set", "wanpay.key"), ("key", "forget", "wanpay.key"), ("key", "bind")):
        assert "recovery code" in old.refused(*words, given="mine")
    assert "pos key bind" in old.refused("charge", "--tender", "atm", "--gateway", "wanpay", "--amount", "5", status=5)
    assert "older than the keys' last owner" in old.refused("key", "bind", POS_RECOVERY_CODE=code)
    assert machine.known()["wanpay.key"] is not None


def test_after_the_folder_was_moved_the_owner_binds_the_keys_once(machine: Machine) -> None:
    code = machine.hire()
    machine.ok("key", "set", "wanpay.key", given="k", POS_PIN=PIN)
    sell(machine)
    (machine.folder / "data").rename(machine.folder / "moved")
    moved = replace_data(machine, "moved")
    sell(moved)  # cash needs no key
    assert "owner" in moved.refused("key", "bind", POS_PIN=MANAGERS)
    assert "recovery code" in moved.refused("key", "bind", POS_PIN=PIN)
    done = json.loads(moved.ok("key", "bind", "--json", POS_RECOVERY_CODE=code))
    assert done["folder"] == str((machine.folder / "moved").resolve())
    assert moved.known()["wanpay.key"] is not None
    assert "no merchant keys to bind" in moved.refused("key", "bind", POS_RECOVERY_CODE=code)


def test_a_restored_older_backup_of_the_same_register_keeps_its_keys(machine: Machine) -> None:
    machine.ok("key", "set", "wanpay.key", given="k")
    sell(machine)
    machine.ok("journal", "backup", str(machine.folder / "before.sqlite"))
    sell(machine)
    machine.ok("journal", "restore", str(machine.folder / "before.sqlite"), "--replace-newer")
    sell(machine)
    assert machine.known()["wanpay.key"] is not None
    assert json.loads(machine.ok("journal", "verify", "--json"))["holds"] is True


def test_a_keyring_written_before_journals_had_an_identity_is_taken_over(machine: Machine) -> None:
    sell(machine)
    if machine.keyring != KEYRING:
        SecretStore(machine.folder / "data", machine.folder / "config", {}).put("wanpay", "key", "k")
    else:
        (machine.folder / "keyring.json").write_text(json.dumps({"counter/wanpay.key": "k"}))
    assert machine.known()["wanpay.key"] is not None
    machine.ok("recover")
    assert machine.known()["wanpay.key"] is not None
    if machine.keyring == KEYRING:
        assert "counter/wanpay.key" not in json.loads((machine.folder / "keyring.json").read_text())
