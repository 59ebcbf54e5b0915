"""What published numbers tell of those that are not: by examples that can be reckoned on paper."""

from collections.abc import Mapping

import numpy as np
import pytest

from prizedraw.analysis.attacker import INCONSISTENT, Interval, System, is_whole, triangles
from prizedraw.analysis.tables import EVERYBODY, Key, Layout, Side, Variable
from prizedraw.errors import Broken

A, B, C = Variable("a", ("a1", "a2")), Variable("b", ("b1", "b2")), Variable("c", ("c1", "c2"))


def key(**conditions: str) -> Key:
    return frozenset(conditions.items())


def crossed(rows: Variable, columns: Variable) -> Layout:
    return Layout(f"{rows.name}-{columns.name}", "表", Side.of(rows.name, rows), Side.of(columns.name, columns))


TABLE = System([crossed(A, B)], ())
MARGINS = {key(a="a1"): 23, key(a="a2"): 55, key(b="b1"): 18, key(b="b2"): 60, EVERYBODY: 78}
CORNER = key(a="a1", b="b1")


def told(system: System, shown: Mapping[Key, int], *keys: Key, enough: float = 100) -> dict[Key, Interval]:
    """Return the intervals of *keys*, rounded as whole people are."""
    found = system.narrow(shown, dict.fromkeys(keys, enough))
    return {key: (round(low), round(high)) for key, (low, high) in found.items()}


class TestAddingUp:
    def test_a_number_follows_from_the_others_of_its_row(self) -> None:
        values = TABLE.solved({EVERYBODY: 78, key(a="a1"): 23, CORNER: 3})
        assert values[TABLE.place[key(a="a2")]] == 55
        assert values[TABLE.place[key(a="a1", b="b2")]] == 20
        assert np.isnan(values[TABLE.place[key(b="b1")]])

    def test_what_follows_is_used_again(self) -> None:
        values = TABLE.solved(MARGINS | {CORNER: 3})
        assert not np.isnan(values).any()
        assert values[TABLE.place[key(a="a2", b="b2")]] == 40

    @pytest.mark.parametrize(
        "shown",
        [
            {EVERYBODY: 78, key(a="a1"): 23, key(a="a2"): 54},
            {EVERYBODY: 78, key(a="a1"): 79},
            MARGINS | {CORNER: 19},
        ],
        ids=["a wrong sum", "a part larger than the whole", "less than nobody"],
    )
    def test_numbers_that_do_not_are_refused(self, shown: Mapping[Key, int]) -> None:
        with pytest.raises(Broken) as caught:
            TABLE.solved(shown)
        assert caught.value.problem == INCONSISTENT

    def test_numbers_that_add_up_in_each_table_and_in_no_crowd_are_refused(self) -> None:
        """Every a is b and every b is c, yet no a is c: each table adds up, and there are no such people."""
        system = System([crossed(A, B), crossed(B, C), crossed(A, C)], (), jointly=True)
        same = {EVERYBODY: 20} | {key(**{name: f"{name}{n}"}): 10 for name in "abc" for n in (1, 2)}
        crowd = same | {key(a="a1", b="b1"): 10, key(b="b1", c="c1"): 10, key(a="a1", c="c1"): 0}
        crowd |= {key(a="a1", b="b2"): 0, key(b="b1", c="c2"): 0, key(a="a1", c="c2"): 10}
        with pytest.raises(Broken):
            system.check(crowd)
        system.check(crowd | {key(a="a1", c="c1"): 10, key(a="a1", c="c2"): 0})


class TestIntervals:
    def test_are_what_the_totals_leave(self) -> None:
        assert told(TABLE, MARGINS, CORNER) == {CORNER: (0, 18)}

    def test_that_are_wide_enough_are_not_told(self) -> None:
        assert told(TABLE, MARGINS, CORNER, enough=18) == {}
        assert told(TABLE, MARGINS, CORNER, enough=19) == {CORNER: (0, 18)}

    def test_of_what_follows_are_points(self) -> None:
        assert told(TABLE, MARGINS | {CORNER: 3}, key(a="a2", b="b1")) == {key(a="a2", b="b1"): (15, 15)}

    def test_of_a_number_that_need_not_be_hidden_are_not_told(self) -> None:
        assert told(TABLE, MARGINS | {CORNER: 3}, key(a="a2", b="b1"), enough=0) == {}

    def test_are_split_by_what_no_equation_connects(self) -> None:
        two = System([crossed(A, B), Layout("c", "表", Side.of("c", C))], ())
        shown = MARGINS | {key(c="c1"): 70}
        assert told(two, shown, CORNER, key(c="c2")) == {CORNER: (0, 18), key(c="c2"): (8, 8)}


class TestThreeThingsAtOnce:
    CROSSINGS = frozenset({frozenset("ab"), frozenset("bc"), frozenset("ac")})

    def test_are_known_where_each_two_of_them_are_crossed(self) -> None:
        assert set(triangles(list(self.CROSSINGS))) == {frozenset("abc")}
        assert list(triangles([frozenset("ab"), frozenset("bc")])) == []
        assert list(triangles([frozenset("a"), frozenset("b"), frozenset("ab")])) == []

    def test_tell_more_than_tables_of_two(self) -> None:
        """Of 10 a, 9 are b and 9 are c: 8 at least are both, and so of 9 who are b at most 1 is not c."""
        layouts = [crossed(A, B), crossed(B, C), crossed(A, C)]
        shown = {EVERYBODY: 30, key(a="a1"): 10, key(b="b1"): 9, key(c="c1"): 9}
        shown |= {key(a="a1", b="b1"): 9, key(a="a1", c="c1"): 9}
        asked = key(b="b1", c="c1")
        plain = told(System(layouts, ()), shown, asked)
        joint = told(System(layouts, (), jointly=True), shown, asked)
        assert (plain[asked], joint[asked]) == ((0, 9), (8, 9))


@pytest.mark.parametrize(("solution", "whole"), [([], True), ([3.0, 0.0], True), ([3.0000001], True), ([2.5], False)])
def test_a_solution_is_whole_but_for_the_solver_s_arithmetic(solution: list[float], whole: bool) -> None:
    assert is_whole(np.array(solution)) is whole


def test_variables_of_one_name_with_other_kinds_are_refused() -> None:
    with pytest.raises(Broken):
        System([crossed(A, B), crossed(Variable("a", ("a1", "a3")), C)], ())
