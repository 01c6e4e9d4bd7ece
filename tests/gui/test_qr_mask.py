"""The code of a link takes the mask that the standard prefers, as a slower reading of it does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import lost_point

from pos.gui.sale.qr_mask import QUIET, penalty, picture
from tests.support.sample import cases, examples


def slowly(text: str) -> dict[int, int]:
    """Each picture of ``text`` and qrcode's own points against it."""
    found = {}
    for mask in range(8):
        code: QRCode[Any] = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET, mask_pattern=mask)
        code.add_data(text)
        code.make(fit=True)
        bits = "".join(str(int(dark)) for row in code.get_matrix() for dark in row)
        found[int(bits, 2)] = lost_point(code.modules)
    return found


@settings(max_examples=examples(40, 8), deadline=None)
@given(text=st.text(min_size=1, max_size=200))
def test_the_calmest_of_eight_masks_is_taken(text: str) -> None:
    side, taken = picture(text)
    points = slowly(text)
    assert {one: penalty(one, side) for one in points} == points
    assert points[taken] == min(points.values())


@pytest.mark.parametrize("length", cases([1, 40, 120, 300, 600, 1200, 2000], lambda length: min(length, 600)))
def test_long_links_are_no_exception(length: int) -> None:
    side, taken = picture("https://pay.example/" + "x7" * (length // 2))
    assert taken in slowly("https://pay.example/" + "x7" * (length // 2))
    assert (side - 17 - 2 * QUIET) % 4 == 0
