"""What people hand out: files for the ward's page, and papers for the ward, each until somebody said that it was."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from prizedraw.overview.facts import Facts
from prizedraw.overview.section import Section, Stage, Task
from prizedraw.times import JST, japanese_day, unstamp
from prizedraw.words import publishing as words
from prizedraw.words.publishing import Handout

PUBLISHED, TOOK_BACK = "published", "took back"
"""The journal's words for: somebody said that something was handed out, or took that back; counted are its files."""


@dataclass(frozen=True, kw_only=True)
class _Ready:
    """A handout whose files lie there: how many, which date its task bears, and when somebody said it was done."""

    what: Handout
    number: int = 1
    until: datetime | None = None
    since: datetime | None = None
    done_at: str = ""

    @property
    def task(self) -> Task:
        return Task(words.task(self.what, self.number), self.until, self.since)


def publishing_section(facts: Facts) -> Section:
    """Tell what is to be handed out."""
    ready = [*_ready(facts)]
    said = [
        words.handed_out(one.what, japanese_day(unstamp(one.done_at).astimezone(JST))) for one in ready if one.done_at
    ]
    return Section(
        tasks=tuple(one.task for one in ready if not one.done_at),
        stages=(Stage("掲載と提出", "ファイルができたとき", f"担当者の申告：{'、'.join(said)}" if said else ""),)
        if ready
        else (),
    )


def number_of(facts: Facts, what: Handout) -> int:
    """Count what there is of a handout now, 0 if nothing; more of it later is a new task."""
    return next((one.number for one in _ready(facts) if one.what is what), 0)


def _ready(facts: Facts) -> Iterator[_Ready]:
    campaign, parcels = facts.campaign, facts.parcels
    if facts.is_prepared:
        yield _marked(facts, Handout.RULES, until=campaign.opens_at)
    if facts.frozen is not None:
        yield _marked(facts, Handout.COMMITMENT, until=unstamp(facts.frozen.draw_at))
    if facts.drawn is not None and (facts.is_ward_informed or facts.is_erasing):
        yield _marked(facts, Handout.RECORD, since=unstamp(facts.drawn.drawn_at))
    if parcels is not None and parcels.changes:
        yield _marked(facts, Handout.FORFEITS, number=parcels.changes, since=unstamp(parcels.changed_at))
    if facts.analysed is not None:
        yield _marked(facts, Handout.ANALYSIS, since=unstamp(facts.analysed.made_at))
    if facts.is_erasing and not facts.erasure.left:
        # One report is handed in when all that can be restored is restorable alone, and one at the very end.
        made = (unstamp(row.at) for row in facts.journal if (row.step, row.action) == ("erase", "reported"))
        number = 1 + facts.erasure.is_complete
        yield _marked(facts, Handout.REPORT, number=number, since=max(made, default=facts.now))


def _marked(
    facts: Facts, what: Handout, *, number: int = 1, until: datetime | None = None, since: datetime | None = None
) -> _Ready:
    """Add when somebody said last that all files of it were handed out; the last word counts."""
    said = (row for row in facts.journal if row.step == "status" and what in row.counts)
    last = max(said, key=lambda row: row.id, default=None)
    is_done = last is not None and last.action == PUBLISHED and last.counts[what] >= number
    return _Ready(
        what=what, number=number, until=until, since=since, done_at=last.at if is_done and last is not None else ""
    )
