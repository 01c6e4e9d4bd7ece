"""Whether a gateway accepts the shop's merchant key, by its last answer, and the message if it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from pos.errors import ConfigError
from pos.i18n import N_, Message, msg

if TYPE_CHECKING:
    from pos.gateways.base import Facts, GatewayConfig, SecretField

IDENTIFIERS: Final = frozenset({"platform_id", "mchid"})
"""Settings that identify a merchant, in addition to the required ones."""

REFUSED: Final = N_(
    "The gateway refuses this shop's key. Check {settings} in the settings and the stored key {keys} (pos key set)."
    " {gateway} says: {words}"
)


class MerchantKey:
    """The merchant number and keys of one gateway.

    The clients call :meth:`accept` or :meth:`refuse` after each answer that shows whether the key is accepted.
    ``on_change`` is called with :attr:`refused` when it changes.
    """

    def __init__(self, facts: Facts, config: GatewayConfig) -> None:
        self.refused = False
        self.on_change: Callable[[bool], object] = lambda refused: None
        self._facts = facts
        self._config = config

    def accept(self) -> None:
        """Record that the gateway accepts the key."""
        self._change(refused=False)

    def refuse(self, code: str, words: str = "", text: str = REFUSED) -> Message:
        """Record that the gateway refuses the key. Return the message: the cause and what to do.

        ``words`` is the gateway's text; without one ``code`` is shown. ``text`` is a template with the same fields.
        """
        self._change(refused=True)
        return msg(
            text, settings=", ".join(self._settings()), keys=", ".join(self._keys()), gateway=self._facts.title,
            words=words or code or "–",
        )  # fmt: skip

    def _change(self, *, refused: bool) -> None:
        if refused != self.refused:
            self.refused = refused
            self.on_change(refused)

    def _settings(self) -> list[str]:
        """Return the names of the settings that identify the merchant, optional ones only if they are set."""
        found = [
            one.key
            for one in self._facts.settings
            if one.required or (one.key in IDENTIFIERS and self._config.option(one.key))
        ]
        return [f"gateways.{self._facts.name}.{key}" for key in found]

    def _keys(self) -> list[str]:
        known = [one.key for one in self._facts.secrets if one.required or self._config.secrets.get(one.key)]
        return [f"{self._facts.name}.{key}" for key in known]


def check_secret(gateway: str, secret: SecretField, value: str) -> None:
    """Raise ConfigError if a key is missing or does not have the form of this gateway's keys."""
    name = f"{gateway}.{secret.key}"
    if not value and not secret.required:
        return
    if not value:
        raise ConfigError(msg(N_("The key {name} is not stored: pos key set {name}"), name=name))
    if secret.lengths and len(value) not in secret.lengths:
        lengths = " / ".join(str(n) for n in secret.lengths)
        text = N_("The key {name} must have {lengths} ASCII characters.")
        raise ConfigError(msg(text, name=name, lengths=lengths))
    if not value.isascii():
        raise ConfigError(msg(N_("The key {name} may contain ASCII characters only."), name=name))
