"""
Raise the alarms of the daily run (infra/terraform/alerts.tf), by what it has read itself; each once a run.

1. `overdue`: a day after the campaign's date something is left that does not pass by itself, and 完了 was not said; or
   the run could not look.
2. `stranger`: a file has a name of ours and is not ours, and nobody has answered for it.
3. `unproven`: a person's word is stored, and the journal does not know of it.
4. `refilled`: the last report said 完了, and a place holds something again, or did. A stranger is no such place.

While the reports cannot be read nobody knows whether 完了 was said; then a place that cannot be read counts as it was
when it last could.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.attested import STEP
from prizedraw.erasure.believed import Believed
from prizedraw.erasure.believing import believe
from prizedraw.erasure.due import Due
from prizedraw.erasure.places import PlaceKind
from prizedraw.erasure.powers import Powers
from prizedraw.erasure.recorded import LATE_AFTER, read_recorded
from prizedraw.erasure.report import Report
from prizedraw.erasure.state import Overall, PlaceReport, PlaceState
from prizedraw.erasure.unlisted import LISTS, UNSIGNED
from prizedraw.errors import Again
from prizedraw.runtime import logs
from prizedraw.runtime.logs import Event

OVERDUE, STRANGER, UNPROVEN, REFILLED = "overdue", "stranger", "unproven", "refilled"
_HOLDS = frozenset({PlaceState.OPEN, PlaceState.UNATTESTED, PlaceState.WINDOW})
"""What a place is that holds something, or did since it was said to be empty for good."""


@dataclass(kw_only=True)
class Alarms:
    """The alarms of one run; *has_sounded* once it has read all places."""

    campaign: Campaign
    has_sounded: bool = False

    def sound(self, believed: Believed, due: Due, places: Sequence[PlaceReport], now: datetime) -> None:
        """Raise every alarm that *places*, as this run has read them, give cause for."""
        self.has_sounded = True
        last = believed.filed.last
        # A stranger has an alarm of its own.
        left = [p for p in places if p.kind is not PlaceKind.TIME and not p.is_gone and not p.name.endswith(UNSIGNED)]
        if is_late(self.campaign, now) and (left or not due.everything) and not _is_done(believed, left):  # (1)
            logs.emit(Event.ALARM, step=STEP, code=OVERDUE)
        strange = [place for place in places if place.name.endswith(UNSIGNED) and place.attestation is None]
        if strange:  # (2)
            logs.emit(Event.ALARM, step=STEP, code=STRANGER, counts={"files": len(strange)})
        if believed.words.unproven:  # (3)
            logs.emit(Event.ALARM, step=STEP, code=UNPROVEN, counts={"records": len(believed.words.unproven)})
        if last is not None and last.state is Overall.COMPLETE and _has_refilled(last, places):  # (4)
            logs.emit(Event.ALARM, step=STEP, code=REFILLED)


@contextmanager
def watching(powers: Powers) -> Iterator[Alarms]:
    """Watch a run of the schedule: one that is held up before it has read the places is overdue too."""
    watch = Alarms(campaign=powers.campaign)
    try:
        yield watch
    except Again:
        if not watch.has_sounded and is_late(powers.campaign, powers.now()):  # somebody may be holding it up
            recorded = read_recorded(powers.campaign, powers.state, powers.now())
            if not _is_done(believe(powers), recorded.left):
                logs.emit(Event.ALARM, step=STEP, code=OVERDUE)
        raise


def is_late(campaign: Campaign, now: datetime) -> bool:
    """Tell whether everything should have been erased by *now*."""
    return now >= campaign.erase_from_at + LATE_AFTER


def _is_done(believed: Believed, left: Sequence[PlaceReport]) -> bool:
    """Tell whether 完了 was said; if the reports cannot be read, whether what is *left* was empty when last read."""
    if believed.problem is not None:
        # The files of a bucket that is away cannot be listed either.
        unread = [place for place in left if place.state is PlaceState.UNREAD]
        return len(unread) == len(left) and all(map(_was_empty, unread))
    return believed.filed.last is not None and believed.filed.last.state is Overall.COMPLETE


def _was_empty(place: PlaceReport) -> bool:
    """Tell whether nothing was left at a place when it was last read."""
    return bool(place.erased_at or place.before == 0 or place.attestation or place.id == LISTS)


def _has_refilled(last: Report, places: Sequence[PlaceReport]) -> bool:
    """Tell whether a place holds something after the report that said 完了, or something was erased since."""
    went = {place.id: place.erased_at for place in last.places}
    ours = [place for place in places if not place.name.endswith(UNSIGNED)]
    return any(place.state in _HOLDS or place.erased_at != went.get(place.id) for place in ours)
