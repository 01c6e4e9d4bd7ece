"""The e-invoice of the next sale, or of a payment that was taken: asked in place, kept until the sale is made."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from pos.domain.invoice import Invoice, Wish
from pos.domain.payment import Attempt
from pos.errors import PosError
from pos.gui.bridge import Bridge
from pos.gui.stage import Stage
from pos.gui.widgets import label
from pos.gui.words import invoice_words, wish_words


class Wishes(QObject):
    """``told`` carries a sentence and its tone, ``left`` gives the keys back to the amount."""

    told = Signal(str, str)
    left = Signal()

    def __init__(self, stage: Stage, bridge: Bridge) -> None:
        super().__init__()
        self._stage, self._bridge = stage, bridge
        self.wish: Wish | None = None
        self.chip = label("soft", "invoiceWish")

    def furnish(self) -> None:
        """Once the panel stands."""
        self._stage.invoice.chosen.connect(self._on_wish)
        self._stage.invoice.dropped.connect(self.drop)

    def ask(self, attempt: Attempt | None = None) -> None:
        """How the buyer of the next sale, or of ``attempt``, wants it."""
        self._stage.ask_invoice(attempt, None if attempt else self.wish)

    def keep(self, wish: Wish | None) -> None:
        """The wish of the next sale; it stands beside the amount."""
        self.wish = wish
        self.chip.setText(wish_words(wish) if wish else "")

    def drop(self) -> None:
        """No e-invoice for the next sale; a payment that was taken keeps what it has."""
        if self._stage.invoice.attempt is None:
            self.keep(None)
        self._leave()

    def _on_wish(self, wish: Wish) -> None:
        attempt = self._stage.invoice.attempt
        self._leave()
        if attempt is None:
            self.keep(wish)
            return
        self._bridge.run(self._bridge.desk.wish(attempt.order_no, wish), done=self._kept, failed=self._fail)

    def _kept(self, invoice: Invoice) -> None:
        self.told.emit(invoice_words(invoice), "")

    def _fail(self, error: PosError) -> None:
        self.told.emit(error.spoken(), "bad")

    def _leave(self) -> None:
        self._stage.show_ready()
        self.left.emit()

    def retranslate(self) -> None:
        self.keep(self.wish)
