"""O'Pay 微信公眾號支付 (WxAPI), document V1.0.3 of 2019-12-25.

The order is placed by the customer's own browser: ``Create`` must be posted from WeChat on the customer's phone. So
``charge`` sends nothing; it names the page of the shop's server that posts the freshly signed form when it is opened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

from pos.domain.money import Money
from pos.domain.payment import Attempt, Tender
from pos.errors import BadNotice, BadReply, PosError
from pos.gateways.base import Answer, Facts, Gateway, Notice, SecretField, Setting, Verdict
from pos.gateways.fields import (
    TAIPEI,
    agreed,
    at_most,
    cleaned,
    matching,
    needed,
    notice_fields,
    text_of,
    web_address,
)
from pos.gateways.http import json_object
from pos.gateways.signing import compact, opay_decrypt, opay_encrypt
from pos.i18n import N_, Message, msg

STATUS: Final = {"0": Verdict.ACCEPTED, "1": Verdict.PAID, "v342": Verdict.LAPSED}
"""``TradeStatus`` of the query (section 6); ``v342`` stands so in the document, its neighbours are doubt."""

CALL: Final = {"1": None, "0": Verdict.MISSING, "99": Verdict.UNSURE}
"""Outer ``RtnCode`` of the query (section 6): found, no such data, other error."""

REVISION: Final = "1"
ITEM_NAME: Final = 40
_SPOKEN: Final = re.compile(
    "[^ -~\u2e80-\u303f\u3105-\u312f\u31a0-\u31bf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]"
)


class Opay(Gateway):
    """See the module's docstring; sections are those of the document."""

    FACTS = Facts(
        name="opay",
        title="O'Pay",
        tenders=frozenset({Tender.WECHAT}),
        currencies=frozenset({"TWD"}),
        base_url="https://payment-stage.opay.tw",
        settings=(
            Setting("base_url", N_("Address")),
            Setting("merchant_id", N_("Merchant number"), required=True),
            Setting("platform_id", N_("Platform number")),
            Setting("return_url", N_("Address for notifications")),
        ),
        secrets=(SecretField("hash_key", "HashKey", (16,)), SecretField("hash_iv", "HashIV", (16,))),
        minimum={"TWD": 6},  # section 4: below the fee the account would turn negative
        maximum={"TWD": 2**31 - 1},  # Amount is an Int
        lifetime=timedelta(minutes=30),
        needs_page=True,
        document="O'Pay 微信公眾號支付 介接技術文件 V1.0.3",
    )

    def check(self, attempt: Attempt) -> None:
        """Lengths of section 4 that depend on the settings and the sale. Raises InputError."""
        super().check(attempt)
        at_most("merchant_id", self._merchant, 10)
        at_most("platform_id", self.config.option("platform_id"), 10)
        web_address("return_url", self._return_url(), 200)
        rule = N_("{field} must be letters A-Z and digits.")
        matching("MerchantTradeNo", attempt.order_no, "[A-Za-z0-9]{1,64}", rule)

    async def charge(self, attempt: Attempt) -> Answer:
        """Name the payment page; nothing is sent until the customer's phone opens it."""
        return Answer(
            Verdict.ACCEPTED,
            pay_url=f"{self.shop.server_url}/pay/{attempt.page_token}",
            expires_at=self.wire.now() + self.FACTS.lifetime,
        )

    async def query(self, attempt: Attempt) -> Answer:
        """Section 6, 查詢訂單."""
        data = {"MerchantID": self._merchant, "MerchantTradeNo": attempt.order_no}
        reply = await self.wire.post_form(self._url("/WxAPI/QueryTradeInfo"), self._signed(data))
        return self._reply(_envelope(reply.body), attempt)

    async def void(self, attempt: Attempt) -> Answer:
        """The document has no cancel. An order whose page was never opened cannot have come to be."""
        if attempt.page_served_at is not None:
            return Answer(Verdict.UNSURE)
        return Answer(Verdict.VOIDED, message=msg(N_("The customer never opened the page.")))

    def page(self, attempt: Attempt) -> tuple[str, Mapping[str, str]]:
        """Section 4, 建立訂單, signed for this moment: its ``Timestamp`` holds for ten minutes."""
        return self._url("/WxAPI/Create"), self._signed(self._body(attempt))

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Section 5, 付款結果通知. A retry may be old, so its ``Timestamp`` is not held against it."""
        try:
            data = self._checked(notice_fields(body))
            return Notice(needed(data, "MerchantTradeNo"), "1|OK", code=text_of(data, "RtnCode"))
        except PosError as error:
            raise BadNotice(error.message, error.detail) from error

    async def probe(self) -> Answer:
        """Ask for an order that cannot exist."""
        data = {"MerchantID": self._merchant, "MerchantTradeNo": "PROBE"}
        reply = await self.wire.post_form(self._url("/WxAPI/QueryTradeInfo"), self._signed(data))
        envelope = _envelope(reply.body)
        code = text_of(envelope, "RtnCode")
        return Answer(CALL.get(code) or Verdict.UNSURE, code, said(text_of(envelope, "RtnMsg")))

    # -- steps ------------------------------------------------------------------------------------------------

    def _body(self, attempt: Attempt) -> dict[str, object]:
        """The fields of section 4 inside ``Data``. ``ItemName`` stands bare, as in the newer appendix 1."""
        return {
            "MerchantID": self._merchant,
            "ItemName": item_name(attempt, self.shop.name),
            "MerchantTradeNo": attempt.order_no,
            "MerchantTradeDate": attempt.created_at.astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M:%S"),
            "ReturnURL": self._return_url(),
            "Amount": attempt.amount.minor,
        }

    def _signed(self, data: Mapping[str, object]) -> dict[str, str]:
        """The envelope around ``Data``; with a platform number the stored pair is the platform's (item 10)."""
        platform = self.config.option("platform_id")
        return {
            "MerchantID": self._merchant,
            **({"PlatformID": platform} if platform else {}),
            "Timestamp": str(int(self.wire.now().timestamp())),
            "RqID": f"{self.source.getrandbits(128):032X}",
            "Revision": REVISION,
            "Data": opay_encrypt(compact(data), *self._pair),
        }

    def _checked(self, envelope: Mapping[str, Any]) -> dict[str, Any]:
        """The opened ``Data`` of an envelope, of our merchant outside and inside. Raises BadReply.

        Inside counts as much: all shops of a platform share its pair.
        """
        agreed("MerchantID", needed(envelope, "MerchantID"), self._merchant)
        data = json_object(opay_decrypt(needed(envelope, "Data"), *self._pair))
        agreed("MerchantID", needed(data, "MerchantID"), self._merchant)
        return data

    def _reply(self, envelope: Mapping[str, Any], attempt: Attempt) -> Answer:
        """The outer code is about the call, and only a call that succeeded brings ``Data`` to believe."""
        call = needed(envelope, "RtnCode")
        if call != "1":
            agreed("MerchantID", needed(envelope, "MerchantID"), self._merchant)
            return Answer(CALL.get(call) or Verdict.UNSURE, call, said(text_of(envelope, "RtnMsg")))
        data = self._checked(envelope)
        agreed("MerchantTradeNo", needed(data, "MerchantTradeNo"), attempt.order_no)
        status = needed(data, "TradeStatus")
        answer = Answer(
            STATUS.get(status, Verdict.UNSURE),
            status,
            amount=_amount(needed(data, "TradeAmt")),
            gateway_ref=text_of(data, "TradeNo"),
            fee=text_of(data, "HandlingCharge"),
        )
        allocated = text_of(data, "AllocateStatus")
        return replace(answer, details={"allocate_status": allocated}) if allocated else answer

    # -- settings ---------------------------------------------------------------------------------------------

    @property
    def _merchant(self) -> str:
        return self.config.option("merchant_id")

    @property
    def _pair(self) -> tuple[str, str]:
        return self.config.secret("hash_key"), self.config.secret("hash_iv")

    def _return_url(self) -> str:
        return self.config.option("return_url") or f"{self.shop.server_url}/notify/opay"

    def _url(self, path: str) -> str:
        return self.base_url + path


def item_name(attempt: Attempt, shop: str) -> str:
    """``名稱 單價 X 數量`` a line, joined with ``#``; the shop's name and the sum where that passes 40 characters."""
    lines = [f"{_speakable(line.name)} {line.unit_price.minor} 元 X {line.quantity}" for line in attempt.lines]
    listed = "#".join(lines)
    if lines and len(listed) <= ITEM_NAME:
        return listed
    price = f" {attempt.amount.minor} 元 X 1"
    return _speakable(shop)[: ITEM_NAME - len(price)] + price


def _speakable(name: str) -> str:
    """No tags and no scripts but Chinese and English (section 2, items 7 and 9); ``#`` separates lines."""
    told = cleaned(name).translate({ord("<"): "＜", ord(">"): "＞", ord("#"): "＃"})
    return _SPOKEN.sub("", told).strip() or "商品"


def said(text: str) -> Message:
    """What the gateway said, quoted."""
    return msg(N_("The gateway says: {words}"), words=cleaned(text)[:200]) if text else Message()


def _amount(text: str) -> Money:
    if not re.fullmatch("[0-9]{1,12}", text, re.ASCII):
        raise BadReply(N_("The amount in the gateway's answer is not a number."))
    return Money(int(text), "TWD")


def _envelope(body: bytes) -> dict[str, Any]:
    """The document lists the reply's parameters without a form of them: JSON, else a form. Raises BadReply."""
    if body.lstrip()[:1] in (b"{", b"[", b'"'):
        return json_object(body)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
    except ValueError as error:
        raise BadReply(N_("The gateway's answer is not JSON."), type(error).__name__) from error
