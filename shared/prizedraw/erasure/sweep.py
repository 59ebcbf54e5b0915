"""
Go through the places, in their order. At each:

1. Look, at every store of it.
2. Record how much there is, before anything goes: a run that is killed has left its count.
3. Erase, page by page while there is time.
4. Look again.
5. Record what is left, with what went wrong.

A failure at one place is recorded and does not keep the others from being erased. Each place is read anew in each
run; one that was killed is gone on with from the count in its row. Last, when all is due, everything is listed that is
there, and what nobody declared is told too (`inventory`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import cast

from prizedraw.erasure import unlisted
from prizedraw.erasure.attested import STEP
from prizedraw.erasure.believed import Believed
from prizedraw.erasure.due import Due
from prizedraw.erasure.judging import Past, Seen, judge, past, row_id, rows_of, sum_of
from prizedraw.erasure.places import PLACES, Place, PlaceKind, When
from prizedraw.erasure.powers import Powers
from prizedraw.erasure.state import PlaceReport
from prizedraw.errors import tried
from prizedraw.ports import Create, Eraser, Found, Witness, Write
from prizedraw.records.erasure import ErasureRow, Unlisted
from prizedraw.runtime import journal
from prizedraw.runtime.lease import Hold
from prizedraw.runtime.orders import Caller
from prizedraw.times import stamp

_NOT_GONE_YET = timedelta(hours=1)
"""What can still be restored although its time is over is looked at again, at the earliest after this."""


@dataclass(kw_only=True)
class Sweep:
    """
    One walk through the places. Without a *hold* nothing is erased or written, only looked at.

    *caller* is who erases, *until* when they stop; *believed* is what was read before. *erased* counts what went in
    this run, by place; *problems* are codes by place.
    """

    powers: Powers
    caller: Caller
    due: Due
    believed: Believed
    until: datetime
    hold: Hold | None = None
    erased: dict[str, int] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    is_cut_short: bool = False
    _seen: dict[str, Seen] = field(default_factory=dict)
    _beside: unlisted.Sighting | None = None

    def __post_init__(self) -> None:
        self._attested = self.believed.words.attested

    def go(self, places: Iterable[Place] = PLACES) -> None:
        """Visit those of the *places* whose time has come, in their order."""
        for place in places:
            if self._is_due(place):
                self._visit(place)

    def look_beside(self) -> None:
        """
        List everything, if all is due: once what was declared has gone, what nobody declared is seen.

        Before that only the files that have a name of ours and are not ours.
        """
        everything = When.ERASING in self.due.ended
        if self.is_cut_short or not (everything or self.believed.has_strangers):
            return
        from prizedraw.erasure import inventory  # noqa: PLC0415  loads the names of all that is kept

        self._beside = looked = inventory.look(self.powers, self.believed, everything=everything)
        if not everything:  # of what was not listed now nothing is said
            self._known = {id: one for id, one in self._known.items() if id in looked.unknown}
        if looked.problem:
            self.problems[unlisted.LISTS] = looked.problem
        if self.hold is not None:
            inventory.note(self.hold, looked, self._known, self._rows)

    def reports(self, now: datetime) -> tuple[PlaceReport, ...]:
        """Return how far each place has come by *now*, in the order of the places; then what nobody declared."""
        declared = [self._judged(place, now) for place in PLACES]
        if self._beside is None:
            return tuple(declared)
        return (*declared, *unlisted.reports(self._beside, self._known, self._rows, self._attested))

    @property
    def shown(self) -> dict[str, str]:
        """Return by what a person finds the things that nobody declared, by place; for their eyes only."""
        return {} if self._beside is None else {id: one.shown for id, one in self._beside.unknown.items() if one.shown}

    @cached_property
    def _rows(self) -> dict[str, list[ErasureRow]]:
        """What earlier runs found, by place; it is read once a place is due."""
        return rows_of(self.powers.state)

    @cached_property
    def _known(self) -> dict[str, Unlisted]:
        """What was seen that nobody declared; it is read when such is looked for."""
        return unlisted.remembered(self.powers.state)

    def _judged(self, place: Place, now: datetime) -> PlaceReport:
        due = self._is_due(place)
        return judge(
            place,
            due=due,
            rows=self._rows.get(place.id, ()) if due else (),
            seen=self._seen.get(place.id),
            attestation=self._attested.get(place.id),
            now=now,
            told=self.believed.told.get(place.id),
        )

    def _past(self, place: Place) -> Past:
        return past(self._rows.get(place.id, ()), self.believed.told.get(place.id))

    def _is_due(self, place: Place) -> bool:
        """Tell whether a place's time has come; the past of a database begins when all of it is erased."""
        if place.kind is not PlaceKind.TIME or not self.due.place(place):
            return self.due.place(place)
        return all(p.id in self._seen and self._left(p) == 0 for p in _in_databases(_databases(place)))

    def _left(self, place: Place) -> int | None:
        """Return how much this run last saw at a place; None if it could not be read."""
        found = self._seen[place.id].found
        return found.count if found is not None else None

    def _visit(self, place: Place) -> None:
        self._look(place)  # (1)
        before = self._left(place)
        if self.hold is None or place.kind not in (PlaceKind.PROGRAM, PlaceKind.KEY) or before == 0:
            self._note(place, before)
            return
        last = past(self._rows.get(place.id, ())).last
        if before and (last is None or last.after != before):
            self._note(place, before)  # (2)
        problem = self._erase(place)  # (3)
        self._look(place, problem)  # (4)
        if before is None and not problem:  # with a problem, more may have gone than was told
            before = self.erased.get(place.id, 0)
        self._note(place, before)  # (5)

    def _look(self, place: Place, problem: str = "") -> None:
        """Read a place anew, every store of it; *problem* is what went wrong when it was erased."""
        at = self.powers.now()
        found, wrong = tried(lambda: self._reading(place, at), None)
        # A form that is linked to no spreadsheet has none to be looked at.
        none = place.id == "sheet" and found == Found(0)
        self._seen[place.id] = Seen(at, found, problem or wrong, none)
        self.problems.pop(place.id, None)
        if problem or wrong:
            self.problems[place.id] = problem or wrong

    def _reading(self, place: Place, at: datetime) -> Found:
        if place.kind is PlaceKind.TIME:
            return sum_of([self._history_of(database, at) for database in _databases(place)])
        total = sum_of([self._witness(store).look() for store in place.stores])
        if total.until is None:
            return total
        return replace(total, until=max(_whole(total.until), at + _NOT_GONE_YET))

    def _erase(self, place: Place) -> str:
        """Erase page by page while there is time; return the code of the first problem, or nothing."""
        problem = ""
        for store in place.stores:
            wrong = tried(partial(self._empty, place, store), None)[1]
            problem = problem or wrong
        return problem

    def _empty(self, place: Place, store: str) -> None:
        eraser = cast(Eraser, self._witness(store))  # the program's own places hold nothing that can only be looked at
        while self.powers.clock() < self.until:
            went = eraser.erase()
            if not went:
                return
            self.erased[place.id] = self.erased.get(place.id, 0) + went
        self.is_cut_short = True

    def _note(self, place: Place, before: int | None) -> None:
        """Write a row if it says something new; *before* is how much there was, None if nobody knows."""
        seen = self._seen[place.id]
        if self.hold is None or seen.none:
            return
        rows = self._rows.setdefault(place.id, [])
        last = past(rows).last
        id = row_id(place.id, len(rows) + 1)
        row = ErasureRow(id, place.id, stamp(seen.at), before, self._left(place), "", seen.problem)
        until = judge(
            place,
            due=True,
            rows=[*rows, row],
            seen=seen,
            attestation=self._attested.get(place.id),
            now=seen.at,
            told=self.believed.told.get(place.id),
        ).until
        row = replace(row, until=stamp(until) if until is not None else "")
        if last is not None and (last.after, last.until, last.problem) == (row.after, row.until, row.problem):
            return
        went = max(row.before or 0, (last.after if last is not None else None) or 0) - (row.after or 0)
        acts: list[Write] = []
        if went > 0 and row.after is not None and place.kind in (PlaceKind.PROGRAM, PlaceKind.KEY):
            acts.append(journal.entry(self.powers.clock, self.caller, STEP, "erased", counts={place.id: went}))
        self.hold.commit([Create(row), *acts])
        rows.append(row)

    def _witness(self, store: str) -> Witness:
        """Return what looks at a store, and erases it if the program can."""
        return OutOfReach() if store.startswith(("outside/", "topic/")) else self._witnesses[store]

    @cached_property
    def _witnesses(self) -> Mapping[str, Witness]:
        from prizedraw.erasure.witnesses import witnesses  # noqa: PLC0415  nothing is looked at before its time

        return witnesses(self.powers)

    def _history_of(self, database: str, at: datetime) -> Found:
        """Look at what was deleted from a database: in backups made before the last deletion, and in old versions."""
        history = self.powers.histories[database]
        went = [self._past(place).erased_at for place in _in_databases([database])]
        last = max((moment for moment in went if moment is not None), default=None)
        # A row names a whole second, cut: the last document may have gone, and a backup come, within it.
        backups = history.look(at if last is None else last + timedelta(seconds=1))
        moments = [_whole(backups.until)] if backups.until is not None else []
        moments += [last + history.retention] if last is not None else []
        return Found(backups.count, max(moments, default=None))


class OutOfReach:
    """A place that only a person can see (port `Witness`)."""

    def look(self) -> Found:
        """Return that nothing is known."""
        return Found(None)


def looked_at(powers: Powers, caller: Caller, believed: Believed, due_now: Due, places: Iterable[Place]) -> Sweep:
    """Look at *places* whose time has come, without erasing; return what tells how far every place is."""
    sweep = Sweep(powers=powers, caller=caller, due=due_now, believed=believed, until=powers.clock())
    sweep.go(places)
    return sweep


def _databases(place: Place) -> list[str]:
    return [store.removeprefix("history/") for store in place.stores]


def _in_databases(databases: list[str]) -> list[Place]:
    return [place for place in PLACES if any(store.partition("/")[0] in databases for store in place.stores)]


def _whole(moment: datetime) -> datetime:
    """Return the moment, moved on to the next whole second: nothing is over before that."""
    return moment + timedelta(microseconds=-moment.microsecond % 1_000_000)
