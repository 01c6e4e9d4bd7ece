"""Draw the proof of an e-invoice, and a consumer's detail of the sale."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from pos.domain.invoice import Invoice, is_copy
from pos.errors import PosError
from pos.services.issuers import Issuer

if TYPE_CHECKING:
    from pos.einvoice.receipt_canvas import Bitmap

log = logging.getLogger(__name__)

PICTURE: Final = "2"
"""Value of 『電子發票紙本列印標題類型』 for a title that is the address of a picture."""


class TitlePictures:
    """The pictures of titles, each downloaded once."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    async def of(self, invoice: Invoice, issuer: Issuer | None) -> bytes:
        """Return the picture of the title; empty without one or if it fails, and the shop's name is printed."""
        url = str(invoice.found.get("title", ""))
        if str(invoice.found.get("title_type", "")) != PICTURE or issuer is None:
            return b""
        if url not in self._known:
            try:
                self._known[url] = await issuer.title_picture(url)
            except PosError as error:
                log.warning("the title's picture: %s", error)
                return b""
        return self._known[url]


def proof_sheets(invoice: Invoice, shop: str, rows: int, picture: bytes) -> list[Bitmap]:
    """Return the sheets as they would be printed now; ``picture`` is that of the title. Raises NotPrintable."""
    from pos.einvoice.payload import NotPrintable, read_proof, refusal_reason
    from pos.einvoice.render import detail_sheet, proof_sheet

    if reason := refusal_reason({**invoice.found, "state": int(invoice.state)}):
        raise NotPrintable(reason)
    proof = read_proof(invoice.found, invoice.paid_at)
    first = proof_sheet(proof, shop, copy=is_copy(invoice.paper), rows=rows, picture=picture)
    return [first] if proof.for_company else [first, detail_sheet(proof, shop)]
