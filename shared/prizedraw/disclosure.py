"""
Withhold from published tables what would let anybody be singled out, and audit what is left.

A number of people from 1 to below the threshold is withheld, and so is a 0 within a group as small: what none of a few
people answered tells what they did answer. Other numbers are withheld with these, until nothing that is published, over
all tables together, tells a withheld number more closely than within an interval as wide as the threshold. How many
people there are in all is known, and so is what is published elsewhere; what these tell alone cannot be taken back.

The procedure is that of official statistics, with its terms in brackets: the sensitive cells (primary suppression),
others with them (secondary suppression), the audit (feasibility intervals). A. Hundepool et al., Statistical Disclosure
Control (Wiley, 2012), chapter 4.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from prizedraw.errors import Broken
from prizedraw.inference import INCONSISTENT, Interval, System
from prizedraw.tables import EVERYBODY, Key, Layout, Protected, Relation, Table
from prizedraw.widening import Widening


@dataclass(frozen=True)
class Exposure:
    """Name a number that is not published and yet can be told too closely. The number itself is not told."""

    key: Key


def protect(tables: Sequence[Table], threshold: int, relations: Sequence[Relation] = ()) -> tuple[Protected, ...]:
    """
    Withhold small numbers, and as few others as are found to keep them; the result passes `audit`.

    *tables* are all that will be published together, *relations* what is known besides. The result stands in the
    tables' order, on which what is withheld does not depend.

    Raises:
        Broken: the tables' numbers do not add up.
    """
    counts = _together(tables)
    layouts = [table.layout for table in tables]
    system, known = System(layouts, relations), _known(layouts)
    numbers = system.solved(counts)
    unsaid = [key for key in system.implied if 0 < numbers[system.place[key]] < threshold]
    widening = Widening(system, counts, known, threshold)
    widening.withhold(small(counts, threshold) - known)
    widening.widen([*widening.withheld, *unsaid])
    while exposed := _exposed(system, _without(counts, widening.withheld), widening.withheld, known, threshold):
        if not widening.widen(exposed):
            widening.withhold(widening.cheapest(exposed[0]))
    return tuple(
        Protected(table.layout, {key: None if key in widening.withheld else n for key, n in table.counts.items()})
        for table in tables
    )


def small(counts: Mapping[Key, int], threshold: int) -> set[Key]:
    """Return the numbers that may not be told of themselves."""

    def sensitive(key: Key, number: int) -> bool:
        groups = [counts.get(key - {condition}, threshold) for condition in key]
        return 0 < number < threshold or (number == 0 and 0 < min(groups, default=0) < threshold)

    return {key for key, number in counts.items() if sensitive(key, number)}


def audit(tables: Sequence[Protected], threshold: int, relations: Sequence[Relation] = ()) -> list[Exposure]:
    """
    Return what an attacker can tell more closely than *threshold* from all *tables* together; nothing if all is well.

    Looked at are the withheld numbers, and those that no table has but that follow from tables (how many did not choose
    an option), if they can only be small. What `Layout.known` numbers tell without the others is no fault of these.
    It sees what a reader sees, and nothing of how the numbers to withhold were chosen.

    Raises:
        Broken: the tables' numbers do not add up.
    """
    layouts = [table.layout for table in tables]
    shown = {key: number for table in tables for key, number in table.shown.items() if number is not None}
    withheld = {key for table in tables for key, number in table.shown.items() if number is None}
    exposed = _exposed(System(layouts, relations), shown, withheld, _known(layouts), threshold)
    return [Exposure(key) for key in exposed]


def _exposed(
    system: System, shown: Mapping[Key, int], withheld: Collection[Key], known: Collection[Key], threshold: int
) -> list[Key]:
    """Return the keys of what is exposed, sorted."""

    def tells(key: Key, interval: Interval) -> bool:
        return key in withheld or (interval[0] < threshold and interval[1] > 0)

    narrow = system.narrow(shown, [*withheld, *system.implied], threshold)
    close = {key: interval for key, interval in narrow.items() if tells(key, interval)}
    if not close:
        return []
    before = system.narrow({key: shown[key] for key in known if key in shown}, close, threshold)
    return [key for key, interval in close.items() if key not in before or _width(interval) < _width(before[key])]


def _width(interval: Interval) -> int:
    return interval[1] - interval[0]


def _known(layouts: Sequence[Layout]) -> set[Key]:
    return {EVERYBODY} | {key for layout in layouts if layout.known for key in layout.keys()}


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
