"""
Show an analysis as one self-contained page, for the screen, the telephone and A4.

Every table is its own chart: bars and shades stand in its cells, so that no number is told twice, and what is drawn is
as legible on a telephone as text is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prizedraw.analysis.file import HIDDEN, Analysis, Sheet
from prizedraw.analysis.parts import Share, chosen, percent, together
from prizedraw.rendering import html
from prizedraw.rendering.widths import pieces, width
from prizedraw.times import JST, japanese_date, unstamp

NAME = "analysis.html"
SIDE_BY_SIDE = 16
"""So many rows of one column at most stand in one block; a longer table is set in several, side by side."""
_WIDEST = 8
"""So many full-width letters of a heading are never torn; a longer word may be, so that a table fits its paper."""
_SHADES = 5
"""How many shades a field may have; 0 is white."""


@dataclass(frozen=True)
class Cell:
    """One number, and its part of its whole (empty: not shown). The larger it is the darker its *shade*."""

    text: str
    share: str = ""
    is_hidden: bool = False
    is_total: bool = False
    shade: int = 0


@dataclass(frozen=True)
class Heading:
    """A column's heading in *pieces* that are not torn, and how wide (in letters) its column is at least."""

    pieces: tuple[str, ...]
    letters: float


@dataclass(frozen=True)
class Segment:
    """A piece of a bar: how long it is, in percent; *shade* 1 to 5, or 0: what of its row is withheld."""

    length: str
    shade: int


@dataclass(frozen=True)
class PageRow:
    """One row, and its bar."""

    name: str
    cells: tuple[Cell, ...]
    is_total: bool
    bar: tuple[Segment, ...] = ()


def render(analysis: Analysis) -> str:
    """Render the page; the same analysis gives the same page."""
    return html.render(
        "analysis.html",
        analysis=analysis,
        made=made_on(analysis),
        notes=notes(analysis),
        headline=analysis.sections[0].sheets[0],
        shown=[(section, [_shown(analysis, sheet) for sheet in section.sheets]) for section in analysis.sections],
    )


def made_on(analysis: Analysis) -> str:
    """Say on which day the analysis was made, in Japan."""
    return japanese_date(unstamp(analysis.made_at).astimezone(JST).date())


def notes(analysis: Analysis) -> tuple[str, ...]:
    """Say how the numbers are to be read; the page and the workbook say the same."""
    return (
        f"受け付けた応募{analysis.population:,}件（お一人一件）を集計しました。重複などで受け付けなかった応募は含みません。",
        f"「{HIDDEN}」は、{analysis.threshold}人未満の数、または差し引きで{analysis.threshold}人未満の数が分かってしまうため伏せた数です。"
        "0人はそのまま示しますが、少人数の内訳では0人も伏せることがあります。",
        chosen(analysis),
        "割合は小数第2位を四捨五入したため、合計が100％にならないことがあります。",
        "氏名、住所、メールアドレス、自由記述の内容は、この集計に含まれていません。",
        "この集計は一度だけ作成され、後から変わることはありません。",
    )


def shares(analysis: Analysis, sheet: Sheet) -> list[list[Share]]:
    """Return the part and the whole of each cell."""
    population = {"population": analysis.population}.get(sheet.share)
    return [[Share(cell, row[-1] if sheet.share == "row" else population) for cell in row] for row in sheet.cells]


def _shown(analysis: Analysis, sheet: Sheet) -> dict[str, object]:
    rows = list(_rows(analysis, sheet))
    size = -(-len(rows) // -(-len(rows) // SIDE_BY_SIDE)) if len(sheet.columns) == 1 and rows else len(rows)
    return {
        "sheet": sheet,
        "headings": [_heading(column) for column in sheet.columns],
        "blocks": [rows[at : at + size] for at in range(0, len(rows), size or 1)],
        "finding": finding(analysis, sheet),
        "together": together(sheet),
        "shades": [_shade(column, len(sheet.drawn_columns)) for column in range(len(sheet.drawn_columns))],
    }


def _heading(column: str) -> Heading:
    parts = tuple(pieces(column))
    return Heading(parts, min(_WIDEST, max(map(width, parts), default=0) / 2))


def _rows(analysis: Analysis, sheet: Sheet) -> Iterator[PageRow]:
    parts = shares(analysis, sheet)
    drawn = [row[: len(sheet.drawn_columns)] for row in parts[: len(sheet.drawn_rows)]]
    most = max((part.size for row in drawn for part in row), default=0) or 1
    for at, (name, row) in enumerate(zip(sheet.rows, parts, strict=True)):
        is_total = at >= len(sheet.drawn_rows)
        shaded = sheet.chart == "shades" and not is_total
        cells = (
            Cell(
                HIDDEN if part.number is None else f"{part.number:,}",
                percent(*part),
                part.number is None,
                column >= len(sheet.drawn_columns),
                round(_SHADES * part.size / most) if shaded and column < len(sheet.drawn_columns) else 0,
            )
            for column, part in enumerate(row)
        )
        yield PageRow(name, tuple(cells), is_total, () if is_total else tuple(_bar(sheet, row, most)))


def _bar(sheet: Sheet, row: Sequence[Share], most: float) -> Iterator[Segment]:
    """Draw a row: its first number against the largest of the table, or its answers end to end."""
    if sheet.chart == "bars" and row[0].number is not None:
        yield Segment(f"{100 * row[0].size / (1 if sheet.share == 'row' else most):.2f}", _SHADES)
    whole = row[-1].number
    if sheet.chart != "scale" or not whole:
        return
    told = [part.number for part in row[:-1]]
    for column, count in enumerate(told):
        if count:
            yield Segment(f"{100 * count / whole:.2f}", _shade(column, len(told)))
    if None in told:
        yield Segment(f"{100 * (whole - sum(count or 0 for count in told)) / whole:.2f}", 0)


def _shade(column: int, columns: int) -> int:
    """Return the shade of an answer of a scale: the first is the darkest."""
    return max(1, _SHADES - column * _SHADES // max(columns - 1, 1)) if columns > 1 else _SHADES


def finding(analysis: Analysis, sheet: Sheet) -> str:
    """Say which row of a single column has the most people; nothing if a withheld number might be larger."""
    numbers = [row[0] for row in sheet.cells[: len(sheet.drawn_rows)]]
    told = [number for number in numbers if number is not None]
    if sheet.share != "population" or len(told) < len(numbers) or not any(told):
        return ""
    most = max(told)
    names = [f"「{name}」" for name, number in zip(sheet.drawn_rows, numbers, strict=True) if number == most]
    if len(names) > 2:  # noqa: PLR2004  three with as many are no finding
        return ""
    each = "それぞれ" if len(names) > 1 else ""
    return f"最も多いのは{'と'.join(names)}で、{each}{most:,}{sheet.unit}（{percent(most, analysis.population)}）です。"
