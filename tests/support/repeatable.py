"""
Whole campaigns in memory that end alike whenever they are played: what is random is made to follow from the input.

Labels follow from the response, the randomness of the draw is fixed, the clock goes by the schedule. So the end of a
campaign in which steps were cut off or ran twice can be held, to the byte, against that of one without faults.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from prizedraw import intake
from prizedraw.entries.ids import Envelopes
from prizedraw.errors import Again
from prizedraw.ports import Document, MailRejected, Prf
from prizedraw.records.lottery import Frozen
from prizedraw.records.running import ONLY
from prizedraw.runtime.orders import Message, Reply
from prizedraw.sealing import ContactSealer, Purpose, SurveySealer
from prizedraw.times import unstamp
from support import builders
from support.clock import DAY, HOUR, MINUTE, TIMES
from support.endings import MOMENTS, amiss, end, miscounted, read
from support.fakes.keys import MemoryRandom
from support.fakes.mail import FakeMail
from support.fakes.published import FakePublished
from support.faults import Faults, Killed, Process
from support.stages import good, person
from support.world import SCHEDULER, World

PRIZES = [
    {"id": "A", "name": "A賞 複製原画", "quantity": 1, "reserves": 1, "requires": {"min_correct": 5}},
    {"id": "B", "name": "B賞 ピンバッジ", "quantity": 2, "reserves": 1, "requires": {"min_correct": 3}},
]
CAMPAIGN = builders.campaign(prizes=PRIZES, randomness={"kind": "hsm"})
OPENS, CLOSES = CAMPAIGN.opens_at, CAMPAIGN.closes_at
NEXT_TICK = 10 * MINUTE
"""Longer than any lease."""

MOST_TICKS = 9
PAGE = 15
"""Responses a page: few, so that a pull has several commits."""

FREEZE_AT = CLOSES + 80 * MINUTE
DRAW_AT = CAMPAIGN.draw_at + MINUTE
STEPS = ("prepare", "intake", "freeze", "draw", "notify")
CROCKFORD = b"0123456789abcdefghjkmnpqrstvwxyz"


def wrong(number: int, **changes: Any) -> Document:
    """Return a response that stands for nothing."""
    return builders.response(f"wrong-{number}", person(100 + number), **changes)


def moved(number: int, to: str, at: datetime) -> Document:
    """Return a good response with its address changed by an edit."""
    return good(number) | {
        "answers": good(number)["answers"] | {builders.IDS["email"]: builders.answer("email", to)},
        "lastSubmittedTime": builders.zulu(at, ".5"),
    }


Arrival = tuple[datetime, Sequence[Document]]
ARRIVALS: tuple[Arrival, ...] = (
    (OPENS + DAY, tuple(good(number) for number in range(14))),
    (
        OPENS + 2 * DAY + HOUR,
        (
            *(good(number) for number in range(14, 26)),
            builders.response("again", person(0).upper(), created=OPENS + 2 * DAY),
            moved(3, "new@example.jp", OPENS + 2 * DAY),
            moved(5, person(6), OPENS + 2 * DAY),
            builders.response("no consent", person(99), consent="同意しない"),
            builders.response("no address", "nobody"),
            wrong(1),
        ),
    ),
    (OPENS + 6 * DAY, (moved(0, "other@example.jp", OPENS + 5 * DAY), wrong(2))),
    (
        CLOSES + 15 * MINUTE,
        (
            *(good(number) for number in range(26, 33)),
            builders.response("late", person(98), created=CLOSES + MINUTE),
            wrong(3, edited=CLOSES + MINUTE),
        ),
    ),
    (CLOSES + HOUR, (builders.response("later", person(97), created=CLOSES + 50 * MINUTE),)),
)
"""When intake ticks, and what the form has got since: every outcome, edits that move an address, in 40 responses."""


class Labels:
    """
    Index as the keyset does, and draw as a label what follows from the response that was indexed last.

    So a response gets the same label in every campaign, however often `intake` starts again.
    """

    def __init__(self, index: Prf) -> None:
        self._index = index
        self._last = b""

    def value(self, data: bytes) -> bytes:
        if data.startswith(b"response\x00"):
            self._last = data
        return self._index.value(data)

    def draw(self) -> str:
        return bytes(CROCKFORD[byte & 31] for byte in sha256(self._last).digest()[:26]).decode()


class SameRandom(MemoryRandom):
    """Draw always the same bytes: what was drawn by a run that died before it was kept was seen by nobody."""

    def random(self, count: int) -> bytes:
        return b"\x2a" * count


class Mailbox(FakeMail):
    """Refuse the letter to the first winner of prize B, as Gmail refuses an address that it cannot read."""

    def __init__(self, published: FakePublished) -> None:
        super().__init__()
        self._published = published

    def send_draft(self, draft_id: str) -> str | None:
        record = json.loads(self._published.files.get("record.json", b'{"awards": []}'))
        refused = [f"winner-{award['winners'][0]}" for award in record["awards"] if award["prize"] == "B"]
        if any(f"X-Prizedraw-Reference: {name}".encode() in self.drafts.get(draft_id, b"") for name in refused):
            raise MailRejected("message")
        return super().send_draft(draft_id)


def press_prepare(world: World, process: Process) -> Reply:
    asked = world.prepare(faults=process)
    return world.prepare(asked.confirm, faults=process) if asked.confirm else asked


def press_intake(world: World, process: Process) -> Reply:
    labels = Labels(world.keys.prf("index"))
    sealing = Envelopes(
        ContactSealer(CAMPAIGN.id, world.keys.sealer(Purpose.CONTACT)),
        SurveySealer(CAMPAIGN.id, world.keys.sealer(Purpose.SURVEY)),
        labels,
        labels.draw,
    )
    return intake.run(
        Message({"tick": "schedule"}),
        SCHEDULER,
        campaign=CAMPAIGN,
        sealed=process.before(world.sealed, "sealed"),
        state=process.before(world.state, "state"),
        form=world.form,
        watches=process.before(world.form, "watches"),
        sealing=sealing,
        times=TIMES,
        clock=world.clock,
    )


PRESS: dict[str, Callable[[World, Process], Reply]] = {
    "prepare": press_prepare,
    "intake": press_intake,
    "freeze": lambda world, process: world.freeze(caller=SCHEDULER, faults=process),
    "draw": lambda world, process: world.draw(caller=SCHEDULER, faults=process),
    "notify": lambda world, process: world.notify(caller=SCHEDULER, faults=process),
}


@dataclass
class Play:
    """
    Play a campaign from the stage at which its world stands, faults included.

    *is_hasty*: after a fault a step is pressed at once, as Pub/Sub or an operator does, and not only at the next tick.
    """

    world: World
    faults: Faults = field(default_factory=Faults)
    freeze_at: datetime = FREEZE_AT
    draw_at: datetime = DRAW_AT
    is_hasty: bool = False
    disturbed: bool = field(default=False, init=False)

    def press(self, step: str) -> Reply | None:
        """Press once; None if the process died, or if the answer is to press again."""
        try:
            reply = PRESS[step](self.world, self.faults.process(step))
        except (Killed, Again):
            return None
        said = re.findall(r"[0-9a-f]{64}", " ".join(reply.summary))
        assert {sha256(data).hexdigest() for data in self.world.published.files.values()}.issuperset(said)
        return reply

    def tick(self, step: str, at: datetime) -> None:
        """Press at a moment, and again at the next ticks until nothing is in the way."""
        self.wait_until(at)
        for _ in range(MOST_TICKS):
            before = len(self.faults.fired)
            self.disturbed = False
            reply = self.press(step)
            if reply is not None and len(self.faults.fired) == before and not self.disturbed:
                assert step != "intake" or amiss(self.world) == [], self.faults.fired
                return
            if self.is_hasty:
                self.press(step)
            self.wait_until(self.world.clock.now + NEXT_TICK)
        raise AssertionError(f"{step} did not recover from {self.faults.fired}")

    def beside(self, point: str, happens: Callable[[], object]) -> None:
        """Hold the step up before a point, while something else happens."""

        def meanwhile() -> None:
            self.disturbed = True
            happens()

        self.faults.meanwhile(point, meanwhile)

    def wait_until(self, moment: datetime) -> None:
        self.world.clock.now = max(self.world.clock.now, moment)

    def prepare(self) -> None:
        self.tick("prepare", OPENS - 3 * DAY)

    def intake(self, arrivals: Sequence[Arrival] = ARRIVALS) -> None:
        for moment, responses in arrivals:
            self.wait_until(moment)
            self.world.submit(*responses)
            self.tick("intake", moment)

    def freeze(self) -> None:
        self.tick("freeze", self.freeze_at)
        for _ in range(MOST_TICKS):
            if self.world.state.get(Frozen, ONLY) is not None:
                break
            self.tick("intake", self.world.clock.now + NEXT_TICK)
            self.tick("freeze", self.world.clock.now)
        self.tick("intake", self.world.clock.now)

    def draw(self) -> None:
        self.tick("notify", self.world.clock.now)
        self.tick("draw", self.draw_at)

    def notify(self) -> None:
        self.tick("notify", CAMPAIGN.draw_at + HOUR)
        self.tick("notify", CAMPAIGN.draw_at + 2 * HOUR)

    def go_on_from(self, step: str) -> World:
        """Play *step* and all that follows."""
        for following in STEPS[STEPS.index(step) :]:
            getattr(self, following)()
        return self.world


def unprepared() -> World:
    """Return a world with nothing in it."""
    world = World(CAMPAIGN)
    world.form.page_limit = PAGE
    world.mail = Mailbox(world.published)
    world.keys.random = SameRandom()
    return world


def again(world: World) -> World:
    """Return a copy of a world, with what `World.copy` makes anew set up as it was."""
    twin = world.copy()
    twin.form.page_limit = PAGE
    twin.mail = Mailbox(twin.published)
    twin.mail.drafts, twin.mail.sent = dict(world.mail.drafts), dict(world.mail.sent)
    return twin


@cache
def _at(step: str) -> World:
    if step == "prepare":
        return unprepared()
    earlier = STEPS[STEPS.index(step) - 1]
    world = unprepared() if earlier == "prepare" else again(_at(earlier))
    getattr(Play(world), earlier)()
    return world


def at(step: str) -> World:
    """Return a world in which *step* comes next. Those after `prepare` share their keys, and so all that is keyed."""
    return unprepared() if step == "prepare" else again(_at(step))


@cache
def points(step: str) -> tuple[str, ...]:
    """Return the points that *step* passes in a clean campaign."""
    play = Play(at(step))
    play.go_on_from(step)
    return tuple(point for point in play.faults.points if point.startswith(f"{step}."))


@cache
def clean_end(freeze_at: datetime, draw_at: datetime, *more: str) -> dict[str, Any]:
    """
    Return the end of a campaign without faults that froze and drew at given moments.

    *more* are responses in JSON that the form has beside the others, or in the place of an earlier version.
    """
    newer = {response["responseId"]: response for response in map(json.loads, more)}
    play = Play(at("intake"), freeze_at=freeze_at, draw_at=draw_at)
    arrivals = [(when, [newer.pop(row["responseId"], row) for row in rows]) for when, rows in ARRIVALS]
    arrivals[0][1].extend(newer.values())
    play.intake(arrivals)
    return end(play.go_on_from("freeze"))


def differences(world: World, more: Sequence[Document] = ()) -> list[str]:
    """Return in what the end of a campaign differs from that of a clean one that froze and drew at the same moments."""
    frozen, drawn = (unstamp(read(world, file)[name]) for file, name in MOMENTS)
    expected, found = clean_end(frozen, drawn, *map(json.dumps, more)), end(world)
    return [part for part in expected if found[part] != expected[part]] + miscounted(world)
