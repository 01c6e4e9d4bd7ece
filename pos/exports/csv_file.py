"""A report as CSV for spreadsheets: every ledger entry once, then the totals.

The column of signed amounts contains only entries, so its sum is the net; the totals at the end use other columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final
from unicodedata import normalize

from pos.domain.money import decimal
from pos.domain.refund_words import WAYS
from pos.domain.totals import CurrencyTotals, EntryKind, LedgerEntry
from pos.domain.words import TENDERS, spoken
from pos.exports.report import Report, charge_cells, fit, hundredths, invoice_words
from pos.i18n import _

FORMULA_PREFIXES: Final = ("=", "+", "-", "@")
"""Characters at the beginning of a text that a spreadsheet reads as a formula (OWASP, CSV Injection)."""


def as_csv(report: Report) -> bytes:
    """Return the file: UTF-8 with a byte order mark, CRLF. Times are in the shop's zone."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*_titles(), *_rounding(report, _("Rounding"))])
    writer.writerows(_line(report, one) for one in report.bookings)
    writer.writerow([])
    writer.writerows(_ending(report))
    return text.getvalue().encode("utf-8-sig")


def safe(text: str) -> str:
    """Return a text cell that a spreadsheet does not run: an apostrophe is put before a formula."""
    shown = fit(text)  # before the test, because it may drop the first characters
    risky = normalize("NFKC", shown[:1]).startswith(FORMULA_PREFIXES)
    return f"'{shown}" if risky else shown


def _titles() -> list[str]:
    return [
        _("Kind"), _("Time"), _("Day"), _("Hour"), _("Order"), _("Refund number"), _("Tender"), _("Gateway"),
        _("Refund method"), _("Cashier"), _("Register"), _("Shift"), _("Currency"), _("Amount"), _("Fee"),
    ]  # fmt: skip


def _line(report: Report, one: LedgerEntry) -> list[str]:
    """Return the cells of one entry. Only texts are made safe: negative numbers stay numbers."""
    words = [
        one.order_no, one.refund_no, spoken(TENDERS, one.tender), report.gateway(one.gateway), spoken(WAYS, one.way),
        report.name(one.cashier), one.register_id,
    ]  # fmt: skip
    return [
        _("Sale") if one.kind is EntryKind.SALE else _("Refund"),
        f"{report.local(one.at):%Y-%m-%d %H:%M:%S}", one.day.isoformat(), str(one.hour),
        *(safe(text) for text in words),
        "" if one.shift is None else str(one.shift),
        one.amount.currency, decimal(one.signed, one.amount.currency), "" if one.fee is None else hundredths(one.fee),
        *_rounding(report, decimal(one.rounding, one.amount.currency)),
    ]  # fmt: skip


def _rounding(report: Report, cell: str) -> list[str]:
    """Return ``cell`` as the last column, or no column if cash is never rounded."""
    return [cell] if report.is_rounded else []


def _ending(report: Report) -> Iterator[list[str]]:
    yield [
        _("Total"), _("Currency"), _("Sales, count"), _("Gross"), _("Refunds, count"), _("Refunded"), _("Net"),
        _("Fees known"), _("Sales with a known fee"), *_rounding(report, _("Rounding")),
    ]  # fmt: skip
    for found in report.totals.currencies:
        yield [*_total(found), *_rounding(report, decimal(found.whole.rounding, found.currency))]
    for name, number in invoice_words(report):
        yield [name, str(number)]
    for charge in report.charges:
        yield [
            _("Charge of an agreement"), *map(safe, charge_cells(charge)), charge.amount.currency,
            charge.amount.decimal,
        ]  # fmt: skip
    yield [safe(f"{report.title} {report.span_label}"), safe(report.shop), report.register_label, report.made_label]
    if report.training:
        yield [_("TRAINING")]


def _total(found: CurrencyTotals) -> list[str]:
    whole, name = found.whole, found.currency
    return [
        _("Total {currency}").format(currency=name), name, str(whole.sales), decimal(whole.gross, name),
        str(whole.refunds), decimal(whole.refunded, name), decimal(whole.net, name), hundredths(whole.fees),
        str(whole.fees_of),
    ]  # fmt: skip
