"""Form bodies are read as browsers and PHP read them."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.errors import BadReply
from pos.gateways.fields import form_fields


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", {}),
        (b"&&&", {}),
        (b"a=1&&b=2&", {"a": "1", "b": "2"}),
        (b"a&b=&c=3", {"a": "", "b": "", "c": "3"}),
        (b"a=x=y==", {"a": "x=y=="}),
        (b"a=b+c%20d%2Be", {"a": "b c d+e"}),
        (b"a=%e8%8c%b6&b=\xe8\x8c\xb6", {"a": "茶", "b": "茶"}),
        (b"a=1&a=2", {"a": "2"}),
        (b"\xef\xbb\xbfa=1\r\n", {"a": "1"}),
        (b"a=50%&b=%zz", {"a": "50%", "b": "%zz"}),
    ],
)
def test_a_form_is_read_as_browsers_read_it(body: bytes, fields: dict[str, str]) -> None:
    assert form_fields(body) == fields


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=\xe8\x8c"])
def test_bytes_that_are_no_text_are_no_form(body: bytes) -> None:
    with pytest.raises(BadReply, match="not a form"):
        form_fields(body)


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_whatever_was_written_as_a_form_comes_back(fields: dict[str, str]) -> None:
    assert form_fields(urlencode(fields).encode()) == fields


@given(st.binary(max_size=200))
def test_no_bytes_of_a_stranger_break_the_reader(body: bytes) -> None:
    try:
        found = form_fields(body)
    except BadReply:
        return
    assert all(isinstance(value, str) for value in found.values())
