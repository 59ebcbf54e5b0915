"""
Draw the tables of an analysis as SVG: sober, readable in grey, every label an outline, so that no glyph is missing.

What is drawn is also said: `<title>` names the chart, `<desc>` lists its labels and values as they were put on the
paper, for whoever hears the page. The same table gives the same bytes. This module is imported only when something
is drawn: matplotlib takes longer to load than a function to answer.
"""

import html
import io
import logging
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

# Where the font list is kept: a function can write nowhere else.
os.environ.setdefault("MPLCONFIGDIR", str(Path(tempfile.gettempdir()) / "prizedraw-matplotlib"))
logging.getLogger("matplotlib").setLevel(logging.ERROR)

import matplotlib as mpl  # noqa: E402
import matplotlib_fontja  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.font_manager import get_font  # noqa: E402
from matplotlib.patches import Rectangle  # noqa: E402

from prizedraw.analysis.file import HIDDEN, Sheet  # noqa: E402
from prizedraw.rendering.widths import wrapped  # noqa: E402

WIDTH = 4.0
"""Inches; a telephone shows a chart in about this size, paper in somewhat less, a screen in more."""

_INK, _PALE, _LINE = "#27496d", "#eef2f6", "#8a8f98"
_DARKEST = (0x9F, 0xB4, 0xCB)
"""The shade of a grid's largest value: black figures stay readable on it, in grey too."""

_STYLE: Any = {
    "font.family": matplotlib_fontja.matplotlib_fontja.FONT_NAME,
    "font.size": 8.5,
    "svg.fonttype": "path",
    "text.parse_math": False,
    "axes.edgecolor": _LINE,
    "axes.linewidth": 0.6,
    "xtick.color": "#333333",
    "ytick.color": "#1a1a1a",
    "hatch.linewidth": 0.5,
    "hatch.color": "#b4bac2",
}
_Said = list[tuple[str, str]]
"""What a chart tells: label and number, as they stand on the paper."""
_LABEL_WIDTH = 22
_ABSENT = "〓"
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_IDS = re.compile(r'(\bid="|href="#|url\(#)')


def draw(sheet: Sheet) -> str:
    """Return the chart of a table as an SVG element, or nothing if it has none."""
    if sheet.chart == "none" or not sheet.drawn_rows:
        return ""
    make = {"bars": _bars, "columns": _columns, "grid": _grid}[sheet.chart]
    with mpl.rc_context(_STYLE), mpl.rc_context({"svg.hashsalt": sheet.id}):
        figure, said = make(sheet)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata=_NO_METADATA)
    return _element(file.getvalue(), sheet, said)


def _figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    return figure, axes


def _bars(sheet: Sheet) -> tuple[Figure, _Said]:
    """Draw the first column as horizontal bars, the first row at the top; each with its number at its end."""
    values = [row[0] for row in sheet.cells[: len(sheet.drawn_rows)]]
    names = [wrapped(name, _LABEL_WIDTH) for name in sheet.drawn_rows]
    heights = [0.29 + 0.13 * name.count("\n") for name in names]
    middles = [end - height / 2 for end, height in zip(accumulate(heights), heights, strict=True)]
    figure, axes = _figure(0.25 + sum(heights))
    most = max((value for value in values if value is not None), default=0) or 1
    said = []
    for at, (value, middle) in enumerate(zip(values, middles, strict=True)):
        if value is not None:
            [bar] = axes.barh(middle, value, height=0.2, color=_INK)
            bar.set_gid(f"value-{at}")
        text = axes.text((value or 0) + most * 0.015, middle, _number(value), va="center", ha="left")
        said.append((sheet.drawn_rows[at], text.get_text()))
    axes.set_yticks(middles, [_drawable(name) for name in names])
    axes.set_ylim(sum(heights), 0)
    axes.set_xlim(0, most * 1.16)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    return figure, said


def _columns(sheet: Sheet) -> tuple[Figure, _Said]:
    """Draw the first column as upright bars, for what goes on in time; an axis tells the numbers."""
    values = [row[0] for row in sheet.cells[: len(sheet.drawn_rows)]]
    figure, axes = _figure(2.1)
    most = max((value for value in values if value is not None), default=0) or 1
    said = []
    for at, value in enumerate(values):
        said.append((sheet.drawn_rows[at], _number(value)))
        if value is None:
            axes.text(at, most * 0.01, HIDDEN, ha="center", va="bottom", fontsize=7)
        else:
            [bar] = axes.bar(at, value, width=0.72, color=_INK)
            bar.set_gid(f"value-{at}")
    every = max(1, -(-len(values) // 6))
    axes.set_xticks(range(0, len(values), every), [_drawable(name) for name in sheet.drawn_rows[::every]], fontsize=7.5)
    axes.set_xlim(-0.7, len(values) - 0.3)
    axes.set_ylim(0, most * 1.08)
    axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.yaxis.grid(visible=True, color="#d9dce0", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_ylabel(sheet.unit, rotation=0, ha="right", va="top", y=1.06)
    return figure, said


def _grid(sheet: Sheet) -> tuple[Figure, _Said]:
    """Draw a field a cell, the darker the larger its share; what is not told is hatched."""
    rows, columns = sheet.drawn_rows, sheet.drawn_columns
    heads = [wrapped(name, 6 if len(columns) > 8 else 10) for name in columns]  # noqa: PLR2004  narrow columns
    names = [wrapped(name, _LABEL_WIDTH - 4) for name in rows]
    top = 0.14 * max(head.count("\n") + 1 for head in heads)
    figure, axes = _figure(0.1 + top + 0.26 * len(rows))
    shares = [[_share(sheet, row, column) for column in range(len(columns))] for row in range(len(rows))]
    most = max((share for line in shares for share in line if share is not None), default=0) or 1
    said = []
    for at, line in enumerate(shares):
        for column, share in enumerate(line):
            told = sheet.cells[at][column]
            hatch = "////" if told is None else None
            field = Rectangle((column, at), 1, 1, fc=_shade((share or 0) / most), ec="#ffffff", lw=1, hatch=hatch)
            field.set_gid(f"value-{at}-{column}")
            axes.add_patch(field)
            text = axes.text(column + 0.5, at + 0.52, _number(told), ha="center", va="center", fontsize=8)
            said.append((f"{rows[at]}／{columns[column]}", text.get_text()))
    axes.set_xticks([at + 0.5 for at in range(len(columns))], [_drawable(head) for head in heads], fontsize=7)
    axes.xaxis.tick_top()
    axes.set_yticks([at + 0.5 for at in range(len(rows))], [_drawable(name) for name in names], fontsize=8)
    axes.set_xlim(0, len(columns))
    axes.set_ylim(len(rows), 0)
    for side in axes.spines.values():
        side.set_visible(False)
    return figure, said


def _share(sheet: Sheet, row: int, column: int) -> float | None:
    """Return what shades a field: the part that it is of its row, where the table says parts of rows, or the count."""
    value = sheet.cells[row][column]
    if sheet.share != "row" or value is None:
        return value
    total = sheet.cells[row][-1]
    return value / total if total else (0.0 if total == 0 else None)


def _shade(part: float) -> str:
    return "#" + "".join(f"{round(0xFF + (dark - 0xFF) * part):02x}" for dark in _DARKEST)


def _number(value: int | None) -> str:
    return HIDDEN if value is None else f"{value:,}"


def missing(texts: Sequence[str]) -> Iterator[str]:
    """Yield the letters that the font of the charts has not."""
    yield from sorted({letter for text in texts for letter in text if letter != "\n" and ord(letter) not in _known()})


@cache
def _known() -> frozenset[int]:
    """Return the code points of the letters that the font has."""
    return frozenset(get_font(matplotlib_fontja.get_font_ttf_path()).get_charmap())


def _drawable(text: str) -> str:
    """Put a mark in the place of each letter that the font has not."""
    absent = set(missing([text]))
    return "".join(_ABSENT if letter in absent else letter for letter in text)


def _element(svg: str, sheet: Sheet, said: _Said) -> str:
    """Return the bare element, its ids its own, with what it says."""
    element = _IDS.sub(rf"\g<1>{sheet.id}.", svg[svg.index("<svg") :])
    head = f'<svg class="chart" role="img" aria-labelledby="{sheet.id}.title {sheet.id}.desc"'
    title = f'<title id="{sheet.id}.title">{html.escape(sheet.title)}のグラフ</title>'
    listed = "\n".join(f"{name}：{number}" for name, number in said)
    desc = f'<desc id="{sheet.id}.desc">{html.escape(listed)}</desc>'
    at = element.index(">") + 1
    return head + element[len("<svg") : at] + title + desc + element[at:].rstrip()
