"""Read records out of one answer that held them all, as a database would give them one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prizedraw.adapters.firestore.documents import record_of
from prizedraw.ports import Document, R, Record, Stored
from prizedraw.records.flat import NoRecord

Held = Mapping[str, Document | None]
"""A collection's documents by their ids, in the order of these; None is one of no plain values."""


class Snapshot:
    """
    The records of one campaign in one database, as they were when they were read (port `Reader`); nothing is asked.

    A document that is no record is met by whoever reads its kind, and by nobody else. A version is given that no
    database has given: what was read here may have changed since.
    """

    def __init__(self, collections: Mapping[str, Held]) -> None:
        self._collections = collections

    def get(self, kind: type[R], id: str) -> Stored[R] | None:
        """Return one record, or None."""
        held = self._held(kind)
        return Stored(record_of(kind, id, _readable(kind, held[id])), object()) if id in held else None

    def get_many(self, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
        """Return those of *ids* that exist, by id."""
        found = (self.get(kind, wanted) for wanted in ids)
        return {stored.record.id: stored.record for stored in found if stored is not None}

    def find(self, kind: type[R], field: str, value: str | bool) -> list[R]:
        """Return the records whose *field* equals *value*, in the order of their ids."""
        return [record_of(kind, id, held) for id, held in self._all(kind) if _equals(held.get(field), value)]

    def scan(self, kind: type[R]) -> Iterator[R]:
        """Yield every record, in the order of ids."""
        return (record_of(kind, id, held) for id, held in self._all(kind))

    def project(self, kind: type[Record], fields: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield the named *fields* of every record, None for an absent one; the field `id` is the document's id."""
        for id, held in self._all(kind):
            yield tuple([id if name == "id" else held.get(name) for name in fields])

    def count(self, kind: type[Record], **equals: str | bool) -> int:
        """Count the records whose fields equal the given values."""
        rows = (held or {} for held in self._held(kind).values())
        return sum(all(_equals(held.get(name), value) for name, value in equals.items()) for held in rows)

    def _held(self, kind: type[Record]) -> Held:
        return self._collections.get(kind.COLLECTION, {})

    def _all(self, kind: type[Record]) -> Iterator[tuple[str, Document]]:
        return ((id, _readable(kind, held)) for id, held in self._held(kind).items())


def _readable(kind: type[Record], held: Document | None) -> Document:
    if held is None:
        raise NoRecord(kind)
    return held


def _equals(found: Any, value: str | bool) -> bool:
    """Compare as Firestore does, to which `true` is no number."""
    return type(found) is type(value) and found == value
