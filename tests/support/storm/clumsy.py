"""A clumsy operator: presses what fits, nearly fits or makes no sense, with codes that are right, old or another's."""

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prizedraw.records.fulfilment import Claim, ShippingList
from prizedraw.times import JST
from support.all_steps import ORDERS
from support.campaigns import WARD
from support.clock import MINUTE
from support.storm.people import PEOPLE, People, address_of
from support.storm.runs import Trouble
from support.storm.world import Answered, StormWorld


@dataclass(frozen=True)
class Shown:
    """A confirm code that somebody was shown, and for what."""

    step: str
    body: dict[str, Any]
    code: str
    who: str
    at: datetime
    by_another: bool


class Clumsy:
    """Whoever presses functions; *shown* are the codes that they were ever shown."""

    def __init__(self, world: StormWorld, people: People) -> None:
        self.world = world
        self.people = people
        self.shown: list[Shown] = []

    def do(self, chance: random.Random, trouble: Trouble | None) -> str:
        """Let an operator do something sensible, and enter the code that is shown."""
        step, body = self._sensible(chance)
        self.confirmed(step, body, trouble, first=chance.random() < 0.15)
        return f"an operator does {step} {body}"

    def let_go(self, chance: random.Random, trouble: Trouble | None) -> str:
        """Let an operator give up a place, mostly of somebody who does not know of it yet, or has not registered."""
        promises = self.world.promises
        holding = sorted(promises.holding())
        if not holding:
            return "nobody holds a place"
        told, registered = {one.label for one in promises.letters}, {one.id for one in self.world.state.scan(Claim)}
        untold = [label for label in holding if label not in told]
        waiting = [label for label in holding if label not in registered]
        label = chance.choice((untold or waiting or holding) if chance.random() < 0.8 else holding)
        self.confirmed("forfeit", {"label": label, "why": chance.choice(["declined", "ineligible"])}, trouble)
        return f"an operator gives up the place of {label[:8]}"

    def parcel(self, chance: random.Random, trouble: Trouble | None) -> str:
        """Let an operator list what is to be shipped, and record it when somebody has changed their mind meanwhile."""
        self.confirmed("ship", {})
        listed = sorted({label for one in self.world.state.scan(ShippingList) for label in one.labels})
        between = chance.choice(["nothing", "erased", "erased", "given up", "registered"]) if listed else "nothing"
        label = chance.choice(listed) if listed else ""
        if between == "erased":
            self.confirmed("erase", {"code": self.people.codes().get(label, label)})
        elif between == "given up":
            self.confirmed("forfeit", {"label": label, "why": "declined"})
        elif between == "registered":
            self.people.register(chance)
            self.people.drop(chance)
            self.world.push(*self.people.notices[-1])
        rows = "\n".join([*self._codes(chance), self.people.codes().get(label, label)])
        self.confirmed("ship", {"shipped": "all"} if chance.random() < 0.7 else {"shipped_rows": rows}, trouble)
        return f"an operator lists parcels and records them, meanwhile {between}: {label[:8]}"

    def confirmed(
        self, step: str, body: dict[str, Any], trouble: Trouble | None = None, *, first: bool = False
    ) -> Answered:
        """Press, then press with the code that is shown, as whoever the reply says."""
        asked = self.press(step, body, trouble if first else None)
        if asked.confirm is None:
            return asked
        who = "another" if _by_another(asked) else "operator"
        return self.world.press(step, {**body, "confirm": asked.confirm}, who, None if first else trouble)

    def press(self, step: str, body: Any, trouble: Trouble | None = None, who: str = "operator") -> Answered:
        """Press once, and keep the code that is shown."""
        answered = self.world.press(step, body, who, trouble)
        if answered.confirm:
            self.shown.append(Shown(step, body, answered.confirm, who, self.world.clock.now, _by_another(answered)))
        return answered

    def look(self, chance: random.Random, _: Trouble | None) -> str:
        """Press with `{}`, or with something that is no order at all: nothing may change."""
        step = chance.choice(list(ORDERS))
        body = chance.choice([{}, {}, {}, {"confirm": "123456"}, {"confirm": ""}, b"null", b"[1]", {"unknown": 1}])
        with self.world.promises.unchanged(f"{step} {body!r}"):
            self.press(step, body)
        return f"an operator presses {step} with {body!r}"

    def pick(self, chance: random.Random, _: Trouble | None) -> str:
        """Press something sensible without ever entering the code: nothing may change but who looked."""
        step, body = self._sensible(chance)
        if step == "status" and body:
            return self.look(chance, None)
        with self.world.promises.unchanged(f"{step} {body!r}"):
            self.press(step, body)
        return f"an operator asks {step} {body}"

    def code(self, chance: random.Random, trouble: Trouble | None) -> str:
        """Enter a code that was shown before: an old one, for another step or body, or somebody else's."""
        if not self.shown:
            return "no code was ever shown"
        shown = self.shown[-1] if chance.random() < 0.5 else chance.choice(self.shown)
        kind = chance.choice(["old", "other step", "other person", "other body"])
        step, body, who = shown.step, dict(shown.body) if isinstance(shown.body, dict) else {}, shown.who
        if kind == "other step":
            step, body = chance.choice([one for one in ORDERS if one not in (shown.step, "status")]), {}
        if kind == "other person":
            who = "another" if who == "operator" else "operator"
        if kind == "other body":
            body = dict(self._sensible(chance)[1])
        body["confirm"] = shown.code
        is_theirs = (step, body) == (shown.step, {**shown.body, "confirm": shown.code})
        is_theirs = is_theirs and (who != shown.who) == shown.by_another
        is_fresh = self.world.clock.now - shown.at < 17 * MINUTE
        if is_theirs and is_fresh:
            self.world.press(step, body, who, trouble)
        else:
            with self.world.promises.unchanged(f"{step} {body!r} by {kind} code"):
                self.world.press(step, body, who)
        return f"{who} enters a code of {shown.at.astimezone(JST):%m-%d %H:%M} for {step} {body} ({kind})"

    def _sensible(self, chance: random.Random) -> tuple[str, dict[str, Any]]:
        """Return an order that fits how far the campaign is, or nearly."""
        if chance.random() < 0.03:
            return "erase", {"early": True, "reason": "中止のため"}
        files = self.world.published.files
        orders: list[tuple[str, dict[str, Any]]] = [("prepare", {})] * (1 if "rules.json" in files else 6)
        orders += [("status", {"holders": True}), ("notify", {"test": True})]
        orders += [("erase", {"email": address_of(chance.randrange(PEOPLE))})]
        is_drawn = "record.json" in files
        if is_drawn:
            orders += self._after_the_draw(chance)
        elif "commitment.json" in files:
            orders += [("draw", {}), ("draw", self.ward_number())] * 3
        else:
            accepted = {chance.choice(["accept_gone", "accept_doubts"]): chance.choice([1, 2])}
            orders += [("freeze", chance.choice([{}, accepted]))] * 3
        places = ["form", "sheet", "logo", "downloads", "dead-letters"]
        orders += [("erase", {"attest": chance.choice(places), "by": "山田 花子"})] * (4 if is_drawn else 1)
        return chance.choice(orders)

    def _after_the_draw(self, chance: random.Random) -> list[tuple[str, dict[str, Any]]]:
        label, codes = self._label(chance), self._codes(chance)
        why = chance.choice(["declined", "ineligible", "unreachable"])
        told: list[dict[str, Any]] = [{"published": "record"}, {"took_back": "record"}, {"save": True}]
        return [
            *[("forfeit", {"label": label, "why": why})] * 2,
            ("forfeit", {}),
            ("forfeit", {"restore": chance.choice([label, "all"])}),
            ("notify", {"resend": label}),
            ("notify", {"resend": label, "kind": chance.choice(["reminder", "changed"])}),
            *[("ship", {})] * 3,
            *[("ship", {"shipped": "all"})] * 2,
            ("ship", {"shipped_rows": "\n".join(codes)}),
            ("analyse", {}),
            ("erase", {}),
            ("erase", {"code": "".join(codes[:1]) or label}),
            ("status", chance.choice([*told, {"holder": label}])),
        ]

    def ward_number(self) -> dict[str, Any]:
        """Return the number that the ward gives, now."""
        given_at = self.world.clock.now.astimezone(JST).isoformat(timespec="seconds")
        return {**WARD, "given_at": given_at}

    def _label(self, chance: random.Random) -> str:
        places = self.world.promises.places()
        return chance.choice(sorted(places)) if places else "0123456789abcdefghjkmnpqrs"

    def _codes(self, chance: random.Random) -> list[str]:
        codes = sorted(self.people.codes().values())
        return chance.sample(codes, min(len(codes), chance.choice([1, 3])))


def _by_another(asked: Answered) -> bool:
    return "担当者が二人要ります" in asked.said
