"""The order of the test files and what is said of their cost."""

from pathlib import Path

from support import cost

COSTS = {"tests/unit/test_a.py::test_x": 1.5, "tests/unit/test_a.py::test_y": 2.0, "tests/repo/test_b.py::test_z": 9.0}


def test_costs_are_summed_up_by_file() -> None:
    assert cost.by_file(COSTS) == {"tests/unit/test_a.py": 3.5, "tests/repo/test_b.py": 9.0}


def test_what_is_kept_is_read_again_the_dearest_first(tmp_path: Path) -> None:
    kept = tmp_path / "dearest.txt"
    cost.write({"tests/a.py": 3.0, "tests/b c.py": 9.0, "tests/cheap.py": 0.4}, kept)
    assert list(cost.read(kept).items()) == [("tests/b c.py", 9.0), ("tests/a.py", 3.0)]


def test_what_was_kept_names_files_that_are_there() -> None:
    gone = [name for name in cost.read() if not (cost.KEPT.parents[1] / name).exists()]
    assert gone == []


def test_parts_are_told_with_their_tests() -> None:
    assert cost.told(COSTS) == "12 core-seconds, by part (tests): repo 9 (1), unit 4 (2)"


def test_work_is_metered() -> None:
    meter = cost.Meter()
    sum(number * number for number in range(300_000))
    assert meter.read() > 0
