"""Payments as JSON for programs and as lines for people (design, section 5)."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from pos.domain.payment import Attempt, HistoryRow
from pos.domain.states import State


def as_json(attempt: Attempt, history: Sequence[HistoryRow], zone: ZoneInfo) -> dict[str, Any]:
    """One payment. Amounts are decimal strings in the currency's places, times ISO 8601 in the shop's zone."""
    found: dict[str, Any] = {
        "order_no": attempt.order_no,
        "payment": attempt.payment_id,
        "tender": attempt.tender.value,
        "gateway": attempt.gateway,
        "gateway_ref": attempt.gateway_ref,
        "amount": attempt.amount.decimal,
        "currency": attempt.amount.currency,
        "state": attempt.state.value,
        "message": attempt.message.spoken(),
        "history": [
            {
                "at": row.at.astimezone(zone).isoformat(timespec="milliseconds"),
                "event": row.kind,
                "state": row.state.value,
                "message": row.message.spoken(),
                "code": row.code,
            }
            for row in history
        ],
    }
    if attempt.pay_url:
        found["pay_url"] = attempt.pay_url
    if account := attempt.virtual_account:
        found["virtual_account"] = {
            "bank_code": account.bank_code,
            "bank_name": account.bank_name,
            "account": account.account,
            "expires_at": account.expires_at.astimezone(zone).isoformat(),
        }
    if attempt.change is not None:
        found["change"] = attempt.change.decimal
    return found


def as_line(attempt: Attempt) -> str:
    """One payment in one line."""
    words = [attempt.order_no, attempt.amount.display, attempt.tender.value, attempt.gateway, attempt.state.value]
    if attempt.state in (State.PENDING, State.UNKNOWN):
        account = attempt.virtual_account
        words.append(f"{account.bank_code} {account.account}" if account else attempt.pay_url)
    return "  ".join([*(word for word in words if word), attempt.message.spoken()]).rstrip()


def put(found: Mapping[str, Any] | None, lines: Sequence[str]) -> None:
    """One JSON object, or lines, on standard output."""
    text = json.dumps(found, ensure_ascii=False) if found is not None else "\n".join(lines)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
