"""
What the quick run takes of the big sweeps: some cases of each kind, drawn by the seed of the day.

Without `--quick` every case is taken: that is what `.ci/run` does, and whoever runs one file. A sweep is any list of
cases that are tried one by one, whether as parameters of a test or in a loop:

    @pytest.mark.parametrize("at", some_of(range(384), 16))
    for point in some_of(points, 4, kind=name_of):

Tests that cost as much as hundreds of others take turns with those like them:

    @in_turn("an analysis of 500")
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

DEAR = (
    "randomness: ward",
    "randomness: hsm",
    "the store of the emulator",
    "nobody entered",
    "what an erasure forgot",
    "a practice's world",
    "a practice in a browser",
    "an operator's day",
    "an analysis of 500",
    "an attack on an analysis",
    "the variables of Terraform's roots",
    "names that services refuse",
    "a plan of every variant",
    "groups that are advised",
    "an input played again",
    "responses of every kind",
    "a load on two instances",
    "what is foretold",
    "a spoilt page of Terraform's",
    "an erasure in which Google fails",
    "fifty thousand rows",
    "an apply",
    "a bug in the storm's world",
    "tables of the same people",
)
"""Tests that cost as much as hundreds of others, 4 to 46 core-seconds each: a quick run takes one, each day another."""

_seed: list[int] = []
"""The seed of the quick run; empty where everything is taken."""


def seed_of_the_day() -> int:
    """Return today as a number: 20260302."""
    return int(datetime.now(UTC).strftime("%Y%m%d"))


def draw_by(seed: int | None) -> None:
    """Let `some_of` draw by a *seed* from now on; by None, let it take everything."""
    _seed[:] = [] if seed is None else [seed]


def some_of(cases: Iterable[T], share: int, *, kind: Callable[[Any], object] | None = None) -> list[T]:
    """
    Return one in *share* of the *cases* in a quick run, of each *kind* at least one, in their order; else all.

    Only the seed and the number of cases decide, so that every process of a run draws the same.
    """
    every = list(cases)
    if not _seed:
        return every
    kinds: defaultdict[object, list[int]] = defaultdict(list)
    for at, case in enumerate(every):
        kinds[kind(case) if kind else None].append(at)
    lot = random.Random(_seed[0] * 100_003 + len(every))
    taken = {at for same in kinds.values() for at in lot.sample(same, -(-len(same) // share))}
    return [case for at, case in enumerate(every) if at in taken]


def in_turn(which: str) -> pytest.MarkDecorator:
    """Mark what is one of the `DEAR`, tests or files under one name: in a quick run they take turns."""
    assert which in DEAR
    return pytest.mark.in_turn(which)


def has_its_turn(which: str) -> bool:
    """Tell whether this run takes one of the `DEAR`."""
    return which not in left_for_another_day()


def apart(items: Sequence[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Part what is left for another day from what is run."""
    left, run = list[pytest.Item](), list[pytest.Item]()
    for item in items:
        has_turn = all(has_its_turn(*mark.args) for mark in item.iter_markers("in_turn"))
        (run if has_turn else left).append(item)
    return left, run


def left_for_another_day() -> list[str]:
    """Name those of the `DEAR` that this run leaves out."""
    return [which for at, which in enumerate(DEAR) if _seed and (at - _seed[0]) % len(DEAR)]
