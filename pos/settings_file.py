"""Change the settings file: check new values by the reader's rules, and write them so that everything else stays."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pos.declared_settings import GATEWAYS_SECTION, DeclaredSetting, declared_settings, value_of
from pos.errors import ConfigError, InputError
from pos.gateways import GATEWAYS
from pos.gateways.base import GatewayConfig
from pos.i18n import N_, Message, msg
from pos.services.settings_changes import SettingsPlan
from pos.setting_rules import nearest
from pos.settings import Settings, parse_document, write_document
from pos.settings_reader import RefusedSetting, read_settings, settings_in
from pos.store.settings_in_use import SettingChange

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

FACTS: Final = {name: kind.FACTS for name, kind in GATEWAYS.items()}


def all_settings() -> dict[str, DeclaredSetting]:
    """Return every setting by its key."""
    return declared_settings(FACTS)


def find_setting(key: str) -> DeclaredSetting:
    """Return the setting with this key. Raises InputError, which names the place of merchant keys."""
    known = all_settings()
    if key in known:
        return known[key]
    secrets = {f"{GATEWAYS_SECTION}.{name}.{one.key}" for name, facts in FACTS.items() for one in facts.secrets}
    if key in secrets or key in {one.partition(".")[2] for one in secrets}:
        name = key.removeprefix(f"{GATEWAYS_SECTION}.")
        text = N_("{key} is a merchant key, and no setting. Store it: pos key set {name}")
        raise InputError("key", msg(text, key=key, name=name))
    raise InputError("key", nearest(key[:60], tuple(known)))


def problem_of(one: DeclaredSetting, typed: str) -> Message:
    """Return the rule that a typed value breaks, empty if none."""
    value = one.parsed(typed)
    if problem := one.problem(value if isinstance(value, list) else one.shown(value)):
        return problem
    section, _, gateway = one.section.partition(".")
    if section == GATEWAYS_SECTION and value != "":
        try:
            GATEWAYS[gateway].check_options(GatewayConfig({one.name: one.shown(value)}, {}))
        except ConfigError as error:
            return error.message
    return Message()


class SettingsFile:
    """The settings file of a register that runs with the settings ``in_use``."""

    def __init__(self, in_use: Settings) -> None:
        self._in_use = in_use
        self._path: Path = in_use.path

    def stored(self) -> Settings:
        """Return the settings as the next start will read them; without a file, those in use. Raises ConfigError."""
        return read_settings(self._path, FACTS) if self._path.exists() else self._in_use

    def values(self) -> Mapping[str, object]:
        """Return the stored value of every setting by its key. Raises ConfigError."""
        stored = self.stored()
        return {key: value_of(stored, one) for key, one in all_settings().items()}

    def plan(self, typed: Mapping[str, str]) -> SettingsPlan:
        """Check typed values by key, and return what to write. An empty value removes a setting that may be empty.

        Raises InputError for a value that breaks a rule, ConfigError for a file that cannot be read.
        """
        document = parse_document(self._path) if self._path.exists() else document_of(self._in_use)
        before = self.values()
        changes = []
        for key, text in typed.items():
            one = find_setting(key)
            if problem := problem_of(one, text):
                raise _refused(key, problem)
            value: Any = one.parsed(text)
            if one.shown(before[key]) != one.shown(value if value != "" else one.default):
                changes.append(SettingChange(key, one.plain(before[key]), value))
                _put(document, one, value)
        whole = document.as_string()
        self._check(whole, typed)
        return SettingsPlan(tuple(changes), partial(write_document, self._path, whole))

    def _check(self, whole: str, typed: Mapping[str, str]) -> None:
        """Read the new text as the next start will. Raises InputError if it refuses one of the ``typed`` values."""
        try:
            settings_in(self._path, whole, FACTS)
        except RefusedSetting as error:
            if error.where in typed:
                raise _refused(error.where, error.rule) from None
            raise


def document_of(settings: Settings) -> TOMLDocument:
    """Return a new file with the settings that are not the default."""
    import tomlkit

    document = tomlkit.document()
    for one in all_settings().values():
        value = value_of(settings, one)
        if one.shown(value) != one.shown(one.default):
            _put(document, one, one.plain(value))
    return document


def _refused(key: str, rule: Message) -> InputError:
    """Return the error of a value that breaks a rule; rules of gateways name the setting themselves."""
    is_named = key in rule.spoken()
    return InputError("value", rule if is_named else msg(N_("{key}: {rule}"), key=key, rule=rule.spoken()))


def _put(document: TOMLDocument, one: DeclaredSetting, value: Any) -> None:
    """Set a value in its section, or remove it if it is empty and may be."""
    table = _section(document, one.section)
    if value == "" and one.may_be_empty:
        table.pop(one.name, None)
    elif one.name in table or not hasattr(getattr(table, "value", None), "body"):  # or a section of dotted keys
        table[one.name] = value
    else:
        # A comment at the end of a section is usually about the next one: the new line goes before it.
        body, end = table.value.body, list[Any]()
        while body and body[-1][0] is None:
            end.insert(0, body.pop())
        table[one.name] = value
        for _key, item in end:
            table.value.append(None, item)


def _section(document: TOMLDocument, name: str) -> Any:
    """Return a section, made if it is missing."""
    import tomlkit
    from tomlkit.items import InlineTable

    table: Any = document
    parts = name.split(".")
    for place, part in enumerate(parts):
        if not isinstance(table.get(part), MutableMapping):
            is_last = place == len(parts) - 1
            if isinstance(table, InlineTable):
                table[part] = tomlkit.inline_table()
            else:
                table[part] = tomlkit.table(is_super_table=not is_last)
                if is_last and place:
                    table[part].add(tomlkit.nl())  # another section may follow
        table = table[part]
    return table
