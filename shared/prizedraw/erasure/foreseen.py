"""
Foresee the first day on which an erasure can be complete: what is gone can still be restored for a while.

By the campaign file alone (`first_day`), before anything is there: each place goes on the day on which its purpose
ends, and what is needed of people is done by then.

1. Mails go on the day after the last one for registering, and an administrator can restore them for 25 days. Nothing
   that is sent later may be to a person; an answer that comes later, and is found when everything goes, is erased then
   and puts the day off.
2. Backups of the databases are kept for so many days that the last of them expires within the handling period, for a
   week at most (`infra/terraform/campaign.tf`).
3. Keys are destroyed a day after everything went.

By what a run has read (`earliest`): the last window that is open, the places whose time has not come as foreseen, and
not before this run. A day is one in Japan, on which the daily run, or an operator, can read that the last window is
over.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.places import ADMIN_RESTORES, PLACES, When
from prizedraw.erasure.state import ENDED, PlaceReport, PlaceState
from prizedraw.times import JST

_DAY = timedelta(days=1)
_MOST_KEPT = 7


def first_day(campaign: Campaign, *, begins: date | None = None, answered: bool = False) -> date:
    """
    Return the first day on which the erasure can be complete.

    *begins* is when everything goes, else the campaign's day; *answered*: people have written to the mailbox.
    """
    all_goes = max(begins or campaign.erase_from, campaign.erase_from)
    days = [
        _sent_goes(campaign) + ADMIN_RESTORES,  # (1)
        all_goes + backups_kept(campaign) + _DAY,  # (2)
        all_goes + _DAY,  # (3)
    ]
    return max([*days, all_goes + ADMIN_RESTORES] if answered else days)


def backups_kept(campaign: Campaign) -> timedelta:
    """Return for how long a backup of the databases is kept."""
    left = (campaign.handling.ends - campaign.erase_from).days - 1
    return timedelta(days=max(1, min(_MOST_KEPT, left)))


def earliest(campaign: Campaign, places: Sequence[PlaceReport], now: datetime) -> date:
    """Return the first day on which what is left of *places*, as they were read at *now*, can be complete."""
    return max([_day(now), *_ends(campaign, places, now)])


def _ends(campaign: Campaign, places: Sequence[PlaceReport], now: datetime) -> Iterator[date]:
    when = {place.id: place.when for place in PLACES}
    for place in places:
        if place.until is not None and place.state not in ENDED:
            yield _day(place.until)
        if place.state is PlaceState.WAITING:
            yield first_day(campaign, begins=_day(now) if when[place.id] is When.ERASING else None)


def _sent_goes(campaign: Campaign) -> date:
    """Return the day on which the mails go that were sent."""
    return campaign.claim.last + _DAY


def _day(moment: datetime) -> date:
    """Return the day, in Japan, on which a moment has come."""
    return moment.astimezone(JST).date()
