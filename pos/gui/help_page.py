"""The keys of the register, on one page."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos.gui.widgets import Button, label
from pos.i18n import N_, _

KEYS = (
    ("0 … 9  .", N_("Type the amount")),
    ("F1", N_("WeChat")),
    ("F2", N_("Alipay")),
    ("F3", N_("ATM")),
    ("F4", N_("MyPay")),
    ("F5", N_("Cash")),
    ("F6", N_("Ask the gateway now")),
    ("F7", N_("Past payments")),
    ("F11", N_("These keys")),
    ("Esc", N_("Clear first, then leave")),
    ("Backspace", N_("Take the last digit back")),
    ("Ctrl+V", N_("Paste an amount")),
    ("Tab", N_("Go to the next key")),
)


class HelpPage(QWidget):
    """``left`` goes back to the sale."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")
        self._back = Button("helpBack", "flat", self.left.emit).with_icon("back")
        self._title = label("title")
        self._words = [(label("lead"), label("lead")) for _key in KEYS]
        card = QFrame()
        card.setProperty("role", "card")
        grid = QGridLayout(card)
        grid.setContentsMargins(32, 24, 32, 24)
        grid.setHorizontalSpacing(48)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for row, (key, word) in enumerate(self._words):
            grid.addWidget(key, row, 0)
            grid.addWidget(word, row, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 8)
        column.setSpacing(16)
        top = QHBoxLayout()
        top.addWidget(self._back)
        top.addWidget(self._title)
        top.addStretch()
        column.addLayout(top)
        column.addWidget(card, 0, Qt.AlignmentFlag.AlignTop)
        column.addStretch()
        self.retranslate()

    def retranslate(self) -> None:
        self._back.say(_("Sale"))
        self._title.setText(_("Keys"))
        for (key, text), (key_label, word) in zip(KEYS, self._words, strict=True):
            key_label.setText(key)
            word.setText(_(text))

    def repaint_icons(self) -> None:
        self._back.repaint_icon()
