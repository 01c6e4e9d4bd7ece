"""Commands for merchant keys: ``pos key set | list | forget | bind | approve``. A key is never shown."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterator
from typing import Final

from pos.bootstrap import default_data_dir, register_for, secrets_for
from pos.cli.permissions import is_terminal, obtain_permission, permission_while_open
from pos.cli.session import run_with_services
from pos.domain.staff import Action
from pos.errors import ConfigError, InputError, NotAllowed, NotFound
from pos.exits import OK
from pos.gateways import GATEWAYS
from pos.gateways.base import SecretField
from pos.gateways.merchant_key import check_secret
from pos.i18n import N_, _, msg
from pos.output import put
from pos.secrets import Place, environment_name
from pos.store.identity import knows_people_of

LONGEST: Final = 4096
"""Bytes that are read from standard input; keys of the gateways are shorter."""

PLACES: Final = {
    Place.KEYRING: N_("in the keyring"),
    Place.FILE: N_("in the encrypted file"),
    Place.ENVIRONMENT: N_("in the environment"),
    None: N_("not stored"),
}


def key(asked: argparse.Namespace) -> int:
    """Run one of the five actions; all but ``approve`` work while the window is open."""
    return {"set": _set, "list": _list, "forget": _forget, "bind": _bind, "approve": _approve}[asked.action](asked)


def _set(asked: argparse.Namespace) -> int:
    gateway, field = _named(asked.name)
    permission_while_open(asked, Action.KEYS)
    value = _checked(gateway, field, _typed(asked.name) if is_terminal() else _handed_over())
    keys = secrets_for(asked.config, asked.data_dir)
    keys.put(gateway, field.key, value)
    place = keys.where(gateway, field.key)
    note = msg(N_("Counter uses it from its next start.")).spoken()
    put(_as_json(asked.name, place) if asked.json else None, [f"{_as_line(asked.name, place)}  {note}"])
    return OK


def _list(asked: argparse.Namespace) -> int:
    """List the keys that the gateways of the settings file need, and the other stored ones."""
    settings = register_for(asked.config, asked.data_dir, read_only=True, keys=False).settings
    keys = secrets_for(asked.config, asked.data_dir)
    found: list[tuple[str, Place | None]] = []
    for gateway, field in _fields():
        place = keys.where(gateway, field.key)
        if place is not None or (field.required and settings.gateway_options(gateway)):
            found.append((f"{gateway}.{field.key}", place))
    rows = [_as_json(name, place) for name, place in found]
    put({"keys": rows} if asked.json else None, [_as_line(name, place) for name, place in found])
    return OK


def _forget(asked: argparse.Namespace) -> int:
    gateway, field = _named(asked.name)
    permission_while_open(asked, Action.KEYS)
    keys = secrets_for(asked.config, asked.data_dir)
    gone, place = keys.forget(gateway, field.key), keys.where(gateway, field.key)
    if place is Place.ENVIRONMENT and not gone:
        text = N_("The key {name} is set in the environment as {variable}. Remove it there.")
        raise NotFound(msg(text, name=asked.name, variable=environment_name(gateway, field.key)))
    if not gone:
        raise NotFound(msg(N_("The key {name} is not stored."), name=asked.name))
    put(_as_json(asked.name, place) if asked.json else None, [_as_line(asked.name, place)])
    return OK


def _bind(asked: argparse.Namespace) -> int:
    """Allow this journal the keys stored for it in another folder, or for the journal that it replaced."""
    permission_while_open(asked, Action.KEYS)
    keys, folder = secrets_for(asked.config, asked.data_dir), asked.data_dir or default_data_dir()
    if not keys.journal.uid or not (bound := keys.bound()):
        raise NotFound(N_("There are no merchant keys to bind: none are stored for this journal in another folder."))
    if not all(knows_people_of(folder, one) for one in bound):
        text = N_(
            "This copy of the journal is older than the keys' last owner: it lacks people or changed PINs. Nothing was"
            " changed. Use the newest journal, in the folder {bound}."
        )
        raise NotAllowed(msg(text, bound=bound[0].folder))
    places = keys.rebind()
    note = msg(N_("The stored merchant keys belong to the journal in {folder} now."), folder=keys.journal.folder)
    found = {"register_uid": keys.journal.uid, "folder": keys.journal.folder, "places": [one.value for one in places]}
    put(found if asked.json else None, [note.spoken()])
    return OK


def _approve(asked: argparse.Namespace) -> int:
    """Approve the address and merchant number of a gateway in the present settings."""
    register = register_for(asked.config, asked.data_dir)

    async def work() -> int:
        right = await obtain_permission(register, Action.KEYS)
        target = register.services.targets.approve(asked.gateway, right)
        put(target.body() if asked.json else None, [f"{target.gateway}  {target.address}  {target.merchant}".rstrip()])
        return OK

    return run_with_services(register, work)


def _fields() -> Iterator[tuple[str, SecretField]]:
    """Return the names of all keys of all gateways."""
    return ((name, field) for name, kind in GATEWAYS.items() for field in kind.FACTS.secrets)


def _named(text: str) -> tuple[str, SecretField]:
    """Return gateway and key of a name like ``opay.hash_key``. Raises InputError with all names."""
    known = {f"{name}.{field.key}": (name, field) for name, field in _fields()}
    if text not in known:
        problem = N_("{value} is not a merchant key. Use one of {known}")
        raise InputError("name", msg(problem, value=text[:40], known=", ".join(known)))
    return known[text]


def _checked(gateway: str, field: SecretField, value: str) -> str:
    """Check a key by its gateway's rule. Raises InputError."""
    if not value:
        raise InputError("name", N_("No key was given. Type it, or pass it on standard input."))
    try:
        check_secret(gateway, field, value)
    except ConfigError as error:
        raise InputError("name", error.message) from None
    if not value.isprintable() or " " in value:
        text = N_("The key {name} may not contain spaces or line ends.")
        raise InputError("name", msg(text, name=f"{gateway}.{field.key}"))
    return value


def _typed(name: str) -> str:
    """Ask for a key twice, without showing it. Raises InputError if the two differ."""
    try:
        first = getpass.getpass(_("The key {name}: ").format(name=name)).strip()
        again = getpass.getpass(_("Repeat: ")).strip() if first else ""
    except EOFError:
        return ""
    if first != again:
        raise InputError("name", N_("The two entries are not the same. Nothing was stored."))
    return first


def _handed_over() -> str:
    """Read a key from standard input as bytes, because a decoding error would show it. Raises InputError."""
    raw = sys.stdin.buffer.read(LONGEST + 1) if sys.stdin else b""
    if len(raw) > LONGEST:
        raise InputError("name", N_("This is too long for a key. Nothing was stored."))
    return raw.decode("utf-8-sig", "replace").strip()


def _as_json(name: str, place: Place | None) -> dict[str, object]:
    return {"name": name, "known": place is not None, "place": place.value if place else None}


def _as_line(name: str, place: Place | None) -> str:
    return f"{name}  {_(PLACES[place])}"
