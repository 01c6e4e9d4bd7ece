"""Read and check the settings file. An error names file, line and key."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pos.domain.tenders import COUNTER_TENDERS, USUAL_KEYS, Tender
from pos.domain.totals import FORMATS
from pos.einvoice.printer_settings import BAUDS, DRAWER_PINS, DRAWER_PULSE_MS, KINDS, PrinterSettings
from pos.errors import ConfigError
from pos.gateways.base import Facts
from pos.gateways.capabilities import Capability
from pos.gateways.http import check_url
from pos.i18n import N_, Message, msg
from pos.settings import (
    BackupSettings,
    InvoiceSettings,
    Problem,
    ReportSettings,
    ServerSettings,
    Settings,
    default_tenders,
    not_toml,
)
from pos.shop_settings import CHOICES, LONGEST_LOCK, TENDER_KEYS, ShopSettings, is_lock_minutes, text_of
from pos.text import has_hidden

PRINTER_KEYS: Final = ("kind", "address", "cut", "drawer", "by_itself", "rows", "drawer_pin", "drawer_pulse_ms", "baud")

BAN_DIGITS: Final = 8
"""Digits of a Taiwanese business number, the 統一編號."""

_HEADER: Final = re.compile(r"\s*\[\s*([^\[\]#\s]+)\s*\]")


def read_settings(path: Path, facts: Mapping[str, Facts]) -> Settings:
    """Read ``path``; without a file, return the defaults.

    Raises ConfigError that names file and line if the file is not TOML or breaks a rule outside the gateways.
    """
    text = text_of(path)
    return Settings(path) if text is None else _Reader(path, text, facts).settings()


class _Reader:
    """Reads one file. Raises ConfigError if it is not TOML."""

    def __init__(self, path: Path, text: str, facts: Mapping[str, Facts]) -> None:
        self._path = path
        self._lines = text.splitlines()
        self._facts = facts
        self._problems: list[Problem] = []
        try:
            self._found: dict[str, Any] = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # also for a number of 5,000 digits or deeply nested lists
            raise not_toml(path, error) from error

    def settings(self) -> Settings:
        known = ("shop", "gateways", "tenders", "server", "printer", "backup", "reports", "invoice")
        self._refuse_unknown("", self._found, known)
        shop = ShopSettings(**self._texts("shop", tuple(ShopSettings.__slots__), self._refuse))
        server = ServerSettings(**self._texts("server", ("url", "listen", "token"), self._refuse))
        self._check_shop(shop)
        self._check_server(server)
        tenders = default_tenders() | self._tenders()
        printer, backup = self._printer(), self._backup()
        reports, gateways = self._reports(), self._gateways()
        return Settings(
            self._path, shop, server, gateways, tenders, printer, backup, tuple(self._problems), reports,
            tender_keys=self._tender_keys(), invoice=self._invoice(),
        )  # fmt: skip

    def _texts(self, section: str, keys: Iterable[str], refuse: Callable[[str, Message], None]) -> dict[str, str]:
        table = self._table(section)
        self._refuse_unknown(section, table, keys, refuse)
        return {key: self._text(section, key, table[key], refuse) for key in keys if key in table}

    def _text(self, section: str, key: str, value: object, refuse: Callable[[str, Message], None]) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int):
            return str(value)
        if not isinstance(value, str) or has_hidden(value):
            refuse(f"{section}.{key}", msg(N_("it must be text")))
            return ""
        return value.strip()

    def _table(self, section: str) -> dict[str, Any]:
        found = self._found
        for part in section.split("."):
            found = found.get(part, {})
            if not isinstance(found, dict):
                self._refuse(section, msg(N_("it must be a section")))
        return found

    def _check_shop(self, shop: ShopSettings) -> None:
        for key, allowed in CHOICES.items():
            value = getattr(shop, key)
            if value not in allowed:
                self._refuse(f"shop.{key}", _nearest(value, allowed))
        if not (shop.register.isascii() and shop.register.isalnum() and len(shop.register) <= 10):
            self._refuse("shop.register", msg(N_("it must be 1 to 10 letters and digits")))
        if shop.ban and not (shop.ban.isascii() and shop.ban.isdigit() and len(shop.ban) == BAN_DIGITS):
            self._refuse("shop.ban", msg(N_("it must be {count} digits"), count=BAN_DIGITS))
        if not is_lock_minutes(shop.lock_minutes):
            rule = msg(N_("it must be a number from {low} to {high}"), low=0, high=LONGEST_LOCK)
            self._refuse("shop.lock_minutes", rule)
        try:
            ZoneInfo(shop.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self._refuse("shop.timezone", _no_zone(shop.timezone))

    def _check_server(self, server: ServerSettings) -> None:
        host, _, port = server.listen.rpartition(":")
        if server.listen and not (host and port.isascii() and port.isdigit() and int(port) < 65536):
            self._refuse("server.listen", msg(N_("it must be host:port")))
        if server.url:
            try:
                check_url(server.url)
            except ConfigError:
                # The customer's payment form and the notices would be sent unencrypted.
                self._refuse("server.url", msg(N_("it must be an https address (http only on this computer)")))

    def _printer(self) -> PrinterSettings:
        found = self._texts("printer", PRINTER_KEYS, self._refuse)
        if found.get("kind", "") not in ("", *KINDS):
            self._refuse("printer.kind", _nearest(found["kind"], KINDS))
        for key in ("cut", "drawer", "by_itself"):
            if found.get(key, "yes") not in ("yes", "no"):
                self._refuse(f"printer.{key}", _nearest(found[key], ("yes", "no")))
        pulse = found.get("drawer_pulse_ms", "100")
        rows = self._number("printer.rows", found.get("rows", "624"), 600, 800)
        return PrinterSettings(
            kind=found.get("kind", ""),
            address=found.get("address", ""),
            cut=found.get("cut", "yes") == "yes",
            drawer=found.get("drawer", "no") == "yes",
            by_itself=found.get("by_itself", "yes") == "yes",
            rows=rows,
            drawer_pin=self._one_of("printer.drawer_pin", found.get("drawer_pin", "2"), DRAWER_PINS),
            drawer_pulse_ms=self._number("printer.drawer_pulse_ms", pulse, *DRAWER_PULSE_MS),
            baud=self._one_of("printer.baud", found.get("baud", "115200"), BAUDS),
        )

    def _one_of(self, where: str, text: str, known: Sequence[int]) -> int:
        if text not in map(str, known):
            self._refuse(where, _nearest(text, tuple(map(str, known))))
        return int(text)

    def _backup(self) -> BackupSettings:
        usual = BackupSettings()
        found = self._texts("backup", ("folder", "keep", "days"), self._refuse)
        keep = self._number("backup.keep", found.get("keep", str(usual.keep)), 1, 9999)
        days = self._number("backup.days", found.get("days", str(usual.days)), 1, 9999)
        backup = BackupSettings(found.get("folder", ""), keep, days)
        try:
            backup.place(Path())
        except RuntimeError:  # ~name of an unknown user
            self._refuse("backup.folder", msg(N_("it must be a folder")))
        return backup

    def _number(self, where: str, text: str, low: int, high: int) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 6 and low <= int(text) <= high):
            self._refuse(where, msg(N_("it must be a number from {low} to {high}"), low=low, high=high))
        return int(text)

    def _reports(self) -> ReportSettings:
        found = ReportSettings(**self._texts("reports", tuple(ReportSettings.__slots__), self._refuse))
        try:
            whole = found.place is None or found.place.is_absolute()
        except RuntimeError:  # ~name of an unknown user
            whole = False
        if not whole:
            self._refuse("reports.folder", msg(N_("it must be the whole path of a folder")))
        for kind in found.kinds:
            if kind not in FORMATS:
                self._refuse("reports.formats", _nearest(kind, FORMATS))
        if not found.kinds:
            self._refuse("reports.formats", msg(N_("it must name at least one of {known}"), known=", ".join(FORMATS)))
        return found

    def _invoice(self) -> InvoiceSettings:
        found = InvoiceSettings(**self._texts("invoice", tuple(InvoiceSettings.__slots__), self._refuse))
        known = tuple(name for name, facts in self._facts.items() if Capability.CASH_ORDER in facts.capabilities)
        if found.cash and found.cash not in known:
            self._refuse("invoice.cash", _nearest(found.cash, known))
        return found

    def _tenders(self) -> dict[str, tuple[str, ...]]:
        table = self._table("tenders")
        self._refuse_unknown("tenders", table, [*(tender.value for tender in Tender), TENDER_KEYS])
        return {name: self._routes(name, routes) for name, routes in table.items() if name != TENDER_KEYS}

    def _tender_keys(self) -> tuple[str, ...]:
        """Return the tenders that are shown, the first five on F1 to F5."""
        where, known = f"tenders.{TENDER_KEYS}", tuple(tender.value for tender in COUNTER_TENDERS)
        found = self._table("tenders").get(TENDER_KEYS, list(USUAL_KEYS))
        if not isinstance(found, list) or not found or not all(isinstance(tender, str) for tender in found):
            self._refuse(where, msg(N_("it must be a list of ways to pay")))
        for place, tender in enumerate(found):
            if tender not in known:
                self._refuse(where, _nearest(tender, known))
            if tender in found[:place]:
                self._refuse(where, msg(N_("it names {value} twice"), value=tender))
        return tuple(str(tender) for tender in found)

    def _routes(self, tender: str, routes: object) -> tuple[str, ...]:
        if not isinstance(routes, list) or not all(isinstance(route, str) for route in routes):
            self._refuse(f"tenders.{tender}", msg(N_("it must be a list of gateways")))
        for route in routes:
            if route not in self._facts:
                self._refuse(f"tenders.{tender}", _nearest(route, tuple(self._facts)))
        return tuple(routes)

    def _gateways(self) -> dict[str, dict[str, str]]:
        table = self._table("gateways")
        self._refuse_unknown("gateways", table, self._facts)
        return {name: self._gateway(name, found) for name, found in table.items()}

    def _gateway(self, name: str, found: object) -> dict[str, str]:
        section = f"gateways.{name}"
        note = partial(self._note, name)
        if not isinstance(found, dict):
            note(section, msg(N_("it must be a section")))
            return {}
        self._refuse_keys(name, found)
        keys = [setting.key for setting in self._facts[name].settings]
        options = self._texts(section, keys, note)
        for setting in self._facts[name].settings:
            value = options.get(setting.key, "")
            if value and setting.choices and value not in setting.choices:
                note(f"{section}.{setting.key}", _nearest(value, setting.choices))
            if value and setting.is_address:
                self._check_address(name, setting.key, value)
        return options

    def _check_address(self, name: str, key: str, url: str) -> None:
        try:
            check_url(url)
        except ConfigError as error:
            self._note(name, f"gateways.{name}.{key}", error.message)

    def _refuse_keys(self, name: str, found: Mapping[str, object]) -> None:
        """Note a merchant key in this file as a problem that names where keys are stored, without the key itself."""
        for secret in self._facts[name].secrets:
            if secret.key in found:
                rule = msg(N_("merchant keys do not belong in this file; remove it and store it: pos key set"))
                self._note(name, f"gateways.{name}.{secret.key}", rule)

    def _refuse_unknown(
        self,
        section: str,
        table: Mapping[str, object],
        known: Iterable[str],
        refuse: Callable[[str, Message], None] | None = None,
    ) -> None:
        allowed = tuple(known)
        for key in table:
            if key not in allowed:
                (refuse or self._refuse)(f"{section}.{key}".lstrip("."), _nearest(key, allowed))

    def _refuse(self, where: str, rule: Message) -> NoReturn:
        raise ConfigError(self._said(where, rule))

    def _note(self, gateway: str, where: str, rule: Message) -> None:
        self._problems.append(Problem(where, self._said(where, rule), self._line_of(where), gateway))

    def _said(self, where: str, rule: Message) -> Message:
        text = N_("{path}, line {line}: {where}: {rule}")
        return msg(text, path=self._path, line=self._line_of(where) or "?", where=where, rule=rule.spoken())

    def _line_of(self, where: str) -> int:
        """Return the line of a section or key (1 is the first), 0 if it is not on a line of its own."""
        section, _, key = where.rpartition(".")
        inside = ""
        for number, line in enumerate(self._lines, 1):
            if header := _HEADER.match(line):
                inside = header[1]
                if inside == where:
                    return number
            elif inside == section and line.partition("=")[0].strip(" \t\"'") == key:
                return number
        return 0


def _no_zone(name: str) -> Message:
    zones = tuple(available_timezones())
    known = difflib.get_close_matches(name, zones, 1)
    return _nearest(name, zones) if known else msg(N_("it is not a known time zone"))


def _nearest(value: str, allowed: tuple[str, ...]) -> Message:
    close = difflib.get_close_matches(value, allowed, 1)
    if close:
        return msg(N_("{value} is not known; did you mean {near}?"), value=value, near=close[0])
    return msg(N_("{value} is not known; one of {known}"), value=value, known=", ".join(allowed))
