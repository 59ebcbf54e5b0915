"""Plant faults in the core, one at a time, and see whether its tests notice: `scripts/mutants --help`."""

import argparse
import resource
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF

from rich.console import Console
from rich.table import Table

from mutants import equivalents, table
from mutants.breeding import Mutant, breed, sample
from mutants.core import CORE, ROOT
from mutants.found import Found
from mutants.killing import KILLED, STOPPED, SURVIVED, RedTests, verdicts

TODAY = f"{datetime.now(UTC):%Y-%m-%d}"


def main() -> int:
    """
    Return 0 if in each part as many mutants died as must and the list of equivalents fits, else 1.

    Asked for the equivalents themselves: 0 if no test notices one of them.
    """
    parser = argparse.ArgumentParser(prog="scripts/mutants", description="Plant faults; see if tests notice.")
    parser.add_argument("only", nargs="*", metavar="PART|MODULE", help=f"of {', '.join(CORE)}; or lottery.pool (all)")
    parser.add_argument("--sample", type=int, metavar="N", help="at most N mutants a module (all)")
    parser.add_argument("--seed", default=TODAY, help="which are drawn (by the day)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--equivalents", action="store_true", help="of the mutants listed as equivalent: is any noticed?")
    what.add_argument(
        "--write", type=Path, metavar="PAGE", help="put the rows of what was run into docs/reliability.md, part by part"
    )
    args = parser.parse_args()
    show = Console(stderr=True)
    modules = {name: _asked(name, args.only) for name in CORE}
    unknown = set(args.only) - set(CORE) - set(chain.from_iterable(modules.values()))
    if unknown:
        parser.error(f"not of the core: {', '.join(sorted(unknown))}")
    known = equivalents.read()
    bred = {module: breed(module) for module in chain.from_iterable(modules.values())}
    stale = equivalents.stale([one for one in known if one.module in bred], chain.from_iterable(bred.values()))
    for entry, number in stale:
        said = f"equivalents.toml: fits {number} mutants, not {entry.places}: {entry.module}: {entry.line}"
        show.print(said, style="red", markup=False)
    if args.equivalents:
        bred = {module: [one for one in some if equivalents.is_among(known, one)] for module, some in bred.items()}
    drawn_as = str(args.sample or "all"), TODAY if args.seed == TODAY else f"{TODAY} (seed {args.seed})"
    found: dict[str, Found] = {}
    for name in (name for name in CORE if modules[name]):
        drawn = [one for module in modules[name] for one in sample(bred[module], args.sample, args.seed)]
        show.print(f"{name}: {len(drawn)} mutants", style="bold", highlight=False)
        before = _cpu_seconds()
        try:
            if args.equivalents:
                found[name] = _doubt(name, modules[name], drawn, show)
            else:
                found[name] = _try(name, modules[name], drawn, known, show)
        except RedTests as red:
            show.print(f"the tests of {name} are red without any mutation:\n{red}", style="red", markup=False)
            return 1
        show.print(f"{name}: {_cpu_seconds() - before:.0f} s of CPU", highlight=False)
        if args.write:
            table.write(args.write, found[name].rows(*drawn_as))
    _print(found)
    noticed = args.equivalents and any(one.killed.total() for one in found.values())
    return int(bool(stale) or noticed or not all(one.is_enough() for one in found.values()))


def _cpu_seconds() -> float:
    """Return what this process and those that it has waited for have cost."""
    return sum(who.ru_utime + who.ru_stime for who in map(resource.getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))


def _asked(name: str, only: list[str]) -> list[str]:
    return [module for module in CORE[name].spelt_out() if not only or name in only or module in only]


def _try(
    name: str, modules: list[str], drawn: list[Mutant], known: list[equivalents.Equivalent], show: Console
) -> Found:
    """Run a part's mutants, but those that are known to change nothing; tell of each that lives."""
    found = Found(modules)
    run: list[Mutant] = []
    for mutant in drawn:
        if equivalents.is_among(known, mutant):
            found.equivalent[mutant.module] += 1
        else:
            run.append(mutant)
    for mutant, ending in _verdicts(name, run):
        if ending != SURVIVED:
            found.killed[mutant.module] += 1
            continue
        found.survived.append(mutant)
        _tell("survived", mutant, show)
    return found


def _doubt(name: str, modules: list[str], listed: list[Mutant], show: Console) -> Found:
    """Run mutants of a part that are listed as equivalent; tell of each that a test notices, which is killed then."""
    found = Found(modules)
    for mutant, ending in _verdicts(name, listed):
        if ending == KILLED:
            found.killed[mutant.module] += 1
            _tell("noticed all the same", mutant, show)
            continue
        found.equivalent[mutant.module] += 1
        if ending == STOPPED:
            _tell("stopped at a limit, which proves nothing", mutant, show)
    return found


def _verdicts(name: str, run: list[Mutant]) -> Iterator[tuple[Mutant, int]]:
    part = CORE[name]
    return verdicts(run, [ROOT / "tests" / test for test in part.tests], apart=part.apart)


def _tell(what: str, mutant: Mutant, show: Console) -> None:
    line, becomes = mutant.change
    place = f"{mutant.module.replace('.', '/')}.py:{mutant.first_line}"
    said = f"{what}: {place}\n  - {line}\n  + {becomes}"
    show.print(said, style="yellow", markup=False, highlight=False, soft_wrap=True)


def _print(found: dict[str, Found]) -> None:
    shown = Table("part", "module", "mutants", "killed", "equivalent", "survived", "of what is not equivalent")
    shown.columns[1].no_wrap = True
    shown.columns[1].min_width = max(len(module) for one in found.values() for module in one.modules)
    for name, one in found.items():
        for module in one.modules:
            row = one.counts(module)
            shown.add_row("", module, *map(str, row), table.share(row))
        whole = one.counts(*one.modules)
        style = "bold" if one.is_enough() else "bold red"
        shown.add_row(name, "", *map(str, whole), table.share(whole), style=style, end_section=True)
    Console().print(shown)


if __name__ == "__main__":
    sys.exit(main())
