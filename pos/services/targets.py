"""Approval of gateway targets: a changed address or merchant number needs the owner's approval, once.

Without people in the shop every target is recorded and used. With people, the first target of a gateway is recorded
when it is first used, unless it is on this machine or its network (a simulator) outside training. Everything else is
refused until the owner approves it: nothing is sent or queried, so that no money is booked from the answer of an
unknown server.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pos.domain.actor import RecordedBy
from pos.domain.staff import Action, Person
from pos.domain.target import Target
from pos.errors import NotAllowed, NotFound, NotSent, StoreError
from pos.gateways import TITLES
from pos.gateways.base import Gateway
from pos.gateways.http import LOOPBACK
from pos.gateways.merchant_key import IDENTIFIERS
from pos.i18n import N_, Message, msg
from pos.services.permissions import Permission, require_permission
from pos.services.sending import nothing_sent
from pos.store.targets import Basis, TargetStore

log = logging.getLogger(__name__)

_CHANGED: Final = N_(
    "{gateway} would be reached at {address} as merchant {merchant}; so far it was {before} as {merchant_before}."
    " Nothing was sent. If this change is yours, the owner approves it: Office, Gateways, or: pos key approve {name}"
)
_LOCAL: Final = N_(
    "{gateway} would be reached on this computer or its network ({address}), like a simulator. Nothing was sent. If"
    " this is yours, the owner approves it: Office, Gateways, or: pos key approve {name}"
)


@dataclass(frozen=True, slots=True)
class TargetState:
    """One gateway's target. ``problem`` is empty if it may be used. ``key_refused``: it refuses the shop's key."""

    target: Target
    title: str
    problem: Message
    key_refused: bool = False


def target_of(gateway: Gateway) -> Target:
    """Return the target of this gateway's requests, as it is set up."""
    keys = [one.key for one in gateway.FACTS.settings if one.required or one.key in IDENTIFIERS]
    merchant = " / ".join(value for key in keys if (value := gateway.config.option(key)))
    return Target(gateway.FACTS.name, gateway.base_url, merchant, is_local(urlsplit(gateway.base_url).hostname or ""))


def is_local(host: str) -> bool:
    """Return whether a host is this machine, or an address of a private network; names are not looked up."""
    name = host.rstrip(".").lower()
    if name in LOOPBACK or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_private
    except ValueError:
        return False


class Targets:
    """``store`` is None if every target is allowed; ``has_people`` returns whether the shop has people.

    Runs on the I/O loop.
    """

    def __init__(
        self,
        gateways: Mapping[str, Gateway],
        store: TargetStore | None = None,
        has_people: Callable[[], bool] = lambda: False,
        *,
        training: bool = False,
    ) -> None:
        self._gateways = gateways
        self._store = store
        self._has_people = has_people
        self._training = training
        self._good: set[str] = set()
        self.to = {name: target_of(gateway) for name, gateway in gateways.items()}

    def guard(self) -> None:
        """Refuse every request to a gateway whose target is not approved."""
        for name, gateway in self._gateways.items():
            gateway.wire.guard = self._guard_of(name)

    def check(self, gateway: str) -> None:
        """Raise NotAllowed if the gateway's target is not approved. Raises StoreError."""
        if problem := self.refusal(gateway):
            raise NotAllowed(problem)

    def allows(self, gateway: str, *, first: bool) -> bool:
        """Return whether a route may be tried. Raises NotAllowed for the ``first`` route, instead of a silent
        change to another gateway."""
        if first:
            self.check(gateway)
        return not self.refusal(gateway)

    def refusal(self, gateway: str) -> Message:
        """Return why the gateway may not be reached, empty if it may; a target that needs no approval is recorded.

        Raises StoreError.
        """
        if self._store is None or gateway in self._good or gateway not in self.to:
            return Message()
        problem, record = self._evaluate(self._store, self.to[gateway])
        if record is not None:
            with nothing_sent():
                self._store.record([self.to[gateway]], record)
        if not problem:
            self._good.add(gateway)
        return problem

    def states(self) -> list[TargetState]:
        """Return the target of every gateway that is set up; nothing is recorded. Raises StoreError."""
        store = self._store
        return [
            TargetState(
                one,
                self._title(name),
                self._evaluate(store, one)[0] if store else Message(),
                self._gateways[name].merchant_key.refused,
            )
            for name, one in self.to.items()
        ]

    def problem_of(self, target: Target) -> Message:
        """Return why a target, in use or not, may not be reached; nothing is recorded. Raises StoreError."""
        return self._evaluate(self._store, target)[0] if self._store else Message()

    def problems(self) -> list[Message]:
        """Return the messages about targets that are not approved."""
        return [one.problem for one in self.states() if one.problem]

    def approve(self, gateway: str, permission: Permission) -> Target:
        """Approve the gateway's present target. Raises NotAllowed, NotFound for a gateway that is not set up."""
        require_permission(permission, Action.KEYS)
        if gateway not in self.to or self._store is None:
            raise NotFound(msg(N_("{gateway} is not set up."), gateway=gateway))
        self._store.record([self.to[gateway]], Basis.OWNER if self._has_people() else Basis.OPEN, permission.by)
        self._good.add(gateway)
        return self.to[gateway]

    def approve_for_owner(self, owner: Person) -> None:
        """Record all present targets as approved by the shop's first ``owner``. Older records are not used any more."""
        self._good.clear()
        if self._store is not None and not self._training and self.to:
            try:
                self._store.record(list(self.to.values()), Basis.OWNER, RecordedBy(owner.id, owner.id))
            except StoreError as error:  # the owner exists; without a record they approve each one later
                log.warning("the gateways' targets were not recorded: %s", error.detail or error)

    def _evaluate(self, store: TargetStore, target: Target) -> tuple[Message, Basis | None]:
        """Return why the target is refused, and the basis on which it is to be recorded, if any."""
        known = store.of(target.gateway)
        if self._training:
            return Message(), None
        people = self._has_people()
        usable = [one for one, basis in known if not people or basis is not Basis.OPEN]
        if any((one.address, one.merchant) == (target.address, target.merchant) for one in usable):
            return Message(), None
        if not people:
            return Message(), Basis.OPEN
        if not known and not target.local:
            return Message(), Basis.FIRST_USE
        return self._problem(target, known[0][0] if known else None), None

    def _problem(self, target: Target, before: Target | None) -> Message:
        title = self._title(target.gateway)
        if before is None or (before.address, before.merchant) == (target.address, target.merchant):
            return msg(_LOCAL, gateway=title, address=target.address, name=target.gateway)
        return msg(
            _CHANGED, gateway=title, address=target.address, merchant=target.merchant or "–", before=before.address,
            merchant_before=before.merchant or "–", name=target.gateway,
        )  # fmt: skip

    def _title(self, gateway: str) -> str:
        used = self._gateways.get(gateway)
        return used.FACTS.title if used is not None else TITLES[gateway]

    def _guard_of(self, gateway: str) -> Callable[[], None]:
        def refuse() -> None:
            if problem := self.refusal(gateway):
                raise NotSent(problem)

        return refuse
