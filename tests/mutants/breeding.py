"""Which mutants a module has, and which of them a sample takes."""

import difflib
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from mutants.core import SHARED
from mutants.operators import OPERATORS, Node, Span


def source_of(module: str) -> Path:
    """Return the file of a module of the package (`lottery.pool`)."""
    return SHARED / "prizedraw" / f"{module.replace('.', '/')}.py"


@dataclass(frozen=True)
class Mutant:
    """One mutation of one module. *nth*: which of the operator's places in the file. Lines are counted from 1."""

    module: str
    operator: str
    nth: int
    first_line: int
    last_line: int
    key: str
    source: str

    @cached_property
    def mutated(self) -> str:
        """The module's text with the fault in it."""
        mutated = mutate_code(self.source, OPERATORS[self.operator], self.nth)
        assert mutated is not None
        return str(mutated)

    @cached_property
    def compiles(self) -> bool:
        """Whether this is a program at all."""
        try:
            compile(self.mutated, "mutant", "exec", dont_inherit=True)
        except SyntaxError:
            return False
        return True

    @cached_property
    def change(self) -> tuple[str, str]:
        """The lines before and after, without their indentation: what a person sees, wherever the lines stand."""
        old, new = self.source.splitlines(), self.mutated.splitlines()
        before, after = [], []
        for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag != "equal":
                before += old[a:b]
                after += new[c:d]
        return "\n".join(line.strip() for line in before), "\n".join(" ".join(line.split()) for line in after)

    def drawn(self, seed: str) -> str:
        """Where this mutant stands in the order of a sample: by its own words, so that no other line moves it."""
        return hashlib.sha256(f"{seed}\n{self.module}\n{self.key}".encode()).hexdigest()


def breed(module: str) -> list[Mutant]:
    """Return all mutants of a module, in the order of the file."""
    source = source_of(module).read_text(encoding="utf-8")
    lines = source.splitlines()
    nodes = list(ast_nodes(get_ast(source)))
    outside = list(_not_run(nodes))
    found = []
    seen: Counter[str] = Counter()
    for name, operator in OPERATORS.items():
        places = [(node, span) for node in nodes for span in operator.mutation_positions(node)]
        for nth, (node, span) in enumerate(places):
            if any(start <= span[0] and span[1] <= end for start, end in outside) or _is_type(node):
                continue
            line = lines[span[0][0] - 1].strip()
            words = f"{name}\n{line}\n{span[0][1]}"
            seen[words] += 1
            found.append(Mutant(module, name, nth, span[0][0], span[1][0], f"{words}\n{seen[words]}", source))
    return sorted(found, key=lambda mutant: (mutant.first_line, mutant.operator, mutant.nth))


def sample(mutants: list[Mutant], size: int | None, seed: str) -> list[Mutant]:
    """Draw *size* mutants, or take all; the same seed draws the same."""
    drawn = sorted(mutants, key=lambda mutant: mutant.drawn(seed))
    return list(islice((mutant for mutant in drawn if mutant.compiles), size))


def _not_run(nodes: list[Node]) -> Iterator[Span]:
    """Yield what stands for readers and type checkers alone, and decorators: whatever breaks them breaks the import."""
    for node in nodes:
        if node.type in ("annassign", "tfpdef"):
            hint = node.children[1 if node.type == "annassign" else 2]
            yield hint.start_pos, hint.end_pos
        elif node.type == "funcdef" and node.annotation is not None:
            yield node.annotation.start_pos, node.annotation.end_pos
        elif node.type in ("decorator", "import_from", "import_name"):
            yield node.start_pos, node.end_pos


def _is_type(node: Node) -> bool:
    """Tell whether this is the bar of a union of types (`A | None`)."""
    if node.type != "operator" or node.value != "|":
        return False
    left = node.get_previous_sibling()
    name = left.get_code().strip() if left is not None else ""
    return name in ("int", "str", "bytes") or name[:1].isupper()
