"""What the quick run draws of a sweep: few, of each kind, the same by the same seed; and everything without it."""

from collections.abc import Iterator

import pytest

from support import quick
from support.quick import DEAR, draw_by, has_its_turn, in_turn, left_for_another_day, seed_of_the_day, some_of

MANY = range(1000)


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Leave the run's own seed as it was."""
    before = list(quick._seed)
    yield
    draw_by(before[0] if before else None)


def test_without_a_seed_everything_is_taken() -> None:
    draw_by(None)
    assert some_of(MANY, 10) == list(MANY)


def test_a_share_is_taken_in_the_order_of_the_cases() -> None:
    draw_by(7)
    taken = some_of(MANY, 10)
    assert len(taken) == 100
    assert taken == sorted(taken)


def test_the_same_seed_draws_the_same_and_another_another() -> None:
    draw_by(7)
    first = some_of(MANY, 10)
    assert some_of(MANY, 10) == first
    draw_by(8)
    assert some_of(MANY, 10) != first


@pytest.mark.parametrize("seed", range(20))
def test_of_every_kind_there_is_one_at_least(seed: int) -> None:
    draw_by(seed)
    cases = ["rare", *["frequent"] * 200, *["other"] * 3]
    taken = some_of(cases, 50, kind=str)
    assert [taken.count(kind) for kind in ("rare", "frequent", "other")] == [1, 4, 1]


def test_of_nothing_nothing_is_taken() -> None:
    draw_by(7)
    assert some_of([], 10) == []


def test_within_some_days_every_case_has_its_turn() -> None:
    seen = set[int]()
    for day in range(20260301, 20260331):
        draw_by(day)
        seen.update(some_of(range(40), 8))
    assert seen == set(range(40))


def test_the_dearest_take_turns() -> None:
    """One on each day, each of them in its turn, and all where nothing is drawn."""
    draw_by(None)
    assert left_for_another_day() == []
    taken: list[str] = []
    for day in range(20260301, 20260301 + len(DEAR)):
        draw_by(day)
        left = left_for_another_day()
        assert [which for which in DEAR if not has_its_turn(which)] == left
        assert len(DEAR) - len(left) == 1
        taken += set(DEAR) - set(left)
    assert sorted(taken) == sorted(DEAR)


def test_the_seed_of_the_day_is_a_date() -> None:
    assert 20260101 <= seed_of_the_day() <= 21000101


def test_what_takes_turns_is_named() -> None:
    with pytest.raises(AssertionError):
        in_turn("what nobody has named")
