"""What a run believes of the draw's files, the reports that stand and what people said; `believing` reads it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from prizedraw.erasure.attested import Words
from prizedraw.erasure.due import Came, Due, due
from prizedraw.erasure.filed import Filed
from prizedraw.erasure.powers import Powers
from prizedraw.erasure.state import PlaceReport
from prizedraw.errors import Broken, PrizedrawError

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
