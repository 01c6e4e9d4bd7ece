"""Anchors: which heads a journal froze, what contradicts them, and what a restore sets aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from pos.domain.journal_kinds import JournalKind
from pos.domain.journal_kinds.register import BackupMade, Restored
from pos.domain.journal_kinds.shifts import DrawerOpened, ShiftClosed
from pos.errors import InputError
from pos.store.journal.anchors import Anchor, Seals, anchor_of, broken_anchors, printed_hash, seal_of

UID: Final = "5d1b0e3c-6c0a-4a61-9b0f-0f5d6b6c2f0e"
KEY: Final = b"a key from outside"
HASHES: Final = {seq: f"{seq:064x}" for seq in range(1, 11)}
MONDAY, TUESDAY, FRIDAY = (f"2026-11-{day}T04:00:00.000000+00:00" for day in (16, 17, 20))


def anchor(seq: int, name: str = "Z 1", **facts: Any) -> Anchor:
    """Return an anchor that the journal has, sealed."""
    made = Anchor(name, seq, HASHES[seq], MONDAY, seq + 1, seal_of(KEY, UID, seq, HASHES[seq]))
    return replace(made, **facts)


def broken(
    *inside: Anchor, outside: tuple[Anchor, ...] = (), seals: Seals | None = None,
    hashes: Mapping[int, str] = HASHES,
) -> list[str]:  # fmt: skip
    return [one.spoken() for one in broken_anchors(inside, outside, seals or Seals(KEY), UID, hashes.get)]


def closing(**report: Any) -> ShiftClosed:
    return ShiftClosed(
        shift=1, z_no=12, counted="TWD 0", expected="TWD 0", reason="", notes={}, report=report, seal="sealed"
    )


RESTORED: Final = Restored(
    file="b.sqlite", rows=7, head="h", lost=3, z_numbers={}, payments=0, open=0, refunds=0, sent=0, people=[],
    seal="sealed",
)  # fmt: skip


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (closing(journal={"seq": 8, "hash": "h"}), Anchor("Z 12", 8, "h", MONDAY, 9, "sealed")),
        (closing(), None),  # a Z of an older program
        (BackupMade(file="b.sqlite", rows=8, head="h", seal="sealed"), Anchor("b.sqlite", 8, "h", MONDAY, 9, "sealed")),
        (RESTORED, Anchor("b.sqlite", 7, "h", MONDAY, 9, "sealed", restores=True)),
        (DrawerOpened(reason="change"), None),
    ],
)
def test_a_z_a_backup_and_a_restore_freeze_a_head(body: JournalKind, found: Anchor | None) -> None:
    assert anchor_of(9, MONDAY, body) == found


def test_a_seal_depends_on_the_key_the_journal_the_row_and_its_hash() -> None:
    base = (KEY, UID, 7, "h")
    others = [(b"x", UID, 7, "h"), (KEY, "other", 7, "h"), (KEY, UID, 8, "h"), (KEY, UID, 7, "i")]
    assert len({seal_of(*one) for one in (base, *others)}) == 5
    assert seal_of(b"", UID, 7, "h") == ""


def test_anchors_that_the_journal_has_say_nothing() -> None:
    last = anchor(9)
    assert broken(anchor(3), anchor(6, seal=""), outside=(anchor(5, "b.sqlite"),), seals=Seals(KEY, last)) == []


def test_a_seal_that_does_not_fit_is_named_with_its_row() -> None:
    assert broken(anchor(3, seal="0" * 64)) == ["The seal of Z 1 does not fit the journal: row 4 was not written here."]
    assert broken(anchor(3, seal="0" * 64), seals=Seals()) == [], "without the key no seal can be compared"


def test_a_head_that_is_not_the_journals_is_named() -> None:
    assert broken(anchor(3, hash="other", seal="")) == ["Z 1 froze another row 3 than the journal has."]


@pytest.mark.parametrize("hashes", [{**HASHES, 9: "other"}, {seq: one for seq, one in HASHES.items() if seq < 9}])
def test_a_backup_or_the_last_seal_knows_a_row_that_was_changed_or_cut_off(hashes: Mapping[int, str]) -> None:
    said = "{} knows row 9 of the journal with another hash: rows were changed, or cut off."
    assert broken(outside=(anchor(9, "b.sqlite"),), hashes=hashes) == [said.format("b.sqlite")]
    assert broken(seals=Seals(KEY, anchor(9)), hashes=hashes) == [said.format("Z 1")]


def restored(rows: int, at: str, seal: str | None = None) -> Anchor:
    """Return the anchor of a restore of a backup with ``rows`` rows."""
    made = anchor(rows, "b.sqlite", at=at, restores=True)
    return made if seal is None else replace(made, seal=seal)


CUT: Final = {seq: one for seq, one in HASHES.items() if seq <= 6}


def test_a_sealed_restore_sets_aside_newer_anchors_that_were_made_before_it() -> None:
    last = Seals(KEY, anchor(9, at=MONDAY))
    assert broken(restored(5, TUESDAY), seals=last, hashes=CUT) == []
    assert len(broken(seals=last, hashes=CUT)) == 1, "no restore"
    assert len(broken(restored(5, TUESDAY), seals=Seals(KEY, anchor(9, at=FRIDAY)), hashes=CUT)) == 1, "made after it"


def test_a_restore_sets_aside_no_row_that_the_backup_had() -> None:
    changed = {**CUT, 4: "other"}
    assert len(broken(restored(5, TUESDAY), seals=Seals(KEY, anchor(4)), hashes=changed)) == 1


@pytest.mark.parametrize("seal", ["", "0" * 64])
def test_a_restore_without_the_right_seal_sets_nothing_aside(seal: str) -> None:
    said = broken(restored(5, TUESDAY, seal), seals=Seals(KEY, anchor(9)), hashes=CUT)
    assert said[-1].startswith("Z 1 knows row 9")


def test_without_a_key_a_restore_is_believed() -> None:
    assert broken(restored(5, TUESDAY, ""), outside=(anchor(9, "c.sqlite"),), seals=Seals(), hashes=CUT) == []


def test_another_journal_in_the_folder_is_named_until_it_is_sealed_itself() -> None:
    assert broken(seals=Seals(KEY, None, "other")) == [
        "This is another journal: the one that was sealed in this folder is other."
    ]
    assert broken(seals=Seals(KEY, anchor(9), "other")) == []


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", ""),
        ("  ", ""),
        ("0123abcd", "0123abcd"),
        ("0123 ABCD\n4567", "0123abcd4567"),
        (" ".join(["89abcdef"] * 8), "89abcdef" * 8),
    ],
)
def test_a_printed_hash_is_read_with_its_spaces_and_capitals(typed: str, read: str) -> None:
    assert printed_hash(typed) == read


@pytest.mark.parametrize("typed", ["0123abc", "0" * 65, "0123abcg", "0x123abc", "0123-4567", "０１２３４５６７"])
def test_what_is_no_printed_hash_is_refused(typed: str) -> None:
    with pytest.raises(InputError, match="8 to 64 digits 0-9 and a-f") as refused:
        printed_hash(typed)
    assert refused.value.field == "against"
