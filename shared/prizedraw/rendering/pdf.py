"""
Set Japanese text on A4 paper as PDF: one embedded font, tables that go on over pages, numbered pages.

The same story gives the same bytes. Text that the font cannot draw is shown as 〓 with its Unicode number, never left
out: `Paper.missing` tells what. The font is IPAexGothic, shipped by matplotlib-fontja; that package is not imported,
since it would load matplotlib.
"""

import io
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import CondPageBreak, Flowable, SimpleDocTemplate, Spacer, Table, XPreformatted

from prizedraw.errors import Broken, Problem

FONT = "IPAexGothic"
FILE = Path("matplotlib_fontja", "fonts", "ipaexg.ttf")
WIDTH = A4[0] - 34 * mm
"""How wide a line may be, in points."""

NO_FONT = Problem("E-891", "PDFの書体（IPAexゴシック）が見つかりません。保守担当に連絡してください。")

Story: TypeAlias = list[Flowable]
Cell: TypeAlias = "str | Sequence[tuple[str, str]]"
"""A text, or several, each with its style."""

_MARGIN, _GAP, _PADDING = 17 * mm, 6 * mm, 4
_MOST_LINES = 40
"""How many lines of a table's row stay together."""
_INK, _GREY, _LINE, _TINT = (Color(shade, shade, shade) for shade in (0.1, 0.4, 0.55, 0.945))
_STYLES: dict[str, dict[str, Any]] = {
    "body": {"fontSize": 9.5, "leading": 15},
    "right": {"fontSize": 9.5, "leading": 15, "alignment": TA_RIGHT},
    "cell": {"fontSize": 8, "leading": 11.5},
    "small": {"fontSize": 7.5, "leading": 10.5, "textColor": _GREY},
    "heading": {"fontSize": 11.5, "leading": 16, "spaceBefore": 6.5 * mm, "spaceAfter": 2 * mm},
    "title": {"fontSize": 20, "leading": 28, "alignment": TA_CENTER},
    "address": {"fontSize": 12, "leading": 18},
    "state": {"fontSize": 24, "leading": 36, "alignment": TA_CENTER},
    "detail": {"fontSize": 11, "leading": 17, "alignment": TA_CENTER},
}
_FACE = ("FONTNAME", (0, 0), (-1, -1), FONT)
"""A table names a font even where it draws no text itself; left alone it is Helvetica, which is not embedded."""
_GRID = [
    _FACE,
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEABOVE", (0, 0), (-1, 0), 0.8, _INK),
    ("LINEBELOW", (0, -1), (-1, -1), 0.8, _INK),
    ("LEFTPADDING", (0, 0), (-1, -1), _PADDING),
    ("RIGHTPADDING", (0, 0), (-1, -1), _PADDING),
    ("TOPPADDING", (0, 0), (-1, -1), 3),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
]
_OPEN, _CLOSE = "（「『【〔〈《", "、。，．：；！？）」』】〕〉》・ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ％"
_UNIT = re.compile(f"[{_OPEN}]*(?:[!-~]+|[^{_OPEN}])[{_CLOSE}]*|[{_OPEN}]+")
"""What stays together on a line: a word of Latin letters or one character, with the brackets that cling to it."""


@cache
def glyphs() -> frozenset[int]:
    """
    Load the font; return the code points that it can draw.

    Raises:
        Broken: it is not installed.
    """
    file = next(filter(Path.is_file, (Path(folder, FILE) for folder in sys.path)), None)
    if file is None:
        raise Broken(NO_FONT)
    font = TTFont(FONT, file)
    pdfmetrics.registerFont(font)
    return frozenset(font.face.charToGlyph)


def lines(text: str, width: float, size: float) -> Iterator[str]:
    """
    Break a text into lines of at most *width* points, by the rules of Japanese typesetting (禁則処理).

    reportlab's own way lets a line begin with a comma and end with an opening bracket.
    """
    line, used = "", 0.0
    for unit in _UNIT.findall(text):
        whole = pdfmetrics.stringWidth(unit, FONT, size) <= width
        for part in (unit,) if whole else unit:
            needs = pdfmetrics.stringWidth(part, FONT, size)
            if line and used + needs > width:
                yield line
                line, used = "", 0.0
            if line or not part.isspace():
                line, used = line + part, used + needs
    yield line


class Paper:
    """The maker of one document's parts; afterwards `missing` holds the characters that the font could not draw."""

    def __init__(self) -> None:
        self.missing: dict[str, str] = {}
        self._glyphs = glyphs()
        self._styles = {
            name: ParagraphStyle(name, fontName=FONT, bulletFontName=FONT, **({"textColor": _INK} | style))
            for name, style in _STYLES.items()
        }

    def drawable(self, text: str) -> str:
        """Replace what the font cannot draw: `𠮷` becomes `〓(U+20BB7)`."""
        return "".join(c if ord(c) in self._glyphs else self._stand_in(c) for c in text)

    def _stand_in(self, character: str) -> str:
        return self.missing.setdefault(character, f"〓(U+{ord(character):04X})")

    def text(self, text: str, style: str = "body", width: float = WIDTH) -> Flowable:
        """Make a paragraph of plain text."""
        look = self._styles[style]
        broken = lines(self.drawable(text), width, look.fontSize)
        return XPreformatted("\n".join(map(escape, broken)), look)

    def heading(self, text: str) -> Story:
        """Make a heading that does not stay behind alone at the foot of a page."""
        return [CondPageBreak(35 * mm), self.text(text, "heading")]

    def pairs(self, rows: Sequence[tuple[str, Cell]]) -> Flowable:
        """Make a table of labels and values."""
        return self._table(rows, [38 * mm, WIDTH - 38 * mm], [("BACKGROUND", (0, 0), (0, -1), _TINT)], 0)

    def grid(self, header: Sequence[str], rows: Sequence[Sequence[Cell]], widths: Sequence[float]) -> Flowable:
        """Make a table whose header is repeated on every page; *widths* are parts of the whole."""
        look = [("BACKGROUND", (0, 0), (-1, 0), _TINT)]
        return self._table([header, *rows], [WIDTH * width / sum(widths) for width in widths], look, 1)

    def box(self, content: Sequence[Flowable]) -> Flowable:
        """Make a frame around what must not be overlooked."""
        look: list[Any] = [_FACE, ("BOX", (0, 0), (-1, -1), 1.2, _INK)]
        look += [("TOPPADDING", (0, 0), (-1, -1), 6), ("BOTTOMPADDING", (0, 0), (-1, -1), 10)]
        return Table([[list(content)]], colWidths=[WIDTH], style=look)

    def beside(self, left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]]) -> Flowable:
        """Make two frames of the same height, one beside the other, of texts with their styles; empty is a gap."""
        half = (WIDTH - _GAP) / 2
        sides = [
            [self.text(text, style, half - 24) if text else Spacer(0, 5 * mm) for text, style in side]
            for side in (left, right)
        ]
        look: list[Any] = [_FACE, ("VALIGN", (0, 0), (-1, -1), "TOP")]
        look += [(f"{edge}PADDING", (0, 0), (-1, -1), 12) for edge in ("LEFT", "RIGHT")]
        look += [(f"{edge}PADDING", (0, 0), (-1, -1), 8) for edge in ("TOP", "BOTTOM")]
        look += [("BOX", (column, 0), (column, 0), 0.8, _INK) for column in (0, 2)]
        return Table([[sides[0], [], sides[1]]], colWidths=[half, _GAP, half], style=look)

    def _table(self, rows: Sequence[Sequence[Cell]], widths: Sequence[float], look: list[Any], repeat: int) -> Flowable:
        cells, rules = [], []
        for row in rows:
            whole = [self._lines(cell, width - 2 * _PADDING) for cell, width in zip(row, widths, strict=True)]
            # A row longer than a page goes on as further rows, without a rule between.
            for start in range(0, max(map(len, whole)), _MOST_LINES):
                cells.append([cell[start : start + _MOST_LINES] for cell in whole])
            rules.append(("LINEBELOW", (0, len(cells) - 1), (-1, len(cells) - 1), 0.4, _LINE))
        return Table(cells, colWidths=widths, style=[*rules, *_GRID, *look], repeatRows=repeat)

    def _lines(self, cell: Cell, width: float) -> Story:
        """Make the lines of a cell, each a flowable of its own."""
        texts = [(cell, "cell")] if isinstance(cell, str) else cell
        return [
            XPreformatted(escape(line), self._styles[style])
            for text, style in texts
            for line in lines(self.drawable(text), width, self._styles[style].fontSize)
        ]


def pages(story: Callable[[], Story], footer: str, **metadata: str) -> bytes:
    """
    Set a story on numbered pages, with a *footer* at the left of each number.

    The *story* is made twice, since its number of pages is known only once it is set.
    """
    _, total = _set(story(), footer, 0, metadata)
    return _set(story(), footer, total, metadata)[0]


def _set(story: Story, footer: str, total: int, metadata: dict[str, str]) -> tuple[bytes, int]:
    def number(canvas: Any, document: Any) -> None:
        canvas.setFont(FONT, 7.5)
        canvas.setFillColor(_GREY)
        canvas.setStrokeColor(_LINE)
        canvas.line(_MARGIN, 14 * mm, A4[0] - _MARGIN, 14 * mm)
        canvas.drawString(_MARGIN, 10 * mm, footer)
        canvas.drawRightString(A4[0] - _MARGIN, 10 * mm, f"{document.page}/{total}")

    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=_MARGIN - 6,  # a frame has a padding of six points
        rightMargin=_MARGIN - 6,
        topMargin=16 * mm,
        bottomMargin=18 * mm,
        invariant=1,
        lang="ja",
        initialFontName=FONT,
        **metadata,
    )
    document.build(story, onFirstPage=number, onLaterPages=number)
    return buffer.getvalue(), document.page
