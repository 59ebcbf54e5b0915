"""A lease lets one run at a time write, and fences an old run that still goes on."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.errors import Again
from prizedraw.ports import Conflict, Create, Store, Write
from prizedraw.records.lottery import KmsRandomness
from prizedraw.records.running import Lease
from prizedraw.runtime.lease import SUPERSEDED, Hold, acquire
from support.builders import CAMPAIGN, LOST, MovedClock, WatchedStore

LENGTH = timedelta(minutes=9)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def store() -> Memory:
    return Memory(CAMPAIGN.id)


def held(store: Store, clock: MovedClock) -> Hold:
    hold = acquire(store, "intake", clock, LENGTH)
    assert hold is not None
    return hold


def note(id: str, value: str = "x") -> Create:
    return Create(KmsRandomness(id, value, "2026-02-10T00:00:00Z"))


def written(store: Store) -> list[str]:
    return [record.id for record in store.scan(KmsRandomness)]


def test_one_run_holds_a_lease_until_it_lets_go(store: Memory, clock: MovedClock) -> None:
    hold = held(store, clock)
    assert acquire(store, "intake", clock, LENGTH) is None
    hold.release()
    assert acquire(store, "intake", clock, LENGTH) is not None


def test_leases_of_other_names_are_others(store: Memory, clock: MovedClock) -> None:
    held(store, clock)
    assert acquire(store, "notify", clock, LENGTH) is not None


@pytest.mark.parametrize(("seconds", "free"), [(0, False), (539, False), (540, True), (541, True)])
def test_a_lease_runs_out(store: Memory, clock: MovedClock, seconds: int, free: bool) -> None:
    held(store, clock)
    clock.pass_by(seconds=seconds)
    assert (acquire(store, "intake", clock, LENGTH) is not None) == free


def test_all_writes_of_a_commit_are_made(store: Memory, clock: MovedClock) -> None:
    hold = held(store, clock)
    hold.commit([note("1"), note("2")])
    hold.commit([note("3")])
    assert written(store) == ["1", "2", "3"]


def test_as_many_writes_as_one_commit_takes(store: Memory, clock: MovedClock) -> None:
    held(store, clock).commit([note(f"{number:03}") for number in range(499)])
    assert len(written(store)) == 499


def test_the_next_batch_of_an_old_run_is_fenced(store: Memory, clock: MovedClock) -> None:
    old = held(store, clock)
    old.commit([note("1")])
    clock.pass_by(minutes=9)
    new = held(store, clock)
    clock.now -= timedelta(minutes=1)  # The old run's clock is slow: it believes that its time is not over.
    with pytest.raises(Again) as failure:
        old.commit([note("2")])
    assert failure.value.problem is SUPERSEDED
    new.commit([note("3")])
    assert written(store) == ["1", "3"]


def test_an_old_run_cannot_let_go_of_the_new_one_s_lease(store: Memory, clock: MovedClock) -> None:
    old = held(store, clock)
    clock.pass_by(minutes=9)
    held(store, clock)
    with pytest.raises(Again):
        old.release()
    assert acquire(store, "intake", clock, LENGTH) is None


def test_a_run_whose_time_is_over_writes_nothing_even_if_no_other_has_begun(store: Memory, clock: MovedClock) -> None:
    hold = held(store, clock)
    clock.pass_by(minutes=9)
    with pytest.raises(Again):
        hold.commit([note("1")])
    assert written(store) == []


def test_a_run_that_let_go_writes_nothing_more(store: Memory, clock: MovedClock) -> None:
    hold = held(store, clock)
    hold.release()
    with pytest.raises(Again):
        hold.commit([note("1")])
    assert written(store) == []


def test_two_that_take_a_lease_at_once_do_not_both_get_it(store: Memory, clock: MovedClock) -> None:
    for _ in range(2):
        late = _Raced(store, lambda: acquire(store, "intake", clock, LENGTH))
        assert acquire(late, "intake", clock, LENGTH) is None
        assert late.first is not None
        late.first.commit([])
        late.first.release()


class _Raced(WatchedStore):
    """A store in which another run is quicker, between reading and writing."""

    def __init__(self, store: Store, other: Callable[[], Hold | None]) -> None:
        super().__init__(store)
        self.other = other
        self.first: Hold | None = None

    def commit(self, writes: Sequence[Write]) -> object:
        self.first = self.other()
        return super().commit(writes)


def test_a_create_that_meets_a_document_is_a_conflict_and_the_run_goes_on(store: Memory, clock: MovedClock) -> None:
    hold = held(store, clock)
    hold.commit([note("1")])
    with pytest.raises(Conflict):
        hold.commit([note("2"), note("1", "other")])
    assert written(store) == ["1"]
    hold.commit([note("2")])
    hold.release()
    assert written(store) == ["1", "2"]


@pytest.mark.parametrize("applied", [False, True])
def test_the_outcome_of_a_commit_is_settled_by_reading(store: Memory, clock: MovedClock, applied: bool) -> None:
    watched = WatchedStore(store, cut_at=2, applied=applied, once=True)
    hold = held(watched, clock)
    if applied:
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


def test_an_open_outcome_after_another_run_took_over_is_not_taken_for_success(store: Memory, clock: MovedClock) -> None:
    watched = WatchedStore(store, cut_at=2, once=True)
    old = held(watched, clock)
    clock.pass_by(minutes=9)
    held(store, clock)
    clock.now -= timedelta(minutes=1)
    with pytest.raises(Again) as failure:
        old.commit([note("1")])
    assert failure.value.problem is SUPERSEDED


def test_a_write_that_was_given_up_cannot_arrive_after_the_lease_was_let_go(store: Memory, clock: MovedClock) -> None:
    watched = WatchedStore(store, cut_at=2, once=True)
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
    store: Memory, clock: MovedClock, taken_over: bool
) -> None:
    if taken_over:
        held(store, clock)
        clock.pass_by(minutes=9)
    hold = held(WatchedStore(store, cut_at=1, applied=True, once=True), clock)
    hold.commit([note("1")])
    assert written(store) == ["1"]


@pytest.mark.parametrize("taken_over", [False, True])
def test_a_lease_that_was_not_taken_after_all_is_tried_again(
    store: Memory, clock: MovedClock, taken_over: bool
) -> None:
    if taken_over:
        held(store, clock)
        clock.pass_by(minutes=9)
    with pytest.raises(Again):
        acquire(WatchedStore(store, cut_at=1, once=True), "intake", clock, LENGTH)
    held(store, clock).commit([note("1")])


@pytest.mark.parametrize("applied", [False, True])
def test_letting_go_with_the_reply_lost_holds_nobody_up(store: Memory, clock: MovedClock, applied: bool) -> None:
    hold = held(WatchedStore(store, cut_at=2, applied=applied, once=True), clock)
    if applied:
        hold.release()
    else:
        with pytest.raises(Again):
            hold.release()
        hold.release()
    assert acquire(store, "intake", clock, LENGTH) is not None


def test_every_commit_moves_the_lease_on(store: Memory, clock: MovedClock) -> None:
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
    clock.pass_by(seconds=1)
    held(store, clock)
    taken = store.get(Lease, "intake")
    assert taken is not None
    assert taken.record.commits > stored.record.commits
    assert taken.record.holder != stored.record.holder
