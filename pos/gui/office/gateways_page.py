"""The gateways: where each is reached, as which merchant, and the owner's approval of a changed address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt

from pos.domain.staff import Action
from pos.gui.bridge import Bridge, Till
from pos.gui.layouts import hbox, vbox
from pos.gui.page import Page
from pos.gui.tables import RecordTable
from pos.gui.widgets import Band, Button, Card, label
from pos.i18n import N_, _
from pos.services.permissions import Permission

if TYPE_CHECKING:
    from pos.domain.target import Target
    from pos.services.targets import TargetState


COLUMNS: Final = {N_("Gateway"): 96, N_("Address"): 0, N_("Merchant number"): 144, N_("State"): 112}


class GatewaysPage(Page):
    """One row a gateway that is set up. The button approves the first one that waits for it."""

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "gateways", N_("Gateways"))
        self._states: Sequence[TargetState] = ()
        self._table = RecordTable("gatewaysTable", COLUMNS)
        self._table.setSelectionMode(RecordTable.SelectionMode.NoSelection)
        self._table.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._approve = Button("gatewaysApprove", "primary", self._on_approve)
        self._approve.setMinimumHeight(56)
        self._says = Band("gatewaysSays")
        self._says.setMinimumHeight(88)
        self._how = label("soft", "gatewaysHow", wrap=True)
        self._card = Card("gatewaysCard", "card")
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        self._card.setFixedWidth(352)
        parts = self._says, self._approve, self._how
        vbox(*parts, None, into=self._card, spacing=16, margins=(16, 32, 16, 16))
        right = vbox((self._card, 1), (self.make_approval(self._card), 1), spacing=16)
        self.column.addLayout(hbox((self._table, 1), right, spacing=16), 1)

    def open(self) -> None:
        """Come to the front with the gateways as the settings name them."""
        self.back.setFocus()
        if self.bridge.ready:
            self.call(self.services.targets.states).then(self._show_states)

    @property
    def _waiting(self) -> TargetState | None:
        return next((one for one in self._states if one.problem), None)

    def _show_states(self, states: Sequence[TargetState]) -> None:
        self._states = states
        rows = [(one.title, one.target.address, one.target.merchant, state_words(one)) for one in states]
        self._table.show_rows(rows)
        self._show_state()

    def _show_state(self) -> None:
        waiting = self._waiting
        self._approve.setVisible(waiting is not None)
        if waiting is None:
            self._says.say(_("All addresses are approved."), "good", "tick")
        else:
            self._approve.say(_("Approve {gateway}").format(gateway=waiting.title))
            self._says.say(waiting.problem.spoken(), "warn", "lock")

    def _on_approve(self) -> None:
        self.require(Action.KEYS, self._approved)

    def _approved(self, permission: Permission) -> None:
        waiting = self._waiting
        if waiting is not None:
            name = waiting.target.gateway
            self.call(self.services.targets.approve, name, permission).then(self._on_approved)

    def _on_approved(self, target: Target) -> None:
        self.message_posted.emit(_("{address} is approved.").format(address=target.address), "good")
        self.open()

    # -- looks ------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        super().retranslate()
        self._how.setText(
            _("Addresses and merchant numbers are in the settings file. Every change needs the owner once.")
        )
        self._show_states(self._states)


def state_words(state: TargetState) -> str:
    """Return a gateway's state in words."""
    return _("Needs approval") if state.problem else _("Key refused") if state.key_refused else _("In use")
