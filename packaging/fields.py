"""Make docs/mypay-fields.md anew, out of the document's request tables as the tests hold them."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.gateways.mypay_document import page  # noqa: E402 - the root must be known first

if __name__ == "__main__":
    (ROOT / "docs" / "mypay-fields.md").write_text(page(), encoding="utf-8")
