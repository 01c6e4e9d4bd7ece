"""Who acts at a register, and how an action is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pos.domain.staff import Role


class Proof(StrEnum):
    """How a person proved who they are."""

    NONE = "none"
    PIN = "pin"
    TRAINING = "training"  # the training shop signs its owner in without a PIN


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts at a register, passed to the services by their callers.

    ``person`` is the person's id, "" if no one is signed in. ``role`` is the one at the sign-in; rights are decided
    from the people of the journal at the moment of each call.
    """

    person: str = ""
    role: Role | None = None
    register: str = ""
    proof: Proof = Proof.NONE


def signed_out(register: str = "") -> Actor:
    """Return the actor of a register without a sign-in."""
    return Actor(register=register)


@dataclass(frozen=True, slots=True)
class RecordedBy:
    """The people that a journal row names: ``actor`` acted, ``approved_by`` typed the PIN. Ids, "" for no person."""

    actor: str = ""
    approved_by: str = ""


NO_PERSON: Final = RecordedBy()
"""The register acts by itself."""
