"""The two QR codes of a proof: same version and size, aligned at the top, level L (MOF v1.8; ISO/IEC 18004)."""

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
"""From version 18 on, a module of two codes in 384 dots would be a single dot."""

LARGEST_MODULE: Final = 4
GAP: Final = 32
"""Dots between the two codes: twice the quiet zone of 2 mm."""


def pair(left: str, right: str) -> tuple[Matrix, Matrix]:
    """Return both codes in the version of the larger one. Raises InputError if a text does not fit."""
    version = max(_version(left), _version(right))
    return _matrix(left, version), _matrix(right, version)


def single(text: str) -> Matrix:
    """Return one code for a slip. Raises InputError if the text does not fit."""
    return _matrix(text, _version(text))


def module_size(modules: int, width: int) -> int:
    """Return the dots of a module with which two codes of ``modules`` a side fit into ``width`` dots."""
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
