"""The analysis: whether it is published; nothing is erased before."""

from prizedraw.overview.facts import Facts
from prizedraw.overview.section import OVERDUE_AFTER, Section, Stage, done
from prizedraw.times import japanese_until

_MISSING = "集計が済んでいません。集計（analyse）を {} で実行してください。済むまで消去は始まりません。"


def analysis_section(facts: Facts) -> Section:
    """Tell whether the analysis is published; nothing before the draw."""
    if facts.drawn is None:
        return Section()
    until = f"発送の後、{japanese_until(facts.campaign.erase_from_at)}まで"
    is_late = facts.analysed is None and facts.now >= facts.campaign.ship_by_at + OVERDUE_AFTER
    made = done(facts.analysed.made_at) if facts.analysed else ""
    return Section(
        alarms=(_MISSING,) if is_late else (),
        stages=(Stage("集計", until, made, is_late=facts.now >= facts.campaign.erase_from_at),),
    )
