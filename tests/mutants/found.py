"""What became of the mutants that a run tried, by module."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from mutants.breeding import Mutant
from mutants.table import Row

GOAL = 0.95


@dataclass
class Found:
    """What became of the mutants of *modules*, all of one part."""

    modules: Sequence[str]
    killed: Counter[str] = field(default_factory=Counter)
    equivalent: Counter[str] = field(default_factory=Counter)
    survived: list[Mutant] = field(default_factory=list)

    def counts(self, *modules: str) -> tuple[int, int, int, int]:
        """Count mutants, killed, equivalent and survivors of some modules."""
        killed = sum(self.killed[module] for module in modules)
        equivalent = sum(self.equivalent[module] for module in modules)
        survived = sum(mutant.module in modules for mutant in self.survived)
        return killed + equivalent + survived, killed, equivalent, survived

    def is_enough(self) -> bool:
        """Tell whether as many died as must, of those that are not equivalent."""
        _, killed, _, survived = self.counts(*self.modules)
        return killed >= GOAL * (killed + survived)

    def rows(self, drawn: str, day: str) -> dict[str, Row]:
        """Return what the page says of each module."""
        lived = {module: [mutant for mutant in self.survived if mutant.module == module] for module in self.modules}
        return {
            module: Row(drawn, day, self.counts(module), tuple(_told(mutant) for mutant in lived[module]))
            for module in self.modules
        }


def _told(mutant: Mutant) -> str:
    old, new = (" ⏎ ".join(text.splitlines()) for text in mutant.change)
    return f"`{old}` becomes `{new}`"
