"""Payment pages: forms that the customer's browser must post to the gateway itself (O'Pay)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pos.domain.payment import Attempt
from pos.domain.states import State
from pos.errors import NotAllowed
from pos.gateways.base import Gateway
from pos.i18n import N_
from pos.runtime import Clock
from pos.services.targets import Targets
from pos.store.payments import PaymentStore


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """One visit of the customer's browser: it posts ``fields`` to ``url``; they contain no key.

    ``redirects`` are the other origins to which the gateway may redirect the browser.
    """

    shop: str
    amount: str
    url: str
    fields: Mapping[str, str]
    redirects: tuple[str, ...] = ()


class PaymentPages:
    """Serve each page while its payment can be paid."""

    def __init__(self, store: PaymentStore, gateways: Mapping[str, Gateway], targets: Targets, clock: Clock) -> None:
        self._store = store
        self._gateways = gateways
        self._targets = targets
        self._clock = clock

    def open(self, token: str) -> PaymentPage:
        """Return the page of ``token``, signed for this visit.

        Raises NotFound for an unknown token, and NotAllowed if the payment was cancelled, paid or has expired. The
        visit is committed before the page is sent: from then on the order may exist at the gateway.
        """
        attempt = self._store.by_page(token)
        gateway = self._gateways[attempt.gateway]
        if not self._payable(attempt):
            raise NotAllowed(N_("This payment page is closed. Ask at the counter."))
        if attempt.page_served_at is None:
            attempt = self._store.note(attempt, "page_served", page_served_at=self._clock.now())
        url, fields = gateway.page(attempt)
        return PaymentPage(gateway.shop.name, attempt.amount.display, url, fields, gateway.FACTS.page_redirects)

    def _payable(self, attempt: Attempt) -> bool:
        now = self._gateways[attempt.gateway].wire.now()
        in_time = attempt.expires_at is None or now < attempt.expires_at
        approved = not self._targets.refusal(attempt.gateway)
        return attempt.state in (State.PENDING, State.UNKNOWN) and in_time and approved
