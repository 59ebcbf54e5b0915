"""A published analysis as its readers see it: the tables of the page, the sheets of the workbook, what is drawn."""

import io
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import openpyxl

Numbers = dict[tuple[str, str], str]
"""What stands in each cell of a table, by the headings of its row and column."""
_SVG = re.compile(r'<svg class="chart".*?</svg>', re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass
class _Tables(HTMLParser):
    """Collect the cells of every table, by `data-sheet`; small print in a cell is left out."""

    found: dict[str, Numbers] = field(default_factory=dict)
    _sheet: str = ""
    _heads: list[str] = field(default_factory=list)
    _row: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._sheet, self._heads = dict(attrs)["data-sheet"] or "", []
            self.found.setdefault(self._sheet, {})
        if tag == "tr":
            self._row = []
        if tag in ("td", "th"):
            self._row.append("")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass
        if tag == "tr" and not self._heads:
            self._heads = self._row
        elif tag == "tr":
            for head, cell in zip(self._heads[1:], self._row[1:], strict=True):
                self.found[self._sheet][self._row[0], head] = cell

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self._open) and "small" not in self._open:
            self._row[-1] += data.strip()


def tables(page: str) -> dict[str, Numbers]:
    """Return the tables of a page by their ids."""
    reader = _Tables()
    reader.feed(_SVG.sub("", page))
    return reader.found


def charts(page: str) -> dict[str, ET.Element]:
    """Return the charts of a page by the ids of their tables."""
    elements = [ET.fromstring(text) for text in _SVG.findall(page)]  # noqa: S314  our own page
    return {element.attrib["aria-labelledby"].split(".")[0]: element for element in elements}


def said(chart: ET.Element) -> dict[str, str]:
    """Return what a chart says it shows: the number by its label."""
    text = next(element for element in chart if element.tag.endswith("desc")).text or ""
    return dict(pair.rsplit("：", 1) for pair in text.split("\n")) if text else {}


def drawn(chart: ET.Element) -> dict[str, tuple[float, float, str]]:
    """Return width, height and style of every field or bar that stands for a value, by its number."""
    found = {}
    for group in chart.iter("{http://www.w3.org/2000/svg}g"):
        match = re.search(r"\.value-([\d-]+)$", group.attrib.get("id", ""))
        if match:
            path = next(group.iter("{http://www.w3.org/2000/svg}path"))
            numbers = [float(number) for number in _NUMBER.findall(path.attrib["d"])]
            xs, ys = numbers[::2], numbers[1::2]
            found[match[1]] = (max(xs) - min(xs), max(ys) - min(ys), path.attrib["style"])
    return found


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
