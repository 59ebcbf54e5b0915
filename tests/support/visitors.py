"""A small campaign whose visitors have answered its survey, brought to its draw by the real steps."""

import copy
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

from prizedraw.campaign.definition import Campaign
from prizedraw.ports import Document
from support import builders
from support.campaigns import PRIZES
from support.clock import DAY, HOUR, MINUTE
from support.stages import person
from support.world import SCHEDULER, World, confirmed

AGES, AREAS = ("10代", "20代", "30代以上"), ("新宿区", "その他")
MUSEUMS = ("歴史博物館", "漱石山房")
SECRET = "内緒の感想です"
THRESHOLD = 3


def questions() -> dict[str, Any]:
    """Return the questions of the campaign file, fewer of them."""
    asks: dict[str, Any] = copy.deepcopy(builders.TREE["questions"])
    for name, options in (("age_group", AGES), ("area", AREAS)):
        asks[name] = {"title": asks[name]["title"], "options": list(options)}
    asks["survey"] = [
        {"id": "wish", "title": "希望する賞品", "kind": "choice", "options": ["原画", "バッジ"]},
        {"id": "museums", "title": "訪れた施設", "kind": "choices", "options": list(MUSEUMS)},
        {"id": "comments", "title": "ご感想", "kind": "text"},
    ]
    return asks


def small(threshold: int = THRESHOLD, **changes: Any) -> Campaign:
    """Return a campaign of few questions, so that its analysis is quickly drawn."""
    prizes = [
        *PRIZES[:1],
        PRIZES[1] | {"requires": {"min_correct": 3, "choice": {"question": "wish", "answers": ["バッジ"]}}},
    ]
    tree = {"questions": questions(), "prizes": prizes, "analysis": {"threshold": threshold}}
    return builders.campaign(**tree | {"randomness": {"kind": "hsm"}} | changes)


def _brief() -> Campaign:
    asks = questions()
    asks |= {"quiz": asks["quiz"][:1], "survey": asks["survey"][-1:]}
    prizes = [prize | {"requires": {"min_correct": 1}} for prize in PRIZES]
    return small(questions=asks, prizes=prizes)


CAMPAIGN = small()
BRIEF = _brief()


def answers(size: int, seed: int = 1) -> Iterator[Document]:
    """Yield responses: all kinds of answers, some left open, free text that must stay inside."""
    chance = random.Random(seed)
    for number in range(size):
        quiz = {name: right if chance.random() < 0.8 else "わかりません" for name, right in builders.RIGHT.items()}
        given: Document = {
            **quiz,
            "age_group": chance.choice([*AGES, None]),
            "area": chance.choice([*AREAS, AREAS[0], None]),
            "wish": chance.choice(["原画", "バッジ", "バッジ", None]),
            "museums": chance.sample(MUSEUMS, chance.randint(1, 2)) if chance.random() < 0.9 else None,
            "comments": f"{SECRET}{number}" if chance.random() < 0.5 else None,
        }
        created = builders.OPENS + chance.randrange(0, 26) * DAY + MINUTE
        yield builders.response(f"visitor-{number}", person(number), created=created, **given)


@cache
def _frozen(size: int, is_brief: bool) -> World:
    world = World(BRIEF if is_brief else CAMPAIGN)
    confirmed(world.prepare)
    world.submit(*answers(size))
    if size:
        world.submit(builders.response("again", person(0), created=builders.OPENS + 26 * DAY))
        world.submit(builders.response("no consent", person(size), consent="同意しない"))
    world.clock.now = CAMPAIGN.closes_at + HOUR
    world.intake()
    world.freeze(caller=SCHEDULER)
    world.clock.now = CAMPAIGN.draw_at + 10 * MINUTE
    return world


def frozen(size: int = 40, is_brief: bool = False) -> World:
    """Return a world at the time of its draw; a brief campaign asks little more than age and area."""
    return _frozen(size, is_brief).copy()


@cache
def _drawn(size: int, is_brief: bool) -> World:
    world = frozen(size, is_brief)
    confirmed(world.draw)
    return world


def drawn(size: int = 40, is_brief: bool = False) -> World:
    """Return a world whose record is published."""
    return _drawn(size, is_brief).copy()
