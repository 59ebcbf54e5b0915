"""What a run found, module by module: on the screen, and in docs/reliability.md."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from mutants.breeding import ROOT, Mutant

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


def share(row: tuple[int, int, int, int]) -> str:
    """Say how many of those that are not equivalent died."""
    _, killed, _, survived = row
    return f"{killed / (killed + survived):.1%}" if killed + survived else "–"


def markdown(found: Mapping[str, Found], drawn: str) -> str:
    """Write the section of the page."""
    lines = [
        f"`./scripts/mutants {drawn}` ({sum(one.row(*one.modules())[0] for one in found.values())} mutants):",
        "",
        "| part | module | mutants | killed | equivalent | survived | killed of what is not equivalent |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    total = (0, 0, 0, 0)
    for part, one in found.items():
        whole = one.row(*one.modules())
        total = (total[0] + whole[0], total[1] + whole[1], total[2] + whole[2], total[3] + whole[3])
        lines.append(_line(f"**{part}**", "", whole))
        lines += [_line("", f"`{module}`", one.row(module)) for module in one.modules()]
    lines.append(_line("**all**", "", total))
    return "\n".join(lines)


def _line(part: str, module: str, row: tuple[int, int, int, int]) -> str:
    return f"| {part} | {module} | {' | '.join(map(str, row))} | {share(row)} |"


def write(section: str) -> None:
    """Put the section into the page, between its marks."""
    page = PAGE.read_text(encoding="utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} has no place for it")
    PAGE.write_text(f"{before}{BEGIN}\n\n{section}\n\n{END}{after}", encoding="utf-8")
