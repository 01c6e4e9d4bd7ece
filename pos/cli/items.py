"""Commands for the catalogue: ``pos items import | export | list``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from pos.bootstrap import register_for
from pos.cli.permissions import obtain_permission
from pos.cli.session import run_with_services
from pos.domain.catalogue import Item
from pos.domain.staff import Action
from pos.exits import OK
from pos.exports.catalogue_csv import WrongRows
from pos.i18n import _
from pos.output import put, say


def items(asked: argparse.Namespace) -> int:
    """Run one of the steps of ``pos items``."""
    steps = {"import": _import, "export": _export, "list": _list}
    return steps[asked.step](asked)


def _import(asked: argparse.Namespace) -> int:
    """Add and change items by a file; every fault of the file is printed, and nothing imported if there is one."""
    register = register_for(asked.config, asked.data_dir, keys=False)

    async def work() -> int:
        permission = await obtain_permission(register, Action.ITEMS)
        try:
            done = register.services.catalogue.import_file(asked.file, permission)
        except WrongRows as error:
            for fault in error.faults[1:]:
                say(fault.spoken())
            raise
        for warning in done.warnings:
            say(warning.spoken())
        body = {
            "added": done.added, "changed": done.changed, "unchanged": done.unchanged,
            "warnings": [one.spoken() for one in done.warnings],
        }  # fmt: skip
        text = _("Items added: {added}. Changed: {changed}. Unchanged: {unchanged}.")
        put(body if asked.json else None, [text.format(**body)])
        return OK

    return run_with_services(register, work)


def _export(asked: argparse.Namespace) -> int:
    """Write all items into a file; works while the window is open."""
    register = register_for(asked.config, asked.data_dir, read_only=True, keys=False)

    async def work() -> int:
        count = len(register.services.catalogue.items())
        register.services.catalogue.export_file(asked.file)
        text = _("{count} items are in {path}.").format(count=count, path=asked.file)
        put({"file": str(asked.file), "items": count} if asked.json else None, [text])
        return OK

    return run_with_services(register, work)


def _list(asked: argparse.Namespace) -> int:
    """List all items; works while the window is open."""
    register = register_for(asked.config, asked.data_dir, read_only=True, keys=False)

    async def work() -> int:
        found: Sequence[Item] = register.services.catalogue.items()
        put({"items": [as_json(one) for one in found]} if asked.json else None, [as_line(one) for one in found])
        return OK

    return run_with_services(register, work)


def as_json(item: Item) -> dict[str, Any]:
    """Return one item as JSON."""
    return {
        "id": item.id, "name": item.name, "price": item.price.decimal, "currency": item.price.currency,
        "category": item.category, "barcodes": list(item.barcodes), "tax": item.tax.value,
        "colour": item.colour.value, "place": item.place, "active": item.active,
    }  # fmt: skip


def as_line(item: Item) -> str:
    """Return one item on one line."""
    parts = (item.name, item.price.display, item.category, " ".join(item.barcodes), item.tax.value)
    return "  ".join(part for part in (*parts, "" if item.active else _("Inactive")) if part)
