"""Backups: one at every Z and on demand; the journal verified from end to end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal

from pos.domain.staff import Action
from pos.errors import PosError
from pos.gui.bridge import Bridge, Till
from pos.gui.layouts import hbox, vbox
from pos.gui.page import Page
from pos.gui.tables import RecordTable
from pos.gui.widgets import Band, Button, Card, label
from pos.i18n import N_, _
from pos.services.permissions import Permission

if TYPE_CHECKING:
    from pos.store.backup import BackupReport
    from pos.store.backup_files import BackupFile
    from pos.store.journal import Walk


SHOWN = 4
"""Sentences of a verification that are shown."""


class BackupsPage(Page):
    """The backups, newest first, and the two actions beside them. Restoring needs the register closed."""

    _rows = Signal(int)

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "backups", N_("Backups"))
        self._kept: Sequence[BackupFile] = ()
        self._busy = False
        self._table = RecordTable("backupsTable", {N_("Time"): 208, N_("File"): 0})
        self._table.setSelectionMode(RecordTable.SelectionMode.NoSelection)
        self._none = label("lead", "backupsEmpty", align=Qt.AlignmentFlag.AlignCenter, wrap=True)
        self._table.empty = self._none
        self._make = Button("backupsMake", "primary", self._on_make)
        self._verify = Button("backupsVerify", "", self._on_verify)
        self._asked = self._make
        self._says = Band("backupsSays")
        self._says.setMinimumHeight(88)
        self._how = label("soft", "backupsHow", wrap=True)
        self._rows.connect(self._on_rows, Qt.ConnectionType.QueuedConnection)
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        for button in (self._make, self._verify):
            button.setMinimumHeight(56)
        self._card = Card("backupsCard", "card")
        self._card.setFixedWidth(352)
        parts = self._make, self._verify, self._says, self._how
        vbox(*parts, None, into=self._card, spacing=16, margins=(16, 32, 16, 16))
        left = vbox((self._table, 1), (self._none, 1))
        right = vbox((self._card, 1), (self.make_approval(self._card), 1), spacing=16)
        self.column.addLayout(hbox((left, 1), right, spacing=16), 1)

    def open(self) -> None:
        """Come to the front with what lies in the folder."""
        self._make.setFocus()
        if self.bridge.ready:
            self.call(self.services.backups.list).then(self._came)

    def _came(self, found: Sequence[BackupFile]) -> None:
        self._kept = found
        zone = self.till.shop.timezone
        rows = [(f"{one.at.astimezone(zone):%Y-%m-%d %H:%M:%S}", one.path.name) for one in found]
        self._table.show_rows(rows, tips=[str(one.path) for one in found])

    # -- actions ----------------------------------------------------------------------------------------------

    def _on_make(self) -> None:
        self._asked = self._make
        self.require(Action.BACKUP, self._made)

    def _made(self, permission: Permission) -> None:
        self._begin(_("Backing up the journal…"))
        work = self.bridge.call(self.bridge.services.backups.make, permission)
        work.then(self._on_made, self._on_failed)

    def _on_made(self, made: BackupReport) -> None:
        text = _("Backed up and verified: {rows} rows.").format(rows=f"{made.rows:,}")
        self._end(text, "good", "tick")
        self.open()

    def _on_verify(self) -> None:
        self._asked = self._verify
        self.require(Action.BACKUP, self._verified)

    def _verified(self, permission: Permission) -> None:
        self._begin(_("Verifying the journal…"))
        work = self.bridge.call(self.bridge.services.backups.verify, permission, on_progress=self._rows.emit)
        work.then(self._on_walk, self._on_failed)

    def _on_rows(self, rows: int) -> None:
        if self._busy:
            self._says.say(_("{rows} rows are intact so far").format(rows=f"{rows:,}"), "busy", "clock")

    def _on_walk(self, walk: Walk) -> None:
        if not walk.holds:
            self._end("\n".join(one.spoken() for one in walk.messages[:SHOWN]), "bad", "cross")
            return
        text = _("The journal is intact: {rows} rows, the last hash is {head}")
        self._end(text.format(rows=f"{walk.rows:,}", head=walk.head[:16] + "…"), "good", "tick")

    def _begin(self, text: str) -> None:
        self._busy = True
        self.setFocus()  # a key that goes grey would pass the focus, and the next Enter, to the header
        self._enable()
        self._says.say(text, "busy", "clock")

    def _end(self, text: str, tone: str, icon: str) -> None:
        self._busy = False
        self._enable()
        if self.hasFocus():
            self._asked.setFocus()
        self._says.say(text, tone, icon)

    def _on_failed(self, error: PosError) -> None:
        self._end("", "", "")
        self.fail(error)

    def _enable(self) -> None:
        for button in (self._make, self._verify):
            button.setEnabled(not self._busy)

    # -- looks ------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        super().retranslate()
        self._make.say(_("Back up now"))
        self._verify.say(_("Verify the journal"))
        self._none.setText(_("No backup yet. Counter makes one at every Z, and when you press Back up now."))
        how = _("To restore a backup, close the register and run: {command}")
        self._how.setText(how.format(command="pos journal restore FILE"))
        self._came(self._kept)
