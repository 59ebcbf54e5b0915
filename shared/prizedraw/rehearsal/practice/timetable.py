"""
Say when Cloud Scheduler calls which step (`infra/terraform/schedules.tf`), and at which moments a person has to act.

All in Japan's time. What is called when nothing is due says so and does nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from prizedraw.campaign.definition import Campaign
from prizedraw.times import JST, japanese_until

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MORNING = timedelta(hours=10)
REMINDED_BEFORE = timedelta(days=3)
"""How long before the deadline winners are reminded; the CSV of the day before tells who need not be."""
AFTER_DRAW_AT = timedelta(minutes=5)
"""When the round of drand is there."""


@dataclass(frozen=True, order=True)
class Tick:
    """One call by the schedule."""

    at: datetime
    step: str


@dataclass(frozen=True, order=True)
class Landmark:
    """A moment at which a person has something to do or to see, and its *name* in Japanese."""

    at: datetime
    name: str


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """At which *minutes* of which *hours* (all if empty), from *first* to *last*: by day, or by their whole months."""

    minutes: tuple[int, ...]
    first: datetime
    last: datetime
    hours: tuple[int, ...] = ()
    by_day: bool = False

    def calls(self, hour: datetime) -> bool:
        """Tell whether there is a call within the hour that begins with *hour* (JST)."""
        grain: Callable[[datetime], tuple[int, ...]]
        grain = (lambda at: (at.year, at.month, at.day)) if self.by_day else (lambda at: (at.year, at.month))
        first, last = self.first.astimezone(JST), self.last.astimezone(JST)
        return grain(first) <= grain(hour) <= grain(last) and (not self.hours or hour.hour in self.hours)


def ticks(campaign: Campaign, after: datetime) -> Iterator[Tick]:
    """Yield every call after a moment in the order of time, until there are no more."""
    rules = _rules(campaign)
    end = max(rule.last for rule in rules.values())
    hour = after.astimezone(JST).replace(minute=0, second=0, microsecond=0)
    while hour <= end:
        calling = {step: rule for step, rule in rules.items() if rule.calls(hour)}
        found = [Tick(hour.replace(minute=m), step) for step, rule in calling.items() for m in rule.minutes]
        yield from sorted(tick for tick in found if tick.at > after)
        hour += HOUR


def _rules(campaign: Campaign) -> dict[str, _Rule]:
    opens, closes, drawn = campaign.opens_at, campaign.closes_at, campaign.draw_at
    ends = campaign.handling_ends_at - DAY
    minute = (drawn + AFTER_DRAW_AT).astimezone(JST).minute
    return {
        "intake": _Rule(minutes=tuple(range(0, 60, 10)), first=opens - DAY, last=drawn + 7 * DAY),
        "freeze": _Rule(minutes=(20,), first=closes, last=closes + 6 * DAY, by_day=True),
        "draw": _Rule(minutes=(minute,), first=drawn, last=drawn + 6 * DAY, by_day=True),
        "notify": _Rule(minutes=(30,), first=opens - 30 * DAY, last=ends),
        "forfeit": _Rule(minutes=(0,), hours=(8,), first=drawn, last=ends),
        "analyse": _Rule(minutes=(0,), hours=(7,), first=drawn, last=ends),
        "erase": _Rule(minutes=(0,), hours=(6,), first=drawn, last=ends + 60 * DAY),
    }


def landmarks(campaign: Campaign) -> list[Landmark]:
    """Return the moments at which the clock stops for a person, in the order of time."""
    deadline, last = campaign.claim_deadline_at, campaign.claim_last_at
    return sorted(
        [
            Landmark(campaign.opens_at, "受付開始"),
            Landmark(campaign.closes_at, "締切"),
            Landmark(campaign.draw_at, "抽選の時刻"),
            Landmark(_morning(deadline - REMINDED_BEFORE - DAY), "期限のお知らせの前日"),
            Landmark(_morning(deadline - 2 * DAY), "登録の期限の前日"),
            Landmark(deadline, f"登録の期限（{japanese_until(deadline)}）が過ぎたところ"),
            Landmark(last, f"登録の最終期限（{japanese_until(last)}）が過ぎたところ"),
            Landmark(_morning(campaign.ship_by_at - DAY), "発送を終える日"),
            Landmark(campaign.erase_from_at, "個人情報の消去を始める日"),
            Landmark(_morning(campaign.handling_ends_at - DAY), "個人情報を取り扱う期間の最後の日"),
        ]
    )


def _morning(day: datetime) -> datetime:
    """Return 10:00 JST of a day."""
    return day.astimezone(JST).replace(hour=0, minute=0, second=0, microsecond=0) + MORNING
