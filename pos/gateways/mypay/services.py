"""MyPay's other commands, document 1.0.6: captures, direct debits, e-invoices, wallets and payment tools.

Each method sends one command. The services decide what follows from an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from pos.domain.invoice import InvoiceRequest
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line, Tender
from pos.errors import BadReply, InputError, KeyRefused
from pos.gateways.base import Answer
from pos.gateways.capabilities import Operations, Outcome, Result
from pos.gateways.fields import (
    check_length,
    check_part,
    check_pattern,
    cleaned,
    link_fault,
    require_match,
    required_text,
    secure_link,
    text_of,
)
from pos.gateways.mypay.answers import message_of
from pos.gateways.mypay.cash import cash_order
from pos.gateways.mypay.codes import DONE, NOT_DONE, PFN, TENDERS, WRONG_REQUEST
from pos.gateways.mypay.customer_code import ON_PHONE
from pos.gateways.mypay.invoices import invoice_fields
from pos.gateways.mypay.order import items
from pos.gateways.received import contents
from pos.i18n import N_, msg
from pos.text import identifier

if TYPE_CHECKING:
    from pos.gateways.mypay.client import Mypay

CAPTURE_DAYS: Final = 5
"""Days in which a hold can be captured (授權請款天數限制)."""

OUTCOMES: Final = {DONE: Outcome.DONE, NOT_DONE: Outcome.REFUSED, WRONG_REQUEST: Outcome.REFUSED}
"""Outcomes by ``code``; 400 (system error) and unlisted codes are UNSURE."""


class MypayServices(Operations):
    """MyPay's commands, sent with one client."""

    def __init__(self, mypay: Mypay) -> None:
        self._mypay = mypay

    # -- money ------------------------------------------------------------------------------------------------

    async def capture(self, attempt: Attempt, amount: Money, lines: Sequence[Line] = ()) -> Result:
        """Capture all or a part of a hold, once (信用卡授權請款, api/authorizedrequestpayment)."""
        body: dict[str, object] = {**self._mypay.pair(attempt), "cost": check_part(amount, attempt.amount)}
        if lines:
            body["items"] = items(lines)
        return self._content(attempt, await self._result("api/authorizedrequestpayment", body))

    async def release(self, attempt: Attempt) -> Result:
        """Release a hold (245) (信用卡取消授權, api/cancelauthorization)."""
        return self._content(attempt, await self._result("api/cancelauthorization", self._mypay.pair(attempt)))

    async def stop_debit(self, order_no: str, group: str, day: date, reason: str) -> Result:
        """End a direct debit from ``day`` on, a day after today (定期定額式扣款取消, api/disabledirectdebit)."""
        body = {
            "store_uid": self._mypay.store,
            "order_id": check_pattern(
                "order_id", order_no, "[!-~]{1,50}", N_("{field} must be letters A-Z and digits.")
            ),
            "group_id": check_length("group_id", group, 50),
            "stop_time": f"{day:%Y%m%d}",
            "stop_reason": check_length("stop_reason", cleaned(reason), 255),
        }
        return await self._result("api/disabledirectdebit", body)

    # -- invoices ---------------------------------------------------------------------------------------------

    async def issue_invoice(self, attempt: Attempt, invoice_request: InvoiceRequest) -> Result:
        """Issue the e-invoice of a paid order, within 48 hours (電子發票開立, api/issueinvoice)."""
        return self._about(
            attempt,
            await self._result("api/issueinvoice", {**self._mypay.pair(attempt), **invoice_fields(invoice_request)}),
        )

    async def query_invoice(self, attempt: Attempt) -> Mapping[str, Any] | None:
        """Query the e-invoice of an order (電子發票查詢, api/invoice); None if the reply only repeats the request."""
        pair = self._mypay.pair(attempt)
        del pair["store_uid"]
        found = await self._mypay.call("api/invoice", pair)
        if refused := await self._mypay.key_refusal(found):
            raise KeyRefused(refused, text_of(found, "code"))
        if text_of(found, "code"):
            raise BadReply(message_of(found, "msg") or N_("The gateway's answer is not about an e-invoice."))
        require_match("uid", required_text(found, "uid"), attempt.gateway_ref)
        require_match("key", required_text(found, "key"), attempt.gateway_key, secret=True)
        return contents(found) if text_of(found, "state") else None

    def cash_order(self, sale: Attempt) -> Attempt:
        """Return a cash sale as an order of the tool CASH (附錄一, 37)."""
        return cash_order(sale, self._mypay.FACTS.name)

    async def place_cash_order(self, order: Attempt) -> Answer:
        """Place an order of cash (PayPage金流交易, api/orders)."""
        return await self._mypay.place_cash_order(order)

    async def title_picture(self, url: str) -> bytes:
        """Return the title picture of a printed proof (電子發票紙本列印標題類型 2). Raises BadReply for other hosts."""
        return (await self._mypay.wire.get(self._safe(url))).body

    # -- customers and tools ----------------------------------------------------------------------------------

    async def bind_wallet(self, user_id: str, person: Mapping[str, str]) -> Result:
        """Bind a wallet (MYPAY電子錢包綁定, api/ewalletbind); ``found["url"]`` is the page for the card."""
        check_length("user_id", user_id, 255)
        if not user_id:
            raise InputError("user_id", msg(N_("{field} is missing."), field="user_id"))
        known = {name: check_length(name, value, 255) for name, value in person.items() if name in WALLET_FIELDS}
        if unknown := set(person) - set(known):
            raise InputError("person", msg(N_("{field} is not a field of the wallet."), field=min(unknown)))
        body = {"store_uid": self._mypay.store, "user_id": user_id, "ip": self._mypay.shop.address, **known}
        result = await self._result("api/ewalletbind", body)
        if result.outcome is not Outcome.DONE:
            return result
        return replace(result, found={**result.found, "url": self._safe(required_text(result.found, "url"))})

    def _safe(self, url: str) -> str:
        """Return a link of MyPay if it may be shown and fetched. Raises BadReply."""
        url = secure_link(url, self._mypay.link_hosts())
        if fault := link_fault(url, self._mypay.link_hosts()):
            raise BadReply(fault)
        return url

    async def tools(self, amount: Money) -> tuple[str, ...]:
        """Return the tools for ``amount`` (特約商店可用支付工具查詢, api/paymentsupportpaymode). Raises BadReply."""
        body = {"store_uid": self._mypay.store, "cost": amount.minor, "currency": amount.currency}
        result = await self._result("api/paymentsupportpaymode", body)
        content = result.found.get("content")
        if result.credentials:
            raise KeyRefused(result.message, result.code)
        if result.outcome is not Outcome.DONE:
            raise BadReply(result.message or msg(N_("The gateway answered with code {code}."), code=result.code))
        if not isinstance(content, list) or not all(isinstance(one, str) for one in content):
            raise BadReply(msg(N_("The field {field} of the gateway's answer has a wrong type."), field="content"))
        return tuple(one for one in content if identifier(one, 40))

    def tenders_of(self, tools: Sequence[str]) -> frozenset[Tender]:
        """Return the tenders with a tool among ``tools``, by code or number: of the page or of scanned codes."""
        named = {PFN.get(tool, tool) for tool in tools}
        scanned = self._mypay.config.option("customer_codes") == "yes"
        return frozenset(
            tender
            for tender, tool in TENDERS.items()
            if not tool or tool in named or (scanned and ON_PHONE.get(tool) in named)
        )

    # -- steps ------------------------------------------------------------------------------------------------

    async def _result(self, command: str, body: Mapping[str, object]) -> Result:
        found = await self._mypay.call(command, body)
        code, refused = required_text(found, "code"), await self._mypay.key_refusal(found)
        outcome = OUTCOMES.get(code, Outcome.UNSURE)
        return Result(outcome, code, refused or message_of(found, "msg"), found, credentials=bool(refused))

    def _about(self, attempt: Attempt, result: Result) -> Result:
        """Return ``result``. Raises BadReply if it names another order."""
        for name, ours in (("uid", attempt.gateway_ref), ("key", attempt.gateway_key)):
            if text_of(result.found, name):
                require_match(name, text_of(result.found, name), ours, secret=name == "key")
        return result

    def _content(self, attempt: Attempt, result: Result) -> Result:
        content = result.found.get("content")
        if isinstance(content, dict):
            require_match("uid", required_text(content, "uid"), attempt.gateway_ref)
            require_match("order_id", required_text(content, "order_id"), attempt.order_no)
        return result


WALLET_FIELDS: Final = frozenset(
    {"user_name", "user_real_name", "user_english_name", "user_zipcode", "user_address", "user_sn_type", "user_sn",
     "user_phone", "user_cellphone_code", "user_cellphone", "user_email", "user_birthday", "pfn", "success_returl",
     "failure_returl", *(f"echo_{number}" for number in range(5))}
)  # fmt: skip
"""『MYPAY電子錢包綁定』欄位 in addition to the three that are always sent."""
