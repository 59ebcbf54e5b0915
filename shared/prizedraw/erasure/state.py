"""
Judge how far an erasure has come: of each place whether what is said of it fits together, and of all what follows.

Nothing here is stored: 予定, 一部完了 and 完了 are derived from what was read (docs/erasure.md, sections 3 and 4). A
report is refused unless of every place (`consistent`):

1. Nothing lies ahead of the report, nothing was erased after it was read, and what was counted was read within a day.
2. Only a person's place is attested, and what passes by itself was not erased.
3. What is said besides fits its state: nothing of a place that waits, no reading of one that was not read, something
   left where it is open.
4. Where it is said to be gone, that was seen: 0 were counted, and there is a time of erasure unless there was nothing;
   of a person's place there is that person's word too; what passes by itself was looked at. `window` has its end
   ahead, `done` has not. Where nothing could be counted and a person's word is all there is, it is `declared`.
5. What nobody declared beforehand is open, unattested, unread or declared, was not erased and has no window; it is
   declared if a person has said what it is, be it still there or not, and the program has looked whether it is.

Of all places together (`state_of`):

6. Complete, if every place has ended: one that is unread, unattested or inside its window keeps it back.
7. Partial, if all that the program erases is gone; of an unread place that was seen before, or that it was empty.
8. Scheduled otherwise.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from prizedraw.erasure.places import PlaceKind
from prizedraw.times import japanese_era

_FRESH = timedelta(days=1)
"""How old a reading may be that a report calls this run's."""


class PlaceState(StrEnum):
    """How far one place has come."""

    WAITING = "waiting"
    """Its time has not come."""
    OPEN = "open"
    """Something is left."""
    UNREAD = "unread"
    """It could not be read now, so that nothing is known."""
    UNATTESTED = "unattested"
    """Nothing is known to be left, but the person who must attest it has not."""
    WINDOW = "window"
    """Gone, but it can be restored until a time that lies ahead."""
    DONE = "done"
    """Gone for good, and read again."""
    DECLARED = "declared"
    """Gone for good, or harmless, by the word of a person; no program can read whether it is so."""
    NONE = "none"
    """There never was anything."""


class Overall(StrEnum):
    """How far the erasure as a whole has come."""

    SCHEDULED = "scheduled"
    PARTIAL = "partial"
    COMPLETE = "complete"


ENDED = frozenset({PlaceState.DONE, PlaceState.DECLARED, PlaceState.NONE})
GONE = ENDED | {PlaceState.WINDOW}
_TITLES = {Overall.SCHEDULED: "予定", Overall.PARTIAL: "一部完了", Overall.COMPLETE: "完了"}
_LEFT = {
    PlaceState.WAITING: "時期を待つもの",
    PlaceState.OPEN: "消去が終わっていないもの",
    PlaceState.UNREAD: "今回確認できなかったもの",
    PlaceState.UNATTESTED: "担当者の確認を待つもの",
}


@dataclass(frozen=True, slots=True)
class Attested:
    """Who attested that a place is empty (the name as typed), and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceReport:
    """
    One place in a report: what it held, how it was erased, and what was found.

    *passed* counts what went through it by the journal, whenever that was, *before* what was there when it was first
    looked at, *after* what this run found; None is not counted.
    *erased_at* is when something was last erased (of an unread place: only if nothing was left when it was last read),
    *read_at* when this run read it, *until* when the last of it can no longer be restored.
    """

    id: str
    name: str
    holds: str
    kind: PlaceKind
    method: str
    evidence: str
    state: PlaceState
    passed: int | None = None
    before: int | None = None
    after: int | None = None
    erased_at: datetime | None = None
    read_at: datetime | None = None
    until: datetime | None = None
    attestation: Attested | None = None

    @property
    def is_gone(self) -> bool:
        """Tell whether nothing is left but what passes by itself."""
        return self.state in GONE


def consistent(place: PlaceReport, made_at: datetime) -> bool:
    """Tell whether what is said of a place in a report made at *made_at* fits together (docs/erasure.md, section 3)."""
    p, person = place, place.kind is PlaceKind.PERSON
    if not _timely(p, made_at):  # (1)
        return False
    if p.kind is PlaceKind.UNKNOWN:  # (5)
        return _answered(p)
    if (p.attestation and not person) or (p.erased_at and p.kind is PlaceKind.TIME):  # (2)
        return False
    match p.state:  # (3)
        case PlaceState.WAITING:
            return not (p.erased_at or p.until or p.attestation)
        case PlaceState.NONE:
            never = not (p.before or p.after or p.erased_at or p.until or p.attestation)
            return never and (p.after == 0 or person)
        case PlaceState.OPEN:
            return bool(p.after)
        case PlaceState.UNREAD:
            return p.read_at is None
        case PlaceState.UNATTESTED:
            return person and not p.attestation and not p.after
        case PlaceState.WINDOW:  # (4)
            return p.until is not None and p.until > made_at and _gone(p)
        case PlaceState.DONE:
            return _is_over(p, made_at) and _gone(p) and p.after == 0
        case PlaceState.DECLARED:
            return _is_over(p, made_at) and person and p.attestation is not None and p.after is None


def _is_over(p: PlaceReport, made_at: datetime) -> bool:
    """Tell whether nothing of a place could be restored any more when the report was made."""
    return p.until is None or p.until <= made_at


def _timely(p: PlaceReport, made_at: datetime) -> bool:
    """Tell whether nothing lies ahead of the report, nothing was erased after it was read, and counts are fresh."""
    moments = (p.erased_at, p.read_at, p.attestation and p.attestation.at)
    if any(moment and moment > made_at for moment in moments):
        return False
    if p.erased_at and p.read_at and p.erased_at > p.read_at:
        return False
    if p.erased_at and p.until and p.erased_at > p.until:
        return False
    return p.after is None or (p.read_at is not None and p.read_at >= made_at - _FRESH)


def _answered(p: PlaceReport) -> bool:
    """Tell whether what is said of something that nobody declared fits together."""
    if p.erased_at or p.until:
        return False
    match p.state:
        case PlaceState.OPEN:
            return bool(p.after) and not p.attestation
        case PlaceState.UNATTESTED:
            return p.after == 0 and not p.attestation
        case PlaceState.UNREAD:
            return p.read_at is None
        case PlaceState.DECLARED:
            return p.after is not None and p.attestation is not None
        case PlaceState.WAITING | PlaceState.WINDOW | PlaceState.DONE | PlaceState.NONE:
            return False


def _gone(p: PlaceReport) -> bool:
    """Tell whether it was seen, or attested, that nothing is left but what passes by itself."""
    if p.kind is PlaceKind.PERSON:
        return p.attestation is not None and not p.after
    if p.kind is PlaceKind.TIME:
        return p.after is not None
    return p.after == 0 and (p.erased_at is not None or p.before == 0)


def state_of(places: Sequence[PlaceReport]) -> Overall:
    """
    Derive how far an erasure has come.

    Partial has the keys in it: only what passes with time, a person's act, or a place that could not be read again is
    still missing.
    """
    if all(place.state in ENDED for place in places):  # (6)
        return Overall.COMPLETE
    ours = [place for place in places if place.kind in {PlaceKind.PROGRAM, PlaceKind.KEY}]
    return Overall.PARTIAL if all(map(_erased, ours)) else Overall.SCHEDULED  # (7, 8)


def _erased(place: PlaceReport) -> bool:
    if place.state is PlaceState.UNREAD:
        return place.erased_at is not None or place.before == 0
    return place.is_gone


def restorable_until(places: Sequence[PlaceReport]) -> datetime | None:
    """Return when the last window of the places closes, None if none is open."""
    return max((p.until for p in places if p.until and p.state is PlaceState.WINDOW), default=None)


def declared(places: Sequence[PlaceReport]) -> list[PlaceReport]:
    """Return the places of which nothing but a person's word tells that they are empty, or harmless."""
    return [p for p in places if p.state is PlaceState.DECLARED or (p.state is PlaceState.WINDOW and _is_word_only(p))]


def _is_word_only(p: PlaceReport) -> bool:
    return p.kind is PlaceKind.PERSON and p.after is None


def state_words(places: Sequence[PlaceReport]) -> tuple[str, list[str]]:
    """Say how far an erasure has come: 予定, 一部完了 or 完了, and what belongs to that."""
    overall = state_of(places)
    count = Counter(place.state for place in places)
    left = [f"{words} {count[state]}か所" for state, words in _LEFT.items() if count[state]]
    said = declared(places)
    by_word = [f"うち{len(said)}か所は担当者の申告による"] if said else []
    if overall is Overall.COMPLETE:
        left = ["すべての場所の消去と鍵の破棄を、読み直して確認済"]
        if said:
            left = [*by_word, "ほかの場所の消去と鍵の破棄は、読み直して確認済"]
    elif overall is Overall.PARTIAL:
        until = restorable_until(places)
        window = [f"復元可能期間 {japanese_era(until - timedelta(seconds=1))}まで"] if until else []
        inside = "システム内の" if count[PlaceState.WAITING] or count[PlaceState.OPEN] else ""
        left = [inside + _keys_text(places), *window, *by_word, *left]
    return _TITLES[overall], left


def state_title(places: Sequence[PlaceReport]) -> tuple[str, list[str]]:
    """Say the same for a box: `完了（うち2か所は担当者の申告による）`; 完了 does not stand there without the rest."""
    title, details = state_words(places)
    if state_of(places) is Overall.COMPLETE and declared(places):
        return f"{title}（{details[0]}）", details[1:]
    return title, details


def state_text(places: Sequence[PlaceReport]) -> str:
    """Say the same in one line: `一部完了（消去・鍵破棄済、復元可能期間 令和8年4月22日まで）`."""
    title, details = state_words(places)
    return f"{title}（{'、'.join(details)}）"


def _keys_text(places: Sequence[PlaceReport]) -> str:
    """Say what was erased; of the keys only what was read of them."""
    keys = {place.state for place in places if place.kind is PlaceKind.KEY}
    if keys <= ENDED:
        return "消去・鍵破棄済"
    return "消去・鍵破棄予約済" if keys <= GONE else "消去済"
