"""Limits on the number of requests, and on the log lines of refused notices."""

from __future__ import annotations

import ipaddress
import logging
from collections import OrderedDict
from typing import Final

from starlette.requests import Request

from pos.gateways.fields import cleaned
from pos.runtime import Clock
from pos.services.token_bucket import Rate, TokenBuckets

log = logging.getLogger(__name__)

PER_ADDRESS: Final = Rate(100, 2500)
"""Requests of one address.

The limit is high: behind a reverse proxy on another machine all gateways and all attackers share the proxy's address,
and genuine notices must still be accepted. Reading and refusing a forged notice takes about a millisecond and no write,
and a genuine one is written once, so this limits processor time to a tenth of one core.
"""

IN_TOTAL: Final = Rate(200, 5000)
"""Requests of all addresses."""

LOG_SECONDS: Final = 60.0
LOGGED_SOURCES: Final = 100
"""Sources with log lines of their own; the least recently seen one is dropped first."""


class Admission:
    """Limits of requests by address and in total."""

    def __init__(self, clock: Clock, per_address: Rate = PER_ADDRESS, in_total: Rate = IN_TOTAL) -> None:
        self._addresses = TokenBuckets(clock, per_address)
        self._total = TokenBuckets(clock, in_total)

    def admits(self, request: Request) -> bool:
        """Count a request. Return False if its address or all addresses together sent too many."""
        return self._addresses.take(network_of(request)) and self._total.take()


class RefusalLog:
    """One log line per source and minute, with the number of refused notices since the last line."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sources: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def refused(self, gateway: str, request: Request, reason: object) -> None:
        """Log a refusal, or count it."""
        now, source = self._clock.monotonic(), network_of(request)
        since, count = self._sources.pop(source, (now - LOG_SECONDS, 0))
        if now - since >= LOG_SECONDS:
            name, why = cleaned(gateway)[:20], cleaned(str(reason))[:120]
            log.warning("%d notices from %s refused, the last one for %s: %s", count + 1, source, name, why)
            since, count = now, -1
        self._sources[source] = since, count + 1
        if len(self._sources) > LOGGED_SOURCES:
            self._sources.popitem(last=False)


def network_of(request: Request) -> str:
    """Return the client's IPv4 address or IPv6 /64 network: one customer line has a whole /64."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return cleaned(host)[:40]
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((address.packed[:8] + bytes(8), 64)))
    return str(address)
