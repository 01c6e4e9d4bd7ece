"""The forms of ``Data`` in O'Pay's WxAPI, as pure functions.

The document (V1.0.3) and the gateway's SDK disagree in two points, so there are four forms:

* On the wire: the Base64 of ``Data`` is a form value as it is, or it is percent-encoded (.NET style) before it becomes
  one and so arrives encoded twice (the SDK, and the sample in section 4 of the document).
* Inside: the JSON is percent-encoded before AES (appendix 1 of V1.0.3), or it is bare and only ``ItemName`` is
  percent-encoded, .NET style (the SDK, and the older sample in section 4).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus

from pos.errors import BadReply
from pos.gateways.http import json_object
from pos.gateways.signing import compact, dotnet_encode, opay_cipher, opay_decrypt, opay_encrypt
from pos.i18n import N_, msg

_ITEM_NAME: Final = "ItemName"
_ENCODED: Final = re.compile("(?:[A-Za-z0-9+._!*()~-]|%[0-9A-Fa-f]{2})+")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One form of ``Data``.

    ``twice``: the Base64 is percent-encoded before it becomes a form value. ``percent``: the JSON is percent-encoded
    before AES; otherwise it is bare, with ``ItemName`` percent-encoded inside.
    """

    twice: bool
    percent: bool

    @property
    def name(self) -> str:
        """The name in the settings and in the journal."""
        return f"{'twice' if self.twice else 'once'}+{'percent' if self.percent else 'json'}"


DIALECTS: Final = (Dialect(True, True), Dialect(True, False), Dialect(False, True), Dialect(False, False))
"""All dialects, in the order in which they are tried."""

BY_NAME: Final = {dialect.name: dialect for dialect in DIALECTS}


def seal(fields: Mapping[str, object], dialect: Dialect, key: str, iv: str) -> str:
    """Return the form value ``Data`` for ``fields``. ``ItemName`` is given as plain text."""
    if dialect.percent:
        sealed = opay_encrypt(compact(fields), key, iv)
    else:
        sealed = opay_cipher(compact(_with_encoded_name(fields)), key, iv)
    return dotnet_encode(sealed) if dialect.twice else sealed


def sealed_data(envelope: Mapping[str, Any]) -> str:
    """Return ``Data`` of an envelope as received: a space at its end may be a ``+``. Raises BadReply."""
    data = envelope.get("Data")
    if not isinstance(data, str) or not data:
        raise BadReply(msg(N_("The field {field} is missing from the gateway's answer."), field="Data"))
    return data


def unseal(data: str, key: str, iv: str) -> dict[str, Any]:
    """Return the fields of a ``Data`` in any dialect, ``ItemName`` as plain text. Raises BadReply."""
    fields = json_object(opay_decrypt(data, key, iv))
    name = fields.get(_ITEM_NAME)
    if isinstance(name, str) and "%" in name and _ENCODED.fullmatch(name):
        fields[_ITEM_NAME] = unquote_plus(name)
    return fields


def _with_encoded_name(fields: Mapping[str, object]) -> Mapping[str, object]:
    if _ITEM_NAME not in fields:
        return fields
    return {**fields, _ITEM_NAME: dotnet_encode(str(fields[_ITEM_NAME]))}
