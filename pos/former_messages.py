"""Wordings that sentences had in earlier versions, for journals that store them.

A journal stores a sentence as its English template. When the wording of such a template changes, its former wording is
added here, so that an old row is still shown in the shop's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_PAIRS: Final = (
    (
        "Asked to take {amount}.",
        "Capture of {amount} requested.",
    ),
    (
        "Authorised; the money is not taken yet.",
        "Authorised, not captured yet.",
    ),
    (
        "It is not known whether MyPay took the money. Check again when MyPay answers.",
        "It is unclear whether {gateway} captured the money. Check again when {gateway} answers.",
    ),
    (
        "It is unclear whether MyPay captured the money. Check again when MyPay answers.",
        "It is unclear whether {gateway} captured the money. Check again when {gateway} answers.",
    ),
    (
        "It was refunded since.",
        "It was refunded later.",
    ),
    (
        "Money came after this payment was given up: {amount}. Accept or refund it.",
        "Money arrived after this payment was given up: {amount}. Accept or refund it.",
    ),
    (
        "MyPay carries the refund out at midnight. Until then it can be withdrawn.",
        "MyPay makes this refund at midnight. Until then it can be cancelled.",
    ),
    (
        "MyPay has no direct debit for this payment.",
        "{gateway} has no direct debit for this payment.",
    ),
    (
        "MyPay is not set up.",
        "{gateway} is not set up.",
    ),
    (
        "MyPay refused it.",
        "{gateway} refused the request.",
    ),
    (
        "MyPay refused the request.",
        "{gateway} refused the request.",
    ),
    (
        "MyPay takes no item below zero.",
        "MyPay does not accept items below zero.",
    ),
    (
        "MyPay's answer was lost; it cannot be asked without its number. Its notification will tell.",
        "MyPay's answer was lost. Without MyPay's number the payment cannot be checked; the notification is awaited.",
    ),
    (
        "MyPay's number of this payment is not known.",
        "MyPay's number for this payment is not known.",
    ),
    (
        "Nobody paid in time.",
        "Not paid in time.",
    ),
    (
        "Only payments through MyPay can have an e-invoice here.",
        "Only payments through {gateway} can have an e-invoice here.",
    ),
    (
        "Only payments through MyPay get an e-invoice here.",
        "Only payments through {gateway} can have an e-invoice here.",
    ),
    (
        "Paid, but something differs. Look it up at the gateway.",
        "Paid, but the details differ. Check the gateway's console.",
    ),
    (
        "QFPay has this refund already. Asking what became of it.",
        "QFPay has this refund already. Counter is checking its result.",
    ),
    (
        "QFPay makes no refunds from 23:30 to 00:30, and none of some offers. Try again later.",
        "QFPay makes no refunds from 23:30 to 00:30, nor for some promotions. Try again later.",
    ),
    (
        "QFPay refunds this currency only in whole.",
        "QFPay refunds this currency only in full.",
    ),
    (
        "QFPay refunds this payment only in whole.",
        "QFPay refunds this payment only in full.",
    ),
    (
        "QFPay's number of this payment is not known.",
        "QFPay's number for this payment is not known.",
    ),
    (
        "Still open: it is being watched.",
        "Still open: the register keeps checking.",
    ),
    (
        "The e-invoice {number} is still valid. Void it or issue an allowance at MyPay, then mark it as done here.",
        "The e-invoice {number} is still valid. Void it or issue an allowance at {gateway}, then mark it as done here.",
    ),
    (
        "The e-invoice {number} still stands. Void it or write an allowance at MyPay, then say so here.",
        "The e-invoice {number} is still valid. Void it or issue an allowance at {gateway}, then mark it as done here.",
    ),
    (
        "The gateway asks to be asked less often.",
        "The gateway asks for fewer queries.",
    ),
    (
        "The gateway did not take it back.",
        "The gateway did not cancel the refund.",
    ),
    (
        "The gateway gave no usable answer by the deadline. Look it up there.",
        "The gateway gave no usable answer by the deadline. Check the gateway's console.",
    ),
    (
        "The gateway has it, this journal has not. Another register may have taken it.",
        "The gateway has this payment, but this journal does not. Another register may have taken it.",
    ),
    (
        "The gateway has the order, but its code was lost on the way. Cancel it and charge anew.",
        "The gateway has the order, but its payment code was lost. Cancel the payment and charge again.",
    ),
    (
        "The gateway knows no such refund. Look it up there before you settle this.",
        "The gateway does not know this refund. Check the gateway's console before you settle this.",
    ),
    (
        "The gateway says {theirs} went back; {ours} was asked.",
        "The gateway refunded {theirs}; {ours} was requested.",
    ),
    (
        "The gateway says {theirs}; {ours} was asked.",
        "The gateway says {theirs}; {ours} was requested.",
    ),
    (
        "The gateway's answer is not about an invoice.",
        "The gateway's answer is not about an e-invoice.",
    ),
    (
        "The gateway's answer is packed.",
        "The gateway's answer is compressed, so it is not used.",
    ),
    (
        "The gateway's certificate is not to be trusted. Nothing was sent.",
        "The gateway's certificate is not trusted. Nothing was sent.",
    ),
    (
        "The gateway's link is not a safe one; it is not shown.",
        "The gateway's link is not safe; it is not shown.",
    ),
    (
        "The journal that was replaced had sent it.",
        "The replaced journal had already sent it.",
    ),
    (
        "The money is being taken.",
        "Capture in process.",
    ),
    (
        "The printer stopped taking data. Check paper, cover and cable, and look what came out.",
        "The printer stopped accepting data. Check paper, cover and cable, and see what was printed.",
    ),
    (
        "The refunded items must sum to the refund.",
        "The refunded items must add up to the refund.",
    ),
    (
        "There is no room left on {name}.",
        "There is no space left on {name}.",
    ),
    (
        "This payment is no direct debit that MyPay knows.",
        "{gateway} has no direct debit for this payment.",
    ),
    (
        "Today's takings at QFPay do not cover the refund yet. Try again later.",
        "Today's sales at QFPay do not cover the refund yet. Try again later.",
    ),
    (
        "{problem} Nobody can pay this order, so it was cancelled. Charge again.",
        "{problem} This order cannot be paid, so it was cancelled. Charge again.",
    ),
    (
        "{problem} The request may already be out: do not repeat it. The register keeps asking.",
        "{problem} The request may have been sent: do not repeat it. The register keeps checking.",
    ),
)
"""A former template, and the one of today with the same places for values, or with ``{gateway}`` in addition."""

FORMER: Final[Mapping[str, str]] = dict(_PAIRS)
"""Today's template, by a former one."""

FORMER_VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    former: {"gateway": "MyPay"} for former, today in _PAIRS if "{gateway}" in today and "{gateway}" not in former
}
"""Values that today's template needs and a former one named itself: MyPay, as the only gateway with e-invoices."""
