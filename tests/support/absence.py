"""
A ward's claim form and what is exported from it: forty-seven winners, `claim`, `forfeit` and `status` on one draw.
Whoever holds a place is told at once, as `notify` would tell them.

The form holds whatever rows people sent; `export` drops them all, `drop` what somebody makes of them.
"""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from prizedraw import claim, forfeit
from prizedraw.adapters.memory import Memory
from prizedraw.campaign.definition import Campaign
from prizedraw.forfeit import ForfeitOrder
from prizedraw.fulfilment import claim_code, holders
from prizedraw.fulfilment.holders import Standing
from prizedraw.overview.facts import read_facts
from prizedraw.overview.fulfilment import fulfilment_section
from prizedraw.ports import Create
from prizedraw.records.fulfilment import Claim, Forfeit, Import
from prizedraw.records.lottery import AwardedPlace, Drawn
from prizedraw.records.running import ONLY, JournalRow
from prizedraw.runtime.orders import Caller, Message, Reply
from prizedraw.sealing import DeliverySealer, Purpose
from prizedraw.times import stamp
from support.builders import TREE, campaign, keys
from support.claims import PUBSUB, written
from support.clock import HOUR, MINUTE, TIMES, Clock
from support.drawn_files import publish_draw
from support.fakes.claims import FakeClaims
from support.fakes.published import FakePublished
from support.faults import NONE, Faults
from support.letters import tell
from support.stages import notified
from support.world import OPERATOR, SCHEDULER, World, confirmed

CLAIM = TREE["claim"] | {"deadline": "2026-03-11", "last": "2026-03-18"}


def label(kind: str, number: int) -> str:
    """Return a label that can be read: `w007…` for the seventh winner, `r001…` for the first reserve."""
    return f"{kind}{number:03d}".ljust(26, "x")


@dataclass
class Register:
    """A campaign of so many *winners* and *reserves* of one prize, drawn on the 2nd of March; *form* is its rows."""

    winners: int = 47
    reserves: int = 5
    campaign: Campaign = field(init=False)
    clock: Clock = field(init=False)
    sealed: Memory = field(init=False)
    state: Memory = field(init=False)
    published: FakePublished = field(default_factory=FakePublished)
    bucket: FakeClaims = field(default_factory=FakeClaims)
    form: list[list[str]] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        prize = {"id": "A", "name": "A賞", "requires": {"min_correct": 0}}
        prizes = [prize | {"quantity": self.winners, "reserves": self.reserves}]
        self.campaign = campaign(prizes=prizes, claim=CLAIM)
        self.sealed, self.state = Memory(self.campaign.id), Memory(self.campaign.id)
        drawn_at = self.campaign.draw_at
        self.clock = Clock(drawn_at)
        places = [AwardedPlace(label("w", n), "A", "winner", n) for n in range(1, self.winners + 1)]
        places += [AwardedPlace(label("r", n), "A", "reserve", n) for n in range(1, self.reserves + 1)]
        publish_draw(self.published, keys().signer, self.campaign, places, drawn_at)
        drawn = Drawn(ONLY, "hash", stamp(drawn_at), self.winners, self.reserves, {})
        self.state.commit([Create(drawn), *map(Create, places)])
        self.tell()

    @property
    def deadline(self) -> datetime:
        """Return until when the first winners may register."""
        return self.campaign.claim_deadline_at

    def row(self, kind: str, number: int, sent_at: str = "2026/03/05 12:34", **changes: str) -> list[str]:
        """Return what a person would send."""
        who = label(kind, number)
        typed = {
            "receipt": f"R-{kind}{number}",
            "code": claim_code.code_for(keys().prf("claim"), who, "A"),
            "name": f"山田 {kind}{number}郎",
            "postal_code": "160-0022",
            "address": f"東京都新宿区新宿1-1-{number}",
            "phone": "090-1234-5678",
            "sent_at": sent_at,
        }
        return list((typed | changes).values())

    def send(self, kind: str, *numbers: int, **how: Any) -> None:
        """Let people send the form."""
        self.form += [self.row(kind, number, **how) for number in numbers]

    def announce(self, *rows: Sequence[str]) -> Message:
        """Drop a CSV of these rows, a minute later, and return what Storage announces."""
        self.clock.wait(MINUTE)
        name = f"export-{next(self._numbers)}.csv"
        generation = self.bucket.drop(name, written(*rows), self.clock())
        attributes = {"objectId": name, "objectGeneration": generation, "eventType": "OBJECT_FINALIZE"}
        return Message(attributes, b"")

    def take(self, message: Message, faults: Faults = NONE) -> Reply:
        """Run `claim`."""
        return claim.run(
            message,
            PUBSUB,
            campaign=self.campaign,
            sealed=faults.before(self.sealed, "sealed"),
            state=faults.before(self.state, "state"),
            published=self.published,
            bucket=faults.before(self.bucket, "bucket", "look", "read"),
            sealer=DeliverySealer(self.campaign.id, keys().sealer(Purpose.DELIVERY)),
            claim=keys().prf("claim"),
            times=TIMES,
            clock=self.clock,
        )

    def drop(self, *rows: Sequence[str]) -> Reply:
        """Drop a CSV of these rows, and import it."""
        return self.take(self.announce(*rows))

    def export(self) -> Reply:
        """Drop everything that stands in the form, and import it."""
        return self.drop(*self.form)

    def forfeit(
        self, confirm: str | None = None, *, caller: Caller = OPERATOR, faults: Faults = NONE, **given: Any
    ) -> Reply:
        """Run `forfeit`, and tell whoever moved up."""
        reply = forfeit.run(
            ForfeitOrder.model_validate({"confirm": confirm, **given}),
            caller,
            campaign=self.campaign,
            state=faults.before(self.state, "state"),
            published=faults.before(self.published, "published"),
            signer=faults.before(keys().signer, "signer"),
            times=TIMES,
            clock=self.clock,
        )
        self.tell()
        return reply

    def tell(self) -> None:
        """Let a letter leave to everybody who holds a place and has got none."""
        tell(self.state, self.standing().holders, self.clock(), keys().prf("claim"))

    def tick(self, faults: Faults = NONE) -> Reply:
        """Let the schedule run `forfeit`, a minute later."""
        self.clock.wait(MINUTE)
        return self.forfeit(caller=SCHEDULER, faults=faults)

    def press(self, faults: Faults = NONE, **given: Any) -> Reply:
        """Press `forfeit` twice, a minute later: without and with the code, whatever is there already."""
        self.clock.wait(MINUTE)
        asked = self.forfeit(faults=faults, **given)
        return self.forfeit(asked.confirm, faults=faults, **given) if asked.confirm else asked

    def standing(self) -> Standing:
        """Return who holds what by the mirrors."""
        return holders.read_mirrors(self.campaign, self.state)

    def holds(self, kind: str, number: int) -> bool:
        """Tell whether somebody holds a place."""
        return self.standing().holder(label(kind, number)) is not None

    def lapsed(self) -> set[str]:
        """Return whose forfeits are mirrored, by the beginning of their labels."""
        return {mark.id[:4] for mark in self.state.scan(Forfeit)}

    def alarms(self) -> list[str]:
        """Return what `status` says about the parcels that somebody must look into."""
        facts = read_facts(self.campaign, self.state, self.published, self.clock)
        assert facts.parcels is not None
        return list(fulfilment_section(facts, facts.parcels).alarms)

    def imports(self) -> list[Import]:
        """Return the files, in the order of their drops."""
        return sorted(self.state.scan(Import), key=lambda file: (file.dropped_at, file.id))

    def journal(self, action: str) -> list[JournalRow]:
        """Return the journal's rows of an act."""
        return [row for row in self.state.scan(JournalRow) if row.action == action]


def returned() -> World:
    """Return a real draw in which a winner of A lapsed after the last date, and has the place again."""
    world = notified()
    record = json.loads(world.published.files["record.json"])
    places = [(award["prize"], winner) for award in record["awards"] for winner in award["winners"]]
    (_, first), *others = places
    sent = "2026-03-05T00:00:00.000000000Z"
    claims = {who: Claim(who, p, sent, "ab" * 32, "2026-03-05T01:00:00Z") for p, who in places}
    world.clock.now = world.campaign.claim_last_at + HOUR
    file = Import("file", stamp(world.clock()), 7, {}, complete=True)
    world.state.commit([Create(file), *(Create(claims[who]) for _, who in others)])
    world.forfeit(caller=SCHEDULER)
    assert [mark.id for mark in world.state.scan(Forfeit)] == [first]
    world.state.commit([Create(claims[first])])
    world.clock.wait(MINUTE)
    assert confirmed(lambda *code, **given: world.forfeit(*code, restore="all")).counts["戻した当選"] == 1
    return world
