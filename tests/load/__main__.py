"""Put the load on and show what became of it: `scripts/load --help`."""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from load import mails, pushes
from load.sizes import FULL, QUICK, Sizes
from prizedraw.rehearsal.google.emulators import EmulatorMissing

Figures = dict[str, str]
PARTS: dict[str, Callable[[Sizes], Figures]] = {"pushes": pushes.run, "mails": mails.run}
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- load: begin (scripts/load --write) -->", "<!-- load: end -->"


def main(given: list[str] | None = None) -> int:
    """Run; return 0 if nothing was lost and nothing came twice, 1 if not, 2 without the emulators."""
    parser = argparse.ArgumentParser(prog="scripts/load", description="Put the load on, while a part of it fails.")
    parser.add_argument("--quick", action="store_true", help="a fiftieth of it, as the test suite does")
    parser.add_argument("--only", choices=PARTS, help="one part of it: " + ", ".join(PARTS))
    parser.add_argument("--write", action="store_true", help="write the figures into docs/reliability.md")
    args = parser.parse_args(given)
    console = Console(highlight=False)
    lines: list[str] = []
    try:
        for name in [args.only] if args.only else PARTS:
            for line in _table(PARTS[name](QUICK if args.quick else FULL)):
                console.print(line, markup=False, soft_wrap=True)
                lines.append(line)
    except EmulatorMissing as missing:
        console.print(str(missing), markup=False)
        return 2
    except AssertionError as wrong:
        console.print(f"WRONG: {wrong}", markup=False, style="red")
        return 1
    if args.write:
        before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
        table = "\n".join(["| what | counted |", "| --- | --- |", *lines])
        DOCUMENT.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return 0


def _table(figures: Figures) -> Iterator[str]:
    yield from (f"| {what} | {counted} |" for what, counted in figures.items())


if __name__ == "__main__":
    sys.exit(main())
