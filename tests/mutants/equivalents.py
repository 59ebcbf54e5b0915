"""
Mutants that change nothing that anybody could see: `equivalents.toml`, each with its reason.

An entry is found again by its words, wherever its lines stand; one that fits no mutant any more is told, and one that
fits more than were meant: the same words may stand in a place where they are no equivalent.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mutants.breeding import Mutant

FILE = Path(__file__).with_name("equivalents.toml")


@dataclass(frozen=True)
class Equivalent:
    """One entry: in so many *places* of this module these lines become those; for this reason nobody could tell."""

    module: str
    line: str
    becomes: str
    reason: str
    places: int = 1

    def fits(self, mutant: Mutant) -> bool:
        """Tell whether this is the mutant that is meant."""
        if mutant.module != self.module or mutant.source.splitlines()[mutant.first_line - 1].strip() not in self.line:
            return False
        return mutant.change == (self.line, self.becomes)


def read(file: Path = FILE) -> list[Equivalent]:
    """Read the list; every entry has the four fields, none of them empty, and `places` if they are more than one."""
    entries = [Equivalent(**entry) for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("equivalent", [])]
    assert all(entry.line and entry.becomes and entry.reason for entry in entries)
    return entries


def is_among(entries: Iterable[Equivalent], mutant: Mutant) -> bool:
    """Tell whether an entry means this mutant."""
    return any(entry.fits(mutant) for entry in entries)


def stale(entries: Iterable[Equivalent], mutants: Iterable[Mutant]) -> list[tuple[Equivalent, int]]:
    """Return the entries that fit another number of mutants than they say, each with that number."""
    mutants = list(mutants)
    fitting = ((entry, sum(map(entry.fits, mutants))) for entry in entries)
    return [(entry, number) for entry, number in fitting if number != entry.places]
