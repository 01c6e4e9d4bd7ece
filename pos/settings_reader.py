"""Read and check the settings file. An error names file, line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn

from pos.declared_settings import (
    GATEWAYS_SECTION,
    SECTIONS,
    TENDERS_SECTION,
    DeclaredSetting,
    declared_settings,
)
from pos.errors import ConfigError
from pos.gateways.base import Facts
from pos.i18n import N_, Message, msg
from pos.setting_rules import nearest
from pos.settings import Problem, Settings, default_tenders, not_toml
from pos.shop_settings import TENDER_KEYS, text_of
from pos.text import has_hidden

_HEADER: Final = re.compile(r"\s*\[\s*([^\[\]#\s]+)\s*\]")


def read_settings(path: Path, facts: Mapping[str, Facts]) -> Settings:
    """Read ``path``; without a file, return the defaults.

    Raises ConfigError that names file and line if the file is not TOML or breaks a rule outside the gateways.
    """
    text = text_of(path)
    return Settings(path) if text is None else settings_in(path, text, facts)


def settings_in(path: Path, text: str, facts: Mapping[str, Facts]) -> Settings:
    """Read the ``text`` of the file ``path``. Raises ConfigError as :func:`read_settings`."""
    return _Reader(path, text, facts).settings()


class RefusedSetting(ConfigError):
    """A setting of the file breaks ``rule``; ``where`` is its key. The message names file and line too."""

    def __init__(self, where: str, rule: Message, message: Message) -> None:
        self.where, self.rule = where, rule
        super().__init__(message)


class _Reader:
    """Reads one file. Raises ConfigError if it is not TOML."""

    def __init__(self, path: Path, text: str, facts: Mapping[str, Facts]) -> None:
        self._path = path
        self._lines = text.splitlines()
        self._facts = facts
        self._declared = declared_settings(facts)
        self._problems: list[Problem] = []
        try:
            self._found: dict[str, Any] = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # also for a number of 5,000 digits or deeply nested lists
            raise not_toml(path, error) from error

    def settings(self) -> Settings:
        self._refuse_unknown("", self._found, (*SECTIONS, TENDERS_SECTION, GATEWAYS_SECTION))
        own = {section: record(**self._own(section)) for section, record in SECTIONS.items()}
        tenders, keys = default_tenders() | self._tenders(), self._tender_keys()
        gateways = self._gateways()
        return Settings(
            self._path, gateways=gateways, tenders=tenders, tender_keys=keys, problems=tuple(self._problems), **own
        )

    def _own(self, section: str) -> dict[str, Any]:
        """Return the values of a section of its own, each of the type that its record declares."""
        declared = self._of(section)
        found = self._texts(section, declared, self._refuse)
        for name, text in found.items():
            if problem := declared[name].problem(text):
                self._refuse(f"{section}.{name}", problem)
        return {name: _typed(declared[name].default, text) for name, text in found.items()}

    def _of(self, section: str) -> dict[str, DeclaredSetting]:
        return {one.name: one for one in self._declared.values() if one.section == section}

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

    def _tenders(self) -> dict[str, tuple[str, ...]]:
        table, declared = self._table(TENDERS_SECTION), self._of(TENDERS_SECTION)
        self._refuse_unknown(TENDERS_SECTION, table, [name for name in declared if name != TENDER_KEYS] + [TENDER_KEYS])
        return {name: self._list(declared[name], routes) for name, routes in table.items() if name != TENDER_KEYS}

    def _tender_keys(self) -> tuple[str, ...]:
        """Return the tenders that are shown, the first five on F1 to F5."""
        keys = self._of(TENDERS_SECTION)[TENDER_KEYS]
        return self._list(keys, self._table(TENDERS_SECTION).get(TENDER_KEYS, keys.default))

    def _list(self, one: DeclaredSetting, value: Any) -> tuple[str, ...]:
        if problem := one.problem(value):
            self._refuse(one.key, problem)
        return tuple(value)

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
        declared = self._of(section)
        options = self._texts(section, declared, note)
        for key, value in options.items():
            if problem := declared[key].problem(value):
                note(f"{section}.{key}", problem)
        return options

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
                (refuse or self._refuse)(f"{section}.{key}".lstrip("."), nearest(key, allowed))

    def _refuse(self, where: str, rule: Message) -> NoReturn:
        raise RefusedSetting(where, rule, self._said(where, rule))

    def _note(self, gateway: str, where: str, rule: Message) -> None:
        self._problems.append(Problem(where, self._said(where, rule), self._line_of(where), gateway, rule))

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


def _typed(default: object, text: str) -> object:
    """Return a value of the type of ``default``."""
    if isinstance(default, bool):
        return text == "yes"
    return int(text) if isinstance(default, int) else text
