"""
Tell where a campaign stands, in one page: counts, what is done, what is due, what is wrong, what to press next.

It reads `state`, where nothing personal is, and the published files, against which it holds what `state` says. The same
page, printed, is the 状況報告 for the ward. What each part of the procedure has to tell stands in `overview/`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from prizedraw.campaign.definition import Campaign
from prizedraw.overview import holder_list
from prizedraw.overview.analysis import analysis_section
from prizedraw.overview.campaign import campaign_section
from prizedraw.overview.entries import entries_section
from prizedraw.overview.erasure import erasure_section
from prizedraw.overview.evidence import evidence_section
from prizedraw.overview.facts import Facts, read_facts
from prizedraw.overview.fulfilment import fulfilment_section
from prizedraw.overview.lottery import lottery_section
from prizedraw.overview.mail import mail_section
from prizedraw.overview.section import Section
from prizedraw.ports import Clock, PublishedFiles, Reader
from prizedraw.records.running import JournalRow
from prizedraw.rendering import html
from prizedraw.runtime.orders import CLOSED, Caller, Reply, Result
from prizedraw.times import japanese_moment, unstamp
from prizedraw.words import status as words

STEP = "status"

PARTS: tuple[Callable[[Facts], Section], ...] = (
    evidence_section,
    campaign_section,
    entries_section,
    lottery_section,
    mail_section,
    fulfilment_section,
    analysis_section,
    erasure_section,
)
"""What the files say of it all, then the parts of the procedure, in its order."""


class StatusOrder(BaseModel):
    """The wish to see the status, as JSON or as a page to print; or the *holders* by 管理番号, or one *holder*."""

    model_config = CLOSED

    holders: bool = False
    holder: str | None = Field(default=None, max_length=100)

    format: Literal["json", "html"] = "json"


@dataclass(frozen=True)
class Act:
    """One row of the journal, as readers see it: when (JST), what, by whom."""

    at: str
    what: str
    principal: str


def run(
    order: StatusOrder,
    caller: Caller,
    *,
    campaign: Campaign,
    state: Reader,
    published: PublishedFiles,
    clock: Clock,
) -> Reply:
    """
    Report; nothing is changed, whoever calls and however often.

    Raises:
        Refused: holders are asked for before the draw, or where the published files cannot be believed, or the holder
            that is named is none.
    """
    if order.holders or order.holder is not None:
        return holder_list.reply(order.holder, read_facts(campaign, state, published, clock))
    facts = read_facts(campaign, state, published, clock)
    sections = [part(facts) for part in PARTS]
    # Once everything is being erased, what the other parts look for is gone, and would be missed for nothing.
    speaking = sections[-1:] if facts.is_erasing else sections
    alarms = [sentence for section in speaking for sentence in section.alarms]
    counts = {name: number for section in sections for name, number in section.counts.items()}
    stages = [stage for section in sections for stage in section.stages]
    following = words.following([section.next for section in speaking], is_wrong=bool(alarms) and not facts.is_erasing)
    now = japanese_moment(facts.now)
    page = None
    if order.format == "html":
        page = html.render(
            "status.html",
            campaign=campaign,
            now=now,
            wrong=alarms,
            counts=counts,
            stages=stages,
            next=following,
            journal=[
                Act(japanese_moment(unstamp(row.at)), words.act(row), row.principal) for row in state.scan(JournalRow)
            ],
        )
    summary = (
        words.heading(campaign, now),
        *map(words.alarm, alarms),
        *(words.stage(stage.name, stage.due, stage.done) for stage in stages),
    )
    return Reply(Result.REPORT, summary, counts, following, page=page)
