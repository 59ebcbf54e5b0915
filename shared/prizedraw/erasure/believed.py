"""
Read, at the beginning of a run, what it may believe: the draw's files, the reports that stand, what people said.

A planted file cannot be taken away, since what is published stays for years; so none may keep the erasure back. What
is not ours is left aside as if it were not there, and named as a stranger. Where a bucket is away, or rules and key
themselves are not to be believed, the *problem* is raised once everything that is due all the same was erased: no
report is made without them.

What has come (`Came`) is told thus:

1. The winners are drawn, if the record stands.
2. All is shipped, if who holds a place by record, forfeits and returns has a mark in `state`; whoever has a place back
   and was erased on request since is sent nothing. A forged mark lets addresses go early: the winners' registrations
   are still in the claim form, and the file can be dropped again.
3. The entries are analysed, if the mark in `state` has the hash of the file that stands.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from prizedraw.analysis import file as analysis_file
from prizedraw.erasure import attested
from prizedraw.erasure.attested import Words
from prizedraw.erasure.due import Came, Due, due
from prizedraw.erasure.filed import Filed, read_filed
from prizedraw.erasure.powers import Powers
from prizedraw.erasure.state import PlaceReport
from prizedraw.errors import Broken, PrizedrawError
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.fulfilment import holders
from prizedraw.lottery import forfeit_file, restored_file
from prizedraw.lottery.files import COMMITMENT, RECORD
from prizedraw.lottery.published import Committed, PublishedDraw, Recorded, mirror, mirror_return
from prizedraw.ports import Clock
from prizedraw.records.analysis import Analysed
from prizedraw.records.fulfilment import Forfeit, Restored
from prizedraw.records.running import ONLY

T = TypeVar("T")

PUBLISHED, REPORTS = "bucket/published", "bucket/reports"
"""The buckets that are kept, by the names of their lists."""


@dataclass(kw_only=True)
class Believed:
    """
    What is believed at the moment *now*; *strangers* are names of files that are not ours, by bucket.

    *problem* is what keeps a report from being made.
    """

    now: datetime
    words: Words = field(default_factory=Words)
    came: Came = field(default_factory=Came)
    draw: PublishedDraw | None = None
    committed: Committed | None = None
    recorded: Recorded | None = None
    filed: Filed = field(default_factory=Filed)
    strangers: dict[str, set[str]] = field(default_factory=lambda: {PUBLISHED: set(), REPORTS: set()})
    problem: PrizedrawError | None = None

    @property
    def told(self) -> Mapping[str, PlaceReport]:
        """Return what the last report of ours says of each place: no row of `state` takes it back."""
        return {place.id: place for place in self.filed.last.places} if self.filed.last is not None else {}

    @property
    def has_strangers(self) -> bool:
        """Tell whether something lies there by one of our names and is not ours."""
        return any(self.strangers.values())

    def due(self, powers: Powers) -> Due:
        """Tell what is due."""
        return due(powers.campaign, self.came, self.words.erasing, self.now)

    def attempt(self, read: Callable[[], T], otherwise: T) -> T:
        """Return what *read* returns; if it cannot, *otherwise*, and remember why."""
        try:
            return read()
        except PrizedrawError as error:
            self.problem = self.problem or error
            return otherwise

    def ours(self, name: str, read: Callable[[], T | None]) -> T | None:
        """Return what *read* returns of the published file *name*; None, and a stranger, if it is not ours."""
        try:
            return read()
        except Broken as error:
            self.strangers[PUBLISHED].add(str(error.facts.get("file", name)))
            return None


def believe(powers: Powers) -> Believed:
    """Read what may be believed; what cannot be read is left aside, with the problem."""
    found = Believed(now=powers.now(), words=attested.read(powers.campaign, powers.state))
    found.draw = found.attempt(lambda: PublishedDraw.open(powers.published), None)
    draw = found.draw
    if draw is not None:
        drawn, shipped = found.attempt(lambda: _read_draw(powers, found, draw), (False, False))
        analysed = found.attempt(lambda: _is_analysed(powers), False)
        found.came = Came(drawn=drawn, shipped=shipped, analysed=analysed)
    if found.problem is None:
        found.filed = found.attempt(lambda: read_filed(powers.reports, draw, powers.clock), found.filed)
        found.strangers[REPORTS] |= found.filed.strangers
    return found


def believe_anew(powers: Powers, found: Believed) -> Believed:
    """Return the same with what people have said meanwhile."""
    return replace(found, now=powers.now(), words=attested.read(powers.campaign, powers.state))


def _read_draw(powers: Powers, found: Believed, draw: PublishedDraw) -> tuple[bool, bool]:
    """Read commitment, record, forfeits and returns, and tell whether the winners are drawn and all is shipped."""
    found.committed = found.ours(COMMITMENT, partial(draw.commitment, powers.clock))
    read_record = partial(draw.record, powers.clock)
    found.recorded = recorded = found.ours(RECORD, read_record) if found.committed is not None else None
    if recorded is None:
        return False, False
    standing = holders.derive(
        powers.campaign, recorded.record.drawn_at, recorded.places(), _changes(found, draw, recorded, powers.clock)
    )
    return True, all(h.is_settled for h in holders.on_their_way(standing, powers.state).holders)  # (1, 2)


def _changes(found: Believed, draw: PublishedDraw, recorded: Recorded, clock: Clock) -> Iterator[Forfeit | Restored]:
    """Read the forfeits and returns that are ours; a stranger among them passes no place on and gives none back."""
    names = draw.files.names(forfeit_file.FOLDER)
    now = clock()  # after they were listed, as `PublishedDraw.forfeits` does
    forfeits = {}
    for name in names:
        if forfeit_file.label_of(name) is not None:
            file = found.ours(name, partial(draw.forfeit, name, recorded, now))
            if file is not None:
                forfeits[file.label] = file
                yield mirror(file)
    for name in names:
        label = restored_file.label_of(name)
        if label is not None:
            back = found.ours(name, partial(draw.restored, label, recorded, forfeits.get(label), now))
            if back is not None:
                yield mirror_return(back)


def _is_analysed(powers: Powers) -> bool:  # (3)
    mark = powers.state.get(Analysed, ONLY)
    if mark is None:
        return False
    data = powers.reports.read(analysis_file.NAME)
    return data is not None and sha256_hex(data) == mark.record.hash
