"""
Whole campaigns at random: in none of them may a promise break, and planted bugs must break one.

The promises are those of `support/storm/promises.py`. `STORM_WORLDS` says how many worlds are played: half of them
always the same ones, half those of the day. `./scripts/storm` plays as many as one likes, and plants every bug.
"""

import os
from pathlib import Path

import pytest

from support.storm import bugs, deep
from support.storm.__main__ import seed_of_the_day
from support.storm.game import play, shortened

WORLDS = int(os.environ.get("STORM_WORLDS", "8"))
FIXED, OF_THE_DAY = range(1, 1 + (WORLDS + 1) // 2), range(seed_of_the_day(), seed_of_the_day() + WORLDS // 2)
SURE = (
    "the address stands in the clear in ledger rows",
    "mail at night",
    "keys are read before the stage is looked at",
)
"""Bugs that are found within a few worlds."""


@pytest.mark.parametrize("seed", [*FIXED, *OF_THE_DAY])
@pytest.mark.timeout(600)
def test_no_promise_breaks(seed: int) -> None:
    played = play(seed, deeply=deep.verified)
    if played.violation is not None:
        short = shortened(played, seconds=60)
        story = "\n".join(short.story)
        pytest.fail(f"{short.violation}\n{story}\nagain: ./scripts/storm --worlds 1 --seed {seed}", pytrace=False)


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
def test_every_bug_can_be_planted(bug: bugs.Bug, tmp_path: Path) -> None:
    path = bugs.planted(bug, tmp_path) / "prizedraw" / bug.file
    text = path.read_text(encoding="utf-8")
    compile(text, str(path), "exec")
    assert text != (bugs.ROOT / "shared" / "prizedraw" / bug.file).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SURE)
@pytest.mark.timeout(600)
def test_a_planted_bug_is_found(name: str) -> None:
    [bug] = [bug for bug in bugs.BUGS if bug.name == name]
    after, kind, _ = bugs.hunted(bug, worlds=20, seed=1)
    assert 0 < after <= 20, kind
