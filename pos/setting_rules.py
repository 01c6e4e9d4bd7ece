"""The rules of the settings' values. Each returns what a value breaks, in words, or an empty message."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pos.domain.totals import FORMATS
from pos.errors import ConfigError
from pos.gateways.http import check_url
from pos.i18n import N_, Message, msg
from pos.settings import BackupSettings, ReportSettings

BAN_DIGITS: Final = 8
"""Digits of a Taiwanese business number, the 統一編號."""


def nearest(value: str, allowed: Sequence[str]) -> Message:
    """Return that a value is not known, with the known one that is most like it, or all of them."""
    close = difflib.get_close_matches(value, allowed, 1)
    if close:
        return msg(N_("{value} is not known; did you mean {near}?"), value=value, near=close[0])
    return msg(N_("{value} is not known; one of {known}"), value=value, known=", ".join(allowed))


def number(text: str, low: int, high: int) -> Message:
    """Check a whole number of at most five digits."""
    if text.isascii() and text.isdigit() and len(text) < 6 and low <= int(text) <= high:
        return Message()
    return msg(N_("it must be a number from {low} to {high}"), low=low, high=high)


def register_name(text: str) -> Message:
    """Check the name of a register, which is a part of order numbers and file names."""
    good = text.isascii() and text.isalnum() and len(text) <= 10
    return Message() if good else msg(N_("it must be 1 to 10 letters and digits"))


def company_number(text: str) -> Message:
    """Check the form of a company number."""
    good = text.isascii() and text.isdigit() and len(text) == BAN_DIGITS
    return Message() if good else msg(N_("it must be {count} digits"), count=BAN_DIGITS)


def time_zone(text: str) -> Message:
    """Check the name of a time zone."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zones = tuple(available_timezones())
        is_close = difflib.get_close_matches(text, zones, 1)
        return nearest(text, zones) if is_close else msg(N_("it is not a known time zone"))
    return Message()


def listen_address(text: str) -> Message:
    """Check the address and port to listen on."""
    host, _, port = text.rpartition(":")
    good = host and port.isascii() and port.isdigit() and int(port) < 65536
    return Message() if good else msg(N_("it must be host:port"))


def server_url(text: str) -> Message:
    """Check the shop's own address: the customer's payment form and the notices would be sent unencrypted."""
    try:
        check_url(text)
    except ConfigError:
        return msg(N_("it must be an https address (http only on this computer)"))
    return Message()


def gateway_url(text: str) -> Message:
    """Check an address of a gateway's section."""
    try:
        check_url(text)
    except ConfigError as error:
        return error.message
    return Message()


def backup_folder(text: str) -> Message:
    """Check the folder of the backups."""
    try:
        BackupSettings(text).place(Path())
    except RuntimeError:  # ~name of an unknown user
        return msg(N_("it must be a folder"))
    return Message()


def report_folder(text: str) -> Message:
    """Check the folder of the reports."""
    try:
        place = ReportSettings(text).place
        whole = place is None or place.is_absolute()
    except RuntimeError:  # ~name of an unknown user
        whole = False
    return Message() if whole else msg(N_("it must be the whole path of a folder"))


def report_formats(text: str) -> Message:
    """Check the list of formats."""
    kinds = ReportSettings(formats=text).kinds
    for kind in kinds:
        if kind not in FORMATS:
            return nearest(kind, FORMATS)
    return Message() if kinds else msg(N_("it must name at least one of {known}"), known=", ".join(FORMATS))


def listed(value: object, known: Sequence[str], not_a_list: Message) -> Message:
    """Check a list of names."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        return not_a_list
    return next((nearest(one, known) for one in value if one not in known), Message())


def tender_keys(value: object, known: Sequence[str]) -> Message:
    """Check the list of the tenders that are shown: at least one, and none twice."""
    no_list = msg(N_("it must be a list of ways to pay"))
    found = listed(value, known, no_list)
    if found or not isinstance(value, list | tuple):
        return found
    twice = next((one for place, one in enumerate(value) if one in value[:place]), "")
    return no_list if not value else msg(N_("it names {value} twice"), value=twice) if twice else Message()
