"""Generated days of a shop: ledger entries, refunds and shifts, with their totals."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from pos.domain.money import Money
from pos.domain.payment import Tender, new_order_no
from pos.domain.refund import Refund, RefundState, Way
from pos.domain.shift import Shift
from pos.domain.totals import EntryKind, Group, InvoiceTotals, LedgerEntry, Scope, day_scope, month_scope, totals
from pos.exports.report import Report
from pos.gateways import TITLES

TAIPEI: Final = ZoneInfo("Asia/Taipei")
DAY: Final = date(2026, 11, 20)
INVOICES: Final = InvoiceTotals(issued=7, owed=1, void=2, allowance=1, sales=12_345, tax=617)

NASTY: Final = (
    "=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(A1:A9)", "\t=1+1", "\r=1+1", "＝1+1", "－2", "  =1", "王小明", "店長🎉",
    'a "quoted", name', "two\nlines", "*", ">0", "Ann", "ann", "007", "https://example.com", "{nb}", "a" * 60, "'",
    "<r>1</r>", "<r><t>x</t>", "&amp;",
)  # fmt: skip

PEOPLE: Final = {f"p{number}": name for number, name in enumerate(NASTY)} | {"twin1": "Ann", "twin2": "Ann"}


def group_of(one: LedgerEntry) -> Group:
    """Return the group that the store would add this entry to."""
    amount = one.amount.minor
    if one.kind is EntryKind.SALE:
        sums = (1, amount, 0, 0, 0 if one.fee is None else 1, one.fee or 0, one.rounding)
    else:
        sums = (0, 0, 1, amount, 0, 0, one.rounding)
    return Group(
        one.amount.currency, one.tender, one.gateway, one.cashier, one.day.isoformat(), one.hour, *sums
    )  # fmt: skip


def report_of(
    bookings: Sequence[LedgerEntry], refunds: Sequence[Refund] = (), scope: Scope | None = None, **facts: Any
) -> Report:
    made = totals(scope or day_scope(DAY), map(group_of, bookings), INVOICES)
    first: dict[str, Any] = {
        "shop": "十全茶行", "register_id": "R1", "zone": TAIPEI, "made_at": datetime(2026, 11, 20, 13, tzinfo=UTC),
        "training": False, "people": PEOPLE, "gateways": TITLES,
    }  # fmt: skip
    return Report(totals=made, bookings=bookings, refunds=refunds, **(first | facts))


def in_hong_kong(invoices: InvoiceTotals | None = None, **facts: Any) -> Report:
    """Return the report of a day in Hong Kong."""
    sale = booking(1, EntryKind.SALE, Money(1250, "HKD"), datetime(2026, 11, 20, 4, 30, 5, tzinfo=UTC))
    made = report_of([sale], currency="HKD", **facts)
    return replace(made, totals=replace(made.totals, invoices=invoices or InvoiceTotals()))


def booking(seq: int, kind: EntryKind, amount: Money, at: datetime, **facts: Any) -> LedgerEntry:
    local = at.astimezone(TAIPEI)
    first: dict[str, Any] = {
        "seq": seq, "at": at, "day": local.date(), "hour": local.hour, "kind": kind, "amount": amount,
        "order_no": new_order_no(local, random.Random(seq)), "tender": "wechat", "gateway": "opay", "cashier": "p9",
        "refund_no": "" if kind is EntryKind.SALE else new_order_no(local, random.Random(f"refund {seq}")),
        "way": "" if kind is EntryKind.SALE else "gateway", "register_id": "R1", "shift": 3,
    }  # fmt: skip
    return LedgerEntry(**(first | facts))


def refund_of(one: LedgerEntry, reason: str, state: RefundState = RefundState.REFUNDED, **facts: Any) -> Refund:
    first: dict[str, Any] = {
        "refund_no": one.refund_no, "order_no": one.order_no, "gateway": one.gateway, "way": Way.GATEWAY,
        "amount": one.amount, "reason": reason, "register_id": one.register_id, "created_at": one.at, "state": state,
        "by": one.cashier, "approved_by": "twin1",
    }  # fmt: skip
    return Refund(**(first | facts))


def shift(number: int = 3, z_no: int | None = 12, currency: str = "TWD", reason: str = "短少一個銅板") -> Shift:
    opened = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
    return Shift(
        id=number, register_id="R1", opened_at=opened, opening=Money(3000, currency), opened_by="p9",
        closed_at=opened + timedelta(hours=9) if z_no else None, closed_by="twin1" if z_no else "", z_no=z_no,
        counted=Money(8_190, currency) if z_no else None, expected=Money(8_200, currency) if z_no else None,
        reason=reason, notes={1000: 8, 100: 1, 50: 1, 10: 4} if currency == "TWD" else {},
    )  # fmt: skip


@st.composite
def days(draw: st.DrawFn, most: int = 14) -> Report:
    """Generate a day in New Taiwan or Hong Kong dollars or both, with difficult names."""
    currencies = draw(st.sampled_from((("TWD",), ("HKD",), ("TWD", "HKD"))))
    name = st.one_of(st.sampled_from(NASTY), st.text(max_size=12))
    people = PEOPLE | {"typed": draw(name)}
    lines = draw(st.lists(_line(currencies, sorted(people)), max_size=most))
    bookings = [booking(seq, *line[:3], **line[3]) for seq, line in enumerate(lines)]
    refunds = [refund_of(one, draw(name)) for one in bookings if one.kind is EntryKind.REFUND and draw(st.booleans())]
    if draw(st.booleans()):
        asked = booking(900, EntryKind.REFUND, Money(7, currencies[0]), datetime(2026, 11, 20, 3, tzinfo=UTC))
        refunds.append(refund_of(asked, draw(name), draw(st.sampled_from(RefundState))))
    return report_of(bookings, refunds, people=people, shop=draw(name), shifts=[shift(reason=draw(name))])


@st.composite
def _line(draw: st.DrawFn, currencies: Sequence[str], people: Sequence[str]) -> tuple[Any, ...]:
    kind = draw(st.sampled_from((EntryKind.SALE, EntryKind.SALE, EntryKind.REFUND)))
    amount = Money(draw(st.integers(1, 999_999_999_999)), draw(st.sampled_from(currencies)))
    at = datetime(2026, 11, 19, 16, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 86_399)))
    facts = {
        "tender": draw(st.sampled_from([*Tender, "barter"])),
        "gateway": draw(st.sampled_from(("opay", "qfpay", "cash", "elsewhere"))),
        "cashier": draw(st.sampled_from([*people, "", "gone"])),
        "fee": draw(st.none() | st.integers(0, 99_999)) if kind is EntryKind.SALE else None,
        "rounding": draw(st.integers(-5, 5)) if amount.currency == "HKD" else 0,
    }
    return kind, amount, at, facts


def long_month(count: int) -> Report:
    """Return a month with ``count`` entries, always the same ones."""
    dice = random.Random(count)
    start = datetime(2026, 10, 31, 16, tzinfo=UTC)
    lines = [
        booking(
            seq, EntryKind.REFUND if dice.random() < 0.02 else EntryKind.SALE, Money(dice.randrange(1, 5000), "TWD"),
            start + timedelta(seconds=seq * 30 * 86_400 // count), tender=dice.choice(list(Tender)),
            gateway=dice.choice(("opay", "qfpay", "mypay", "cash")), cashier=dice.choice(("p9", "p10", "p15", "twin1")),
            fee=dice.choice((None, dice.randrange(0, 500))),
        )
        for seq in range(count)
    ]  # fmt: skip
    refunds = [refund_of(one, "客人改變心意") for one in lines if one.kind is EntryKind.REFUND]
    return report_of(lines, refunds, month_scope(DAY), shifts=[shift(number, number) for number in range(1, 31)])
