"""Commands for the whole journal: verify, back up, restore."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from pos.bootstrap import Register, backups_of, register_for
from pos.cli.permissions import permission_while_open
from pos.domain.staff import Action
from pos.errors import InputError
from pos.exits import FAULT, OK
from pos.i18n import N_, Message, msg
from pos.output import put, say
from pos.store.backup import BackupReport
from pos.store.database import NotAJournal
from pos.store.journal import Walk
from pos.store.journal.rebuild import Rebuilt
from pos.store.restore import Restored

PROGRESS_EVERY = 250_000
"""Rows between two progress messages, about one second."""


def journal(asked: argparse.Namespace) -> int:
    """Verify, back up, rebuild or restore the journal; all but ``restore`` work while the window is open."""
    actions = {"verify": _verify, "backup": _backup, "restore": _restore, "rebuild": _rebuild}
    return actions[asked.action](asked, register_for(asked.config, asked.data_dir, read_only=True, keys=False))


def _verify(asked: argparse.Namespace, register: Register) -> int:
    permission = permission_while_open(asked, Action.BACKUP)
    try:
        walk = asyncio.run(backups_of(register).verify(permission, asked.file, _show_progress, asked.against or ""))
    except NotAJournal as error:
        raise (InputError("file", error.message, error.detail) if asked.file else error) from None
    put(_walk_json(walk) if asked.json else None, _walk_lines(walk))
    return OK if walk.holds else FAULT


def _backup(asked: argparse.Namespace, register: Register) -> int:
    permission = permission_while_open(asked, Action.BACKUP)
    made = asyncio.run(backups_of(register).make(permission, asked.file))
    put(_made_json(made) if asked.json else None, [_made_line(made)])
    return OK


def _rebuild(asked: argparse.Namespace, register: Register) -> int:
    permission = permission_while_open(asked, Action.BACKUP)
    made = asyncio.run(backups_of(register).rebuild(permission, asked.file, _show_progress))
    put(_rebuilt_json(made) if asked.json else None, _rebuilt_lines(made))
    return OK


def _restore(asked: argparse.Namespace, register: Register) -> int:
    permission = permission_while_open(asked, Action.RESTORE, asked.file)
    try:
        done = asyncio.run(backups_of(register).restore(permission, asked.file, replace_newer=asked.replace_newer))
    except NotAJournal as error:
        raise InputError("file", error.message, error.detail) from None
    put(_restored_json(done) if asked.json else None, _restored_lines(done, register.shop.timezone))
    return OK


def _show_progress(rows: int) -> None:
    if rows % PROGRESS_EVERY:
        return
    say(msg(N_("{rows} rows are intact so far"), rows=rows).spoken())


def _walk_json(walk: Walk) -> dict[str, object]:
    found: dict[str, object] = {"holds": walk.holds, "rows": walk.rows, "head": walk.head}
    if fault := walk.fault:
        found["fault"] = {"row": fault.seq, "reason": fault.reason, "message": fault.message.spoken()}
    if walk.findings:
        found["findings"] = [one.spoken() for one in walk.findings]
    return found


def _walk_lines(walk: Walk) -> list[str]:
    if not walk.holds:
        return [one.spoken() for one in walk.messages]
    text = N_("The journal is intact: {rows} rows, the last hash is {head}")
    return [msg(text, rows=walk.rows, head=walk.head).spoken()]


def _rebuilt_json(made: Rebuilt) -> dict[str, object]:
    return {"path": str(made.path), "rows": made.rows, "head": made.head, "lost_secrets": dict(made.lost)}


def _rebuilt_lines(made: Rebuilt) -> list[str]:
    text = N_("{path}: all tables are rebuilt from {rows} rows, the last hash is {head}")
    lines = [msg(text, path=made.path, rows=made.rows, head=made.head).spoken()]
    if made.lost:
        text = N_(
            "These secrets do not fit the journal and are empty now: {lost}. Set new PINs, or a new recovery code."
        )
        lines.append(msg(text, lost=", ".join(f"{name} ({count})" for name, count in made.lost.items())).spoken())
    return lines


def _made_json(made: BackupReport) -> dict[str, object]:
    return {"path": str(made.path), "rows": made.rows, "head": made.head, "bytes": made.size}


def _made_line(made: BackupReport) -> str:
    text = N_("{path}: {rows} rows, {size} bytes, the last hash is {head}")
    return msg(text, path=made.path, rows=made.rows, size=made.size, head=made.head).spoken()


def _restored_json(done: Restored) -> dict[str, object]:
    replaced = str(done.replaced) if done.replaced else None
    lost = {"rows": done.lost.rows, "last_at": done.lost.last_at, "unread": _unread(done)}
    body = {"path": str(done.path), "rows": done.rows, "head": done.head, "replaced": replaced, "lost": lost}
    repaired = {"repaired": [one.spoken() for one in done.repaired]} if done.repaired else {}
    return {**body, "past": done.carry_over.as_json(), **repaired}


def _restored_lines(done: Restored, zone: ZoneInfo) -> list[str]:
    lines = [msg(N_("The journal is restored: {rows} rows"), rows=done.rows).spoken()]
    if done.replaced:
        lines.append(msg(N_("The replaced journal is kept in {path}"), path=done.replaced).spoken())
    if done.lost.rows:
        text = N_("Rows that are only in the replaced journal: {rows}, the last one of {at}")
        lines.append(msg(text, rows=done.lost.rows, at=done.lost.last_in(zone)).spoken())
    return [*lines, *(one.spoken() for one in _carry_over_messages(done))]


def _unread(done: Restored) -> bool:
    return done.lost.unread or not done.carry_over.whole


def _carry_over_messages(done: Restored) -> Iterator[Message]:
    """Yield the messages about the backup's tables and about the journal that was replaced."""
    past = done.carry_over
    yield from done.repaired
    if done.repaired:
        yield msg(N_("The tables of the backup were rebuilt from its journal."))
    if _unread(done):
        yield msg(
            N_(
                "The replaced journal cannot be read. It may have later Z numbers and refunds. People and "
                "PINs are the backup's."
            )
        )
    for register, z_no in sorted(past.z_numbers.items()):
        text = N_("Z numbers up to {number} are used on register {register}. The next one follows them.")
        yield msg(text, number=z_no, register=register)
    if past.payments:
        text = N_(
            "Payments that are only in the replaced journal: {count}, not settled: {open}. Check those in"
            " the gateways' consoles."
        )
        yield msg(text, count=past.payments, open=past.open)
    if past.refunds:
        yield msg(N_("Refunds carried over, so that nothing is refunded twice: {count}"), count=len(past.refunds))
    if past.people:
        text = N_("People and PINs are those of the replaced journal. They differ from the backup's: {names}")
        yield msg(text, names=", ".join(past.people))
