"""Permissions: checked rights to one action. Only the people service issues them."""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from typing import Final

from pos.domain.actor import RecordedBy
from pos.domain.staff import Action, not_allowed


class _Issuer:
    """The proof that the people service makes a permission."""


_ISSUER: Final = _Issuer()


@dataclass(frozen=True, slots=True)
class Permission:
    """A checked right to one action, required by services that move money or show figures.

    ``actor`` is the id of the person who acts, ``approved_by`` of the one who typed the PIN if that was another person;
    "" for no person. Raises TypeError for every caller but :func:`issue`.
    """

    action: Action
    actor: str
    approved_by: str
    issuer: InitVar[_Issuer]

    def __post_init__(self, issuer: _Issuer) -> None:
        if issuer is not _ISSUER:
            raise TypeError("Only the people service issues permissions.")

    @property
    def by(self) -> RecordedBy:
        """The people that the journal names."""
        return RecordedBy(self.actor, self.approved_by)


def issue(action: Action, actor: str = "", approved_by: str = "") -> Permission:
    """Issue a permission after the right was checked. Only the modules of the people service may call this."""
    return Permission(action, actor, approved_by, _ISSUER)


def require_permission(permission: Permission | None, action: Action) -> Permission:
    """Return ``permission`` if it is a permission for ``action``; services check their callers with it.

    Raises NotAllowed, also for a value that is no permission.
    """
    if not isinstance(permission, Permission) or permission.action is not action:
        raise not_allowed(action)
    return permission
