"""All settings, declared once: what the reader, the reference, the command line and the settings pages know of them.

Keys, defaults and choices come from the sections' records and from the gateways' facts. The rest is declared here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Final

from pos import setting_rules as rules
from pos.domain.tenders import COUNTER_TENDERS, SPECS, Tender
from pos.domain.totals import FORMATS
from pos.einvoice.printer_settings import BAUDS, DRAWER_PINS, DRAWER_PULSE_MS, KINDS, PrinterSettings
from pos.gateways.base import Facts, Setting
from pos.gateways.capabilities import Capability
from pos.i18n import N_, Message, msg
from pos.settings import BackupSettings, InvoiceSettings, ReportSettings, ServerSettings, Settings
from pos.shop_settings import CHOICES, LONGEST_LOCK, TENDER_KEYS, ShopSettings

SECTIONS: Final[Mapping[str, Any]] = {
    "shop": ShopSettings,
    "server": ServerSettings,
    "printer": PrinterSettings,
    "backup": BackupSettings,
    "reports": ReportSettings,
    "invoice": InvoiceSettings,
}
"""The sections with a record of their own."""

GATEWAYS_SECTION: Final = "gateways"
TENDERS_SECTION: Final = "tenders"

YES_NO: Final = ("yes", "no")


class Kind(StrEnum):
    """The form of a value. The names are part of the command line's JSON."""

    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    SWITCH = "switch"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class DeclaredSetting:
    """One setting. ``title`` and ``help`` are gettext ids; `code` in a help text is in backticks.

    ``low`` and ``high`` are the bounds of a number. ``at_once``: the window uses a new value without a restart.
    ``may_be_empty``: an empty value breaks no rule and means the default.
    """

    section: str
    name: str
    kind: Kind
    title: str
    help: str
    default: object = ""
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    affects_money: bool = False
    at_once: bool = False
    required: bool = False
    may_be_empty: bool = False
    rule: Callable[[Any], Message] | None = None

    @property
    def key(self) -> str:
        """The name with its section, as ``shop.name``."""
        return f"{self.section}.{self.name}"

    @property
    def bounds(self) -> str:
        """The bounds of a number, empty if the setting has none."""
        return f"{self.low}–{self.high}" if self.high else ""

    def problem(self, value: object) -> Message:
        """Return the rule that a value of the file breaks, empty if none. Values other than lists are texts."""
        if not isinstance(value, str):
            return self.rule(value) if self.rule else Message()
        if not value and self.may_be_empty:
            return Message()
        if self.kind is Kind.LIST:
            return self.rule(value) if self.rule else Message()
        if self.choices and not self.rule and value not in self.choices:
            return rules.nearest(value, self.choices)
        if self.high:
            return rules.number(value, self.low, self.high)
        return self.rule(value) if self.rule else Message()

    def parsed(self, text: str) -> object:
        """Return the value to write into the file for a typed text; it may still break a rule."""
        tidy = text.strip()
        if self.kind is Kind.LIST:
            return [part for one in tidy.split(",") if (part := one.strip())]
        if self.kind is Kind.SWITCH and tidy in YES_NO:
            return tidy == "yes"
        is_number = self.kind is Kind.NUMBER or isinstance(self.default, int)
        return int(tidy) if is_number and tidy.isascii() and tidy.isdigit() and len(tidy) < 10 else tidy

    def plain(self, value: object) -> Any:
        """Return a value as JSON has it: a switch as true or false, a number as a number."""
        return self.parsed(self.shown(value))

    def shown(self, value: object) -> str:
        """Return a value as it is typed."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


@dataclass(frozen=True, slots=True)
class _About:
    """What a record of a section does not say of a setting."""

    title: str
    help: str
    choices: tuple[object, ...] = ()
    bounds: tuple[int, int] = (0, 0)
    money: bool = False
    at_once: bool = False
    rule: Callable[[Any], Message] | None = None


_OWN: Final[Mapping[str, _About]] = {
    "shop.name": _About(
        N_("Name of the shop"), N_("Name of the shop on the screen, on receipts and on payment pages.")
    ),
    "shop.ban": _About(
        N_("Company number"),
        N_("The shop's own company number (統一編號), 8 digits. Printed on e-invoices."),
        money=True, rule=rules.company_number,
    ),
    "shop.register": _About(
        N_("Name of this register"),
        N_("Name of this register, 1 to 10 letters and digits. Printed on receipts and part of each backup's name."),
        rule=rules.register_name,
    ),
    "shop.currency": _About(
        N_("Currency"), N_("The shop's one currency."), choices=CHOICES["currency"], money=True
    ),
    "shop.language": _About(
        N_("Language"), N_("Language of the window; its language key writes it."),
        choices=CHOICES["language"], at_once=True,
    ),
    "shop.timezone": _About(
        N_("Time zone"), N_("Time zone of the shop's day, as `Asia/Taipei` or `Asia/Hong_Kong`."), money=True,
        rule=rules.time_zone,
    ),
    "shop.theme": _About(
        N_("Light or dark"), N_("Light or dark; the window's theme key writes it."), choices=CHOICES["theme"],
        at_once=True,
    ),
    "shop.sounds": _About(
        N_("Sounds"), N_("Sounds for paid, failed and late payments."), choices=CHOICES["sounds"]
    ),
    "shop.lock_minutes": _About(
        N_("Minutes until the register locks"),
        N_("Minutes without a key or touch until the register locks. `0` never locks."), bounds=(0, LONGEST_LOCK),
    ),
    "server.url": _About(
        N_("Address of the shop"),
        N_("Address at which phones and gateways reach this register from outside. https, or http on this machine."),
        rule=rules.server_url,
    ),
    "server.listen": _About(
        N_("Address to listen on"),
        N_(
            "Address and port on which this register listens, as `0.0.0.0:8765`. A reverse proxy with a certificate"
            " passes requests on to it."
        ),
        rule=rules.listen_address,
    ),
    "server.token": _About(N_("Token"), N_("Reserved. This version does not use it.")),
    "printer.kind": _About(
        N_("Connection"), N_("How the printer is connected. `system` is a print queue of the operating system."),
        choices=KINDS,
    ),
    "printer.address": _About(
        N_("Address of the printer"),
        N_(
            "`network`: `host:port`. `serial`: the port, as `COM3` or `/dev/ttyS0`. `file`: the device, as"
            " `/dev/usb/lp0`. `system`: the queue's name. `usb`: `vendor:product` in hexadecimal digits."
        ),
    ),
    "printer.cut": _About(N_("Cutter"), N_("The printer has a cutter.")),
    "printer.drawer": _About(
        N_("Cash drawer"), N_("A cash drawer is connected to the printer and opens for cash.")
    ),
    "printer.by_itself": _About(
        N_("Print e-invoices at once"), N_("Print the proof of a paper e-invoice as soon as it is issued.")
    ),
    "printer.rows": _About(
        N_("Rows of an e-invoice"),
        N_("Rows of an e-invoice's proof: 9 cm of paper if the knife is 12 mm behind the head."), bounds=(600, 800),
    ),
    "printer.drawer_pin": _About(
        N_("Pin of the drawer"), N_("Pin of the connector that opens the cash drawer."), choices=DRAWER_PINS
    ),
    "printer.drawer_pulse_ms": _About(
        N_("Pulse of the drawer"), N_("Length of the pulse that opens the cash drawer, in milliseconds."),
        bounds=DRAWER_PULSE_MS,
    ),
    "printer.baud": _About(N_("Speed"), N_("Speed of a serial printer."), choices=BAUDS),
    "backup.folder": _About(
        N_("Folder of the backups"),
        N_(
            "Folder of the backups, best on another disk. Several registers may share one. Empty: `backups` beside the"
            " journal."
        ),
        rule=rules.backup_folder,
    ),
    "backup.keep": _About(
        N_("Backups that are kept"), N_("How many of the newest backups are never removed, however old they are."),
        bounds=(1, 9999),
    ),
    "backup.days": _About(
        N_("Days of the other backups"), N_("Age in days after which the others are removed."), bounds=(1, 9999)
    ),
    "reports.folder": _About(
        N_("Folder of the reports"), N_("Whole path of the folder. Empty: no reports are written."),
        rule=rules.report_folder,
    ),
    "reports.formats": _About(
        N_("Formats"), N_("One or more formats, separated by commas."), choices=FORMATS,
        rule=rules.report_formats,
    ),
    "invoice.cash": _About(
        N_("E-invoices of cash sales"),
        N_(
            "Gateway that issues the e-invoices of cash sales and of split sales: each is placed there as an order of"
            " its payment tool for cash, which must be enabled in the shop's contract. Empty: they have no e-invoice."
        ),
        money=True,
    ),
}  # fmt: skip

_KEYS_TITLE: Final = N_("Ways to pay on the keys")
_KEYS_HELP: Final = N_(
    "The ways to pay that the register shows: the first five are on `F1` to `F5`, the others behind More."
)
_ROUTES_HELP: Final = N_(
    "The gateways that may take it, in order. The next one is used only if nothing was sent to the first."
)


def declared_settings(facts: Mapping[str, Facts]) -> dict[str, DeclaredSetting]:
    """Return every setting by its key: own sections, tenders, and the sections of the gateways."""
    found = [
        *(_own(section, one, facts) for section, record in SECTIONS.items() for one in record.__dataclass_fields__),
        *_tenders(facts),
        *(_of_gateway(one, setting) for one in facts.values() for setting in one.settings),
    ]
    return {one.key: one for one in found}


def _own(section: str, name: str, facts: Mapping[str, Facts]) -> DeclaredSetting:
    about = _OWN[f"{section}.{name}"]
    default = SECTIONS[section].__dataclass_fields__[name].default
    choices = tuple(map(str, about.choices))
    if (section, name) == ("invoice", "cash"):
        choices = tuple(one for one, found in facts.items() if Capability.CASH_ORDER in found.capabilities)
    if isinstance(default, bool):
        kind, choices = Kind.SWITCH, YES_NO
    else:
        is_number = any(about.bounds) or (isinstance(default, int) and not choices)
        kind = Kind.NUMBER if is_number else Kind.CHOICE if choices and not about.rule else Kind.TEXT
    return DeclaredSetting(
        section, name, kind, about.title, about.help, default, choices, *about.bounds, affects_money=about.money,
        at_once=about.at_once, may_be_empty=default == "", rule=about.rule,
    )  # fmt: skip


def _of_gateway(facts: Facts, setting: Setting) -> DeclaredSetting:
    return DeclaredSetting(
        f"{GATEWAYS_SECTION}.{facts.name}", setting.key, Kind.CHOICE if setting.choices else Kind.TEXT, setting.label,
        setting.help or setting.label, facts.base_url if setting.key == "base_url" else setting.default,
        setting.choices, affects_money=True, required=setting.required, may_be_empty=True,
        rule=rules.gateway_url if setting.is_address else None,
    )  # fmt: skip


def _tenders(facts: Mapping[str, Facts]) -> list[DeclaredSetting]:
    """Return the keys' list and each tender's routes. A way to pay without a gateway has an empty list."""
    usual = Settings(Path())
    known = tuple(tender.value for tender in COUNTER_TENDERS)
    keys = DeclaredSetting(
        TENDERS_SECTION, TENDER_KEYS, Kind.LIST, _KEYS_TITLE, _KEYS_HELP, usual.tender_keys, known,
        rule=partial(rules.tender_keys, known=known),
    )  # fmt: skip
    routes = partial(rules.listed, known=tuple(facts), not_a_list=msg(N_("it must be a list of gateways")))
    return [keys] + [
        DeclaredSetting(
            TENDERS_SECTION, tender.value, Kind.LIST, SPECS[tender].titles.full, _ROUTES_HELP,
            usual.tenders.get(tender.value, ()), tuple(facts), affects_money=True, rule=routes,
        )
        for tender in Tender
    ]  # fmt: skip


def value_of(settings: Settings, one: DeclaredSetting) -> object:
    """Return the value in use: the file's, else the default. A list is a tuple, a switch a bool, else a text or int."""
    if one.section == TENDERS_SECTION:
        return settings.tender_keys if one.name == TENDER_KEYS else settings.tenders.get(one.name, ())
    if one.section in SECTIONS:
        return getattr(getattr(settings, one.section), one.name)
    gateway = one.section.partition(".")[2]
    return settings.gateway_options(gateway).get(one.name) or one.default
