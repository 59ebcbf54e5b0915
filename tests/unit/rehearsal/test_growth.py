"""
A rehearsal grows with the number of its entrants and no faster.

The form is read once a notification, and there are as many notifications as responses: whatever one reading does for
each response that was there before makes the whole grow with the square. Counted are calls of Python functions, which
are the same on every machine.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.ports import Create, Delete, Replace
from prizedraw.records.entries import LedgerRow, Outcome
from prizedraw.rehearsal.google.json_wire import ApiError
from prizedraw.rehearsal.google.responses import Responses
from prizedraw.times import instant_of

START = datetime(2026, 2, 3, tzinfo=UTC)
FEW, MANY = 10, 1_000
SEARCHED = 20
"""To find a place among so many by halves takes ten steps."""


def calls(work: Callable[[], object]) -> int:
    """Count the calls of Python functions in *work*, the resumptions of generators too."""
    counted = 0

    def count(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal counted
        counted += event == "call"

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted


def at(minutes: int) -> str:
    return instant_of(START + timedelta(minutes=minutes))


def form(size: int) -> Responses:
    """A form to which one pressed each minute."""
    responses = Responses()
    for number in range(size):
        responses.put(at(number), {"responseId": f"r{number:04}"})
    return responses


class TestListing:
    def test_what_is_new_costs_the_same_however_much_is_old(self) -> None:
        def reading(size: int) -> int:
            responses, since = form(size), f"timestamp >= {at(size - 2)}"
            return calls(lambda: responses.meeting(since))

        assert reading(MANY) <= reading(FEW) + SEARCHED

    @pytest.mark.parametrize(
        ("condition", "found"),
        [
            ("", {"r0000", "r0001", "r0002"}),
            (f"timestamp >= {at(1)}", {"r0001", "r0002"}),
            (f"timestamp > {at(1)}", {"r0002"}),
            (f"timestamp > {at(2)}", set()),
        ],
    )
    def test_the_filter_compares_instants(self, condition: str, found: set[str]) -> None:
        assert set(form(3).meeting(condition)) == found

    @pytest.mark.parametrize("condition", ["timestamp", "timestamp < 2026-02-03T00:00:00Z", "createTime > x"])
    def test_another_filter_is_refused(self, condition: str) -> None:
        with pytest.raises(ApiError):
            form(1).meeting(condition)

    def test_an_edit_moves_a_response_and_a_deletion_takes_it_away(self) -> None:
        responses = form(3)
        responses.put(at(10), {"responseId": "r0000", "edited": True})
        responses.remove("r0001")
        responses.remove("unknown")
        assert responses.meeting(f"timestamp >= {at(0)}") == ["r0002", "r0000"]
        assert responses.get("r0000") == {"responseId": "r0000", "edited": True}
        assert responses.get("r0001") is None
        responses.clear()
        assert list(responses) == []
        assert responses.meeting(f"timestamp >= {at(0)}") == []


def row(number: int, outcome: Outcome, address: str) -> LedgerRow:
    return LedgerRow(f"{number:04}", at(number), at(number), outcome, address=address)


def ledger(size: int) -> Memory:
    """A ledger in which all but two were accepted."""
    memory = Memory("rally")
    for start in range(0, size, 100):
        numbers = range(start, min(start + 100, size))
        rows = [row(n, Outcome.DUPLICATE if n < 2 else Outcome.ACCEPTED, f"a{n}") for n in numbers]
        memory.commit([Create(one) for one in rows])
    return memory


class TestCounting:
    @pytest.mark.parametrize(
        "ask",
        [
            lambda memory: memory.count(LedgerRow),
            lambda memory: memory.count(LedgerRow, outcome="accepted"),
            lambda memory: memory.count(LedgerRow, outcome="duplicate", address="a1"),
            lambda memory: memory.find(LedgerRow, "outcome", "duplicate"),
            lambda memory: memory.commit([Replace(row(0, Outcome.DUPLICATE, "elsewhere"))]),
        ],
        ids=["all", "by one field", "by two", "found", "written"],
    )
    def test_costs_the_same_however_much_is_held(self, ask: Callable[[Memory], object]) -> None:
        def asked_again(size: int) -> int:
            memory = ledger(size)
            ask(memory)
            return calls(lambda: ask(memory))

        assert asked_again(MANY) == asked_again(FEW)

    def test_what_was_counted_once_is_counted_anew_after_each_write(self) -> None:
        memory = ledger(4)
        assert memory.count(LedgerRow, outcome="accepted") == 2
        memory.commit([Replace(row(2, Outcome.DUPLICATE, "a2")), Delete(LedgerRow, "0003")])
        memory.commit([Create(row(9, Outcome.ACCEPTED, "a9"))])
        assert memory.count(LedgerRow, outcome="accepted") == 1
        assert [one.id for one in memory.find(LedgerRow, "outcome", "duplicate")] == ["0000", "0001", "0002"]
        assert memory.count(LedgerRow, outcome="accepted", address="a9") == 1
        assert memory.count(LedgerRow, outcome="duplicate", address="a9") == 0
        assert memory.count(LedgerRow, gone=True) == memory.count(LedgerRow, address="nowhere") == 0
