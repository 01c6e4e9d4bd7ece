"""The panel of the sell page on which a manager's PIN approves one action, as capturing held money."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt

from pos.domain.staff import Action
from pos.gui.bridge import Bridge, Till
from pos.gui.page import Page
from pos.gui.people.approval import Approval
from pos.i18n import N_
from pos.services.permissions import Permission

WIDTH = 360
"""Pixels of the card."""


class ApprovalPanel(Page):
    """Holds one :class:`Approval`; it needs no title and no way back of its own."""

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "sellPanel", N_("Approval"))
        self.back.hide()
        self.title.hide()
        self.column.setContentsMargins(8, 8, 8, 8)
        self.approval = Approval(self, "sellApproval")
        self.approval.setFixedWidth(WIDTH)
        self.column.addWidget(self.approval, 1, Qt.AlignmentFlag.AlignHCenter)
        self.retranslate()

    def ask_permit(self, action: Action, order_no: str, done: Callable[[Permission], object]) -> None:
        """Get a permit for ``action`` on one payment, for ``done``."""
        self.approval.ask(action, done, order_no)
