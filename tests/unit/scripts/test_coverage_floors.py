"""The floors of coverage: who is below is named, with what was not run."""

from typing import Any

import pytest

import coverage_floors
from coverage_floors import FLOOR, FLOORS, WHOLE, by_room, faults


def file(run: int, of: int, lines: list[int] | None = None, branches: list[list[int]] | None = None) -> dict[str, Any]:
    """Return what `coverage json` tells of a file."""
    summary = {"covered_lines": run, "covered_branches": 0, "num_statements": of, "num_branches": 0}
    return {"summary": summary, "missing_lines": lines or [], "missing_branches": branches or []}


def report(**changed: dict[str, Any]) -> dict[str, Any]:
    whole = {f"shared/prizedraw/{room}/a.py": file(10, 10) for room in FLOORS}
    return {"files": whole | {f"shared/prizedraw/{name.replace('__', '/')}.py": one for name, one in changed.items()}}


def test_rooms_are_folders_and_the_modules_beside_them() -> None:
    assert coverage_floors.room("shared/prizedraw/lottery/pool.py") == "lottery"
    assert coverage_floors.room("shared/prizedraw/adapters/google/x.py") == "adapters"
    assert coverage_floors.room("shared/prizedraw/sealing.py") == "sealing"


def test_what_is_on_its_floor_is_well() -> None:
    assert list(faults(by_room(report(mail__a=file(95, 100, [1, 2, 3, 4, 5]))))) == []


@pytest.mark.parametrize("room", [name for name, floor in FLOORS.items() if floor == WHOLE])
def test_one_line_or_branch_of_the_core_is_too_many(room: str) -> None:
    (fault,) = faults(by_room(report(**{f"{room}__b": file(9_999, 10_000, [7])})))
    assert fault.startswith(f"{room}: 99.99 % is below 100 %")
    assert fault.endswith(f"shared/prizedraw/{room}/b.py: 7")


def test_a_branch_that_was_not_taken_is_named() -> None:
    (fault,) = faults(by_room(report(sealing=file(9, 10, [], [[4, 6]]))))
    assert fault.endswith("shared/prizedraw/sealing.py: 4->6")


def test_a_room_is_measured_as_a_whole() -> None:
    assert list(faults(by_room(report(mail__a=file(0, 1, [1]), mail__b=file(99, 99))))) == []
    (fault,) = faults(by_room(report(mail__a=file(0, 1, [1]), mail__b=file(9, 9))))
    assert fault.startswith(f"mail: 90.00 % is below {FLOOR:g} %")


def test_a_floor_of_a_room_that_is_gone_is_seen() -> None:
    files = {path: one for path, one in report()["files"].items() if "/lottery/" not in path}
    assert list(faults(by_room({"files": files}))) == ["lottery: there is no such room"]
