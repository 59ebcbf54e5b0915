"""
The order of the test files: the slowest first, so that no worker is left with a long one in the end.

`tests/slowest.txt` keeps which they are, a line a file: its seconds, its path. `./scripts/test --whole --keep-slowest`
writes it anew; a file that it does not name comes last, one that is gone does no harm.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

KEPT = Path(__file__).resolve().parents[1] / "slowest.txt"
WORTH_NAMING = 2.0
"""Seconds; the order of what takes less does not matter."""


def read(path: Path = KEPT) -> dict[str, float]:
    """Return the seconds of the files that are named, by path from the root."""
    rows = (line.split(maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines())
    return {name: float(seconds) for seconds, name in rows}


def write(seconds: Mapping[str, float], path: Path = KEPT) -> None:
    """Keep what is worth naming, the slowest first."""
    named = sorted(((taken, name) for name, taken in seconds.items() if taken >= WORTH_NAMING), reverse=True)
    path.write_text("".join(f"{taken:.0f} {name}\n" for taken, name in named), encoding="utf-8")


def by_file(reports: Iterable[tuple[str, float]]) -> Counter[str]:
    """Sum up the seconds of tests, given by their node ids, by file."""
    total = Counter[str]()
    for node, seconds in reports:
        total[node.partition("::")[0]] += seconds
    return total
