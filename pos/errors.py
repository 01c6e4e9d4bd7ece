"""Every error that Counter raises on purpose, each with a sentence for the person at the counter.

::

    PosError
    ├── InputError            what was typed or passed breaks a rule; nothing was sent
    │   └── UsageError        the command line has no such verb, option or form
    ├── ConfigError           settings or keys are missing or wrong; nothing was sent
    ├── GatewayError
    │   ├── NotSent           nothing left this machine: the same attempt may be sent again
    │   │   └── NotUnderstood the gateway understands no form of our messages; no order was sent
    │   └── NoAnswer          sent, but no trustworthy answer: ask, never resend
    │       ├── RateLimited   HTTP 429: ask later
    │       ├── HttpFault     another HTTP status than 200
    │       └── BadReply      an answer came that cannot be believed
    │           └── KeyRefused  the gateway refuses this shop's key; nothing was done
    ├── BadNotice             a notification that is not to be believed
    ├── IllegalTransition     an event that the state table refuses
    ├── NotAllowed            the rules of the house refuse this step now
    │   ├── LockedOut         too many wrong PINs: nobody may try again for a while
    │   └── PinSecretMissing  PINs cannot be checked on this computer
    ├── NotFound              no such payment
    └── StoreError            the journal cannot be read or written
        ├── StoreLocked       another program has this data folder
        └── StoreRefused      a damaged, foreign or newer database: left untouched
"""

from __future__ import annotations

from pos.i18n import Message, msg


class PosError(Exception):
    """The base: ``message`` is the sentence to show, ``detail`` technical text for the log."""

    def __init__(self, message: Message | str, detail: str = "") -> None:
        self.message = msg(message) if isinstance(message, str) else message
        self.detail = detail
        super().__init__(str(self.message))

    def spoken(self) -> str:
        """The sentence in the language spoken now."""
        return self.message.spoken()


class InputError(PosError):
    """What was typed or passed breaks a rule; ``field`` names it. Nothing was sent."""

    def __init__(self, field: str, message: Message | str, detail: str = "") -> None:
        self.field = field
        super().__init__(message, detail)


class UsageError(InputError):
    """The command line has no such verb, option or form; ``field`` names the option, "" where there is none."""


class ConfigError(PosError):
    """Settings or keys are missing or wrong, or the gateway refuses them."""


class GatewayError(PosError):
    """Something between here and a gateway."""


class NotSent(GatewayError):
    """Nothing left this machine, for certain (no route, refused, bad certificate)."""


class NotUnderstood(NotSent):
    """The gateway understands no form of our messages. No order was sent."""


class NoAnswer(GatewayError):
    """The request may have arrived; there is no trustworthy answer. Ask; never send again."""


class RateLimited(NoAnswer):
    """HTTP 429. ``retry_after`` is in seconds, 0 when the gateway did not say."""

    def __init__(self, message: Message | str, retry_after: float = 0.0) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class HttpFault(NoAnswer):
    """The gateway answered with another HTTP status than 200."""

    def __init__(self, message: Message | str, status: int) -> None:
        self.status = status
        super().__init__(message)


class BadReply(NoAnswer):
    """An answer came, but not one to believe: damaged, unsigned, of another order or merchant."""


class KeyRefused(BadReply):
    """The gateway refuses this shop's merchant number or key: the call did nothing."""


class BadNotice(PosError):
    """A notification that fails its proof or belongs to nobody here."""


class IllegalTransition(PosError):
    """The state table has no such step."""


class NotAllowed(PosError):
    """The rules of the house refuse this step now."""


class LockedOut(NotAllowed):
    """Too many wrong PINs. ``seconds`` until somebody may try again."""

    def __init__(self, message: Message | str, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(message)


class PinSecretMissing(NotAllowed):
    """The secret that PINs are hashed with is not on this computer. No try was counted."""


class NotFound(PosError):
    """No such payment here."""


class StoreError(PosError):
    """The journal cannot be read or written now."""


class StoreLocked(StoreError):
    """Another program works on this data folder."""


class StoreOutdated(StoreError):
    """An older program wrote the journal, and it is only read: nothing was brought up to date."""


class StoreRefused(StoreError):
    """A damaged or foreign database, or one of a newer program; it was left untouched."""
