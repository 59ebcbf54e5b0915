"""
What the tests cost in core-seconds, and the order that follows: the dearest files first, so that none is left alone.

A core-second is a second of one core's work, child processes that have ended included; unlike a second on the clock it
is much the same on a busy machine. Emulators and browsers, which run beside the tests, are not counted.

`tests/dearest.txt` keeps the order, a line a file: core-seconds, path. `./scripts/test --whole --keep-order` writes it
anew; a file that it does not name comes last, a name without a file does no harm.
"""

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

KEPT = Path(__file__).resolve().parents[1] / "dearest.txt"
WORTH_NAMING = 2.0
"""Core-seconds; the order of what costs less does not matter."""


class Meter:
    """Tells how much was worked since it was last read."""

    def __init__(self) -> None:
        self._read = _worked()

    def read(self) -> float:
        """Return the core-seconds of this process since the last time."""
        before, self._read = self._read, _worked()
        return self._read - before


def _worked() -> float:
    return sum(os.times()[:4])


def read(path: Path = KEPT) -> dict[str, float]:
    """Return the core-seconds of the files that are named, by path from the root."""
    rows = (line.split(maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines())
    return {name: float(seconds) for seconds, name in rows}


def write(costs: Mapping[str, float], path: Path = KEPT) -> None:
    """Keep what is worth naming, the dearest first."""
    named = sorted(((cost, name) for name, cost in costs.items() if cost >= WORTH_NAMING), reverse=True)
    path.write_text("".join(f"{cost:.0f} {name}\n" for cost, name in named), encoding="utf-8")


def by_file(costs: Mapping[str, float]) -> Counter[str]:
    """Sum up the costs of tests, given by their node ids, by file."""
    total = Counter[str]()
    for node, cost in costs.items():
        total[node.partition("::")[0]] += cost
    return total


def told(costs: Mapping[str, float]) -> str:
    """Say what each part cost, the dearest first."""
    parts, tests = Counter[str](), Counter[str]()
    for node, cost in costs.items():
        part = node.split("/")[1]
        parts[part] += cost
        tests[part] += 1
    each = ", ".join(f"{part} {cost:.0f} ({tests[part]:,})" for part, cost in parts.most_common())
    return f"{parts.total():.0f} core-seconds, by part (tests): {each}"
