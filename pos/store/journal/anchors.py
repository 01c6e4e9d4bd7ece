"""Anchors: heads of the journal that were frozen at a Z, a backup or a restore, and sealed with a key from outside.

A seal is HMAC-SHA256(key, UUID, number and hash of the row). A chain that was recomputed without the key cannot be
sealed again. The last seal is also kept outside the data folder, so that a journal cannot be cut before it.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeGuard

from pos.domain.journal_kinds import Json
from pos.domain.journal_kinds.register import BackupMade, Restored
from pos.domain.journal_kinds.shifts import ShiftClosed
from pos.errors import InputError
from pos.i18n import N_, Message, msg

HashOf = Callable[[int], str | None]
"""Return the hash of a row of the journal, None if there is no such row."""

SHORTEST: Final = 8
"""Digits of a printed hash that are compared at least."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head that was frozen: ``seq`` and ``hash`` of the row, and by what (``Z 12``, a file). ``at`` is its time.

    ``row`` is the journal row that froze it, 0 for one outside the journal; ``seal`` is "" if there was no key.
    """

    name: str
    seq: int
    hash: str
    at: str
    row: int = 0
    seal: str = ""
    restores: bool = False


@dataclass(frozen=True, slots=True)
class Seals:
    """What a verification knows from outside the data folder.

    ``key`` is empty on a computer that has none. ``last`` is the last anchor of this journal, ``other`` the UUID of
    another journal that was sealed in this folder.
    """

    key: bytes = b""
    last: Anchor | None = None
    other: str = ""


def seal_of(key: bytes, uid: str, seq: int, head: str) -> str:
    """Return the seal of a head as hexadecimal digits, "" without a key."""
    return hmac.new(key, f"{uid}\n{seq}\n{head}".encode(), sha256).hexdigest() if key else ""


def anchor_of(seq: int, at: str, body: Any) -> Anchor | None:
    """Return the anchor that a journal row has, None for most rows. ``body`` is of the row's declared class."""
    if isinstance(body, ShiftClosed):
        head = body.report.get("journal")
        name = f"Z {body.z_no}"
        return Anchor(name, int(head["seq"]), str(head["hash"]), at, seq, body.seal) if _is_object(head) else None
    if isinstance(body, BackupMade):
        return Anchor(body.file, body.rows, body.head, at, seq, body.seal)
    if isinstance(body, Restored):
        return Anchor(body.file, body.rows, body.head, at, seq, body.seal, restores=True)
    return None


def _is_object(value: Json) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def broken_anchors(
    inside: Sequence[Anchor], outside: Sequence[Anchor], seals: Seals, uid: str, hash_of: HashOf
) -> Iterator[Message]:
    """Yield a sentence for each anchor that the journal contradicts.

    ``inside`` are those of its own rows, ``outside`` those of backups. After a restore that is sealed, anchors of rows
    that it set aside do not count.
    """
    restores = [one for one in inside if one.restores and (not seals.key or one.seal == _seal(seals, uid, one))]
    for one in inside:
        if seals.key and one.seal and one.seal != _seal(seals, uid, one):
            yield msg(N_("The seal of {name} does not fit the journal: row {row} was not written here."),
                      name=one.name, row=one.row)  # fmt: skip
        elif hash_of(one.seq) != one.hash:
            yield msg(N_("{name} froze another row {seq} than the journal has."), name=one.name, seq=one.seq)
    for one in (*outside, *((seals.last,) if seals.last else ())):
        if hash_of(one.seq) != one.hash and not _set_aside(one, restores):
            text = N_("{name} knows row {seq} of the journal with another hash: rows were changed, or cut off.")
            yield msg(text, name=one.name, seq=one.seq)
    if seals.other and seals.last is None:
        text = N_("This is another journal: the one that was sealed in this folder is {uid}.")
        yield msg(text, uid=seals.other)


def printed_hash(text: str) -> str:
    """Return a hash as printed, or its beginning, without spaces; "" for no text. Raises InputError."""
    digits = "".join(text.split()).lower()
    if digits and not re.fullmatch(f"[0-9a-f]{{{SHORTEST},64}}", digits):
        said = N_("A printed hash has {shortest} to 64 digits 0-9 and a-f.")
        raise InputError("against", msg(said, shortest=SHORTEST))
    return digits


def _seal(seals: Seals, uid: str, one: Anchor) -> str:
    return seal_of(seals.key, uid, one.seq, one.hash)


def _set_aside(one: Anchor, restores: Sequence[Anchor]) -> bool:
    return any(restore.seq < one.seq and restore.at > one.at for restore in restores)
