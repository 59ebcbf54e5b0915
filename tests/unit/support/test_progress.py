"""How far a run is: by what the tests cost."""

from support.progress import Progress

NODES = [*(f"tests/dear.py::test[{n}]" for n in range(4)), *(f"tests/cheap.py::test[{n}]" for n in range(10))]


def test_a_dear_test_is_much_of_the_work_wherever_it_comes() -> None:
    progress = Progress(NODES, {"tests/dear.py": 9.8})
    assert [progress.after(node) for node in NODES[:4]] == [24, 49, 73, 98]


def test_cheap_tests_are_told_every_few_percent_and_all_is_all() -> None:
    nodes = [f"tests/cheap.py::test[{n}]" for n in range(100)]
    progress = Progress(nodes, {})
    assert [found for node in nodes if (found := progress.after(node)) is not None] == list(range(5, 101, 5))


def test_a_run_of_nothing_and_an_unknown_test_are_no_mistake() -> None:
    assert Progress([], {}).after("tests/other.py::test") is None
