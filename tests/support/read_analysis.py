"""A published analysis as its readers see it: tables and bars of the page, the sheets of the workbook."""

import io
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import openpyxl

Numbers = dict[tuple[str, str], str]
"""What stands in each cell of a table, by the headings of its row and column."""
_COUNT = re.compile(r"([\d,]+)[人件]")
_WIDTH = re.compile(r"width:([\d.]+)%")
Bars = dict[str, list[tuple[str, float]]]
"""The bars of a table by the headings of their rows: for each piece its shade and its length in percent."""


@dataclass
class _Tables(HTMLParser):
    """Collect the cells of every table, by `data-sheet`: counts, or parts of which the small print tells the count."""

    found: dict[str, Numbers] = field(default_factory=dict)
    parts: dict[str, Numbers] = field(default_factory=dict)
    bars: dict[str, Bars] = field(default_factory=dict)
    shades: dict[str, Numbers] = field(default_factory=dict)
    _sheet: str = ""
    _heads: list[str] = field(default_factory=list)
    _row: list[str] = field(default_factory=list)
    _small: list[str] = field(default_factory=list)
    _classes: list[str] = field(default_factory=list)
    _bar: list[tuple[str, float]] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "table":
            self._sheet, self._heads = given["data-sheet"], []
            for kind in (self.found, self.parts, self.bars, self.shades):
                kind.setdefault(self._sheet, {})
        if tag == "tr":
            self._row, self._small, self._classes, self._bar = [], [], [], []
        if tag in ("td", "th"):
            self._row.append("")
            self._small.append("")
            self._classes.append(given.get("class", ""))
        if tag == "i" and "style" in given:
            width = _WIDTH.fullmatch(given["style"])
            assert width is not None
            self._bar.append((given["class"], float(width[1])))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass
        if tag == "tr" and not self._heads:
            self._heads = self._row
        elif tag == "tr":
            self._end_row()

    def _end_row(self) -> None:
        name = self._row[0]
        if self._bar:
            self.bars[self._sheet][name] = self._bar
        for at, head in enumerate(self._heads[1:], 1):
            count = _COUNT.fullmatch(self._small[at])
            self.found[self._sheet][name, head] = count[1] if count else self._row[at]
            self.shades[self._sheet][name, head] = self._classes[at]
            if count:
                self.parts[self._sheet][name, head] = self._row[at]

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self._open):
            (self._small if "small" in self._open else self._row)[-1] += data.strip()


def _read(page: str) -> _Tables:
    reader = _Tables()
    reader.feed(page)
    return reader


def tables(page: str) -> dict[str, Numbers]:
    """Return the counts of the tables of a page by their ids."""
    return _read(page).found


def parts(page: str) -> dict[str, Numbers]:
    """Return what stands in the cells whose number is told in small print: parts of their row."""
    return _read(page).parts


def bars(page: str) -> dict[str, Bars]:
    """Return what is drawn in the rows of a page's tables."""
    return {sheet: bars for sheet, bars in _read(page).bars.items() if bars}


def shades(page: str) -> dict[str, Numbers]:
    """Return the class of every cell: `s0` to `s5`, `hidden`, `total`."""
    return _read(page).shades


def sheets(data: bytes) -> dict[str, Numbers]:
    """Return the counts of every sheet of a workbook but the cover, by its title (cell A1)."""
    found = {}
    for sheet in openpyxl.load_workbook(io.BytesIO(data)).worksheets[1:]:
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        heads = [head for head in rows[2][1:] if head is not None and head != "割合"]
        counts: Numbers = {}
        for row in rows[3:]:
            if row[0] is None or len(row) < 2 or row[1] is None:
                break
            for head, cell in zip(heads, row[1:], strict=False):
                counts[str(row[0]), str(head)] = f"{cell:,}" if isinstance(cell, int) else str(cell)
        found[str(rows[0][0])] = counts
    return found
