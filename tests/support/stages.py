"""
Worlds that stand at a stage of their campaign, reached by the real steps: `prepared`, `taken_in`, … `drawn`.

Each is made once, and every call hands out a copy of its own. `crowd` is who takes part; `person` their addresses.
"""

from collections.abc import Callable
from functools import cache

from prizedraw.ports import Document
from support import builders
from support.campaigns import WARD, Randomness, campaign_with
from support.clock import DAY, HOUR, MINUTE
from support.fakes.mail import FakeMail
from support.world import SCHEDULER, World, confirmed


def person(number: int) -> str:
    """Return the address of an entrant."""
    return f"person{number}@example.jp"


def good(number: int) -> Document:
    """Return a response that stands for every prize."""
    return builders.response(f"good-{number}", person(number), wish="どちらでもよい", **builders.RIGHT)


def crowd(size: int) -> list[Document]:
    """Return *size* good responses, and one each: duplicate, without consent, ineligible."""
    return [
        *(good(number) for number in range(size)),
        builders.response("again", person(0), created=builders.OPENS + 2 * DAY, **builders.RIGHT),
        builders.response("no consent", person(1000), consent="同意しない", **builders.RIGHT),
        builders.response("wrong answers", person(1001)),
    ]


def _stage(make: Callable[..., World]) -> Callable[..., World]:
    """Hand out copies of a world that is made once."""
    made = cache(make)
    return lambda *given: made(*given).copy()


@_stage
def prepared(kind: Randomness = "drand") -> World:
    """Return a world whose rules are published, and with the ward; what is mailed later is all that the mailbox has."""
    world = World(campaign_with(kind))
    confirmed(world.prepare)
    world.notify()
    world.mail = FakeMail()
    return world


@_stage
def taken_in(kind: Randomness = "drand", size: int = 12) -> World:
    """Return a world that has taken in a crowd while entry is open."""
    world = prepared(kind)
    world.submit(*crowd(size))
    world.clock.now = world.campaign.opens_at + 3 * DAY
    world.intake()
    return world


@_stage
def reconciled(kind: Randomness = "drand", size: int = 12) -> World:
    """Return a world an hour after closing, its reconciliation written."""
    world = taken_in(kind, size)
    world.clock.now = world.campaign.closes_at + HOUR
    world.intake()
    return world


@_stage
def frozen(kind: Randomness = "drand", size: int = 12) -> World:
    """Return a world whose commitment is published, at the time of the draw."""
    world = reconciled(kind, size)
    world.freeze(caller=SCHEDULER)
    world.clock.now = world.campaign.draw_at + 10 * MINUTE
    return world


@_stage
def drawn(kind: Randomness = "drand", size: int = 12) -> World:
    """Return a world whose record is published."""
    world = frozen(kind, size)
    confirmed(world.draw, **(WARD if kind == "ward" else {}))
    return world


@_stage
def notified() -> World:
    """Return a drawn world whose winners and ward have been written to."""
    world = drawn()
    world.notify()
    return world
