"""
Compare the CPU that `intake` takes for an entry with that of its cryptography alone.

The product parses pages of the form, judges, indexes and seals each response, and builds and serialises the writes,
in one pull of people who are all new. What is built is not sent: how long that takes is in the row of the emulator.
The floor seals the same two plaintexts an entry and computes one index.
"""

from collections.abc import Iterator, Mapping, Sequence
from tempfile import TemporaryDirectory
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from bench.measure import Cost, Row, fresh, in_turns, quietest, stopwatch
from bench.world import CAMPAIGN, PREPARED, Sizes, cryptography, judged, take_in, write_pages
from prizedraw.adapters.firestore.database import commit_request
from prizedraw.adapters.firestore.documents import paths
from prizedraw.adapters.memory import Memory
from prizedraw.ports import R, Record, Replace, Stored, Write
from support.fakes.keys import MemoryKeys

GOAL = 1.6
DATABASE = "projects/rehearsal/databases/sealed"
PARENT = f"{DATABASE}/documents/campaigns/{CAMPAIGN.id}"


def rows(sizes: Sizes) -> Iterator[Row]:
    """Yield one row."""
    with TemporaryDirectory() as folder:
        fresh(write_pages, folder, sizes.entries, True)
        costs = in_turns(sizes.rounds, floor=lambda: fresh(floor, folder), ours=lambda: fresh(ours, folder))
    least, needed = (quietest(costs[side], "cpu") / sizes.entries * 1e6 for side in ("floor", "ours"))
    yield Row("intake: µs of CPU per entry", least, needed, GOAL)


def floor(folder: str) -> Cost:
    """Seal contact and survey of each entry and compute one index."""
    seal_and_index = cryptography(MemoryKeys(CAMPAIGN.id), judged(folder))
    with stopwatch() as cost:
        seal_and_index()
    return cost


class _Unsent:
    """Build and serialise each commit as Firestore's client would, send it nowhere, hold nothing (port `Store`)."""

    def get(self, kind: type[R], id: str) -> Stored[R] | None:
        return None

    def get_many(self, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
        return {}

    def find(self, kind: type[R], field: str, value: str | bool) -> list[R]:
        return []

    def scan(self, kind: type[R]) -> Iterator[R]:
        return iter(())

    def project(self, kind: type[Record], fields: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        return iter(())

    def count(self, kind: type[Record], **equals: str | bool) -> int:
        return 0

    def commit(self, writes: Sequence[Write]) -> Mapping[str, Timestamp]:
        names = [f"{PARENT}/{path}" for path in paths(writes)]
        commit_request(DATABASE, names, writes).SerializeToString()
        return dict.fromkeys(names, Timestamp())


def ours(folder: str) -> Cost:
    """Pull all pages."""
    keys, state = MemoryKeys(CAMPAIGN.id), Memory(CAMPAIGN.id)
    state.commit([Replace(PREPARED)])
    with stopwatch() as cost:
        take_in(folder, _Unsent(), state, keys)
    return cost
