"""
Make an analysis out of counts: withhold what is small, prove that nothing withheld can be derived, and lay it out.

Counts go in, and what comes out may be published; between the two stand `disclosure.choose` and the `audit`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from prizedraw.analysis import disclosure
from prizedraw.analysis.file import Analysis, AnalysisChapter, Sheet
from prizedraw.analysis.folding import counts, folds
from prizedraw.analysis.funnel import Funnel
from prizedraw.analysis.plan import PEOPLE, Chapter, Plan, aside, chapters, known, layouts_of, relations
from prizedraw.analysis.tables import Key, Table
from prizedraw.analysis.tally import YES, Tally, stands_for
from prizedraw.analysis.worth import stands_aside
from prizedraw.campaign.checks import TOTAL
from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Broken, Problem
from prizedraw.times import stamp

EXPOSED = Problem(
    "E-802",
    "伏せた数のうち{count}件を、ほかの数から割り出せるおそれがあるため、集計の公表を中止しました。"
    "保守担当に連絡してください。",
)

_FUNNEL = "応募から発送まで"
_Shown = Mapping[Key, int | None]


def make_analysis(
    campaign: Campaign, tally: Tally, funnel: Funnel, now: datetime, seconds: float = disclosure.SECONDS
) -> Analysis:
    """
    Make the analysis of all entries that were counted; *seconds* may be spent on what to withhold best.

    Raises:
        Broken: the audit found that a withheld number can be derived; nothing may be published.
    """
    planned, choice = protected(campaign, tally, seconds)
    shown = {key: number for table in choice.tables for key, number in table.shown.items()}
    sections = [
        AnalysisChapter(
            title=chapter.title, lead=chapter.lead, sheets=tuple(_sheet(plan, shown) for plan in chapter.plans)
        )
        for chapter in planned
    ]
    return Analysis(
        campaign=campaign.id,
        title=campaign.title,
        ward=f"{campaign.ward.name} {campaign.ward.section}",
        contractor=campaign.contractor.name,
        period=campaign.entry_period_text,
        made_at=stamp(now),
        population=tally.size,
        threshold=campaign.analysis.threshold,
        loss=choice.loss,
        least=choice.least,
        sections=(_funnel(campaign, tally, funnel), *sections),
    )


def protected(campaign: Campaign, tally: Tally, seconds: float) -> tuple[tuple[Chapter, ...], disclosure.Choice]:
    """Plan the tables on the entrants, withhold, and hold the result to account by a judge of its own."""
    planned, folded = chapters(campaign, tally), folds(campaign, tally.variables())
    pool, pool_counts = known(campaign, tally)
    layouts = layouts_of(planned)
    tables = [Table.of(pool, pool_counts)]
    tables += [Table.of(layout, counts(tally, folded, layout.keys())) for layout in layouts]
    threshold, related = campaign.analysis.threshold, relations(campaign, tally)
    choice = disclosure.choose(tables, threshold, related, aside=aside(campaign, layouts), seconds=seconds)
    demand_hidden(disclosure.audit(choice.tables, threshold, related))
    return planned, choice


def demand_hidden(exposed: Sequence[object]) -> None:
    """Let nothing be published from which a withheld number can be derived."""
    if exposed:
        raise Broken(EXPOSED, count=len(exposed))


def _sheet(plan: Plan, shown: _Shown) -> Sheet:
    """Fill a table; what is not in an order of its own is sorted by size, as far as that is told."""
    cells = [[shown[key] for key in row] for row in plan.keys]
    rows, columns = list(range(len(plan.rows))), list(range(len(plan.columns)))
    if plan.sorts == "rows":
        rows = _by_size(plan.rows, [line[0] for line in cells])
    if plan.sorts == "columns":
        columns = _by_size(plan.columns, cells[-1])
    return Sheet.model_validate(
        {
            "rows": tuple(plan.rows[row] for row in rows),
            "columns": tuple(plan.columns[column] for column in columns),
            "cells": tuple(tuple(cells[row][column] for column in columns) for row in rows),
            **plan.form,
        }
    )


def _by_size(names: Sequence[str], numbers: Sequence[int | None]) -> list[int]:
    """Return the places of what is told, the largest first, of what is not, of what stands aside, and of totals."""

    def rank(place: int) -> tuple[int, int]:
        name, number = names[place], numbers[place]
        if name in (TOTAL, PEOPLE):
            return 3, place
        if stands_aside(name):
            return 2, place
        return (1, place) if number is None else (0, -number)

    return sorted(range(len(names)), key=rank)


def _funnel(campaign: Campaign, tally: Tally, funnel: Funnel) -> AnalysisChapter:
    """Lay out how many came how far."""
    return AnalysisChapter(
        title=_FUNNEL,
        lead=("抽選の手続きの件数です。回答の内容は含みません。",),
        sheets=(_stages(tally, funnel), _passed_over(funnel), _prizes(campaign, tally)),
    )


def _stages(tally: Tally, funnel: Funnel) -> Sheet:
    stages = {
        "届いた応募": funnel.received,
        "受け付けた応募": tally.size,
        "抽選の対象": tally.size - tally.together[()],
        "当選": funnel.winners,
        "お届け先の登録": funnel.claimed,
        "発送": funnel.shipped,
    }
    return _listed("course", "応募から発送までの件数", "段階", stages)


def _passed_over(funnel: Funnel) -> Sheet:
    """List the responses that were not accepted: all numbers, since they tell nothing that anybody answered."""
    rows = {**funnel.passed_over, TOTAL: sum(funnel.passed_over.values())}
    notes = (
        "回答の内容ではないため、少ない件数も伏せません。公開された抽選の確定記録（commitment.json）にも載っています。",
    )
    return _listed("passed-over", "受け付けなかった応募", "理由", rows, totals="row", notes=notes)


def _prizes(campaign: Campaign, tally: Tally) -> Sheet:
    numbers = {p.name: tally.count(frozenset({(stands_for(p.id), YES)})) for p in campaign.prizes}
    numbers["どの賞品の対象にもならない"] = tally.together[()]
    rows = {name: None if 0 < n < campaign.analysis.threshold else n for name, n in numbers.items()}
    notes = ["一人が複数の賞品の対象になるため、人数の合計は応募者数と一致しません。"]
    if None in rows.values():
        notes.append("伏せた人数は、抽選を検証するために公開された対象一覧（pool.txt）を数えると分かります。")
    return _listed("prizes", "賞品ごとの抽選の対象者", "賞品", rows, unit="人", share="population", notes=tuple(notes))


def _listed(
    id: str, title: str, corner: str, rows: Mapping[str, int | None], unit: Literal["人", "件"] = "件", **form: object
) -> Sheet:
    """Lay out one column of numbers."""
    cells = tuple((number,) for number in rows.values())
    told = {"id": id, "title": title, "corner": corner, "rows": tuple(rows), "cells": cells, "unit": unit}
    return Sheet.model_validate({**told, "columns": (f"{unit}数",), "chart": "bars", **form})
