"""The declarations of all settings, stored in one TOML file without merchant keys (see :mod:`pos.secrets`)."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pos.domain.tenders import USUAL_KEYS, Tender
from pos.einvoice.printer_settings import PrinterSettings
from pos.errors import ConfigError, InputError
from pos.i18n import N_, Message, msg
from pos.os_errors import reason
from pos.shop_settings import ShopSettings, is_chosen, settings_path, text_of
from pos.store.backup_files import BACKUP_FOLDER

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


def default_tenders() -> dict[str, tuple[str, ...]]:
    """Return the gateways that offer each tender, in the order of the registry."""
    from pos.gateways import GATEWAYS  # the window starts before it needs them

    return {
        tender.value: tuple(name for name, kind in GATEWAYS.items() if tender in kind.FACTS.tenders)
        for tender in Tender
        if tender is not Tender.CASH
    }


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Section ``[server]``: the address by which customers and gateways reach the shop, and the one to listen on."""

    url: str = ""
    listen: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """Section ``[backup]``: a folder, best on another disk; see :func:`pos.store.backup_files.prune`."""

    folder: str = ""
    keep: int = 30
    days: int = 400

    def place(self, data_dir: Path) -> Path:
        """Return the folder; a relative path begins in the data folder."""
        return data_dir / Path(self.folder or BACKUP_FOLDER).expanduser()


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """Section ``[reports]``: the folder that each Z's reports are written to, "" for none, and their formats."""

    folder: str = ""
    formats: str = "xlsx,pdf"

    @property
    def place(self) -> Path | None:
        """The folder, None if no reports are written."""
        return Path(self.folder).expanduser() if self.folder else None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The formats as a tuple."""
        return tuple(dict.fromkeys(one.strip() for one in self.formats.split(",") if one.strip()))


@dataclass(frozen=True, slots=True)
class InvoiceSettings:
    """Section ``[invoice]``: the gateway that issues the e-invoices of cash sales, "" for none."""

    cash: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A ``rule`` that the file breaks. ``gateway`` is set if it concerns only that gateway."""

    where: str
    message: Message
    line: int = 0
    gateway: str = ""
    rule: Message = Message()


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings and the problems of the file. Made by :func:`pos.settings_reader.read_settings`."""

    path: Path
    shop: ShopSettings = field(default_factory=ShopSettings)
    server: ServerSettings = ServerSettings()
    gateways: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tenders: Mapping[str, tuple[str, ...]] = field(default_factory=default_tenders)
    printer: PrinterSettings = field(default_factory=PrinterSettings)
    backup: BackupSettings = BackupSettings()
    problems: tuple[Problem, ...] = ()
    reports: ReportSettings = ReportSettings()
    tender_keys: tuple[str, ...] = tuple(tender.value for tender in USUAL_KEYS)
    invoice: InvoiceSettings = InvoiceSettings()

    def affecting_money(self) -> dict[str, Any]:
        """Return the settings that money depends on: currency, days, tenders, and each gateway's address and number."""
        return {
            "currency": self.shop.currency,
            "timezone": self.shop.timezone,
            "ban": self.shop.ban,
            "tenders": {name: list(routes) for name, routes in self.tenders.items()},
            "gateways": {name: dict(options) for name, options in self.gateways.items()},
            **({"invoice": {"cash": self.invoice.cash}} if self.invoice.cash else {}),
        }

    def gateway_options(self, name: str) -> Mapping[str, str]:
        """Return the section of one gateway, with its values as text."""
        return self.gateways.get(name, {})

    def check_gateway(self, name: str) -> None:
        """Raise ConfigError if this gateway's section breaks a rule."""
        for problem in self.problems:
            if problem.gateway == name:
                raise ConfigError(problem.message)

    def changed(self, section: str, key: str, value: str) -> Settings:
        """Return these settings with one value changed, without writing the file."""
        part = replace(getattr(self, section), **{key: value})
        return replace(self, **{section: part})

    def remember(self, key: str, value: str) -> None:
        """Store a choice about the window's appearance. A write error is ignored: the choice is lost at the end."""
        with contextlib.suppress(ConfigError):
            self.save_choice("shop", key, value)

    def save_choice(self, section: str, key: str, value: str) -> None:
        """Write one value into the file atomically; comments and other settings are kept. Raises ConfigError.

        ``section`` may have parts, as ``gateways.opay``.
        """
        import tomlkit

        document = parse_document(self.path)
        table: Any = document
        for part in section.split("."):
            if not isinstance(table.get(part), MutableMapping):
                table[part] = tomlkit.table()
            table = table[part]
        table[key] = value
        write_document(self.path, document.as_string())


def parse_document(path: Path) -> TOMLDocument:
    """Return the present file with its comments: it may have been edited since it was read. Raises ConfigError."""
    import tomlkit
    from tomlkit.exceptions import ParseError

    try:
        return tomlkit.parse(text_of(path) or "")
    except ParseError as error:
        raise not_toml(path, error) from error


def write_document(path: Path, text: str) -> None:
    """Replace the file atomically. Raises ConfigError."""
    from pos.files import write_whole

    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise ConfigError(msg(N_("The settings file cannot be written: {path}."), path=path), str(error)) from error


def check_chosen(config: str | None, environ: Mapping[str, str]) -> None:
    """Raise InputError if ``--config`` or ``POS_CONFIG`` names a file that does not exist.

    The system's own settings file may be missing: a new shop has none yet.
    """
    if not is_chosen(config, environ):
        return
    path = settings_path(config, environ)
    try:
        path.stat()
    except OSError as error:
        text = N_("The settings file {path} cannot be read: {problem}. Check --config and POS_CONFIG.")
        raise InputError("config", msg(text, path=path, problem=reason(error).spoken()), str(error)) from error


def not_toml(path: Path, problem: Exception) -> ConfigError:
    """Return the error to raise for a file that is not TOML."""
    return ConfigError(msg(N_("{path} is not valid TOML: {problem}"), path=path, problem=problem))
