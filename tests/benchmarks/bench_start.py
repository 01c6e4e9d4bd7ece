"""Process start to the first accepted key, against a bare PySide6 window with one label."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.ratio import compare

BARE = """
from PySide6.QtWidgets import QApplication, QLabel
application = QApplication([])
window = QLabel("0")
window.show()
application.processEvents()
print("ready", flush=True)
"""

OURS = """
import sys
from pathlib import Path
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel
from pos.gui.app import build_window
from pos.windows import register_of_machine
window = build_window(register_of_machine(sys.argv[1], Path(sys.argv[2])))
window.show()
QApplication.processEvents()
event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_7, Qt.KeyboardModifier.NoModifier, "7")
QApplication.sendEvent(window.sell, event)
assert window.findChild(QLabel, "amountDisplay").text() == "7"
print("ready", flush=True)
window.open_journal()
while not window.bridge.ready:
    QApplication.processEvents()
window.close()
window.bridge.end()
"""

SETTINGS = """
[shop]
name = "Shop"
[gateways.wanpay]
orgno = "21008024"
[gateways.mypay]
store_uid = "289151880002"
"""


def main() -> None:
    """Nine pairs of starts."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "counter.toml"
        config.write_text(SETTINGS, encoding="utf-8")
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHONDONTWRITEBYTECODE": "",  # both sides run from compiled files, as every start but the first does
            "POS_SECRET_WANPAY_KEY": "QGbZvggxNdGgMUnp",
            "POS_SECRET_MYPAY_STORE_KEY": "KYTjd9ACcjGaTK6V3zWmMkyrQS08Ndcx",
        }

        def started(code: str, *arguments: str) -> float:
            begun = time.perf_counter()
            child = subprocess.Popen(
                [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, env=environment, text=True
            )
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            took = time.perf_counter() - begun
            child.communicate(timeout=20)
            return took

        compare("start to first key", lambda: started(OURS, str(config), folder), lambda: started(BARE), 2.0)


if __name__ == "__main__":
    main()
