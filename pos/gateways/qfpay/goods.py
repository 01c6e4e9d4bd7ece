"""The name of the goods, as QFPay accepts it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

GOODS_NAME: Final = 20
"""Maximum length of ``goods_name`` in characters."""

_SPECIAL: Final = re.compile("[^0-9A-Za-z\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
"""Characters other than Latin letters, digits and Chinese characters."""


def goods_name(name: str) -> str:
    """Return a name as QFPay accepts it: 20 Latin letters, digits, Chinese characters and spaces.

    Its public documents forbid special characters. The result may be empty: the field is optional.
    """
    return " ".join(_SPECIAL.sub(" ", unicodedata.normalize("NFKC", name)).split())[:GOODS_NAME].strip()
