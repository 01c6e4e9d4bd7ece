"""The target of a gateway's requests: the address, and the merchant number in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """One target. ``merchant`` is the shop's number at the gateway. ``local``: the address is on this machine or in
    its network, as that of a simulator."""

    gateway: str
    address: str
    merchant: str
    local: bool = False

    def body(self) -> dict[str, str | bool]:
        """Return the target as a journal body."""
        found: dict[str, str | bool] = {"gateway": self.gateway, "address": self.address, "merchant": self.merchant}
        return {**found, "local": True} if self.local else found


def target_from(found: Mapping[str, object]) -> Target:
    """Return the target of a body that :meth:`Target.body` made."""
    gateway, address, merchant = (str(found.get(name, "")) for name in ("gateway", "address", "merchant"))
    return Target(gateway, address, merchant, bool(found.get("local")))
