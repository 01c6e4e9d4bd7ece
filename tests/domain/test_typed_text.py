"""Typed text is accepted unchanged or refused: names, reasons, items, titles, references, the shop's name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pos.cli.inputs import line_of
from pos.domain.invoice import Kind, invoice_request
from pos.domain.refund import tidy_reference
from pos.domain.staff import check_name
from pos.domain.typed_text import check_reason
from pos.errors import ConfigError, InputError
from pos.gateways import GATEWAYS
from pos.settings_reader import read_settings
from tests.support.hostile import HOSTILE, is_shown_safely, marks_pile_up

BAN = "04595257"
TYPED: dict[str, Callable[[str], str]] = {
    "reason": check_reason,
    "name": check_name,
    "reference": tidy_reference,
    "title": lambda text: invoice_request(Kind.PAPER, ban=BAN, title=text).title,
    "item": lambda text: line_of(f"{text}:30:1", "TWD").name,
}


@pytest.mark.parametrize("poison", HOSTILE)
@pytest.mark.parametrize("what", TYPED)
def test_typed_text_is_refused_or_can_be_shown(what: str, poison: str) -> None:
    try:
        found = TYPED[what](HOSTILE[poison])
    except InputError as error:
        found = error.spoken()
    assert is_shown_safely(found)
    assert not marks_pile_up(found)
    assert len(found) <= 200


@pytest.mark.parametrize(
    "text", ["a\u202eb", "a\u200bb", "a\x1bb", "a\u2066", "a\ue000", "a\ud800", "a" + "\u0301" * 9, "\u3164"]
)
@pytest.mark.parametrize("what", TYPED)
def test_hidden_characters_are_refused_never_dropped(what: str, text: str) -> None:
    with pytest.raises(InputError):
        TYPED[what](text)


@pytest.mark.parametrize("text", ["王小明", "永和　茶行", "O'Neil & Söhne", "cafe\u0301", "<b>", "100% {x}"])
@pytest.mark.parametrize("what", TYPED)
def test_ordinary_text_is_kept(what: str, text: str) -> None:
    assert TYPED[what](text) == text.replace("　", " ").replace("e\u0301", "é")


@pytest.mark.parametrize("text", [r"A\u202eB", r"A\u200bB", r"A\u001bB", r"A\u2028B", r"A\ue000B", r"A\u0085B"])
def test_a_settings_file_may_not_hide_characters_either(tmp_path: Path, text: str) -> None:
    path = tmp_path / "counter.toml"
    path.write_text(f'[shop]\nname = "{text}"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="it must be text"):
        read_settings(path, {name: kind.FACTS for name, kind in GATEWAYS.items()})


def test_a_shops_name_may_have_a_wide_space(tmp_path: Path) -> None:
    path = tmp_path / "counter.toml"
    path.write_text('[shop]\nname = "永和　茶行"\n', encoding="utf-8")
    assert read_settings(path, {name: kind.FACTS for name, kind in GATEWAYS.items()}).shop.name == "永和　茶行"
