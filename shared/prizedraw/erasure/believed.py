"""
Read, at the beginning of a run, what it may believe: the draw's files, the reports that stand, what people said.

A planted file cannot be taken away, since what is published stays for years; so none may keep the erasure back. What
is not ours is left aside as if it were not there, and named as a stranger. Where a bucket is away, or rules and key
themselves are not to be believed, the *problem* is raised once everything that is due all the same was erased: no
report is made without them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from prizedraw.erasure import attested
from prizedraw.erasure.attested import Words
from prizedraw.erasure.due import Came, Due, due
from prizedraw.erasure.filed import Filed, read_filed
from prizedraw.erasure.powers import Powers
from prizedraw.erasure.state import PlaceReport
from prizedraw.errors import Again, Broken, PrizedrawError
from prizedraw.lottery.opening import open_draw

if TYPE_CHECKING:
    from prizedraw.lottery.published import Committed, PublishedDraw, Recorded

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
    draw: "PublishedDraw | None" = None
    committed: "Committed | None" = None
    recorded: "Recorded | None" = None
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
    found.draw = found.attempt(lambda: open_draw(powers.published), None)
    draw = found.draw
    if draw is not None:
        from prizedraw.erasure import came  # noqa: PLC0415  before there are rules nothing has come

        found.came = came.read(powers, found, draw)
    if found.problem is None:
        found.filed = found.attempt(lambda: read_filed(powers.reports, draw, powers.clock), found.filed)
        found.strangers[REPORTS] |= found.filed.strangers
    return found


def believe_or_wait(powers: Powers) -> Believed:
    """Read what may be believed, for an operator, who can come again: raise `Again` if a service is away."""
    believed = believe(powers)
    if isinstance(believed.problem, Again):
        raise believed.problem
    return believed


def believe_anew(powers: Powers, found: Believed) -> Believed:
    """Return the same with what people have said meanwhile."""
    return replace(found, now=powers.now(), words=attested.read(powers.campaign, powers.state))
