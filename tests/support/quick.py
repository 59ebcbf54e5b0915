"""
What the quick run takes of the big sweeps: some cases of each kind, drawn by the seed of the day.

Without `--quick` every case is taken: that is what `.ci/run` does, and whoever runs one file. A sweep is any list of
cases that are tried one by one, whether as parameters of a test or in a loop:

    @pytest.mark.parametrize("at", some_of(range(384), 16))
    for point in some_of(points, 4, kind=name_of):

A single test that costs as much as hundreds of others takes turns with those like it:

    @in_turn("an analysis of 500")
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

DEAR = (
    "an analysis of 500",
    "an attack on an analysis",
    "what is foretold",
    "the variables of Terraform's roots",
    "a load on two instances",
)
"""Tests of ten core-seconds and more: a quick run takes one of these."""

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
    """Mark a test of the `DEAR`, one or several under a name: in a quick run they take turns."""
    assert which in DEAR
    is_left_out = which not in some_of(DEAR, len(DEAR))
    return pytest.mark.skipif(is_left_out, reason="NOT TESTED: the quick run takes one of the dearest tests a day")
