"""The output of the command line: payments and refunds as JSON for programs and as lines for people."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pos.domain.agreement import Agreement, AgreementCharge, totals_of
from pos.domain.in_process_words import part_paid_words
from pos.domain.payment import KEY, Attempt, HistoryRow, Line, SaleTerms
from pos.domain.refund import Refund, RefundState
from pos.domain.split import SplitSale
from pos.domain.states import State
from pos.domain.tax import TaxKind
from pos.domain.words import differs_words, refund_status_words
from pos.errors import InputError, PosError
from pos.exits import code_and_status
from pos.i18n import N_, Message, _, msg
from pos.os_errors import reason
from pos.streams import write
from pos.text import escaped

if TYPE_CHECKING:
    from pos.domain.invoice import Invoice
    from pos.domain.invoice_order import InvoiceOrder


def as_json(attempt: Attempt, history: Sequence[HistoryRow], zone: ZoneInfo) -> dict[str, Any]:
    """Return one payment. Amounts are decimal strings in the currency's places, times ISO 8601 in the shop's zone.

    ``rejected`` is present only if the gateway refused the call: "credentials" (this shop's key) or "request".
    """
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
    found |= _terms_json(attempt.lines, attempt.terms)
    if attempt.sale_id:
        found["sale_id"] = attempt.sale_id
    if attempt.rejected:
        found["rejected"] = attempt.rejected
    if attempt.shown_url:
        found["pay_url"] = attempt.shown_url
    if account := attempt.virtual_account:
        found["virtual_account"] = {
            "bank_code": account.bank_code,
            "bank_name": account.bank_name,
            "account": account.account,
            "expires_at": account.expires_at.astimezone(zone).isoformat(),
        }
    if pin := attempt.details.get("store_pin", ""):
        found["store_pin"] = pin
    if bars := attempt.details.get("store_bars", "").split():
        found["store_bars"] = bars
    if attempt.differs:
        found["received"] = attempt.shown_amount.decimal
    if attempt.refunded:
        found["refunded"] = attempt.refunded.decimal
    if attempt.change is not None:
        found["change"] = attempt.change.decimal
        found["rounding"] = (attempt.cash_due - attempt.amount).decimal
    return found


def as_line(attempt: Attempt) -> str:
    """Return one payment on one line."""
    state = _("Key refused") if attempt.rejected == KEY else attempt.state.value
    parts = [attempt.order_no, attempt.shown_amount.display, attempt.tender.value, attempt.gateway, state]
    parts += [differs_words(attempt), refund_status_words(attempt)]
    if attempt.state in (State.PENDING, State.UNKNOWN):
        account = attempt.virtual_account
        pin = attempt.details.get("store_pin", "")
        parts.append(f"{account.bank_code} {account.account}" if account else pin or attempt.shown_url)
    if attempt.terms.discount:
        parts.append(_("Discount {amount}").format(amount=attempt.terms.discount.amount.display))
    parts.append(attempt.terms.note)
    if attempt.rounding is not None:
        parts.append(_("Rounding {amount}").format(amount=attempt.rounding.display))
    if attempt.change is not None and attempt.change.minor:
        parts.append(_("Change {amount}").format(amount=attempt.change.display))
    return "  ".join([*(part for part in parts if part), attempt.message.spoken()]).rstrip()


def sale_json(sale: SplitSale, zone: ZoneInfo) -> dict[str, Any]:
    """Return one split sale with the attempts at its parts, oldest first; ``left`` is what no part has taken."""
    found = {
        "sale_id": sale.sale_id, "sale_amount": sale.amount.decimal, "currency": sale.amount.currency,
        "state": sale.state.value, "paid": sale.paid.decimal, "in_process": sale.in_process.decimal,
        "left": sale.left.decimal, "refunded": sale.refunded.decimal,
        "created_at": sale.created_at.astimezone(zone).isoformat(timespec="milliseconds"),
        "items": [_item(line) for line in sale.lines],
        **_terms_json((), sale.terms),
        "parts": [_without_history(one, zone) for one in sale.parts],
    }  # fmt: skip
    if sale.overpaid.minor:
        found["overpaid"] = sale.overpaid.decimal
    return found


def _without_history(part: Attempt, zone: ZoneInfo) -> dict[str, Any]:
    return {name: value for name, value in as_json(part, (), zone).items() if name != "history"}


def sale_line(sale: SplitSale) -> str:
    """Return one split sale on one line."""
    left = _("{amount} left").format(amount=sale.left.display) if sale.left.minor else ""
    parts = (sale.sale_id, part_paid_words(sale.paid, sale.amount), sale.state.value, left)
    return "  ".join(part for part in parts if part)


def invoice_json(found: Invoice) -> dict[str, Any]:
    """Return one invoice as JSON."""
    return {
        "order_no": found.order_no,
        "kind": found.request.kind.value,
        "code": found.request.code,
        "ban": found.request.ban,
        "title": found.request.title,
        "state": found.state.name.lower(),
        "number": found.number,
        "owed": found.owed,
        "paper": found.paper.value,
        "message": found.message.spoken(),
        **({"sale_id": found.sale_id} if found.sale_id else {}),
        **({"gateway_order": _invoice_order(found.order)} if found.order else {}),
    }  # fmt: skip


def _invoice_order(order: InvoiceOrder) -> dict[str, str]:
    """Return the order that carries the e-invoice of a cash sale or a split sale."""
    return {"order_no": order.number, "gateway": order.gateway, "state": order.state.value}


def invoice_line(found: Invoice) -> str:
    """Return one invoice on one line."""
    from pos.domain.invoice import PrintState

    paper = "" if found.paper is PrintState.NEVER else found.paper.value
    parts = (found.order_no, found.number, found.request.kind.value, found.state.name.lower(), paper)
    return "  ".join(part for part in (*parts, found.message.spoken()) if part)


def agreement_json(made: Agreement, pay_url: str, zone: ZoneInfo) -> dict[str, Any]:
    """Return one agreement with its charges; ``pay_url`` is "" unless its first charge can be paid."""
    totals = totals_of(made.charges, made.terms.amount.currency)
    return {
        "agreement_no": made.order_no, "order_no": made.order_no, "pay_url": pay_url,
        "amount": made.terms.amount.decimal, "currency": made.terms.amount.currency, "every": str(made.terms.period),
        "times": made.terms.times, "reference": made.reference, "state": made.state.value,
        "message": made.message.spoken(), "captured": totals.money.decimal,
        "charges": [_charge_json(one, zone) for one in made.charges],
    }  # fmt: skip


def _charge_json(charge: AgreementCharge, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "no": charge.number, "due": charge.due.isoformat(),
        "at": charge.at.astimezone(zone).isoformat() if charge.at else "", "amount": charge.amount.decimal,
        "received": charge.received.decimal if charge.received else "", "state": charge.state.value,
        "order_no": charge.order_no, "gateway_ref": charge.gateway_ref, "message": charge.message.spoken(),
    }  # fmt: skip


def agreement_lines(made: Agreement, zone: ZoneInfo) -> list[str]:
    """Return one agreement on one line, and one for each charge."""
    every = f"{made.terms.period} × {made.terms.times}"
    head = (made.order_no, made.terms.amount.display, every, made.state.value, made.reference, made.message.spoken())
    charges = [
        (f"{one.number}", one.due.isoformat(), one.state.value, one.amount.display, one.order_no, one.message.spoken())
        for one in made.charges
    ]
    return ["  ".join(part for part in row if part) for row in (head, *(("", *one) for one in charges))]


def refund_json(made: Refund, zone: ZoneInfo) -> dict[str, Any]:
    """Return one refund; empty fields from ``reference`` on are left out."""
    found = {
        "refund_no": made.refund_no, "order_no": made.order_no, "gateway": made.gateway,
        "gateway_ref": made.gateway_ref, "way": made.way.value, "amount": made.amount.decimal,
        "currency": made.amount.currency, "state": made.state.value, "reason": made.reason, "code": made.code,
        "message": made.message.spoken(), "by": made.by, "approved_by": made.approved_by,
    }  # fmt: skip
    more = {
        "reference": made.reference,
        "items": [_item(line) for line in made.lines],
        "due_at": made.due_at.astimezone(zone).isoformat() if made.due_at else "",
        "rounding": made.rounding.decimal if made.rounding else "",
    }
    return {**found, **{name: value for name, value in more.items() if value}}


def refund_line(made: Refund) -> str:
    """Return one refund on one line, with the gateway's code while its outcome is not known."""
    parts = (made.refund_no, made.order_no, made.amount.display, made.way.value, made.gateway, made.state.value)
    code = made.code if made.state in (RefundState.UNKNOWN, RefundState.REVIEW) else ""
    rounding = _("Rounding {amount}").format(amount=made.rounding.display) if made.rounding else ""
    texts = (rounding, made.reference, made.reason, made.message.spoken(), code)
    return "  ".join(part for part in (*parts, *texts) if part)


def _terms_json(lines: Sequence[Line], terms: SaleTerms) -> dict[str, Any]:
    """Return the fields of a sale with items, a note or a discount; none for most."""
    found: dict[str, Any] = {"items": [_item(line) for line in lines]} if lines else {}
    if terms.note:
        found["note"] = terms.note
    if off := terms.discount:
        facts = {"rate": off.rate, "amount": off.amount.decimal, "reason": off.reason}
        found["discount"] = facts
    if terms.approved_by:
        found["discount_approved_by"] = terms.approved_by
    return found


def _item(line: Line) -> dict[str, Any]:
    found: dict[str, Any] = {"name": line.name, "price": line.unit_price.decimal, "quantity": line.quantity}
    if line.discount:
        found["discount"] = line.discount.decimal
    if line.tax is not TaxKind.TAXED:
        found["tax"] = line.tax.value
    return {**found, "item": line.item} if line.item else found


def as_text(found: Mapping[str, Any]) -> str:
    """Return a JSON object on one line; characters that cannot be printed are escaped."""
    text = json.dumps(found, ensure_ascii=False)
    return text if text.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


class _Printed:
    """State of one call of the command line: whether it has printed its JSON object."""

    an_object = False


def begin() -> None:
    """Start the output of one call of the command line."""
    _Printed.an_object = False


def put(found: Mapping[str, Any] | None, lines: Sequence[str]) -> None:
    """Print one JSON object or lines on standard output. Never raises.

    JSON is always UTF-8. Lines are in the encoding of the terminal, with escapes for characters that it lacks. Control
    characters are escaped, because journals of earlier releases contain them.
    """
    if found is not None:
        _Printed.an_object = True
        done = write(sys.stdout, f"{as_text(found)}\n", "utf-8")
    else:
        done = not lines or write(sys.stdout, "".join(f"{escaped(line)}\n" for line in lines))
    if not done:
        say(_("The result could not be printed. Look it up: pos show, pos pending"))


def say(text: str) -> None:
    """Print one line for people on standard error. Never raises."""
    write(sys.stderr, f"{escaped(text)}\n")


def put_error(error: PosError, message: str, as_json: bool, code: str = "") -> int:
    """Print ``message`` on standard error and, with ``as_json``, a JSON object; return the exit status of the error.

    A call prints only one JSON object: for an error after the result, only ``message`` is printed.
    """
    usual, status = code_and_status(error)
    say(f"pos: {message}")
    if as_json and not _Printed.an_object:
        put(error_json(error, code or usual), ())
    return status


def error_json(error: PosError, code: str = "") -> dict[str, Any]:
    """Return ``{"error": {"code", "field", "message"}}``; ``field`` is null if no option is meant."""
    field = (error.field or None) if isinstance(error, InputError) else None
    return {"error": {"code": code or code_and_status(error)[0], "field": field, "message": error.spoken()}}


def unexpected(error: Exception) -> PosError:
    """Return the error to report for an unexpected exception: its type and place, without a traceback."""
    if isinstance(error, OSError):
        return PosError(os_sentence(error), str(error))
    frames = [
        one for one in traceback.extract_tb(error.__traceback__) if "pos" in one.filename.replace("\\", "/").split("/")
    ]
    place = f"{frames[-1].name}:{frames[-1].lineno}" if frames else "?"
    text = N_("Counter stopped unexpectedly ({kind}, {place}). Report this to the makers of Counter.")
    return PosError(msg(text, kind=type(error).__name__, place=place), str(error))


def os_sentence(error: OSError) -> Message:
    """Return a message about what the operating system refused and why."""
    why = reason(error).spoken()
    if isinstance(error.filename, str | bytes):
        name = error.filename if isinstance(error.filename, str) else error.filename.decode("utf-8", "replace")
        return msg(N_("{path} cannot be used: {problem}."), path=name, problem=why)
    return msg(N_("The operating system refuses this: {problem}."), problem=why)
