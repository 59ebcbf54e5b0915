"""Record calls by step, and pass on what a database is asked, whatever it is."""

from collections.abc import Callable
from typing import Any

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.ports import Create, ListedStore
from prizedraw.records.lottery import Freezing
from prizedraw.rehearsal.calls import READ, WRITE, Calls, RecordedStore

KEPT = Freezing("only", "2026-03-02T04:00:00.000000000Z")
READS: dict[str, Callable[[ListedStore], Any]] = {
    "get": lambda store: store.get(Freezing, KEPT.id),
    "get_many": lambda store: store.get_many(Freezing, [KEPT.id, "another"]),
    "find": lambda store: store.find(Freezing, "began_at", KEPT.began_at),
    "scan": lambda store: list(store.scan(Freezing)),
    "project": lambda store: list(store.project(Freezing, ["began_at"])),
    "count": lambda store: store.count(Freezing),
    "snapshot": lambda store: list(store.snapshot().scan(Freezing)),
    "listed": lambda store: list(store.listed()),
}


def recorded(calls: Calls) -> tuple[Memory, ListedStore]:
    memory = Memory("campaign")
    return memory, RecordedStore(memory, calls, "state")


@pytest.mark.parametrize("name", READS)
def test_a_read_is_passed_on_and_recorded_as_one(name: str) -> None:
    calls = Calls()
    memory, store = recorded(calls)
    memory.commit([Create(KEPT)])
    calls.serve("draw")
    assert READS[name](store) == READS[name](memory)
    assert calls.rows() == [{"step": "draw", "service": "firestore", "method": READ, "resource": "state", "times": 1}]


def test_a_write_is_passed_on_and_recorded_as_one() -> None:
    calls = Calls()
    memory, store = recorded(calls)
    calls.serve("draw")
    store.commit([Create(KEPT)])
    stored = memory.get(Freezing, KEPT.id)
    assert stored is not None
    assert stored.record == KEPT
    assert [row["method"] for row in calls.rows()] == [WRITE]


def test_every_method_of_the_port_is_tried_here() -> None:
    assert {*READS, "commit"} == {name for name in vars(RecordedStore) if not name.startswith("_")}


def test_calls_are_the_step_s_that_is_being_served_and_nobody_s_in_between() -> None:
    calls = Calls()
    calls.record("kms", "Decrypt", "before")
    calls.serve("ship")
    calls.record("kms", "Decrypt", "key")
    calls.record("kms", "Decrypt", "key")
    calls.serve("")
    calls.record("kms", "Decrypt", "after")
    calls.serve("claim")
    calls.record("kms", "Encrypt", "key")
    assert calls.rows() == [
        {"step": "claim", "service": "kms", "method": "Encrypt", "resource": "key", "times": 1},
        {"step": "ship", "service": "kms", "method": "Decrypt", "resource": "key", "times": 2},
    ]
