"""
Withhold from published tables what would let anybody be singled out, and audit what is left.

A number of people from 1 to below the threshold is withheld, and so is a 0 within a group as small: what none of a few
people answered tells what they did answer. Other numbers are withheld with these, until nothing that is published, over
all tables together, tells a withheld number more closely than within an interval as wide as the threshold. How many
people there are in all is known, and so is what is published elsewhere; what these tell alone cannot be taken back.

The procedure is that of official statistics, with its terms in brackets: the sensitive cells (primary suppression),
others with them (secondary suppression), the audit (feasibility intervals). A. Hundepool et al., Statistical Disclosure
Control (Wiley, 2012), chapters 4 and 5. To withhold (`protect`):

1. Put the numbers of all tables together; they must agree and add up.
2. Withhold what is small, but for what is known.
3. Withhold with these what readers lose least (`worth`), of all choices that are safe (`least_loss`).
4. While an attacker can tell something too closely nevertheless, since people are whole or time ran out, withhold what
   makes it safe at the least cost, one number after the other (`withholding`).
5. Do so first with an attacker who reckons with what tables name, then with one who also knows that people are three
   things at once; what the second withholds is tried on the first again, until neither tells anything.

To audit (`audit`), with nothing of how that was chosen:

6. Assume an attacker who sees all that is published, and knows what is published elsewhere and every relation.
7. Look at each number that is withheld, and at each that no table has but that follows from tables, if it can be small.
8. Conclude that it is exposed if the interval in which it must lie is narrower than the threshold, unless what is known
   leaves it no wider without the tables.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from prizedraw.analysis.attacker import INCONSISTENT, NEARLY, System
from prizedraw.analysis.least_loss import LeastLoss
from prizedraw.analysis.tables import EVERYBODY, Condition, Key, Layout, Protected, Relation, Table
from prizedraw.analysis.withholding import Withholding
from prizedraw.analysis.worth import losses
from prizedraw.errors import Broken

SECONDS = 60.0
"""For the best choice; it takes one or two for most campaigns, and a run may take seven minutes."""


@dataclass(frozen=True)
class Exposure:
    """A number that is not published and yet can be told too closely, by its key. The number itself is not told."""

    key: Key


@dataclass(frozen=True)
class Choice:
    """What is shown of the tables; what is lost with what had not to be withheld, and below which *least* no choice."""

    tables: tuple[Protected, ...]
    loss: int
    least: int


def protect(tables: Sequence[Table], threshold: int, relations: Sequence[Relation] = ()) -> tuple[Protected, ...]:
    """Withhold as `choose` does, and return what is shown of the tables."""
    return choose(tables, threshold, relations).tables


def choose(
    tables: Sequence[Table],
    threshold: int,
    relations: Sequence[Relation] = (),
    *,
    aside: Collection[Condition] = (),
    seconds: float = SECONDS,
) -> Choice:
    """
    Withhold small numbers, and others that keep them, so that readers lose as little as can be; it passes `audit`.

    *tables* are all that will be published together, *relations* what is known besides, *aside* the kinds that readers
    miss least. The result stands in the tables' order, on which what is withheld does not depend. *seconds* may be
    spent on looking for the best choice; whatever they bring, the choice is safe.

    Raises:
        Broken: the tables' numbers do not add up, or contradict a relation.
    """
    counts, layouts = _together(tables), [table.layout for table in tables]
    systems = _systems(layouts, relations)
    for system in systems:
        system.check(counts)  # (1)
    known = _known(layouts)
    must = small(counts, threshold) - known  # (2)
    attacker = _Attacker({key: counts[key] for key in known}, threshold)
    loss = losses(counts, threshold, aside)
    enough = attacker.enough(systems[0], counts.keys() - known)
    found = LeastLoss(systems[0], counts, must=must, enough=enough, loss=loss).find(seconds)  # (3)
    begun = [found.keys] if found.is_safe else [found.keys, must]
    safe = [_held(attacker, systems, counts, set(keys), loss) for keys in begun]
    lost = [sum(loss[key] for key in keys - must) for keys in safe]
    withheld = safe[lost.index(min(lost))]
    shown = tuple(
        Protected(table.layout, {key: None if key in withheld else n for key, n in table.counts.items()})
        for table in tables
    )
    return Choice(shown, min(lost), min(round(found.bound), *lost))


def _held(
    attacker: "_Attacker",
    systems: Sequence[System],
    counts: Mapping[Key, int],
    withheld: set[Key],
    loss: Mapping[Key, int],
) -> set[Key]:
    """Return what is *withheld*, and what else makes it safe from every attacker (4, 5)."""
    plain, *joint = (partial(_hold, attacker, system, counts, withheld, loss) for system in systems)
    plain()
    while any(hold() for hold in joint):  # (5)
        plain()
    return withheld


def _hold(
    attacker: "_Attacker", system: System, counts: Mapping[Key, int], withheld: set[Key], loss: Mapping[Key, int]
) -> bool:
    """
    Add to what is *withheld* until nothing is exposed; tell whether that was anything.

    It ends: where all is withheld, only the known tells.
    """
    before = len(withheld)
    withholding = Withholding(system, counts, attacker.known, withheld, attacker.threshold, loss)
    while exposed := attacker.exposed(system, _without(counts, withheld), withheld):  # (4)
        if not withholding.widen(exposed):
            withholding.withhold(withholding.cheapest(exposed[0]))
    return len(withheld) > before


def small(counts: Mapping[Key, int], threshold: int) -> set[Key]:
    """Return the numbers that may not be told of themselves; all of them where all people together are too few."""
    if counts[EVERYBODY] < threshold:
        return set(counts)
    return {key for key, number in counts.items() if _tells(key, number, counts, threshold)}


def _tells(key: Key, number: int, counts: Mapping[Key, int], threshold: int) -> bool:
    """Tell whether a number is small, or a 0 in a group that is small; nobody is no group."""
    if number:
        return number < threshold
    groups = [counts.get(key - {condition}, threshold) for condition in key]
    return 0 < min(groups, default=0) < threshold


def audit(tables: Sequence[Protected], threshold: int, relations: Sequence[Relation] = ()) -> list[Exposure]:
    """
    Return what an attacker can tell more closely than *threshold* from all *tables* together, if anything.

    Looked at are the withheld numbers, and those that no table has but that follow from tables (how many did not choose
    an option), if they can only be small. What `Layout.known` numbers tell without the others is no fault of these.
    It sees what a reader sees, and nothing of how the numbers to withhold were chosen.

    Raises:
        Broken: the tables' numbers do not add up.
    """
    layouts = [table.layout for table in tables]
    known = _known(layouts)
    shown = {key: number for table in tables for key, number in table.shown.items() if number is not None}
    withheld = {key for table in tables for key, number in table.shown.items() if number is None}
    facts = {key: shown[key] for key in known & shown.keys()}  # (6)
    attacker = _Attacker(facts, threshold)
    exposed = {key for one in _systems(layouts, relations) for key in attacker.exposed(one, shown, withheld)}
    return [Exposure(key) for key in sorted(exposed, key=sorted)]


def _systems(layouts: Sequence[Layout], relations: Sequence[Relation]) -> list[System]:
    """Return what an attacker may reckon with: whole people first; then, if it is more, who is three things at once."""
    plain, joint = System(layouts, relations), System(layouts, relations, jointly=True)
    return [plain] if len(plain.keys) == len(joint.keys) else [plain, joint]


class _Attacker:
    """
    Who reckons what published numbers tell, in one system after the other.

    An interval is wide enough if it is as wide as the threshold, or as what is *known* without the tables leaves it.
    """

    def __init__(self, known: Mapping[Key, int], threshold: int) -> None:
        self.known, self.threshold = known, threshold
        self._left: dict[Key, float] = {}
        """How much what is known leaves, where that was found to be less than the threshold."""

    def exposed(self, system: System, shown: Mapping[Key, int], withheld: Collection[Key]) -> list[Key]:
        """Return, sorted, what is told too closely: of what is withheld, and of what no table has but may be small."""
        if shown.keys() <= self.known.keys():
            return []
        narrow = system.narrow(shown, {key: self._enough(key) for key in (*withheld, *system.implied)})
        close = {key: told for key, told in narrow.items() if key in withheld or self._may_be_small(*told)}  # (7)
        if close:
            already = system.narrow(self.known, {key: self._enough(key) for key in close})
            self._left |= {key: high - low for key, (low, high) in already.items()}
        told = [key for key, (low, high) in close.items() if high - low < self._enough(key) - NEARLY]  # (8)
        return sorted(told, key=sorted)

    def enough(self, system: System, keys: Collection[Key]) -> dict[Key, float]:
        """Return how wide each number must be: the threshold, or what the known leaves if that is less."""
        narrow = system.narrow(self.known, dict.fromkeys(keys, self.threshold))
        return {key: narrow[key][1] - narrow[key][0] if key in narrow else self.threshold for key in keys}

    def _enough(self, key: Key) -> float:
        return self._left.get(key, self.threshold)

    def _may_be_small(self, low: float, high: float) -> bool:
        return low <= self.threshold - 1 + NEARLY and high >= 1 - NEARLY


def _known(layouts: Sequence[Layout]) -> set[Key]:
    return {EVERYBODY}.union(*(layout.keys() for layout in layouts if layout.known))


def _without(counts: Mapping[Key, int], withheld: Collection[Key]) -> dict[Key, int]:
    return {key: number for key, number in counts.items() if key not in withheld}


def _together(tables: Sequence[Table]) -> dict[Key, int]:
    """Return the numbers of all tables. Raises Broken: two tables differ in one."""
    counts: dict[Key, int] = {}
    for table in tables:
        for key, number in table.counts.items():
            if counts.setdefault(key, number) != number:
                raise Broken(INCONSISTENT)
    return counts
