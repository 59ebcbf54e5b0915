"""
Mutants that change nothing that anybody could see: `equivalents.toml`, each with its reason.

An entry is found again by its words, wherever its lines stand; one that no mutant fits any more is told.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mutants.breeding import Mutant

FILE = Path(__file__).with_name("equivalents.toml")


@dataclass(frozen=True)
class Equivalent:
    """One entry: in this module, these lines become those, and nobody could tell, for this reason."""

    module: str
    line: str
    becomes: str
    reason: str

    def fits(self, mutant: Mutant) -> bool:
        """Tell whether this is the mutant that is meant."""
        if mutant.module != self.module or mutant.source.splitlines()[mutant.first_line - 1].strip() not in self.line:
            return False
        return mutant.change == (self.line, self.becomes)


def read(file: Path = FILE) -> list[Equivalent]:
    """Read the list; every entry has exactly the four fields, none of them empty."""
    entries = [Equivalent(**entry) for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("equivalent", [])]
    assert all(entry.line and entry.becomes and entry.reason for entry in entries)
    return entries


def stale(entries: Iterable[Equivalent], mutants: Iterable[Mutant]) -> list[Equivalent]:
    """Return the entries that fit no mutant any more."""
    mutants = list(mutants)
    return [entry for entry in entries if not any(entry.fits(mutant) for mutant in mutants)]
