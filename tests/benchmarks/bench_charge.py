"""Charge to painted QR code, against bare httpx and qrcode on the same wire to the same simulator.

The arguments are MyPay's tenders to measure, as ``line_pay``; without any it is ``mypay``.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import httpx
import qrcode
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from pos.bootstrap import register_for
from pos.domain.money import Money
from pos.domain.payment import Sale, Tender
from pos.gateways import build
from pos.gateways.base import GatewayConfig, Shop
from pos.gateways.http import Wire
from pos.gateways.mypay.client import Mypay
from pos.gui.sale.qr import encode
from pos.runtime import SystemClock
from tests.benchmarks.ratio import compare
from tests.support.access import SIGNED_OUT
from tests.support.processes import SimulatorProcess
from tests.support.shop import attempt


def painted(image: QImage) -> None:
    canvas = QImage(400, 400, QImage.Format.Format_RGB32)
    painter = QPainter(canvas)
    painter.drawImage(canvas.rect(), image)
    painter.end()


def bare_image(url: str) -> QImage:
    code = qrcode.QRCode(box_size=1, border=4)
    code.add_data(url)
    code.make(fit=True)
    rows = code.get_matrix()
    image = QImage(len(rows), len(rows), QImage.Format.Format_RGB32)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            image.setPixel(x, y, 0xFF000000 if dark else 0xFFFFFFFF)
    return image


def main(tenders: Sequence[Tender]) -> None:
    """Both on one loop, one after the other."""
    application = QGuiApplication([])
    loop = asyncio.new_event_loop()
    with tempfile.TemporaryDirectory() as folder:
        simulator = SimulatorProcess(Path(folder))
        os.environ.update(simulator.environment())
        register = register_for(str(simulator.settings()), Path(folder) / "data")
        loop.run_until_complete(register.host.open(watching=False))
        dice = random.Random(1)
        client = httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0), trust_env=False)
        mypay = _client(simulator)
        url = simulator.announcement["mypay"] + "/api/init"

        def ours(tender: Tender) -> float:
            begun = time.perf_counter()
            work = register.services.payments.take(
                SIGNED_OUT, Sale(Money(125, "TWD")), tender, payment_id=uuid.uuid4().hex, gateway="mypay"
            )
            taken = loop.run_until_complete(work)
            painted(encode(taken.pay_url))
            took = time.perf_counter() - begun
            register.services.payments._poller.close()
            return took

        def bare(tender: Tender) -> float:
            number = f"BARE{dice.getrandbits(50):016d}"
            fields = _fields(mypay, number, tender)
            begun = time.perf_counter()
            reply = loop.run_until_complete(client.post(url, data=fields))
            painted(bare_image(reply.json()["url"]))
            return time.perf_counter() - begun

        for tender in tenders:
            name = f"charge to painted QR code ({tender.value})"
            compare(name, partial(ours, tender), partial(bare, tender), 1.3, times=41)
        loop.run_until_complete(register.host.close())
        loop.run_until_complete(client.aclose())
        simulator.stop()
    loop.close()
    del application


def _client(simulator: SimulatorProcess) -> Mypay:
    found = simulator.announcement["credentials"]["mypay"]
    config = GatewayConfig({"store_uid": found["store_uid"]}, {"store_key": found["store_key"]})
    shop = Shop("Shop", "R1", "TWD", ZoneInfo("Asia/Taipei"))
    made = build("mypay", config, shop, Wire("mypay", SystemClock()), random.SystemRandom())
    assert isinstance(made, Mypay)
    return made


def _fields(mypay: Mypay, number: str, tender: Tender) -> dict[str, str]:
    from pos.gateways.signing import compact, mypay_seal

    key = mypay.config.secret("store_key")
    body = mypay._body(attempt(number, tender=tender))
    return {
        "store_uid": mypay.config.option("store_uid"),
        "service": mypay_seal(compact({"service_name": "api", "cmd": "api/orders"}), key, mypay._iv()),
        "encry_data": mypay_seal(compact(body), key, mypay._iv()),
    }


if __name__ == "__main__":
    main([Tender(name) for name in sys.argv[1:]] or [Tender.MYPAY])
