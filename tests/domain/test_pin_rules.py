"""The rules of PINs: which digits, how typed text is read, and how long wrong PINs lock."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.domain.pin_rules import (
    DECAY,
    LOCKS,
    PIN_DIGITS,
    SHARED_TRIES,
    check_pin,
    decayed,
    is_short,
    lock_after,
    locked_out,
    typed_pin,
)
from pos.domain.staff import Role
from pos.errors import InputError

GUARDS = (Role.MANAGER, Role.OWNER)


@pytest.mark.parametrize("pin", ["2580", "1470", "13579", "90210", "12340987", "0246", "9012", "1122", "12345677"])
def test_a_pin_that_a_cashier_may_set(pin: str) -> None:
    assert check_pin(pin, Role.CASHIER) == pin


@pytest.mark.parametrize("role", GUARDS)
@pytest.mark.parametrize("pin", ["258025", "147014", "13579135", "902109021", "123409876543"])
def test_a_pin_that_a_manager_may_set(pin: str, role: Role) -> None:
    assert check_pin(pin, role) == pin


@pytest.mark.parametrize("pin", ["", "258", "25a0", "-258", "25.8", "²³¼", "٢٥٨٠", "1234567890123", "二五八〇"])
@pytest.mark.parametrize("role", list(Role))
def test_an_invalid_pin_is_refused_for_every_role(pin: str, role: Role) -> None:
    with pytest.raises(InputError, match="4 to 12 digits") as caught:
        check_pin(pin, role)
    assert caught.value.field == "pin"


@pytest.mark.parametrize("role", GUARDS)
@pytest.mark.parametrize("pin", ["2580", "25802"])
def test_a_manager_needs_six_digits(pin: str, role: Role) -> None:
    with pytest.raises(InputError, match="manager or owner has 6 to 12 digits"):
        check_pin(pin, role)


@pytest.mark.parametrize("pin", ["258025802", "2580258025"])
def test_a_cashier_has_eight_digits_at_most(pin: str) -> None:
    with pytest.raises(InputError, match="4 to 8 digits"):
        check_pin(pin, Role.CASHIER)


@pytest.mark.parametrize(
    "pin", ["0000", "9999", "11111111", "1234", "0123", "4567", "7890", "12345678", "4321", "9876", "3210", "0987"]
)
def test_a_pin_that_is_tried_first_is_refused(pin: str) -> None:
    with pytest.raises(InputError, match="too easy to guess") as caught:
        check_pin(pin, Role.CASHIER)
    assert pin not in str(caught.value)


@given(st.text("0123456789", min_size=4, max_size=12), st.data())
def test_spaces_line_ends_and_full_width_digits_make_no_difference(digits: str, data: st.DataObject) -> None:
    """A Windows script adds a carriage return, an input method full-width digits, a paste a byte order mark."""
    wide = {one: chr(ord(one) + 0xFEE0) for one in "0123456789"}
    typed = "".join(data.draw(st.sampled_from([one, wide[one]])) for one in digits)
    noise = st.sampled_from(["", " ", "\r", "\n", "\r\n", "\u3000", "\t", "\ufeff", "\u200b", "\xa0"])
    place = data.draw(st.integers(0, len(typed)))
    text = data.draw(noise) + typed[:place] + data.draw(noise) + typed[place:] + data.draw(noise)
    assert typed_pin(text) == digits


@pytest.mark.parametrize(("role", "digits", "short"), [
    (Role.CASHIER, 4, False), (Role.MANAGER, 4, True), (Role.OWNER, 5, True), (Role.OWNER, 6, False),
])  # fmt: skip
def test_an_older_pin_may_be_shorter_than_a_new_one(role: Role, digits: int, short: bool) -> None:
    assert is_short("2" * digits, role) is short


def test_managers_have_six_digits_or_more() -> None:
    assert all(PIN_DIGITS[role][0] >= 6 for role in GUARDS)


@pytest.mark.parametrize(
    ("wrong", "seconds"),
    [
        (0, 0),
        (1, 0),
        (4, 0),
        (4.4, 0),
        (4.6, 30),
        (5, 30),
        (5.4, 30),
        (6, 60),
        (7, 300),
        (8, 900),
        (9, 3600),
        (1000, 3600),
    ],
)
def test_lock_outs_begin_with_the_fifth_wrong_pin_and_grow(wrong: float, seconds: int) -> None:
    assert lock_after(wrong) == (timedelta(seconds=seconds) if seconds else None)
    assert lock_after(wrong + 5, SHARED_TRIES) == lock_after(wrong)


def test_waiting_for_the_longest_lock_gives_back_one_try() -> None:
    assert max(LOCKS) == DECAY
    assert decayed(9, DECAY.total_seconds()) == 8
    assert decayed(0.5, DECAY.total_seconds()) == 0


@pytest.mark.parametrize(("left", "seconds"), [(30.0, 30), (29.4, 29), (0.1, 1), (-5.0, 1)])
def test_a_lock_out_says_how_long(left: float, seconds: int) -> None:
    error = locked_out(timedelta(seconds=left))
    assert error.seconds == seconds
    assert f"{seconds} s" in str(error)
