"""Errors of the operating system are shown in the shop's language, without the system's own text."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos.i18n import use_language
from pos.os_errors import REASONS, reason
from pos.output import os_sentence


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    use_language("en")


@pytest.mark.parametrize("number", sorted({*REASONS, errno.ECONNRESET, errno.ENOTEMPTY, 9999}))
def test_a_reason_is_in_the_shops_language_and_not_in_the_systems(number: int) -> None:
    error = OSError(number, os.strerror(number))
    use_language("en")
    english = reason(error).spoken()
    use_language("zh_TW")
    chinese = reason(error).spoken()
    assert english
    assert not any("一" <= char <= "鿿" for char in english)
    assert any("一" <= char <= "鿿" for char in chinese)
    assert os.strerror(number) not in chinese
    assert (str(number) in english) is (number not in REASONS)


def test_an_error_without_a_number_has_a_reason_too() -> None:
    assert reason(OverflowError("port must be 0-65535")).spoken() == "the operating system refuses it"


@pytest.mark.parametrize("act", [lambda: Path("/nowhere/x").read_bytes(), lambda: Path("/").read_bytes()])
def test_a_sentence_names_the_path_and_the_cause(act: object) -> None:
    assert callable(act)
    with pytest.raises(OSError, match="Errno") as caught:
        act()
    said = os_sentence(caught.value).spoken()
    assert caught.value.filename in said
    assert "Errno" not in said
    assert os_sentence(OSError(errno.ENOSPC, "No space left on device")).spoken().endswith("the disk is full.")
