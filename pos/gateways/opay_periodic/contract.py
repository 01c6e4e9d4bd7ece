"""The commands about a running agreement: query its authorisations, stop it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pos.domain.payment import Attempt
from pos.gateways.base import Gateway
from pos.gateways.capabilities import AgreementAnswer, ContractStatus, Operations, Outcome, Result
from pos.gateways.fields import require_match, required_text, text_of
from pos.gateways.opay_periodic.answers import agreement_answer, form_string, refuses_key, result_code
from pos.gateways.opay_periodic.calls import PERIOD_QUERY, Calls
from pos.gateways.opay_periodic.codes import SUCCESS
from pos.gateways.opay_periodic.order import terms_of
from pos.gateways.received import gateway_message
from pos.i18n import N_, msg

STOP_IN_CONSOLE: Final = N_(
    "{gateway} has no call to stop an agreement. Stop it in the gateway's console, then check again here."
)


class PeriodicOperations(Operations):
    """The commands about an agreement."""

    def __init__(self, gateway: Gateway, calls: Calls) -> None:
        self._gateway = gateway
        self._calls = calls

    async def query_agreement(self, attempt: Attempt) -> AgreementAnswer:
        """Query all authorisations (QueryCreditCardPeriodInfo). UNSURE if queries are switched off."""
        if self._gateway.config.option("queries") == "no":
            text = N_("Queries are switched off in the settings.")
            return AgreementAnswer(ContractStatus.UNSURE, message=msg(text))
        terms = terms_of(attempt)
        reply = await self._calls.query(PERIOD_QUERY, attempt.order_no)
        found = agreement_answer(reply.body, self._calls.merchant, attempt.order_no, terms)
        if found.credentials:
            return replace(found, message=self._gateway.merchant_key.refuse(found.code, found.message.spoken()))
        if found.status is not ContractStatus.UNSURE:
            self._gateway.merchant_key.accept()
        return found

    async def stop_agreement(self, attempt: Attempt) -> Result:
        """Stop further charges by the call whose path is in the settings; REFUSED with what to do without one."""
        path = self._gateway.config.option("stop_path")
        if not path:
            title = self._gateway.FACTS.title
            return Result(Outcome.REFUSED, message=msg(STOP_IN_CONSOLE, gateway=title))
        stamp = str(int(self._gateway.wire.now().timestamp()))
        fields = {
            "MerchantID": self._calls.merchant,
            "PlatformID": self._calls.platform,
            "MerchantTradeNo": attempt.order_no,
            "Action": "Cancel",
            "TimeStamp": stamp,
        }
        found = form_string((await self._calls.post(path, fields)).body)
        code, text = result_code(found), text_of(found, "RtnMsg")
        if refuses_key(code, text):
            return Result(Outcome.REFUSED, code, self._gateway.merchant_key.refuse(code, text), credentials=True)
        if code != SUCCESS:
            return Result(Outcome.REFUSED, code, gateway_message(text))
        require_match("MerchantTradeNo", required_text(found, "MerchantTradeNo"), attempt.order_no)
        return Result(Outcome.DONE, code)
