"""O'Pay 微信公眾號支付 (WxAPI), document V1.0.3 of 2019-12-25.

The customer's browser places the order: ``Create`` must be posted from WeChat on the customer's phone. So ``charge``
sends no order; it returns a page of the shop's server, which posts the newly signed form when it is opened.
The form of ``Data`` differs between the document and the gateway's SDK, see :mod:`pos.gateways.opay.dialect`.

The HashIV of the platform test merchant 2012441 is written ``B0lzARl9ZSdhW9jg`` in the document (a small L after
``AR``) and ``B0lzARI9ZSdhW9jg`` in the SDK (a capital i). A shop stores the one that works for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from pos.domain.money import Money
from pos.domain.payment import Attempt, RandomSource
from pos.errors import BadNotice, BadReply, NotUnderstood, PosError
from pos.gateways.base import (
    Answer,
    Facts,
    Gateway,
    GatewayConfig,
    Listed,
    Notice,
    SecretField,
    Setting,
    Shop,
    Verdict,
)
from pos.gateways.day_lists import day_form, orders_in
from pos.gateways.fields import (
    TAIPEI,
    check_length,
    check_pattern,
    check_web_address,
    cleaned,
    form_fields,
    notice_fields,
    require_match,
    required_text,
    text_of,
)
from pos.gateways.http import json_object
from pos.gateways.opay.codes import CALL, STATUS, TENDERS
from pos.gateways.opay.detection import AUTO, UNDERSTOOD, DialectChoice
from pos.gateways.opay.dialect import BY_NAME, Dialect, seal, sealed_data, unseal
from pos.i18n import N_, Message, msg

if TYPE_CHECKING:
    from pos.gateways.http import Wire

REVISION: Final = "1"
ITEM_NAME: Final = 40
PROBE_DRAWS: Final = 100
"""Numbers that are tried for a probe; about one in three is suitable."""

_NOT_ALLOWED: Final = re.compile(
    "[^ -~\u2e80-\u303f\u3105-\u312f\u31a0-\u31bf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]"
)


class Opay(Gateway):
    """O'Pay's client; see the module's docstring. Sections are those of the document."""

    FACTS = Facts(
        name="opay",
        title="O'Pay",
        tenders=TENDERS,
        currencies=frozenset({"TWD"}),
        base_url="https://payment-stage.opay.tw",
        settings=(
            Setting(
                "base_url",
                N_("Address"),
                help=N_("Address of the gateway. For real money: the address in your contract."),
            ),
            Setting("merchant_id", N_("Merchant number"), required=True, help=N_("Merchant number.")),
            Setting(
                "platform_id",
                N_("Platform number"),
                help=N_("Platform number, if the shop is a platform's merchant; the keys are then the platform's."),
            ),
            Setting(
                "return_url",
                N_("Address for notifications"),
                help=N_("Address for notifications, if it is not `/notify/opay` under `[server] url`."),
            ),
            Setting(
                "dialect",
                N_("Message format"),
                default=AUTO,
                choices=(AUTO, *BY_NAME),
                help=N_(
                    "Form of the encrypted part of messages. `auto` finds out by a harmless query which one the"
                    " gateway accepts."
                ),
            ),
            Setting(
                "day_list_url",
                N_("Address of the day's list"),
                help=N_(
                    "Address of O'Pay's list of a day's orders, as `https://vendor.opay.tw/PaymentMedia/TradeNoAio`:"
                    " the reconciliation then shows orders that only O'Pay has. Public call; in no document. Empty: it"
                    " is not made."
                ),
            ),
        ),
        secrets=(SecretField("hash_key", "HashKey", (16,)), SecretField("hash_iv", "HashIV", (16,))),
        minimum={"TWD": 6},  # section 4: a lower amount does not cover the fee
        maximum={"TWD": 2**31 - 1},  # Amount is an Int
        lifetime=timedelta(minutes=30),
        needs_page=True,
        page_redirects=("https://*.opay.tw", "https://*.qq.com"),  # the page that starts WeChat identifies the payer
        document="O'Pay 微信公眾號支付 介接技術文件 V1.0.3",
    )

    def __init__(self, config: GatewayConfig, shop: Shop, wire: Wire, source: RandomSource) -> None:
        super().__init__(config, shop, wire, source)
        self._dialects = DialectChoice(self, config.option("dialect") or AUTO, self._query_impossible_order)

    def unavailable(self) -> Message:
        return self._dialects.unavailable()

    def check(self, attempt: Attempt) -> None:
        """Check the lengths of section 4 that depend on the settings and the sale. Raises InputError."""
        super().check(attempt)
        check_length("merchant_id", self._merchant, 10)
        check_length("platform_id", self.config.option("platform_id"), 10)
        check_web_address("return_url", self._return_url(), 200)
        check_web_address("ClientBackURL", self._result_url(attempt), 200)
        rule = N_("{field} must be letters A-Z and digits.")
        check_pattern("MerchantTradeNo", attempt.order_no, "[A-Za-z0-9]{1,64}", rule)

    async def charge(self, attempt: Attempt) -> Answer:
        """Return the payment page. No order is sent until the customer's phone opens it.

        Raises NotSent, also if the dialect of the page cannot be detected.
        """
        await self._dialects.for_page()
        return Answer(
            Verdict.ACCEPTED,
            pay_url=self._page_url(attempt),
            expires_at=self.wire.now() + self.FACTS.lifetime,
        )

    async def query(self, attempt: Attempt) -> Answer:
        """Query an order (section 6, 查詢訂單)."""
        data = {"MerchantID": self._merchant, "MerchantTradeNo": attempt.order_no}
        dialect = await self._dialects.for_query()
        reply = await self.wire.post_form(self._url("/WxAPI/QueryTradeInfo"), self._signed(data, dialect))
        try:
            envelope = _envelope(reply.body)
            code = text_of(envelope, "RtnCode")
            if code not in UNDERSTOOD:
                self._dialects.request_check()
                if self.merchant_key.refused and (reason := self._dialects.unavailable()):
                    return Answer(Verdict.REJECTED, code, reason, credentials=True)
            answer = self._reply(envelope, attempt)
        except BadReply:
            self._dialects.request_check()
            raise
        if code in UNDERSTOOD:
            self.merchant_key.accept()
        return answer

    async def void(self, attempt: Attempt) -> Answer:
        """Void an order whose page was never opened: it does not exist at O'Pay. The document has no cancel."""
        if attempt.page_served_at is not None:
            return Answer(Verdict.UNSURE)
        return Answer(Verdict.VOIDED, message=msg(N_("The customer never opened the page.")))

    def can_list_days(self) -> bool:
        return bool(self.config.option("day_list_url"))

    async def list_day(self, day: date) -> Sequence[Listed]:
        """Return the orders that were paid on a day (public, unsigned)."""
        if not self.can_list_days():
            return await super().list_day(day)
        form = day_form(self._merchant, day, self._pair)
        return orders_in((await self.wire.post_form(self.config.option("day_list_url"), form)).body)

    def page(self, attempt: Attempt) -> tuple[str, Mapping[str, str]]:
        """Return the form of section 4 (建立訂單), signed now: its ``Timestamp`` is valid for ten minutes."""
        return self._url("/WxAPI/Create"), self._signed(self._body(attempt), self._dialects.current())

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Read a notification (section 5, 付款結果通知). Its ``Timestamp`` may be old, because O'Pay sends again.

        The form of our payment page has the same envelope, and the customer can see it. Only a notification has
        ``RtnCode`` inside ``Data``.
        """
        try:
            data = self._checked(notice_fields(body))
            return Notice(required_text(data, "MerchantTradeNo"), "1|OK", code=required_text(data, "RtnCode"))
        except PosError as error:
            raise BadNotice(error.message, error.detail) from error

    async def probe(self) -> Answer:
        """Query an order that cannot exist, in the dialect that O'Pay accepts."""
        try:
            return await self._dialects.probe()
        except NotUnderstood as error:
            return Answer(Verdict.REJECTED, error.detail, error.message, credentials=bool(error.detail))

    # -- steps ------------------------------------------------------------------------------------------------

    def _body(self, attempt: Attempt) -> dict[str, object]:
        """Return the fields of section 4 inside ``Data``; ``ItemName`` is plain text, which the dialect encodes."""
        return {
            "MerchantID": self._merchant,
            "ItemName": item_name(attempt, self.shop.name),
            "MerchantTradeNo": attempt.order_no,
            "MerchantTradeDate": attempt.created_at.astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M:%S"),
            "ReturnURL": self._return_url(),
            "Amount": attempt.amount.minor,
            "ClientBackURL": self._result_url(attempt),
        }

    async def _query_impossible_order(self, dialect: Dialect) -> Answer:
        """Query an order that cannot exist; the answer is only about the call."""
        data = self._impossible_order(dialect)
        reply = await self.wire.post_form(self._url("/WxAPI/QueryTradeInfo"), self._signed(data, dialect))
        envelope = _envelope(reply.body)
        code = text_of(envelope, "RtnCode")
        return Answer(CALL.get(code) or Verdict.UNSURE, code, gateway_message(text_of(envelope, "RtnMsg")))

    def _impossible_order(self, dialect: Dialect) -> dict[str, object]:
        """Return a query with a number that is not ours; its Base64 has a ``+``, so the dialects differ on the wire."""
        data: dict[str, object] = {}
        for _ in range(PROBE_DRAWS):
            data = {"MerchantID": self._merchant, "MerchantTradeNo": f"PROBE{self.source.getrandbits(60):015X}"}
            if "+" in seal(data, replace(dialect, twice=False), *self._pair):
                break
        return data

    def _signed(self, data: Mapping[str, object], dialect: Dialect) -> dict[str, str]:
        """Return the envelope around ``Data``; with a platform number the keys are the platform's (item 10)."""
        platform = self.config.option("platform_id")
        return {
            "MerchantID": self._merchant,
            **({"PlatformID": platform} if platform else {}),
            "Timestamp": str(int(self.wire.now().timestamp())),
            "RqID": f"{self.source.getrandbits(128):032X}",
            "Revision": REVISION,
            "Data": seal(data, dialect, *self._pair),
        }

    def _checked(self, envelope: Mapping[str, Any]) -> dict[str, Any]:
        """Return the decrypted ``Data`` of an envelope. Raises BadReply unless both name our merchant.

        The merchant inside is checked because all shops of a platform share its keys.
        """
        require_match("MerchantID", required_text(envelope, "MerchantID"), self._merchant)
        data = unseal(sealed_data(envelope), *self._pair)
        require_match("MerchantID", required_text(data, "MerchantID"), self._merchant)
        return data

    def _reply(self, envelope: Mapping[str, Any], attempt: Attempt) -> Answer:
        """Read the answer to a query. The outer code is about the call; only a successful call has valid ``Data``.

        Only ``TradeStatus`` inside decides: a recorded reply of the test environment about a paid order has ``RtnCode``
        0 and ``Amount`` 0.
        """
        call = required_text(envelope, "RtnCode")
        if call != "1":
            require_match("MerchantID", required_text(envelope, "MerchantID"), self._merchant)
            return Answer(CALL.get(call) or Verdict.UNSURE, call, gateway_message(text_of(envelope, "RtnMsg")))
        data = self._checked(envelope)
        require_match("MerchantTradeNo", required_text(data, "MerchantTradeNo"), attempt.order_no)
        status = required_text(data, "TradeStatus")
        answer = Answer(
            STATUS.get(status, Verdict.UNSURE),
            status,
            amount=_amount(required_text(data, "TradeAmt")),
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

    def _page_url(self, attempt: Attempt) -> str:
        return f"{self.shop.server_url}/pay/{attempt.page_token}"

    def _result_url(self, attempt: Attempt) -> str:
        """Return the address of our page that shows the customer the result of the payment."""
        return f"{self._page_url(attempt)}/result"

    def _return_url(self) -> str:
        return self.config.option("return_url") or f"{self.shop.server_url}/notify/opay"

    def _url(self, path: str) -> str:
        return self.base_url + path


def item_name(attempt: Attempt, shop: str) -> str:
    """Return ``名稱 單價 X 數量`` of each line, joined with ``#``.

    Over 40 characters, and with a discount, for which the field has no form, it is the shop and the sum.
    """
    lines = [f"{_allowed_name(line.name)} {line.unit_price.minor} 元 X {line.quantity}" for line in attempt.lines]
    listed = "#".join(lines)
    if lines and not attempt.off and len(listed) <= ITEM_NAME:
        return listed
    price = f" {attempt.amount.minor} 元 X 1"
    return _allowed_name(shop)[: ITEM_NAME - len(price)] + price


def _allowed_name(name: str) -> str:
    """Return ``name`` in Chinese and English characters, without tags and ``#`` (section 2, items 7 and 9)."""
    allowed = cleaned(name).translate({ord("<"): "＜", ord(">"): "＞", ord("#"): "＃"})
    return _NOT_ALLOWED.sub("", allowed).strip() or "商品"


def gateway_message(text: str) -> Message:
    """Return a message that quotes the gateway's text; an empty message for an empty text."""
    return msg(N_("The gateway says: {words}"), words=cleaned(text)[:200]) if text else Message()


def _amount(text: str) -> Money:
    if not re.fullmatch("[0-9]{1,12}", text, re.ASCII):
        raise BadReply(N_("The amount in the gateway's answer is not a number."))
    return Money(int(text), "TWD")


def _envelope(body: bytes) -> dict[str, Any]:
    """Return the fields of a reply: JSON, else a form string (the SDK reads one). Raises BadReply."""
    body = body.removeprefix(b"\xef\xbb\xbf").strip()
    return json_object(body) if body[:1] in (b"{", b"[", b'"') else form_fields(body)
