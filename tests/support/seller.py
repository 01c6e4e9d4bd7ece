"""A child process that sells as fast as it can, and prints each order number after it was sent."""

from __future__ import annotations

import asyncio
import random
import sys
import uuid
from pathlib import Path

from pos.bootstrap import register_for
from pos.domain.money import Money
from pos.domain.payment import Sale, Tender
from tests.support.access import SIGNED_OUT


async def sell(data_dir: str, config: str) -> None:
    register = register_for(config, Path(data_dir))
    await register.host.open()
    dice = random.Random()
    for _ in range(1000):
        sale = Sale(Money(dice.randint(11, 999), register.shop.currency))
        tender = dice.choice((Tender.ATM, Tender.MYPAY))
        attempt = await register.services.payments.take(SIGNED_OUT, sale, tender, payment_id=uuid.uuid4().hex)
        sys.stdout.write(f"{attempt.order_no}\n")
        sys.stdout.flush()
        await asyncio.sleep(0.2)  # the gateways are queried slowly afterwards


if __name__ == "__main__":
    asyncio.run(sell(sys.argv[2], sys.argv[4]))
