"""
Raise the alarms of the daily run (infra/terraform/alerts.tf), by what it has read itself.

1. `overdue`: a day after the campaign's date something is left that does not pass by itself.
2. `stranger`: a file has a name of ours and is not ours, and nobody has answered for it.
3. `unproven`: a person's word is stored, and the journal does not know of it.
4. `refilled`: the last report said 完了, and a place holds something again, or its window began anew.
"""

from collections.abc import Sequence
from datetime import datetime

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.believed import Believed
from prizedraw.erasure.due import Due
from prizedraw.erasure.places import PlaceKind
from prizedraw.erasure.powers import STEP
from prizedraw.erasure.publishing import is_news
from prizedraw.erasure.recorded import OVERDUE_AFTER
from prizedraw.erasure.state import Overall, PlaceReport, PlaceState
from prizedraw.erasure.unlisted import UNSIGNED
from prizedraw.runtime import logs
from prizedraw.runtime.logs import Event

OVERDUE, STRANGER, UNPROVEN, REFILLED = "overdue", "stranger", "unproven", "refilled"


def sound(campaign: Campaign, believed: Believed, due: Due, places: Sequence[PlaceReport], now: datetime) -> None:
    """Raise every alarm that *places*, as this run has read them, give cause for."""
    last = believed.filed.last
    was_complete = last is not None and last.state is Overall.COMPLETE
    left = [place for place in places if place.kind is not PlaceKind.TIME and not place.is_gone]
    if was_complete:  # what cannot be read any more, since the credentials were given back, was read to be empty
        left = [place for place in left if place.state is not PlaceState.UNREAD]
    if is_late(campaign, now) and (left or not due.everything):  # (1)
        logs.emit(Event.ALARM, step=STEP, code=OVERDUE)
    strange = [place for place in places if place.name.endswith(UNSIGNED) and place.attestation is None]
    if strange:  # (2)
        logs.emit(Event.ALARM, step=STEP, code=STRANGER, counts={"files": len(strange)})
    if believed.words.unproven:  # (3)
        logs.emit(Event.ALARM, step=STEP, code=UNPROVEN, counts={"records": len(believed.words.unproven)})
    if was_complete and is_news(believed.filed, places):  # (4)
        logs.emit(Event.ALARM, step=STEP, code=REFILLED)


def is_late(campaign: Campaign, now: datetime) -> bool:
    """Tell whether everything should have been erased by *now*."""
    return now >= campaign.erase_from_at + OVERDUE_AFTER
