"""
Choose what else to withhold, so that a number that is withheld can no longer be told.

A number is safe where two fillings of the tables agree with all that is published and differ in it by the threshold.
Where there are none yet, the two are sought that depart from what is published at the least cost; where they depart is
withheld (linear programming by HiGHS). It is the greedy form of M. Fischetti, J. J. Salazar, J. Am. Stat. Assoc. 95
(2000), 916–928. For one number after the other, the smallest first:

1. Pass it over if two fillings that were found before already differ in it by the threshold.
2. Seek two fillings, each a departure from the true one, up or down in each number; what is known stays. They must
   differ here by the threshold, and a published number costs what is lost with it (`worth`) to depart from.
3. If there are none, seek first how far two fillings can differ at all, then the cheapest that differ so far.
4. Withhold what either departs from. Both fillings now agree with all that is published, so that neither can be ruled
   out; they are remembered for (1) if they are whole.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from scipy.optimize import OptimizeResult, linprog
from scipy.sparse import block_diag, csc_array, csr_array, hstack

from prizedraw.analysis.attacker import NEARLY, System, is_whole
from prizedraw.analysis.tables import Key


class Withholding:
    """
    What is *withheld* of the *counts* that tables publish, to be added to; those that are *known* stay as they are.

    The counts are possible in the system (`System.check`), so that something can always be withheld.

    The fillings that were found are remembered by how far apart they are: no number is widened that is safe by them.
    """

    def __init__(
        self,
        system: System,
        counts: Mapping[Key, int],
        known: Iterable[Key],
        withheld: set[Key],
        threshold: int,
        loss: Mapping[Key, int],
    ) -> None:
        self.withheld = withheld
        self._system, self._threshold = system, threshold
        self._start = np.nan_to_num(system.solved(counts))
        self._columns = len(self._start)
        self._fixed = system.among(known)
        self._published = system.among(counts.keys() - withheld) & ~self._fixed
        self._cost = np.zeros(self._columns)
        for key in counts:
            self._cost[system.place[key]] = loss[key]
        moves = hstack([system.matrix, -system.matrix])
        self._moves = csc_array(block_diag([moves, moves]))
        self._owed = np.tile(-(system.matrix @ self._start), 2)
        self._widened: set[int] = set()
        self._lowest = np.full(self._columns, np.inf)
        self._highest = np.full(self._columns, -np.inf)

    def withhold(self, keys: Iterable[Key]) -> None:
        """Withhold *keys*, which tables publish."""
        self.withheld.update(keys)
        self._published &= ~self._system.among(self.withheld)

    def widen(self, keys: Iterable[Key]) -> bool:
        """
        Withhold what makes *keys* safe, smallest numbers first; tell whether that was anything.

        A key is widened once, since whatever is withheld later only adds to what is possible. One that cannot be made
        as wide as the threshold is made as wide as it can be.
        """
        before = len(self.withheld)
        places = {self._system.place[key] for key in keys} - self._widened
        for place in sorted(places, key=lambda place: (self._start[place], place)):
            if self._highest[place] - self._lowest[place] < self._threshold:  # (1)
                self._widen(place)
        self._widened |= places
        return len(self.withheld) > before

    def cheapest(self, key: Key) -> list[Key]:
        """Return what can be withheld next to unsettle *key*: the cheapest in an equation with it, or else of all."""
        matrix = self._system.matrix
        beside = (abs(matrix).T @ abs(matrix[:, [self._system.place[key]]])).toarray()[:, 0] > 0
        places = np.flatnonzero(beside & self._published)
        if not len(places):
            places = np.flatnonzero(self._published)
        return [self._system.keys[place] for place in places[np.argsort(self._cost[places], kind="stable")][:1]]

    def _widen(self, place: int) -> None:
        """Withhold the cheapest numbers whose moving lets the one at *place* be told no more."""
        cheap = np.where(self._published, self._cost, 0)
        found = self._depart(place, np.tile(cheap, 4), self._threshold)  # (2)
        if found.x is None:  # (3)
            widest = self._depart(place, self._apart(place).toarray()[0], 0)
            found = self._depart(place, np.tile(cheap, 4), np.floor(-widest.fun + NEARLY) - NEARLY)
        departing = found.x.reshape(4, self._columns)  # (4)
        self.withhold(self._system.keys[i] for i in np.flatnonzero((departing > NEARLY).any(axis=0) & self._published))
        for filling in (self._start + departing[0] - departing[1], self._start + departing[2] - departing[3]):
            if is_whole(filling):
                np.minimum(self._lowest, np.round(filling), out=self._lowest)
                np.maximum(self._highest, np.round(filling), out=self._highest)

    def _depart(self, place: int, cost: np.ndarray, apart: float) -> OptimizeResult:
        """Find the cheapest two fillings that lie *apart* at a place: how far each goes up and down from the start."""
        up = np.where(self._fixed, 0, np.inf)
        down = np.where(self._fixed, 0, self._start)
        bounds = np.stack([np.zeros(4 * self._columns), np.tile(np.concatenate([up, down]), 2)], axis=1)
        row = self._apart(place)
        return linprog(cost, A_ub=row, b_ub=[-apart], A_eq=self._moves, b_eq=self._owed, bounds=bounds, method="highs")

    def _apart(self, place: int) -> csr_array:
        """Write how much higher the second filling is at a place than the first, as a row."""
        places = [place + copy * self._columns for copy in range(4)]
        return csr_array(([1.0, -1.0, -1.0, 1.0], ([0] * 4, places)), shape=(1, 4 * self._columns))
