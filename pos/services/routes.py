"""Routes of a tender: the gateways that can take it, in the shop's order, and why the others cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pos.domain.money import Money
from pos.domain.payment import CASH, Tender
from pos.domain.tenders import KEYS, USUAL_KEYS
from pos.errors import ConfigError, InputError, PosError
from pos.gateways import title_of
from pos.gateways.base import Gateway
from pos.i18n import N_, Message, msg
from pos.services.customer_codes import taker_of


@dataclass(frozen=True, slots=True)
class Offer:
    """One tender key. If it is not available, ``reason`` is why, and ``short`` the text for the key itself.

    ``routes`` are gateway names in order. ``takes_codes``: one of them charges the code on a customer's phone.
    """

    tender: Tender
    routes: tuple[str, ...]
    reason: Message = Message()
    short: Message = Message()
    takes_codes: bool = False

    @property
    def available(self) -> bool:
        return bool(self.routes)


class Routes:
    """``gateways`` are those that are configured; ``missing`` has the reason for each of the others.

    ``shown`` are the tenders that the shop chose for its keys, in order.
    """

    def __init__(
        self,
        tenders: Mapping[Tender, Sequence[str]],
        gateways: Mapping[str, Gateway],
        missing: Mapping[str, Message],
        currency: str,
        shown: Sequence[Tender] = USUAL_KEYS,
    ) -> None:
        self._shown = tuple(shown)
        self._learned: dict[str, frozenset[Tender]] = {}
        self._tenders = tenders
        self._gateways = gateways
        self._missing = missing
        self._sample = Money(10**6, currency)  # an amount inside every gateway's limits

    def offers(self) -> tuple[Offer, ...]:
        """Return the offers for the tenders that are shown.

        Those of the first five have a key and its place, also if they cannot be taken; the others are left out then.
        """
        found = enumerate(map(self._offer, self._shown))
        return tuple(offer for place, offer in found if place < len(KEYS) or offer.available)

    def depend_on(self, gateway: str) -> bool:
        """Return whether ``gateway`` can take a tender that the shop chose beyond the usual ones."""
        chosen = [tender for tender in self._shown if tender not in USUAL_KEYS and gateway in self.of(tender)]
        return any(self._problem(gateway, tender, self._sample, None) is None for tender in chosen)

    def learn(self, gateway: str, tenders: frozenset[Tender]) -> None:
        """Note which tenders a gateway offers to this shop. The keys say so; a charge is not held back by it."""
        self._learned[gateway] = tenders

    def of(self, tender: Tender) -> tuple[str, ...]:
        """Return the gateways of a tender in the shop's order, whether or not they are set up."""
        return tuple(self._tenders.get(tender, ()))

    def choose(
        self, tender: Tender, amount: Money, only: Sequence[str] = (), code_options: Mapping[str, str] | None = None
    ) -> tuple[str, ...]:
        """Return the gateways to try, in order; those of ``only`` if it names any, else those of the tender.

        With the options of a sale in ``code_options``, they are those that charge a customer's code.

        Raises ConfigError if none is configured and InputError if none can take this amount; the reason is that of
        the first route.
        """
        if tender is Tender.CASH:
            return (CASH,)
        problems = {name: self._problem(name, tender, amount, code_options) for name in only or self.of(tender)}
        usable = tuple(name for name, problem in problems.items() if problem is None)
        if usable:
            return usable
        raise next(
            (problem for problem in problems.values() if problem is not None),
            ConfigError(msg(N_("No gateway is set up for {tender}."), tender=tender.value)),
        )

    def _offer(self, tender: Tender) -> Offer:
        try:
            usable = self.choose(tender, self._sample)
            routes = tuple(name for name in usable if tender in self._learned.get(name, (tender,)))
            if not routes:
                text = N_("{gateway} does not offer it to this shop.")
                return Offer(tender, (), msg(text, gateway=title_of(usable[0])), msg(N_("not offered")))
            return Offer(tender, routes, takes_codes=self._takes_codes(tender))
        except ConfigError as error:
            return Offer(tender, (), error.message, msg(N_("not set up")))
        except PosError as error:
            return Offer(tender, (), error.message, error.message)

    def _takes_codes(self, tender: Tender) -> bool:
        try:
            return self.choose(tender, self._sample, code_options={}) != (CASH,)
        except PosError:
            return False

    def _problem(
        self, name: str, tender: Tender, amount: Money, code_options: Mapping[str, str] | None
    ) -> PosError | None:
        gateway = self._gateways.get(name)
        if gateway is None:
            text = N_("{gateway} is not set up.")
            return ConfigError(self._missing.get(name) or msg(text, gateway=name))
        try:
            gateway.can_take(tender, amount)
            if code_options is not None:
                taker_of(gateway).code_type(tender, code_options)
        except (InputError, ConfigError) as error:
            return error
        return None
