"""Regenerate docs/mypay-fields.md from the request tables of MyPay's document in the tests."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.gateways.mypay_document import page  # noqa: E402 - the root must be known first

if __name__ == "__main__":
    (ROOT / "docs" / "mypay-fields.md").write_text(page(), encoding="utf-8")
