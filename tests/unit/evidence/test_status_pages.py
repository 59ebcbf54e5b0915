"""The names of the pages that `status` keeps: the row of the journal is known from either."""

import pytest

from prizedraw.evidence.status_pages import names_of, row_of

ROW = "2026-03-06T010000-000-0a1b2c3d"


def test_both_pages_of_a_row_are_called_after_it() -> None:
    assert names_of(ROW) == (f"status/{ROW}-status.html", f"status/{ROW}-report.html")
    assert [row_of(name) for name in names_of(ROW)] == [ROW, ROW]


@pytest.mark.parametrize(
    "name",
    [
        f"{ROW}-status.html",
        f"status/{ROW}.html",
        f"status/{ROW}-status.html.txt",
        f"status/{ROW[:-1]}-status.html",
        f"status/{ROW[:-1]}g-report.html",
        "status/-status.html",
    ],
)
def test_what_is_called_otherwise_is_no_page(name: str) -> None:
    assert row_of(name) is None
