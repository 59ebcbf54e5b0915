"""Read conditions of grants strictly: what is not understood is an oddity, never nothing."""

import pytest

from infra.conditions import MOST_OPERATORS, Condition, read

_AT = "projects/_/buckets/b/objects/"
FILE, OTHER = f'resource.name == "{_AT}a.json"', f'resource.name == "{_AT}b.json"'
FOLDER = f'resource.name.startsWith("{_AT}c/")'
UNTIL = 'request.time < timestamp("2026-02-03T10:00:00+09:00")'


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        (FILE, ("a.json",)),
        (FOLDER, ("c/",)),
        (f"{FILE} || {OTHER}", ("a.json", "b.json")),
        (f"({FILE} || {FOLDER}) && {UNTIL}", ("a.json", "c/")),
        (f"{UNTIL} && {FILE}", ("a.json",)),
    ],
)
def test_files_are_read(expression: str, names: tuple[str, ...]) -> None:
    found = read(expression)
    assert (found.names, found.bucket, found.oddity) == (names, "b", "")
    assert bool(found.until) == (UNTIL in expression)


def test_databases_and_times_are_read() -> None:
    assert read("") == Condition()
    assert read('resource.name == "projects/p/databases/state"') == Condition(database="state")
    assert read(UNTIL) == Condition(until="2026-02-03T10:00:00+09:00")


@pytest.mark.parametrize(
    "expression",
    [
        "true",
        f"{FILE} || true",
        f"!({FILE})",
        f"{FILE} || {OTHER} && {UNTIL}",
        f"{FILE} && {OTHER}",
        f"{UNTIL} || {FILE}",
        f'resource.name.startsWith("{_AT}")',
        f'resource.name.startsWith("{_AT}rules")',
        f'resource.name.endsWith("{_AT}c/")',
        f'resource.name != "{_AT}a.json"',
        'resource.name == "projects/_/buckets/b"',
        f'{FILE} || resource.name == "projects/_/buckets/other/objects/a.json"',
        " || ".join([FILE] * (MOST_OPERATORS + 2)),
    ],
)
def test_what_is_not_understood_is_odd(expression: str) -> None:
    assert read(expression).oddity
