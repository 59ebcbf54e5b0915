"""
Choose the numbers whose withholding loses least, of all choices that are safe: an integer program by cutting planes.

A number is safe where two fillings of the tables agree with all that is published and differ in it by what is enough.
That no choice has been overlooked is proved by duality: whatever the fillings, the width of a number is at most a sum
over the numbers that are withheld, so a choice whose sum is too small is none (M. Fischetti, J. J. Salazar,
Management Sci. 47 (2001), 1008–1027). By HiGHS (https://highs.dev, through scipy):

1. Begin with what the equations say, each for itself: who is withheld needs company in every equation.
2. Find the choice that loses least, of those that no inequality forbids. Every safe choice is among them, so it loses
   at least as much (`bound`).
3. Look which of its numbers could be told too closely; if none, it is safe, and nothing safe loses less.
4. For each of these, add the inequality that its dual solution gives, and begin again.

It is the same choice on every machine, unless the time runs out first; then what was found so far is for others to
make safe (`disclosure`).
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array, csr_array

from prizedraw.analysis.attacker import NEARLY, Columns, System, Vector
from prizedraw.analysis.tables import EVERYBODY, Key

_ROUNDS = 200
_NODES = 20_000
"""Of a round: so many at most, that the choice is the same on every machine."""
_GAP = 1e-4
_VAST = 1e9
"""For a number without an upper end: its part of a bound makes the bound worthless, and it is passed over."""


@dataclass(frozen=True, kw_only=True)
class Pick:
    """What to withhold (*keys*), whether that *is_safe* by fractions, and the loss below which nothing safe goes."""

    keys: set[Key]
    is_safe: bool
    bound: float


class LeastLoss:
    """
    What to withhold of the *counts*, besides what *must* be: *enough* says how wide each must be, *loss* what it costs.

    What is in neither *enough* nor the tables is nobody's to withhold; what is in the tables only is known to all.
    """

    def __init__(
        self,
        system: System,
        counts: Mapping[Key, int],
        *,
        must: set[Key],
        enough: Mapping[Key, float],
        loss: Mapping[Key, int],
    ) -> None:
        self._system, self._counts, self._must, self._enough = system, counts, must, enough
        self._keys = sorted(enough, key=sorted)
        self._columns = np.array([system.place[key] for key in self._keys])
        self._loss = np.array([0 if key in must else loss[key] for key in self._keys], dtype=float)
        self._matrix = csc_array(system.matrix)
        self._may = system.among(self._keys)
        self._known = system.among(counts.keys() - enough.keys())
        self._start = np.nan_to_num(system.solved(counts))
        self._owed: Vector = -(system.matrix @ self._start)
        self._room = np.full(len(self._start), _VAST)
        self._room[: len(system.keys)] = counts[EVERYBODY] - self._start[: len(system.keys)]
        self._number = {column: number for number, column in enumerate(self._columns.tolist())}
        self._cuts: list[Vector] = []

    def find(self, seconds: float) -> Pick:
        """Look for the best choice, *seconds* long at most."""
        until, best = time.process_time() + seconds, 0.0
        withheld = set(self._must)
        for cut in self._of_single_equations():  # (1)
            self._add(*cut)
        for _ in range(_ROUNDS):
            left = until - time.process_time()
            if left <= 0:
                break
            found = self._choose(left)  # (2)
            if found is None:
                break
            withheld, bound = found
            best = max(best, bound)
            if not self._forbid(withheld):
                return Pick(keys=withheld, is_safe=True, bound=best)
        return Pick(keys=withheld, is_safe=False, bound=best)

    def _choose(self, seconds: float) -> tuple[set[Key], float] | None:
        """Return the choice that loses least of those that are not forbidden, and the loss that none goes below."""
        must = np.array([key in self._must for key in self._keys], dtype=float)
        if not len(must) or must.all():
            return set(self._must), 0.0
        limits = {"mip_rel_gap": _GAP, "node_limit": _NODES, "time_limit": seconds}
        rules = LinearConstraint(csr_array(np.array(self._cuts)), 0, np.inf) if self._cuts else ()
        solution = milp(
            self._loss, constraints=rules, integrality=np.ones(len(must)), bounds=Bounds(must, 1), options=limits
        )
        if solution.x is None:
            return None
        return {self._keys[at] for at in np.flatnonzero(solution.x > 1 / 2)}, float(solution.mip_dual_bound or 0)

    def _forbid(self, withheld: set[Key]) -> bool:
        """Forbid a choice by what makes it unsafe (3); tell whether that was anything."""
        shown = {key: number for key, number in self._counts.items() if key not in withheld}
        narrow = self._system.narrow(shown, {key: self._enough[key] for key in withheld if self._enough[key] > NEARLY})
        free = ~self._known & (~self._may | self._system.among(withheld))
        told = [self._add(self._system.place[key], *self._width(key, free)) for key in sorted(narrow, key=sorted)]
        return any(told)

    def _width(self, key: Key, free: Columns) -> tuple[Vector, float]:
        """Bound the width of a number by a sum over what is withheld, and a rest, by the duals of its two ends (4)."""
        columns = np.flatnonzero(free)
        ends = np.stack([-self._start[columns], self._room[columns]], axis=1)
        parts, rest = np.zeros(len(self._start)), 0.0
        for sign in (1, -1):
            towards = np.zeros(len(self._start))
            towards[self._system.place[key]] = sign
            matrix = self._matrix[:, columns]
            solution = linprog(towards[columns], A_eq=matrix, b_eq=self._owed, bounds=ends, method="highs")
            prices = solution.eqlin.marginals
            reduced = towards - self._matrix.T @ prices
            parts += np.where(reduced > 0, reduced * self._start, -reduced * self._room) * (abs(reduced) > NEARLY)
            rest -= float(prices @ self._owed)
        return parts, rest + float(parts[~self._may & ~self._known].sum())

    def _of_single_equations(self) -> Iterator[tuple[int, Vector, float]]:
        """Yield what an equation says of each of its numbers, where it speaks of nothing else that is unknown."""
        matrix = self._system.matrix
        for row in range(matrix.shape[0]):
            own = slice(*matrix.indptr[row : row + 2])
            columns, factors = matrix.indices[own], matrix.data[own]
            if abs(self._owed[row]) > NEARLY or not (self._may | self._known)[columns].all():
                continue
            for column, factor in zip(columns.tolist(), factors.tolist(), strict=True):
                for alike in (1, -1) if self._may[column] else ():
                    falls = factors * factor * alike > 0
                    parts = np.zeros(len(self._start))
                    parts[columns] = np.where(falls, self._start[columns], self._room[columns]) * abs(factors / factor)
                    parts[column] = self._start[column] if alike > 0 else self._room[column]
                    yield column, parts, 0.0

    def _add(self, column: int, parts: Vector, rest: float) -> bool:
        """Demand that a number, if it is withheld, is as wide as is enough; tell whether that demands anything."""
        own = self._number[column]
        lacking = self._enough[self._keys[own]] - float(parts[column]) - rest
        if lacking <= NEARLY:
            return False
        cut = np.minimum(parts[self._columns], lacking)
        cut[own] = -lacking
        self._cuts.append(cut / lacking)
        return True
