"""People of a shop whose PINs take no time to check.

A check of a PIN reads its cost from the stored hash. The program's own hashes take a quarter of a second each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from pos.domain.recovery_code import typed_code
from pos.domain.staff import Person, Role
from pos.people_secrets import CODE, PeopleSecrets
from pos.runtime import SystemClock
from pos.secrets import SecretStore
from pos.services.pin_hashing import PLAIN, PinHasher
from pos.store.database import FILE_NAME
from pos.store.people import PeopleStore
from tests.support.journals import new_journal

PINS = {Role.OWNER: "258025", Role.MANAGER: "369036", Role.CASHIER: "1470"}


def hire(
    data: Path,
    *roles: Role,
    settings: Path | None = None,
    names: Mapping[Role, str] = {},
) -> dict[Role, str]:
    """Add a person for each role to the journal in ``data``, the owner first; return their ids.

    ``settings`` is the folder of the settings file. Their names are those of their roles, unless given.
    """
    data.mkdir(exist_ok=True)
    hasher = PinHasher(PLAIN, _secrets(data, settings).pepper)
    found = {role: f"{number:02x}" for number, role in enumerate(roles, start=10)}
    with closing(new_journal(data / FILE_NAME)) as database:
        store = PeopleStore(database, "R1", SystemClock())
        for role, number in found.items():
            person = Person(number, names.get(role, role.value), role)
            store.add(person, hasher.hash(PINS[role]), found[roles[0]] if number != found[roles[0]] else "")
    return found


def make_quick(data: Path, pins: Mapping[str, str], code: str = "", settings: Path | None = None) -> None:
    """Store the ``pins`` of people by name, and the recovery code, once more as quick hashes."""
    own = _secrets(data, settings)
    hasher = PinHasher(PLAIN, own.pepper)
    with closing(new_journal(data / FILE_NAME)) as database:
        store = PeopleStore(database, "R1", SystemClock())
        for person in (one for one in store.all() if one.name in pins):
            store.change(person, person.id, hasher.hash(pins[person.name]))
        if code:
            secret = PinHasher(PLAIN).hash(typed_code(code))
            vault = own.vault(CODE)
            vault.write(json.dumps(json.loads(vault.read()) | {"hash": secret}))
            store.set_recovery_hash(secret, "")


def _secrets(data: Path, settings: Path | None) -> PeopleSecrets:
    return PeopleSecrets(lambda: SecretStore(data, settings or data, {}))
