"""
Keep records in memory as Firestore would hold them: for tests and rehearsals, in no archive.

Documents are copies of plain values, refused where Firestore refuses them. Limits and sizes:
https://cloud.google.com/firestore/quotas and https://cloud.google.com/firestore/docs/storage-size
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from threading import Lock
from typing import Any

from prizedraw.adapters.firestore.documents import UNSTORABLE, chunks, collection_of, is_id, paths, record_of
from prizedraw.adapters.firestore.snapshot import Snapshot
from prizedraw.errors import Final
from prizedraw.ports import Conflict, Create, Delete, Document, Listed, R, Record, Replace, Stored, Write

MAX_DOCUMENT_BYTES = 1_048_576
_OVERHEAD_BYTES = 16 + 32
"""What Firestore adds to the size of a document: for its name, and for itself."""
_RESERVED = re.compile(r"__.*__")

_Held = dict[str, tuple[Document, int]]
_Index = dict[tuple[type, Any], set[str]]
"""The ids of a collection's documents by the type and value of one field."""


class Memory:
    """
    One campaign's records of one database, for any number of threads.

    The ports Reader, Writer, Store, Snapshots and Inventory. A version is a map from the document's path to a number: a
    write that changes nothing keeps the document's number.
    """

    def __init__(self, campaign: str) -> None:
        self._campaign = campaign
        self._root = f"campaigns/{campaign}"
        self._beside: set[str] = set()
        self._collections: dict[str, _Held] = {}
        self._indexes: dict[str, dict[str, _Index]] = {}
        self._lock = Lock()
        self._commits = 0

    def copy(self) -> "Memory":
        """Return another store that holds the same. Documents are shared: what is held is never changed in place."""
        twin = Memory(self._campaign)
        with self._lock:
            twin._collections = {collection: dict(held) for collection, held in self._collections.items()}
            twin._beside, twin._commits = set(self._beside), self._commits
        return twin

    def dump(self) -> dict[str, Document]:
        """Return every stored document, raw, by its path `campaigns/{campaign}/{collection}/{id}`."""
        with self._lock:
            return {
                f"{self._root}/{collection}/{name}": _copy(document)
                for collection, held in sorted(self._collections.items())
                for name, (document, _) in sorted(held.items())
            }

    def plant(self, path: str) -> None:
        """Let a document lie at any *path*, as whoever else may write the database could put it there."""
        self._beside.add(path)

    def remove(self, path: str) -> None:
        """Remove what was planted."""
        self._beside.discard(path)

    def listed(self) -> list[Listed]:
        """List every collection, with its number of documents."""
        with self._lock:
            held = [f"{self._root}/{name}/{id}" for name, documents in self._collections.items() for id in documents]
        found = Counter(collection_of(path, self._campaign) for path in [*held, *self._beside])
        return [Listed(name, count) for name, count in sorted(found.items())]

    def snapshot(self) -> Snapshot:
        """Copy every record, in the order of ids."""
        with self._lock:
            return Snapshot(
                {
                    collection: {id: _copy(document) for id, (document, _) in sorted(held.items())}
                    for collection, held in self._collections.items()
                }
            )

    def get(self, kind: type[R], id: str) -> Stored[R] | None:
        """Return one record with its version, or None."""
        found = self._collections.get(kind.COLLECTION, {}).get(id) if is_id(id) else None
        if found is None:
            return None
        document, version = found
        return Stored(record_of(kind, id, _copy(document)), {f"{kind.COLLECTION}/{id}": version})

    def get_many(self, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
        """Return those of *ids* that exist, by id."""
        found = [self.get(kind, wanted) for chunk in chunks(ids) for wanted in chunk]
        return {stored.record.id: stored.record for stored in found if stored is not None}

    def find(self, kind: type[R], field: str, value: str | bool) -> list[R]:
        """Return the records whose *field* equals *value*, in the order of their ids."""
        equals = _checked(kind, {field: value})
        with self._lock:
            held = self._collections.get(kind.COLLECTION, {})
            found = [(name, held[name][0]) for name in sorted(self._equal(kind, equals))]
        return [record_of(kind, name, _copy(document)) for name, document in found]

    def scan(self, kind: type[R]) -> Iterator[R]:
        """Yield every record that is there at the first call, in the order of ids."""
        return (record_of(kind, name, _copy(held)) for name, held in self._all(kind))

    def project(self, kind: type[Record], fields: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield the named *fields* of every record, None for an absent one; the field `id` is the document's id."""
        for name, held in self._all(kind):
            yield tuple(name if field == "id" else _copy(held.get(field)) for field in fields)

    def count(self, kind: type[Record], **equals: str | bool) -> int:
        """Count the records whose fields equal the given values."""
        wanted = _checked(kind, equals)
        with self._lock:
            return len(self._equal(kind, wanted)) if wanted else len(self._collections.get(kind.COLLECTION, {}))

    def commit(self, writes: Sequence[Write]) -> object:
        """
        Make all *writes* or none; return their version.

        Raises:
            Conflict: a `Create` met an existing document, or a `Replace` another version.
            Final: a value that Firestore does not hold, or a document of more than 1 MiB; nothing was written.
        """
        named = list(zip(paths(writes), writes, strict=True))
        documents = [self._document(path, write) for path, write in named]
        with self._lock:
            for path, write in named:
                self._demand(path, write)
            self._commits += 1
            return {path: self._hold(path, new) for (path, _), new in zip(named, documents, strict=True)}

    def _document(self, path: str, write: Write) -> Document | None:
        """Return the document that a write leaves behind, None for a deletion."""
        if isinstance(write, Delete):
            return None
        document = _checked(type(write.record), write.record.to_doc())
        name = sum(len(part.encode()) + 1 for part in f"{self._root}/{path}".split("/"))
        if _size(document) + name + _OVERHEAD_BYTES > MAX_DOCUMENT_BYTES:
            raise Final(UNSTORABLE, collections=write.record.COLLECTION)
        return document

    def _place(self, path: str) -> tuple[_Held, str]:
        collection, _, name = path.partition("/")
        return self._collections.setdefault(collection, {}), name

    def _demand(self, path: str, write: Write) -> None:
        """Refuse a write whose precondition does not hold."""
        held, name = self._place(path)
        if isinstance(write, Create) and name in held:
            raise Conflict
        if isinstance(write, Replace) and write.version is not None:
            known = write.version.get(path) if isinstance(write.version, Mapping) else None
            if name not in held or held[name][1] != known:
                raise Conflict

    def _hold(self, path: str, new: Document | None) -> int | None:
        """Put a document in its place, or nothing; return its version."""
        held, name = self._place(path)
        old = held.pop(name, None)
        self._reindex(path, old[0] if old else None, new)
        if new is None:
            return None
        version = old[1] if old and old[0] == new else self._commits
        held[name] = (new, version)
        return version

    def _equal(self, kind: type[Record], equals: Mapping[str, Any]) -> set[str]:
        """Return the ids of the documents whose fields equal the given values; a field is indexed once asked for."""
        indexes = self._indexes.setdefault(kind.COLLECTION, {})
        found: list[set[str]] = []
        for name, value in equals.items():
            if name not in indexes:
                index = indexes[name] = {}
                for id, (document, _) in self._collections.get(kind.COLLECTION, {}).items():
                    _add(index, document.get(name), id)
            found.append(indexes[name].get((type(value), value), set()))
        return set.intersection(*sorted(found, key=len))

    def _reindex(self, path: str, old: Document | None, new: Document | None) -> None:
        """Keep the indexes of a collection true of a document that is put in the place of another."""
        collection, _, id = path.partition("/")
        for name, index in self._indexes.get(collection, {}).items():
            if old is not None:
                _remove(index, old.get(name), id)
            if new is not None:
                _add(index, new.get(name), id)

    def _all(self, kind: type[Record]) -> list[tuple[str, Document]]:
        """List what the collection holds now, in the order of ids; a held document is never changed in place."""
        with self._lock:
            held = list(self._collections.get(kind.COLLECTION, {}).items())
        return sorted(((name, document) for name, (document, _) in held), key=itemgetter(0))


def _add(index: _Index, value: object, id: str) -> None:
    """Take an id into an index, if its value is one that can be asked for."""
    if isinstance(value, str | bool):
        index.setdefault((type(value), value), set()).add(id)


def _remove(index: _Index, value: object, id: str) -> None:
    if isinstance(value, str | bool):
        ids = index[type(value), value]
        ids.discard(id)
        if not ids:
            del index[type(value), value]


def _checked(kind: type[Record], document: Mapping[str, Any]) -> Document:
    """
    Copy a document as it would be held.

    Raises:
        Final: a value or a field name that Firestore does not hold.
    """
    try:
        copy: Document = _copy(dict(document))
    except (TypeError, ValueError):
        raise Final(UNSTORABLE, collections=kind.COLLECTION) from None
    return copy


def _copy(value: Any) -> Any:
    """Copy a plain value; refuse, with TypeError or ValueError, what Firestore refuses."""
    if value is None or isinstance(value, bool | bytes):
        return value
    if isinstance(value, str):
        return value.encode().decode()
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ValueError
        return int(value)
    if isinstance(value, list):
        if any(isinstance(item, list) for item in value):
            raise TypeError
        return [_copy(item) for item in value]
    if isinstance(value, dict):
        if not all(isinstance(name, str) and name and not _RESERVED.fullmatch(name) for name in value):
            raise TypeError
        return {_copy(name): _copy(item) for name, item in value.items()}
    raise TypeError


def _size(value: Any) -> int:
    """Return the size in bytes by which Firestore counts a value."""
    if isinstance(value, str):
        return len(value.encode()) + 1
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, list):
        return sum(map(_size, value))
    if isinstance(value, dict):
        return sum(_size(name) + _size(item) for name, item in value.items())
    return 1 if value is None or isinstance(value, bool) else 8
