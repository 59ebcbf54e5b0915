"""
Whole campaigns at random: in none of them may a promise break, and planted bugs must break one.

The promises are those of `support/storm/promises.py`. Of the worlds half are always the same ones, half those of the
day; the quick run draws some of both. `./scripts/storm` plays as many as one likes, and plants every bug.
"""

import pytest

from support.quick import in_turn, seed_of_the_day, some_of
from support.storm import bugs, deep
from support.storm.game import play, shortened

HALF, SHARE = 15, 8
TODAY = seed_of_the_day() * 1000
FIXED, OF_THE_DAY = list(range(1, HALF + 1)), list(range(TODAY, TODAY + HALF))
SURE = (
    "the address stands in the clear in ledger rows",
    "the latest response is accepted",
    "what is due is not asked again before a mail",
)
"""Bugs that are found within a few worlds."""


@pytest.mark.parametrize("seed", [*some_of(FIXED, SHARE), *some_of(OF_THE_DAY, SHARE)])
def test_no_promise_breaks(seed: int) -> None:
    played = play(seed, deeply=deep.verified)
    if played.violation is not None:
        short = shortened(played, seconds=60)
        story = "\n".join(short.story)
        pytest.fail(f"{short.violation}\n{story}\nagain: ./scripts/storm --worlds 1 --seed {seed}", pytrace=False)


def test_a_place_that_lapsed_by_mistake_is_given_back_in_some_worlds() -> None:
    played = (play(seed, has_end=False) for seed in range(14, 60))
    assert any(world.tally.get("restored") for world in played)


def test_a_seed_tells_the_same_story_again() -> None:
    first, second = play(3, number=20), play(3, number=20)
    assert first.story == second.story
    assert first.actions == second.actions


def test_any_part_of_a_story_is_a_story() -> None:
    whole = play(4, number=20)
    part = play(4, whole.actions[::2])
    assert part.actions == whole.actions[::2]
    assert part.violation is None


@pytest.mark.parametrize("bug", bugs.BUGS, ids=lambda bug: bug.name)
def test_every_bug_can_be_planted(bug: bugs.Bug) -> None:
    compile(bugs.changed(bug), bug.file, "exec")


@in_turn("a bug in the storm's world")
@pytest.mark.parametrize("name", some_of(SURE, 3))
def test_a_planted_bug_is_found(name: str) -> None:
    [bug] = [bug for bug in bugs.BUGS if bug.name == name]
    assert bugs.hunted(bug, worlds=20, seed=1).after
