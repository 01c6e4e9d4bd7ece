"""Words for the tax kinds and colours of items."""

from __future__ import annotations

from typing import Final

from pos.domain.catalogue import Colour
from pos.domain.tax import TaxKind
from pos.i18n import N_

TAXES: Final = {TaxKind.TAXED: N_("Taxed"), TaxKind.ZERO: N_("Zero-rated"), TaxKind.EXEMPT: N_("Exempt")}
COLOURS: Final = {
    Colour.NONE: N_("No colour"), Colour.RED: N_("Red"), Colour.ORANGE: N_("Orange"), Colour.YELLOW: N_("Yellow"),
    Colour.GREEN: N_("Green"), Colour.BLUE: N_("Blue"), Colour.PURPLE: N_("Purple"), Colour.BROWN: N_("Brown"),
    Colour.GREY: N_("Grey"),
}  # fmt: skip
