"""Draw the proof of an e-invoice, and a consumer's detail of the sale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos.domain.invoice import Invoice, is_copy

if TYPE_CHECKING:
    from pos.einvoice.receipt_canvas import Bitmap


def proof_sheets(invoice: Invoice, shop: str, rows: int, picture: bytes) -> list[Bitmap]:
    """Return the sheets as they would be printed now; ``picture`` is that of the title. Raises NotPrintable."""
    from pos.einvoice.payload import NotPrintable, read_proof, refusal_reason
    from pos.einvoice.render import detail_sheet, proof_sheet

    if reason := refusal_reason({**invoice.found, "state": int(invoice.state)}):
        raise NotPrintable(reason)
    proof = read_proof(invoice.found, invoice.paid_at)
    first = proof_sheet(proof, shop, copy=is_copy(invoice.paper), rows=rows, picture=picture)
    return [first] if proof.for_company else [first, detail_sheet(proof, shop)]
