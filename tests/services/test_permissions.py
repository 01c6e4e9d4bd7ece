"""Only the people service issues permissions, and services refuse everything else."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import pos
from pos.domain.staff import Action
from pos.errors import NotAllowed
from pos.services.permissions import Permission, require_permission
from tests.support.access import permit
from tests.support.tills import Till, twd

PEOPLE_SERVICE = {"access.py", "authorization.py", "backup_people.py", "lost_journal.py", "permissions.py"}
"""The modules of ``pos/services`` that check rights, and so may issue permissions."""


@dataclass(frozen=True)
class LookAlike:
    action: Action
    actor: str = "owner"
    approved_by: str = "owner"


def test_a_permission_cannot_be_made_by_hand() -> None:
    issuer: Any = object()
    with pytest.raises(TypeError, match="Only the people service"):
        Permission(Action.REFUND, "owner", "owner", issuer)


def test_a_permission_cannot_be_changed_into_one_for_another_action() -> None:
    given: Any = permit(Action.SHIFT)
    with pytest.raises((TypeError, ValueError), match="issuer"):
        replace(given, action=Action.REFUND)


def test_services_refuse_a_value_that_only_looks_like_a_permission() -> None:
    forged: Any = LookAlike(Action.SHIFT)
    till = Till()
    with pytest.raises(NotAllowed, match="opening and closing a shift"):
        till.shifts.open(twd(0), forged)
    assert till.shifts.current() is None
    till.database.close()


def test_a_permission_holds_no_pin_and_only_its_own_action() -> None:
    permission = permit(Action.REFUND, "anna", "boss")
    assert (permission.action, permission.by.actor, permission.by.approved_by) == (Action.REFUND, "anna", "boss")
    assert set(Permission.__slots__) == {"action", "actor", "approved_by"}
    for missing in (None, permit(Action.SHIFT)):
        with pytest.raises(NotAllowed, match="a refund"):
            require_permission(missing, Action.REFUND)


def test_only_the_people_service_makes_an_actor_of_a_person() -> None:
    root = Path(pos.__file__).parent
    found = {one.relative_to(root).as_posix() for one in root.rglob("*.py") if "Actor(" in one.read_text("utf-8")}
    assert found == {"domain/actor.py", "services/staff.py"}


def test_no_other_module_issues_permissions() -> None:
    root = Path(pos.__file__).parent
    issues = re.compile(r"\b_ISSUER\b|\bPermission\(|import [^\n]*\bissue\b|\bpermissions\.issue\b")
    found = {path.relative_to(root).as_posix() for path in root.rglob("*.py") if issues.search(path.read_text("utf-8"))}
    assert found == {f"services/{name}" for name in PEOPLE_SERVICE}
