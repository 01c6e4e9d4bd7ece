"""Every setting, declared once. One TOML file; merchant keys never stand in it (see :mod:`pos.secrets`)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pos.domain.money import PLACES
from pos.domain.payment import Tender
from pos.errors import ConfigError
from pos.i18n import LANGUAGES, N_, Message, msg

if TYPE_CHECKING:
    from pos.gateways.base import Facts

FILE_NAME: Final = "counter.toml"
ENVIRONMENT: Final = "POS_CONFIG"

DEFAULT_TENDERS: Final = {
    "wechat": ("opay", "qfpay", "mypay"),
    "alipay": ("qfpay", "mypay"),
    "atm": ("wanpay", "mypay"),
    "mypay": ("mypay",),
    "card_periodic": ("opay",),
}


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """Section ``[shop]``. ``theme`` is light, dark or system."""

    name: str = ""
    ban: str = ""
    register: str = "R1"
    currency: str = "TWD"
    language: str = "zh_TW"
    timezone: str = "Asia/Taipei"
    theme: str = "system"
    sounds: str = "yes"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Section ``[server]``: where customers and gateways reach the shop, and where this register listens for it."""

    url: str = ""
    listen: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule that the file breaks. ``gateway`` is set where only that gateway is refused for it."""

    where: str
    message: Message
    line: int = 0
    gateway: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file says, and what is wrong with it. Build with :meth:`load`."""

    path: Path
    shop: ShopSettings = ShopSettings()
    server: ServerSettings = ServerSettings()
    gateways: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tenders: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(DEFAULT_TENDERS))
    problems: tuple[Problem, ...] = ()

    @classmethod
    def load(cls, path: Path, facts: Mapping[str, Facts]) -> Settings:
        """Read ``path``; a file that is not there gives the defaults.

        Raises ConfigError, naming file and line, where the file is not TOML or a rule outside the gateways is broken.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return cls(path)
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(msg(N_("The settings cannot be read: {path}."), path=path), str(error)) from error
        return _Reader(path, text, facts).settings()

    def gateway_options(self, name: str) -> Mapping[str, str]:
        """The section of one gateway, as text."""
        return self.gateways.get(name, {})

    def check_gateway(self, name: str) -> None:
        """Raises ConfigError where this gateway's section breaks a rule."""
        for problem in self.problems:
            if problem.gateway == name:
                raise ConfigError(problem.message)

    def changed(self, section: str, key: str, value: str) -> Settings:
        """These settings with one choice changed, in memory."""
        part = replace(getattr(self, section), **{key: value})
        return replace(self, **{section: part})

    def remember(self, key: str, value: str) -> None:
        """Store a choice about the window's looks; a disk that refuses it spoils nothing but the next start's looks."""
        with contextlib.suppress(ConfigError):
            self.save_choice("shop", key, value)

    def save_choice(self, section: str, key: str, value: str) -> None:
        """Write one choice into the file, comments and all else kept; whole or not at all. Raises ConfigError."""
        import tomlkit

        try:
            document = (
                tomlkit.parse(self.path.read_text(encoding="utf-8")) if self.path.exists() else tomlkit.document()
            )
            table = document.setdefault(section, tomlkit.table())
            table[key] = value
            _write_whole(self.path, tomlkit.dumps(document))
        except OSError as error:
            text = N_("The settings cannot be written: {path}.")
            raise ConfigError(msg(text, path=self.path), str(error)) from error


def settings_path(config: str | None, environ: Mapping[str, str]) -> Path:
    """``--config``, else ``POS_CONFIG``, else the system's place for settings."""
    if chosen := config or environ.get(ENVIRONMENT):
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_config_dir("counter", appauthor=False)) / FILE_NAME


_CHOICES: Final = {
    "currency": tuple(PLACES),
    "language": tuple(LANGUAGES),
    "theme": ("light", "dark", "system"),
    "sounds": ("yes", "no"),
}


def glance(path: Path) -> ShopSettings:
    """What a window shows before the whole file was read and checked: section ``[shop]``, faults passed over."""
    import tomllib

    try:
        found = tomllib.loads(path.read_text(encoding="utf-8")).get("shop", {})
        ZoneInfo(str(found.get("timezone", "Asia/Taipei")))
    except (OSError, ValueError, AttributeError, ZoneInfoNotFoundError):
        return ShopSettings()
    known = {key: value for key, value in found.items() if key in ShopSettings.__slots__ and isinstance(value, str)}
    return ShopSettings(**{key: value for key, value in known.items() if value in _CHOICES.get(key, (value,))})


class _Reader:
    """One reading of one file."""

    def __init__(self, path: Path, text: str, facts: Mapping[str, Facts]) -> None:
        self._path = path
        self._lines = text.splitlines()
        self._facts = facts
        self._problems: list[Problem] = []
        import tomllib

        try:
            self._found: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(msg(N_("{path} is not valid TOML: {problem}"), path=path, problem=error)) from error

    def settings(self) -> Settings:
        known = ("shop", "gateways", "tenders", "server")
        self._refuse_unknown("", self._found, known)
        shop = ShopSettings(**self._texts("shop", tuple(ShopSettings.__slots__), self._refuse))
        server = ServerSettings(**self._texts("server", ("url", "listen", "token"), self._refuse))
        self._check_shop(shop)
        self._check_server(server)
        tenders = dict(DEFAULT_TENDERS) | self._tenders()
        return Settings(self._path, shop, server, self._gateways(), tenders, tuple(self._problems))

    def _texts(self, section: str, keys: Iterable[str], refuse: Callable[[str, Message], None]) -> dict[str, str]:
        table = self._table(section)
        self._refuse_unknown(section, table, keys, refuse)
        return {key: self._text(section, key, table[key], refuse) for key in keys if key in table}

    def _text(self, section: str, key: str, value: object, refuse: Callable[[str, Message], None]) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int):
            return str(value)
        if not isinstance(value, str):
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
        for key, allowed in _CHOICES.items():
            value = getattr(shop, key)
            if value not in allowed:
                self._refuse(f"shop.{key}", _nearest(value, allowed))
        if not (shop.register.isascii() and shop.register.isalnum() and len(shop.register) <= 10):
            self._refuse("shop.register", msg(N_("it must be 1 to 10 letters and digits")))
        try:
            ZoneInfo(shop.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self._refuse("shop.timezone", msg(N_("it is no time zone that is known here")))

    def _check_server(self, server: ServerSettings) -> None:
        host, _, port = server.listen.rpartition(":")
        if server.listen and not (host and port.isdecimal() and int(port) < 65536):
            self._refuse("server.listen", msg(N_("it must be host:port")))
        if server.url and not server.url.startswith(("https://", "http://")):
            self._refuse("server.url", msg(N_("it must be an address")))

    def _tenders(self) -> dict[str, tuple[str, ...]]:
        table = self._table("tenders")
        self._refuse_unknown("tenders", table, [tender.value for tender in Tender])
        return {name: self._routes(name, routes) for name, routes in table.items()}

    def _routes(self, tender: str, routes: object) -> tuple[str, ...]:
        if not isinstance(routes, list) or not all(isinstance(route, str) for route in routes):
            self._refuse(f"tenders.{tender}", msg(N_("it must be a list of gateways")))
            return ()
        for route in routes:
            if route not in self._facts:
                self._refuse(f"tenders.{tender}", _nearest(route, tuple(self._facts)))
        return tuple(routes)

    def _gateways(self) -> dict[str, dict[str, str]]:
        table = self._table("gateways")
        self._refuse_unknown("gateways", table, self._facts)
        return {name: self._gateway(name) for name in table}

    def _gateway(self, name: str) -> dict[str, str]:
        def note(where: str, rule: Message) -> None:
            self._problems.append(Problem(where, self._said(where, rule), self._line_of(where), name))

        from pos.gateways.http import check_url

        section = f"gateways.{name}"
        options = self._texts(section, [setting.key for setting in self._facts[name].settings], note)
        if url := options.get("base_url", ""):
            try:
                check_url(url)
            except ConfigError as error:
                note(f"{section}.base_url", error.message)
        return options

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

    def _refuse(self, where: str, rule: Message) -> None:
        raise ConfigError(self._said(where, rule))

    def _said(self, where: str, rule: Message) -> Message:
        text = N_("{path}, line {line}: {where}: {rule}")
        return msg(text, path=self._path, line=self._line_of(where) or "?", where=where, rule=rule)

    def _line_of(self, where: str) -> int:
        """The line of a key (1 is the first), by its name inside its section; 0 when it is not found."""
        section, _, key = where.rpartition(".")
        inside, best = not section, 0
        for number, line in enumerate(self._lines, 1):
            bare = line.strip()
            if bare.startswith("["):
                inside = bare.strip("[] ") == section
                if bare.strip("[] ") == where:
                    return number
            elif inside and bare.partition("=")[0].strip().strip("\"'") == key:
                best = best or number
        return best


def _nearest(value: str, allowed: tuple[str, ...]) -> Message:
    import difflib

    close = difflib.get_close_matches(value, allowed, 1)
    if close:
        return msg(N_("{value} is not known; did you mean {near}?"), value=value, near=close[0])
    return msg(N_("{value} is not known; one of {known}"), value=value, known=", ".join(allowed))


def _write_whole(path: Path, text: str) -> None:
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".new")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
