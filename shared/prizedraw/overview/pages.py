"""The two pages of the status: the operators', with what to press, and the 状況報告 for the ward, without."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from prizedraw.overview.facts import Facts
from prizedraw.overview.told import Told
from prizedraw.records.running import ACT_WORDS, JournalRow
from prizedraw.rendering import html
from prizedraw.times import japanese_era, japanese_moment, japanese_time, unstamp
from prizedraw.words import status as words


@dataclass(frozen=True)
class Act:
    """One row of the journal, as readers see it: when (JST), what, by whom."""

    at: str
    what: str
    who: str


def operators_page(facts: Facts, told: Told) -> str:
    """Render the page for operators: everything, by account."""
    return html.render(
        "status.html",
        campaign=facts.campaign,
        now=japanese_moment(facts.now),
        wrong=told.alarms,
        counts=told.counts,
        stages=told.stages,
        next=told.next,
        journal=_once_each(
            Act(japanese_moment(unstamp(row.at)), words.act(row), words.who(row.principal, account=row.principal))
            for row in _in_order(facts)
        ),
    )


def ward_page(facts: Facts, told: Told, number: int) -> str:
    """Render the 状況報告 with its *number*: no commands, no accounts, dates as offices write them."""
    return html.render(
        "ward_report.html",
        campaign=facts.campaign,
        number=number,
        day=japanese_era(facts.now),
        time=japanese_time(facts.now),
        wrong=len(told.alarms),
        counts=told.counts,
        stages=told.stages,
        journal=_once_each(
            Act(f"{japanese_era(at)} {japanese_time(at)}", words.act(row), words.who(row.principal))
            for row in _in_order(facts)
            for at in [unstamp(row.at)]
        ),
    )


def _in_order(facts: Facts) -> Iterator[JournalRow]:
    """Yield the rows by time, and those of one second in the order of the procedure."""
    places = {act: number for number, act in enumerate(ACT_WORDS)}
    yield from sorted(facts.journal, key=lambda row: (row.at, places.get((row.step, row.action), len(places)), row.id))


def _once_each(acts: Iterable[Act]) -> list[Act]:
    """Return the acts with those that read alike, one after the other, as one row that says how many."""
    alike = ((act, len(list(same))) for act, same in groupby(acts))
    return [replace(act, what=f"{act.what}（{count}回）") if count > 1 else act for act, count in alike]
