"""MYPAY LINK PayPage 特約商店模式, document 1.0.6 of 2023-11-22."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pos.domain.customer_code import CustomerCode
from pos.domain.invoice import InvoiceRequest
from pos.domain.payment import Attempt, Line, Tender, adjustment
from pos.domain.refund import Refund
from pos.errors import BadNotice, BadReply, ConfigError, GatewayError, InputError
from pos.gateways.base import (
    Answer,
    Gateway,
    GatewayConfig,
    Notice,
    RefundAnswer,
    Verdict,
)
from pos.gateways.customer_codes import TakesCodes, takes_no_codes
from pos.gateways.fields import (
    check_length,
    check_part,
    check_pattern,
    cleaned,
    last_day,
    link_fault,
    notice_fields,
    require_match,
    required_text,
    required_value,
    secure_link,
    text_of,
)
from pos.gateways.mypay.answers import PRC_TEXTS, account_of, amount_of, details_of, message_of, store_of, unpaid_reason
from pos.gateways.mypay.cash import cash_answer
from pos.gateways.mypay.codes import (
    ACCEPTED,
    CARRIED_OUT,
    DONE,
    KEY_CODES,
    LINK_HOSTS,
    NOTICE_FORMS,
    PRC,
    TENDERS,
    WARNED,
    WITH_DAYS,
    WRONG_REQUEST,
    known_pfn,
)
from pos.gateways.mypay.customer_code import tool_of, transaction, transaction_answer
from pos.gateways.mypay.facts import FACTS
from pos.gateways.mypay.invoices import order_invoice_fields
from pos.gateways.mypay.order import item_name, items, order_fields, own_options
from pos.gateways.mypay.refunds import refund_answer, refund_found, withdrawal_answer
from pos.gateways.mypay.services import MypayServices
from pos.gateways.received import as_key, as_number
from pos.gateways.signing import IV_BYTES, compact, mypay_seal
from pos.i18n import N_, Message, msg


class Mypay(Gateway, TakesCodes):
    """MyPay's client. Amounts are whole dollars. Queries name an order by ``uid`` and its secret ``key``."""

    FACTS = FACTS

    @classmethod
    def check_options(cls, config: GatewayConfig) -> None:
        super().check_options(config)
        if not known_pfn(config.option("pfn") or "0"):
            raise ConfigError(msg(N_("{setting} is not one of MyPay's payment tools."), setting="gateways.mypay.pfn"))
        if not re.fullmatch("[1-9][0-9]?", config.option("validity_days") or "3", re.ASCII):
            text = N_("{setting} must be a number from 1 to 99.")
            raise ConfigError(msg(text, setting="gateways.mypay.validity_days"))

        if config.option("key_expires") and last_day(config.option("key_expires")) is None:
            text = N_("{setting} must be a day like 2026-12-31.")
            raise ConfigError(msg(text, setting="gateways.mypay.key_expires"))

    def warning(self, today: date) -> Message:
        """Return a warning before the key expires: after a year, extensible until 8 days before (開發前請先閱讀)."""
        last = last_day(self.config.option("key_expires"))
        left = (last - today).days if last else None
        if left is None or left > WARNED[0]:
            return Message()
        if left < 0:
            return msg(N_("MyPay's merchant key has expired. Store the new one."))
        if left <= WARNED[-1]:
            return msg(N_("MyPay's merchant key expires in {days} days. MyPay mailed a new one: store it."), days=left)
        return msg(N_("MyPay's merchant key expires in {days} days. Extend it in MyPay's console."), days=left)

    def check(self, attempt: Attempt) -> None:
        """Check 『PayPage金流交易』欄位: ``order_id`` 50 bytes, ``store_uid`` 16. Raises InputError."""
        super().check(attempt)
        check_length("store_uid", self.store, 16)
        order_fields(attempt.options)
        check_pattern("order_id", attempt.order_no, "[A-Z0-9]{1,50}", N_("{field} must be letters A-Z and digits."))
        if any(line.quantity < 1 or line.unit_price.minor < 0 for line in attempt.lines):
            raise InputError("item", N_("MyPay does not accept items below zero."))
        try:
            ipaddress.ip_address(self.shop.address)
        except ValueError:
            raise InputError("ip", msg(N_("{address} is not an IP address."), address=self.shop.address)) from None

    def lifetime(self) -> timedelta:
        """Return how long an order can be paid: for days if the customer chooses a virtual account on the page."""
        return max(self.FACTS.lifetime, timedelta(days=self._days + 1))

    async def charge(self, attempt: Attempt) -> Answer:
        """Place an order (PayPage金流交易, api/orders); the address of its page is shown as a QR code."""
        found = await self._call("api/orders", self._body(attempt), again=(WRONG_REQUEST,))
        code = required_text(found, "code")
        if code != ACCEPTED:
            return await self._not_placed(found, code)
        url = secure_link(required_text(found, "url"), self.link_hosts())
        fault = link_fault(url, self.link_hosts())
        return Answer(
            Verdict.UNUSABLE if fault else Verdict.ACCEPTED,
            code,
            fault,
            gateway_ref=required_value(found, "uid", as_number),
            gateway_key=required_value(found, "key", as_key),
            pay_url="" if fault else url,
        )

    async def place_cash_order(self, order: Attempt) -> Answer:
        """Place an order of the tool CASH (api/orders)."""
        found = await self._call("api/orders", self._body(order), again=(WRONG_REQUEST,))
        return cash_answer(found, await self.key_refusal(found))

    def code_type(self, tender: Tender, options: Mapping[str, str]) -> str:
        """Return the ``…OFF`` tool of ``tender`` if the settings allow the public call."""
        tool = tool_of(tender, options) if self.config.option("customer_codes") == "yes" else ""
        if not tool:
            raise takes_no_codes(self.FACTS.title)
        return tool

    async def charge_code(self, attempt: Attempt, code: CustomerCode) -> Answer:
        """Charge a customer's code (直接交易, api/transaction, public)."""
        body = transaction(self._body(attempt), attempt, code, self.shop.timezone)
        found = await self._call("api/transaction", body, again=(WRONG_REQUEST,))
        return transaction_answer(found, attempt) or await self._not_placed(found, required_text(found, "code"))

    async def _not_placed(self, found: Mapping[str, Any], code: str) -> Answer:
        """Return the answer to an order that was refused, or of which it is not known."""
        verdict = Verdict.REJECTED if code == WRONG_REQUEST else Verdict.UNSURE
        refused = await self.key_refusal(found)
        return Answer(verdict, code, refused or message_of(found, "msg"), credentials=bool(refused))

    async def void(self, attempt: Attempt) -> Answer:
        """Release a hold (信用卡取消授權, api/cancelauthorization). Other orders cannot be voided: UNSURE."""
        if attempt.code != self.FACTS.held_code or not (attempt.gateway_ref and attempt.gateway_key):
            return Answer(Verdict.UNSURE)
        found = await self.call("api/cancelauthorization", self.pair(attempt))
        code, refused = required_text(found, "code"), await self.key_refusal(found)
        verdict = Verdict.VOIDED if code == DONE else Verdict.UNSURE
        return Answer(verdict, code, refused or message_of(found, "msg"), credentials=bool(refused))

    async def query(self, attempt: Attempt) -> Answer:
        """Query an order (交易查詢, api/queryorder); by ``querydirect``, if allowed, if its ``uid`` is unknown.

        A pair of ``uid`` and ``key`` that MyPay does not know may come from a damaged answer, so the number decides.
        """
        if not attempt.gateway_ref:
            return await self._query_direct(attempt)
        pair = {"uid": attempt.gateway_ref, "key": attempt.gateway_key}
        found = await self._call("api/queryorder", pair, again=KEY_CODES)
        answer = await self._key_refused_answer(found) or self._reply(found, attempt)
        if answer.verdict is Verdict.MISSING and self._finds_by_number:
            return await self._query_direct(replace(attempt, gateway_ref="", gateway_key=""))
        return answer

    async def refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        """Refund a part or all, at once or at the next midnight (交易退款, api/refund).

        A call that ended in a system error may have made a refund, so only a refused request is sent with the next key.
        """
        cost = check_part(refund.amount, attempt.paid)
        body = {**self.pair(attempt), "cost": cost, **self._invoice_fields(attempt, refund)}
        found = await self._call("api/refund", body, again=(WRONG_REQUEST,))
        return await self._with_key_refusal(found, refund_answer(found, attempt, refund, self.wire.now()))

    async def query_refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        """Return the status of a refund from its order (交易查詢, api/queryorder): refunds have no own query."""
        pair = self.pair(attempt)
        del pair["store_uid"]
        since = (refund.sent_at or refund.created_at) - timedelta(seconds=self.wire.drift)
        found = await self.call("api/queryorder", pair)
        return await self._with_key_refusal(found, refund_found(found, attempt, refund, since))

    async def withdraw_refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        """Cancel a refund that is queued until midnight (取消退款, api/refundcancel).

        The call names the order, not the refund: with two queued refunds it is not defined which one is cancelled.
        """
        found = await self._call("api/refundcancel", self.pair(attempt), again=(WRONG_REQUEST,))
        return await self._with_key_refusal(found, withdrawal_answer(found, attempt, refund))

    def operations(self) -> MypayServices:
        return MypayServices(self)

    @staticmethod
    def invoice_options(invoice_request: InvoiceRequest) -> Mapping[str, str]:
        """Return the options of an order that requests its e-invoice (『發動交易時一起發動』)."""
        return order_invoice_fields(invoice_request)

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Read 交易完成回傳資訊: an unsigned form, for which only the pair of ``uid`` and ``key`` can be checked."""
        fields = notice_fields(body)
        named = {name: fields.get(name, "") for name in NOTICE_FORMS}
        if not all(re.fullmatch(form, named[name], re.ASCII) for name, form in NOTICE_FORMS.items()):
            raise BadNotice(N_("The notification names no order."))
        return Notice(named["order_id"], "8888", named["uid"], named["key"], named["prc"])

    async def probe(self) -> Answer:
        """Query an order that cannot exist; the code 100 or 400 means a wrong key."""
        found = await self._call("api/queryorder", {"uid": "0", "key": "0" * 32}, again=KEY_CODES)
        code = text_of(found, "code")
        if not code:
            return Answer(Verdict.MISSING)
        if code not in KEY_CODES:
            return Answer(Verdict.UNSURE, code, message_of(found, "msg"))
        message = self.merchant_key.refuse(code, cleaned(text_of(found, "msg")))
        return Answer(Verdict.REJECTED, code, message, credentials=True)

    # -- steps ------------------------------------------------------------------------------------------------

    def _body(self, attempt: Attempt) -> dict[str, object]:
        """Return the fields of an order. ``user_id`` is different in each: MyPay stores cards by it."""
        tool = TENDERS[attempt.tender]
        body: dict[str, object] = {
            "store_uid": self.store,
            "user_id": attempt.order_no,
            "cost": attempt.amount.minor,
            "currency": attempt.amount.currency,
            "order_id": attempt.order_no,
            "ip": self.shop.address,
            "items": items(attempt.lines) or [self._single_item(attempt)],
            "pfn": tool or self.config.option("pfn") or "0",
        }
        if tool in WITH_DAYS:
            body["limit_pay_days"] = self._days
        chosen = order_fields(own_options(attempt))
        if tool:
            chosen.pop("pfn", None)  # the tender is the tool
        return body | chosen

    def _single_item(self, attempt: Attempt) -> dict[str, object]:
        """Return the whole sale as one item, for a sale without lines."""
        total = attempt.amount.minor - adjustment(own_options(attempt))
        return {"id": "1", "name": item_name(self.shop.name), "cost": total, "amount": 1, "total": total}

    def _invoice_fields(self, attempt: Attempt, refund: Refund) -> dict[str, object]:
        """Return the e-invoice fields of 『交易退款』欄位: void or allowance, and the refunded items as in the sale.

        Raises InputError unless the items add up to the refund.
        """
        if refund.remedy is None:
            return {}
        lines = refund.lines or attempt.lines or (Line(self.shop.name, refund.amount, 1),)
        lines = tuple(line.plain for line in lines)
        if sum(line.total.minor for line in lines) != refund.amount.minor:
            raise InputError("items", N_("The refunded items must add up to the refund."))
        return {"invoice_state": int(refund.remedy), "items": items(lines)}

    def pair(self, attempt: Attempt) -> dict[str, object]:
        """Return the fields by which commands name an order. Raises InputError if ``uid`` and ``key`` are not known."""
        if not (attempt.gateway_ref and attempt.gateway_key):
            raise InputError("order_no", N_("MyPay's number for this payment is not known."))
        return {"store_uid": self.store, "uid": attempt.gateway_ref, "key": attempt.gateway_key}

    async def key_refusal(self, found: Mapping[str, Any]) -> Message:
        """Return the message about a refused key if the key is the reason for ``found``, else an empty message.

        MyPay has one code for wrong keys and for wrong fields. A query for an order that cannot exist distinguishes
        them: it has no field that could be wrong.
        """
        if text_of(found, "code") not in KEY_CODES:
            return Message()
        try:
            await self.pace.acquire(0.0)
            answer = await self.probe()
        except GatewayError:
            return Message()
        return answer.message if answer.credentials else Message()

    async def _key_refused_answer(self, found: Mapping[str, Any]) -> Answer | None:
        """Return the answer if MyPay refused the key of a query; None for any other reply."""
        message = await self.key_refusal(found)
        return Answer(Verdict.REJECTED, text_of(found, "code"), message, credentials=True) if message else None

    async def _with_key_refusal(self, found: Mapping[str, Any], answer: RefundAnswer) -> RefundAnswer:
        """Return ``answer``, with the message about a refused key if the key is the reason for ``found``."""
        message = await self.key_refusal(found)
        return replace(answer, message=message, credentials=True) if message else answer

    async def _query_direct(self, attempt: Attempt) -> Answer:
        """Query an order by our number (querydirect, public document)."""
        if not self._finds_by_number:
            text = N_(
                "MyPay's answer was lost. Without MyPay's number the payment cannot be checked;"
                " the notification is awaited."
            )
            return Answer(Verdict.UNSURE, message=msg(text))
        body = {
            "store_uid": self.store,
            "order_id": attempt.order_no,
            "user_id": attempt.order_no,
            "cost": attempt.amount.minor,
        }
        found = await self._call("api/querydirect", body, again=KEY_CODES)
        if refused := await self._key_refused_answer(found):
            return refused
        rows = found.get("rows") or []
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise BadReply(msg(N_("The field {field} of the gateway's answer has a wrong type."), field="rows"))
        return self._reply(rows[0], attempt) if rows else Answer(Verdict.MISSING, text_of(found, "code"))

    async def call(self, command: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Send a command about an existing order: a wrong key has no effect, so the next key may be tried."""
        return await self._call(command, body, again=KEY_CODES)

    async def _call(self, command: str, body: Mapping[str, object], again: tuple[str, ...]) -> dict[str, Any]:
        """Encrypt, send and read; with a code in ``again`` once more with the next key, if one is stored.

        These codes mean a wrong key, and that the refused request made no order.
        """
        found = await self._send(command, body, self.config.secret("store_key"))
        next_key = self.config.secrets.get("store_key_next", "")
        if next_key and text_of(found, "code") in again:
            found = await self._send(command, body, next_key)
        if found and text_of(found, "code") in CARRIED_OUT:
            self.merchant_key.accept()
        return found

    async def _send(self, command: str, body: Mapping[str, object], key: str) -> dict[str, Any]:
        service = {"service_name": "api", "cmd": command}
        fields = {
            "store_uid": self.store,
            "service": mypay_seal(compact(service), key, self._iv()),
            "encry_data": mypay_seal(compact(body), key, self._iv()),
        }
        return (await self.wire.post_form(self._url(), fields)).json_object()

    def _reply(self, found: Mapping[str, Any], attempt: Attempt) -> Answer:
        """Read 『交易查詢』欄位; the reply about an unknown order repeats only what was sent."""
        if text_of(found, "code"):
            return Answer(Verdict.UNSURE, text_of(found, "code"), message_of(found, "msg"))
        if attempt.gateway_ref:
            require_match("uid", required_text(found, "uid"), attempt.gateway_ref)
            require_match("key", required_text(found, "key"), attempt.gateway_key, secret=True)
        prc = text_of(found, "prc")
        if not prc:
            return Answer(Verdict.MISSING)
        require_match("order_id", required_text(found, "order_id"), attempt.order_no)
        account = account_of(found)
        verdict = PRC.get(prc, Verdict.UNSURE)
        return Answer(
            verdict,
            prc,
            msg(PRC_TEXTS[prc]) if prc in PRC_TEXTS else unpaid_reason(found, verdict),
            amount=amount_of(found, verdict, attempt.amount),
            gateway_ref=required_value(found, "uid", as_number),
            gateway_key=required_value(found, "key", as_key),
            virtual_account=account,
            expires_at=account.expires_at if account else store_of(found)[2],
            details=details_of(found),
        )

    # -- settings ---------------------------------------------------------------------------------------------

    @property
    def store(self) -> str:
        """``store_uid``."""
        return self.config.option("store_uid")

    @property
    def _finds_by_number(self) -> bool:
        return self.config.option("lookup_by_order") == "yes"

    @property
    def _days(self) -> int:
        return int(self.config.option("validity_days") or "3")

    def _iv(self) -> bytes:
        return self.source.getrandbits(IV_BYTES * 8).to_bytes(IV_BYTES, "big")

    def _url(self) -> str:
        base = self.base_url
        return base if base.endswith("/api/init") else f"{base}/api/init"

    def link_hosts(self) -> tuple[str, ...]:
        """Return the hosts that a payment page of this gateway may have."""
        return (*LINK_HOSTS, *self.own_link_hosts())
