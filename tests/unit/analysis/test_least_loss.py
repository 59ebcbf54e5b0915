"""The choice that loses least: it loses no more than one that is seen to be safe, and passes the audit."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat

import pytest

from prizedraw.analysis.attacker import System
from prizedraw.analysis.disclosure import audit, choose, small
from prizedraw.analysis.least_loss import LeastLoss, Pick
from prizedraw.analysis.tables import EVERYBODY, Key, Layout, Protected, Side, Table, Variable
from prizedraw.analysis.worth import losses

A, B = Variable("a", ("a1", "a2", "a3")), Variable("b", ("b1", "b2", "b3"))
LAYOUT = Layout("a-b", "表", Side.of("a", A), Side.of("b", B))
Grid = Sequence[Sequence[int]]


def numbers(grid: Grid) -> list[int]:
    """Return cells and totals, row by row."""
    rows = [[*row, sum(row)] for row in grid]
    return [number for row in [*rows, [sum(column) for column in zip(*rows, strict=True)]] for number in row]


@pytest.mark.parametrize(
    ("grid", "hidden"),
    [
        pytest.param([[12, 55, 52], [1, 24, 41], [6, 25, 45]], "1100 1100 1100 0000", id="below each other"),
        pytest.param([[44, 26, 2], [11, 44, 8], [29, 10, 1]], "0110 0110 0110 0000", id="a column"),
        pytest.param([[25, 5, 53], [40, 7, 38], [17, 4, 34]], "1100 1100 1100 0000", id="in the middle"),
        pytest.param([[4, 2, 6], [15, 8, 5], [12, 18, 55]], "1110 1110 0000 0000", id="many"),
    ],
)
def test_where_small_numbers_stand_it_loses_no_more_than_a_choice_that_is_seen_to_be_safe(
    grid: Grid, hidden: str
) -> None:
    """The marks say of each number, row by row with totals, whether that choice withholds it."""
    counts = dict(zip(LAYOUT.keys(), numbers(grid), strict=True))
    withheld = {key for key, mark in zip(counts, hidden.replace(" ", ""), strict=True) if mark == "1"}
    by_hand = Protected(LAYOUT, {key: None if key in withheld else number for key, number in counts.items()})
    assert not audit([by_hand], 10)
    loss = losses(counts, 10)
    choice = choose([Table(LAYOUT, counts)], 10)
    assert choice.least <= choice.loss <= sum(loss[key] for key in withheld - small(counts, 10))
    assert not audit(choice.tables, 10)


# The search itself


def marked(layout: Layout, marks: str) -> set[Key]:
    """Return the numbers that are marked, row by row with totals."""
    return {key for key, mark in zip(layout.keys(), marks.replace(" ", ""), strict=True) if mark == "1"}


def search(
    counts: Mapping[Key, int],
    loss: Mapping[Key, int],
    *layouts: Layout,
    must: Iterable[Key] | None = None,
    known: str = "0000 0000 0000 0001",
    seconds: float = 1,
) -> tuple[Pick, int]:
    """Return the choice, each of whose numbers must be 10 wide, and what it loses; without *must* what is small is."""
    open_to_choice = counts.keys() - marked(layouts[0], known) - {EVERYBODY}
    required = set(small(counts, 10) & open_to_choice if must is None else must)
    system, enough = System(layouts, ()), dict(zip(open_to_choice, repeat(10.0)))
    pick = LeastLoss(system, counts, must=required, enough=enough, loss=loss).find(seconds)
    assert required <= pick.keys <= open_to_choice
    if pick.is_safe:
        shown = {key: number for key, number in counts.items() if key not in pick.keys}
        assert not system.narrow(shown, dict.fromkeys(pick.keys, 10))
    return pick, sum(loss[key] for key in pick.keys - required)


@pytest.mark.parametrize(
    ("grid", "least"),
    [
        pytest.param([[28, 10, 1], [4, 1, 4], [32, 49, 5]], 109, id="a row of small numbers, whose total goes too"),
        pytest.param([[3, 3, 11], [10, 6, 6], [7, 7, 4]], 11, id="a ring, closed by one number"),
        pytest.param([[30, 40, 50], [20, 60, 70], [80, 90, 10]], 0, id="nothing small"),
    ],
)
def test_of_all_safe_choices_it_takes_one_that_loses_least(grid: Grid, least: int) -> None:
    counts = dict(zip(LAYOUT.keys(), numbers(grid), strict=True))
    pick, lost = search(counts, counts, LAYOUT)
    assert (pick.is_safe, lost, round(pick.bound)) == (True, least, least)


@pytest.mark.parametrize(
    ("grid", "loss", "known", "least"),
    [
        pytest.param(
            [[4, 6, 5], [7, 38, 2], [41, 18, 7]],
            [[35, 23, 38, 26], [34, 18, 53, 37], [39, 46, 20, 18], [36, 8, 19, 47]],
            *("0000 0000 0000 0001", 57),
            id="everybody is known",
        ),
        pytest.param(
            [[11, 6, 30], [19, 8, 1], [4, 45, 59]],
            [[16, 31, 18, 12], [60, 53, 56, 6], [54, 20, 1, 36], [59, 19, 37, 16]],
            *("0000 0000 0000 0001", 35),
            id="two cheap totals",
        ),
        pytest.param(
            [[6, 7, 4], [0, 8, 3], [4, 38, 3]],
            [[58, 50, 56, 20], [33, 10, 18, 42], [18, 43, 45, 53], [12, 28, 4, 26]],
            *("0000 0000 0000 0001", 43),
            id="one large number among small ones",
        ),
        pytest.param(
            [[49, 22, 4], [34, 6, 6], [28, 15, 5]],
            [[55, 25, 26, 14], [60, 29, 58, 38], [7, 56, 42, 39], [44, 57, 8, 18]],
            *("0000 0000 0001 0101", 81),
            id="a row and a column are known",
        ),
    ],
)
def test_what_it_loses_is_what_readers_would_miss(grid: Grid, loss: Grid, known: str, least: int) -> None:
    counts = dict(zip(LAYOUT.keys(), numbers(grid), strict=True))
    costs = dict(zip(LAYOUT.keys(), (cost for row in loss for cost in row), strict=True))
    pick, lost = search(counts, costs, LAYOUT, known=known)
    assert (pick.is_safe, lost, round(pick.bound)) == (True, least, least)


def test_a_width_that_is_just_enough_is_enough() -> None:
    """All totals are known. With 7 the number can go from 0 to 10; with 6, which would lose less, from 0 to 9 only."""
    grid = [[3, 7, 6], [20, 30, 40], [50, 60, 70]]
    counts = dict(zip(LAYOUT.keys(), numbers(grid), strict=True))
    loss = dict.fromkeys(counts, 1) | {LAYOUT.key(0, 1): 5, LAYOUT.key(0, 2): 4}
    pick, lost = search(counts, loss, LAYOUT, must=[LAYOUT.key(0, 0)], known="0001 0001 0001 1111")
    assert (pick.is_safe, lost) == (True, 7)
    assert LAYOUT.key(0, 2) not in pick.keys


def test_demands_that_are_just_met_forbid_nothing() -> None:
    """All totals are known. Some of the demands that are made on the way leave no more than what is enough."""
    counts = dict(zip(LAYOUT.keys(), numbers([[8, 7, 12], [4, 13, 6], [3, 4, 3]]), strict=True))
    loss = dict(zip(LAYOUT.keys(), (15, 13, 11, 0, 3, 5, 5, 0, 15, 2, 18, 0, *repeat(0, 4)), strict=True))
    pick, lost = search(counts, loss, LAYOUT, must=[LAYOUT.key(2, 2)], known="0001 0001 0001 1111")
    assert (pick.is_safe, lost, round(pick.bound)) == (True, 51, 51)


def test_numbers_that_no_table_has_leave_room_as_well() -> None:
    """Two options, each may be ticked: who did not tick is in no table, and hides who did."""
    ticked = Side.among("選択肢", [(name, Variable(name, ("はい", "いいえ"))) for name in "xy"], "はい")
    options = Layout("options", "表", ticked, Side.of("a", A))
    grid = [[1, 14, 14, 29], [5, 7, 2, 14], [5, 16, 21, 42]]
    counts = dict(zip(options.keys(), (number for row in grid for number in row), strict=True))
    alone = Layout("a", "表", Side.of("a", A))
    pick, lost = search(counts, counts, alone, options, known="0001")
    assert (pick.is_safe, lost, round(pick.bound)) == (True, 30, 30)


def test_without_time_it_withholds_what_it_must_and_says_that_it_does_not_know() -> None:
    counts = dict(zip(LAYOUT.keys(), numbers([[12, 55, 52], [1, 24, 41], [6, 25, 45]]), strict=True))
    pick, lost = search(counts, counts, LAYOUT, seconds=0)
    assert pick == Pick(keys={LAYOUT.key(1, 0), LAYOUT.key(2, 0)}, is_safe=False, bound=0)
    assert lost == 0


@pytest.mark.parametrize("known", ["0000 0000 0000 0001", "1111 1111 1111 1111"], ids=["all must go", "none may go"])
def test_without_a_choice_nothing_is_lost(known: str) -> None:
    counts = dict(zip(LAYOUT.keys(), numbers([[12, 55, 52], [19, 24, 41], [36, 25, 45]]), strict=True))
    must = counts.keys() - marked(LAYOUT, known)
    assert search(counts, counts, LAYOUT, must=must, known=known) == (Pick(keys=set(must), is_safe=True, bound=0), 0)
