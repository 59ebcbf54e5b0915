"""The journal: who did what when, in the order of time, with nothing personal of entrants."""

from datetime import UTC, datetime, timedelta

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.ports import Conflict, Create
from prizedraw.records.running import JournalRow
from prizedraw.runtime import journal
from prizedraw.runtime.orders import Caller

OPERATOR = Caller("hanako@contractor.example", scheduled=False)
NOON = datetime(2026, 3, 2, 3, 0, 0, 123_456, tzinfo=UTC)


def row(moment: datetime = NOON, **facts: dict[str, int]) -> Create:
    return journal.entry(lambda: moment, OPERATOR, "freeze", "frozen", **facts)  # type: ignore[arg-type]


def test_a_row_says_who_did_what_when() -> None:
    record = journal.entry(
        lambda: NOON, OPERATOR, "freeze", "frozen", counts={"pool": 3}, hashes={"commitment": "ab"}
    ).record
    assert record.to_doc() == {
        "at": "2026-03-02T03:00:00Z",
        "step": "freeze",
        "principal": "hanako@contractor.example",
        "action": "frozen",
        "counts": {"pool": 3},
        "hashes": {"commitment": "ab"},
    }


def test_times_of_what_it_was_done_by_are_in_the_row_where_there_are_any() -> None:
    times = {"dropped_at": "2026-03-12T00:00:00Z"}
    record = journal.entry(lambda: NOON, OPERATOR, "claim", "imported", times=times).record
    assert record.to_doc()["times"] == times
    assert JournalRow.from_doc("x", record.to_doc()).times == times


def test_counts_and_hashes_may_be_left_out() -> None:
    document = row().record.to_doc()
    assert (document["counts"], document["hashes"]) == ({}, {})


@pytest.mark.parametrize(
    "later", [timedelta(milliseconds=1), timedelta(seconds=1), timedelta(hours=9), timedelta(days=300)]
)
def test_ids_sort_by_time(later: timedelta) -> None:
    assert row().record.id < row(NOON + later).record.id


def test_an_id_holds_the_moment_to_the_millisecond() -> None:
    assert row().record.id.startswith("2026-03-02T030000-123-")


def test_a_moment_in_another_zone_is_the_same_moment() -> None:
    jst = NOON.astimezone().replace(microsecond=0)
    assert row(jst).record.to_doc()["at"] == "2026-03-02T03:00:00Z"


def test_two_acts_of_one_moment_are_two_rows() -> None:
    store = Memory("rally")
    store.commit([row(), row()])
    assert len(list(store.scan(JournalRow))) == 2


def test_a_row_is_never_written_over() -> None:
    store, first = Memory("rally"), row()
    store.commit([first])
    with pytest.raises(Conflict):
        store.commit([first])


def test_a_row_reads_back() -> None:
    store, made = Memory("rally"), row(counts={"pool": 3})
    store.commit([made])
    assert list(store.scan(JournalRow)) == [made.record]
