"""What a run found, module by module: on the screen, and in docs/reliability.md."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from mutants.breeding import ROOT, Mutant
from mutants.core import CORE

GOAL = 0.95
PAGE = ROOT / "docs/reliability.md"
BEGIN, END = "<!-- scripts/mutants writes from here -->", "<!-- to here -->"


@dataclass
class Found:
    """What became of the mutants of one part, by module."""

    killed: Counter[str] = field(default_factory=Counter)
    equivalent: Counter[str] = field(default_factory=Counter)
    survived: list[Mutant] = field(default_factory=list)

    def modules(self) -> list[str]:
        """Return the modules of which mutants were run."""
        return sorted({*self.killed, *self.equivalent, *(mutant.module for mutant in self.survived)})

    def row(self, *modules: str) -> tuple[int, int, int, int]:
        """Count mutants, killed, equivalent and survivors of some modules."""
        killed = sum(self.killed[module] for module in modules)
        equivalent = sum(self.equivalent[module] for module in modules)
        survived = sum(mutant.module in modules for mutant in self.survived)
        return killed + equivalent + survived, killed, equivalent, survived

    def is_enough(self) -> bool:
        """Tell whether as many died as must, of those that are not equivalent."""
        _, killed, _, survived = self.row(*self.modules())
        return killed >= GOAL * (killed + survived)


def share(row: Sequence[int]) -> str:
    """Say how many of those that are not equivalent died."""
    _, killed, _, survived = row
    return f"{killed / (killed + survived):.1%}" if killed + survived else "–"


HEAD = [
    "| part | module | drawn | mutants | killed | equivalent | survived | killed of what is not equivalent |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
]


def write(found: Mapping[str, Found], drawn: str) -> None:
    """Put what was found into the page, *drawn* so, between its marks; parts that were not run stay as they were."""
    page = PAGE.read_text(encoding="utf-8")
    before, begin, rest = page.partition(BEGIN)
    section, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} has no place for it")
    standing = {part: lines for part, lines in _parts(section).items() if part in CORE}
    parts = standing | {part: _lines(part, one, drawn) for part, one in found.items()}
    wholes = [[int(cell) for cell in lines[0].split("|")[4:8]] for lines in parts.values()]
    total = _line("**all**", "", "", *(sum(column) for column in zip(*wholes, strict=True)))
    table = "\n".join([*HEAD, *chain.from_iterable(parts.values()), total])
    PAGE.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


def _parts(section: str) -> dict[str, list[str]]:
    """Read the rows that stand in the page, by part."""
    parts: dict[str, list[str]] = {}
    for line in section.strip().splitlines()[len(HEAD) :]:
        named = line.split("|")[1].strip().strip("*")
        part = named or next(reversed(parts))
        parts.setdefault(part, []).append(line)
    parts.pop("all", None)
    return parts


def _lines(part: str, one: Found, drawn: str) -> list[str]:
    rows = [_line("", f"`{module}`", "", *one.row(module)) for module in one.modules()]
    return [_line(f"**{part}**", "", drawn, *one.row(*one.modules())), *rows]


def _line(part: str, module: str, drawn: str, *row: int) -> str:
    mutants, killed, equivalent, survived = row
    return f"| {part} | {module} | {drawn} | {mutants} | {killed} | {equivalent} | {survived} | {share(row)} |"
