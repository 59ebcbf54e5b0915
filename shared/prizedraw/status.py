"""
Tell where a campaign stands, in one page: counts, what is done, what is due, what is wrong, what to press next.

It reads `state`, where nothing personal is, all at once, and then the published files, against which it holds what
`state` says. What each part of the procedure has to tell stands in `overview/`. It writes nothing but rows of the
journal: that somebody handed something out, which takes it off the list, and that its pages were saved, the operators'
and the ward's.
"""

from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel, Field

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Problem, Refused
from prizedraw.evidence.status_pages import names_of
from prizedraw.overview.facts import Facts, read_facts
from prizedraw.overview.publishing import PUBLISHED, TOOK_BACK, number_of
from prizedraw.overview.told import Told, tell
from prizedraw.ports import Clock, Creator, PublishedFiles, SnapshotStore
from prizedraw.runtime import journal
from prizedraw.runtime.orders import CLOSED, Caller, Reply, Result
from prizedraw.times import japanese_moment
from prizedraw.words import status as words
from prizedraw.words.publishing import Handout, HandoutName

STEP = "status"
SAVED = "saved"

ONE_AT_A_TIME = Problem(
    "E-540",
    "現在の状況（status）には、format、save、published、took_back、holders、holder のうち一つだけを入力してください。"
    "まだ何も記録していません。",
)
NOTHING_TO_HAND_OUT = Problem(
    "E-542", "掲載または提出するファイルがまだありません。「次にすること」に出てから入力してください。"
)


class StatusOrder(BaseModel):
    """
    The wish to see the status, or to save its pages; or word that something was handed out, or was not after all.

    Or to see the *holders* by 管理番号, or one *holder*.
    """

    model_config = CLOSED

    holders: bool = False
    holder: str | None = Field(default=None, max_length=100)

    format: Literal["json", "html"] = "json"
    save: bool = False
    published: HandoutName | None = None
    took_back: HandoutName | None = None


@dataclass(frozen=True, kw_only=True)
class _StatusPowers:
    """The powers of the step; *address* is where a browser opens the files of *reports*, up to its last slash."""

    campaign: Campaign
    state: SnapshotStore
    published: PublishedFiles
    reports: Creator
    address: str
    clock: Clock

    def facts(self) -> Facts:
        return read_facts(self.campaign, self.state.snapshot(), self.published, self.clock)


def run(
    order: StatusOrder,
    caller: Caller,
    *,
    campaign: Campaign,
    state: SnapshotStore,
    published: PublishedFiles,
    reports: Creator,
    address: str,
    clock: Clock,
) -> Reply:
    """
    Report; nothing is changed but what the order says in so many words.

    *address* is where a browser opens the files of *reports*, up to and with its last slash.

    Raises:
        Refused: more than one thing was ordered, or something was handed out that is not there; or holders are asked
            for before the draw, or where the files cannot be believed, or the one that is named is none.
    """
    powers = _StatusPowers(
        campaign=campaign, state=state, published=published, reports=reports, address=address, clock=clock
    )
    marks = [order.published, order.took_back, order.holder]
    if [order.format != "json", order.save, order.holders, *(one is not None for one in marks)].count(True) > 1:
        raise Refused(ONE_AT_A_TIME)
    facts = powers.facts()
    if order.holders or order.holder is not None:
        from prizedraw.overview import holder_list  # noqa: PLC0415  few calls ask for it

        return holder_list.reply(order.holder, facts)
    if order.published is not None:
        return _mark(powers, caller, facts, Handout(order.published), PUBLISHED)
    if order.took_back is not None:
        return _mark(powers, caller, facts, Handout(order.took_back), TOOK_BACK)
    if order.save:
        return _save(powers, caller, facts)
    told = tell(facts)
    reply = _report(facts, told)
    if order.format == "html":
        from prizedraw.overview import pages  # noqa: PLC0415  few calls ask for a page

        reply = replace(reply, page=pages.operators_page(facts, told))
    return reply


def _report(facts: Facts, told: Told) -> Reply:
    summary = (
        words.heading(facts.campaign, japanese_moment(facts.now)),
        *map(words.alarm, told.alarms),
        *(words.stage(stage.name, stage.due, stage.done, stage.how) for stage in told.stages),
    )
    return Reply(Result.REPORT, summary, told.counts, told.next)


def _mark(powers: _StatusPowers, caller: Caller, facts: Facts, what: Handout, action: str) -> Reply:
    """Write down what somebody says of a handout, with how many files of it there are; then report."""
    number = number_of(facts, what)
    if not number:
        raise Refused(NOTHING_TO_HAND_OUT)
    powers.state.commit([journal.entry(powers.clock, caller, STEP, action, counts={what: number})])
    facts = powers.facts()
    reply = _report(facts, tell(facts))
    return replace(reply, result=Result.DONE, summary=(words.marked(what, is_done=action == PUBLISHED), *reply.summary))


def _save(powers: _StatusPowers, caller: Caller, facts: Facts) -> Reply:
    """
    Save both pages under the id of a row of the journal, which is written first: no file is there without its row.

    The number of the 状況報告 counts these rows; one whose run was killed has a number and no page.
    """
    from prizedraw.overview import pages  # noqa: PLC0415  few calls ask for a page
    from prizedraw.rendering.html import CONTENT_TYPE  # noqa: PLC0415  the same

    number = 1 + sum((row.step, row.action) == (STEP, SAVED) for row in facts.journal)
    row = journal.entry(powers.clock, caller, STEP, SAVED, counts={"number": number})
    powers.state.commit([row])
    told, links = tell(facts), []
    for name, page in zip(
        names_of(row.record.id), (pages.operators_page(facts, told), pages.ward_page(facts, told, number)), strict=True
    ):
        powers.reports.create(name, page.encode(), CONTENT_TYPE)
        links.append(powers.address + name)
    return Reply(Result.DONE, words.saved(number, links), told.counts, told.next)
