"""Write lines of text on A4 pages with an embedded font, repeated table headers and page numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pos.einvoice.fonts import MISSING, font_file
from pos.exports.report import fit
from pos.i18n import _

LEFT: Final = 10.0
WIDE: Final = 190.0
TOP: Final = 12.0
BOTTOM: Final = 281.0
"""The area of lines, in mm, on a page of 210 by 297."""

ROW: Final = 4.6
POINTS: Final = 7.5
SMALLEST: Final = 4.0
"""Height of a line in mm, size of its letters in points, and the smallest size of a long amount."""

PAD: Final = 1.0
MM: Final = 25.4 / 72
"""Padding at both sides of a column, in mm; one point in mm."""

GREY, PALE, BLACK, STAMP = 225, 246, 0, 232

PAGES: Final = "\ue000pages"
"""Placeholder of the number of pages. It begins with a private-use character, which is removed from all texts."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. ``title`` is translated; ``wide`` is in mm. ``right``: amounts, shrunk to fit; other texts are cut."""

    title: str
    wide: float
    right: bool = False


class Pen:
    """Writes downwards from ``y`` and begins new pages as needed. Raises ConfigError without a Chinese font."""

    def __init__(self, title: str, mark: str) -> None:
        from fpdf import FPDF
        from fpdf.fonts import TTFFont

        self._made = FPDF(format="A4", unit="mm")
        self._made.set_auto_page_break(auto=False)
        self._made.set_margin(0)
        self._made.alias_nb_pages(PAGES)
        self._made.set_title(fit(title))
        self._made.set_creator("Counter")
        path, face = font_file()
        self._made.add_font("text", fname=path, collection_font_number=face)
        found = self._made.fonts["text"]
        assert isinstance(found, TTFFont)
        self._letters = {letter: wide for letter, wide in found.cw.items() if letter != ord(PAGES[0])}
        self._title, self._mark = title, mark
        self._columns: Sequence[Column] = ()
        self._cut: dict[tuple[str, float, float], str] = {}
        self._even = False
        self.y = TOP
        self._page()

    def output(self) -> bytes:
        """Return the file; only the letters in use are embedded."""
        return bytes(self._made.output())

    def text(self, text: str, points: float = POINTS, grey: int = BLACK) -> None:
        """Write one line of text across the page, cut if it does not fit."""
        self._ensure_space(points * 0.6)
        self._made.set_font("text", size=points)
        self._made.set_text_color(grey)
        self._put(LEFT + PAD, points * 0.6, self._shortened(text, WIDE, points), points)
        self._made.set_text_color(BLACK)
        self._made.set_font("text", size=POINTS)
        self.y += points * 0.6

    def space(self, height: float) -> None:
        self.y += height

    def table(self, columns: Sequence[Column], rows: int = 1) -> None:
        """Begin a table with space for at least ``rows`` on the page; its header is repeated until :meth:`end`."""
        self._ensure_space(ROW * (1 + rows))
        self._columns = columns
        self._header()

    def end(self) -> None:
        self._columns = ()
        self.y += 2

    def row(self, texts: Sequence[str], more: int = 0) -> None:
        """Write one row of the table, with space for ``more`` notes on the same page."""
        self._ensure_space(ROW * (1 + more))
        if self._even:
            self._shade(PALE)
        self._even = not self._even
        self._texts(texts)

    def note(self, text: str) -> None:
        """Write a note beneath the last row."""
        self._made.set_text_color(90)
        self._put(LEFT + 5, ROW, self._shortened(text, WIDE - 6, POINTS))
        self._made.set_text_color(BLACK)
        self.y += ROW

    def _texts(self, texts: Sequence[str]) -> None:
        x = LEFT
        for column, text in zip(self._columns, texts, strict=True):
            if column.right and text:
                self._number(x, column.wide, text)
            elif text:
                self._put(x + PAD, ROW, self._shortened(text, column.wide, POINTS))
            x += column.wide
        self.y += ROW

    def _number(self, x: float, wide: float, text: str) -> None:
        points = POINTS
        while points > SMALLEST and self._width(text, points) > wide - 2 * PAD:
            points -= 0.25
        self._made.set_font("text", size=points)
        self._put(x + wide - PAD - self._width(text, points), ROW, text, points)
        self._made.set_font("text", size=POINTS)

    def _put(self, x: float, height: float, text: str, points: float = POINTS) -> None:
        """Write text from ``x``, centred vertically. FPDF's text() takes a third of the time of its cell()."""
        self._made.text(x, self.y + height / 2 + points * MM * 0.3, text)

    def _width(self, text: str, points: float) -> float:
        """Return the width of ``text`` in mm; fonts have widths in thousandths of their size."""
        return sum(self._letters.get(ord(one), 0) for one in text) * points * MM / 1000

    def _shade(self, grey: int) -> None:
        self._made.set_fill_color(grey)
        self._made.rect(LEFT, self.y, WIDE, ROW, style="F")
        self._made.set_fill_color(BLACK)

    def _header(self) -> None:
        self._shade(GREY)
        self._even = False
        self._texts([column.title for column in self._columns])

    def _ensure_space(self, height: float) -> None:
        """Begin a new page if ``height`` mm do not fit."""
        if self.y + height > BOTTOM:
            self._page()
            if self._columns:
                self._header()

    def _page(self) -> None:
        self._made.add_page()
        self._made.set_font("text", size=POINTS)
        if self._mark:
            self._stamp()
        self.y = BOTTOM + 3
        number = _("Page {number} of {count}").format(number=self._made.page, count=PAGES)
        self._put(LEFT + PAD, ROW, self._shortened(self._title, WIDE - 40, POINTS))
        self._made.set_xy(LEFT + WIDE - 40, self.y)
        self._made.cell(40, ROW, number, align="R")
        self.y = TOP

    def _stamp(self) -> None:
        """Draw the training mark across the page, in the background."""
        self._made.set_font("text", size=80)
        self._made.set_text_color(STAMP)
        with self._made.rotation(50, 105, 148):
            self._made.set_xy(0, 128)
            self._made.cell(210, 40, self._mark, align="C")
        self._made.set_text_color(BLACK)
        self._made.set_font("text", size=POINTS)

    def _shortened(self, text: str, wide: float, points: float) -> str:
        """Return ``text`` cut to ``wide`` mm, with letters that the font has."""
        if (found := self._cut.get((text, wide, points))) is not None:
            return found
        shown = "".join(one if ord(one) in self._letters else MISSING for one in fit(text))
        short = shown
        while short and self._width(short, points) > wide - 2 * PAD:
            short = f"{short[: -2 if short.endswith('…') else -1].rstrip()}…"
        self._cut[text, wide, points] = short
        return short
