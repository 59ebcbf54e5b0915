"""Analyses and tables of a made-up crowd, and of any numbers."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from prizedraw.analysis import page
from prizedraw.analysis.file import Analysis, AnalysisChapter, Sheet
from prizedraw.analysis.make import make_analysis
from support.crowds import crowd, passing
from support.visitors import CAMPAIGN

NOW = datetime(2026, 3, 25, 16, 0, tzinfo=UTC)
"""One o'clock of the 26th in Japan."""


@cache
def made() -> Analysis:
    return make_analysis(CAMPAIGN, crowd(CAMPAIGN, 120), passing(), NOW)


@cache
def rendered() -> str:
    return page.render(made())


def sheet(values: list[int | None], **changes: Any) -> Sheet:
    """Return a table of one column."""
    given = {
        "id": "one",
        "title": "設問",
        "corner": "回答",
        "columns": ("人数",),
        "rows": tuple(f"回答{number}" for number in range(len(values))),
        "cells": tuple((value,) for value in values),
        "chart": "bars",
    }
    return Sheet.model_validate(given | changes)


def grid(cells: list[list[int | None]], **changes: Any) -> Sheet:
    """Return a table of several columns, whose last holds the totals of the rows."""
    rows, columns = (tuple(f"{name}{n}" for n in range(len(of))) for name, of in (("行", cells), ("列", cells[0])))
    given = {"id": "g", "title": "表", "corner": "行", "rows": rows, "columns": columns, "chart": "shades"}
    filled = {"cells": tuple(map(tuple, cells)), "totals": "column", "share": "row"}
    return Sheet.model_validate(given | filled | changes)


def of(*sheets: Sheet, population: int = 200) -> Analysis:
    """Return an analysis of such tables; the first stands above all."""
    section = AnalysisChapter(title="章", lead=("前置き",), sheets=sheets)
    return made().model_copy(update={"population": population, "sections": (section,)})
