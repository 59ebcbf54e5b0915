"""The draw: whether pool and awards are fixed in time, and what the ward must give for it."""

from collections.abc import Iterator
from datetime import timedelta

from prizedraw.overview.facts import Facts, Phase
from prizedraw.overview.section import OVERDUE_AFTER, Section, Stage, Task, done
from prizedraw.records.lottery import Frozen
from prizedraw.times import japanese, stamp, unstamp

FREEZE_LATE = timedelta(hours=2)


def lottery_section(facts: Facts) -> Section:
    """Tell of freeze and draw."""
    return Section(
        alarms=tuple(_alarms(facts)),
        counts=_counts(facts),
        stages=tuple(_stages(facts)),
        tasks=tuple(_tasks(facts)),
        waiting=_waiting(facts),
    )


def _alarms(facts: Facts) -> Iterator[str]:
    if facts.frozen is None:
        if facts.now >= facts.campaign.closes_at + FREEZE_LATE:
            yield (
                "締切から2時間以上たちましたが、応募が確定していません。"
                "応募の確定（freeze）を {} で実行し、表示された理由に従ってください。"
            )
    elif facts.drawn is None:
        yield from _before_draw(facts, facts.frozen)


def _before_draw(facts: Facts, frozen: Frozen) -> Iterator[str]:
    due, planned = unstamp(frozen.draw_at), facts.campaign.draw_at
    if frozen.draw_at != stamp(planned):
        yield (
            f"応募の確定が遅れたため、抽選は{japanese(due)}に延期されました（当初の予定は{japanese(planned)}）。"
            "区に知らせてください。"
        )
    if facts.now >= due + OVERDUE_AFTER:
        yield "抽選の時刻を1時間以上過ぎましたが、抽選が行われていません。抽選（draw）を実行してください。"


def _counts(facts: Facts) -> dict[str, int]:
    counts: dict[str, int] = {}
    if facts.frozen is not None:
        counts |= {
            "抽選対象": facts.frozen.pool_size,
            "どの賞品の条件も満たさない応募": facts.frozen.ineligible,
        }
    if facts.drawn is not None:
        counts |= {"当選": facts.drawn.winners, "補欠": facts.drawn.reserves}
        # What the draw left over, and what forfeits have left since.
        without = [facts.drawn.unawarded, facts.parcels.standing.unfilled if facts.parcels is not None else {}]
        counts |= {"当選者のいない賞品（個）": sum(sum(numbers.values()) for numbers in without)}
    return counts


def _stages(facts: Facts) -> Iterator[Stage]:
    frozen, drawn = facts.frozen, facts.drawn
    closes, draw_at = facts.campaign.closes_at, unstamp(frozen.draw_at) if frozen else facts.campaign.draw_at
    yield Stage(
        "応募の確定",
        f"{japanese(closes)}以降",
        done(frozen.frozen_at) if frozen else "",
        is_late=facts.now >= closes + FREEZE_LATE,
    )
    yield Stage(
        "抽選",
        f"{japanese(draw_at)}以降",
        done(drawn.drawn_at) if drawn else "",
        is_late=facts.now >= draw_at + OVERDUE_AFTER,
    )


def _tasks(facts: Facts) -> Iterator[Task]:
    if facts.phase is Phase.CLOSED and (_is_missed(facts) or _is_kept(facts)):
        yield Task(
            "応募の確定（freeze）を {} で実行し、表示された理由に従ってください。確定するまで、抽選は行われません。",
            until=facts.campaign.draw_at,
        )
    if facts.phase is Phase.FROZEN and facts.frozen is not None and facts.campaign.randomness.kind == "ward":
        draw_at = unstamp(facts.frozen.draw_at)
        yield Task(
            f"区に、{japanese(draw_at)}以降に数を決めるよう依頼し、その数を抽選（draw）に入力してください。",
            since=draw_at,
        )


def _waiting(facts: Facts) -> str:
    if facts.phase is Phase.CLOSED:
        if _is_missed(facts) or _is_kept(facts):
            return ""  # the schedule tries in vain
        return (
            "照合が終わると、応募の確定（freeze）が定期実行されます。"
            "急ぐときだけ、応募の確定（freeze）を {} で実行してください。"
        )
    if facts.phase is Phase.FROZEN and facts.frozen is not None:
        return f"抽選（draw）は{japanese(unstamp(facts.frozen.draw_at))}以降に定期実行されます。"
    return ""


def _is_missed(facts: Facts) -> bool:
    """Tell whether the schedule should have frozen by now."""
    return facts.now >= facts.campaign.closes_at + FREEZE_LATE


def _is_kept(facts: Facts) -> bool:
    """Tell whether the freeze waits for an operator to have looked into what vanished from the form."""
    return facts.totals is not None and facts.totals.gone_open > 0
