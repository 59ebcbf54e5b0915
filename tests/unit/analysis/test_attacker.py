"""What published numbers tell of those that are not: by examples that can be reckoned on paper."""

from collections.abc import Mapping

import numpy as np
import pytest

from prizedraw.analysis.attacker import INCONSISTENT, Interval, System, is_whole, triangles
from prizedraw.analysis.tables import EVERYBODY, Key, Layout, Relation, Side, Variable, scored
from prizedraw.errors import Broken

A, B, C = Variable("a", ("a1", "a2")), Variable("b", ("b1", "b2")), Variable("c", ("c1", "c2"))


def key(**conditions: str) -> Key:
    return frozenset(conditions.items())


def crossed(rows: Variable, columns: Variable) -> Layout:
    return Layout(f"{rows.name}-{columns.name}", "表", Side.of(rows.name, rows), Side.of(columns.name, columns))


def counted(variable: Variable) -> Layout:
    return Layout(variable.name, "表", Side.of(variable.name, variable))


@pytest.fixture
def table() -> System:
    return System([crossed(A, B)], ())


MARGINS = {key(a="a1"): 23, key(a="a2"): 55, key(b="b1"): 18, key(b="b2"): 60, EVERYBODY: 78}
CORNER = key(a="a1", b="b1")


def told(system: System, shown: Mapping[Key, int], *keys: Key, enough: float = 100) -> dict[Key, Interval]:
    """Return the intervals of *keys*, rounded as whole people are."""
    found = system.narrow(shown, dict.fromkeys(keys, enough))
    return {key: (round(low), round(high)) for key, (low, high) in found.items()}


class TestAddingUp:
    def test_a_number_follows_from_the_others_of_its_row(self, table: System) -> None:
        values = table.solved({EVERYBODY: 78, key(a="a1"): 23, CORNER: 3})
        assert values[table.place[key(a="a2")]] == 55
        assert values[table.place[key(a="a1", b="b2")]] == 20
        assert np.isnan(values[table.place[key(b="b1")]])

    def test_what_follows_is_used_again(self, table: System) -> None:
        values = table.solved(MARGINS | {CORNER: 3})
        assert not np.isnan(values).any()
        assert values[table.place[key(a="a2", b="b2")]] == 40

    @pytest.mark.parametrize(
        "shown",
        [
            {EVERYBODY: 78, key(a="a1"): 23, key(a="a2"): 54},
            {EVERYBODY: 78, key(a="a1"): 79},
            MARGINS | {CORNER: 19},
        ],
        ids=["a wrong sum", "a part larger than the whole", "less than nobody"],
    )
    def test_numbers_that_do_not_are_refused(self, table: System, shown: Mapping[Key, int]) -> None:
        with pytest.raises(Broken) as caught:
            table.solved(shown)
        assert caught.value.problem == INCONSISTENT

    def test_numbers_that_add_up_in_each_table_and_in_no_crowd_are_refused(self) -> None:
        """Every a is b and every b is c, yet no a is c: each table adds up, and there are no such people."""
        system = System([crossed(A, B), crossed(B, C), crossed(A, C)], (), jointly=True)
        same = {EVERYBODY: 20} | {key(**{name: f"{name}{n}"}): 10 for name in "abc" for n in (1, 2)}
        crowd = same | {key(a="a1", b="b1"): 10, key(b="b1", c="c1"): 10, key(a="a1", c="c1"): 0}
        crowd |= {key(a="a1", b="b2"): 0, key(b="b1", c="c2"): 0, key(a="a1", c="c2"): 10}
        with pytest.raises(Broken):
            system.check(crowd)
        with pytest.raises(Broken):
            system.narrow(crowd, {key(a="a1", b="b1", c="c1"): 100})
        system.check(crowd | {key(a="a1", c="c1"): 10, key(a="a1", c="c2"): 0})

    def test_who_has_no_points_has_nothing_right(self) -> None:
        points, answer = Variable("points", ("0", "1")), Variable("quiz", ("wrong", "right"))
        system = System([counted(points), counted(answer)], scored(points, [answer], "right"))
        values = system.solved({EVERYBODY: 20})
        assert values[system.place[key(points="0", quiz="right")]] == 0
        assert np.isnan(values[system.place[key(points="0")]])

    def test_what_counts_several_times_is_reckoned_so(self) -> None:
        twice = Relation({key(a="a1"): 2, key(b="b1"): -1}, frozenset({A, B}))
        system = System([counted(A), counted(B)], [twice])
        assert system.solved({EVERYBODY: 20, key(b="b1"): 10})[system.place[key(a="a1")]] == 5


class TestNumbers:
    def test_are_marked_among_all(self, table: System) -> None:
        marked = table.among([CORNER, EVERYBODY])
        assert len(marked) == len(table.keys)
        assert {table.keys[place] for place in np.flatnonzero(marked)} == {CORNER, EVERYBODY}

    def test_that_no_table_has_are_implied_where_a_table_has_the_others_of_their_kind(self) -> None:
        """Who did not choose an option follows from who did; what a relation alone speaks of stands in no table."""
        chosen = Layout("a", "表", Side.among("a", [("A", A)], "a1"))
        system = System([chosen], [Relation({key(b="b1"): 1, key(a="a1"): -1}, frozenset({A, B}))])
        assert system.implied == [key(a="a2")]
        assert {key(b="b1"), key(b="b2")} <= set(system.keys)


class TestIntervals:
    def test_are_what_the_totals_leave(self, table: System) -> None:
        assert told(table, MARGINS, CORNER) == {CORNER: (0, 18)}

    def test_that_are_wide_enough_are_not_told(self, table: System) -> None:
        assert told(table, MARGINS, CORNER, enough=18) == {}
        assert told(table, MARGINS, CORNER, enough=19) == {CORNER: (0, 18)}

    def test_are_as_wide_as_they_are_however_large_the_number_is(self, table: System) -> None:
        far = key(a="a2", b="b2")
        assert told(table, MARGINS, far, enough=19) == {far: (37, 55)}
        assert told(table, MARGINS, far, enough=18) == {}

    def test_are_told_where_only_several_equations_together_leave_no_choice(self, table: System) -> None:
        """Nobody is b1, and so nobody is both a1 and b1, nor both a2 and b1."""
        shown = {EVERYBODY: 78, key(a="a1"): 23, key(b="b1"): 0}
        assert told(table, shown, CORNER, enough=1) == {CORNER: (0, 0)}

    def test_of_what_follows_are_points(self, table: System) -> None:
        assert told(table, MARGINS | {CORNER: 3}, key(a="a2", b="b1")) == {key(a="a2", b="b1"): (15, 15)}

    def test_of_a_number_that_need_not_be_hidden_are_not_told(self, table: System) -> None:
        assert told(table, MARGINS | {CORNER: 3}, key(a="a2", b="b1"), enough=0) == {}

    def test_are_split_by_what_no_equation_connects(self) -> None:
        two = System([crossed(A, B), counted(C)], ())
        shown = MARGINS | {key(c="c1"): 70}
        assert told(two, shown, CORNER, key(c="c2")) == {CORNER: (0, 18), key(c="c2"): (8, 8)}


class TestWholePeople:
    """Of 49 people at least twice as many are a2 as are a1: these are 16 1/3 at most, and so 16."""

    TWICE = Relation({key(a="a2"): 1, key(a="a1"): -2}, frozenset({A}), at_least=True)
    LESS, MORE = key(a="a1"), key(a="a2")

    def narrow(
        self, enough: float, *relations: Relation, people: int = 49, jointly: bool = False
    ) -> dict[Key, Interval]:
        system = System([counted(A)], (self.TWICE, *relations), jointly)
        shown = {EVERYBODY: people}
        return system.narrow(shown, {self.LESS: enough}) | system.narrow(shown, {self.MORE: enough})

    def test_reach_the_ends_of_an_interval(self) -> None:
        assert self.narrow(16) == {}
        for enough in (16.2, 49 / 3):
            assert self.narrow(enough) == {self.LESS: (0, 16), self.MORE: (33, 49)}
        assert self.narrow(16.5, people=50) == {self.LESS: (0, 16), self.MORE: (34, 50)}

    @pytest.mark.filterwarnings("error::scipy.optimize.OptimizeWarning")  # of what the solver does not take as it is
    def test_reach_the_very_ends_and_not_only_near_them(self) -> None:
        """31 for each of some, 14 for each of others and 5 for each of a third kind are 21 × 27."""
        kinds = Variable("k", ("k1", "k2", "k3", "k4"))
        paid = {key(k="k1"): 31, key(k="k2"): 14, key(k="k3"): 5, key(b="b1"): -21}
        system = System([counted(kinds), counted(B)], [Relation(paid, frozenset({kinds, B}))])
        shown, asked = {EVERYBODY: 66, key(b="b1"): 27}, key(k="k1")
        assert told(system, shown, asked, enough=17) == {}
        assert told(system, shown, asked, enough=18) == {asked: (0, 17)}

    def test_are_not_looked_for_where_fractions_are_close_enough(self) -> None:
        found = self.narrow(17)
        assert found[self.LESS] == pytest.approx((0, 49 / 3))
        assert found[self.MORE] == pytest.approx((98 / 3, 49))

    def test_are_not_looked_for_among_three_things_at_once(self) -> None:
        assert self.narrow(16.2, jointly=True) == {}
        assert self.narrow(17, people=50, jointly=True)[self.LESS] == pytest.approx((0, 50 / 3))

    def test_obey_what_is_stated_besides(self) -> None:
        at_least_two = Relation({key(a="a1"): 25, EVERYBODY: -1}, frozenset({A}), at_least=True)
        assert self.narrow(14, at_least_two) == {}
        assert self.narrow(14.2, at_least_two) == {self.LESS: (2, 16), self.MORE: (33, 47)}

    def test_that_there_cannot_be_are_refused_where_fractions_would_do(self) -> None:
        """Of 49 people half as many more are a1 than are b1."""
        half = Relation({key(a="a1"): 2, key(b="b1"): -2, EVERYBODY: -1}, frozenset({A, B}))
        with pytest.raises(Broken) as caught:
            System([counted(A), counted(B)], [half]).narrow({EVERYBODY: 49}, {self.LESS: 20})
        assert caught.value.problem == INCONSISTENT


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

    def test_what_is_stated_of_them_is_known_to_whoever_reckons_with_them(self) -> None:
        nobody = Relation({key(a="a1"): 1}, frozenset({A}), jointly=True)
        asked = key(a="a1")
        for jointly, interval in ((False, (0, 20)), (True, (0, 0))):
            assert told(System([counted(A)], [nobody], jointly), {EVERYBODY: 20}, asked) == {asked: interval}


@pytest.mark.parametrize(("solution", "whole"), [([], True), ([3.0, 0.0], True), ([3.0000001], True), ([2.5], False)])
def test_a_solution_is_whole_but_for_the_solver_s_arithmetic(solution: list[float], whole: bool) -> None:
    assert is_whole(np.array(solution)) is whole


def test_variables_of_one_name_with_other_kinds_are_refused() -> None:
    with pytest.raises(Broken):
        System([crossed(A, B), crossed(Variable("a", ("a1", "a3")), C)], ())
