"""A lease lets one run at a time write, and fences an old run that still goes on."""

from contextlib import AbstractContextManager

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.errors import Again, Broken, Problem, Refused
from prizedraw.ports import Conflict, Create, Store
from prizedraw.records.erasure import Unlisted
from prizedraw.records.running import Lease
from prizedraw.runtime.lease import BATCH, BUSY, SUPERSEDED, Busy, Hold, RunTimes, acquire, batches, fenced, run_times
from support.builders import CAMPAIGN, OPENS, WatchedStore
from support.clock import DAY, MINUTE, SECOND, TIMES, Clock
from support.faults import LOST, Faults, Killed, Way

NOW = OPENS + 2 * DAY
LENGTH = 9 * MINUTE
ALARM = Problem("E-775", "止めて連絡してください。")


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def store() -> Memory:
    return Memory(CAMPAIGN.id)


def held(store: Store, clock: Clock) -> Hold:
    hold = acquire(store, "intake", clock, LENGTH)
    assert hold is not None
    return hold


def note(id: str, value: str = "x") -> Create:
    return Create(Unlisted(id, value, "2026-03-01T00:00:00Z"))


def written(store: Store) -> list[str]:
    return [record.id for record in store.scan(Unlisted)]


def test_one_run_holds_a_lease_until_it_lets_go(store: Memory, clock: Clock) -> None:
    hold = held(store, clock)
    assert acquire(store, "intake", clock, LENGTH) is None
    hold.release()
    assert acquire(store, "intake", clock, LENGTH) is not None


def test_leases_of_other_names_are_others(store: Memory, clock: Clock) -> None:
    held(store, clock)
    assert acquire(store, "notify", clock, LENGTH) is not None


@pytest.mark.parametrize(("seconds", "free"), [(0, False), (539, False), (540, True), (541, True)])
def test_a_lease_runs_out(store: Memory, clock: Clock, seconds: int, free: bool) -> None:
    held(store, clock)
    clock.wait(seconds * SECOND)
    assert (acquire(store, "intake", clock, LENGTH) is not None) == free


def test_all_writes_of_a_commit_are_made(store: Memory, clock: Clock) -> None:
    hold = held(store, clock)
    hold.commit([note("1"), note("2")])
    hold.commit([note("3")])
    assert written(store) == ["1", "2", "3"]


def test_as_many_writes_as_one_commit_takes(store: Memory, clock: Clock) -> None:
    held(store, clock).commit([note(f"{number:03}") for number in range(499)])
    assert len(written(store)) == 499


def test_the_next_batch_of_an_old_run_is_fenced(store: Memory, clock: Clock) -> None:
    old = held(store, clock)
    old.commit([note("1")])
    clock.wait(9 * MINUTE)
    new = held(store, clock)
    clock.now -= MINUTE  # The old run's clock is slow: it believes that its time is not over.
    with pytest.raises(Again) as failure:
        old.commit([note("2")])
    assert failure.value.problem is SUPERSEDED
    new.commit([note("3")])
    assert written(store) == ["1", "3"]


def test_an_old_run_cannot_let_go_of_the_new_one_s_lease(store: Memory, clock: Clock) -> None:
    old = held(store, clock)
    clock.wait(9 * MINUTE)
    held(store, clock)
    with pytest.raises(Again):
        old.release()
    assert acquire(store, "intake", clock, LENGTH) is None


def test_a_run_whose_time_is_over_writes_nothing_even_if_no_other_has_begun(store: Memory, clock: Clock) -> None:
    hold = held(store, clock)
    clock.wait(9 * MINUTE)
    with pytest.raises(Again):
        hold.commit([note("1")])
    assert written(store) == []


def test_a_run_that_let_go_writes_nothing_more(store: Memory, clock: Clock) -> None:
    hold = held(store, clock)
    hold.release()
    with pytest.raises(Again):
        hold.commit([note("1")])
    assert written(store) == []


def test_two_that_take_a_lease_at_once_do_not_both_get_it(store: Memory, clock: Clock) -> None:
    for _ in range(2):
        quicker: list[Hold] = []
        faults = Faults(0, meanwhile=lambda: quicker.append(held(store, clock)))  # noqa: B023  called in this round
        assert acquire(faults.before(store, "store"), "intake", clock, LENGTH) is None
        [first] = quicker
        first.commit([])
        first.release()


def test_a_create_that_meets_a_document_is_a_conflict_and_the_run_goes_on(store: Memory, clock: Clock) -> None:
    hold = held(store, clock)
    hold.commit([note("1")])
    with pytest.raises(Conflict):
        hold.commit([note("2"), note("1", "other")])
    assert written(store) == ["1"]
    hold.commit([note("2")])
    hold.release()
    assert written(store) == ["1", "2"]


@pytest.mark.parametrize("way", [Way.AWAY, Way.LOST])
def test_the_outcome_of_a_commit_is_settled_by_reading(store: Memory, clock: Clock, way: Way) -> None:
    hold = held(Faults(1, way).before(store, "store"), clock)
    if way is Way.LOST:
        hold.commit([note("1")])
    else:
        with pytest.raises(Again) as failure:
            hold.commit([note("1")])
        assert failure.value.problem is LOST
        assert written(store) == []
        hold.commit([note("1")])
    hold.commit([note("2")])
    hold.release()
    assert written(store) == ["1", "2"]
    assert acquire(store, "intake", clock, LENGTH) is not None


def test_an_open_outcome_after_another_run_took_over_is_not_taken_for_success(store: Memory, clock: Clock) -> None:
    old = held(Faults(1, Way.AWAY).before(store, "store"), clock)
    clock.wait(9 * MINUTE)
    held(store, clock)
    clock.now -= MINUTE
    with pytest.raises(Again) as failure:
        old.commit([note("1")])
    assert failure.value.problem is SUPERSEDED


def test_a_write_that_was_given_up_cannot_arrive_after_the_lease_was_let_go(store: Memory, clock: Clock) -> None:
    watched = WatchedStore(Faults(1, Way.AWAY).before(store, "store"))
    hold = held(watched, clock)
    with pytest.raises(Again):
        hold.commit([note("1")])
    given_up = watched.commits[-1]
    hold.release()
    with pytest.raises(Conflict):
        store.commit(given_up)
    assert written(store) == []


@pytest.mark.parametrize("taken_over", [False, True])
def test_taking_a_lease_with_the_reply_lost_is_settled_by_reading(
    store: Memory, clock: Clock, taken_over: bool
) -> None:
    if taken_over:
        held(store, clock)
        clock.wait(9 * MINUTE)
    hold = held(Faults(0, Way.LOST).before(store, "store"), clock)
    hold.commit([note("1")])
    assert written(store) == ["1"]


@pytest.mark.parametrize("taken_over", [False, True])
def test_a_lease_that_was_not_taken_after_all_is_tried_again(store: Memory, clock: Clock, taken_over: bool) -> None:
    if taken_over:
        held(store, clock)
        clock.wait(9 * MINUTE)
    with pytest.raises(Again):
        acquire(Faults(0, Way.AWAY).before(store, "store"), "intake", clock, LENGTH)
    held(store, clock).commit([note("1")])


@pytest.mark.parametrize("way", [Way.AWAY, Way.LOST])
def test_letting_go_with_the_reply_lost_holds_nobody_up(store: Memory, clock: Clock, way: Way) -> None:
    hold = held(Faults(1, way).before(store, "store"), clock)
    if way is Way.LOST:
        hold.release()
    else:
        with pytest.raises(Again):
            hold.release()
        hold.release()
    assert acquire(store, "intake", clock, LENGTH) is not None


def test_every_commit_moves_the_lease_on(store: Memory, clock: Clock) -> None:
    hold = held(store, clock)
    seen = []
    for number in range(3):
        stored = store.get(Lease, "intake")
        assert stored is not None
        seen.append(stored.record.commits)
        hold.commit([note(str(number))])
    assert seen == [0, 1, 2]
    hold.release()
    stored = store.get(Lease, "intake")
    assert stored is not None
    clock.wait(SECOND)
    held(store, clock)
    taken = store.get(Lease, "intake")
    assert taken is not None
    assert (stored.record.commits, taken.record.commits) == (4, 5)
    assert taken.record.holder != stored.record.holder


# Taken, used and given back.


def fenced_in(store: Store, clock: Clock, *names: str) -> AbstractContextManager[list[Hold]]:
    return fenced(clock, TIMES, *((store, name) for name in names))


def test_what_is_fenced_holds_all_leases_and_then_none(store: Memory, clock: Clock) -> None:
    with fenced_in(store, clock, "intake", "notify") as holds:
        assert [acquire(store, name, clock, LENGTH) for name in ("intake", "notify")] == [None, None]
        for number, hold in enumerate(holds):
            hold.commit([note(str(number))])
    assert written(store) == ["0", "1"]
    assert all(acquire(store, name, clock, LENGTH) for name in ("intake", "notify"))


def test_a_lease_that_another_run_holds_lets_none_be_kept(store: Memory, clock: Clock) -> None:
    held(store, clock)
    with pytest.raises(Busy) as caught, fenced_in(store, clock, "notify", "intake"):
        pytest.fail("began beside another run")
    assert caught.value.problem is BUSY
    assert acquire(store, "notify", clock, LENGTH) is not None


@pytest.mark.parametrize("way", [Way.AWAY, Way.LOST])
@pytest.mark.parametrize("at", [2, 3])
def test_what_was_done_is_done_although_a_lease_cannot_be_given_back(
    store: Memory, clock: Clock, at: int, way: Way
) -> None:
    faults = Faults(at, way)
    with fenced_in(faults.before(store, "store"), clock, "intake", "notify"):
        pass
    assert faults.struck
    clock.wait(TIMES.lease)
    assert all(acquire(store, name, clock, LENGTH) for name in ("intake", "notify"))


@pytest.mark.parametrize("way", [Way.AWAY, Way.LOST])
@pytest.mark.parametrize("error", [Broken(ALARM), Refused(ALARM), Again(ALARM), ValueError("a defect")])
def test_what_went_wrong_is_what_the_caller_hears_although_the_lease_cannot_be_given_back(
    store: Memory, clock: Clock, error: Exception, way: Way
) -> None:
    faults = Faults(1, way)
    with pytest.raises(type(error)) as caught, fenced_in(faults.before(store, "store"), clock, "intake"):
        raise error
    assert caught.value is error
    assert faults.struck


def test_a_lease_that_another_run_has_taken_over_is_not_given_back_for_it(store: Memory, clock: Clock) -> None:
    with fenced_in(store, clock, "intake"):
        clock.wait(TIMES.lease)
        held(store, clock)
    assert acquire(store, "intake", clock, LENGTH) is None


def test_who_is_killed_gives_nothing_back(store: Memory, clock: Clock) -> None:
    faults = Faults(1)
    with pytest.raises(Killed), fenced_in(faults.before(store, "store"), clock, "intake") as (hold,):
        hold.commit([note("1")])
    assert acquire(store, "intake", clock, LENGTH) is None


def test_what_is_more_than_one_commit_takes_is_parted_in_its_order() -> None:
    items = list(range(2 * BATCH + 1))
    parts = list(batches(items))
    assert [len(part) for part in parts] == [BATCH, BATCH, 1]
    assert [item for part in parts for item in part] == items
    assert list(batches([])) == []


def test_a_run_begins_nothing_new_in_the_last_two_minutes_and_holds_its_lease_until_it_is_surely_dead() -> None:
    assert run_times(9 * MINUTE) == RunTimes(budget=7 * MINUTE, lease=9 * MINUTE)
