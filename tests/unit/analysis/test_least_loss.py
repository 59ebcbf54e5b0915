"""The choice that loses least: it loses no more than one that is seen to be safe, and passes the audit."""

from collections.abc import Sequence

import pytest

from prizedraw.analysis.disclosure import audit, choose, small
from prizedraw.analysis.tables import Layout, Protected, Side, Table, Variable
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
