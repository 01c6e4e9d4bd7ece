"""Tokens of payment pages. The database has their SHA-256 digests only, and a placeholder in ``pay_url``.

A token is HMAC-SHA256(page key, order number), 128 bits as hex. The journal, its tables and backups contain no
token that opens a page; a program that has the page key computes it again.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Final

from pos.domain.payment import HIDDEN_TOKEN, Attempt
from pos.errors import ConfigError
from pos.store.journal import digest

TOKEN_DIGITS: Final = 32

log = logging.getLogger(__name__)


def _random_key() -> bytes:
    return secrets.token_bytes(32)


class PageLinks:
    """Makes tokens. ``load`` returns the page key (32 bytes), or no bytes if none exists and none may be made.

    It is called once, at the first use, because it may access the keyring.
    """

    def __init__(self, load: Callable[[], bytes] = _random_key) -> None:
        self._load = load
        self._key: bytes | None = None

    def token(self, order_no: str) -> str:
        """Return the token of a new order's page.

        Without a stored key the tokens come from a random one: the pages work, but their address cannot be shown
        again after a restart.
        """
        if not self._loaded():
            self._key = _random_key()
        return self._token(order_no)

    def complete(self, attempt: Attempt) -> Attempt:
        """Return an attempt as it was read, with its token and address if the page key is the one it was made with."""
        if not attempt.page_token or not self._loaded():
            return attempt
        token = self._token(attempt.order_no)
        if not hmac.compare_digest(digest(token), attempt.page_token):
            return attempt
        return replace(attempt, page_token=token, pay_url=attempt.pay_url.replace(HIDDEN_TOKEN, token))

    def _token(self, order_no: str) -> str:
        return hmac.new(self._loaded(), order_no.encode(), sha256).hexdigest()[:TOKEN_DIGITS]

    def _loaded(self) -> bytes:
        if self._key is None:
            try:
                self._key = self._load()
            except ConfigError as error:
                log.warning("the key of the payment pages: %s", error)
                self._key = b""
        return self._key


def hidden(attempt: Attempt) -> str:
    """Return ``pay_url`` without the token."""
    token = attempt.page_token
    return attempt.pay_url.replace(token, HIDDEN_TOKEN) if token else attempt.pay_url
