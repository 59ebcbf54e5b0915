"""
Find the places that have lapsed: the time to claim them is over, and a CSV that was dropped after it has no claim.

Nobody loses a place on a guess; all of these must hold, and are tagged below:

1. The letter that tells the holder has left, their deadline, which follows from when it left (`letters`), has passed,
   and by no record have they registered (whoever was shipped to has: `holders`), or are listed for shipping.
2. A CSV that was dropped at that deadline or later has been imported to its end. Until then nobody can know that a
   winner did not register; `status` asks for one.
3. No other CSV may still name them: none that is newer than the newest imported one could not be read, and none is half
   imported, unless it has been waited for long enough (`WAIT_FOR_IMPORT`) and a newer one has come in.
4. No row of theirs that came in time awaits an operator: whoever has registered in time, if not usably, keeps the place
   until an operator decides.

An operator may then let go of them, having read the numbers. The schedule reads nothing, and so does it only on proof:

5. The newest CSV that was imported to its end holds the whole list, as far as can be known (`full_exports`).
6. They are few, together with all who have lapsed before (`many`): a list from which somebody was left out whose
   registration was never imported cannot be told from a whole one, and a few a day must not add up to everybody.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from prizedraw.fulfilment.full_exports import is_full
from prizedraw.fulfilment.holders import Holder, Standing
from prizedraw.fulfilment.many import are_many
from prizedraw.records.fulfilment import Import
from prizedraw.records.verdicts import Unread
from prizedraw.times import instant, moment_of

WAIT_FOR_IMPORT = timedelta(days=1)
"""How long a file whose import has stopped half-way is waited for, if a newer one has been imported since."""
STUCK_AFTER = timedelta(hours=1)
"""After this an import that has not ended will not end by itself."""
_RUNNING = ("", Unread.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsing:
    """
    Who has lapsed by now, and by what it was told: *file*, the newest CSV that was imported to its end, if any.

    *before* is how many have lapsed before, of the *places* that the draw gave away; so many holders are *registered*.
    """

    holders: tuple[Holder, ...]
    file: Import | None
    before: int
    places: int
    registered: int

    @property
    def is_proven(self) -> bool:
        """Tell whether the file holds the whole list, as far as can be known (5)."""
        return self.file is not None and is_full(self.file)

    @property
    def are_many(self) -> bool:
        """Tell whether too many have lapsed, those before included, for nobody to look (6)."""
        return are_many(self.before + len(self.holders), self.places)

    @property
    def by_schedule(self) -> tuple[Holder, ...]:
        """Return whom the schedule lets go of: all who have lapsed, or nobody."""
        return self.holders if self.is_proven and not self.are_many else ()

    @property
    def awaits_operator(self) -> bool:
        """Tell whether somebody has lapsed whom only an operator may let go of."""
        return bool(self.holders) and not self.by_schedule


def lapsing(
    standing: Standing, imports: Iterable[Import], now: datetime, before: int, spared: Collection[str] = ()
) -> Lapsing:
    """
    Tell who has lapsed by now, and what is known of it, *before* so many lapsed already.

    *spared* are labels that do not lapse: their rows await an operator (4), or their places are passed on otherwise.
    """
    files = list(imports)
    complete = [file for file in files if file.complete]
    # Of two that were dropped at once, the one that proves less.
    newest = max(complete, key=lambda file: (dropped_at(file), not is_full(file)), default=None)
    return Lapsing(
        holders=tuple(lapsed(standing, files, now, spared)),
        file=newest,
        before=before,
        places=standing.places,
        registered=sum(h.claimed or h.listed for h in standing.holders),
    )


def overdue(standing: Standing, now: datetime) -> list[Holder]:
    """Return those who hold a place, were told, and have not registered in time, as far as is imported by now (1)."""
    silent = (h for h in standing.holders if h.told is not None and not (h.claimed or h.listed))
    return [holder for holder in silent if holder.deadline <= now]


def lapsed(
    standing: Standing, imports: Iterable[Import], now: datetime, in_review: Collection[str] = ()
) -> list[Holder]:
    """Return those of the overdue who have lost their place (1) to (4); *in_review*: labels that await an operator."""
    files = list(imports)
    newest = max((dropped_at(file) for file in files if file.complete), default=None)
    if newest is None or any(may_bring_more(file, newest, now) for file in files if not file.complete):  # (3)
        return []
    return [
        holder
        for holder in overdue(standing, now)  # (1)
        if newest >= holder.deadline  # (2)
        and holder.label not in in_review  # (4)
    ]


def may_bring_more(file: Import, newest: datetime, now: datetime) -> bool:
    """Tell whether a winner may stand in a file that is not imported; what is old and unreadable holds up nothing."""
    dropped = dropped_at(file)
    return dropped >= newest or (file.problem in _RUNNING and dropped >= now - WAIT_FOR_IMPORT)


def is_underway(file: Import, now: datetime) -> bool:
    """Tell whether a file is being imported, or was cut off so lately that it goes on by itself."""
    return not file.complete and file.problem in _RUNNING and now < dropped_at(file) + STUCK_AFTER


def dropped_at(file: Import) -> datetime:
    """Return when a CSV was dropped, in UTC, whatever number of decimals Storage wrote."""
    return moment_of(instant(file.dropped_at))
