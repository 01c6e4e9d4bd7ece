"""The check of the shop's server by ``doctor``."""

from __future__ import annotations

import pytest

from pos.services.doctor import server


@pytest.mark.parametrize("url", ["http://shop.example", "http://192.168.1.5:8080", "shop.example", "https://["])
def test_an_address_that_others_can_read_along_with_is_a_fault(url: str) -> None:
    found = server(url, "0.0.0.0:8080")
    assert [(one.what, one.ok) for one in found] == [("server", False)]
    assert "must be an https address" in str(found[0].message)


@pytest.mark.parametrize("url", ["https://shop.example", "http://127.0.0.1:8080", "http://localhost"])
def test_a_safe_address_is_said(url: str) -> None:
    (found,) = server(url, "")
    assert found.ok
    assert url in str(found.message)


def test_a_register_that_listens_needs_an_address() -> None:
    assert server("", "") == []
    (found,) = server("", "127.0.0.1:8080")
    assert not found.ok
    assert "gateways cannot reach this register" in str(found.message)
