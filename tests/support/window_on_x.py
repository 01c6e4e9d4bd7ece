"""A training window in its own process, which reports what it shows and can be kept busy.

It writes one JSON object a line for each change of the amount, the message, the money handed over or the number of
payments. A line on its standard input is a number of seconds for which its event loop does nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtWidgets import QLabel, QLineEdit

from pos.gui.app import application, build_window
from pos.windows import DemoShop


def write(found: dict[str, str]) -> None:
    """Write one line for the test."""
    sys.stdout.write(f"{json.dumps(found)}\n")
    sys.stdout.flush()


def main(folder: str) -> int:
    """Show the window until standard input ends."""
    made = application()
    shop = DemoShop(Path(folder), argparse.Namespace(currency="TWD", language="en", theme="light"))
    window = build_window(shop.till)
    window.showMaximized()
    window.open_journal()
    said: list[dict[str, str]] = [{}]

    def text(name: str) -> str:
        found = window.findChild(QLabel, name) or window.findChild(QLineEdit, name)
        return found.text() if found is not None else ""

    def report() -> None:
        names = ("amountDisplay", "messageLine", "cashTendered", "cashDue")
        now = {name: text(name) for name in names}
        now["ready"] = str(window.bridge.ready and window.isActiveWindow())
        if now != said[0]:
            said[0] = now
            write(now)

    def obey() -> None:
        line = sys.stdin.readline()
        if not line:
            made.quit()
        else:
            write({"busy": line.strip()})
            time.sleep(float(line))

    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(obey)
    timer = QTimer(interval=10)
    timer.timeout.connect(report)
    timer.start()
    status = made.exec()
    window.close()
    window.bridge.end()
    shop.stop()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
