"""
Record which step called what of Google, and which database it read or wrote, while a rehearsal plays.

Functions are served one at a time, so whatever arrives between a request and its answer is that function's. What the
rehearsal itself looks up in between (as an operator would, with an account of their own) is nobody's and not recorded.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from prizedraw.ports import Document, Listed, ListedStore, R, Reader, Record, Stored, Write

READ, WRITE = "read", "write"


@dataclass(frozen=True, order=True, kw_only=True)
class Called:
    """A kind of call: the step, the service, its method, the resource that it names."""

    step: str
    service: str
    method: str
    resource: str


class Calls:
    """The calls, counted by step."""

    def __init__(self) -> None:
        self.counted: Counter[Called] = Counter()
        self._serving = ""
        self._lock = Lock()

    @property
    def serving(self) -> str:
        """Return the step that is being served; empty if none is."""
        return self._serving

    def serve(self, step: str) -> None:
        """Say which step is being served from now on; none if empty."""
        self._serving = step

    def record(self, service: str, method: str, resource: str) -> None:
        """Count a call of the step that is being served."""
        if self._serving:
            with self._lock:
                called = Called(step=self._serving, service=service, method=method, resource=resource)
                self.counted[called] += 1

    def rows(self) -> list[Document]:
        """Return what was counted, sorted, as plain values."""
        return [
            {"step": one.step, "service": one.service, "method": one.method, "resource": one.resource, "times": times}
            for one, times in sorted(self.counted.items())
        ]


class RecordedStore:
    """A database (port `ListedStore`) of which it is recorded whether it was read or written."""

    def __init__(self, store: ListedStore, calls: Calls, name: str) -> None:
        self._store = store
        self._calls = calls
        self._name = name

    def get(self, kind: type[R], id: str) -> Stored[R] | None:
        """Read one record."""
        self._record(READ)
        return self._store.get(kind, id)

    def get_many(self, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
        """Read several records."""
        self._record(READ)
        return self._store.get_many(kind, ids)

    def find(self, kind: type[R], field: str, value: str | bool) -> list[R]:
        """Read the records with a value."""
        self._record(READ)
        return self._store.find(kind, field, value)

    def scan(self, kind: type[R]) -> Iterator[R]:
        """Read every record."""
        self._record(READ)
        return self._store.scan(kind)

    def project(self, kind: type[Record], fields: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Read fields of every record."""
        self._record(READ)
        return self._store.project(kind, fields)

    def count(self, kind: type[Record], **equals: str | bool) -> int:
        """Count records."""
        self._record(READ)
        return self._store.count(kind, **equals)

    def snapshot(self) -> Reader:
        """Read every record at once."""
        self._record(READ)
        return self._store.snapshot()

    def listed(self) -> Iterable[Listed]:
        """List all collections."""
        self._record(READ)
        return self._store.listed()

    def commit(self, writes: Sequence[Write]) -> object:
        """Write records."""
        self._record(WRITE)
        return self._store.commit(writes)

    def _record(self, method: str) -> None:
        self._calls.record("firestore", method, self._name)
