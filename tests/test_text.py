"""Text from outside: what is kept of it, and where it is shortened."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.text import MARKS, clean, identifier, is_clean

JOINING = "a\u0301\u0334\u0bd7\u09c7\u09be 國🇹🇼🏽\u1100\u1161\u11a8\u200d"
ANY_TEXT = st.text(st.characters(), max_size=80) | st.text(st.sampled_from(JOINING), max_size=40)
"""Every character, with surrogates; and those that combine with others."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("付款成功", "付款成功"),
        ("a\r\nb\tc", "a b c"),
        ("  two   spaces　here ", "two spaces here"),
        ("\x1b]0;PAID\x07\x1b[2Jx", "]0;PAID [2Jx"),
        ("\x9b31mred", "31mred"),
        ("\u202e125$TN\u202c", "125$TN"),
        ("\u2066left\u2069", "left"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("a\0b", "a b"),
        ("half \ud83d emoji", "half \ufffd emoji"),
        ("private \ue000 use", "private \ufffd use"),
        ("\u0378", "\ufffd"),
        ("cafe\u0301", "café"),
        ("\u0301lead", "lead"),
        ("a \u0301b", "a b"),
        ("z" + "\u0336" * 500, "z" + "\u0336" * MARKS),
        ("\u3164\u3164", ""),
        ("👩\u200d👩\u200d👧", "👩👩👧"),
        ("<b>已付款</b> & %s {0}", "<b>已付款</b> & %s {0}"),
        ("", ""),
    ],
)
def test_text_for_people_is_one_line_that_can_be_shown(text: str, shown: str) -> None:
    assert clean(text, 100) == shown


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("abcd efg", 6, "abcd…"),
        ("台灣行動支付", 4, "台灣行…"),
        ("abcx\u0336\u0337\u0335z", 6, "abc…"),
        ("ab👍🏽c", 4, "ab…"),
        ("a🇹🇼🇭🇰", 4, "a🇹🇼…"),
        ("aa🇹🇼🇭🇰", 4, "aa…"),
        ("x" * 1_000_000, 3, "xx…"),
        ("\0" * 1_000_000 + "x", 3, "…"),
    ],
)
def test_a_cut_keeps_what_belongs_together(text: str, limit: int, shown: str) -> None:
    assert clean(text, limit) == shown


@given(ANY_TEXT, st.integers(1, 60))
def test_nothing_that_is_cleaned_is_too_long_or_out_of_sight(text: str, limit: int) -> None:
    shown = clean(text, limit)
    assert len(shown) <= limit
    assert shown.isprintable()
    assert unicodedata.is_normalized("NFC", shown)
    assert "  " not in shown
    assert clean(shown, limit) == shown
    shown.encode()  # it can be written to a file


@given(st.text(st.sampled_from("\u0300\u0315\u0334\u05b0\u0e38a"), min_size=1, max_size=200))
def test_marks_never_pile_up(text: str) -> None:
    run = longest = 0
    for char in clean(text, 500):
        run = run + 1 if unicodedata.category(char)[0] == "M" else 0
        longest = max(longest, run)
    assert longest <= MARKS


@pytest.mark.parametrize("text", ["A1", "af4e678325dd49f8036949c38ab04105", "1|OK", "v342", "~"])
def test_a_value_for_programs_is_kept_as_it_is(text: str) -> None:
    assert identifier(text, 40) == text


@pytest.mark.parametrize("text", ["", " A1", "A 1", "A1\n", "A\u200b1", "Ａ１", "é", "\0", "x" * 41])
def test_a_value_for_programs_is_refused_whole_never_repaired(text: str) -> None:
    assert identifier(text, 40) == ""


def test_a_text_says_whether_it_would_be_changed() -> None:
    assert is_clean("王小明")
    assert is_clean("")
    assert not is_clean("王\u202e小明")
    assert not is_clean("x" + "\u0301" * 9)
