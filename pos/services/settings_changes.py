"""Change the shop's settings: with a right, journaled with who, and written only if they are journaled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pos.domain.staff import Action
from pos.errors import PosError
from pos.gateways.base import Gateway
from pos.services.doctor import CheckResult, probe
from pos.services.permissions import Permission, require_permission
from pos.services.targets import Targets, target_of
from pos.store.settings_in_use import SettingChange, SettingChanges


@dataclass(frozen=True, slots=True)
class SettingsPlan:
    """Checked changes, and the call that writes them into the file. ``write`` raises ConfigError."""

    changes: tuple[SettingChange, ...]
    write: Callable[[], None]


class StoredSettings(Protocol):
    """The settings file."""

    def values(self) -> Mapping[str, object]:
        """Return the stored value of every setting by its key. Raises ConfigError."""
        ...

    def plan(self, typed: Mapping[str, str]) -> SettingsPlan:
        """Check typed values by key. Raises InputError, ConfigError."""
        ...


class SettingsService:
    """Reads and changes the settings of the next start; the register goes on with those that it was started with.

    ``build`` makes a gateway of the stored settings and keys. Runs on the I/O loop.
    """

    def __init__(
        self,
        file: StoredSettings,
        store: SettingChanges,
        targets: Targets,
        build: Callable[[str], Awaitable[Gateway]],
    ) -> None:
        self._file = file
        self._store = store
        self._targets = targets
        self._build = build

    def values(self) -> Mapping[str, object]:
        """Return the stored value of every setting by its key. Raises ConfigError."""
        return self._file.values()

    def change(self, typed: Mapping[str, str], permission: Permission) -> Sequence[SettingChange]:
        """Store typed values by key, all or none. Return what changed; nothing is written without a change.

        Raises InputError for a value that breaks a rule, ConfigError, StoreError.
        """
        require_permission(permission, Action.SETTINGS)
        plan = self._file.plan(typed)
        if plan.changes:
            self._store.record(plan.changes, permission.by, plan.write)
        return plan.changes

    async def test(self, name: str) -> CheckResult:
        """Try a gateway with the stored settings and keys, by a query of no order. An address that the owner has not
        approved is not reached."""
        try:
            gateway = await self._build(name)
        except PosError as error:
            return CheckResult(name, False, error.message, credentials=True)
        try:
            if problem := self._targets.problem_of(target_of(gateway)):
                return CheckResult(name, False, problem)
            return await probe(gateway)
        finally:
            await gateway.wire.aclose()
