"""How far a run is, told by what its tests cost and not by their number: the dear ones come first."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping

import pytest

CHEAP = 0.02
"""Core-seconds of a test in a file that is not worth naming in `tests/dearest.txt`."""
STEP = 5
"""Percent between two lines."""


class Progress:
    """The tests of a run, each with its share of the work."""

    def __init__(self, nodes: Iterable[str], costs: Mapping[str, float]) -> None:
        numbers = Counter(_file(node) for node in nodes)
        self._each = {name: costs.get(name, CHEAP * number) / number for name, number in numbers.items()}
        self._whole = sum(self._each[name] * number for name, number in numbers.items())
        self._done = 0.0
        self._told = 0

    def after(self, node: str) -> int | None:
        """Take note that a test has ended; return how many percent are done if another step is reached."""
        self._done += self._each.get(_file(node), 0.0)
        percent = int(100 * self._done / self._whole + 1e-9) if self._whole else 0
        if percent < self._told + STEP:
            return None
        self._told = percent - percent % STEP
        return percent


def _file(node: str) -> str:
    return node.partition("::")[0]


class ProgressLines:
    """A plugin that writes a line now and then, for a person who waits."""

    def __init__(self, reporter: pytest.TerminalReporter, costs: Mapping[str, float]) -> None:
        self._reporter = reporter
        self._costs = costs
        self._began = time.monotonic()
        self._progress: Progress | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Every worker has collected the same."""
        self._progress = self._progress or Progress(ids, self._costs)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """There are no workers."""
        self._progress = Progress((item.nodeid for item in session.items), self._costs)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell how far it is."""
        percent = self._progress.after(report.nodeid) if self._progress and report.when == "teardown" else None
        if percent is not None:
            minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
            self._reporter.ensure_newline()
            self._reporter.write_line(f"-- {percent} % of the work done, after {minutes}:{seconds:02}")
