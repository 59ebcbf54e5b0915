"""
Whatever is pressed at whatever stage, in whatever order: a person's mistake is never a 500.

Every step is pressed with every plausible body at every stage of a campaign, from before there are keys until after
they are destroyed, each behind the real edge.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from prizedraw.erasure.state import Overall
from prizedraw.records.lottery import AwardedPlace
from support import parcels, stages
from support.all_steps import PUSHED, STEPS, Campaign, code_of
from support.clock import DAY, HOUR
from support.erasure import ADMIN, BY_HAND, Ground
from support.quick import some_of
from support.stages import person
from support.world import World

UNKNOWN = "0123456789abcdefghjkmnpqrs"
CODE = "K7QM-4T9X-2HVD-8"


def _at(make: Callable[[], World], moment: Callable[[World], Any] | None = None) -> Callable[[], Campaign]:
    """Return what makes a campaign at a stage, at another *moment* if one is given."""

    def made() -> Campaign:
        world = make()
        if moment is not None:
            world.clock.now = moment(world)
        return Campaign(Ground(world))

    return made


def _copies(make: Callable[[], Ground], *, has_keys: bool = True) -> Callable[[], Campaign]:
    """Return what hands out copies of a ground that is made once."""
    return lambda: Campaign(make().copy(), has_keys=has_keys)


@cache
def _registered() -> Ground:
    return Ground(parcels.depot())


@cache
def _listed() -> Ground:
    world = parcels.depot()
    parcels.act(world)
    return Ground(world)


@cache
def _shipped() -> Ground:
    world = parcels.depot()
    parcels.act(world)
    parcels.act(world, shipped="all")
    world.clock.now = world.campaign.claim_last_at + HOUR
    return Ground(world)


@cache
def _analysed() -> Ground:
    """Return a campaign on the morning of the day from which everything is erased."""
    made = Campaign(_shipped().copy())
    assert made.press("analyse", {}, scheduled=True)[1] == 200
    made.ground.world.clock.now = made.ground.world.campaign.erase_from_at + 9 * HOUR
    return made.ground


@cache
def _half_erased() -> Ground:
    ground = _analysed().copy()
    ground.empty_by_hand()
    ground.daily()
    return ground


@cache
def _complete() -> Ground:
    ground = _half_erased().copy()
    ground.attest(*BY_HAND)
    ground.world.clock.wait(2 * DAY)
    ground.daily()
    ground.world.clock.wait(ADMIN)
    ground.daily()
    assert ground.last().state is Overall.COMPLETE
    return ground


STAGES: dict[str, Callable[[], Campaign]] = {
    "nothing": _at(World),
    "nothing, and entry is open": _at(World, lambda world: world.campaign.opens_at + DAY),
    "nothing, and the draw is due": _at(World, lambda world: world.campaign.draw_at + DAY),
    "prepared": _at(stages.prepared),
    "taken in": _at(stages.taken_in),
    "closed, and never taken in": _at(stages.prepared, lambda world: world.campaign.closes_at + HOUR),
    "reconciled": _at(stages.reconciled),
    "frozen": _at(stages.frozen),
    "frozen, before the draw": _at(stages.frozen, lambda world: world.campaign.draw_at - HOUR),
    "drawn": _at(stages.drawn),
    "notified": _at(stages.notified),
    "registered": _copies(_registered),
    "listed": _copies(_listed),
    "shipped": _copies(_shipped),
    "erasure due": _copies(_analysed),
    "erasing": _copies(_half_erased, has_keys=False),
    "完了": _copies(_complete, has_keys=False),
}


def bodies(made: Campaign, step: str) -> Iterator[Any]:
    """Yield what somebody may paste into the box of a step."""
    label = next((award.id for award in made.ground.world.state.scan(AwardedPlace)), UNKNOWN)
    yield from ({}, {"confirm": "123456"}, {"confirm": ""}, b"", b"null", b"[]", {"unknown": 1})
    match step:
        case "prepare":
            yield {"format": "html"}
        case "freeze":
            yield from ({"accept_gone": 1}, {"accept_gone": 10**30}, {"accept_doubts": -1})
        case "draw":
            yield {"ward_value": "12345", "given_by": "文化観光課長", "given_at": "2026-03-02T13:05:00+09:00"}
            yield from ({"ward_value": "1"}, {"given_at": "きのう"}, {"signature": "0" * 96})
        case "notify":
            yield from ({"test": True}, {"kind": "reminder"}, {"resend": ""}, {"resend": CODE, "test": True})
            yield from ({"resend": who} for who in (label, CODE, UNKNOWN, "9RS-JT6-YVD", "だれか"))
            yield from ({"resend": label, "kind": kind} for kind in ("winner", "promoted", "reminder", "changed"))
        case "forfeit":
            for who in (label, UNKNOWN, "だれか", ""):
                yield from ({"label": who, "why": "declined"}, {"restore": who})
            yield from ({"label": label}, {"why": "辞退"}, {"restore": "all"}, {"label": label, "restore": label})
        case "ship":
            yield from ({"shipped": "all"}, {"shipped_rows": CODE}, {"shipped_rows": ""}, {"shipped_rows": "\n\t,"})
        case "erase":
            yield from ({"email": email} for email in (person(0), "nobody@example.jp", "だれか", ""))
            yield from ({"code": CODE}, {"code": "K7QM-4T9X-2HVD-9"}, {"code": ""})
            yield from ({"early": True}, {"early": True, "reason": "中止のため"})
            for place in (*BY_HAND, "entries", "unknown-0123456789abcdef", "どこか"):
                yield from ({"attest": place, "by": "山田 花子"}, {"attest": place, "by": "山田", "what": "メモ"})
            yield from ({"attest": "logo"}, {"attest": "logo", "early": True}, {"format": "html"})
        case "status":
            yield from ({"format": "html"}, {"save": True}, {"published": "record"}, {"took_back": "record"})
            yield from ({"holder": who} for who in (label, UNKNOWN, CODE, "だれか", ""))


def pushes(made: Campaign, step: str) -> Iterator[dict[str, str]]:
    """Yield what Pub/Sub may deliver."""
    if step == "intake":
        yield from ({"tick": "schedule"}, {"eventType": "RESPONSES"}, {"eventType": "SCHEMA"}, {"formId": "another"})
        yield {}
        return
    good = made.drop()
    yield from (good, good, made.drop(name="空.csv"), {**good, "objectId": "ない.csv"}, {**good, "objectId": "\ud800"})
    yield from ({**good, "objectGeneration": "x"}, {**good, "eventType": "OBJECT_DELETE"}, {})


def pressed(made: Campaign, step: str) -> Iterator[tuple[Any, int, str]]:
    """Press a step in every way; yield what was pressed, and status and code of each answer."""
    if step in PUSHED:
        for attributes in pushes(made, step):
            answer = made.push(step, attributes)
            yield attributes, answer[1], code_of(answer)
        return
    for body in bodies(made, step):
        answer = made.press(step, body)
        yield body, answer[1], code_of(answer)
    for body in ({}, {"confirm": "123456"}):
        answer = made.press(step, body, scheduled=True)
        yield ("scheduled", body), answer[1], code_of(answer)
    for body in bodies(made, step):
        answer = made.press(step, body)
        yield ("again", body), answer[1], code_of(answer)


@pytest.mark.parametrize("stage", some_of(STAGES, 4))
def test_no_step_answers_that_it_is_broken(stage: str) -> None:
    failed, number = [], 0
    for step in STEPS:
        for what, status, code in pressed(STAGES[stage](), step):
            number += 1
            if status >= 500:
                failed.append((step, what, status, code))
    assert number > 200, "everything was pressed"
    assert failed == []
