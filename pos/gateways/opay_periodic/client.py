"""O'Pay 信用卡定期定額: an order by AioCheckOut V4, then one authorisation each period, made by the gateway.

The customer's browser posts the signed order: ``charge`` sends nothing and returns a page of the shop's server. The
document names the order's fields; CheckMacValue, notifications, queries and refunds are public (the gateway's SDKs).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from pos.domain.agreement import AGREEMENT, BANK_REF
from pos.domain.invoice import InvoiceRequest
from pos.domain.payment import Attempt, RandomSource
from pos.domain.refund import Refund
from pos.errors import BadNotice, BadReply, GatewayError, InputError, NotUnderstood, PosError
from pos.gateways.base import (
    Answer,
    Gateway,
    GatewayConfig,
    Listed,
    Notice,
    RefundAnswer,
    RefundVerdict,
    Shop,
    Verdict,
)
from pos.gateways.capabilities import ContractStatus, Operations
from pos.gateways.day_lists import day_form, orders_in
from pos.gateways.fields import TAIPEI, check_part, check_pattern, notice_fields, require_match, required_text, text_of
from pos.gateways.http import Reply
from pos.gateways.opay_periodic.answers import (
    agreement_answer,
    amount_of,
    form_string,
    is_signed,
    notice_of,
    paid_at,
    refuses_key,
    result_code,
)
from pos.gateways.opay_periodic.calls import PERIOD_QUERY, TRADE_QUERY, Calls
from pos.gateways.opay_periodic.codes import SUCCESS, TENDERS, TRADE_STATUS
from pos.gateways.opay_periodic.contract import PeriodicOperations
from pos.gateways.opay_periodic.facts import FACTS, NO, YES
from pos.gateways.opay_periodic.fields import ORDER, TIME, check_expiry, check_fields, check_period, plain_name
from pos.gateways.opay_periodic.order import invoice_fields, invoice_options, item_name, terms_of
from pos.gateways.received import gateway_message
from pos.i18n import N_, Message, msg

if TYPE_CHECKING:
    from pos.gateways.http import Wire

_TRADE_NO: Final = "[A-Za-z0-9_]{4,20}"


class OpayPeriodic(Gateway):
    """The client of periodic cards; see the module's docstring."""

    FACTS = FACTS

    def __init__(self, config: GatewayConfig, shop: Shop, wire: Wire, source: RandomSource) -> None:
        super().__init__(config, shop, wire, source)
        self._calls = Calls(self)
        self._key_confirmed = False

    def check(self, attempt: Attempt) -> None:
        """Check every field of the order, its period and its e-invoice. Raises InputError."""
        self.can_take(attempt.tender, attempt.amount)
        fields = self._body(attempt)
        check_fields(fields, ORDER)
        check_period(fields, terms_of(attempt))

    async def charge(self, attempt: Attempt) -> Answer:
        """Return the payment page. No order is sent until the customer's phone opens it.

        Before the first page the keys are tried with a query. Raises NotUnderstood if they are refused.
        """
        await self._confirm_key()
        return Answer(Verdict.ACCEPTED, pay_url=self._page_url(attempt), expires_at=self.wire.now() + self.lifetime())

    async def query(self, attempt: Attempt) -> Answer:
        """Query an authorisation: the first one by QueryTradeInfo, a later one among all of its agreement.

        UNSURE if queries are switched off.
        """
        if self.config.option("queries") == NO:
            return Answer(Verdict.UNSURE, message=msg(N_("Queries are switched off in the settings.")))
        if AGREEMENT in attempt.details:
            return await self._query_later(attempt)
        return self._reply(self._checked(await self._calls.query(TRADE_QUERY, attempt.order_no)), attempt)

    async def void(self, attempt: Attempt) -> Answer:
        """Void an order whose page was never opened: it does not exist at O'Pay, which has no call to cancel one."""
        if attempt.page_served_at is not None:
            return Answer(Verdict.UNSURE)
        return Answer(Verdict.VOIDED, message=msg(N_("The customer never opened the page.")))

    async def refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        """Refund a part or all of one charge, by the charge's own TradeNo (DoAction R).

        The answer repeats neither the amount nor a number of the refund, and O'Pay has no query for refunds.
        """
        if not attempt.gateway_ref:
            raise InputError("order_no", N_("O'Pay's number for this payment is not known."))
        fields = {
            "MerchantID": self._calls.merchant,
            "MerchantTradeNo": attempt.details.get(AGREEMENT, attempt.order_no),
            "TradeNo": check_pattern("TradeNo", attempt.gateway_ref, _TRADE_NO, N_("{field} is not a number.")),
            "Action": "R",
            "TotalAmount": str(check_part(refund.amount, attempt.paid)),
        }
        found = form_string((await self._calls.post("/CreditDetail/DoAction", fields)).body)
        return self._refund_reply(found, fields, refund)

    def can_list_days(self) -> bool:
        return bool(self.config.option("day_list_url"))

    async def list_day(self, day: date) -> Sequence[Listed]:
        """Return the orders that were paid on a day, later charges under the agreement's number (public, unsigned)."""
        if not self.can_list_days():
            return await super().list_day(day)
        form = day_form(self._calls.merchant, day, self._calls.pair, sha256=self._calls.is_sha256)
        return orders_in((await self.wire.post_form(self.config.option("day_list_url"), form)).body)

    def operations(self) -> Operations:
        return PeriodicOperations(self, self._calls)

    @staticmethod
    def invoice_options(invoice_request: InvoiceRequest) -> Mapping[str, str]:
        """Return the options of an order that requests an e-invoice (InvoiceMark)."""
        return invoice_options(invoice_request)

    def page(self, attempt: Attempt) -> tuple[str, Mapping[str, str]]:
        """Return the form of the order, signed now (AioCheckOut). Raises InputError after the order's end."""
        if attempt.expires_at is not None:
            check_expiry(attempt.expires_at, self.wire.now())
        return self._calls.url(f"/Cashier/AioCheckOut/{self._calls.version}"), self._calls.signed(self._body(attempt))

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Read a notification to ReturnURL, PeriodReturnURL or PaymentInfoURL.

        The form of our payment page is signed with the same keys, and the customer can see it. Only a notification has
        ``RtnCode``.
        """
        fields = notice_fields(body)
        try:
            if not is_signed(fields, *self._calls.pair):
                raise BadReply(N_("CheckMacValue Error"))
            require_match("MerchantID", required_text(fields, "MerchantID"), self._calls.merchant)
            return replace(notice_of(fields), settles=self.config.option("queries") == NO)
        except PosError as error:
            raise BadNotice(error.message, error.detail) from error

    async def probe(self) -> Answer:
        """Query an order that cannot exist."""
        found = self._checked(await self._calls.query(TRADE_QUERY, f"PROBE{self.source.getrandbits(60):015X}"))
        if refused := self._refusal(found):
            return refused
        status = required_text(found, "TradeStatus")
        return Answer(TRADE_STATUS.get(status, Verdict.UNSURE), status)

    async def _confirm_key(self) -> None:
        """Try the keys with a query, once; without an answer the page is still good."""
        if self.config.option("queries") == NO or (self._key_confirmed and not self.merchant_key.refused):
            return
        try:
            found = await self.probe()
        except GatewayError:
            return
        if found.credentials:
            raise NotUnderstood(found.message, found.code)
        self._key_confirmed = True

    # -- steps ------------------------------------------------------------------------------------------------

    def _body(self, attempt: Attempt) -> dict[str, str]:
        """Return the fields of the document, and of the e-invoice if one is asked for; empty ones are left out."""
        period = terms_of(attempt)
        expires = attempt.expires_at or self.wire.now() + self.lifetime()
        notify = f"{self.shop.server_url}/notify/{self.FACTS.name}"
        fields = {
            "MerchantID": self._calls.merchant,
            "PlatformID": self._calls.platform,
            "MerchantTradeNo": attempt.order_no,
            "StoreID": self.config.option("store_id"),
            "MerchantTradeDate": attempt.created_at.astimezone(TAIPEI).strftime(TIME),
            "PaymentType": "aio",
            "TotalAmount": str(attempt.amount.minor),
            "TradeDesc": plain_name(self.shop.name, ORDER["TradeDesc"].limit),
            "ItemName": item_name(attempt, self.shop.name),
            "ReturnURL": self.config.option("return_url") or notify,
            "PeriodReturnURL": self.config.option("period_return_url") or notify,
            "PaymentInfoURL": self.config.option("payment_info_url"),
            "ClientBackURL": f"{self._page_url(attempt)}/result",
            "OrderResultURL": self.config.option("order_result_url"),
            "ItemURL": self.config.option("item_url"),
            "ChoosePayment": TENDERS[attempt.tender],
            "PeriodAmount": str(period.amount.minor),
            "PeriodType": period.period.unit.value,
            "Frequency": str(period.period.every),
            "ExecTimes": str(period.times),
            "Language": self.config.option("language"),
            "DeviceSource": self.config.option("device_source"),
            "NeedExtraPaidInfo": "Y" if self.config.option("extra_info") == YES else "",
            "ExpireTime": expires.astimezone(TAIPEI).strftime(TIME),
            "EncryptType": "1" if self._calls.is_sha256 else "",
        }
        return {name: value for name, value in fields.items() if value} | invoice_fields(attempt, self.shop.name)

    async def _query_later(self, attempt: Attempt) -> Answer:
        agreement = attempt.details[AGREEMENT]
        reply = await self._calls.query(PERIOD_QUERY, agreement)
        found = agreement_answer(reply.body, self._calls.merchant, agreement, None)
        if found.credentials:
            words = self.merchant_key.refuse(found.code, found.message.spoken())
            return Answer(Verdict.REJECTED, found.code, words, credentials=True)
        for one in found.reports:
            if one.bank_ref == attempt.details.get(BANK_REF):
                verdict = Verdict.PAID if one.paid else Verdict.REFUSED
                return Answer(verdict, one.code, one.message, amount=one.amount, gateway_ref=one.gateway_ref)
        return Answer(Verdict.UNSURE if found.status is ContractStatus.UNSURE else Verdict.MISSING, found.code)

    def _checked(self, reply: Reply) -> dict[str, str]:
        """Return a form string with its CheckMacValue checked; a refusal of the call has none. Raises BadReply."""
        found = form_string(reply.body)
        if "TradeStatus" not in found:
            return found
        if not is_signed(found, *self._calls.pair):
            raise BadReply(N_("The signature of the gateway's answer is wrong."))
        require_match("MerchantID", required_text(found, "MerchantID"), self._calls.merchant)
        self.merchant_key.accept()
        return found

    def _refusal(self, found: Mapping[str, str]) -> Answer | None:
        """Return the answer of a call that was refused; None if it is about the order."""
        if "TradeStatus" in found:
            return None
        code, text = result_code(found), text_of(found, "RtnMsg")
        if refuses_key(code, text):
            return Answer(Verdict.REJECTED, code, self.merchant_key.refuse(code, text), credentials=True)
        return Answer(Verdict.UNSURE, code, gateway_message(text))

    def _reply(self, found: Mapping[str, str], attempt: Attempt) -> Answer:
        if refused := self._refusal(found):
            return refused
        require_match("MerchantTradeNo", required_text(found, "MerchantTradeNo"), attempt.order_no)
        status = required_text(found, "TradeStatus")
        verdict = TRADE_STATUS.get(status, Verdict.UNSURE)
        amount = text_of(found, "TradeAmt")
        return Answer(
            verdict,
            status,
            amount=amount_of(amount) if amount or verdict is Verdict.PAID else None,
            gateway_ref=text_of(found, "TradeNo"),
            fee=text_of(found, "HandlingCharge"),
            details=paid_at(text_of(found, "PaymentDate")),
        )

    def _refund_reply(self, found: Mapping[str, str], sent: Mapping[str, str], refund: Refund) -> RefundAnswer:
        """Read the answer to DoAction: about our order and charge, and RtnCode 1 if it was made."""
        code, text = result_code(found), text_of(found, "RtnMsg")
        if refuses_key(code, text):
            message = self.merchant_key.refuse(code, text)
            return RefundAnswer(RefundVerdict.REJECTED, code, message, credentials=True)
        merchant = text_of(found, "MerchantID") or text_of(found, "Merchant")
        if not merchant and code != SUCCESS:
            return RefundAnswer(RefundVerdict.REJECTED, code, gateway_message(text))
        require_match("MerchantID", merchant, self._calls.merchant)
        for name in ("MerchantTradeNo", "TradeNo"):
            require_match(name, required_text(found, name), sent[name])
        self.merchant_key.accept()
        if code != SUCCESS:
            return RefundAnswer(RefundVerdict.REFUSED, code, gateway_message(text) or _by_hand())
        return RefundAnswer(RefundVerdict.DONE, code, amount=refund.amount)

    def _page_url(self, attempt: Attempt) -> str:
        return f"{self.shop.server_url}/pay/{attempt.page_token}"


def _by_hand() -> Message:
    return msg(N_("{gateway} cannot refund from the register. Refund by hand."), gateway=OpayPeriodic.FACTS.title)
