"""Rights on the command line: whoever calls without a PIN is a cashier; ``POS_PIN`` or a prompt approves one action."""

from __future__ import annotations

import getpass
import os
import sys

from pos.bootstrap import Register
from pos.domain.staff import Action, Permit
from pos.errors import NotAllowed


async def permit(register: Register, action: Action) -> Permit:
    """The right to ``action``. Raises NotAllowed where nobody gives it."""
    try:
        return await register.desk.ask(lambda office: office.staff.permit(action))
    except NotAllowed:
        pin = os.environ.get("POS_PIN") or _asked()
        if not pin:
            raise
    return await register.desk.do(lambda office: office.staff.approve(action, pin))


def _asked() -> str:
    return getpass.getpass("PIN: ") if sys.stdin is not None and sys.stdin.isatty() else ""
