"""The sections of the settings pages, and the words of their settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pos.declared_settings import GATEWAYS_SECTION, TENDERS_SECTION, DeclaredSetting, Kind
from pos.domain.tenders import SPECS, Tender
from pos.gateways import GATEWAYS, TITLES
from pos.i18n import LANGUAGES, N_, _
from pos.shop_settings import TENDER_KEYS

LOOK: Final = ("shop.language", "shop.theme", "shop.sounds", "shop.lock_minutes")
"""Settings of the section [shop] with a page of their own."""

HIDDEN: Final = frozenset({"server.token", f"{TENDERS_SECTION}.{Tender.CASH.value}"})
"""Settings without a use: one is reserved, and cash has no gateway."""

SECTIONS: Final[Mapping[str, str]] = {
    "shop": N_("Shop"), GATEWAYS_SECTION: N_("Gateways"), "tenders": N_("Ways to pay"), "printer": N_("Printer"),
    "invoice": N_("E-invoices"), "backup": N_("Backup"), "reports": N_("Reports"), "server": N_("Server"),
    "look": N_("Look and language"),
}  # fmt: skip
"""The pages in their order, with their titles."""

_WORDS: Final = {
    "yes": N_("Yes"), "no": N_("No"), "light": N_("Light"), "dark": N_("Dark"), "usb": "USB",
    "network": N_("Network"), "serial": N_("Serial port"), "file": N_("Device file"), "": N_("None"),
    **LANGUAGES,
}  # fmt: skip

_SYSTEM: Final = {"shop.theme": N_("As the computer"), "printer.kind": N_("Print queue")}


def section_of(one: DeclaredSetting) -> str:
    """Return the page that a setting is on, "" for none."""
    if one.key in HIDDEN:
        return ""
    return "look" if one.key in LOOK else one.section.partition(".")[0]


def groups_of(section: str, declared: Sequence[DeclaredSetting]) -> dict[str, list[DeclaredSetting]]:
    """Return the settings of a page, by gateway on that of the gateways."""
    groups: dict[str, list[DeclaredSetting]] = {}
    for one in declared:
        if section_of(one) == section:
            groups.setdefault(one.section if section == GATEWAYS_SECTION else section, []).append(one)
    return groups


def able_choices(one: DeclaredSetting) -> list[str]:
    """Return the choices of a list: for a way to pay the gateways that take it, in the order of the registry."""
    if one.section != TENDERS_SECTION or one.name == TENDER_KEYS:
        return list(one.choices)
    return [name for name in one.choices if Tender(one.name) in GATEWAYS[name].FACTS.tenders]


def group_title(group: str) -> str:
    """Return the heading of a group in the current language."""
    gateway = group.partition(".")[2]
    return TITLES[gateway] if gateway else _(SECTIONS[group])


def choice_words(one: DeclaredSetting, choice: str) -> str:
    """Return a choice in the current language; codes stay as they are."""
    if one.kind is Kind.LIST:
        return _(SPECS[Tender(choice)].titles.short) if one.name == TENDER_KEYS else TITLES.get(choice, choice)
    if choice == "system":
        return _(_SYSTEM.get(one.key, choice))
    text = _WORDS.get(choice) or TITLES.get(choice, choice)
    return _(text) if text else text


def help_words(one: DeclaredSetting) -> str:
    """Return what a setting means, without the marks of code; nothing that only repeats its title."""
    text = _(one.help).replace("`", "")
    means = "" if text.rstrip(".。") == _(one.title) else text
    parts = means, f"({one.bounds})" if one.bounds else "", _("Required.") if one.required else ""
    return " ".join(part for part in parts if part)
