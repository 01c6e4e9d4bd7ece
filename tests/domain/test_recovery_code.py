"""The recovery code: its format, the reading of a typed code, and the check character."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.domain.recovery_code import ALPHABET, LENGTH, in_groups, new_code, typed_code
from pos.errors import InputError

codes = st.integers(0, 2**32).map(lambda seed: new_code(random.Random(seed)))


def test_a_code_has_95_random_bits_in_groups_of_four() -> None:
    code = new_code(random.Random(1))
    assert [len(group) for group in code.split("-")] == [4] * 5
    assert set(code) <= set(ALPHABET) | {"-"}
    assert not set(ALPHABET) & set("ILOU")
    assert 5 * (LENGTH - 1) >= 80
    firsts = {new_code(random.Random(seed))[place] for seed in range(2000) for place in (0, 5, 21)}
    assert firsts == set(ALPHABET)


@given(codes, st.data())
def test_case_spaces_hyphens_and_letters_like_digits_make_no_difference(code: str, data: st.DataObject) -> None:
    like = {"0": "0Oo０", "1": "1IiLl１"}
    typed = "".join(data.draw(st.sampled_from(like.get(one, one + one.lower()))) for one in code.replace("-", ""))
    places = data.draw(st.lists(st.integers(0, len(typed)), max_size=4))
    for place in places:
        typed = typed[:place] + data.draw(st.sampled_from([" ", "-", "–", "\t", "\r\n", "\u3000"])) + typed[place:]
    assert typed_code(typed) == code.replace("-", "")
    assert in_groups(typed_code(typed)) == code


@given(codes, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_a_typing_mistake(code: str, place: int, other: str) -> None:
    plain = code.replace("-", "")
    if plain[place] == other:
        return
    with pytest.raises(InputError, match="typing mistake"):
        typed_code(plain[:place] + other + plain[place + 1 :])


@given(codes, st.integers(0, LENGTH - 2))
def test_exchanged_neighbours_are_a_typing_mistake(code: str, place: int) -> None:
    plain = list(code.replace("-", ""))
    if plain[place] == plain[place + 1] or {plain[place], plain[place + 1]} == {"0", "Z"}:
        return  # the only pair whose exchange Luhn's algorithm does not detect
    plain[place], plain[place + 1] = plain[place + 1], plain[place]
    with pytest.raises(InputError, match="typing mistake"):
        typed_code("".join(plain))


@pytest.mark.parametrize("text", ["", "7QX4", "U" * 20, "é" * 20, "0" * 21, "258025"])
def test_an_invalid_code_is_refused_with_a_message(text: str) -> None:
    with pytest.raises(InputError, match="20 letters and digits") as caught:
        typed_code(text)
    assert caught.value.field == "recovery_code"
