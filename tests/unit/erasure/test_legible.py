"""What is no record keeps nothing from being erased: it is deleted, replaced, or named until somebody removes it."""

from collections.abc import Callable
from typing import Any

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.erasure.legible import Illegible, Legible
from prizedraw.erasure.state import PlaceState
from prizedraw.errors import Again, Broken
from prizedraw.overview.facts import read_facts
from prizedraw.ports import Create, Delete
from prizedraw.records.entries import Entry
from prizedraw.records.erasure import Attestation, Erasing, ErasureRow, LinkedSheets, PersonRequest, Unlisted
from prizedraw.records.fulfilment import Claim, Delivery, Review, Shipped, ShippingList
from prizedraw.records.lottery import Freezing
from prizedraw.records.mail import MailRow
from prizedraw.records.running import ONLY, JournalRow, Lease
from prizedraw.runtime import lease
from prizedraw.runtime.orders import Result
from support.clock import DAY, HOUR, Clock
from support.erasure import Ground, destroyed, ready
from support.records import planted
from support.stages import prepared
from support.world import agreed, labels

JUNK = {"note": "山田 花子"}


def spoil(made: Ground, kind: Any, id: str = "planted", database: str = "state") -> None:
    """Let somebody put a document among the records that is none."""
    getattr(made.world, database).commit([planted(kind.COLLECTION, JUNK, id)])


def broken(act: Callable[[], object]) -> Broken:
    """Return the alarm with which something ends."""
    with pytest.raises(Broken) as caught:
        act()
    return caught.value


@pytest.mark.parametrize("kind", [Claim, Review, ShippingList, MailRow, PersonRequest, Delivery])
def test_what_must_go_is_deleted_unread_and_the_report_is_made_in_the_same_run(kind: Any) -> None:
    made = ready()
    spoil(made, kind, database="sealed" if kind is Delivery else "state")
    made.daily()
    assert made.left() == {}
    assert made.last().number == 1


@pytest.mark.parametrize("kind", [JournalRow, ErasureRow, Attestation, Unlisted])
def test_beside_what_is_kept_everything_goes_and_no_report_is_made_until_it_is_removed(kind: Any) -> None:
    made = ready()
    spoil(made, kind)
    problem = broken(made.daily)
    assert made.left() == {}
    assert (problem.problem.code, problem.facts) == ("E-558", {"collections": kind.COLLECTION})
    assert "山田" not in problem.sentence + str(problem)
    assert "erasure/001-report.json" not in made.reports.files
    assert broken(made.daily).problem.code == "E-558", "at every run"
    made.world.state.commit([Delete(kind, "planted")])
    made.daily()
    assert made.last().number == 1


def test_an_operator_is_told_of_it_before_anything_is_pressed() -> None:
    made = ready()
    spoil(made, JournalRow)
    assert any("journal" in line for line in made.erase().summary)


@pytest.mark.parametrize("kind", [ErasureRow, Unlisted])
def test_what_earlier_runs_found_is_read_once_a_place_is_due_and_by_status_at_any_time(kind: Any) -> None:
    world = prepared()
    made = Ground(world)
    spoil(made, kind)
    assert made.daily().result is Result.NOT_DUE
    assert not any("E-558" in line or kind.COLLECTION in line for line in made.erase().summary)
    told = broken(lambda: read_facts(world.campaign, world.state, world.published, world.clock))
    assert told.facts == {"collection": kind.COLLECTION}


def test_a_row_that_cannot_be_read_is_written_over_by_the_next_of_that_number() -> None:
    made = ready()
    spoil(made, ErasureRow, "responses-0001")
    made.daily()
    assert made.rows("responses") == [(15, 15), (15, 0)]
    assert made.place("responses").state is PlaceState.DONE


@pytest.mark.parametrize("kind", [Erasing, Freezing])
def test_a_mark_that_cannot_be_read_is_nobody_s_and_is_written_over(kind: Any) -> None:
    made = ready()
    spoil(made, kind, ONLY)
    made.daily()
    assert made.left() == {}
    assert made.world.state.get(kind, ONLY) is not None


def test_a_person_s_word_that_cannot_be_read_is_given_again() -> None:
    made = ready()
    made.empty_by_hand()
    made.daily()
    spoil(made, Attestation, "logo")
    made.attest("logo")
    assert made.names() == ["logo"]


def test_two_operators_begin_early_beside_a_row_that_cannot_be_read() -> None:
    made = ready()
    made.world.clock.wait(-10 * DAY)
    spoil(made, JournalRow)
    assert broken(lambda: agreed(made.erase, early=True, reason="区の求め")).problem.code == "E-558"
    assert made.left() == {}


def test_a_shipped_parcel_whose_mark_cannot_be_read_lets_nothing_go_early() -> None:
    made = ready()
    spoil(made, Shipped, labels(made.world)[0])
    assert broken(made.daily).facts == {"collections": "shipped"}
    assert made.world.sealed.count(Entry) == 13
    assert made.world.sealed.count(Delivery) == 5
    assert made.world.state.get(Erasing, ONLY) is None


@pytest.mark.parametrize("database", ["state", "sealed"])
def test_a_lease_that_cannot_be_read_is_nobody_s(database: str) -> None:
    made = ready()
    spoil(made, Lease, lease.AWARDS, database)
    made.daily()
    assert made.left() == {}


def test_of_two_runs_that_take_such_a_lease_one_writes() -> None:
    clock, store = Clock(ready().world.clock.now), Memory("campaign")
    store.commit([planted(Lease.COLLECTION, JUNK, "one")])
    first = lease.acquire(Legible(store, Illegible()), "one", clock, HOUR)
    store.commit([planted(Lease.COLLECTION, JUNK, "one")])
    second = lease.acquire(Legible(store, Illegible()), "one", clock, HOUR)
    assert first is not None
    assert second is not None
    second.commit([])
    with pytest.raises(Again):
        first.commit([])


def test_the_spreadsheets_that_only_a_record_knows_are_not_forgotten() -> None:
    made = destroyed()
    spoil(made, LinkedSheets, ONLY)
    assert broken(made.daily).facts == {"collections": "sheets"}
    assert made.world.state.dump()[f"campaigns/{made.world.campaign.id}/sheets/{ONLY}"] == JUNK


def test_those_that_can_be_read_are_found_beside_one_that_cannot() -> None:
    store, illegible = Memory("campaign"), Illegible()
    at = "2026-03-02T13:00:00Z"
    marks = [Attestation(id, by, at, "hanako@example.jp") for id, by in (("a", "花子"), ("c", "太郎"), ("d", "花子"))]
    store.commit([*map(Create, marks), planted(Attestation.COLLECTION, {"by": "花子"}, "b")])
    read = Legible(store, illegible)
    assert [one.id for one in read.scan(Attestation)] == ["a", "c", "d"]
    assert [one.id for one in read.find(Attestation, "by", "花子")] == ["a", "d"]
    assert list(read.get_many(Attestation, ["b", "c"])) == ["c"]
    assert illegible.problem is not None
    read.commit([Create(Attestation("b", "花子", at, "hanako@example.jp"))])
    assert illegible.problem is None
    assert [one.id for one in read.find(Attestation, "by", "花子")] == ["a", "b", "d"]
