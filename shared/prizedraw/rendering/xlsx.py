"""Open Excel workbooks in which nothing that somebody typed can become a formula, a link or a number (CWE-1236)."""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xlsxwriter

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def open_workbook(file: io.BytesIO, **options: Mapping[str, object]) -> "xlsxwriter.Workbook":
    """
    Open a workbook that is written to *file* once it is closed, in memory alone; strings stay strings.

    *options* are further ones of https://xlsxwriter.readthedocs.io/workbook.html.
    """
    import xlsxwriter  # noqa: PLC0415  most calls write no workbook

    inert = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return xlsxwriter.Workbook(file, {**options, **inert, "in_memory": True})
