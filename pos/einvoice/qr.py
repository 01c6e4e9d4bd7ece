"""The two QR codes of a proof: same version, same size, tops aligned, level L (MOF v1.8; ISO/IEC 18004)."""

from __future__ import annotations

from typing import Final

import qrcode
from qrcode.constants import ERROR_CORRECT_L
from qrcode.exceptions import DataOverflowError

from pos.errors import InputError
from pos.i18n import N_

Matrix = tuple[tuple[bool, ...], ...]

SMALLEST_VERSION: Final = 6
LARGEST_VERSION: Final = 17
"""From 18 on a module of two codes in 384 dots would be a single dot."""

LARGEST_MODULE: Final = 4
GAP: Final = 32
"""Dots between the two: twice the blank 2 mm that each must have."""


def pair(left: str, right: str) -> tuple[Matrix, Matrix]:
    """Both codes at the larger's version. Raises InputError for what does not fit."""
    version = max(_version(left), _version(right))
    return _matrix(left, version), _matrix(right, version)


def single(text: str) -> Matrix:
    """One code for a slip."""
    return _matrix(text, _version(text))


def module_of(modules: int, width: int) -> int:
    """Dots of a module so that two codes of ``modules`` a side stand beside each other in ``width`` dots."""
    return min(LARGEST_MODULE, (width - GAP) // (2 * modules))


def _version(text: str) -> int:
    try:
        version = _code(text, SMALLEST_VERSION, fit=True).version
    except (ValueError, DataOverflowError) as error:
        raise InputError("qrcode", N_("The code is too long for the paper.")) from error
    if version > LARGEST_VERSION:
        raise InputError("qrcode", N_("The code is too long for the paper."))
    return int(version)


def _matrix(text: str, version: int) -> Matrix:
    return tuple(tuple(bool(dark) for dark in row) for row in _code(text, version, fit=False).get_matrix())


def _code(text: str, version: int, *, fit: bool) -> qrcode.QRCode[qrcode.image.base.BaseImage]:
    code = qrcode.QRCode(version=version, error_correction=ERROR_CORRECT_L, box_size=1, border=0)
    code.add_data(text.encode(), optimize=0)
    code.make(fit=fit)
    return code
