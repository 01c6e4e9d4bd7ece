"""Items: what the shop sells. Changes need the right, or the PIN of who has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt

from pos.domain.catalogue import Item
from pos.domain.events import CatalogueChanged, Fact
from pos.domain.staff import Action
from pos.errors import InputError, PosError
from pos.gui.bridge import Bridge, Till
from pos.gui.catalogue.form import ItemForm
from pos.gui.catalogue.words import TAXES
from pos.gui.layouts import hbox, vbox
from pos.gui.page import Page
from pos.gui.save_dialog import ask_what_to_open, ask_where_to_save
from pos.gui.tables import RecordTable
from pos.gui.widgets import Button, Card, Palette, label
from pos.i18n import N_, _
from pos.services.permissions import Permission

if TYPE_CHECKING:
    from pos.services.catalogue import Imported

SIDE: Final = 384
"""Pixels of the column at the right."""

COLUMNS: Final = {N_("Category"): 96, N_("Item name"): 0, N_("Price"): 96, N_("Tax kind"): 96, N_("State"): 88}


class CataloguePage(Page):
    """The list at the left, the chosen item at the right."""

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "items", N_("Items"))
        self._items: Sequence[Item] = ()
        self._wanted = ""
        self._table = RecordTable("itemsTable", COLUMNS, right=2)
        self._none = label("lead", "itemsEmpty", align=Qt.AlignmentFlag.AlignCenter, wrap=True)
        self._table.empty = self._none
        self._import = Button("itemsImport", "", self._ask_import)
        self._export = Button("itemsExport", "", self._ask_export)
        self._new = Button("itemsNew", "", self._begin)
        self._save = Button("itemsSave", "primary", self._on_save)
        self._active = Button("itemsActive", "", self._on_active)
        self._remove = Button("itemsRemove", "danger", self._on_remove)
        self.form = ItemForm(till.shop.currency)
        self._card = Card("itemsCard", "card")
        self._lay_out()
        self._table.currentCellChanged.connect(lambda *_cells: self._show())
        self.form.done.connect(self._on_save)
        bridge.fact.connect(self._on_fact)
        self.retranslate()

    def _lay_out(self) -> None:
        for button in (self._import, self._export, self._new):
            button.setMinimumSize(112, 56)
            self.top.addWidget(button)
        for button in (self._save, self._active, self._remove):
            button.setMinimumHeight(48)
        foot = hbox((self._active, 1), 32, (self._remove, 1))
        margins = (16, 32 if Palette.training else 16, 16, 16)
        vbox(self.form, None, self._save, foot, into=self._card, spacing=8, margins=margins)
        self._card.setFixedWidth(SIDE)
        left = vbox((self._table, 1), (self._none, 1))
        approval = self.make_approval(self._card, width=SIDE)
        self.column.addLayout(hbox((left, 1), self._card, approval, spacing=16), 1)

    def open(self) -> None:
        """Come to the front with the items of the catalogue."""
        self.back.setFocus()
        if self.bridge.ready:
            self.call(self.services.catalogue.items).then(self._came)

    def _came(self, items: Sequence[Item]) -> None:
        chosen = self._wanted or (self._chosen.id if self._chosen else "")
        self._items, self._wanted = items, ""
        self._fill()
        rows = [row for row, one in enumerate(items) if one.id == chosen]
        self._table.selectRow(rows[0] if rows else 0)
        self._show()

    def _fill(self) -> None:
        state = {True: "", False: _("Inactive")}
        self._table.show_rows([
            (one.category, one.name, one.price.display, _(TAXES[one.tax]), state[one.active]) for one in self._items
        ])  # fmt: skip

    @property
    def _chosen(self) -> Item | None:
        row = self._table.currentRow()
        return self._items[row] if 0 <= row < len(self._items) else None

    def _show(self) -> None:
        chosen = self._chosen
        self.form.show_item(chosen)
        self._active.setEnabled(chosen is not None)
        self._remove.setEnabled(chosen is not None)
        self._active.say(_("Deactivate") if chosen is None or chosen.active else _("Activate"))

    # -- changes ----------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Empty the form for a new item."""
        self._table.setCurrentCell(-1, -1)
        self._show()
        self.form.focus()

    def _on_save(self) -> None:
        try:
            item = self.form.typed()
        except InputError as error:
            self.fail(error)
            return
        catalogue = self.services.catalogue
        self._change(catalogue.change if item.id else catalogue.add, item)

    def _on_active(self) -> None:
        if (item := self._chosen) is not None:
            from dataclasses import replace

            self._change(self.services.catalogue.change, replace(item, active=not item.active))

    def _on_remove(self) -> None:
        if (item := self._chosen) is not None:
            self._change(self.services.catalogue.remove, item.id)

    def _change(self, work: Callable[..., Item], *what: object) -> None:
        self.require(Action.ITEMS, lambda permission: self.call(work, *what, permission).then(self._changed))

    def _changed(self, item: Item) -> None:
        from pos.services.catalogue import barcode_warnings

        self._wanted = item.id
        doubts = " ".join(one.spoken() for one in barcode_warnings(item))
        self.message_posted.emit(doubts or _("Saved: {item}").format(item=item.name), "warn" if doubts else "good")
        self.open()

    def fail(self, error: PosError) -> None:
        """Show what is wrong, and focus its field."""
        super().fail(error)
        if isinstance(error, InputError):
            self.form.focus(error.field)

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, CatalogueChanged) and self.isVisible():
            self.call(self.services.catalogue.items).then(self._came)

    # -- files ------------------------------------------------------------------------------------------------

    def _ask_import(self) -> None:
        ask_what_to_open(self, _("Import"), "csv", self.read)

    def _ask_export(self) -> None:
        ask_where_to_save(self, _("Export"), "items.csv", self.write)

    def read(self, path: str) -> None:
        """Import a file."""
        self.require(Action.ITEMS, partial(self._read, path))

    def _read(self, path: str, permission: Permission) -> None:
        self.call(self.services.catalogue.import_file, Path(path), permission).then(self._imported)

    def _imported(self, done: Imported) -> None:
        text = _("Items added: {added}. Changed: {changed}. Unchanged: {unchanged}.")
        said = text.format(added=done.added, changed=done.changed, unchanged=done.unchanged)
        warned = " ".join(one.spoken() for one in done.warnings[:1])
        self.message_posted.emit(f"{said} {warned}".rstrip(), "warn" if warned else "good")

    def write(self, path: str) -> None:
        """Export into a file."""
        self.call(self.services.catalogue.export_file, Path(path)).then(self._written)

    def _written(self, path: Path) -> None:
        self.message_posted.emit(_("Saved: {path}").format(path=path), "good")

    # -- looks ------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        super().retranslate()
        self._import.say(_("Import…"))
        self._export.say(_("Export…"))
        self._new.say(_("New item"))
        self._save.say(_("Save"))
        self._remove.say(_("Remove"))
        self._none.setText(_("There are no items yet. Make one, or import a CSV file."))
        self._fill()
        self._show()
