"""
`analysis.json`: the one truth of an analysis, from which its page and its workbook are made.

Canonical JSON (RFC 8785). A cell is a count of people (or of responses, where the sheet says so); a count that may not
be told is null, and its number stands nowhere in the file.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from prizedraw.errors import Broken, Problem
from prizedraw.evidence.canonical_json import canonical, read_canonical

NAME = "analysis.json"
HIDDEN = "＊"
"""What readers see where a count is not told."""

MALFORMED = Problem("E-801", "集計の結果（{file}）が正しい形ではありません。作業を止めて保守担当に連絡してください。")

_FROZEN = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, defer_build=True)


class Sheet(BaseModel):
    """
    One table: a heading a row and a column, and the cells row by row.

    *share* says of what a cell is a part: of the `population`, of its row's total (the last column), or of nothing.
    *totals*: whether the last row, the last column, or both hold totals; they are not drawn. *unit* is 人 or 件.
    *chart*: a bar a row for its first column (`bars`), a bar a row in which the answers of a scale lie end to end
    (`scale`), fields the darker the larger they are (`shades`), or nothing.
    """

    model_config = _FROZEN

    id: str
    title: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[tuple[int | None, ...], ...]
    unit: Literal["人", "件"] = "人"
    share: Literal["none", "population", "row"] = "none"
    totals: Literal["none", "row", "column", "both"] = "none"
    chart: Literal["none", "bars", "scale", "shades"] = "none"
    notes: tuple[str, ...] = ()

    @property
    def drawn_rows(self) -> tuple[str, ...]:
        """Return the rows that are no totals."""
        return self.rows[:-1] if self.totals in ("row", "both") else self.rows

    @property
    def drawn_columns(self) -> tuple[str, ...]:
        """Return the columns that are no totals."""
        return self.columns[:-1] if self.totals in ("column", "both") else self.columns

    @property
    def hidden(self) -> int:
        """Count the cells that are not told."""
        return sum(cell is None for row in self.cells for cell in row)


class AnalysisChapter(BaseModel):
    """A chapter: what is said first, then its tables."""

    model_config = _FROZEN

    title: str
    lead: tuple[str, ...]
    sheets: tuple[Sheet, ...]


class Analysis(BaseModel):
    """
    All that is published; *made_at* is RFC 3339 UTC, *population* the number of entries that were counted.

    *loss* is what readers lose with what is withheld beside the small numbers (`analysis.worth`), *least* what they
    would lose at least, whatever were withheld.
    """

    model_config = _FROZEN

    spec: Literal["prizedraw-analysis/2"] = "prizedraw-analysis/2"
    campaign: str
    title: str
    ward: str
    contractor: str
    period: str
    made_at: str
    population: int = Field(ge=0)
    threshold: int = Field(ge=1)
    loss: int = Field(ge=0)
    least: int = Field(ge=0)
    sections: tuple[AnalysisChapter, ...]

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """Return all tables in their order."""
        return tuple(sheet for section in self.sections for sheet in section.sheets)

    @property
    def hidden(self) -> int:
        """Count the cells that are not told."""
        return sum(sheet.hidden for sheet in self.sheets)

    def to_bytes(self) -> bytes:
        """Write the file."""
        return canonical(self.model_dump(mode="json"))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """
        Read the file.

        Raises:
            Broken: it is not as described, or not canonical.
        """
        read_canonical(data, NAME)
        try:
            return cls.model_validate_json(data)
        except ValidationError:
            raise Broken(MALFORMED, file=NAME) from None
