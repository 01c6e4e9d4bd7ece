"""The calls to O'Pay: signed forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos.errors import HttpFault, RateLimited
from pos.gateways.base import Gateway
from pos.gateways.http import Reply
from pos.gateways.opay_periodic.answers import MAC
from pos.gateways.signing import check_mac_value
from pos.i18n import N_

TRADE_QUERY, PERIOD_QUERY = "QueryTradeInfo", "QueryCreditCardPeriodInfo"

MD5: Final = "md5"
"""The other value of the setting ``digest``; the usual one is SHA-256."""

VALID: Final = 120.0
"""Seconds by which ``TimeStamp`` may be wrong; the gateway allows three minutes."""

TOO_MANY: Final = 30 * 60.0
"""Seconds without calls after HTTP 403: too many queries (public)."""


class Calls:
    """Signs and posts. With a platform number the keys are the platform's."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def query(self, call: str, order_no: str) -> Reply:
        """Query an order; the query of periods takes no platform number.

        ``TimeStamp`` is valid for three minutes: if the answer shows that this computer's clock was wrong, the query is
        repeated once with the right time.
        """
        path, platform = f"/Cashier/{call}", ""
        if call == TRADE_QUERY:
            path, platform = f"{path}/{self.version}", self.platform
        fields = {"MerchantID": self.merchant, "MerchantTradeNo": order_no, "PlatformID": platform}
        wire = self._gateway.wire
        drift = wire.drift
        reply = await self.post(path, fields | self._stamp())
        if abs(wire.drift - drift) > VALID:
            reply = await self.post(path, fields | self._stamp())
        return reply

    def _stamp(self) -> dict[str, str]:
        return {"TimeStamp": str(int(self._gateway.wire.now().timestamp()))}

    async def post(self, path: str, fields: Mapping[str, str]) -> Reply:
        """Post the fields that are not empty. Raises what :meth:`pos.gateways.http.Wire.post_form` raises."""
        sent = self.signed({name: value for name, value in fields.items() if value})
        try:
            return await self._gateway.wire.post_form(self.url(path), sent)
        except HttpFault as error:
            if error.status == 403:
                raise RateLimited(N_("The gateway asks for fewer queries."), TOO_MANY) from error
            raise

    def signed(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Return ``fields`` with their CheckMacValue."""
        return {**fields, MAC: check_mac_value(fields, *self.pair, sha256=self.is_sha256)}

    def url(self, path: str) -> str:
        return self._gateway.base_url + path

    @property
    def merchant(self) -> str:
        return self._gateway.config.option("merchant_id")

    @property
    def platform(self) -> str:
        return self._gateway.config.option("platform_id")

    @property
    def pair(self) -> tuple[str, str]:
        """HashKey and HashIV."""
        return self._gateway.config.secret("hash_key"), self._gateway.config.secret("hash_iv")

    @property
    def version(self) -> str:
        return self._gateway.config.option("version") or "V4"

    @property
    def is_sha256(self) -> bool:
        return self._gateway.config.option("digest") != MD5
