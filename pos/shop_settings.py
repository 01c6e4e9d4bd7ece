"""The section ``[shop]`` of the settings, and where the file is: all that a window reads before it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pos.domain.money import PLACES
from pos.domain.tenders import COUNTER_TENDERS, USUAL_KEYS, Tender
from pos.errors import ConfigError
from pos.i18n import LANGUAGES, N_, msg

FILE_NAME: Final = "counter.toml"
ENVIRONMENT: Final = "POS_CONFIG"


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """Section ``[shop]``. ``theme`` is light, dark or system; it locks after ``lock_minutes`` without input."""

    name: str = ""
    ban: str = ""
    register: str = "R1"
    currency: str = "TWD"
    language: str = "zh_TW"
    timezone: str = "Asia/Taipei"
    theme: str = "system"
    sounds: str = "yes"
    lock_minutes: str = "10"


def settings_path(config: str | None, environ: Mapping[str, str]) -> Path:
    """Return ``--config``, otherwise ``POS_CONFIG``, otherwise the default path of the system."""
    if chosen := config or environ.get(ENVIRONMENT):
        try:
            return Path(chosen).expanduser()
        except RuntimeError:  # ~name of an unknown user
            return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_config_dir("counter", appauthor=False)) / FILE_NAME


def is_chosen(config: str | None, environ: Mapping[str, str]) -> bool:
    """Return whether ``--config`` or ``POS_CONFIG`` names the settings file."""
    return bool(config or environ.get(ENVIRONMENT))


CHOICES: Final = {
    "currency": tuple(PLACES),
    "language": tuple(LANGUAGES),
    "theme": ("light", "dark", "system"),
    "sounds": ("yes", "no"),
}

LONGEST_LOCK: Final = 480
"""Minutes: a working day. 0 turns the lock off."""


def is_lock_minutes(text: str) -> bool:
    """Return whether ``text`` is a valid value of ``[shop] lock_minutes``."""
    return text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= LONGEST_LOCK


TENDER_KEYS: Final = "keys"
"""The list in section ``[tenders]`` of the tenders that are shown, the first five on F1 to F5."""


def read_tables(path: Path) -> Mapping[str, Any]:
    """Read the file for a window that opens before it is checked; {} for a file that is not TOML."""
    import tomllib

    try:
        return tomllib.loads(text_of(path) or "")
    except (ConfigError, OSError, ValueError):
        return {}


def tender_keys_in(tables: Mapping[str, Any]) -> tuple[Tender, ...]:
    """Return the tenders that are shown; the usual ones for a faulty list, which the settings' reader refuses."""
    section = tables.get("tenders")
    found = section.get(TENDER_KEYS) if isinstance(section, dict) else None
    known = {tender.value: tender for tender in COUNTER_TENDERS}
    if not isinstance(found, list) or not found or not all(isinstance(one, str) and one in known for one in found):
        return USUAL_KEYS
    return tuple(dict.fromkeys(known[one] for one in found))


def shop_settings_in(tables: Mapping[str, Any]) -> ShopSettings:
    """Return the valid values of section ``[shop]``."""
    section = tables.get("shop")
    found = section.items() if isinstance(section, dict) else ()
    known = {key: value for key, value in found if key in ShopSettings.__slots__ and isinstance(value, str)}
    minutes = str(dict(found).get("lock_minutes", ""))  # a number in the file, or one in quotes
    known["lock_minutes"] = minutes if is_lock_minutes(minutes) else ShopSettings().lock_minutes
    return ShopSettings(**{key: value for key, value in known.items() if value in CHOICES.get(key, (value,))})


def text_of(path: Path) -> str | None:
    """Return the text of ``path`` without a byte order mark, None if there is no file. Raises ConfigError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(msg(N_("The settings file cannot be read: {path}."), path=path), str(error)) from error
