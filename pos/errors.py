"""The errors of Counter, each with a message to show to the user.

::

    PosError
    ├── InputError            an input breaks a rule; nothing was sent
    │   └── UsageError        the command line has no such verb, option or form
    ├── ConfigError           settings or keys are missing or wrong; nothing was sent
    ├── GatewayError
    │   ├── NotSent           nothing was sent: the same attempt may be sent again
    │   │   └── NotUnderstood the gateway understands no dialect of our messages; no order was sent
    │   └── NoAnswer          sent, without a trustworthy answer: query, never resend
    │       ├── RateLimited   HTTP 429: ask later
    │       ├── HttpFault     another HTTP status than 200
    │       └── BadReply      the answer cannot be trusted
    │           └── KeyRefused  the gateway refuses this shop's key; nothing was done
    ├── BadNotice             a notification that cannot be trusted
    ├── IllegalTransition     a step that is not in the state table
    ├── NotAllowed            the shop's rules refuse this step now
    │   ├── LockedOut         too many wrong PINs: tries are locked for a while
    │   └── PinSecretMissing  PINs cannot be checked on this computer
    ├── NotFound              no such payment, refund, invoice, shift, person or file
    └── StoreError            the journal cannot be read or written
        ├── StoreLocked       another program uses this data folder
        ├── StoreOutdated     an older program wrote the journal, and it is opened to read only
        └── StoreRefused      a damaged, foreign or newer database; it was not changed
"""

from __future__ import annotations

from pos.i18n import Message, msg


class PosError(Exception):
    """The base class: ``message`` is the sentence to show, ``detail`` technical text for the log."""

    def __init__(self, message: Message | str, detail: str = "") -> None:
        self.message = msg(message) if isinstance(message, str) else message
        self.detail = detail
        super().__init__(str(self.message))

    def spoken(self) -> str:
        """Return the message in the current language."""
        return self.message.spoken()


class InputError(PosError):
    """An input breaks a rule; ``field`` names the input. Nothing was sent."""

    def __init__(self, field: str, message: Message | str, detail: str = "") -> None:
        self.field = field
        super().__init__(message, detail)


class UsageError(InputError):
    """The command line has no such verb, option or form; ``field`` names the option, "" for none."""


class ConfigError(PosError):
    """Settings or keys are missing or wrong, or the gateway refuses them."""


class GatewayError(PosError):
    """A call of a gateway failed."""


class NotSent(GatewayError):
    """Certainly nothing was sent (no route, connection refused, bad certificate)."""


class NotUnderstood(NotSent):
    """The gateway understands no dialect of our messages. No order was sent."""


class NoAnswer(GatewayError):
    """The request may have arrived, and there is no trustworthy answer. Query it; never send it again."""


class RateLimited(NoAnswer):
    """HTTP 429. ``retry_after`` is in seconds, 0 if the gateway gave no time."""

    def __init__(self, message: Message | str, retry_after: float = 0.0) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class HttpFault(NoAnswer):
    """The gateway answered with another HTTP status than 200."""

    def __init__(self, message: Message | str, status: int) -> None:
        self.status = status
        super().__init__(message)


class BadReply(NoAnswer):
    """The answer cannot be trusted: damaged, unsigned, or of another order or merchant."""


class KeyRefused(BadReply):
    """The gateway refuses this shop's merchant number or key; the call had no effect."""


class BadNotice(PosError):
    """A notification with an invalid signature, or of an unknown order."""


class IllegalTransition(PosError):
    """A step that is not in the state table."""


class NotAllowed(PosError):
    """The shop's rules refuse this step now."""


class LockedOut(NotAllowed):
    """Too many wrong PINs. ``seconds`` is the time until the next try."""

    def __init__(self, message: Message | str, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(message)


class PinSecretMissing(NotAllowed):
    """The secret that PINs are hashed with is not on this computer. No try was counted."""


class NotFound(PosError):
    """No such payment, refund, invoice, shift, person or file."""


class StoreError(PosError):
    """The journal cannot be read or written now."""


class StoreLocked(StoreError):
    """Another program uses this data folder."""


class StoreOutdated(StoreError):
    """An older program wrote the journal, and it is opened to read only, so it was not migrated."""


class StoreRefused(StoreError):
    """A damaged or foreign database, or one of a newer program; it was not changed."""
