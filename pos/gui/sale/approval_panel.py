"""The panel of the sell page on which a manager's PIN approves one action, as capturing held money."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal

from pos.gui.bridge import Bridge, Till
from pos.gui.page import Page
from pos.i18n import N_

WIDTH = 360
"""Pixels of the card."""


class ApprovalPanel(Page):
    """Asks for the PIN; it needs no title and no way back of its own. ``shown`` as of the card."""

    shown = Signal(bool)

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "sellPanel", N_("Approval"))
        self.back.hide()
        self.title.hide()
        self.column.setContentsMargins(8, 8, 8, 8)
        approval = self.make_approval(width=WIDTH, name="sellApproval")
        approval.shown.connect(self.shown)
        self.column.addWidget(approval, 1, Qt.AlignmentFlag.AlignHCenter)
        self.retranslate()
