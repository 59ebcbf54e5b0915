"""Keep dropped files in memory."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime

from prizedraw.errors import Again, Problem
from prizedraw.ports import Dropped

AWAY = Problem("E-180", "ファイル保管が応答しません。")


@dataclass
class FakeClaims:
    """
    Be a `ClaimsBucket` over a dictionary: *files* by name are generation, bytes and the time of the drop.

    *asked* records `(method, name)`, *erased* the names in their order. *away*: so many of the next calls raise `Again`
    and do nothing; *replies_lost*: so many of the next erasures are made, then raise it. *size*, if it is given, is
    what every file claims to be.
    """

    files: dict[str, tuple[str, bytes, datetime]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    away: int = 0
    replies_lost: int = 0
    size: int | None = None
    _generations: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1_700_000_000_000_001))

    def drop(self, name: str, data: bytes, at: datetime) -> str:
        """Put a file, over one of the same name too, and return its generation."""
        generation = str(next(self._generations))
        self.files[name] = (generation, data, at)
        return generation

    def look(self, name: str, generation: str) -> Dropped | None:
        self._answer("look", name)
        found = self._found(name, generation)
        return Dropped(len(found[0]) if self.size is None else self.size, found[1]) if found else None

    def read(self, name: str, generation: str) -> bytes | None:
        self._answer("read", name)
        found = self._found(name, generation)
        return found[0] if found else None

    def erase(self, name: str, generation: str) -> None:
        self._answer("erase", name)
        if self._found(name, generation) is not None:
            del self.files[name]
            self.erased.append(name)
        if self.replies_lost > 0:
            self.replies_lost -= 1
            raise Again(AWAY)

    def _found(self, name: str, generation: str) -> tuple[bytes, datetime] | None:
        held = self.files.get(name)
        return held[1:] if held is not None and held[0] == generation else None

    def _answer(self, method: str, name: str) -> None:
        self.asked.append((method, name))
        if self.away > 0:
            self.away -= 1
            raise Again(AWAY)
