"""The bench itself: its arithmetic tells a goal that is met from one that is not, and its exit status says so."""

import ast
import dataclasses
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import bench
from bench.__main__ import BEGIN, DOCUMENT, END, ROWS, main, written
from bench.measure import Cost, Row, in_turns, quietest
from bench.world import FULL, QUICK, Sizes
from prizedraw.rehearsal.google.emulators import EmulatorMissing


@pytest.mark.parametrize(
    ("floor", "ours", "goal", "ratio", "ok"),
    [
        pytest.param(100.0, 159.0, 1.6, 1.59, True, id="below"),
        pytest.param(100.0, 160.0, 1.6, 1.6, True, id="at the goal"),
        pytest.param(100.0, 161.0, 1.6, 1.61, False, id="above"),
        pytest.param(100.0, 50.0, 0.4, 0.5, False, id="faster than the floor, and yet not enough"),
        pytest.param(512.0, 513.0, 1.0, 513 / 512, False, id="a limit that is passed"),
    ],
)
def test_a_row_compares_with_its_floor(floor: float, ours: float, goal: float, ratio: float, ok: bool) -> None:
    row = Row("a row", floor, ours, goal)
    assert (row.ratio, row.ok) == (ratio, ok)
    assert row.to_json() == {"name": "a row", "floor": floor, "ours": ours, "ratio": ratio, "goal": goal, "ok": ok}


def test_what_was_not_measured_meets_no_goal() -> None:
    assert not Row("a row", 1.0, math.nan, 1.6).ok
    with pytest.raises(ZeroDivisionError):
        _ = Row("a row", 0.0, 1.0, 1.6).ok


def test_both_take_turns_and_the_quietest_third_counts() -> None:
    order: list[str] = []
    walls = {"floor": iter([3.0, 1.0, 2.0]), "ours": iter([9.0, 7.0, 1.0])}

    def turn(name: str) -> Cost:
        order.append(name)
        return Cost(wall=next(walls[name]))

    costs = in_turns(3, floor=lambda: turn("floor"), ours=lambda: turn("ours"))
    assert order == ["floor", "ours", "ours", "floor", "floor", "ours"]
    assert {name: quietest(found, "wall") for name, found in costs.items()} == {"floor": 1.0, "ours": 1.0}


@pytest.mark.parametrize(
    ("walls", "quiet"),
    [
        ([3.0], 3.0),
        ([3.0, 1.0], 1.0),
        ([5.0, 1.0, 4.0, 2.0, 9.0, 6.0], 1.5),
        ([7.0, 3.0, 2.0, 8.0, 1.0, 9.0, 4.0], 1.5),
    ],
)
def test_the_lowest_third_counts_and_one_at_least(walls: list[float], quiet: float) -> None:
    assert quietest([Cost(wall=wall) for wall in walls], "wall") == quiet


@pytest.mark.parametrize("row", ROWS)
def test_a_row_asks_for_sizes_that_there_are(row: str) -> None:
    tree = ast.parse(Path(f"{bench.__path__[0]}/{row}.py").read_text(encoding="utf-8"))
    asked = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sizes"
    }
    assert asked
    assert asked <= {field.name for field in dataclasses.fields(Sizes)}


def met(sizes: Sizes) -> Iterator[Row]:
    yield Row(f"met with {sizes.entries}", 1.0, 1.0, 1.0)


def missed(sizes: Sizes) -> Iterator[Row]:
    yield Row("met too", 1.0, 1.0, 1.0)
    yield Row("missed", 1.0, 1.1, 1.0)


def unmeasured(sizes: Sizes) -> Iterator[Row]:
    raise EmulatorMissing("no emulator")
    yield


def run(given: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, Mapping[str, bool]]:
    """Return the exit status and what the JSON says of each row."""
    status = main(["--json", *given], {"met": met, "missed": missed})
    return status, {row["name"]: row["ok"] for row in json.loads(capsys.readouterr().out)}


def test_the_exit_status_tells_whether_every_goal_is_met(capsys: pytest.CaptureFixture[str]) -> None:
    everything = {f"met with {FULL.entries}": True, "met too": True, "missed": False}
    assert run([], capsys) == (1, everything)
    assert run(["--only", "met"], capsys) == (0, {f"met with {FULL.entries}": True})
    assert run(["--only", "missed"], capsys) == (1, {"met too": True, "missed": False})


def test_a_quick_run_holds_no_goal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--quick"], capsys) == (0, {f"met with {QUICK.entries}": True, "met too": True, "missed": False})


def test_without_the_emulator_nothing_is_claimed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json"], {"unmeasured": unmeasured}) == 2
    assert capsys.readouterr().out == ""


def test_the_table_marks_what_is_missed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "missed"], {"missed": missed}) == 1
    told = {
        line.split("│")[1].strip(): line.split("│")[-2].strip() for line in capsys.readouterr().out.splitlines()[3:-1]
    }
    assert told == {"met too": "yes", "missed": "NO"}


def test_an_unknown_row_is_refused() -> None:
    with pytest.raises(SystemExit):
        main(["--only", "nothing"])


def test_every_goal_of_the_design_has_its_rows() -> None:
    assert set(ROWS) >= {
        "cold_start",
        "intake_cpu",
        "intake_store",
        "freeze",
        "draw",
        "billed",
        "growth",
        "function_memory",
    }


def test_a_table_is_written_in_its_place_and_says_what_is_missed() -> None:
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    new = written(text, [Row("met", 2.0, 1.0, 1.0), Row("missed", 1.0, 1.5, 1.2)], 90.0)
    assert new.startswith(f"before\n{BEGIN}\n")
    assert new.endswith(f"{END}\nafter\n")
    assert "Run whole in 1.5 minutes; 1 of 2 goals met." in new
    assert "| met | 2.00 | 1.00 | 0.50 | 1 |" in new
    assert "| missed | 1.00 | 1.50 | **1.50** | 1.2 |" in new
    assert "old" not in new
    assert written(new, [], 60.0).count(BEGIN) == 1


def test_the_document_has_the_place_of_the_table() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1


@pytest.mark.parametrize("partial", [["--quick"], ["--only", "met"]])
def test_a_part_of_a_run_is_not_written(partial: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["--write", *partial], capsys)
