"""The simulated gateways, one module each, written from the gateway's document."""

from __future__ import annotations

from pos.simulator.dialects.mypay import MypayDialect
from pos.simulator.dialects.opay import OpayDialect
from pos.simulator.dialects.opay_periodic import OpayPeriodicDialect
from pos.simulator.dialects.qfpay import QfpayDialect
from pos.simulator.dialects.wanpay import WanpayDialect

DIALECTS = (
    OpayDialect,
    WanpayDialect,
    QfpayDialect,
    MypayDialect,
    OpayPeriodicDialect,
)
