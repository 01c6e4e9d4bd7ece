"""Words for people, in the shop's language: gettext, changed while running.

A sentence that is written down (journal, error, event) is kept as a :class:`Message`, its English template
and its values apart, so that it can be read later in another language.
"""

from __future__ import annotations

import functools
import gettext
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pos.former_messages import FORMER
from pos.text import clean

LANGUAGES = {"zh_TW": "正體中文", "en": "English"}
DOMAIN = "pos"

ARGUMENT_LIMIT: Final = 2000
"""Characters of one value in a sentence. What a gateway says is shortened far more, where it comes in."""

_PLACE: Final = re.compile(r"\{(\w+)\}")


def resources() -> Path:
    """The folder of pictures, sounds and catalogues, in a checkout or in an installed package."""
    installed = Path(__file__).parent / "_resources"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "resources"


_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def use_language(code: str) -> None:
    """Translate into ``code`` ("zh_TW" or "en") from now on; an unknown code means English, the text as written."""
    global _catalogue, _language
    _language = code if code in LANGUAGES else "en"
    _catalogue = _load(_language)


@functools.cache
def _load(code: str) -> gettext.NullTranslations:
    """Return the catalogue of ``code``, by its path: gettext's own search loads the slow module locale first."""
    try:
        with (resources() / "locale" / code / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
            return gettext.GNUTranslations(file)
    except FileNotFoundError:
        return gettext.NullTranslations()


def language() -> str:
    """The code of the language spoken now."""
    return _language


def system_language() -> str:
    """The language of the user's system, as far as Counter speaks it; English otherwise."""
    wish = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh_TW" if wish.startswith("zh") else "en"


def _(text: str) -> str:
    """``text`` in the language spoken now."""
    return _catalogue.gettext(text)


@functools.cache
def _catalogue_of(code: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, resources() / "locale", languages=[code], fallback=True)


def spoken_in(text: str, code: str) -> str:
    """Return ``text`` in the language ``code``, whatever language is spoken now."""
    return _catalogue_of(code).gettext(text)


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's extractors know
    """Mark ``text`` for translation later, without translating it now."""
    return text


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence: an English template (a gettext id) and the values that fill it.

    The values are cleaned when the message is made, whoever makes it; a place without a value stays as it is written.
    """

    text: str = ""
    args: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.args:
            object.__setattr__(self, "args", {name: clean(str(self.args[name]), ARGUMENT_LIMIT) for name in self.args})
        if not self.text.isprintable():  # no template of ours: a damaged journal, or words passed as a sentence
            object.__setattr__(self, "text", clean(self.text, ARGUMENT_LIMIT))

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return self._filled(self.text)

    def spoken(self) -> str:
        """Return the sentence in the current language."""
        return self._filled(_(FORMER.get(self.text, self.text))) if self.text else ""

    def _filled(self, template: str) -> str:
        """Put each value in its place, once: braces inside a value have no meaning. Never raises."""
        return _PLACE.sub(lambda place: self.args.get(place[1], place[0]), template) if self.args else template


def msg(text: str, **args: object) -> Message:
    """A :class:`Message` from a literal template marked for translation."""
    return Message(text, {name: str(value) for name, value in args.items()})
