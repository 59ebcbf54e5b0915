"""What else is withheld, so that a withheld number can no longer be told: the cheapest that does it, and no more."""

from collections.abc import Mapping, Sequence

import pytest

from prizedraw.analysis.attacker import System
from prizedraw.analysis.tables import EVERYBODY, Key, Layout, Side, Variable
from prizedraw.analysis.withholding import Withholding

A, B = Variable("a", ("a1", "a2", "a3")), Variable("b", ("b1", "b2", "b3"))
LAYOUT = Layout("a-b", "表", Side.of("a", A), Side.of("b", B))
SYSTEM = System([LAYOUT], ())
GRID = [[3, 20, 30], [15, 40, 50], [60, 70, 80]]


def key(**conditions: str) -> Key:
    return frozenset(conditions.items())


def cell(row: int, column: int) -> Key:
    return key(a=f"a{row + 1}", b=f"b{column + 1}")


CELLS = {cell(r, c): n for r, row in enumerate(GRID) for c, n in enumerate(row)}
ROWS = {key(a=f"a{r + 1}"): sum(row) for r, row in enumerate(GRID)}
COLUMNS = {key(b=f"b{c + 1}"): sum(row[c] for row in GRID) for c in range(3)}
COUNTS: Mapping[Key, int] = {EVERYBODY: 368, **ROWS, **COLUMNS, **CELLS}
SMALL = cell(0, 0)


def withholding(*withheld: Key, known: tuple[Key, ...] = (EVERYBODY,), cost: Mapping[Key, int] = COUNTS) -> Withholding:
    """Begin with what is *withheld*; each number costs what it counts, unless it is told."""
    return Withholding(SYSTEM, COUNTS, known, set(withheld), 10, {**COUNTS, **cost})


class TestWidening:
    def test_withholds_the_cheapest_rectangle_round_a_small_number(self) -> None:
        made = withholding(SMALL)
        assert made.widen([SMALL])
        assert made.withheld == {SMALL, cell(0, 1), cell(1, 0), cell(1, 1)}

    def test_withholds_nothing_where_what_is_withheld_does_already(self) -> None:
        made = withholding(SMALL, cell(0, 1), cell(1, 0), cell(1, 1))
        assert not made.widen([SMALL])
        assert len(made.withheld) == 4

    def test_is_done_once_for_a_number(self) -> None:
        made = withholding(SMALL)
        assert made.widen([SMALL])
        assert not made.widen([SMALL])

    def test_goes_round_what_readers_would_miss(self) -> None:
        dear = withholding(SMALL, cost={cell(0, 1): 10_000})
        dear.widen([SMALL])
        assert dear.withheld == {SMALL, cell(0, 2), cell(1, 0), cell(1, 2)}

    def test_leaves_what_is_known_as_it_is(self) -> None:
        made = withholding(SMALL, known=(EVERYBODY, cell(0, 1), cell(1, 0)))
        made.widen([SMALL])
        assert made.withheld.isdisjoint({EVERYBODY, cell(0, 1), cell(1, 0)})
        assert {cell(0, 2), cell(2, 0), cell(2, 2)} <= made.withheld

    def test_goes_as_far_as_it_can_where_the_threshold_cannot_be_reached(self) -> None:
        """All totals are known, and the row has 7 people: its numbers are told within 7 whatever is withheld."""
        grid = [[3, 4], [20, 30]]
        two = System([Layout("v-w", "表", Side.of("v", V), Side.of("w", W))], ())
        cells = {key(v=f"v{r + 1}", w=f"w{c + 1}"): n for r, row in enumerate(grid) for c, n in enumerate(row)}
        totals = {EVERYBODY: 57, key(v="v1"): 7, key(v="v2"): 50, key(w="w1"): 23, key(w="w2"): 34}
        counts = {**totals, **cells}
        small = key(v="v1", w="w1")
        made = Withholding(two, counts, totals, {small}, 10, counts)
        assert made.widen([small])
        assert made.withheld == set(cells)


TOTALS = "0001 0001 0001 1111"


def marked(marks: str) -> set[Key]:
    """Return the numbers that are marked, row by row with totals."""
    return {key for key, mark in zip(LAYOUT.keys(), marks.replace(" ", ""), strict=True) if mark == "1"}


def with_totals(grid: Sequence[Sequence[int]]) -> dict[Key, int]:
    """Return cells and totals by their keys."""
    rows = [[*row, sum(row)] for row in grid]
    rows.append([sum(column) for column in zip(*rows, strict=True)])
    return dict(zip(LAYOUT.keys(), (number for row in rows for number in row), strict=True))


@pytest.mark.parametrize(
    ("grid", "known", "before", "after"),
    [
        pytest.param(
            [[12, 7, 3], [12, 11, 12], [12, 3, 66]],
            *(TOTALS, "0110 0100 0100 0000", "1110 0110 1100 0000"),
            id="what is withheld already costs nothing",
        ),
        pytest.param(
            [[4, 55, 3], [56, 33, 5], [5, 38, 26]],
            *(TOTALS, "1010 0010 1000 0000", "1110 1110 1010 0000"),
            id="a number that moves less than the one it was withheld for is widened itself",
        ),
        pytest.param(
            [[6, 6, 8], [30, 1, 54], [10, 4, 7]],
            *(TOTALS, "1110 1100 0110 0000", "1110 1100 0110 0000"),
            id="where all is wide enough nothing is added",
        ),
    ],
)
def test_numbers_are_widened_by_the_smallest_others(
    grid: Sequence[Sequence[int]], known: str, before: str, after: str
) -> None:
    counts = with_totals(grid)
    made = Withholding(SYSTEM, counts, marked(known), marked(before), 10, counts)
    assert made.widen(marked(before)) == (after != before)
    assert made.withheld == marked(after)
    left = {key: number for key, number in counts.items() if key not in made.withheld}
    assert not SYSTEM.narrow(left, dict.fromkeys(made.withheld, 10))


@pytest.mark.parametrize(
    ("grid", "loss", "known", "before", "after"),
    [
        pytest.param(
            [[29, 8, 33], [32, 14, 4], [73, 65, 56]],
            [[44, 22, 43, 40], [57, 18, 26, 55], [25, 15, 28, 51], [5, 26, 48, 53]],
            *(TOTALS, "0100 0010 0000 0000", "0110 0110 0110 0000"),
            id="a ring of six round two small ones",
        ),
        pytest.param(
            [[24, 17, 10], [7, 21, 79], [7, 47, 16]],
            [[20, 45, 17, 19], [40, 8, 58, 11], [18, 46, 15, 2], [55, 54, 15, 49]],
            *("1001 1001 0001 1111", "0100 0000 1000 0000", "0110 0000 1110 0000"),
            id="what is known tells one of them, the other is as wide as it can be",
        ),
        pytest.param(
            [[61, 5, 7], [30, 2, 21], [4, 1, 76]],
            [[22, 40, 22, 3], [60, 8, 2, 49], [59, 11, 40, 37], [1, 60, 56, 3]],
            *(TOTALS, "0110 0100 1100 0000", "1110 0110 1110 0000"),
            id="a column of 8 is as wide as it can be",
        ),
        pytest.param(
            [[2, 12, 28], [50, 54, 56], [12, 11, 4]],
            [[11, 20, 22, 27], [1, 7, 53, 54], [27, 20, 21, 60], [24, 40, 13, 14]],
            *("0001 0000 0000 0001", "1000 1000 1010 0000", "1110 1100 1010 0000"),
            id="totals may be withheld and are dearer",
        ),
    ],
)
def test_numbers_are_widened_by_others_that_readers_miss_least(
    grid: Sequence[Sequence[int]], loss: Sequence[Sequence[int]], known: str, before: str, after: str
) -> None:
    costs = dict(zip(LAYOUT.keys(), (cost for row in loss for cost in row), strict=True))
    made = Withholding(SYSTEM, with_totals(grid), marked(known), marked(before), 10, costs)
    assert made.widen(marked(before))
    assert made.withheld == marked(after)


V, W = Variable("v", ("v1", "v2")), Variable("w", ("w1", "w2"))


class TestWhereNothingWidens:
    def test_the_cheapest_number_beside_it_is_next(self) -> None:
        assert withholding(SMALL).cheapest(SMALL) == [cell(1, 0)]

    def test_a_number_that_stands_in_no_equation_with_it_is_not_beside_it(self) -> None:
        cheap = withholding(SMALL, cost={cell(2, 2): 0})
        assert cheap.cheapest(SMALL) == [cell(1, 0)]

    def test_what_is_withheld_or_known_is_not_next(self) -> None:
        assert withholding(SMALL, cell(1, 0)).cheapest(SMALL) == [cell(0, 1)]
        assert withholding(SMALL, known=(EVERYBODY, cell(1, 0))).cheapest(SMALL) == [cell(0, 1)]

    def test_with_nothing_left_beside_it_the_cheapest_of_all_is(self) -> None:
        beside = {SMALL, *(cell(0, n) for n in range(3)), *(cell(n, 0) for n in range(3)), key(a="a1"), key(b="b1")}
        assert withholding(*beside).cheapest(SMALL) == [cell(1, 1)]

    def test_with_nothing_left_at_all_nothing_is(self) -> None:
        assert withholding(*COUNTS).cheapest(SMALL) == []

    def test_what_was_withheld_by_hand_is_not_next(self) -> None:
        made = withholding()
        assert made.cheapest(SMALL) == [SMALL]
        made.withhold([SMALL])
        assert (made.withheld, made.cheapest(SMALL)) == ({SMALL}, [cell(1, 0)])
