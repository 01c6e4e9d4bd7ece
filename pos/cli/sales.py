"""Commands for split sales: show one, list those that were paid in part."""

from __future__ import annotations

import argparse

from pos.bootstrap import register_for
from pos.cli.session import run_with_services
from pos.exits import OK
from pos.output import as_line, invoice_json, invoice_line, put, sale_json, sale_line


def sale(asked: argparse.Namespace) -> int:
    """Show one split sale with its parts, or list the unfinished ones; works while the window is open."""
    register = register_for(asked.config, asked.data_dir, read_only=True, keys=False)

    async def show() -> int:
        found = register.services.sales.get(asked.number)
        invoice = found.invoice
        body = {**sale_json(found, register.shop.timezone), **({"invoice": invoice_json(invoice)} if invoice else {})}
        lines = [sale_line(found), *(f"  {as_line(one)}" for one in found.parts)]
        put(body if asked.json else None, [*lines, *([f"  {invoice_line(invoice)}"] if invoice else [])])
        return OK

    async def unfinished() -> int:
        found = register.services.sales.unfinished()
        body = {"sales": [sale_json(one, register.shop.timezone) for one in found]}
        put(body if asked.json else None, [sale_line(one) for one in found])
        return OK

    return run_with_services(register, show if asked.step == "show" else unfinished)
