"""
Lean invented entrants as real ones lean: by age, by zeal, to what many choose, and to the hours of the day.

A question is known by its kind and options alone, whatever campaign asks it. Options that stand aside (その他, 海外,
回答しない) are for few. Of the age groups the middle ones are the largest; elsewhere each option has fewer friends than
the one before. Who a person is decides too, so that answers go together: the old and the young read other things, and
whoever was at many museums knows more and likes them better. Which way a question leans is always the same for the same
name.
"""

import hashlib
import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from prizedraw.campaign.definition import Asked
from prizedraw.times import JST

_ASIDE = re.compile("その他|海外|回答しない|答えたくない|わからない|分からない|どれでもない")
_ASIDE_SHARE = 0.03
_FALL = 0.62
"""How many choose an option, of those who choose the one before."""
_MIDDLE_AGE, _AGES = 0.58, 0.2
"""Where among the age groups the middle lies, and how wide they spread, of 1."""
_STRENGTH = 1.6
"""How much a person's own leaning weighs, as a power of e from one end of the options to the other."""
_HOURS = (3, 2, 1, 1, 1, 2, 4, 7, 9, 11, 14, 15, 17, 14, 14, 15, 16, 15, 14, 16, 19, 20, 15, 8)
"""How many press in each hour of the day in Japan: few at night, many at noon and in the evening."""
_SATURDAY, _WORKDAY_SHARE = 5, 0.6
_MOST_TRIES = 1_000


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody invented: where they stand among the ages, and how keen they are, both of 1."""

    age: float
    zeal: float


def person(chance: random.Random, zeal: float) -> Person:
    """Invent somebody of a *zeal*."""
    return Person(age=min(max(chance.gauss(_MIDDLE_AGE, _AGES), 0.0), 1.0), zeal=zeal)


def chosen(chance: random.Random, asked: Asked, who: Person) -> list[str]:
    """Choose among the options of a question, as many as may be chosen, in their order."""
    weights = [_weight(asked, place, who) for place in _places(asked.options)]
    if asked.kind != "choices":
        return chance.choices(asked.options, weights)
    most = max(weights)
    share = 0.25 + 0.7 * who.zeal
    picked = [o for o, w in zip(asked.options, weights, strict=True) if chance.random() < share * (w / most) ** 0.5]
    return picked or chance.choices(asked.options, weights)


def presses_at(chance: random.Random, begin: int, end: int) -> int:
    """Choose a moment in nanoseconds since the epoch, *begin* ≤ moment < *end*: by day more than by night."""
    for _ in range(_MOST_TRIES):
        moment = chance.randrange(begin, end)
        local = datetime.fromtimestamp(moment // 1_000_000_000, UTC).astimezone(JST)
        share = _HOURS[local.hour] / max(_HOURS) * (1 if local.weekday() >= _SATURDAY else _WORKDAY_SHARE)
        if chance.random() < share:
            break
    return moment


def _places(options: Sequence[str]) -> list[float | None]:
    """Return where each option stands among the others, of 1; None: it stands aside."""
    usual = [option for option in options if not _ASIDE.search(option)]
    last = max(len(usual) - 1, 1)
    return [usual.index(option) / last if option in usual else None for option in options]


def _weight(asked: Asked, place: float | None, who: Person) -> float:
    """Weigh an option at a *place* for somebody; the usual ones weigh 1 together, more or less."""
    if place is None:
        return _ASIDE_SHARE
    if asked.name == "age_group":
        return math.exp(-(((place - who.age) / 0.07) ** 2) / 2) + 1e-6
    usual = sum(not _ASIDE.search(option) for option in asked.options)
    whole = sum(_FALL**rank for rank in range(usual))
    by_age, by_zeal = _direction(asked.name, "age"), -1 if asked.kind == "choice" else _direction(asked.name, "zeal")
    pull = by_age * (who.age - _MIDDLE_AGE) * 2 + by_zeal * (who.zeal - 0.8)
    return math.pow(_FALL, place * max(usual - 1, 1)) / whole * math.exp(_STRENGTH * 2 * (place - 0.5) * pull)


def _direction(name: str, what: str) -> int:
    """Say to which end of a question's options somebody leans who has more of something; always the same."""
    return 1 if hashlib.sha256(f"{name}/{what}".encode()).digest()[0] % 2 else -1
