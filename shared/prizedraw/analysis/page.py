"""Show an analysis as one self-contained page, for the screen, the telephone and A4: a table behind every chart."""

from collections.abc import Iterator
from dataclasses import dataclass

from prizedraw.analysis import charts
from prizedraw.analysis.file import HIDDEN, Analysis, Sheet
from prizedraw.rendering import html
from prizedraw.times import JST, japanese_date, unstamp

NAME = "analysis.html"
SIDE_BY_SIDE = 16
"""So many rows of one column at most stand in one block; a longer table is set in several, side by side."""


@dataclass(frozen=True)
class Cell:
    """One number, and what part it is of its whole; an empty *share* is not shown."""

    text: str
    share: str = ""
    is_hidden: bool = False
    is_total: bool = False


@dataclass(frozen=True)
class PageRow:
    """One row."""

    name: str
    cells: tuple[Cell, ...]
    is_total: bool


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
        "割合は小数第2位を四捨五入したため、合計が100％にならないことがあります。",
        "氏名、住所、メールアドレス、自由記述の内容は、この集計に含まれていません。",
        "この集計は一度だけ作成され、後から変わることはありません。",
    )


def percent(part: int | None, whole: int | None) -> str:
    """Show a part of a whole; nothing where one of them is withheld or the whole is nobody."""
    return f"{100 * part / whole:.1f}％" if part is not None and whole else ""


def shares(analysis: Analysis, sheet: Sheet) -> list[list[tuple[int | None, int | None]]]:
    """Return the part and the whole of each cell."""
    population = {"population": analysis.population}.get(sheet.share)
    return [[(cell, row[-1] if sheet.share == "row" else population) for cell in row] for row in sheet.cells]


def _shown(analysis: Analysis, sheet: Sheet) -> dict[str, object]:
    rows = list(_rows(analysis, sheet))
    size = -(-len(rows) // -(-len(rows) // SIDE_BY_SIDE)) if len(sheet.columns) == 1 and rows else len(rows)
    return {
        "sheet": sheet,
        "chart": charts.draw(sheet),
        "blocks": [rows[at : at + size] for at in range(0, len(rows), size or 1)],
        "finding": finding(analysis, sheet),
        "absent": [f"U+{ord(letter):04X}" for letter in charts.missing([*sheet.rows, *sheet.columns])],
    }


def _rows(analysis: Analysis, sheet: Sheet) -> Iterator[PageRow]:
    for at, (name, row) in enumerate(zip(sheet.rows, shares(analysis, sheet), strict=True)):
        cells = (
            Cell(
                HIDDEN if part is None else f"{part:,}",
                percent(part, whole),
                part is None,
                column >= len(sheet.drawn_columns),
            )
            for column, (part, whole) in enumerate(row)
        )
        yield PageRow(name, tuple(cells), at >= len(sheet.drawn_rows))


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
