"""Lines of text on A4, page after page: real letters of an embedded font, headers repeated, pages numbered."""

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
"""Where lines stand, in mm of a page of 210 by 297."""

ROW: Final = 4.6
POINTS: Final = 7.5
SMALLEST: Final = 4.0
"""A line's height in mm, its letters in points, and how small a long amount may become."""

PAD: Final = 1.0
MM: Final = 25.4 / 72
"""Left free at both sides of a column; a point, in mm."""

GREY, PALE, BLACK, STAMP = 225, 246, 0, 232

PAGES: Final = "\ue000pages"
"""Stands for the number of pages until it is known. Its first sign has no meaning and is taken out of all texts."""


@dataclass(frozen=True, slots=True)
class Column:
    """``title`` is spoken already; ``wide`` in mm. Amounts stand at the right and shrink, words are cut."""

    title: str
    wide: float
    right: bool = False


class Pen:
    """Writes downwards from ``y``; a new page begins by itself. Raises ConfigError without a font with Chinese."""

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
        """The file; only the letters that were used are embedded."""
        return bytes(self._made.output())

    def text(self, text: str, points: float = POINTS, grey: int = BLACK) -> None:
        """One line of text across the page, cut where it does not fit."""
        self._room(points * 0.6)
        self._made.set_font("text", size=points)
        self._made.set_text_color(grey)
        self._put(LEFT + PAD, points * 0.6, self._shortened(text, WIDE, points), points)
        self._made.set_text_color(BLACK)
        self._made.set_font("text", size=POINTS)
        self.y += points * 0.6

    def space(self, height: float) -> None:
        self.y += height

    def table(self, columns: Sequence[Column], rows: int = 1) -> None:
        """A header with room for ``rows`` beneath it; every further page repeats it until :meth:`end`."""
        self._room(ROW * (1 + rows))
        self._columns = columns
        self._header()

    def end(self) -> None:
        self._columns = ()
        self.y += 2

    def row(self, texts: Sequence[str], more: int = 0) -> None:
        """One line of the table, with room for ``more`` lines that belong to it."""
        self._room(ROW * (1 + more))
        if self._even:
            self._shade(PALE)
        self._even = not self._even
        self._texts(texts)

    def note(self, text: str) -> None:
        """A second line of the row above."""
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
        """Letters from ``x`` on, in the middle of a line. FPDF's text() takes a third of the time of its cell()."""
        self._made.text(x, self.y + height / 2 + points * MM * 0.3, text)

    def _width(self, text: str, points: float) -> float:
        """In mm; fonts measure in thousandths of their size."""
        return sum(self._letters.get(ord(one), 0) for one in text) * points * MM / 1000

    def _shade(self, grey: int) -> None:
        self._made.set_fill_color(grey)
        self._made.rect(LEFT, self.y, WIDE, ROW, style="F")
        self._made.set_fill_color(BLACK)

    def _header(self) -> None:
        self._shade(GREY)
        self._even = False
        self._texts([column.title for column in self._columns])

    def _room(self, height: float) -> None:
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
        """The mark of training across the whole page, beneath all else."""
        self._made.set_font("text", size=80)
        self._made.set_text_color(STAMP)
        with self._made.rotation(50, 105, 148):
            self._made.set_xy(0, 128)
            self._made.cell(210, 40, self._mark, align="C")
        self._made.set_text_color(BLACK)
        self._made.set_font("text", size=POINTS)

    def _shortened(self, text: str, wide: float, points: float) -> str:
        """``text`` on one line of ``wide`` mm, in letters that the font has."""
        if (found := self._cut.get((text, wide, points))) is not None:
            return found
        shown = "".join(one if ord(one) in self._letters else MISSING for one in fit(text))
        short = shown
        while short and self._width(short, points) > wide - 2 * PAD:
            short = f"{short[: -2 if short.endswith('…') else -1].rstrip()}…"
        self._cut[text, wide, points] = short
        return short
