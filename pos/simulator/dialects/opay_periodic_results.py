"""O'Pay: the results of authorisations of periodic cards, as its notifications and queries name them."""

from __future__ import annotations

from typing import Any

from pos.simulator.base import local
from pos.simulator.contracts import Authorisation, Contract
from pos.simulator.orders import OrderStatus, SimOrder

TIME = "%Y/%m/%d %H:%M:%S"
FAILED = "10200095"


def first_result(order: SimOrder, merchant: str) -> dict[str, str]:
    """Return the fields to ReturnURL: the first authorisation."""
    return {
        "MerchantID": merchant,
        "MerchantTradeNo": order.number,
        "StoreID": order.facts["StoreID"],
        "RtnCode": "1" if order.status is OrderStatus.PAID else FAILED,
        "RtnMsg": "交易成功" if order.status is OrderStatus.PAID else "交易失敗",
        "TradeNo": order.ref,
        "TradeAmt": str(order.paid or order.amount),
        "PayAmt": str(order.paid or order.amount),
        "RedeemAmt": "0",
        "PaymentDate": local(order.paid_at, TIME),
        "PaymentType": "Credit_CreditCard",
        "PaymentTypeChargeFee": "0",
        "TradeDate": local(order.created_at, TIME),
        "SimulatePaid": "0",
    }


def later_result(order: SimOrder, made: Authorisation, merchant: str) -> dict[str, str]:
    """Return the fields to PeriodReturnURL: a later authorisation, also one that failed."""
    first: SimOrder = order.extra["first"]
    contract: Contract = order.extra["contract"]
    return {
        "MerchantID": merchant,
        "MerchantTradeNo": first.number,
        "StoreID": order.facts["StoreID"],
        "RtnCode": made.code,
        "RtnMsg": "授權成功" if made.succeeded else "授權失敗",
        "PeriodType": contract.kind,
        "Frequency": str(contract.frequency),
        "ExecTimes": str(contract.times),
        "Amount": str(made.amount),
        "Gwsr": made.gwsr,
        "ProcessDate": local(made.at, TIME),
        "AuthCode": "777777" if made.succeeded else "",
        "FirstAuthAmount": str(contract.amount),
        "TotalSuccessTimes": str(len(contract.successes)),
        "SimulatePaid": "0",
    }


def log_row(made: Authorisation) -> dict[str, Any]:
    """Return a row of ``ExecLog``."""
    return {
        "RtnCode": int(made.code),
        "amount": made.amount,
        "gwsr": int(made.gwsr),
        "process_date": local(made.at, TIME),
        "auth_code": "777777" if made.succeeded else "",
        "TradeNo": made.trade_no,
    }
