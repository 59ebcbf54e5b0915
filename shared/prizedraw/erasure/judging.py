"""
Derive how far the erasure of each place has come, from the rows of earlier runs and from what this run has re-read.

予定, 一部完了 and 完了 are never stored. Of one place (`judge`), the first of these that applies is said:

1. Its time has not come: `waiting`.
2. There is no such place, and never was: `none`.
3. This run could not read it: `unread`, whatever was read before.
4. Something is left that does not pass by itself: `open`.
5. Only a person can say that it is empty, and has not: `unattested`.
6. It can be restored until a time ahead: `window`.
7. A person has said that it is empty, and nothing could be counted: `declared`.
8. Otherwise it is `done`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, takewhile
from typing import Any

from prizedraw.erasure.places import Place, PlaceKind
from prizedraw.erasure.state import Attested, PlaceReport, PlaceState
from prizedraw.ports import Found, Reader
from prizedraw.records.erasure import Attestation, ErasureRow
from prizedraw.times import unstamp


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What this run read of a place at the moment *at*: *found*, or None and the code of the *problem*.

    *none*: there is no such place, and never was, as far as is known.
    """

    at: datetime
    found: Found | None
    problem: str = ""
    none: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """What the rows of a place say: the most that was ever *found*, and when the last of it was *erased_at*."""

    found: int | None
    erased_at: datetime | None
    last: ErasureRow | None


def past(rows: Iterable[ErasureRow], told: PlaceReport | None = None) -> Past:
    """
    Read the rows of one place, in the order of their numbers.

    What the last report *told* of it is not taken back by rows that are missing, or that say that it went earlier.
    """
    found: int | None = None
    erased_at: datetime | None = None
    last: ErasureRow | None = None
    for row in rows:
        last = row
        found = max((count for count in (found, row.before) if count is not None), default=None)
        if row.after:  # Something came back, or was seen again: it has not gone after all.
            erased_at = None
        elif row.after == 0 and erased_at is None and (found or row.before is None):
            erased_at = unstamp(row.at)
    if told is not None:
        found = max((count for count in (found, told.before) if count is not None), default=None)
        if told.erased_at is not None and not (last is not None and last.after):
            erased_at = max(erased_at or told.erased_at, told.erased_at)
    went_uncounted = erased_at is not None and not found
    return Past(None if went_uncounted else found, erased_at, last)


def judge(
    place: Place,
    *,
    due: bool,
    rows: Iterable[ErasureRow],
    seen: Seen | None,
    attestation: Attestation | None,
    now: datetime,
    told: PlaceReport | None = None,
) -> PlaceReport:
    """
    Derive how far one place has come by *now*.

    *due*: its time has come. *seen* is what this run read; None if it did not come to it. *told* is what the last
    report said of the place.
    """
    if not due:
        return _report(place, PlaceState.WAITING)  # (1)
    before = past(rows, told)
    attested = (
        Attested(attestation.by, unstamp(attestation.at)) if attestation and place.kind is PlaceKind.PERSON else None
    )
    erased_at = before.erased_at if place.kind in (PlaceKind.PROGRAM, PlaceKind.KEY) else None
    said: dict[str, Any] = {"before": before.found, "erased_at": erased_at, "attestation": attested}
    if seen is not None and seen.none and not before.found:
        return _report(place, PlaceState.NONE)  # (2)
    read = seen.found if seen is not None else None
    if seen is None or read is None or (read.count is None and place.kind is not PlaceKind.PERSON):
        return _report(place, PlaceState.UNREAD, **said)  # (3)
    most = before.found
    # A 0 that is read after an erasure is no count of what was there before it.
    if read.count is not None and (read.count or erased_at is None):
        most = max(read.count, most or 0)
    until = _until(place, read, erased_at, attested)
    said |= {"before": most, "after": read.count, "read_at": None if read.count is None else seen.at, "until": until}
    open_still = until is not None and until > now
    if read.count and not (place.kind is PlaceKind.TIME and open_still):
        return _report(place, PlaceState.OPEN, **said)  # (4)
    if place.kind is PlaceKind.PERSON and attested is None:
        return _report(place, PlaceState.UNATTESTED, **said)  # (5)
    if open_still:
        return _report(place, PlaceState.WINDOW, **said)  # (6)
    return _report(place, PlaceState.DECLARED if read.count is None else PlaceState.DONE, **said)  # (7, 8)


def _report(place: Place, state: PlaceState, **said: Any) -> PlaceReport:
    return PlaceReport(
        id=place.id,
        name=place.name,
        holds=place.holds,
        kind=place.kind,
        method=place.method,
        evidence=place.evidence,
        state=state,
        **said,
    )


def _until(place: Place, read: Found, erased_at: datetime | None, attested: Attested | None) -> datetime | None:
    """Return until when what went can be restored: what the place tells, or its own window since it went."""
    went = erased_at
    if place.kind is PlaceKind.PERSON:
        if read.count == 0:
            return None  # What was deleted one by one cannot be restored, whatever becomes of the file around it.
        went = attested.at if attested is not None and read.count is None else None
    own = went + place.window if went is not None and place.window is not None else None
    return max((moment for moment in (read.until, own) if moment is not None), default=None)


def came_back(rows: Iterable[ErasureRow], since: datetime) -> datetime | None:
    """Return when, *since* a moment, something was last found where nothing had been left; None if it never was."""
    back, was_empty = None, False
    for row in rows:
        if was_empty and row.before and unstamp(row.at) >= since:
            back = unstamp(row.at)
        was_empty = row.after == 0
    return back


def sum_of(found: Sequence[Found]) -> Found:
    """Add up what the stores of one place hold; one that could not be read leaves the sum unknown."""
    counts = [one.count for one in found]
    until = max((one.until for one in found if one.until is not None), default=None)
    return Found(None if None in counts else sum(count for count in counts if count is not None), until)


def rows_of(state: Reader) -> dict[str, list[ErasureRow]]:
    """
    Return all rows by place, each in the order of their numbers, as far as those follow each other.

    So the next number is always free: a row that somebody put there with a higher one keeps nothing from being noted.
    """
    rows = {row.id: row for row in state.scan(ErasureRow)}
    found: dict[str, list[ErasureRow]] = {}
    for place in {id.rpartition("-")[0] for id in rows}:
        ids = takewhile(rows.__contains__, (row_id(place, number) for number in count(1)))
        found[place] = [rows[id] for id in ids]
    return found


def row_id(place: str, number: int) -> str:
    """Return the id of a place's row of that number."""
    return f"{place}-{number:04d}"
