"""
Find the places that have lapsed: the time to claim them is over, and a CSV that was dropped after it has no claim.

Nobody loses a place on a guess; all of these must hold, and are tagged below:

1. The holder's deadline has passed, and by no record have they registered, or are listed for shipping, or shipped to.
2. A CSV that was dropped at that deadline or later has been imported to its end. Until then nobody can know that a
   winner did not register; `status` asks for one.
3. No other CSV may still name them: none that is newer than the newest imported one could not be read, and none is half
   imported, unless it has been waited for long enough (`WAIT_FOR_IMPORT`) and a newer one has come in.
4. No row of theirs that came in time awaits an operator: whoever has registered in time, if not usably, keeps the place
   until an operator decides.
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
    """Return those who hold a place and have not registered in time, as far as has been imported by now (1)."""
    return [h for h in standing.holders if h.deadline <= now and not (h.claimed or h.listed or h.shipped)]


def lapsed(
    standing: Standing, imports: Iterable[Import], now: datetime, in_review: Collection[str] = ()
) -> list[Holder]:
    """Return those of the overdue who have lost their place; *in_review*: labels whose rows await an operator."""
    files = list(imports)
    newest = max((dropped_at(file) for file in files if file.complete), default=None)
    if newest is None or any(_may_bring_more(file, newest, now) for file in files if not file.complete):  # (3)
        return []
    return [
        holder
        for holder in overdue(standing, now)  # (1)
        if newest >= holder.deadline  # (2)
        and holder.label not in in_review  # (4)
    ]


def _may_bring_more(file: Import, newest: datetime, now: datetime) -> bool:
    """Tell whether a winner may stand in a file that is not imported; what is old and unreadable holds up nothing."""
    dropped = dropped_at(file)
    return dropped >= newest or (file.problem in _RUNNING and dropped >= now - WAIT_FOR_IMPORT)


def dropped_at(file: Import) -> datetime:
    """Return when a CSV was dropped, in UTC, whatever number of decimals Storage wrote."""
    return moment_of(instant(file.dropped_at))
