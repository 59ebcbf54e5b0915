"""The list of mutants that change nothing (`tests/mutants/equivalents.toml`) is about lines that are there."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "tests/mutants/equivalents.toml"
ENTRIES = tomllib.loads(LIST.read_text(encoding="utf-8"))["equivalent"]
FIELDS = {"module", "line", "becomes", "reason"}


def misfits(entries: list[dict[str, Any]]) -> list[str]:
    """
    Return what is wrong with entries: a field missing, no reason, the same twice, a line that is not there.

    `places` is said only where there are several.
    """
    wrong = []
    seen = set()
    for entry in entries:
        module, line = entry.get("module", ""), entry.get("line", "")
        if set(entry) - {"places"} != FIELDS or not all(entry.values()) or entry.get("places", 2) < 2:
            wrong.append(f"{module}: not whole: {line}")
        if (module, line, entry.get("becomes")) in seen:
            wrong.append(f"{module}: twice: {line}")
        seen.add((module, line, entry.get("becomes")))
        file = ROOT / "shared/prizedraw" / f"{module.replace('.', '/')}.py"
        there = {own.strip() for own in file.read_text(encoding="utf-8").splitlines()} if file.is_file() else set()
        if not set(line.splitlines()) <= there:
            wrong.append(f"{module}: not there: {line}")
    return wrong


def test_each_is_about_a_line_that_is_there_and_gives_a_reason() -> None:
    assert misfits(ENTRIES) == []


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ({"reason": ""}, "not whole"),
        ({"places": 1}, "not whole"),
        ({"line": "no such line"}, "not there"),
        ({"module": "no.such.module"}, "not there"),
        ({}, "twice"),
    ],
)
def test_what_does_not_fit_is_told(spoilt: dict[str, Any], said: str) -> None:
    assert any(said in one for one in misfits([*ENTRIES, ENTRIES[0] | spoilt]))
