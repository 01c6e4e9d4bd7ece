"""The words of totals: what each table is grouped by, and what its keys mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from pos.domain.money import Money
from pos.domain.totals import By, Scope, Span, Totals
from pos.domain.words import TENDERS, gateway_name, spoken
from pos.gateways import TITLES
from pos.i18n import N_, _

SPANS: Final = {
    Span.DAY: N_("Daily"),
    Span.WEEK: N_("Weekly"),
    Span.MONTH: N_("Monthly"),
    Span.SHIFT: N_("Shift"),
}
TABLES: Final = {
    By.TENDER: N_("By tender"),
    By.GATEWAY: N_("By gateway"),
    By.CASHIER: N_("By cashier"),
    By.HOUR: N_("By hour"),
    By.DAY: N_("By day"),
}
WEEK: Final = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def key_word(by: By, key: str, people: Mapping[str, str]) -> str:
    """What a row of a table is called."""
    if by is By.TENDER:
        return spoken(TENDERS, key)
    if by is By.GATEWAY:
        return gateway_name(TITLES, key)
    if by is By.CASHIER:
        return people.get(key, key) or _("Not signed in")
    return f"{key}:00" if by is By.HOUR else day_word(date.fromisoformat(key))


def day_word(day: date) -> str:
    """``11-20 Fri``."""
    return f"{day:%m-%d} {_(WEEK[day.weekday()])}"


def scope_word(scope: Scope | None, shift: str = "") -> str:
    """Which days, or which shift."""
    if scope is None:
        return "–"
    if scope.span is Span.SHIFT:
        return f"{shift} · {scope.first:%m-%d}"
    if scope.span is Span.DAY:
        return f"{scope.first:%Y}-{day_word(scope.first)}"
    return f"{scope.first:%Y-%m}" if scope.span is Span.MONTH else f"{scope.first:%Y-%m-%d} – {scope.last:%m-%d}"


def money(minor: int, currency: str) -> str:
    """An amount for people."""
    return Money(minor, currency).display


def time_keys(found: Totals, currency: str) -> tuple[By, list[str]]:
    """Return what the bars mean: every day of a longer span, else every hour from the first that sold to the last."""
    scope = found.scope
    if scope.first != scope.last and scope.span is not Span.SHIFT:
        days = (scope.last - scope.first).days + 1
        return By.DAY, [(scope.first + timedelta(days=one)).isoformat() for one in range(days)]
    hours = [int(key) for key in found.of(currency).by[By.HOUR]]
    return By.HOUR, [f"{one:02d}" for one in range(min(hours), max(hours) + 1)] if hours else []
