"""
Make an analysis out of counts: withhold what is small, prove that nothing withheld can be derived, and lay it out.

Counts go in, and what comes out may be published; between the two stand `disclosure.protect` and its `audit`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from prizedraw.analysis import disclosure
from prizedraw.analysis.file import TOTAL, Analysis, AnalysisChapter, Sheet
from prizedraw.analysis.folding import counts, folds
from prizedraw.analysis.funnel import Funnel
from prizedraw.analysis.plan import Plan, chapters, known, layouts_of, relations
from prizedraw.analysis.tables import EVERYBODY, Key, Layout, Relation, Side, Table, Variable
from prizedraw.analysis.tally import YES, Tally, stands_for
from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Broken, Problem
from prizedraw.times import stamp

EXPOSED = Problem(
    "E-802",
    "伏せた数のうち{count}件を、ほかの数から割り出せるおそれがあるため、集計の公表を中止しました。"
    "保守担当に連絡してください。",
)

_FUNNEL = "応募から発送まで"
_Shown = dict[Key, int | None]


def make_analysis(campaign: Campaign, tally: Tally, funnel: Funnel, now: datetime) -> Analysis:
    """
    Make the analysis of all entries that were counted.

    Raises:
        Broken: the audit found that a withheld number can be derived; nothing may be published.
    """
    planned = chapters(campaign, tally)
    pool, pool_counts = known(campaign, tally)
    tables = [Table.of(pool, pool_counts)]
    folded = folds(campaign, tally.variables())
    for layout in layouts_of(planned):
        tables.append(Table.of(layout, counts(tally, folded, layout.keys())))
    shown = _protected(tables, campaign.analysis.threshold, relations(campaign, tally))
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
        sections=(_funnel(campaign, tally, funnel), *sections),
    )


def _protected(tables: list[Table], threshold: int, relations: Iterable[Relation] = ()) -> _Shown:
    """Withhold, and hold the result to account by a judge of its own."""
    known = list(relations)
    protected = disclosure.protect(tables, threshold, known)
    demand_hidden(disclosure.audit(protected, threshold, known))
    return {key: number for table in protected for key, number in table.shown.items()}


def demand_hidden(exposed: Sequence[object]) -> None:
    """Let nothing be published from which a withheld number can be derived."""
    if exposed:
        raise Broken(EXPOSED, count=len(exposed))


def _sheet(plan: Plan, shown: Mapping[Key, int | None]) -> Sheet:
    cells = tuple(tuple(shown[key] for key in row) for row in plan.keys)
    return Sheet.model_validate({"columns": plan.columns, "rows": plan.rows, "cells": cells, **plan.form})


def _funnel(campaign: Campaign, tally: Tally, funnel: Funnel) -> AnalysisChapter:
    """Lay out how many came how far. The exact numbers stand in the draw's public files, so little is withheld."""
    return AnalysisChapter(
        title=_FUNNEL,
        lead=(
            "抽選の手続きの件数です。回答の内容は含みません。",
            "検証のための正確な件数は、公開された抽選の確定記録（commitment.json）と対象一覧（pool.txt）にあります。",
        ),
        sheets=(_stages(tally, funnel), _passed_over(funnel, campaign.analysis.threshold), _prizes(campaign, tally)),
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


def _passed_over(funnel: Funnel, threshold: int) -> Sheet:
    """List the responses that were not accepted: a table of its own, since these are not among the entrants."""
    why = Variable("outcome", tuple(funnel.passed_over))
    layout = Layout("passed-over", "受け付けなかった応募", Side.of("理由", why))
    counts = {layout.key(row): number for row, number in enumerate(funnel.passed_over.values())}
    shown = _protected([Table.of(layout, counts | {EVERYBODY: sum(counts.values())})], threshold)
    rows = {words: shown[layout.key(row)] for row, words in enumerate(funnel.passed_over)}
    return _listed(layout.id, layout.title, layout.rows.title, rows | {TOTAL: shown[EVERYBODY]}, totals="row")


def _prizes(campaign: Campaign, tally: Tally) -> Sheet:
    numbers = {p.name: tally.count(frozenset({(stands_for(p.id), YES)})) for p in campaign.prizes}
    numbers["どの賞品の対象にもならない"] = tally.together[()]
    rows = {name: None if 0 < n < campaign.analysis.threshold else n for name, n in numbers.items()}
    notes = ("一人が複数の賞品の対象になるため、人数の合計は応募者数と一致しません。",)
    return _listed("prizes", "賞品ごとの抽選の対象者", "賞品", rows, unit="人", share="population", notes=notes)


def _listed(
    id: str, title: str, corner: str, rows: Mapping[str, int | None], unit: Literal["人", "件"] = "件", **form: object
) -> Sheet:
    """Lay out one column of numbers."""
    cells = tuple((number,) for number in rows.values())
    told = {"id": id, "title": title, "corner": corner, "rows": tuple(rows), "cells": cells, "unit": unit}
    return Sheet.model_validate({**told, "columns": (f"{unit}数",), "chart": "bars", **form})
