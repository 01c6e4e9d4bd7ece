"""Seals of the journal: made with a key from outside the data folder, kept there, and missed by no one if it fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from pos.domain.staff import Action
from pos.errors import InputError
from pos.people_secrets import PeopleSecrets
from pos.secrets import SecretStore
from pos.services.journal_seals import JournalSeals
from pos.store import journal
from pos.store.database import Database
from pos.store.journal import Walk
from pos.store.journal.anchors import Anchor, Seals, seal_of
from tests.support.access import permit
from tests.support.filled import BACKUP, FilledShop, closed, run
from tests.support.seals import MemoryVault
from tests.support.shop import NOON
from tests.support.tills import OPEN, twd

T = TypeVar("T")

ONE = Anchor("Z 1", 8, "h" * 64, "2026-11-20T04:00:00.000000+00:00", 9, "sealed")
TWO = Anchor("Z 2", 20, "i" * 64, "2026-11-21T04:00:00.000000+00:00", 21, "sealed")


def seals_of(vault: MemoryVault, uid: str = "ours", folder: str = "/data") -> JournalSeals:
    return JournalSeals(vault, lambda: uid, folder)


async def kept(seals: JournalSeals, anchor: Anchor) -> None:
    await seals.prepare()
    await seals.keep(anchor)


@pytest.fixture
def shop(tmp_path: Path) -> FilledShop:
    return FilledShop(tmp_path)


def verified(shop: FilledShop, printed: str = "") -> Walk:
    return run(shop.backups().verify(BACKUP, printed=printed))


def said(walk: Walk) -> list[str]:
    return [one.spoken() for one in walk.messages]


def last_body(shop: FilledShop, kind: str) -> dict[str, object]:
    with closing(Database(shop.path, read_only=True)) as database:
        found: dict[str, object] = json.loads([one.body for one in journal.entries(database) if one.kind == kind][-1])
        return found


def test_without_a_vault_nothing_is_sealed_or_known() -> None:
    seals = JournalSeals()
    run(kept(seals, ONE))
    assert (seals.seal(8, "h"), seals.known()) == ("", Seals())


def test_a_head_is_sealed_with_the_key_of_the_vault() -> None:
    vault = MemoryVault(b"a key")
    seals = seals_of(vault)
    assert seals.seal(8, "h") == "", "the key is not read yet"
    run(seals.prepare())
    assert seals.seal(8, "h") == seal_of(b"a key", "ours", 8, "h") != ""
    assert seals.seal_for("theirs", 8, "h") == seal_of(b"a key", "theirs", 8, "h")
    vault.key = b"another key"
    run(seals.prepare())
    assert seals.seal(8, "h") == seal_of(b"a key", "ours", 8, "h"), "it is read once"


def test_the_first_seal_makes_the_key_and_a_verification_makes_none() -> None:
    vault = MemoryVault()
    assert (seals_of(vault).known(), vault.key) == (Seals(), b"")
    run(seals_of(vault).prepare())
    assert len(vault.key) == 32


def test_the_last_anchor_of_each_journal_is_kept() -> None:
    vault = MemoryVault()
    for uid, folder, anchor in (("ours", "/data", ONE), ("theirs", "/other", ONE), ("ours", "/data", TWO)):
        run(kept(seals_of(vault, uid, folder), anchor))
    assert seals_of(vault).known() == Seals(vault.key, TWO)
    assert seals_of(vault, "theirs", "/other").known() == Seals(vault.key, ONE)


def test_another_journal_in_the_folder_is_known_until_the_new_one_is_sealed() -> None:
    vault = MemoryVault()
    run(kept(seals_of(vault), ONE))
    new = seals_of(vault, "new")
    assert new.known() == Seals(vault.key, None, "ours")
    run(kept(new, TWO))
    assert new.known() == Seals(vault.key, TWO)
    assert seals_of(vault).known() == Seals(vault.key, None, "new"), "its place is taken"


def test_a_journal_that_moved_to_another_folder_keeps_its_anchor() -> None:
    vault = MemoryVault()
    run(kept(seals_of(vault), ONE))
    moved = seals_of(vault, folder="/elsewhere")
    assert moved.known() == Seals(vault.key, ONE)
    run(kept(moved, TWO))
    assert moved.known() == Seals(vault.key, TWO)


def test_the_keyring_is_asked_on_another_thread_if_there_is_one() -> None:
    calls: list[object] = []

    async def elsewhere(work: Callable[[], T]) -> T:
        calls.append(work)
        return await asyncio.to_thread(work)

    vault = MemoryVault()
    run(kept(JournalSeals(vault, lambda: "ours", "/data", elsewhere), ONE))
    assert len(calls) == 2
    assert seals_of(vault).known().last == ONE


@pytest.mark.parametrize("text", ["{", "[]", "5", '{"ours": 5}', '{"ours": {}}', '{"ours": {"folder": "/data"}}',
                                  '{"ours": {"folder": "/data", "more": 1}}'])  # fmt: skip
def test_seals_that_cannot_be_read_count_as_none_and_the_next_ones_are_kept(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    vault = MemoryVault(b"a key")
    vault.text = text
    assert seals_of(vault).known() == Seals(b"a key")
    assert "the last seals of the journal are unreadable" in caplog.text
    run(kept(seals_of(vault), ONE))
    assert seals_of(vault).known() == Seals(b"a key", ONE)


def test_the_real_file_of_keys_has_one_key_and_the_last_anchor(tmp_path: Path) -> None:
    def own() -> PeopleSecrets:
        return PeopleSecrets(lambda: SecretStore(tmp_path / "data", tmp_path / "keys", {}))

    for folder in ("data", "keys"):
        (tmp_path / folder).mkdir()
    assert JournalSeals(own(), lambda: "ours", "/data").known() == Seals()
    seals = JournalSeals(own(), lambda: "ours", "/data")
    run(kept(seals, ONE))
    found = JournalSeals(own(), lambda: "ours", "/data").known()
    assert (len(found.key), found.last) == (32, ONE)
    assert seals.seal(8, "h") == seal_of(found.key, "ours", 8, "h")
    assert found.key.hex().encode() not in b"".join(one.read_bytes() for one in (tmp_path / "data").iterdir())


# -- a whole shop ---------------------------------------------------------------------------------------------


def test_a_z_and_a_backup_are_sealed_and_the_last_is_known_outside(shop: FilledShop) -> None:
    assert (verified(shop).holds, len(shop.seals.known().key)) == (True, 32)
    last = shop.seals.known().last
    assert last is not None
    assert last.name == shop.backups().list()[0].path.name
    for kind in ("shift_closed", "backup", "restored"):
        assert len(str(last_body(shop, kind)["seal"])) == 64
    with shop.till(6) as till:
        closed(till)
    newer = shop.seals.known().last
    assert newer is not None
    assert (newer.name, newer.seq > last.seq, verified(shop).holds) == ("Z 4", True, True)


def test_a_z_closes_without_a_seal_if_the_keyring_does_not_answer(
    shop: FilledShop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.vault.fails = True
    with shop.till(6) as till:
        assert closed(till).report.shift.z_no == 4
    run(shop.backups(at=NOON + timedelta(hours=7)).verify(BACKUP))
    assert "seal" not in last_body(shop, "shift_closed")
    assert "the journal cannot be sealed: The keyring does not answer. locked" in caplog.text
    assert "the seals of the journal cannot be read" in caplog.text
    assert verified(shop).holds, "without the keyring nothing is known to be wrong"
    shop.vault.fails = False
    assert verified(shop).holds, "a Z without a seal is not wrong"
    with shop.till(8) as till:
        till.shifts.open(twd(0), OPEN)
        closed(till)
    assert (len(str(last_body(shop, "shift_closed")["seal"])), verified(shop).holds) == (64, True)


def test_a_seal_that_cannot_be_kept_does_not_undo_the_z(shop: FilledShop, caplog: pytest.LogCaptureFixture) -> None:
    with shop.till(6) as till:
        seals = shop.seals
        run(seals.prepare())
        shop.vault.fails = True
        till.shifts._seals = seals
        assert closed(till).report.shift.z_no == 4
    assert len(str(last_body(shop, "shift_closed")["seal"])) == 64
    assert "the seal of the journal was not kept: The keyring does not answer." in caplog.text
    shop.vault.fails = False
    assert verified(shop).holds


def restored_from_the_first_backup(shop: FilledShop) -> None:
    """Restore the backup that lacks all later anchors."""
    restoring = shop.backups(at=NOON + timedelta(hours=6))
    run(restoring.restore(permit(Action.RESTORE, "anna"), shop.folder / "old.sqlite", replace_newer=True))


def test_a_sealed_restore_sets_the_newer_anchors_aside(shop: FilledShop) -> None:
    restored_from_the_first_backup(shop)
    assert said(verified(shop)) == []


def test_a_restore_without_a_seal_is_told_from_an_old_copy_by_no_one(shop: FilledShop) -> None:
    """A keyring that did not answer leaves the same journal as someone who wrote the row of a restore."""
    shop.vault.fails = True
    restored_from_the_first_backup(shop)
    assert said(verified(shop)) == [], "nothing is known"
    shop.vault.fails = False
    kept = shop.backups().list()[0].path
    with closing(Database(kept, read_only=True)) as backup:
        row = journal.last(backup)[0]
    knows = f"{kept.name} knows row {row} of the journal with another hash: rows were changed, or cut off."
    assert said(verified(shop)) == [knows, knows], "by the file, and by the last seal"


def test_an_old_copy_put_in_place_of_the_journal_is_found(shop: FilledShop) -> None:
    shop.path.write_bytes((shop.folder / "old.sqlite").read_bytes())
    assert len(said(verified(shop))) == 2
    shop.vault.key, shop.vault.text = b"", ""
    assert len(said(verified(shop))) == 1, "the backup alone finds it"
    for file in shop.backups().list():
        file.path.unlink()
    assert said(verified(shop)) == [], "nothing else knows"


def test_a_backup_that_cannot_be_read_or_is_another_shops_proves_nothing(
    shop: FilledShop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "other").mkdir()
    other = FilledShop(tmp_path / "other")
    (theirs,) = other.backups().list()
    folder = shop.folder / "backups"
    (folder / "counter-20261120-110000-R1.sqlite").write_bytes(theirs.path.read_bytes())
    (folder / "counter-20261120-120000-R1.sqlite").write_bytes(b"torn")
    assert said(verified(shop)) == []
    assert "a backup cannot be compared" in caplog.text


def test_a_printed_hash_is_compared(shop: FilledShop) -> None:
    head = verified(shop).head
    report = last_body(shop, "shift_closed")["report"]
    assert isinstance(report, dict)
    printed = report["journal"]["hash"]
    for typed in (printed, printed[:8], f"{printed[:4]} {printed[4:12].upper()}", head):
        assert said(verified(shop, typed)) == []
    assert said(verified(shop, "0123 4567")) == ["No row of the journal has the hash 01234567."]
    assert len(head) == 64
    with pytest.raises(InputError, match="8 to 64 digits"):
        verified(shop, "0123456")


def test_an_older_backup_is_verified_without_what_came_after_it(shop: FilledShop) -> None:
    walk = run(shop.backups().verify(BACKUP, shop.folder / "old.sqlite"))
    assert (walk.holds, walk.rows) == (True, 18)
