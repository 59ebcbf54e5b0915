"""A lease lets one run at a time write, and fences an old run that still goes on."""

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.errors import Again
from prizedraw.ports import Conflict, Create, Store
from prizedraw.records.lottery import KmsRandomness
from prizedraw.records.running import Lease
from prizedraw.runtime.lease import SUPERSEDED, Hold, acquire
from support.builders import CAMPAIGN, OPENS, WatchedStore
from support.clock import DAY, MINUTE, SECOND, Clock
from support.faults import LOST, Faults, Way

NOW = OPENS + 2 * DAY
LENGTH = 9 * MINUTE


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
    return Create(KmsRandomness(id, value, "2026-02-10T00:00:00Z"))


def written(store: Store) -> list[str]:
    return [record.id for record in store.scan(KmsRandomness)]


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
    stored = store.get(Lease, "intake")
    assert stored is not None
    hold.release()
    clock.wait(SECOND)
    held(store, clock)
    taken = store.get(Lease, "intake")
    assert taken is not None
    assert taken.record.commits > stored.record.commits
    assert taken.record.holder != stored.record.holder
