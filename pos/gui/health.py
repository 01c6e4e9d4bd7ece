"""What the window needs of this machine, for ``doctor``."""

from __future__ import annotations

import os

from pos.i18n import N_, msg
from pos.services.doctor import CheckResult


def window_findings() -> list[CheckResult]:
    """Whether Qt's libraries load, and whether a font shows Chinese."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from PySide6.QtGui import QFontDatabase, QGuiApplication
    except ImportError as error:
        text = N_("a library is missing: {problem}")
        return [CheckResult("window", False, msg(text, problem=error))]
    application = QGuiApplication.instance() or QGuiApplication([])
    systems = QFontDatabase.WritingSystem
    fonts = QFontDatabase.families(systems.TraditionalChinese)
    shown = CheckResult("window", True, msg(N_("Qt's libraries load")))
    del application
    if not fonts:
        return [shown, CheckResult("fonts", False, msg(N_("no font shows Chinese; install Noto Sans CJK")))]
    return [shown, CheckResult("fonts", True, msg(N_("Chinese is shown in {font}"), font=fonts[0]))]
