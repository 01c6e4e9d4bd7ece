"""Which tenders a gateway offers to this shop, by its own list of the shop's payment tools."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from pos.domain.money import PLACES, Money
from pos.errors import PosError
from pos.gateways import operations_with
from pos.gateways.base import Gateway
from pos.gateways.capabilities import Capability
from pos.services.mypay_operations import MypayOperations
from pos.services.routes import Routes

log = logging.getLogger(__name__)

SAMPLE: Final = 100
"""An amount, in whole units, for which a gateway lists all tools: stores have maxima, cards have minima."""


class OfferedTools:
    """Learns from the gateway that lists its tools. Nothing is hidden before its answer, and nothing without one."""

    def __init__(self, routes: Routes, mypay: MypayOperations, gateways: Mapping[str, Gateway], currency: str) -> None:
        self._routes, self._mypay = routes, mypay
        self._listing = operations_with(gateways, Capability.TOOLS)
        self._sample = Money(SAMPLE * 10 ** PLACES[currency], currency)

    async def refresh(self) -> bool:
        """Return whether the offers may have changed. The gateway is asked once a day, and only if a key needs it."""
        name = next(iter(self._listing), "")
        if not self._routes.depend_on(name):
            return False
        try:
            tools = await self._mypay.tools(self._sample)
        except PosError as error:
            log.info("the tools of %s are not known: %s", name, error.detail or error)
            return False
        self._routes.learn(name, self._listing[name].tenders_of(tools))
        return True
