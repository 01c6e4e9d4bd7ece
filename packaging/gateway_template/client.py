"""New Pay API 1.0: JSON, signed with HMAC-SHA256 over the body in both directions."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from pos.domain.money import Money
from pos.domain.payment import Attempt
from pos.domain.refund import Refund
from pos.errors import BadNotice, BadReply
from pos.gateways.base import (
    Answer,
    Facts,
    Gateway,
    Notice,
    RefundAnswer,
    RefundVerdict,
    SecretField,
    Setting,
    Verdict,
)
from pos.gateways.fields import (
    NOTICE_LIMIT,
    check_length,
    check_part,
    check_pattern,
    cleaned,
    link_fault,
    require_match,
    required_text,
    text_of,
)
from pos.gateways.http import Reply, json_object
from pos.gateways.received import gateway_message
from pos.gateways.newpay.codes import CALL, CREDENTIALS, DONE, ORDER, REFUND, REFUND_CALL, TENDERS
from pos.gateways.signing import compact, signatures_match
from pos.i18n import N_, msg

SIGNATURE: Final = "X-Signature"
LINK_HOSTS: Final = ("pay.newpay.example",)
"""Hosts of payment links; the setting ``link_hosts`` adds to them."""


class Newpay(Gateway):
    """New Pay's client. Amounts are minor units. Orders and refunds are named by our numbers."""

    FACTS = Facts(
        name="newpay",
        title="New Pay",
        tenders=TENDERS,
        currencies=frozenset({"TWD"}),
        base_url="https://sandbox.newpay.example",
        settings=(
            Setting("base_url", N_("Address")),
            Setting("merchant", N_("Merchant number"), required=True),
            Setting("link_hosts", N_("Hosts that links may lead to")),
        ),
        secrets=(SecretField("key", N_("Merchant key"), (32,)),),
        minimum={"TWD": 1},
        lifetime=timedelta(minutes=30),
        refunds=True,
        document="New Pay API 1.0",
    )

    def check(self, attempt: Attempt) -> None:
        """Check the lengths of section 2. Raises InputError."""
        super().check(attempt)
        check_length("merchant", self._merchant, 20)
        check_pattern("order", attempt.order_no, "[A-Z0-9]{1,32}", N_("{field} must be letters A-Z and digits."))

    async def charge(self, attempt: Attempt) -> Answer:
        """Place an order (POST /v1/orders, section 3.1)."""
        found = await self._post("orders", self._body(attempt))
        if answer := self._call_answer(found):
            return answer
        require_match("order", required_text(found, "order"), attempt.order_no)
        url = required_text(found, "pay_url")
        fault = link_fault(url, (*LINK_HOSTS, *self.own_link_hosts()))
        return Answer(
            Verdict.UNUSABLE if fault else Verdict.ACCEPTED,
            required_text(found, "status"),
            fault,
            amount=_amount(found),
            gateway_ref=text_of(found, "number"),
            pay_url="" if fault else url,
            expires_at=self.wire.now() + self.FACTS.lifetime,
        )

    async def query(self, attempt: Attempt) -> Answer:
        """Query an order (POST /v1/orders/query, section 3.2)."""
        found = await self._post("orders/query", {"order": attempt.order_no})
        return self._call_answer(found) or self._reply(found, attempt)

    async def void(self, attempt: Attempt) -> Answer:
        """Cancel an unpaid order (POST /v1/orders/cancel, section 3.3)."""
        found = await self._post("orders/cancel", {"order": attempt.order_no})
        answer = self._call_answer(found) or self._reply(found, attempt)
        return answer if answer.verdict in (Verdict.VOIDED, Verdict.REJECTED) else Answer(Verdict.UNSURE, answer.code)

    async def refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        """Refund a part or all, with a number of ours (POST /v1/refunds, section 4.1)."""
        amount = check_part(refund.amount, attempt.paid)
        body = {"order": attempt.order_no, "refund": refund.refund_no, "amount": amount}
        return self._refund_reply(await self._post("refunds", body), attempt, refund)

    async def query_refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        """Query a refund (POST /v1/refunds/query, section 4.2)."""
        return self._refund_reply(await self._post("refunds/query", {"refund": refund.refund_no}), attempt, refund)

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Read a notification (section 5): JSON, signed like a reply."""
        if len(body) > NOTICE_LIMIT:
            raise BadNotice(N_("The notification is too long."))
        sign = {name.lower(): value for name, value in headers.items()}.get(SIGNATURE.lower(), "")
        if not signatures_match(sign, self._signed(body)):
            raise BadNotice(N_("The notification's signature is wrong."))
        try:
            found = json_object(body)
            require_match("merchant", required_text(found, "merchant"), self._merchant)
            return Notice(required_text(found, "order"), "OK", code=required_text(found, "status"))
        except BadReply as error:
            raise BadNotice(error.message, error.detail) from error

    async def probe(self) -> Answer:
        """Query an order that cannot exist."""
        found = await self._post("orders/query", {"order": "PROBE"})
        return self._call_answer(found) or Answer(Verdict.UNSURE, required_text(found, "status"))

    # -- steps ------------------------------------------------------------------------------------------------

    def _body(self, attempt: Attempt) -> dict[str, object]:
        names = "、".join(line.name for line in attempt.lines) or self.shop.name
        notify = f"{self.shop.server_url}/notify/{self.FACTS.name}" if self.shop.server_url else ""
        return {
            "order": attempt.order_no,
            "amount": attempt.amount.minor,
            "currency": attempt.amount.currency,
            "title": cleaned(names)[:64],
            "notify_url": notify,
        }

    async def _post(self, path: str, fields: Mapping[str, object]) -> dict[str, Any]:
        """Sign, send and read. The time is valid for ten minutes (section 1)."""
        stamp = {"merchant": self._merchant, "time": int(self.wire.now().timestamp()), "nonce": self._nonce()}
        text = compact({**fields, **stamp})
        headers = {SIGNATURE: self._signed(text.encode())}
        return self._checked(await self.wire.post_json(f"{self.base_url}/v1/{path}", text, headers))

    def _checked(self, reply: Reply) -> dict[str, Any]:
        """Return the reply as an object, after verifying its signature; the refusal of our key is not signed with it.

        Raises BadReply.
        """
        found = reply.json_object()
        if text_of(found, "code") in CREDENTIALS:
            return found
        if not signatures_match(reply.headers.get(SIGNATURE.lower(), ""), self._signed(reply.body)):
            raise BadReply(N_("The signature of the gateway's answer is wrong."))
        require_match("merchant", required_text(found, "merchant"), self._merchant)
        self.merchant_key.accept()
        return found

    def _call_answer(self, found: Mapping[str, Any]) -> Answer | None:
        """Return the answer of a call that did not succeed, by its code; None if it succeeded."""
        code = required_text(found, "code")
        if code in CREDENTIALS:
            message = self.merchant_key.refuse(code, cleaned(text_of(found, "message")))
            return Answer(Verdict.REJECTED, code, message, credentials=True)
        if code == DONE:
            return None
        return Answer(CALL.get(code, Verdict.UNSURE), code, gateway_message(text_of(found, "message")))

    def _reply(self, found: Mapping[str, Any], attempt: Attempt) -> Answer:
        require_match("order", required_text(found, "order"), attempt.order_no)
        status = required_text(found, "status")
        verdict = ORDER.get(status, Verdict.UNSURE)
        return Answer(verdict, status, amount=_amount(found), gateway_ref=text_of(found, "number"))

    def _refund_reply(self, found: Mapping[str, Any], attempt: Attempt, refund: Refund) -> RefundAnswer:
        """Read a reply about a refund; DONE only for our order, our refund and our amount."""
        call = self._call_answer(found)
        if call is not None and call.credentials:
            return RefundAnswer(RefundVerdict.REJECTED, call.code, call.message, credentials=True)
        if call is not None:
            return RefundAnswer(REFUND_CALL.get(call.code, RefundVerdict.UNSURE), call.code, call.message)
        require_match("order", required_text(found, "order"), attempt.order_no)
        require_match("refund", required_text(found, "refund"), refund.refund_no)
        status, theirs = required_text(found, "status"), _amount(found)
        ref = text_of(found, "number")
        if theirs != refund.amount:
            text = N_("The gateway refunded {theirs}; {ours} was requested.")
            message = msg(text, theirs=theirs.display, ours=refund.amount.display)
            return RefundAnswer(RefundVerdict.UNSURE, status, message, theirs, ref)
        return RefundAnswer(REFUND.get(status, RefundVerdict.UNSURE), status, amount=theirs, gateway_ref=ref)

    def _signed(self, body: bytes) -> str:
        return hmac.new(self.config.secret("key").encode(), body, hashlib.sha256).hexdigest()

    def _nonce(self) -> str:
        return f"{self.source.getrandbits(128):032x}"

    @property
    def _merchant(self) -> str:
        return self.config.option("merchant")


def _amount(found: Mapping[str, Any]) -> Money:
    minor, currency = required_text(found, "amount"), required_text(found, "currency")
    if not re.fullmatch("[0-9]{1,12}", minor, re.ASCII) or not re.fullmatch("[A-Z]{3}", currency, re.ASCII):
        raise BadReply(N_("The amount in the gateway's answer is not a number."))
    return Money(int(minor), currency)
