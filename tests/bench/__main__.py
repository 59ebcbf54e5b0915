"""Measure and show: `scripts/bench --help`."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.table import Table

from bench import billed, cold_start, draw, erase, freeze, function_memory, growth, intake_cpu, intake_store
from bench.measure import Row
from bench.world import FULL, QUICK, Sizes
from prizedraw.rehearsal.emulators import EmulatorMissing

ROWS: dict[str, Callable[[Sizes], Iterator[Row]]] = {
    "cold_start": cold_start.rows,
    "intake_cpu": intake_cpu.rows,
    "intake_store": intake_store.rows,
    "freeze": freeze.rows,
    "draw": draw.rows,
    "erase": erase.rows,
    "billed": billed.rows,
    "growth": growth.rows,
    "function_memory": function_memory.rows,
}


def main(given: list[str] | None = None) -> int:
    """Measure; return 0 if every goal is met, 1 if not, 2 if something could not be measured."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure the product against floors.")
    parser.add_argument("--json", action="store_true", help="print JSON: a list of rows")
    parser.add_argument("--only", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--quick", action="store_true", help="try whether it runs; the numbers say nothing")
    args = parser.parse_args(given)
    progress = Console(stderr=True)
    found: list[Row] = []
    try:
        for name in args.only:
            with progress.status(name):
                for row in ROWS[name](QUICK if args.quick else FULL):
                    found.append(row)
                    progress.print(f"{row.name}: {row.ratio:.2f}", style="green" if row.ok else "red")
    except EmulatorMissing as missing:
        progress.print(str(missing), markup=False)
        return 2
    if args.json:
        sys.stdout.write(json.dumps([row.to_json() for row in found], ensure_ascii=False, indent=1) + "\n")
    else:
        Console(highlight=False).print(_table(found))
    return 0 if all(row.ok for row in found) else 1


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
