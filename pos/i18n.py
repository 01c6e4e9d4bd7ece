"""Translations with gettext; the language can change while the program runs.

A sentence that is stored or raised (journal, error, event) is a :class:`Message`: its English template and its values,
so that it can be shown later in another language.
"""

from __future__ import annotations

import functools
import gettext
import os
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pos.former_messages import FORMER, FORMER_VALUES
from pos.text import clean

LANGUAGES = {"zh_TW": "正體中文", "en": "English"}
DOMAIN = "pos"

ARGUMENT_LIMIT: Final = 2000
"""Longest value in a message, in characters. Texts of gateways are shortened more when they are received."""

_PLACE: Final = re.compile(r"\{(\w+)\}")


def resources() -> Path:
    """Return the folder of pictures, sounds and catalogues, in a checkout or in an installed package."""
    installed = Path(__file__).parent / "_resources"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "resources"


_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def use_language(code: str) -> None:
    """Set the current language to ``code`` ("zh_TW" or "en"); any other code means English."""
    global _catalogue, _language
    _language = code if code in LANGUAGES else "en"
    _catalogue = _load(_language)


@functools.cache
def _load(code: str) -> gettext.NullTranslations:
    """Return the catalogue of ``code``, by its path: gettext's own search loads the slow module locale first."""
    try:
        return _Catalogue((resources() / "locale" / code / "LC_MESSAGES" / f"{DOMAIN}.mo").read_bytes())
    except FileNotFoundError:
        return gettext.NullTranslations()


class _Catalogue(gettext.NullTranslations):
    """A compiled catalogue in UTF-8 without plurals. Only texts that are asked for are decoded: gettext's own class
    decodes all, which the start would wait for."""

    def __init__(self, compiled: bytes) -> None:
        super().__init__()
        count, ids, self._texts = struct.unpack_from("<3I", compiled, 8)
        lengths_and_places = struct.iter_unpack("<2I", compiled[ids : ids + 8 * count])
        self._numbers = {compiled[at : at + length]: number for number, (length, at) in enumerate(lengths_and_places)}
        self._compiled = compiled

    def gettext(self, message: str) -> str:
        """Return the translation of ``message``, otherwise ``message``."""
        number = self._numbers.get(message.encode(errors="surrogatepass"))
        if number is None:
            return message
        length, at = struct.unpack_from("<2I", self._compiled, self._texts + 8 * number)
        return self._compiled[at : at + length].decode()


def language() -> str:
    """Return the code of the current language."""
    return _language


def system_language() -> str:
    """Return the language of the user's system if Counter has it, otherwise English."""
    locale_name = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh_TW" if locale_name.startswith("zh") else "en"


def _(text: str) -> str:
    """Return ``text`` in the current language."""
    return _catalogue.gettext(text)


def spoken_in(text: str, code: str) -> str:
    """Return ``text`` in the language ``code``, independently of the current language."""
    return _load(code).gettext(text)


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's extractors know
    """Mark ``text`` for translation later, without translating it now."""
    return text


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence: an English template (a gettext id) and the values for its placeholders.

    The values are cleaned when the message is made; a placeholder without a value is not replaced.
    """

    text: str = ""
    args: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.args:
            object.__setattr__(self, "args", {name: clean(str(self.args[name]), ARGUMENT_LIMIT) for name in self.args})
        if not self.text.isprintable():  # not a template: from a damaged journal, or a text passed as a template
            object.__setattr__(self, "text", clean(self.text, ARGUMENT_LIMIT))

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return _filled(self.text, self.args)

    def spoken(self) -> str:
        """Return the sentence in the current language."""
        if not self.text:
            return ""
        values = {**FORMER_VALUES.get(self.text, {}), **self.args}
        return _filled(_(FORMER.get(self.text, self.text)), values)


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Replace each placeholder once; braces inside a value have no meaning. Never raises."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), template) if values else template


def msg(text: str, **args: object) -> Message:
    """Return a :class:`Message` of a literal template marked for translation."""
    return Message(text, {name: str(value) for name, value in args.items()})
