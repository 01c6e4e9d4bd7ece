"""Messages: values from outside are filled in once, with any content, in both languages."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator

import pytest
from babel.messages.mofile import read_mo
from hypothesis import given
from hypothesis import strategies as st

from pos.former_messages import FORMER
from pos.i18n import ARGUMENT_LIMIT, DOMAIN, LANGUAGES, Message, _, msg, resources, spoken_in, use_language
from tests.support.hostile import HOSTILE, is_shown_safely, marks_pile_up

SENTENCES = (
    "The gateway says: {words}",
    "The gateway says {theirs}; {ours} was requested.",
    "{field} may have {limit} characters at most.",
)


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    use_language("en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", SENTENCES)
@pytest.mark.parametrize("poison", HOSTILE)
def test_a_hostile_value_fills_its_place_and_nothing_else(language: str, text: str, poison: str) -> None:
    use_language(language)
    names = re.findall(r"\{(\w+)\}", text)
    message = msg(text, **dict.fromkeys(names, HOSTILE[poison]))
    shown = message.spoken()
    value = message.args[names[0]]
    assert shown == re.sub(r"\{\w+\}", lambda place: value, _(text))
    assert is_shown_safely(shown)
    assert not marks_pile_up(shown)
    assert len(shown) <= len(_(text)) + len(names) * ARGUMENT_LIMIT
    assert str(message)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_that_names_another_place_is_only_text(language: str) -> None:
    use_language(language)
    shown = msg(
        "The gateway says {theirs}; {ours} was requested.", theirs="{ours}", ours="{theirs} {0} {theirs.text}"
    ).spoken()
    assert shown.count("{ours}") == 1
    assert "{theirs} {0} {theirs.text}" in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_value_leaves_its_place_and_raises_nothing(language: str) -> None:
    use_language(language)
    assert "{ours}" in Message("The gateway says {theirs}; {ours} was requested.", {"theirs": "NT$5"}).spoken()
    assert Message("The gateway says: {words}").spoken() == _("The gateway says: {words}")


@given(st.text(), st.dictionaries(st.text(max_size=5), st.text()))
def test_no_template_and_no_value_breaks_a_sentence(text: str, args: dict[str, str]) -> None:
    message = Message(text, args)
    assert message.spoken() == str(message)
    assert is_shown_safely(str(message))


def test_a_sentence_of_a_damaged_journal_is_cleaned_too() -> None:
    assert Message("\x1b]0;PAID\x07{a}", {"a": "\u202e"}).spoken() == "]0;PAID "


@pytest.mark.parametrize("former", FORMER)
def test_a_sentence_that_an_older_journal_stores_is_shown_in_the_shops_language(former: str) -> None:
    use_language("zh_TW")
    names = re.findall(r"\{(\w+)\}", former)
    shown = Message(former, dict.fromkeys(names, "7")).spoken()
    assert re.search(r"[\u4e00-\u9fff]", shown)
    assert shown.count("7") == len(names)
    assert "{" not in shown


def test_each_sentence_has_the_translation_that_gettext_finds() -> None:
    known = gettext.translation(DOMAIN, resources() / "locale", languages=["zh_TW"])
    texts = {text: known.gettext(text) for text in (*sentences(), "not in the catalogue", "\ud800")}
    assert {text: spoken_in(text, "zh_TW") for text in texts} == texts
    assert {spoken_in(text, "en") == text for text in texts} == {True}


def sentences() -> list[str]:
    """Return the ids of the catalogue."""
    with (resources() / "locale" / "zh_TW" / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
        return [entry.id for entry in read_mo(file) if isinstance(entry.id, str) and entry.id]


def test_a_former_sentence_is_not_used_any_more() -> None:
    use_language("zh_TW")
    assert not [former for former in FORMER if _(former) != former]
