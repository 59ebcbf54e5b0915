"""The table of the mutants in docs/reliability.md is what `scripts/mutants --write` makes, run after run."""

import shutil
from pathlib import Path

import pytest

from mutants.core import CORE
from mutants.table import BEGIN, END, Row, read, write

PAGE = Path(__file__).resolve().parents[2] / "docs/reliability.md"
LOST = "`if a:` becomes `if not a:`"
OLD = {
    "lottery.pool": Row("6", "2026-11-28", (6, 4, 1, 1), (LOST,)),
    "lottery.terms": Row("6", "2026-11-28", (2, 2, 0, 0)),
    "sealing": Row("all", "2026-11-28", (30, 29, 0, 1), (LOST,)),
}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.md"
    file.write_text(f"Before.\n\n{BEGIN}\n{END}\n\nAfter.\n", encoding="utf-8")
    write(file, OLD)
    return file


def lines(page: Path) -> list[str]:
    """Return the rows and who lives, without spaces."""
    text = page.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    return [line for line in text.splitlines() if line.startswith(("|", "- "))]


def test_a_run_of_a_part_replaces_its_rows_and_leaves_the_others(page: Path) -> None:
    write(page, {"lottery.pool": Row("15", "2026-11-29", (15, 14, 1, 0))})
    assert lines(page)[2:] == [
        "| **lottery** |  | 6, 15 | 2026-11-28, 2026-11-29 | 17 | 16 | 1 | 0 | 100.0% |",
        "|  | `lottery.pool` | 15 | 2026-11-29 | 15 | 14 | 1 | 0 | 100.0% |",
        "|  | `lottery.terms` | 6 | 2026-11-28 | 2 | 2 | 0 | 0 | 100.0% |",
        "| **evidence** |  | all | 2026-11-28 | 30 | 29 | 0 | 1 | 96.7% |",
        "|  | `sealing` | all | 2026-11-28 | 30 | 29 | 0 | 1 | 96.7% |",
        "| **all** |  | 6, 15, all | 2026-11-28, 2026-11-29 | 47 | 45 | 1 | 1 | 97.8% |",
        f"- `sealing`: {LOST}",
    ]


def test_it_says_of_which_day_rows_are_and_what_was_never_run(page: Path) -> None:
    assert "3 modules, each run on 2026-11-28." in page.read_text(encoding="utf-8")
    write(page, {"lottery.pool": Row("15", "2026-11-29", (15, 14, 1, 0))})
    text = page.read_text(encoding="utf-8")
    assert "3 modules: 1 was run on 2026-11-29, the others keep the row of the day that it names." in text
    assert "Never run: `lottery.asked_once`, " in text
    write(page, {module: OLD["sealing"] for part in CORE.values() for module in part.spelt_out()})
    assert "Never run" not in page.read_text(encoding="utf-8")


def test_what_was_written_is_read_as_it_was(page: Path) -> None:
    assert read(page.read_text(encoding="utf-8")) == OLD


def test_a_module_that_is_no_more_goes(page: Path) -> None:
    write(page, {"lottery.no_more": OLD["sealing"]})
    assert "no_more" not in page.read_text(encoding="utf-8")


def test_what_stands_around_it_stays(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Before.\n\n")
    assert text.endswith("\n\nAfter.\n")


def test_a_page_without_a_place_for_it_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text(f"{BEGIN}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no place"):
        write(file, OLD)
    assert file.read_text(encoding="utf-8") == f"{BEGIN}\n"


def test_no_number_in_the_page_was_changed_by_hand(tmp_path: Path) -> None:
    again = tmp_path / "page.md"
    shutil.copy(PAGE, again)
    write(again, {})
    assert lines(again) == lines(PAGE)
    assert len(lines(PAGE)) > len(CORE)
