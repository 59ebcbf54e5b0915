"""
Tell how far the erasure is by the records of `state` alone, for who reads no place: what the last run found.

Only `erase` can say 完了, since it reads every place again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure import attested, unlisted
from prizedraw.erasure.due import Came, Due, due
from prizedraw.erasure.judging import Seen, came_back, judge, past, rows_of
from prizedraw.erasure.places import PLACES, Place, PlaceKind
from prizedraw.erasure.state import ENDED, PlaceReport
from prizedraw.ports import Found, Reader
from prizedraw.records.analysis import Analysed
from prizedraw.records.erasure import Erasing, ErasureRow, LinkedSheets
from prizedraw.records.lottery import Drawn
from prizedraw.records.running import ERASED_UNREAD, ONLY, JournalRow
from prizedraw.times import unstamp

LATE_AFTER = timedelta(hours=24)
"""How long after its date the erasure may take before somebody must look."""


@dataclass(frozen=True, kw_only=True)
class RecordedErasure:
    """
    How far the erasure was when a run last looked: *places* in their order, *problems* are codes by place.

    *unproven* are records of people's words for which the journal has no row: places, and `erasing`. *refilled*: when
    something was last found in a folder that people fill, by its name, once everything was being erased. *unread* are
    the places of which somebody has said that they are empty, since a run last looked.
    """

    due: Due
    places: tuple[PlaceReport, ...]
    problems: Mapping[str, str]
    unproven: tuple[str, ...] = ()
    refilled: Mapping[str, datetime] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing was left anywhere, so that `erase` may have said 完了."""
        return all(place.state in ENDED for place in self.places)

    @property
    def gone(self) -> frozenset[str]:
        """Return the places, by their ids, in which nothing is left."""
        return frozenset(place.id for place in self.places if place.is_gone)

    @property
    def left(self) -> list[PlaceReport]:
        """Return the places that should be empty and are not, or of which nobody has said so."""
        return [place for place in self.places if place.kind is not PlaceKind.TIME and not place.is_gone]


def read_recorded(campaign: Campaign, state: Reader, now: datetime) -> RecordedErasure:
    """Read how far the erasure is at the moment *now*; windows close by themselves as time passes."""
    now = now.replace(microsecond=0)
    said, rows = attested.read(campaign, state), rows_of(state)
    purposes = due(campaign, by_mirrors(campaign, state), said.erasing, now)
    sheets = state.get(LinkedSheets, ONLY)
    is_unlinked = sheets is not None and not sheets.record.sheets
    places, problems, unread = [], {}, set()
    for place in PLACES:
        last = past(rows.get(place.id, ())).last
        word = said.attested.get(place.id)
        if word is not None and (last is None or unstamp(word.at) >= unstamp(last.at)):
            unread.add(place.id)
        if last is not None and last.problem:
            problems[place.id] = last.problem
        places.append(
            judge(
                place,
                due=purposes.place(place) and (last is not None or place.kind is not PlaceKind.TIME),
                rows=rows.get(place.id, ()),
                seen=_seen(place, last, now, is_unlinked=is_unlinked),
                attestation=word,
                now=now,
            )
        )
    known = unlisted.remembered(state)
    beside = unlisted.last_look(rows, known, now)
    places += unlisted.reports(beside, known, rows, said.attested)
    if beside.problem:
        problems[unlisted.LISTS] = beside.problem
    return RecordedErasure(
        due=purposes,
        unread=frozenset(unread),
        places=tuple(places),
        problems=problems,
        unproven=said.unproven,
        refilled=_refilled(state, rows, said.erasing),
    )


def by_mirrors(campaign: Campaign, state: Reader) -> Came:
    """Tell what has come as `state` says it, for who erases nothing."""
    analysed = state.get(Analysed, ONLY) is not None
    if state.get(Drawn, ONLY) is None:
        return Came(drawn=False, shipped=False, analysed=analysed)
    from prizedraw.fulfilment import holders  # noqa: PLC0415  before the draw there are none

    shipped = all(holder.is_settled for holder in holders.read_mirrors(campaign, state).holders)
    return Came(drawn=True, shipped=shipped, analysed=analysed)


def _refilled(state: Reader, rows: Mapping[str, list[ErasureRow]], erasing: Erasing | None) -> dict[str, datetime]:
    """Tell when folders were last filled after the end: `erase` has found a file there, or `claim` was told of one."""
    if erasing is None:
        return {}
    began = unstamp(erasing.began_at)
    found = {
        place.name: back
        for place in PLACES
        if place.stores[0].startswith("bucket/") and (back := came_back(rows.get(place.id, ()), began)) is not None
    }
    dropped = [unstamp(row.at) for row in state.scan(JournalRow) if row.action == ERASED_UNREAD]
    claims = next(place.name for place in PLACES if place.id == "claims-bucket")
    return found | ({claims: max([*dropped, found.get(claims, began)])} if dropped else {})


def _seen(place: Place, last: ErasureRow | None, now: datetime, *, is_unlinked: bool) -> Seen | None:
    """Take what the last run found for what is seen."""
    if place.id == "sheet" and is_unlinked:
        return Seen(now, Found(0), none=True)
    if last is None:
        return None
    is_unread = last.after is None and (bool(last.problem) or place.kind is not PlaceKind.PERSON)
    until = unstamp(last.until) if last.until else None
    return Seen(unstamp(last.at), None if is_unread else Found(last.after, until), last.problem)
