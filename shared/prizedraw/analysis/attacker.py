"""
Derive what published numbers tell about those that are not: the attacker's arithmetic.

All numbers that tables and relations speak of, published or not, are unknowns ≥ 0 of one linear system: over the kinds
of a variable a number adds up to the number without it. What is published becomes a constant; what then remains
possible for an unknown is an interval, by linear programming (HiGHS, https://highs.dev, through scipy). People are
whole, so the ends of an interval are those that whole numbers reach.

1. Write the equations: one for each way in which a number is the sum over a variable's kinds, and the relations.
2. Put in what is published, and solve by adding and subtracting alone, until no equation has a single unknown left.
3. Split what is still unknown into parts that no equation connects.
4. In each part look for two solutions that lie far enough apart in each unknown that is asked for, many at once: two
   solutions are proof that it cannot be told.
5. For the few that are left, solve for the ends of the interval; if these lie far enough apart, once more for the ends
   that whole numbers reach.
6. What is not wide enough then is told too closely.

Systems that know three kinds at once are too hard for whole numbers: their intervals are those of fractions, which are
never narrower.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product

import numpy as np
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import csc_array, csr_array
from scipy.sparse.csgraph import connected_components

from prizedraw.analysis.tables import EVERYBODY, Key, Layout, Relation
from prizedraw.errors import Broken, Problem

INCONSISTENT = Problem(
    "E-880",
    "集計した数どうしが合いません。集計は公表されていません。もう一度実行し、同じなら保守担当に連絡してください。",
)

Vector = np.ndarray[tuple[int], np.dtype[np.float64]]
Places = np.ndarray[tuple[int], np.dtype[np.int64]]
Columns = np.ndarray[tuple[int], np.dtype[np.bool]]
Interval = tuple[float, float]

NEARLY = 1e-6
"""What a solver's arithmetic may be wrong by; its own tolerance is 1e-7."""
_PAIR = 2
_IDLE = 4
"""After how many sweeps that settle nothing each unknown is looked at by itself."""


class System:
    """
    The equations Σ factor × number = 0 of all numbers of *layouts* and *relations*; columns are sorted.

    Plain, it knows the numbers that they name. *jointly*, it also knows that people have three kinds at once where
    tables cross each two of three variables, which may tell more (Bonferroni: the people who are A and B, and those who
    are A and C, cannot all be different ones if A is small).
    """

    def __init__(self, layouts: Sequence[Layout], relations: Sequence[Relation], jointly: bool = False) -> None:
        self._jointly = jointly
        relations = [relation for relation in relations if jointly or not relation.jointly]
        published = {EVERYBODY}.union(*(layout.keys() for layout in layouts))
        stated = {key for relation in relations for key in relation.factors}
        kinds = _kinds(layouts, relations)
        crossed = {_names(key) for key in published}
        told = crossed | {_names(key) for key in stated} | (set(triangles(crossed)) if jointly else set())
        crossings = {subset for names in told for subset in _subsets(names)}
        rows: list[Mapping[Key, int]]  # (1)
        rows = [row for crossing in sorted(map(sorted, crossings)) for row in _sums(crossing, kinds)]
        rows += [relation.factors for relation in relations if not relation.at_least]
        slacks: list[Mapping[Key, int]] = [relation.factors for relation in relations if relation.at_least]
        keys = {key for row in (*rows, *slacks) for key in row} | published
        self.keys = sorted(keys, key=sorted)
        self.place = {key: place for place, key in enumerate(self.keys)}
        self.implied = [key for key in self.keys if key not in published and _names(key) in crossed]
        """The numbers that are in nobody's table, yet of a crossing that some table publishes: the no of every yes."""
        self.matrix = self._matrix(rows, slacks)
        self._terms = (self.matrix != 0).astype(int)

    def _matrix(self, rows: Sequence[Mapping[Key, int]], slacks: Sequence[Mapping[Key, int]]) -> csr_array:
        """Write equations, then inequalities, each of these with a column of its own for what is left over."""
        entries = [
            (r, self.place[key], factor) for r, row in enumerate((*rows, *slacks)) for key, factor in row.items()
        ]
        entries += [(len(rows) + number, len(self.keys) + number, -1) for number in range(len(slacks))]
        r, c, factors = zip(*entries, strict=True) if entries else ((), (), ())
        shape = (len(rows) + len(slacks), len(self.keys) + len(slacks))
        matrix = csr_array((np.array(factors, dtype=float), (r, c)), shape=shape)
        matrix.eliminate_zeros()
        return matrix

    def solved(self, shown: Mapping[Key, int]) -> Vector:
        """
        Return every number that follows from those *shown* by adding and subtracting alone; NaN for the others.

        Raises:
            Broken: the numbers do not add up.
        """
        values = np.full(self.matrix.shape[1], np.nan)
        values[[self.place[key] for key in shown]] = list(shown.values())
        while True:
            unknown = np.isnan(values)
            open_terms = self._terms @ unknown
            sums = self.matrix @ np.nan_to_num(values)
            if np.abs(sums[open_terms == 0]).max(initial=0) > NEARLY or np.nanmin(values, initial=0) < 0:
                raise Broken(INCONSISTENT)
            single = np.flatnonzero(open_terms == 1)
            if not len(single):
                return values
            for row in single:
                own = slice(*self.matrix.indptr[row : row + 2])
                at = np.flatnonzero(unknown[self.matrix.indices[own]])[0]
                values[self.matrix.indices[own][at]] = -sums[row] / self.matrix.data[own][at]

    def check(self, shown: Mapping[Key, int]) -> None:
        """Demand that there can be people of whom all that is *shown* holds. Raises Broken: there cannot."""
        values = self.solved(shown)
        unknown = np.flatnonzero(np.isnan(values))
        if len(unknown):
            matrix, constants = csc_array(self.matrix)[:, unknown], -(self.matrix @ np.nan_to_num(values))
            if linprog(np.zeros(len(unknown)), A_eq=matrix, b_eq=constants, method="highs").x is None:
                raise Broken(INCONSISTENT)

    def among(self, keys: Iterable[Key]) -> Columns:
        """Mark the columns of *keys*."""
        marked = np.zeros(self.matrix.shape[1], dtype=bool)
        marked[[self.place[key] for key in keys]] = True
        return marked

    def narrow(self, shown: Mapping[Key, int], enough: Mapping[Key, float]) -> dict[Key, Interval]:
        """
        Return in which intervals numbers must lie once others are *shown*, where these are not wide *enough*.

        Raises:
            Broken: the numbers do not add up.
        """
        values = self.solved(shown)  # (2)
        told = {key: values[self.place[key]] for key in enough}
        found = {key: (value, value) for key, value in told.items() if not np.isnan(value) and enough[key] > NEARLY}
        asked = {self.place[key]: enough[key] for key, value in told.items() if np.isnan(value)}
        for part in self._parts(values, asked):  # (3)
            found |= {self.keys[place]: interval for place, interval in part.narrow().items()}
        return found

    def _parts(self, values: Vector, asked: Mapping[int, float]) -> Iterator["_Part"]:
        """Split what is unknown into parts that no equation connects; yield those in which something is asked."""
        unknown = np.flatnonzero(np.isnan(values))
        columns = csc_array(self.matrix)[:, unknown]
        constants = -(self.matrix @ np.nan_to_num(values))
        _, labels = connected_components(columns.T @ columns, directed=False)
        label_of = dict(zip(unknown.tolist(), labels.tolist(), strict=True))
        for label in sorted({label_of[place] for place in asked}):
            inside = np.flatnonzero(labels == label)
            matrix = csr_array(columns[:, inside])
            rows = np.flatnonzero(np.diff(matrix.indptr))
            here = {place: width for place, width in asked.items() if label_of[place] == label}
            yield _Part(csc_array(matrix[rows]), constants[rows], unknown[inside], here, whole=not self._jointly)


class _Part:
    """
    The unknowns of one part, each between two solutions as far apart as is asked at a place, or as far as they go.

    The solutions have to be *whole*, unless what is asked is too hard for that.
    """

    def __init__(
        self, matrix: csc_array, constants: Vector, places: Places, asked: Mapping[int, float], *, whole: bool
    ) -> None:
        self.matrix, self.constants, self.places, self.whole = matrix, constants, places, whole
        self.enough = np.zeros(len(places))
        self.enough[np.searchsorted(places, list(asked))] = list(asked.values())
        self.lowest = np.full(len(places), np.inf)
        self.highest = np.full(len(places), -np.inf)

    def narrow(self) -> dict[int, Interval]:
        """Return the intervals that are not wide enough, by place in the system."""
        self._sweep()  # (4)
        found = {}
        for column in self._close():
            if self._is_close(column):
                interval = self._interval(column)  # (5)
                if interval[1] - interval[0] < self.enough[column] - NEARLY:
                    found[int(self.places[column])] = interval  # (6)
        return found

    def _sweep(self) -> None:
        """Push all that is close up or down at random at once, until that settles nothing more; most it does."""
        random, idle = np.random.default_rng(0), 0
        while idle < _IDLE and (close := self._close()):
            towards = np.zeros(len(self.places))
            towards[close] = random.choice([-1.0, 1.0], len(close))
            self._seek(towards)
            self._seek(-towards)
            idle = idle + 1 if len(self._close()) == len(close) else 0

    def _close(self) -> list[int]:
        """Return the columns of which no two solutions are far enough apart yet."""
        return [column for column in np.flatnonzero(self.enough > 0).tolist() if self._is_close(column)]

    def _is_close(self, column: int) -> bool:
        return bool(self.highest[column] - self.lowest[column] < self.enough[column] - NEARLY)

    def _interval(self, column: int) -> Interval:
        """Return the interval of one unknown; where that is wide enough, one as wide may do."""
        towards = np.zeros(len(self.places))
        towards[column] = 1
        low, high = self._seek(towards), -self._seek(-towards)
        if high - low < self.enough[column] - NEARLY or not self.whole:
            return low, high
        for sign in (1, -1):
            if self._is_close(column):
                self._note(_whole(self.matrix, self.constants, sign * towards))
        return float(self.lowest[column]), float(self.highest[column])

    def _seek(self, towards: Vector) -> float:
        """Return how far it goes against *towards*; what was reached is kept in mind if it is whole."""
        solution = linprog(towards, A_eq=self.matrix, b_eq=self.constants, method="highs")
        if solution.x is None:
            raise Broken(INCONSISTENT)
        if not self.whole or is_whole(solution.x):
            self._note(solution.x)
        return float(solution.fun)

    def _note(self, solution: Vector) -> None:
        if self.whole:
            solution = np.round(solution)
        np.minimum(self.lowest, solution, out=self.lowest)
        np.maximum(self.highest, solution, out=self.highest)


def is_whole(solution: Vector) -> bool:
    """Tell whether every number of a solution is whole, but for the solver's arithmetic."""
    return bool(np.abs(solution - np.round(solution)).max(initial=0) <= NEARLY)


def _whole(matrix: csc_array, constants: Vector, towards: Vector) -> Vector:
    """Find the whole solution that is farthest against *towards*, by branch and bound."""
    sums = LinearConstraint(matrix, constants, constants)
    solution = milp(towards, constraints=sums, integrality=np.ones(len(towards)), options={"mip_rel_gap": 0})
    if solution.x is None:
        raise Broken(INCONSISTENT)
    found: Vector = solution.x
    return found


def triangles(crossings: Collection[frozenset[str]]) -> Iterator[frozenset[str]]:
    """Yield each three variables of which *crossings* hold every two."""
    for one, other in combinations(crossings, 2):
        if len(one) == len(other) == len(one ^ other) == _PAIR and one ^ other in crossings:
            yield one | other


def _kinds(layouts: Sequence[Layout], relations: Sequence[Relation]) -> dict[str, tuple[str, ...]]:
    variables = {variable for layout in layouts for variable in layout.variables}
    variables |= {variable for relation in relations for variable in relation.variables}
    kinds = {variable.name: variable.kinds for variable in variables}
    if len(kinds) != len(variables):
        raise Broken(INCONSISTENT)
    return kinds


def _names(key: Key) -> frozenset[str]:
    """Return the variables that a number's conditions are of."""
    return frozenset(name for name, _ in key)


def _subsets(names: frozenset[str]) -> Iterator[frozenset[str]]:
    for size in range(len(names) + 1):
        yield from map(frozenset, combinations(names, size))


def _sums(crossing: Sequence[str], kinds: Mapping[str, Sequence[str]]) -> Iterator[dict[Key, int]]:
    """Yield the equations of a crossing: over the kinds of each of its variables, numbers add up to that without it."""
    for name in crossing:
        others = [[(other, kind) for kind in kinds[other]] for other in crossing if other != name]
        for conditions in product(*others):
            total = frozenset(conditions)
            yield {total: -1} | {total | {(name, kind)}: 1 for kind in kinds[name]}
