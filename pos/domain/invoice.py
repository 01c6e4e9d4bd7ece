"""E-invoices of Taiwan: what a buyer may wish, which period an invoice belongs to, and what may still be done to it.

Sources: 統一發票使用辦法 §20; 營業稅法施行細則 §32-1; the notice on 統一編號 of 2023-04-01; MyPay document 1.0.6,
『電子發票開立』. Moments are told in Taipei's time, whatever the shop's own is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum, StrEnum
from typing import Any, Final

from pos.domain.typed_text import tidy_text
from pos.errors import InputError
from pos.i18n import N_, Message, msg

TAIPEI: Final = timezone(timedelta(hours=8), "Asia/Taipei")
"""Taiwan keeps no daylight saving time since 1979."""

DUE: Final = timedelta(hours=48)
"""After the payment, an invoice must have been issued (MyPay, 電子發票開立)."""

TITLE_LIMIT: Final = 60
"""Characters of a buyer's name."""

WEIGHTS: Final = (1, 2, 1, 2, 1, 2, 4, 1)


class Kind(StrEnum):
    """How the buyer wants the invoice."""

    PAPER = "paper"
    MOBILE = "mobile"
    CERTIFICATE = "certificate"
    DONATION = "donation"


CODES: Final[dict[Kind, tuple[str, str]]] = {
    Kind.MOBILE: (
        r"/[0-9A-Z+\-.]{7}",
        N_("A mobile barcode is / and seven of 0-9, A-Z, +, - and the full stop."),
    ),
    Kind.CERTIFICATE: ("[A-Z]{2}[0-9]{14}", N_("A citizen certificate is two letters A-Z and 14 digits.")),
    Kind.DONATION: ("[0-9]{3,7}", N_("A donation code has 3 to 7 digits.")),
}
"""What each carrier looks like, and the rule in words."""


class State(IntEnum):
    """『電子發票開立狀態類型』 of MyPay."""

    NONE = 0
    WAITING = 1
    ISSUED = 2
    FAILED = 3
    VOID = 4
    MISCONFIGURED = 5
    ALLOWANCE = 6


class Remedy(IntEnum):
    """『電子發票退款時使用作廢或折讓』: what becomes of an invoice when money goes back."""

    VOID = 4
    ALLOWANCE = 6


@dataclass(frozen=True, slots=True)
class Wish:
    """How a buyer wants the invoice; make one with :func:`wish`. ``ban`` is the buyer's 統一編號."""

    kind: Kind
    code: str = ""
    ban: str = ""
    title: str = ""


def wish(kind: Kind, code: str = "", ban: str = "", title: str = "") -> Wish:
    """A wish that may be sent. Raises InputError naming the field and the rule."""
    code, ban, title = scanned(code), ban.strip(), tidy_text("title", title)
    if kind in CODES:
        pattern, rule = CODES[kind]
        if not re.fullmatch(pattern, code, re.ASCII):
            raise InputError("code", rule)
    elif code:
        raise InputError("code", N_("A paper invoice has no carrier."))
    if ban:
        check_ban(ban)
        if kind not in (Kind.PAPER, Kind.MOBILE):
            raise InputError("ban", N_("An invoice for a company goes on paper or to a mobile barcode."))
    if title and not ban:
        raise InputError("title", N_("A company's name goes with its number."))
    if len(title) > TITLE_LIMIT:
        raise InputError(
            "title", msg(N_("{field} may have {limit} characters at most."), field="title", limit=TITLE_LIMIT)
        )
    return Wish(kind, code, ban, title)


def scanned(text: str) -> str:
    """What a scanner or a hand typed: a mobile barcode is itself Code 39, so stars may stand around it."""
    return text.strip().strip("*").upper()


def kind_of(code: str) -> Kind | None:
    """Which carrier a scanned code is; None for none (digits are a donation code only when somebody says so)."""
    text = scanned(code)
    return next(
        (kind for kind in (Kind.MOBILE, Kind.CERTIFICATE) if re.fullmatch(CODES[kind][0], text, re.ASCII)), None
    )


def check_ban(ban: str) -> None:
    """統一編號, by the rule of 2023-04-01. Raises InputError."""
    if not re.fullmatch("[0-9]{8}", ban, re.ASCII):
        raise InputError("ban", N_("A company's number has 8 digits."))
    if ban == "00000000" or not _sums_up(ban):
        raise InputError("ban", N_("This company's number is mistyped: its digits do not fit together."))


def _sums_up(ban: str) -> bool:
    """Products digit by digit, tens and units added; a seventh digit 7 counts as 1 or as 0."""
    total = sum(sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(ban, WEIGHTS, strict=True))
    return total % 5 == 0 or (ban[6] == "7" and (total + 1) % 5 == 0)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Two months of a year; ``month`` is the even one."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Period:
        """The period of a day in Taipei."""
        return cls(day.year, day.month + day.month % 2)

    @classmethod
    def at(cls, moment: datetime) -> Period:
        """The period of an aware moment."""
        return cls.of(moment.astimezone(TAIPEI).date())

    @property
    def label(self) -> str:
        """As on paper: ``113年05-06月``."""
        return f"{self.year - 1911}年{self.month - 1:02d}-{self.month:02d}月"

    @property
    def code(self) -> str:
        """As in the barcode: ``11306``."""
        return f"{self.year - 1911:03d}{self.month:02d}"


REMEDIES: Final[dict[tuple[bool, bool], Remedy]] = {
    (True, True): Remedy.VOID,
    (True, False): Remedy.ALLOWANCE,
    (False, True): Remedy.ALLOWANCE,
    (False, False): Remedy.ALLOWANCE,
}
"""(whole refund, same period) → what is done; MyPay: 跨發票月份無法作廢."""


def remedy(issued: datetime, now: datetime, *, whole: bool, earlier_allowance: bool = False) -> Remedy:
    """What a refund does to an invoice issued at ``issued``; one with an allowance can no longer be made void."""
    return REMEDIES[whole and not earlier_allowance, Period.at(issued) == Period.at(now)]


def split_inclusive(total: int) -> tuple[int, int]:
    """(net, tax) of a price with 5 % tax in it, once an invoice: 施行細則 §32-1, halves rounded up."""
    net = int((Decimal(total) / Decimal("1.05")).quantize(Decimal(1), ROUND_HALF_UP))
    return net, total - net


def add_tax(net: int) -> tuple[int, int]:
    """(tax, total) of an untaxed sum."""
    tax = int((Decimal(net) * Decimal("0.05")).quantize(Decimal(1), ROUND_HALF_UP))
    return tax, net + tax


def taxes_agree(sales: int, tax: int, total: int) -> bool:
    """Whether a split is possible: both roads of rounding are allowed, and no tax at all for what is free of it."""
    rounded = add_tax(sales)[0]
    return sales + tax == total and (tax == 0 or abs(tax - rounded) <= 1)


def time_left(paid_at: datetime, now: datetime) -> timedelta:
    """Until the invoice must have been issued; negative when it is overdue."""
    return paid_at + DUE - now


class Paper(StrEnum):
    """Whether the proof of an invoice came out of a printer. The names are stored."""

    NEVER = "never"
    PRINTING = "printing"
    UNSURE = "unsure"  # nobody wrote down whether paper came out: the cashier is asked
    PRINTED = "printed"


class Print(StrEnum):
    """What happens to a proof on its way to paper."""

    START = "start"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"
    CAME_OUT = "came_out"
    NOTHING_CAME = "nothing_came"


PRINTS: Final[dict[Paper, dict[Print, Paper]]] = {
    Paper.NEVER: {Print.START: Paper.PRINTING},
    Paper.PRINTING: {Print.DONE: Paper.PRINTED, Print.FAILED: Paper.NEVER, Print.LOST: Paper.UNSURE},
    Paper.UNSURE: {Print.CAME_OUT: Paper.PRINTED, Print.NOTHING_CAME: Paper.NEVER},
    Paper.PRINTED: {Print.START: Paper.PRINTED, Print.DONE: Paper.PRINTED, Print.FAILED: Paper.PRINTED},
}
"""One original; from then on every copy says 補印. A print that was begun and never ended blocks the next."""


def printed(paper: Paper, event: Print) -> Paper:
    """Where a proof stands after ``event``. Raises InputError where the table has no such step."""
    if event not in PRINTS[paper]:
        blocked = N_("It is not known whether this proof came out. Say so before it is printed again.")
        raise InputError("print", blocked if paper in (Paper.PRINTING, Paper.UNSURE) else N_("Nothing is printing."))
    return PRINTS[paper][event]


def is_copy(paper: Paper) -> bool:
    """Whether the next print carries 補印."""
    return paper is Paper.PRINTED


OWED: Final = frozenset({State.NONE, State.WAITING, State.FAILED, State.MISCONFIGURED})
"""States in which the buyer has no invoice yet."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """What is known of one payment's invoice. ``found`` is the gateway's own answer, ``asked`` that one is awaited."""

    order_no: str
    wish: Wish
    state: State = State.NONE
    paper: Paper = Paper.NEVER
    paid_at: datetime | None = None
    asked: bool = False
    found: Mapping[str, Any] = field(default_factory=dict)
    message: Message = Message()

    @property
    def owed(self) -> bool:
        """Paid, and not issued."""
        return self.paid_at is not None and self.state in OWED

    @property
    def stands(self) -> bool:
        """Issued, and not void: a refund must say what becomes of it."""
        return self.state in (State.ISSUED, State.ALLOWANCE)

    def issued_at(self) -> datetime | None:
        """When it was issued, as exactly as its period needs: the gateway's date, else the moment of the payment."""
        digits = re.sub("[^0-9]", "", str(self.found.get("date", "")))[:8]
        try:
            return datetime.strptime(digits, "%Y%m%d").replace(tzinfo=TAIPEI)
        except ValueError:
            return self.paid_at

    @property
    def described(self) -> tuple[str, ...]:
        """The items' names as the gateway tells them (『電子發票明細』, JSON); none where it does not."""
        try:
            rows = json.loads(str(self.found.get("order_detail", "")))
            return tuple(str(row["Description"]) for row in rows)
        except (ValueError, KeyError, TypeError):
            return ()

    @property
    def number(self) -> str:
        """As on paper, "" before it is issued and for what is no number of an invoice."""
        text = f"{self.found.get('wordtrack', '')}-{self.found.get('number', '')}"
        return text if re.fullmatch("[A-Z]{2}-[0-9]{8}", text, re.ASCII) else ""
