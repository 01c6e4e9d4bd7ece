"""WanPay 快點付 ATM 虛擬帳號, document V1.3 of 2022-07-21."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal
from typing import Any

from pos.domain.money import Money
from pos.domain.payment import Attempt, VirtualAccount
from pos.errors import BadNotice, BadReply, ConfigError
from pos.gateways.base import Answer, Facts, Gateway, GatewayConfig, Notice, SecretField, Setting, Verdict
from pos.gateways.fields import (
    TAIPEI,
    check_length,
    check_pattern,
    check_web_address,
    cleaned,
    masked,
    notice_fields,
    require_match,
    required_text,
    shop_time,
    text_of,
)
from pos.gateways.http import json_object
from pos.gateways.received import gateway_message
from pos.gateways.signing import signatures_match, wanpay_sign
from pos.gateways.wanpay.codes import CALL, CREDENTIALS, ORDER, TENDERS
from pos.i18n import N_, msg


class Wanpay(Gateway):
    """WanPay's client. Amounts on the wire are hundredths of a dollar (1.2). Sections are those of the document."""

    FACTS = Facts(
        name="wanpay",
        title="WanPay",
        tenders=TENDERS,
        currencies=frozenset({"TWD"}),
        base_url="https://api.wan-pay.com",
        settings=(
            Setting(
                "base_url",
                N_("Address"),
                help=N_("Address of the gateway. For real money: the address in your contract."),
            ),
            Setting("orgno", N_("Merchant number"), required=True, help=N_("Merchant number.")),
            Setting(
                "notify_url",
                N_("Address for notifications"),
                help=N_("Address for notifications, if it is not `/notify/wanpay` under `[server] url`."),
            ),
            Setting(
                "validity_days",
                N_("Days a virtual account can be paid"),
                default="3",
                help=N_("Days an account may be paid, 1 to 30."),
            ),
        ),
        secrets=(SecretField("key", N_("Merchant key")),),
        minimum={"TWD": 11},  # 3.1.1: 1100 hundredths
        maximum={"TWD": 9_999_999_999},  # total_fee has 12 digits
        lifetime=timedelta(days=31),
        document="快點付金流 ATM 虛擬帳號 串接技術文件 V1.3",
    )

    @classmethod
    def check_options(cls, config: GatewayConfig) -> None:
        super().check_options(config)
        days = config.option("validity_days") or "3"
        if not re.fullmatch("[1-9]|[12][0-9]|30", days, re.ASCII):
            text = N_("{setting} must be a number from 1 to 30.")
            raise ConfigError(msg(text, setting="gateways.wanpay.validity_days"))

    def check(self, attempt: Attempt) -> None:
        """Check the lengths and characters of 3.1.1. Raises InputError."""
        super().check(attempt)
        check_length("orgno", self.config.option("orgno"), 30)
        check_pattern(
            "out_trade_no", attempt.order_no, "[A-Z0-9]{1,20}", N_("{field} must be 20 letters A-Z and digits.")
        )
        backurl = check_web_address("notify_url", self._backurl(), 256)
        check_pattern("notify_url", backurl, "[^#?&]*", N_("{field} may not have #?&."))

    def lifetime(self) -> timedelta:
        """Return how long an account can be paid: until the end of the n-th day after today (3.1.1)."""
        return timedelta(days=int(self.config.option("validity_days") or "3") + 1)

    async def charge(self, attempt: Attempt) -> Answer:
        """Place an order (3.1.1, virtualatmpay)."""
        reply = await self.wire.post_form(self._url("virtualatmpay"), self._signed(self._body(attempt)))
        call, data = self._checked(reply.json_object())
        if answer := self._call_answer(call):
            return answer
        require_match("out_trade_no", required_text(data, "out_trade_no"), attempt.order_no)
        account = _account(data)
        return Answer(
            Verdict.ACCEPTED,
            call["status"],
            virtual_account=account,
            expires_at=account.expires_at,
            details={"receiver": text_of(data, "receiver"), "branch": text_of(data, "branchname")},
        )

    async def query(self, attempt: Attempt) -> Answer:
        """Query an order (3.1.3, orderquery)."""
        reply = await self.wire.post_form(self._url("orderquery"), self._signed({"out_trade_no": attempt.order_no}))
        call, data = self._checked(reply.json_object())
        return self._call_answer(call) or self._reply(data, attempt)

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Read a notification (3.1.2, 交易結果通知): all non-empty fields are signed, including undocumented ones."""
        fields = notice_fields(body)
        if not signatures_match(fields.get("sign", ""), wanpay_sign(fields, self.config.secret("key"))):
            raise BadNotice(N_("The notification's signature is wrong."))
        if fields.get("orgno") != self.config.option("orgno") or not fields.get("out_trade_no"):
            raise BadNotice(N_("The notification is of another shop."))
        if not fields.get("status"):  # our requests have the same signature, but no status
            raise BadNotice(N_("The notification does not say what happened."))
        return Notice(fields["out_trade_no"], "success", code=fields["status"])

    async def probe(self) -> Answer:
        """Query an order that cannot exist."""
        reply = await self.wire.post_form(self._url("orderquery"), self._signed({"out_trade_no": "PROBE"}))
        call, data = self._checked(reply.json_object())
        status = text_of(data, "orderstatus")
        return self._call_answer(call) or Answer(ORDER.get(status, Verdict.UNSURE), status)

    # -- steps ------------------------------------------------------------------------------------------------

    def _body(self, attempt: Attempt) -> dict[str, str]:
        names = "、".join(line.name for line in attempt.lines) or self.shop.name
        return {
            "total_fee": str(attempt.amount.minor * 100),
            "out_trade_no": attempt.order_no,
            "backurl": self._backurl(),
            "virtualatmvalidity": self.config.option("validity_days") or "3",
            "body": cleaned(names)[:256],
        }

    def _signed(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Sign non-empty fields (2.3, 2.4) and the time, which is valid for ten minutes (1.2)."""
        sent = {name: value for name, value in fields.items() if value} | {
            "orgno": self.config.option("orgno"),
            "secondtimestamp": str(int(self.wire.now().timestamp())),
            "nonce_str": f"{self.source.getrandbits(32):08x}",
        }
        return sent | {"sign": wanpay_sign(sent, self.config.secret("key"))}

    def _checked(self, reply: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
        """Return status and text of the call, and ``data`` as an object. Raises BadReply.

        Replies have no ``sign`` in the document's samples. If there is one, it must be valid (2.3), except in the
        refusal of our key, which is signed with another key.
        """
        if "sign" in reply and text_of(reply, "status") not in CREDENTIALS:
            scalars = {name: text_of(reply, name) for name in reply if not isinstance(reply[name], dict | list)}
            if not signatures_match(scalars["sign"], wanpay_sign(scalars, self.config.secret("key"))):
                raise BadReply(N_("The signature of the gateway's answer is wrong."))
        data = reply.get("data") or {}
        found = json_object(data) if isinstance(data, str) else data
        if not isinstance(found, dict):
            raise BadReply(msg(N_("The field {field} of the gateway's answer has a wrong type."), field="data"))
        if text_of(found, "orgno"):
            require_match("orgno", text_of(found, "orgno"), self.config.option("orgno"))
        return {"status": required_text(reply, "status"), "info": text_of(reply, "info")}, found

    def _call_answer(self, call: Mapping[str, str]) -> Answer | None:
        """Return the answer of a call that did not succeed, by its status; None if it succeeded."""
        status = call["status"]
        if status in CREDENTIALS:
            message = self.merchant_key.refuse(status, cleaned(call["info"]))
            return Answer(Verdict.REJECTED, status, message, credentials=True)
        verdict = CALL.get(status, Verdict.UNSURE)
        if verdict not in (Verdict.REJECTED, Verdict.UNSURE):
            self.merchant_key.accept()
        return None if verdict is None else Answer(verdict, status, gateway_message(call["info"]))

    def _reply(self, data: Mapping[str, Any], attempt: Attempt) -> Answer:
        require_match("out_trade_no", required_text(data, "out_trade_no"), attempt.order_no)
        status = required_text(data, "orderstatus")
        payer = {"payer_bank": text_of(data, "bankno"), "payer_account": masked(text_of(data, "acctno"))}
        return Answer(
            ORDER.get(status, Verdict.UNSURE),
            status,
            amount=their_amount(required_text(data, "total_fee"), attempt.amount),
            details={name: value for name, value in payer.items() if value},
        )

    # -- settings ---------------------------------------------------------------------------------------------

    def _backurl(self) -> str:
        own = f"{self.shop.server_url}/notify/wanpay" if self.shop.server_url else ""
        return self.config.option("notify_url") or own

    def _url(self, name: str) -> str:
        return f"{self.base_url}/wxzfservice/{name}"


def their_amount(text: str, ours: Money) -> Money:
    """Return ``total_fee`` of a reply: our amount if it is equal in hundredths or in dollars, else the stated one.

    The tables have hundredths (1.2) and ``9,2``, the sample ``0.01``: a point means dollars. Raises BadReply.
    """
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", text, re.ASCII):
        raise BadReply(N_("The amount in the gateway's answer is not a number."))
    stated = Decimal(text)
    if stated in (ours.minor, ours.minor * 100):
        return ours
    hundredths = stated * 100 if "." in text else stated
    dollars = int((hundredths / 100).to_integral_value(ROUND_UP))
    # TWD has no cents: another amount is shown as the next dollar, but never as our amount.
    return Money(dollars if dollars != ours.minor else dollars + 1, "TWD")


def _account(data: Mapping[str, Any]) -> VirtualAccount:
    number = required_text(data, "code_url")
    if not re.fullmatch("[0-9]{8,16}", number, re.ASCII):
        raise BadReply(N_("The gateway's account number is not a number."))
    ends = _expiry(required_text(data, "expiredate"))
    return VirtualAccount(required_text(data, "bankcode"), text_of(data, "bankname"), number, ends)


def _expiry(text: str) -> datetime:
    """Parse an expiry: 8 digits in the table, with the time in the sample; a date means its last second."""
    if len(text) == 8:
        text = f"{text[:4]}-{text[4:6]}-{text[6:]} 23:59:59"
    found = shop_time(text, "%Y-%m-%d %H:%M:%S", TAIPEI)
    if found is None:
        raise BadReply(msg(N_("The field {field} of the gateway's answer has a wrong type."), field="expiredate"))
    return found
