"""The workbook: numbers as numbers, what is withheld as text, no formula, one sheet a table, the same each time."""

import io
import re
import zipfile
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from prizedraw.analysis import page, workbook
from prizedraw.analysis.file import HIDDEN
from prizedraw.rendering.widths import width
from support import read_analysis
from support.analyses import grid, made, of, rendered, sheet


@pytest.fixture(scope="module")
def book() -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook.write(made())))


def rows(page: Worksheet) -> list[list[Any]]:
    return [list(row) for row in page.iter_rows(values_only=True)]


def test_there_is_a_cover_and_a_sheet_a_table(book: openpyxl.Workbook) -> None:
    assert book.sheetnames[0] == "表紙"
    assert len(book.sheetnames) == 1 + len(made().sheets)
    assert [rows(one)[0][0] for one in book.worksheets[1:]] == [one.title for one in made().sheets]


def test_the_cover_says_what_the_page_says(book: openpyxl.Workbook) -> None:
    told = {str(cell) for row in rows(book.worksheets[0]) for cell in row if cell}
    assert {made().title, made().ward, made().contractor, made().period, *page.notes(made())} <= told
    assert set(book.sheetnames[1:]) <= told


def test_counts_are_those_of_the_page() -> None:
    titles = {one.title: one.id for one in made().sheets}
    sheets = {titles[title]: counts for title, counts in read_analysis.sheets(workbook.write(made())).items()}
    tables = read_analysis.tables(rendered())
    assert sheets == {
        id: {place: text for place, text in cells.items() if place[1] != "割合"} for id, cells in tables.items()
    }


def test_numbers_are_numbers_and_what_is_withheld_is_text(book: openpyxl.Workbook) -> None:
    kinds = {(type(cell.value), cell.data_type) for one in book.worksheets for row in one.iter_rows() for cell in row}
    assert {kind for _, kind in kinds} == {"s", "n"}
    assert (int, "n") in kinds
    hidden = [cell for one in book.worksheets[1:] for row in one.iter_rows() for cell in row if cell.value == HIDDEN]
    assert hidden
    assert {cell.data_type for cell in hidden} == {"s"}


def test_parts_are_of_the_population_and_of_the_row(book: openpyxl.Workbook) -> None:
    age = rows(book["05 年代"])
    assert age[2] == ["回答", "人数", "割合"]
    assert [row[2] for row in age[3:7]] == [rounded(row[1], 120) for row in age[3:7] if isinstance(row[1], int)]
    crossed = rows(next(one for one in book.worksheets if "希望する賞品（年代別）" in one.title))
    at = next(number for number, row in enumerate(crossed) if row[0] == "割合（行の合計に対する割合）")
    counts, parts = crossed[3 : 3 + 3], crossed[at + 2 : at + 2 + 3]
    for row, part in zip(counts, parts, strict=True):
        expected = [rounded(c, row[-1]) if isinstance(c, int) and isinstance(row[-1], int) else HIDDEN for c in row[1:]]
        assert part == [row[0], *expected]


def rounded(part: int, whole: int) -> float:
    """Round a part to thousandths, halves up, as it is done by hand."""
    return float((Decimal(part) / Decimal(whole)).quantize(Decimal("0.001"), ROUND_HALF_UP))


def test_parts_are_rounded_as_on_the_page() -> None:
    """15 of 48 are 31.25 %, as are others of this table: a binary fraction rounds some of them down."""
    one = grid([[part, 48 - part, 48] for part in (15, 27, 3, 9)])
    sheet = openpyxl.load_workbook(io.BytesIO(workbook.write(of(one)))).worksheets[1]
    at = next(number for number, row in enumerate(rows(sheet)) if str(row[0]).startswith("割合（行の列2に"))
    written = {(row[0], f"列{n}"): f"{100 * row[n + 1]:.1f}％" for row in rows(sheet)[at + 2 : at + 6] for n in (0, 1)}
    assert written == read_analysis.parts(page.render(of(one)))["g"]


def test_what_is_withheld_is_marked_alike_on_the_page_and_in_the_workbook() -> None:
    """The page wrote － for the part of a number that is withheld, the workbook ＊."""
    both = of(sheet([1], id="first"), sheet([None, 20, 0], share="population"))
    written = rows(openpyxl.load_workbook(io.BytesIO(workbook.write(both))).worksheets[2])
    cells = read_analysis.tables(page.render(both))["one"]
    shown = [text for (_, column), text in cells.items() if column == "割合"]
    assert [row[2] for row in written[3:6]] == [HIDDEN, 0.1, 0]
    assert shown == [HIDDEN, "10.0％", "0.0％"]


def test_no_heading_of_a_common_length_is_torn() -> None:
    """佐伯祐三アトリエ記念館 ended in a line of one letter."""
    columns = ("佐伯祐三アトリエ記念館", "どちらでもよい", "合計")
    one = grid([[10, 20, 30]], columns=columns)
    written = openpyxl.load_workbook(io.BytesIO(workbook.write(of(one)))).worksheets[1]
    assert all(written.column_dimensions[at].width > width(name) for at, name in zip("BCD", columns, strict=True))
    assert written.row_dimensions[3].height == written.row_dimensions[4].height


def test_the_axis_leaves_room_for_the_longest_bar_s_number() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook.write(of(sheet([3, None, 100]))))) as book:
        chart = book.read("xl/charts/chart1.xml").decode()
    assert '<c:max val="115"' in chart or '<c:max val="114.99' in chart


def test_single_columns_have_their_chart() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook.write(of(sheet([3, None, 5]), grid([[1, 2, 3]]))))) as book:
        [chart] = [name for name in book.namelist() if name.startswith("xl/charts/")]
        assert "$A$4:$A$6" in book.read(chart).decode()


def test_what_is_printed_holds_the_whole_chart() -> None:
    written = io.BytesIO(workbook.write(of(sheet([3, None, 5]))))
    printed = openpyxl.load_workbook(written).worksheets[1].print_area
    with zipfile.ZipFile(written) as book:
        drawing = book.read("xl/drawings/drawing1.xml").decode()
    [end] = re.findall(r"<xdr:to><xdr:col>(\d+)", drawing)
    assert range_boundaries(printed.partition("!")[2] or printed)[2] > int(end)


def test_every_sheet_prints_on_a4_in_one_width_with_its_heading(book: openpyxl.Workbook) -> None:
    for one in book.worksheets:
        assert (int(one.page_setup.paperSize), one.page_setup.fitToWidth or 1) == (workbook.A4, 1)
        assert one.sheet_properties.pageSetUpPr.fitToPage
    assert all(one.print_area for one in book.worksheets[1:])
    assert {one.print_title_rows for one in book.worksheets[1:]} == {"$3:$3"}


@pytest.mark.parametrize("title", ["=1+1", "名[前]:*?/\\'", "長い題" * 30, "'"])
def test_any_title_names_a_sheet_and_is_text(title: str) -> None:
    data = workbook.write(of(sheet([3], title=title), sheet([4], id="two", title=title)))
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert len(set(book.sheetnames)) == 3
    cell = book.worksheets[1]["A1"]
    assert (cell.value, cell.data_type) == (title, "s")


def test_is_the_same_each_time() -> None:
    assert workbook.write(made()) == workbook.write(made())
