"""Measure and show: `scripts/bench --help`."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping

from rich.console import Console
from rich.table import Table

from bench import analyse, billed, cold_start, draw, erase, freeze, function_memory, growth, intake_cpu, intake_store
from bench.measure import ROOT, Row
from bench.world import FULL, QUICK, Sizes
from prizedraw.rehearsal.google.emulators import EmulatorMissing

Measured = Callable[[Sizes], Iterator[Row]]
ROWS: dict[str, Measured] = {
    "cold_start": cold_start.rows,
    "intake_cpu": intake_cpu.rows,
    "intake_store": intake_store.rows,
    "freeze": freeze.rows,
    "draw": draw.rows,
    "analyse": analyse.rows,
    "erase": erase.rows,
    "billed": billed.rows,
    "growth": growth.rows,
    "function_memory": function_memory.rows,
}


DOCUMENT = ROOT / "docs" / "bench.md"
BEGIN, END = "<!-- bench: begin (scripts/bench --write) -->", "<!-- bench: end -->"


def main(given: list[str] | None = None, rows: Mapping[str, Measured] = ROWS) -> int:
    """Measure; return 0 if every goal is met (or with `--quick` all was measured), 1 if not, 2 without the emulator."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure the product against floors.")
    parser.add_argument("--json", action="store_true", help="print JSON: a list of rows")
    parser.add_argument("--only", nargs="+", choices=rows, default=list(rows), metavar="ROW", help=", ".join(rows))
    parser.add_argument("--quick", action="store_true", help="try whether it runs; goals are not held")
    parser.add_argument("--write", action="store_true", help="write the table of a whole run into docs/bench.md")
    args = parser.parse_args(given)
    if args.write and (args.quick or list(args.only) != list(rows)):
        parser.error("--write is for a whole run")
    began = time.monotonic()
    progress = Console(stderr=True)
    found: list[Row] = []
    try:
        for name in args.only:
            with progress.status(name):
                for row in rows[name](QUICK if args.quick else FULL):
                    found.append(row)
                    progress.print(f"{row.name}: {row.ratio:.2f}", style="green" if row.ok else "red")
    except EmulatorMissing as missing:
        progress.print(str(missing), markup=False)
        return 2
    if args.write:
        DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8"), found, time.monotonic() - began), "utf-8")
    if args.json:
        sys.stdout.write(json.dumps([row.to_json() for row in found], ensure_ascii=False, indent=1) + "\n")
    else:
        Console(highlight=False).print(_table(found))
    return 0 if args.quick or all(row.ok for row in found) else 1


def written(text: str, found: list[Row], seconds: float) -> str:
    """Return the text of the document with the table of a run in its place."""
    before, rest = text.split(BEGIN)
    lines = [f"Run whole in {seconds / 60:.1f} minutes; {sum(row.ok for row in found)} of {len(found)} goals met.", ""]
    lines += ["| row | floor | ours | ratio | goal |", "| --- | ---: | ---: | ---: | ---: |"]
    for row in found:
        ratio = f"{row.ratio:.2f}" if row.ok else f"**{row.ratio:.2f}**"
        lines.append(f"| {row.name} | {row.floor:,.2f} | {row.ours:,.2f} | {ratio} | {row.goal:g} |")
    return "\n".join([before + BEGIN, "", *lines, "", END + rest.split(END)[1]])


def _table(found: list[Row]) -> Table:
    table = Table()
    table.add_column("row")
    for column in ("floor", "ours", "ratio", "goal"):
        table.add_column(column, justify="right")
    table.add_column("ok")
    for row in found:
        numbers = (f"{row.floor:,.2f}", f"{row.ours:,.2f}", f"{row.ratio:.3f}", f"≤ {row.goal:g}")
        table.add_row(row.name, *numbers, "yes" if row.ok else "NO", style="" if row.ok else "red")
    return table


if __name__ == "__main__":
    sys.exit(main())
