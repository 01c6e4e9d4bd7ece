"""The schema, one migration at a time. A released migration is never edited: add a new one.

Each migration is a function decorated with ``@MIGRATIONS(name=...)``. Add it to the last module below, and its name to
``MIGRATION_NAMES`` in :mod:`pos.store.database`. Migrations run in the order in which they are registered here.
"""

from pos.store.migrations import first, security

# isort: split
from pos.store.migrations import cash

# isort: split
from pos.store.migrations import items

# isort: split
from pos.store.migrations import declared

# isort: split
from pos.store.migrations import agreements

# isort: split
from pos.store.migrations import sales

# isort: split
from pos.store.migrations import invoice_orders

# isort: split
from pos.store.migrations import catalogue
from pos.store.migrations.base import MIGRATIONS

__all__ = [
    "MIGRATIONS", "agreements", "cash", "catalogue", "declared", "first", "invoice_orders", "items", "sales",
    "security",
]  # fmt: skip
