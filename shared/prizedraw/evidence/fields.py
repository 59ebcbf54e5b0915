"""
Judge the fields of a published JSON object, one after the other.

Everything here raises a bare ValueError when a field is missing, superfluous or malformed: the message never repeats
what was read, and the caller turns it into an error that names the file.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from prizedraw.typed.crockford import LABEL

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | bool | None"

_TIME = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\dZ", re.ASCII)


def demand(holds: bool) -> None:
    """Raise ValueError unless the condition *holds*."""
    if not holds:
        raise ValueError


class Fields:
    """
    A JSON object that has exactly the fields of *names* (separated by blanks); each method judges one of them.

    Those of *optional* may be missing.
    """

    def __init__(self, value: Json, names: str, optional: str = "") -> None:
        if not isinstance(value, Mapping) or set(value) - set(optional.split()) != set(names.split()):
            raise ValueError
        self._values: Mapping[str, Any] = value

    def has(self, name: str) -> bool:
        """Tell whether an optional field is there."""
        return name in self._values

    def any(self, name: str) -> Any:
        """Return a field unjudged."""
        return self._values[name]

    def text(self, name: str, pattern: re.Pattern[str] | None = None) -> str:
        """Return a string that is not empty and, all of it, matches the *pattern*."""
        value: str = self._values[name]
        demand(isinstance(value, str) and bool(value))
        demand(pattern is None or pattern.fullmatch(value) is not None)
        return value

    def binary(self, name: str, least: int, most: int) -> bytes:
        """Return *least* to *most* bytes, written in lower-case hex."""
        text = self.text(name)
        value = bytes.fromhex(text)
        demand(value.hex() == text and least <= len(value) <= most)
        return value

    def hash(self, name: str) -> str:
        """Return a SHA-256 in lower-case hex."""
        return self.binary(name, 32, 32).hex()

    def time(self, name: str) -> datetime:
        """Return a moment in UTC, written in RFC 3339 with whole seconds and `Z`."""
        return datetime.fromisoformat(self.text(name, _TIME))

    def count(self, name: str) -> int:
        """Return an integer that is not negative; true and false are none."""
        value: int = self._values[name]
        demand(type(value) is int and value >= 0)
        return value

    def counts(self, name: str, pattern: re.Pattern[str]) -> dict[str, int]:
        """Return an object of counts whose keys match the *pattern*."""
        counts: dict[str, int] = self.mapping(name)
        demand(all(pattern.fullmatch(key) for key in counts))
        demand(all(type(count) is int and count >= 0 for count in counts.values()))
        return counts

    def array(self, name: str) -> list[Any]:
        """Return an array, its elements unjudged."""
        value: list[Any] = self._values[name]
        demand(isinstance(value, list))
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        """Return an object, its fields unjudged."""
        value: dict[str, Any] = self._values[name]
        demand(isinstance(value, dict))
        return value

    def labels(self, name: str) -> tuple[str, ...]:
        """Return an array of labels (26 characters of lower-case Crockford base32)."""
        labels = self.array(name)
        demand(all(isinstance(label, str) and LABEL.fullmatch(label) for label in labels))
        return tuple(labels)
