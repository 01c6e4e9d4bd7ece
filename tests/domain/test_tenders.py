"""The ways to pay as data: every tender has a row, and the counter's keys keep their order."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos.domain.payment import Tender
from pos.domain.tenders import COUNTER_TENDERS, KEYS, SPECS, USUAL_KEYS, Kind, place_of
from pos.domain.words import TENDERS
from pos.gateways import GATEWAYS

ICONS = Path(__file__).parents[2] / "resources" / "icons"


@pytest.mark.parametrize("tender", Tender)
def test_every_tender_has_a_title_and_an_icon(tender: Tender) -> None:
    spec = SPECS[tender]
    assert (spec.key, TENDERS[tender]) == (tender, spec.titles.short)
    assert (ICONS / f"{spec.icon}.svg").exists()


def test_the_keys_of_the_counter_keep_their_order() -> None:
    found = [(key, tender.value) for tender, key in zip(USUAL_KEYS, KEYS, strict=True)]
    assert found == [("F1", "wechat"), ("F2", "alipay"), ("F3", "atm"), ("F4", "mypay"), ("F5", "cash")]
    assert set(USUAL_KEYS) <= set(COUNTER_TENDERS)


def test_no_two_tenders_look_alike_and_those_on_the_usual_keys_have_their_own_colours() -> None:
    assert len({(spec.icon, spec.colour) for spec in SPECS.values()}) == len(SPECS) == len(Tender)
    assert len({SPECS[tender].colour for tender in (*USUAL_KEYS, Tender.CARD_PERIODIC)}) == len(USUAL_KEYS) + 1


def test_every_tender_at_the_counter_but_cash_is_offered_by_a_gateway() -> None:
    offered = {tender for kind in GATEWAYS.values() for tender in kind.FACTS.tenders}
    assert {tender for tender in COUNTER_TENDERS if SPECS[tender].kind is not Kind.CASH} <= offered
    assert Tender.CASH not in offered


def test_tables_have_the_tenders_in_the_order_of_the_keys_and_unknown_ones_last() -> None:
    ordered = sorted(["stamps", "cash", "atm", "fps", "wechat", "card_periodic", "line_pay", "alipay"], key=place_of)
    assert ordered == ["wechat", "alipay", "atm", "line_pay", "fps", "cash", "card_periodic", "stamps"]
