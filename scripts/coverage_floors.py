"""
Hold the coverage of the tests against floors, one for each room of the package (.ci/run; reads .coverage).

A room is a folder of the package, or a module beside the folders. What decides who wins, what is kept of entrants, what
is signed and what is sealed has every line and branch run. What runs in processes of its own (rehearsals, the functions
behind a server) is not counted, so the rehearsal has a floor of its own.
"""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PACKAGE = "shared/prizedraw/"
WHOLE = 100.0
FLOORS: Mapping[str, float] = {
    "lottery": WHOLE,
    "entries": WHOLE,
    "evidence": WHOLE,
    "sealing": WHOLE,
    "rehearsal": 60.0,
    "__init__": 60.0,  # the collector's rest is of a function's own process
}
"""Percent of lines and branches together; FLOOR for every other room."""
FLOOR = 95.0
MOST = 200
"""So many files, and characters of each, are printed."""


@dataclass
class Covered:
    """What was run of a room; *missed* are files with the lines and branches that were not."""

    run: int = 0
    all: int = 0
    missed: list[str] = field(default_factory=list)

    @property
    def percent(self) -> float:
        """Return the part that was run; a room without code is covered."""
        return 100.0 * self.run / self.all if self.all else WHOLE


def room(path: str) -> str:
    """Name the room of a file."""
    return path.removeprefix(PACKAGE).partition("/")[0].removesuffix(".py")


def by_room(report: Mapping[str, Any]) -> dict[str, Covered]:
    """Add up a report of `coverage json`."""
    rooms: dict[str, Covered] = defaultdict(Covered)
    for path, file in report["files"].items():
        summary, covered = file["summary"], rooms[room(path)]
        covered.run += summary["covered_lines"] + summary["covered_branches"]
        covered.all += summary["num_statements"] + summary["num_branches"]
        lines = [str(line) for line in file["missing_lines"]]
        branches = [f"{begin}->{end}" for begin, end in file["missing_branches"] if begin not in file["missing_lines"]]
        if lines or branches:
            covered.missed.append(f"{path}: {', '.join(lines + branches)}")
    return dict(rooms)


def faults(rooms: Mapping[str, Covered]) -> Iterator[str]:
    """Yield rooms below their floor, each with what was not run; and floors of rooms that are no more."""
    for name, covered in sorted(rooms.items()):
        floor = FLOORS.get(name, FLOOR)
        if covered.percent < floor:
            missed = "".join(f"\n    {line[:MOST]}" for line in covered.missed[:MOST])
            yield f"{name}: {covered.percent:.2f} % is below {floor:g} %; not run:{missed}"
    yield from (f"{name}: there is no such room" for name in FLOORS if name not in rooms)


def main() -> int:
    """Print every room's figure; 1 if one is below its floor."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", file], check=True)  # noqa: S603
        rooms = by_room(json.loads(file.read_text(encoding="utf-8")))
    for name, covered in sorted(rooms.items()):
        print(f"{name:16} {covered.percent:6.2f} %  (floor {FLOORS.get(name, FLOOR):g})")
    found = list(faults(rooms))
    print("\n".join(found), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
