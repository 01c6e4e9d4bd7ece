"""The paper as it will be: the very bitmap that goes to the printer, on the screen and as a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QWidget

from pos.errors import InputError
from pos.gui.bridge import Bridge, Till
from pos.gui.page import Page
from pos.gui.plain import PlainLabel
from pos.gui.save_dialog import ask_where_to_save
from pos.gui.widgets import Button
from pos.i18n import N_, _, msg
from pos.os_errors import reason

if TYPE_CHECKING:
    from pos.einvoice.receipt_canvas import Bitmap


class ReceiptPreviewPage(Page):
    """Shows, prints and saves the proof of one payment's e-invoice."""

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "proof", N_("Proof of the e-invoice"))
        self.setProperty("training", "false")
        self._order_no = ""
        self._sheets: Sequence[Bitmap] = ()
        self._save = Button("proofSave", "", self._ask_where)
        self._print = Button("proofPrint", "primary", self._on_print)
        for button in (self._save, self._print):
            button.setMinimumSize(144, 56)
        self._paper = QWidget()
        self._row = QHBoxLayout(self._paper)
        self._row.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self._row.setSpacing(32)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self._paper)
        self.top.setSpacing(-1)
        for part in (self._save, self._print):
            self.top.addWidget(part)
        self.column.addWidget(scroll, 1)
        self.retranslate()

    def open(self) -> None:
        """Come to the front."""
        self._print.setFocus()

    def show_order(self, order_no: str, choice: str = "") -> None:
        """Draw the proof of this payment, beside both threads."""
        self._order_no = order_no
        self._show(())
        self.call(self.services.invoicing.sheets, self.actor, order_no).then(self._show)

    def _show(self, sheets: Sequence[Bitmap]) -> None:
        self._sheets = sheets
        while (item := self._row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for number, sheet in enumerate(sheets):
            paper = PlainLabel()
            paper.setObjectName(f"proofSheet{number}")
            paper.setPixmap(QPixmap.fromImage(image_of(sheet)))
            paper.setProperty("role", "paper")
            paper.setContentsMargins(36, 24, 36, 24)  # the paper is wider than the head
            self._row.addWidget(paper, 0, Qt.AlignmentFlag.AlignTop)
        for button in (self._save, self._print):
            button.setEnabled(bool(sheets))

    def _on_print(self) -> None:
        work = self.call(self.services.invoicing.print_proof, self.actor, self._order_no)
        work.then(lambda invoice: self.message_posted.emit(_("Printed."), ""))

    def _ask_where(self) -> None:
        ask_where_to_save(self, _("Save as PDF"), f"{self._order_no}.pdf", self.save)

    def save(self, path: str) -> None:
        """Write the sheets as a PDF, beside both threads."""
        sheets = self._sheets
        self.bridge.compute(lambda: write_pdf(Path(path), sheets), self._on_saved, self.fail)

    def _on_saved(self, _none: None) -> None:
        self.message_posted.emit(_("Saved."), "good")

    def retranslate(self) -> None:
        super().retranslate()
        self.back.say(_("Past payments"))
        self._save.say(_("Save as PDF"))
        self._print.say(_("Print"))


def image_of(sheet: Bitmap) -> QImage:
    """The dots themselves."""
    grey = sheet.image.convert("L")
    raw = grey.tobytes()
    return QImage(raw, grey.width, grey.height, grey.width, QImage.Format.Format_Grayscale8).copy()


def write_pdf(path: Path, sheets: Sequence[Bitmap]) -> None:
    """Write sheets as one PDF. Raises InputError."""
    from pos.einvoice.pdf import pdf_of

    try:
        path.write_bytes(pdf_of(sheets))
    except OSError as error:
        text = N_("{path} cannot be written: {problem}.")
        raise InputError("pdf", msg(text, path=path, problem=reason(error).spoken()), str(error)) from error
