"""E-invoices of Taiwan: the buyer's request, the invoice period, void and allowance, and the printing of the proof.

Sources: 統一發票使用辦法 §20; 營業稅法施行細則 §32-1; the notice on 統一編號 of 2023-04-01; MyPay document 1.0.6,
『電子發票開立』. Times are in the time zone of Taipei, also in shops with another one.
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

from pos.domain.invoice_order import InvoiceOrder
from pos.domain.typed_text import tidy_text
from pos.errors import InputError
from pos.i18n import N_, Message, msg

TAIPEI: Final = timezone(timedelta(hours=8), "Asia/Taipei")
"""Taiwan has had no daylight saving time since 1979."""

DUE: Final = timedelta(hours=48)
"""Time after the payment within which the invoice must be issued (MyPay, 電子發票開立)."""

TITLE_LIMIT: Final = 60
"""Longest name of a buyer, in characters."""

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
        N_("A mobile barcode is / and 7 characters: 0-9, A-Z, +, - or the full stop."),
    ),
    Kind.CERTIFICATE: ("[A-Z]{2}[0-9]{14}", N_("A citizen certificate has 2 letters A-Z and 14 digits.")),
    Kind.DONATION: ("[0-9]{3,7}", N_("A donation code has 3 to 7 digits.")),
}
"""Regular expression and rule (gettext id) of each carrier."""


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
    """『電子發票退款時使用作廢或折讓』: how an invoice is corrected after a refund."""

    VOID = 4
    ALLOWANCE = 6


@dataclass(frozen=True, slots=True)
class InvoiceRequest:
    """How a buyer wants the invoice. Made by :func:`invoice_request`; ``ban`` is the buyer's 統一編號."""

    kind: Kind
    code: str = ""
    ban: str = ""
    title: str = ""


def invoice_request(kind: Kind, code: str = "", ban: str = "", title: str = "") -> InvoiceRequest:
    """Return a checked request. Raises InputError that names the field and the rule it breaks."""
    code, ban, title = normalize_code(code), ban.strip(), tidy_text("title", title)
    if kind in CODES:
        pattern, rule = CODES[kind]
        if not re.fullmatch(pattern, code, re.ASCII):
            raise InputError("code", rule)
    elif code:
        raise InputError("code", N_("A paper e-invoice has no carrier."))
    if ban:
        check_ban(ban)
        if kind not in (Kind.PAPER, Kind.MOBILE):
            raise InputError("ban", N_("An e-invoice with a company number is printed or goes to a mobile barcode."))
    if title and not ban:
        raise InputError("title", N_("Enter the company number as well as the name."))
    if len(title) > TITLE_LIMIT:
        raise InputError(
            "title", msg(N_("{field} may have {limit} characters at most."), field="title", limit=TITLE_LIMIT)
        )
    return InvoiceRequest(kind, code, ban, title)


def normalize_code(text: str) -> str:
    """Remove spaces and the start and stop characters (*) of Code 39 from a scanned code; return capital letters."""
    return text.strip().strip("*").upper()


def detect_carrier(code: str) -> Kind | None:
    """Return the carrier that a scanned code belongs to, None for others.

    Digits alone are not recognised: the cashier chooses a donation code explicitly.
    """
    text = normalize_code(code)
    return next(
        (kind for kind in (Kind.MOBILE, Kind.CERTIFICATE) if re.fullmatch(CODES[kind][0], text, re.ASCII)), None
    )


def check_ban(ban: str) -> None:
    """Check a 統一編號 by the rule of 2023-04-01. Raises InputError."""
    if not re.fullmatch("[0-9]{8}", ban, re.ASCII):
        raise InputError("ban", N_("A company number has 8 digits."))
    if ban == "00000000" or not _has_valid_checksum(ban):
        raise InputError("ban", N_("This company number is wrong: its check digit does not match."))


def _has_valid_checksum(ban: str) -> bool:
    """Return whether the weighted digit sum is a multiple of 5; a seventh digit 7 counts as 1 or as 0."""
    total = sum(sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(ban, WEIGHTS, strict=True))
    return total % 5 == 0 or (ban[6] == "7" and (total + 1) % 5 == 0)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """An invoice period of two months; ``month`` is the second, even one."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Period:
        """Return the period of a day in Taipei."""
        return cls(day.year, day.month + day.month % 2)

    @classmethod
    def at(cls, moment: datetime) -> Period:
        """Return the period of an aware datetime."""
        return cls.of(moment.astimezone(TAIPEI).date())

    @property
    def label(self) -> str:
        """The period as it is printed: ``113年05-06月``."""
        return f"{self.year - 1911}年{self.month - 1:02d}-{self.month:02d}月"

    @property
    def code(self) -> str:
        """The period as in the barcode: ``11306``."""
        return f"{self.year - 1911:03d}{self.month:02d}"


REMEDIES: Final[dict[tuple[bool, bool], Remedy]] = {
    (True, True): Remedy.VOID,
    (True, False): Remedy.ALLOWANCE,
    (False, True): Remedy.ALLOWANCE,
    (False, False): Remedy.ALLOWANCE,
}
"""(whole refund, same period) → correction; MyPay: 跨發票月份無法作廢."""


def remedy(issued: datetime, now: datetime, *, whole: bool, earlier_allowance: bool = False) -> Remedy:
    """Return how a refund corrects an invoice issued at ``issued``. An invoice with an allowance cannot be voided."""
    return REMEDIES[whole and not earlier_allowance, Period.at(issued) == Period.at(now)]


def split_inclusive(total: int) -> tuple[int, int]:
    """Return (net, tax) of a total that includes 5 % tax, computed once per invoice (施行細則 §32-1), halves up."""
    net = int((Decimal(total) / Decimal("1.05")).quantize(Decimal(1), ROUND_HALF_UP))
    return net, total - net


def add_tax(net: int) -> tuple[int, int]:
    """Return (tax, total) of a sum without tax."""
    tax = int((Decimal(net) * Decimal("0.05")).quantize(Decimal(1), ROUND_HALF_UP))
    return tax, net + tax


def taxes_agree(sales: int, tax: int, total: int) -> bool:
    """Return whether net and tax can belong to ``total``: either way of rounding, or no tax for exempt goods."""
    rounded = add_tax(sales)[0]
    return sales + tax == total and (tax == 0 or abs(tax - rounded) <= 1)


def time_left(paid_at: datetime, now: datetime) -> timedelta:
    """Return the time until the invoice must be issued; negative when it is overdue."""
    return paid_at + DUE - now


class PrintState(StrEnum):
    """The printing state of an invoice's proof. The names are stored."""

    NEVER = "never"
    PRINTING = "printing"
    UNSURE = "unsure"  # the program stopped while printing: the cashier is asked whether paper came out
    PRINTED = "printed"


class PrintEvent(StrEnum):
    """An event in the printing of a proof. The names are stored."""

    START = "start"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"
    CAME_OUT = "came_out"
    NOTHING_CAME = "nothing_came"


PRINT_TABLE: Final[dict[PrintState, dict[PrintEvent, PrintState]]] = {
    PrintState.NEVER: {PrintEvent.START: PrintState.PRINTING},
    PrintState.PRINTING: {
        PrintEvent.DONE: PrintState.PRINTED,
        PrintEvent.FAILED: PrintState.NEVER,
        PrintEvent.LOST: PrintState.UNSURE,
    },
    PrintState.UNSURE: {PrintEvent.CAME_OUT: PrintState.PRINTED, PrintEvent.NOTHING_CAME: PrintState.NEVER},
    PrintState.PRINTED: {
        PrintEvent.START: PrintState.PRINTED,
        PrintEvent.DONE: PrintState.PRINTED,
        PrintEvent.FAILED: PrintState.PRINTED,
    },
}
"""One original is printed; every later copy is marked 補印. A print with an unknown outcome blocks the next one."""


def advance_print(paper: PrintState, event: PrintEvent) -> PrintState:
    """Return the printing state after ``event``. Raises InputError for a step that is not in the table."""
    if event not in PRINT_TABLE[paper]:
        blocked = N_("It is unclear whether the proof was printed. Confirm that before you print it again.")
        raise InputError(
            "print", blocked if paper in (PrintState.PRINTING, PrintState.UNSURE) else N_("Nothing is printing.")
        )
    return PRINT_TABLE[paper][event]


def is_copy(paper: PrintState) -> bool:
    """Return whether the next print is marked 補印."""
    return paper is PrintState.PRINTED


OWED: Final = frozenset({State.NONE, State.WAITING, State.FAILED, State.MISCONFIGURED})
"""States in which the buyer has no invoice yet."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """The invoice of one payment, or of a whole split sale, under the number of the sale's first part.

    ``found`` is the gateway's answer; ``asked``: the gateway was asked to issue it. ``order`` is the newest order that
    carries the e-invoice of a cash sale or a split sale, ``sale_id`` the split sale; both are read with it, never
    written with it.
    """

    order_no: str
    request: InvoiceRequest
    state: State = State.NONE
    paper: PrintState = PrintState.NEVER
    paid_at: datetime | None = None
    asked: bool = False
    found: Mapping[str, Any] = field(default_factory=dict)
    message: Message = Message()
    order: InvoiceOrder | None = None
    sale_id: str = ""

    def is_of(self, order_no: str, sale_id: str) -> bool:
        """Return whether it is the invoice of this payment, or of the split sale that the payment is a part of."""
        return self.sale_id == sale_id if self.sale_id else self.order_no == order_no

    @property
    def owed(self) -> bool:
        """Whether the payment is captured and the invoice is not issued."""
        return self.paid_at is not None and self.state in OWED

    def issuer(self, gateway: str) -> str:
        """Return the gateway that issues it: that of its order, else the payment's ``gateway``."""
        return self.order.gateway if self.order is not None else gateway

    @property
    def is_valid(self) -> bool:
        """Whether it is issued and not void, so that a refund must correct it."""
        return self.state in (State.ISSUED, State.ALLOWANCE)

    def issued_at(self) -> datetime | None:
        """Return the day of issue from the gateway's answer, otherwise the time of the payment."""
        digits = re.sub("[^0-9]", "", str(self.found.get("date", "")))[:8]
        try:
            return datetime.strptime(digits, "%Y%m%d").replace(tzinfo=TAIPEI)
        except ValueError:
            return self.paid_at

    @property
    def item_names(self) -> tuple[str, ...]:
        """The items' names in the gateway's answer (『電子發票明細』, JSON); empty if it has none."""
        try:
            rows = json.loads(str(self.found.get("order_detail", "")))
            return tuple(str(row["Description"]) for row in rows)
        except (ValueError, KeyError, TypeError):
            return ()

    @property
    def number(self) -> str:
        """The invoice number as printed, "" before it is issued or if the answer has no valid number."""
        text = f"{self.found.get('wordtrack', '')}-{self.found.get('number', '')}"
        return text if re.fullmatch("[A-Z]{2}-[0-9]{8}", text, re.ASCII) else ""
