"""Withhold what would let anybody be singled out from published tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from prizedraw.tables import Key, Protected, Relation, Table


@dataclass(frozen=True)
class Exposure:
    """Name a withheld number that can be derived too closely; no number is told."""

    key: Key


def protect(tables: Sequence[Table], threshold: int, relations: Sequence[Relation] = ()) -> tuple[Protected, ...]:
    """Withhold small numbers, and as many others as it takes that none can be derived (in the tables' order)."""
    raise NotImplementedError


def audit(tables: Sequence[Protected], threshold: int, relations: Sequence[Relation] = ()) -> list[Exposure]:
    """Return the withheld numbers that an attacker can derive more closely than *threshold*."""
    raise NotImplementedError
