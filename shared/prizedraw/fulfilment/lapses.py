"""
Tell which places have lapsed: the time to claim them is over, and a CSV that was dropped after it did not bring them.

Until such a CSV has been imported nobody can know that a winner did not register; `status` asks for it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from prizedraw.fulfilment.holders import Holder, Standing
from prizedraw.fulfilment.verdicts import Unread
from prizedraw.records.fulfilment import Import
from prizedraw.times import instant, moment_of

WAIT_FOR_IMPORT = timedelta(days=1)
"""How long a file whose import has stopped half-way is waited for, if a newer one has been imported since."""
_RUNNING = ("", Unread.RUNNING)


def overdue(standing: Standing, now: datetime) -> list[Holder]:
    """Return those who hold a place and have not registered in time, as far as has been imported by now."""
    return [h for h in standing.holders if h.deadline <= now and not (h.claimed or h.listed or h.shipped)]


def lapsed(
    standing: Standing, imports: Iterable[Import], now: datetime, in_review: Collection[str] = ()
) -> list[Holder]:
    """
    Return those of the overdue who have lost their place.

    A CSV that was dropped at a holder's deadline or later has been imported to its end. While another is half imported,
    or one that is newer could not be read, nobody has lapsed, since a winner may stand in it; what is old holds up
    nothing. Whoever is *in_review* has registered in time, if not usably: an operator decides about their place.
    """
    found = list(imports)
    newest = max((dropped_at(i) for i in found if i.complete), default=None)
    if newest is None or any(_may_bring_more(i, newest, now) for i in found if not i.complete):
        return []
    return [holder for holder in overdue(standing, now) if newest >= holder.deadline and holder.label not in in_review]


def _may_bring_more(imported: Import, newest: datetime, now: datetime) -> bool:
    dropped = dropped_at(imported)
    return dropped >= newest or (imported.problem in _RUNNING and dropped >= now - WAIT_FOR_IMPORT)


def dropped_at(imported: Import) -> datetime:
    """Return when a CSV was dropped, in UTC, whatever number of decimals Storage wrote."""
    return moment_of(instant(imported.dropped_at))
