"""
Say what part a number is of its whole, what withheld numbers are together, and how well they were chosen.

All of it is reckoned in whole numbers, so that it is exact.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from prizedraw.analysis.file import Analysis, Sheet

_MOST_NAMES = 4


class Share(NamedTuple):
    """How many of how many; None where that is withheld, or nobody's."""

    number: int | None
    whole: int | None

    @property
    def size(self) -> float:
        """Return by what a drawing is measured: the part, or the count where it is no part; 0 if it is not told."""
        if self.number is None or self.whole == 0:
            return 0.0
        return self.number / self.whole if self.whole else float(self.number)


def per_mille(part: int, whole: int) -> int:
    """Return a part of a whole in thousandths, halves up (四捨五入): 15 of 48 are 31.25 %, so 313."""
    return (2_000 * part + whole) // (2 * whole)


def percent(part: int | None, whole: int | None) -> str:
    """Show a part of a whole; nothing where one of them is withheld or the whole is nobody."""
    if part is None or not whole:
        return ""
    tenths = per_mille(part, whole)
    return f"{tenths // 10}.{tenths % 10}％"


def chosen(analysis: Analysis) -> str:
    """Say how good the choice is of what is withheld beside the small numbers."""
    how = "伏せる数は、一つの設問の結果や人数の多い数がなるべく残るように、計算で選びました。"
    if analysis.loss <= analysis.least:
        return f"{how}この基準で、これより多くを示せる選び方はありません。"
    above = percent(analysis.loss - analysis.least, analysis.loss)
    return f"{how}この基準で最もよい選び方と比べた差は、伏せ足した分の最大{above}です。"


def together(sheet: Sheet) -> tuple[str, ...]:
    """
    Say what the withheld numbers are together, where whoever subtracts knows it anyway.

    That is one number of people (or responses) who are not told apart, never fewer than the threshold: else one of them
    would be told too closely, and the audit would have refused.
    """
    if sheet.totals == "row":
        [*column, total] = [row[0] for row in sheet.cells]
        return tuple(_sum(sheet, sheet.drawn_rows, column, total))
    if sheet.totals == "column":
        lines = zip(sheet.rows, sheet.cells, strict=True)
        drawn = sheet.drawn_columns
        return tuple(
            f"{name.partition(' ')[0]}：{said}" for name, row in lines for said in _sum(sheet, drawn, row[:-1], row[-1])
        )
    return ()


def _sum(sheet: Sheet, names: Sequence[str], numbers: Sequence[int | None], total: int | None) -> Iterator[str]:
    hidden = [f"「{name}」" for name, number in zip(names, numbers, strict=True) if number is None]
    if total is None or not hidden:
        return
    rest = total - sum(number or 0 for number in numbers)
    who = "と".join(hidden) if len(hidden) <= _MOST_NAMES else f"伏せた{len(hidden)}つの{sheet.corner}"
    yield f"{who}は、合わせて{rest:,}{sheet.unit}です。"
