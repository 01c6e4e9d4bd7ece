"""Access to every payment, for shops without sign-in."""

from __future__ import annotations

from pos.domain.staff import Permission


class EveryPayment:
    """Allow every payment to be seen, and every e-invoice to be requested."""

    def shows(self, order_no: str) -> bool:
        return True

    def require_visible(self, order_no: str) -> None:
        """Nothing is refused."""

    def check_later_invoice(self, order_no: str, permit: Permission | None) -> None:
        """Nothing is refused."""
