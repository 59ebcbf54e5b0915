"""The names of the pages that `status` keeps among the reports: after the row of the journal that says so."""

import re

FOLDER = "status/"
OPERATORS, WARDS = "-status.html", "-report.html"
PATTERN = rf"{FOLDER}([0-9T-]+-[0-9a-f]{{8}})(?:{re.escape(OPERATORS)}|{re.escape(WARDS)})"
"""How their names look; the group is the id of the row."""


def names_of(row: str) -> tuple[str, str]:
    """Return the names of the operators' page and of the ward's, by the id of the journal's *row*."""
    return f"{FOLDER}{row}{OPERATORS}", f"{FOLDER}{row}{WARDS}"


def row_of(name: str) -> str | None:
    """Return the id of the row of which a file is a page; None if it is called otherwise."""
    match = re.fullmatch(PATTERN, name, re.ASCII)
    return match[1] if match is not None else None
