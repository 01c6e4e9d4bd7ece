"""The line breaks of a slip: Chinese breaks anywhere, Latin text between words."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pos.einvoice.fonts import font
from pos.einvoice.receipt_canvas import wrapped


def test_latin_words_are_not_cut() -> None:
    lines = wrapped("This is a blind count: the expected cash is not shown.", font(20), 352)
    assert lines == ["This is a blind count: the expected", "cash is not shown."]


def test_a_word_longer_than_the_line_is_cut() -> None:
    assert wrapped("a " + "w" * 80, font(20), 352)[0] == "a"
    assert wrapped("退款原因 customer", font(20), 120) == ["退款原因", "customer"]
    assert "".join(wrapped("w" * 80, font(20), 352)) == "w" * 80


@settings(deadline=None)
@given(st.text(alphabet="ab 中文。", max_size=60))
def test_nothing_is_lost_and_every_line_fits(text: str) -> None:
    lines = wrapped(text, font(20), 120)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(font(20).getlength(line) <= 120 for line in lines)
    assert not any(line.startswith(" ") for line in lines[1:])
