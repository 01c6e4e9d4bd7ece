"""QFPay: Alipay online (the shop's document) and WeChat codes.

"(public)" marks what only QFPay's public documents describe. The verdicts by ``respcd`` follow its public list of
transaction codes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from pos.domain.customer_code import CustomerCode
from pos.domain.money import Money
from pos.domain.payment import Attempt, Tender
from pos.domain.refund import Refund
from pos.errors import BadNotice, BadReply, ConfigError, InputError, KeyRefused
from pos.gateways.base import (
    Answer,
    Gateway,
    GatewayConfig,
    Listed,
    Notice,
    RefundAnswer,
    RefundVerdict,
    Verdict,
)
from pos.gateways.customer_codes import TakesCodes, takes_no_codes
from pos.gateways.fields import (
    NOTICE_LIMIT,
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
from pos.gateways.http import Reply, json_object
from pos.gateways.qfpay.answers import (
    amount_of,
    code_answer,
    link,
    listed,
    message_of,
    message_text,
    order_answer,
    refund_answer,
    refund_found,
    refusal,
    rows_of,
)
from pos.gateways.qfpay.codes import (
    ANY_WALLET,
    CLOSED,
    CREDENTIALS,
    EMV_TYPES,
    HONG_KONG,
    KEY_ACCEPTED,
    PAY_TAGS,
    PLACED,
    REVERSIBLE,
    TENDERS,
    WALLET_CODES,
    WECHAT,
    WECHAT_CODES,
)
from pos.gateways.qfpay.facts import EXPIRES_MINUTES, FACTS
from pos.gateways.qfpay.goods import goods_name
from pos.gateways.received import is_emv_code
from pos.gateways.signing import qfpay_body_sign, qfpay_sign, signatures_match
from pos.i18n import N_, Message, msg

LINK_HOSTS: Final = (
    "qfapi.com", "qfpay.com", "alipay.com", "alipayplus.com", "alipay.hk", "wechat.com", "qq.com", "hsbc.com.hk",
    "octopus.com.hk", "95516.com",
)  # fmt: skip
"""Hosts of QFPay's links; the setting ``link_hosts`` adds to them."""

PAGE_SIZE: Final = 100
"""Rows on a page of a list: the documented maximum."""

MOST_PAGES: Final = 300


class Qfpay(Gateway, TakesCodes):
    """QFPay's client. Amounts are minor units. Only a query, or the answer to a customer's code, says paid."""

    FACTS = FACTS

    @classmethod
    def check_options(cls, config: GatewayConfig) -> None:
        super().check_options(config)
        if not re.fullmatch(r"[!-~]{0,64}", config.option("app_code"), re.ASCII):
            raise ConfigError(msg(N_("{setting} is not valid."), setting="gateways.qfpay.app_code"))

    def can_take(self, tender: Tender, amount: Money) -> None:
        """Check the contract's currency, and that 801101 takes more than HKD 1. Raises InputError."""
        super().can_take(tender, amount)
        ours = self.config.option("currency") or "HKD"
        if amount.currency != ours:
            text = N_("{gateway} is set up for {currency}.")
            raise InputError("currency", msg(text, gateway=self.FACTS.title, currency=ours))
        if tender in HONG_KONG and (ours != "HKD" or self.config.option("region") == "overseas"):
            text = N_("{gateway} offers it to merchants in Hong Kong, in HKD.")
            raise InputError("tender", msg(text, gateway=self.FACTS.title))
        if self._pay_type(tender) == "801101" and amount.currency == "HKD" and amount.minor <= 100:
            text = N_("{gateway} takes more than {limit}.")
            raise InputError("amount", msg(text, gateway=self.FACTS.title, limit=Money(100, "HKD").display))

    def check(self, attempt: Attempt) -> None:
        """Check the lengths of the document's request table. Raises InputError."""
        super().check(attempt)
        check_length("txamt", str(attempt.amount.minor), 11)
        rule = N_("{field} must be letters A-Z and digits.")
        check_pattern("out_trade_no", attempt.order_no, "[A-Za-z0-9]{1,128}", rule)
        check_length("udid", self.shop.register_id, 40)
        check_pattern(
            "mchid", self.config.option("mchid"), "[!-~]{0,16}", N_("{field} may have 16 characters at most.")
        )

    async def charge(self, attempt: Attempt) -> Answer:
        """Place an order (POST /trade/v1/payment)."""
        reply = await self._post("payment", self._body(attempt))
        found = self._checked(reply)
        if refused := self._key_refusal(found):
            return refused
        code = required_text(found, "respcd")
        if code not in PLACED or (code != "0000" and not link(found)):
            return refusal(code, found)
        require_match("out_trade_no", required_text(found, "out_trade_no"), attempt.order_no)
        return self._with_link(found, code, attempt)

    def code_type(self, tender: Tender, options: Mapping[str, str]) -> str:
        """Return 800008 if the settings say so, else the type of the wallet and the region (public)."""
        chosen = self.config.option("customer_codes")
        kinds = {**WALLET_CODES, WECHAT: WECHAT_CODES[self.config.option("region") or "hk"]}
        if chosen == "no" or TENDERS.get(tender, "none") not in kinds:
            raise takes_no_codes(self.FACTS.title)
        return ANY_WALLET if chosen == "any" else kinds[TENDERS[tender]]

    async def charge_code(self, attempt: Attempt, code: CustomerCode) -> Answer:
        """Charge a customer's code (POST /trade/v1/payment with ``auth_code``, public)."""
        body = self._body(attempt) | {"pay_type": attempt.code_type, "auth_code": code.digits}
        for name in ("expired_time", "pay_tag"):  # of links only
            body.pop(name, None)
        found = self._checked(await self._post("payment", body))
        return self._key_refusal(found) or code_answer(found, attempt)

    async def query(self, attempt: Attempt) -> Answer:
        """Query an order (POST /trade/v1/query, public): the outer ``respcd`` is about the call, the inner about it."""
        found = self._checked(await self._post("query", {"out_trade_no": attempt.order_no}))
        return self._key_refusal(found) or self._reply(found, attempt)

    async def void(self, attempt: Attempt) -> Answer:
        """Cancel an unpaid order: /trade/v1/reversal for codes, /trade/v1/close for the others (public)."""
        verb = "reversal" if (attempt.code_type or self._pay_type(attempt.tender)) in REVERSIBLE else "close"
        fields = {
            "out_trade_no": attempt.order_no,
            "txamt": str(attempt.amount.minor),
            "txdtm": self._txdtm(attempt.created_at),
        }
        found = self._checked(await self._post(verb, fields))
        if refused := self._key_refusal(found):
            return refused
        code = required_text(found, "respcd")
        if attempt.gateway_ref and text_of(found, "orig_syssn"):
            require_match("orig_syssn", text_of(found, "orig_syssn"), attempt.gateway_ref)
        if code != "0000":
            return Answer(Verdict.UNSURE, code)
        return Answer(Verdict.VOIDED, code, gateway_ref=attempt.gateway_ref or text_of(found, "orig_syssn"))

    async def refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        """Refund a part or all of the rest, with a new number (POST /trade/v1/refund, public)."""
        if not attempt.gateway_ref:
            raise InputError("order_no", N_("QFPay's number for this payment is not known."))
        rule = N_("{field} must be letters A-Z and digits.")
        fields = {
            "syssn": attempt.gateway_ref,
            "out_trade_no": check_pattern("out_trade_no", refund.refund_no, "[A-Za-z0-9]{1,128}", rule),
            "txamt": check_length("txamt", str(check_part(refund.amount, attempt.paid)), 11),
            "txdtm": self._txdtm(refund.created_at),
        }
        found = self._checked(await self._post("refund", fields))
        return self._refund_refusal(found) or refund_answer(found, attempt, refund)

    async def query_refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        """Query a refund by its number (POST /trade/v1/query)."""
        found = self._checked(await self._post("query", {"out_trade_no": refund.refund_no}))
        return self._refund_refusal(found) or refund_found(found, attempt, refund)

    async def list_day(self, day: date) -> Sequence[Listed]:
        """Query the shop's day from its first to its last second, page by page (POST /trade/v1/query)."""
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        for page in range(1, MOST_PAGES + 1):
            known = len(rows)
            found, last = await self._page_of(day, page)
            rows |= {(required_text(row, "syssn"), text_of(row, "order_type")): row for row in found}
            if last:
                return [one for one in map(listed, rows.values()) if one is not None]
            if len(rows) == known:
                raise BadReply(N_("The gateway's list repeats itself."))
        raise BadReply(N_("The gateway's list has no end."))

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Read a notification (public): JSON, ``X-QF-SIGN`` over the raw body; ``out_trade_no`` may be a refund's."""
        if len(body) > NOTICE_LIMIT:
            raise BadNotice(N_("The notification is too long."))
        sign = {name.lower(): value for name, value in headers.items()}.get("x-qf-sign", "")
        if not signatures_match(sign, qfpay_body_sign(body, self.config.secret("client_key"))):
            raise BadNotice(N_("The notification's signature is wrong."))
        try:
            found = json_object(body)
            self._check_merchant(found)
            code, kind = required_text(found, "respcd"), text_of(found, "notify_type")
            code = code if kind in ("", "payment") else f"{kind}-{code}"
            return Notice(required_text(found, "out_trade_no"), "SUCCESS", code=code)
        except BadReply as error:
            raise BadNotice(error.message, error.detail) from error

    async def probe(self) -> Answer:
        """Query an order that cannot exist."""
        try:
            found = self._checked(await self._post("query", {"out_trade_no": "PROBE"}))
        except KeyRefused as error:
            return Answer(Verdict.REJECTED, error.detail, error.message, credentials=True)
        if refused := self._key_refusal(found):
            return refused
        code = required_text(found, "respcd")
        return Answer(Verdict.MISSING, code) if code == "0000" else refusal(code, found)

    # -- steps ------------------------------------------------------------------------------------------------

    def _body(self, attempt: Attempt) -> dict[str, str]:
        pay_type = self._pay_type(attempt.tender)
        name = attempt.lines[0].name if attempt.lines else self.shop.name
        fields = {
            "txamt": str(attempt.amount.minor),
            "txcurrcd": attempt.amount.currency,
            "pay_type": pay_type,
            "out_trade_no": attempt.order_no,
            "txdtm": self._txdtm(attempt.created_at),
            "udid": self.shop.register_id,
        }
        if goods := goods_name(name):
            fields["goods_name"] = goods
        if tag := PAY_TAGS.get(attempt.tender):
            fields["pay_tag"] = tag
        if pay_type == WECHAT:
            fields["expired_time"] = str(EXPIRES_MINUTES)  # the document allows it for 800201 only
        return fields

    async def _page_of(self, day: date, page: int) -> tuple[list[dict[str, Any]], bool]:
        """Return the rows of a page, and whether it is the last; pages may be smaller than requested."""
        fields = {"start_time": f"{day} 00:00:00", "end_time": f"{day} 23:59:59"}
        found = self._checked(await self._post("query", {**fields, "page": str(page), "page_size": str(PAGE_SIZE)}))
        if refused := self._key_refusal(found):
            raise KeyRefused(refused.message, refused.code)
        if (code := required_text(found, "respcd")) != "0000":
            raise BadReply(
                message_of(found) or msg(N_("The gateway answered with code {code}."), code=cleaned(code)[:32])
            )
        if text_of(found, "page"):
            require_match("page", text_of(found, "page"), str(page))
        stated, rows = text_of(found, "page_size"), rows_of(found)
        size = int(stated) if re.fullmatch("[1-9][0-9]?", stated, re.ASCII) else PAGE_SIZE
        return rows, len(rows) < size

    async def _post(self, verb: str, fields: Mapping[str, str]) -> Reply:
        """Sign and send; empty fields are omitted."""
        sent = {name: value for name, value in fields.items() if value}
        if mchid := self.config.option("mchid"):
            sent["mchid"] = mchid
        headers = {
            "X-QF-APPCODE": self.config.option("app_code"),
            "X-QF-SIGN": qfpay_sign(sent, self.config.secret("client_key")),
        }
        return await self.wire.post_form(f"{self.base_url}/trade/v1/{verb}", sent, headers)

    def _checked(self, reply: Reply) -> dict[str, Any]:
        """Return the reply as an object, after verifying its signature over the raw bytes (public).

        Raises BadReply.
        """
        sign = reply.headers.get("x-qf-sign", "")
        if not sign and self._must_be_signed:
            raise BadReply(N_("The gateway's answer is not signed."))
        if sign and not signatures_match(sign, qfpay_body_sign(reply.body, self.config.secret("client_key"))):
            return self._signed_with_another_key(reply)
        found = reply.json_object()
        self._check_merchant(found)
        if text_of(found, "respcd") in KEY_ACCEPTED:
            self.merchant_key.accept()
        return found

    def _signed_with_another_key(self, reply: Reply) -> dict[str, Any]:
        """Return a reply that refuses our key, which is not signed with it. Raises BadReply for any other reply.

        Raises KeyRefused if answers must be signed: the result of the call is not known then.
        """
        wrong = BadReply(N_("The signature of the gateway's answer is wrong."))
        try:
            found = reply.json_object()
            refused = self._key_refusal(found)
        except BadReply:
            raise wrong from None
        if refused is None:
            raise wrong
        if self._must_be_signed:
            raise KeyRefused(refused.message, refused.code)
        return found

    @property
    def _must_be_signed(self) -> bool:
        return self.config.option("require_signature") == "yes"

    def _key_refusal(self, found: Mapping[str, Any]) -> Answer | None:
        """Return the answer to a call with a merchant number or key that QFPay refuses; None for any other reply."""
        code = text_of(found, "respcd")
        if code not in CREDENTIALS:
            return None
        return Answer(Verdict.REJECTED, code, self.merchant_key.refuse(code, message_text(found)), credentials=True)

    def _refund_refusal(self, found: Mapping[str, Any]) -> RefundAnswer | None:
        """Return the same for a call about a refund."""
        if (refused := self._key_refusal(found)) is None:
            return None
        return RefundAnswer(RefundVerdict.REJECTED, refused.code, refused.message, credentials=True)

    def _check_merchant(self, found: Mapping[str, Any]) -> None:
        ours, theirs = self.config.option("mchid"), text_of(found, "mchid")
        if ours and theirs:
            require_match("mchid", theirs, ours)

    def _with_link(self, found: Mapping[str, Any], code: str, attempt: Attempt) -> Answer:
        url = secure_link(link(found), self._link_hosts())
        fault = self._fault(url, TENDERS[attempt.tender]) if url else msg(N_("The gateway gave no link."))
        amount = amount_of(found) if text_of(found, "txamt") and text_of(found, "txcurrcd") else None
        return Answer(
            Verdict.UNUSABLE if fault else Verdict.ACCEPTED,
            code,
            fault,
            amount=amount,
            gateway_ref=text_of(found, "syssn"),
            pay_url="" if fault else url,
            expires_at=self.wire.now() + self.FACTS.lifetime,
        )

    def _fault(self, url: str, pay_type: str) -> Message:
        if pay_type in EMV_TYPES and is_emv_code(url):
            return Message()
        return link_fault(url, self._link_hosts(), wechat=pay_type == WECHAT)

    def _reply(self, found: Mapping[str, Any], attempt: Attempt) -> Answer:
        code = required_text(found, "respcd")
        if code != "0000":
            return Answer(Verdict.UNSURE, code, message_of(found))
        orders = rows_of(found)
        for order in orders:
            require_match("out_trade_no", required_text(order, "out_trade_no"), attempt.order_no)
        payments = [order for order in orders if text_of(order, "order_type") in ("", "payment")]
        if payments:
            return order_answer(next((order for order in payments if text_of(order, "respcd") == "0000"), payments[0]))
        closed = any(text_of(one, "order_type") == "close" and text_of(one, "respcd") in CLOSED for one in orders)
        return Answer(Verdict.VOIDED if closed else Verdict.MISSING, code)

    # -- settings ---------------------------------------------------------------------------------------------

    def _pay_type(self, tender: Tender) -> str:
        """Return the code of the tender; Alipay's depends on the contract."""
        on_screen = "801101" if self.config.option("region") == "overseas" else "801501"
        return TENDERS[tender] or self.config.option("alipay_type") or on_screen

    def _txdtm(self, moment: datetime) -> str:
        return moment.astimezone(self.shop.timezone).strftime("%Y-%m-%d %H:%M:%S")

    def _link_hosts(self) -> tuple[str, ...]:
        return (*LINK_HOSTS, *self.own_link_hosts())
