"""Colours, type scale and spacing in one place; ``resources/theme.qss`` takes them by name."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QPalette

from pos.i18n import resources

SPACE: Final = 8
"""Pixels of the grid; every gap is a multiple of it."""

TYPE: Final = {"small": 13, "body": 15, "lead": 18, "title": 22, "big": 34, "large": 40, "giant": 52, "huge": 64}
"""Pixels of the type scale."""

FAMILIES: Final = (
    "Noto Sans CJK TC", "Noto Sans TC", "PingFang TC", "Microsoft JhengHei UI", "Microsoft JhengHei", "sans-serif",
)  # fmt: skip

LIGHT: Final = {
    "page": "#eef2f6", "card": "#ffffff", "key": "#ffffff", "pressed": "#dfe7ef", "ink": "#14202e", "soft": "#4c5b6b",
    "line": "#cfd8e2", "accent": "#14509f", "onaccent": "#ffffff", "focus": "#14509f", "disabled": "#e5eaf0",
    "good": "#0b6b46", "ongood": "#ffffff", "goodtint": "#dcf2e7", "warn": "#7a4d00", "warntint": "#fff0cc",
    "bad": "#a3211a", "badtint": "#fde5e2", "late": "#5f3595", "latetint": "#efe6fa", "busy": "#14509f",
    "busytint": "#e2ecf9", "gain": "#0b6b46", "quiet": "#4c5b6b", "quiettint": "#e5eaf0", "training": "#7a4d00",
    "trainingtint": "#fff0cc", "trainingpage": "#f4eee0", "placeholder": "#5f6d7c", "returned": "#4c5b6b",
    "green": "#1a6e2e", "blue": "#0b5cad", "teal": "#006272", "orange": "#8a4b00", "olive": "#565b00",
    "purple": "#7a2e8e", "pink": "#a3195b", "indigo": "#4338a8", "brown": "#6d3f1e", "slate": "#44546a",
}  # fmt: skip

DARK: Final = {
    "page": "#0f151c", "card": "#19222c", "key": "#222d39", "pressed": "#324151", "ink": "#eaf0f6", "soft": "#aab8c6",
    "line": "#364554", "accent": "#8bb8f5", "onaccent": "#0b1a2c", "focus": "#8bb8f5", "disabled": "#161e27",
    "good": "#0b6b46", "ongood": "#ffffff", "goodtint": "#12392a", "warn": "#f4c463", "warntint": "#3a2d10",
    "bad": "#ff9d94", "badtint": "#43201d", "late": "#cbabf2", "latetint": "#332447", "busy": "#8bb8f5",
    "busytint": "#1c3049", "gain": "#74d6a8", "quiet": "#aab8c6", "quiettint": "#222d39", "training": "#f4c463",
    "trainingtint": "#3a2d10", "trainingpage": "#17140d", "placeholder": "#93a2b1", "returned": "#4c5b6b",
    "green": "#7ddc8f", "blue": "#8bb8f5", "teal": "#6fd3e0", "orange": "#f2b36b", "olive": "#d3d97a",
    "purple": "#dba6ea", "pink": "#f5a3c7", "indigo": "#b9b5f7", "brown": "#dcb594", "slate": "#b7c4d4",
}  # fmt: skip


def tokens(theme: str) -> dict[str, str]:
    """All names that the stylesheet may use, for ``light`` or ``dark``."""
    colours = DARK if theme == "dark" else LIGHT
    sizes = {f"type-{name}": f"{pixels}px" for name, pixels in TYPE.items()}
    return {**colours, **sizes}


def stylesheet(theme: str) -> str:
    """The whole stylesheet, names replaced by values."""
    text = (resources() / "theme.qss").read_text(encoding="utf-8")
    found = tokens(theme)
    for name in sorted(found, key=len, reverse=True):
        text = text.replace(f"@{name}", found[name])
    return text


def palette(theme: str) -> QPalette:
    """Ink and grounds: a palette costs the start less than a rule of the stylesheet for every widget."""
    colours, made = tokens(theme), QPalette()
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(role, colours["ink"])
    made.setColor(QPalette.ColorRole.PlaceholderText, colours["soft"])
    made.setColor(QPalette.ColorRole.Window, colours["page"])
    made.setColor(QPalette.ColorRole.Base, colours["card"])
    return made


def resolved(choice: str, *, system_is_dark: bool) -> str:
    """``light`` or ``dark`` of a choice that may be ``system``."""
    if choice == "system":
        return "dark" if system_is_dark else "light"
    return choice
