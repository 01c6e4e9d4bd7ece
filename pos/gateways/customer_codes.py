"""The part of a client that charges the code on a customer's phone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from pos.domain.customer_code import CustomerCode
from pos.domain.payment import Attempt
from pos.domain.tenders import Tender
from pos.errors import InputError
from pos.gateways.base import Answer
from pos.i18n import N_, msg


class TakesCodes(ABC):
    """A client whose customers can show a code. :func:`takes_no_codes` is the error of the other ones."""

    @abstractmethod
    def code_type(self, tender: Tender, options: Mapping[str, str]) -> str:
        """Return the gateway's payment type for a customer's code, which the attempt stores.

        ``options`` are those of the sale. Raises InputError if the gateway takes no codes for ``tender``.
        """

    @abstractmethod
    async def charge_code(self, attempt: Attempt, code: CustomerCode) -> Answer:
        """Charge ``code`` by the type ``attempt.code_type``: PAID, or ACCEPTED while the customer types a password.

        Raises InputError (nothing sent), NotSent, NoAnswer. No error repeats the code.
        """


def takes_no_codes(gateway: str) -> InputError:
    """Return the error about a gateway with the title ``gateway`` that takes no codes for this tender."""
    text = N_("{gateway} does not charge customers' codes for this way to pay.")
    return InputError("auth_code", msg(text, gateway=gateway))
