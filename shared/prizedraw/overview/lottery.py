"""The draw: whether pool and awards are fixed in time, and what of them the ward must put on its page."""

from collections.abc import Iterator
from datetime import timedelta

from prizedraw.overview.facts import Facts, Phase
from prizedraw.overview.section import OVERDUE_AFTER, Section, Stage, done
from prizedraw.records.lottery import Frozen
from prizedraw.times import japanese, stamp, unstamp

FREEZE_LATE = timedelta(hours=2)


def lottery_section(facts: Facts) -> Section:
    """Tell of freeze and draw."""
    return Section(alarms=tuple(_alarms(facts)), counts=_counts(facts), stages=tuple(_stages(facts)), next=_next(facts))


def _alarms(facts: Facts) -> Iterator[str]:
    if facts.frozen is None:
        if facts.now >= facts.campaign.closes_at + FREEZE_LATE:
            yield (
                "締切から2時間以上たちましたが、応募が確定していません。"
                "freeze を {} で実行し、表示された理由に従ってください。"
            )
    elif facts.drawn is None:
        yield from _before_draw(facts, facts.frozen)


def _before_draw(facts: Facts, frozen: Frozen) -> Iterator[str]:
    due, planned = unstamp(frozen.draw_at), facts.campaign.draw_at
    if frozen.draw_at != stamp(planned):
        yield (
            f"応募の確定が遅れたため、抽選は {japanese(due)} に延期されました（当初の予定は {japanese(planned)}）。"
            "区に知らせてください。"
        )
    if facts.now >= due + OVERDUE_AFTER:
        yield "抽選の時刻を1時間以上過ぎましたが、抽選が行われていません。draw を実行してください。"


def _counts(facts: Facts) -> dict[str, int]:
    counts: dict[str, int] = {}
    if facts.frozen is not None:
        counts |= {"抽選対象": facts.frozen.pool_size, "条件を満たさない応募": facts.frozen.ineligible}
    if facts.drawn is not None:
        counts |= {"当選": facts.drawn.winners, "補欠": facts.drawn.reserves}
        counts |= {"当選者のいない賞品": sum(facts.drawn.unawarded.values())}
    return counts


def _stages(facts: Facts) -> Iterator[Stage]:
    frozen, drawn = facts.frozen, facts.drawn
    closes, draw_at = facts.campaign.closes_at, unstamp(frozen.draw_at) if frozen else facts.campaign.draw_at
    yield Stage("応募の確定", f"{japanese(closes)} 以降", done(frozen.frozen_at) if frozen else "")
    yield Stage("抽選", f"{japanese(draw_at)} 以降", done(drawn.drawn_at) if drawn else "")


def _next(facts: Facts) -> str:
    if facts.phase is Phase.CLOSED:
        return "照合が終わると freeze が定期実行されます。急ぐときは freeze を {} で実行してください。"
    if facts.phase is Phase.FROZEN and facts.frozen is not None:
        at = japanese(unstamp(facts.frozen.draw_at))
        show = "公開用フォルダの commitment.json・commitment.json.sig を区のホームページに掲載してください。"
        if facts.campaign.randomness.kind == "ward":
            return f"{show}区に、{at} 以降に数を決めるよう依頼し、その数を draw に入力してください。"
        return f"{show}抽選（draw）は {at} 以降に定期実行されます。"
    if facts.phase is Phase.DRAWN and facts.is_ward_informed:
        show = "公開用フォルダの pool.txt・record.json・record.json.sig を区のホームページに掲載してください。"
        if facts.parcels is not None and (number := facts.parcels.forfeits + facts.parcels.restored):
            show += f"失効や返還のファイルと署名（forfeits/ の{number}組）も、増えるたびに掲載してください。"
        return show
    return ""
