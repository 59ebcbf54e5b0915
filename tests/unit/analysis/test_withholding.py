"""What else is withheld, so that a withheld number can no longer be told: the cheapest that does it, and no more."""

from collections.abc import Mapping

from prizedraw.analysis.attacker import System
from prizedraw.analysis.tables import EVERYBODY, Key, Layout, Side, Variable
from prizedraw.analysis.withholding import Withholding

A, B = Variable("a", ("a1", "a2", "a3")), Variable("b", ("b1", "b2", "b3"))
SYSTEM = System([Layout("a-b", "表", Side.of("a", A), Side.of("b", B))], ())
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
