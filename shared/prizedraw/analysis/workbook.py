"""Write an analysis as an Excel workbook: a cover with the notes, then one sheet a table, ready to print."""

import io
import re

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from prizedraw.analysis.file import HIDDEN, Analysis, Sheet
from prizedraw.analysis.page import made_on, notes, shares
from prizedraw.analysis.parts import Share, per_mille, together
from prizedraw.rendering.widths import width
from prizedraw.rendering.xlsx import open_workbook
from prizedraw.times import unstamp

NAME = "analysis.xlsx"
A4 = 9
_MOST_NAME = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_NARROW, _WIDE, _WIDEST = 9, 26, 44
_LINE = 17.0
"""Points."""
_MOST_ROWS = 40
"""Of a table that is printed on one page."""
_BAR, _CHART_WIDTH, _ROW = 24, 640, 20
"""Pixels: a bar with what is around it, a chart, a row at the least."""
_LEAST_HIGH = 120
"""Of a chart, in pixels: LibreOffice breaks the numbers of a lower one."""
_ROOM = 1.15
"""How far the axis goes beyond the longest bar, so that its number stands beside it."""
_COLUMN = 64
"""Pixels of a column whose width nobody set."""
_COVER = "表紙"


class _Formats:
    """The formats of one workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        framed = {"border": 1, "border_color": "#9AA1A9", "valign": "vcenter"}
        head = framed | {"bold": True, "bg_color": "#ECEFF2", "text_wrap": True}
        self.title: Format = book.add_format({"bold": True, "font_size": 14})
        self.part: Format = book.add_format({"bold": True, "valign": "top"})
        self.plain: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.head: Format = book.add_format(head)
        self.head_right: Format = book.add_format(head | {"align": "right"})
        self.name: Format = book.add_format(framed | {"text_wrap": True})
        self.number: Format = book.add_format(framed | {"num_format": "#,##0"})
        self.share: Format = book.add_format(framed | {"num_format": "0.0%"})
        self.hidden: Format = book.add_format(framed | {"align": "right", "bg_color": "#F0F1F3"})


def write(analysis: Analysis) -> bytes:
    """Write the workbook, always the same bytes; counts are numbers, what is withheld is the text ＊."""
    file = io.BytesIO()
    with open_workbook(file, default_format_properties={"font_name": "Yu Gothic", "font_size": 10.5}) as book:
        book.set_properties({"title": analysis.title, "created": unstamp(analysis.made_at).replace(tzinfo=None)})
        formats = _Formats(book)
        names = {sheet.id: _name(number, sheet.title) for number, sheet in enumerate(analysis.sheets, 1)}
        _cover(_added(book, _COVER), formats, analysis, names)
        for sheet in analysis.sheets:
            _write(book, _added(book, names[sheet.id]), formats, analysis, sheet)
    return file.getvalue()


def _name(number: int, title: str) -> str:
    return f"{number:02d} {_NOT_IN_NAMES.sub('', title)}"[:_MOST_NAME].rstrip()


def _added(book: xlsxwriter.Workbook, name: str) -> Worksheet:
    sheet = book.add_worksheet(name)
    sheet.set_paper(A4)
    sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.7)
    sheet.set_header("&R&A")
    sheet.set_footer("&C&P / &N")
    sheet.hide_gridlines(2)
    return sheet


def _cover(sheet: Worksheet, formats: _Formats, analysis: Analysis, names: dict[str, str]) -> None:
    sheet.fit_to_pages(1, 1)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 80)
    sheet.write_string(0, 0, "応募者の集計と分析", formats.title)
    facts = {
        "事業": analysis.title,
        "報告先": analysis.ward,
        "受託者": analysis.contractor,
        "応募の受付": analysis.period,
        "作成日": made_on(analysis),
    }
    at = 2
    for name, text in facts.items():
        sheet.write_string(at, 0, name, formats.plain)
        sheet.write_string(at, 1, text, formats.plain)
        at += 1
    for heading, lines in (("読み方", notes(analysis)), ("表の一覧", tuple(names.values()))):
        at += 1
        sheet.write_string(at, 0, heading, formats.part)
        for line in lines:
            sheet.set_row(at, _LINE * (1 + width(line) // 84))
            sheet.write_string(at, 1, line, formats.plain)
            at += 1


def _write(book: xlsxwriter.Workbook, page: Worksheet, formats: _Formats, analysis: Analysis, sheet: Sheet) -> None:
    """Write one table, below it what parts of their whole its counts are, and its chart."""
    first = min(_WIDEST, 2 + max(width(name) for name in (sheet.corner, *sheet.rows)))
    page.set_column(0, 0, first)
    others = [max(_NARROW, min(_WIDE, width(heading) + 3)) for heading in (*sheet.columns, "割合")]
    for column, wide in enumerate(others, 1):
        page.set_column(column, column, wide)
    if len(sheet.columns) > 6:  # noqa: PLR2004  what fits upright
        page.set_landscape()
    page.write_string(0, 0, sheet.title, formats.title)
    at = _block(page, formats, sheet, 2, first)
    parts = shares(analysis, sheet)
    if sheet.share == "population":
        page.write_string(2, 2, "割合", formats.head_right)
        for row, [part] in enumerate(parts, 3):
            _part(page, formats, row, 2, part)
    elif sheet.share == "row":
        page.set_row(at + 1, _LINE)
        page.write_string(at + 1, 0, f"割合（行の{sheet.columns[-1]}に対する割合）", formats.part)
        at = _block(page, formats, sheet, at + 2, first, parts)
    page.write_string(at + 1, 0, f"単位：{sheet.unit}　「{HIDDEN}」は伏せた数（表紙の「読み方」のとおり）")
    said = (*together(sheet), *sheet.notes)
    for number, note in enumerate(said, at + 2):
        page.write_string(number, 0, note)
    end = _chart(book, page, sheet, at + 1 + len(said))
    page.print_area(0, 0, end, _last_column([first, *others]))
    page.fit_to_pages(1, 1 if len(sheet.rows) <= _MOST_ROWS else 0)
    page.repeat_rows(2)
    page.freeze_panes(3, 1)


def _last_column(widths: list[int]) -> int:
    """Return the last column to print, by the *widths* (characters) of those with a table: none cuts the chart."""
    last = max(6, len(widths) - 1)
    pixels = sum(7 * wide + 5 for wide in widths) + _COLUMN * (last + 1 - len(widths))
    return last + max(0, -((pixels - _CHART_WIDTH) // _COLUMN))


def _block(
    page: Worksheet,
    formats: _Formats,
    sheet: Sheet,
    at: int,
    first: int,
    parts: list[list[Share]] | None = None,
) -> int:
    """Write head and rows from row *at* on, counts or *parts*; return the first free row."""
    page.write_string(at, 0, sheet.corner, formats.head)
    page.set_row(at, _LINE * max(1 + (width(name) + 2) // _WIDE for name in sheet.columns))
    for column, heading in enumerate(sheet.columns, 1):
        page.write_string(at, column, heading, formats.head_right)
    for row, name in enumerate(sheet.rows):
        page.set_row(at + 1 + row, _LINE * (1 + (width(name) + 1) // first))
        page.write_string(at + 1 + row, 0, name, formats.name)
        for column, number in enumerate(sheet.cells[row], 1):
            if parts is not None:
                _part(page, formats, at + 1 + row, column, parts[row][column - 1])
            elif number is None:
                page.write_string(at + 1 + row, column, HIDDEN, formats.hidden)
            else:
                page.write_number(at + 1 + row, column, number, formats.number)
    return at + 1 + len(sheet.rows)


def _part(page: Worksheet, formats: _Formats, row: int, column: int, part: Share) -> None:
    """Write a part as the page rounds it: a spreadsheet would round halves of its own binary fractions."""
    if part.number is None or part.whole is None:
        page.write_string(row, column, HIDDEN, formats.hidden)
    elif part.whole == 0:
        page.write_string(row, column, "－", formats.hidden)
    else:
        page.write_number(row, column, per_mille(part.number, part.whole) / 1_000, formats.share)


def _chart(book: xlsxwriter.Workbook, page: Worksheet, sheet: Sheet, at: int) -> int:
    """Draw a bar a row of one column, below what is written up to row *at*; return the row up to which it reaches."""
    if sheet.chart != "bars" or len(sheet.columns) > 1 or not sheet.drawn_rows:
        return at
    last, height = 2 + len(sheet.drawn_rows), max(_LEAST_HIGH, _BAR * (len(sheet.drawn_rows) + 1))
    chart = book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "categories": [page.get_name(), 3, 0, last, 0],
            "values": [page.get_name(), 3, 1, last, 1],
            "data_labels": {"value": True},
            "fill": {"color": "#27496D"},
            "gap": 40,
        }
    )
    chart.set_title({"none": True})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "line": {"color": "#8A8F98"}})
    most = max((row[0] or 0 for row in sheet.cells[: len(sheet.drawn_rows)]), default=0)
    bare = {"visible": False, "major_gridlines": {"visible": False}}
    chart.set_x_axis({**bare, "min": 0, "max": max(1, most * _ROOM)})
    chart.set_size({"width": _CHART_WIDTH, "height": height})
    page.insert_chart(at + 2, 0, chart, {"description": f"{sheet.title}のグラフ"})
    return at + 3 + height // _ROW
