"""
What can happen next in a world, and how it is told: an `Action` is a word, a number and, at times, a `Trouble`.

The number decides every detail, together with the state of the world in which it happens, so that any subset of a
world's actions is a world too: that is what makes a story short (`shrinking`).
"""

import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prizedraw.times import JST
from support.all_steps import ORDERS
from support.campaigns import WARD
from support.clock import DAY, HOUR, MINUTE
from support.storm.people import MICRO, PEOPLE, People, address_of
from support.storm.promises import Promises
from support.storm.runs import KINDS, Trouble
from support.storm.world import Answered, StormWorld

ACCEPT = re.compile(r'"(accept_(?:gone|doubts))": (\d+)')
SCHEDULED = ("intake", "freeze", "draw", "notify", "forfeit", "analyse", "erase")


@dataclass(frozen=True)
class Action:
    """One thing that happens: a *word* of `Player`, the *number* that decides its details, what befalls its run."""

    word: str
    number: int
    trouble: Trouble | None = None

    def __str__(self) -> str:
        """Name it."""
        return f"{self.word} {self.number}" + (f" [{self.trouble}]" if self.trouble else "")


@dataclass(frozen=True)
class Shown:
    """A confirm code that somebody was shown, and for what."""

    step: str
    body: dict[str, Any]
    code: str
    who: str
    at: datetime
    by_another: bool


class Player:
    """Whoever acts in a world: time, people, the schedule, a clumsy operator; *story* tells what they did."""

    def __init__(self, world: StormWorld) -> None:
        self.world = world
        self.people = People(world)
        self.story: list[str] = []
        self.shown: list[Shown] = []
        self._depth = 0
        world.play = self.play
        world.promises = Promises(world, self.people)

    def play(self, action: Action) -> None:
        """Let an action happen, and look whether all promises hold."""
        world = self.world
        chance = random.Random(f"{world.seed} {action.number} {action.word}")
        before, at = len(world.answers), world.clock.now
        line = len(self.story)
        self.story.append("")
        self._depth += 1
        said = getattr(self, action.word)(chance, action.trouble)
        self._depth -= 1
        answers = world.answers[before:][:8]
        came = "; ".join(_told(one) for one in answers)
        trouble = f" [{action.trouble}]" if action.trouble is not None else ""
        text = f"{at.astimezone(JST):%m-%d %H:%M:%S.%f} {said}{trouble}" + (f": {came}" if came else "")
        self.story[line] = "    " * self._depth + text
        if not world.is_nested:
            world.promises.after_action()

    # Time.

    def boundaries(self) -> list[datetime]:
        """Return the moments at which something changes."""
        c = self.world.campaign
        today = self.world.clock.now.astimezone(JST).replace(hour=0, minute=0, second=0, microsecond=0)
        fixed = [
            c.opens_at,
            c.closes_at,
            c.settled_at,
            c.closes_at + 20 * MINUTE,
            c.draw_at,
            c.draw_at + 5 * MINUTE,
            c.claim_deadline_at - 3 * DAY + 9 * HOUR,
            c.claim_deadline_at,
            c.claim_last_at,
            c.ship_by_at,
            c.erase_from_at,
            c.handling_ends_at,
            c.handling_ends_at + 26 * DAY,
        ]
        daily = [today + timedelta(hours=h) for h in (9, 20, 33)]
        return sorted(moment for moment in (*fixed, *daily) if moment > self.world.clock.now)

    def _until(self, to: datetime) -> None:
        """Let the time come; it has passed, if others took longer while a run was held up."""
        self.world.clock.now = max(to, self.world.clock.now)

    def jump(self, chance: random.Random, _: Trouble | None) -> str:
        """Go to a boundary, or to right before or after it."""
        ahead = self.boundaries()
        if not ahead:
            self.world.wait(DAY)
            return "a day passes"
        to = ahead[min(chance.choice([0, 0, 0, 1, 1, 2]), len(ahead) - 1)]
        to += chance.choice([timedelta(0), -MICRO, MICRO, MINUTE, 5 * MINUTE, 30 * MINUTE, HOUR])
        self._until(to)
        return f"the clock goes to {self.world.clock.now.astimezone(JST):%m-%d %H:%M:%S.%f}"

    def wait(self, chance: random.Random, _: Trouble | None) -> str:
        """Let some time pass."""
        time = chance.choice([MINUTE, 6 * MINUTE, 10 * MINUTE, 16 * MINUTE, HOUR, 6 * HOUR, DAY])
        self.world.wait(time)
        return f"{time} pass"

    def lapse(self, chance: random.Random, _: Trouble | None) -> str:
        """Let as much time pass as no lease lasts."""
        self.world.wait(chance.choice([10 * MINUTE, 31 * MINUTE]))
        return "every lease ends"

    def anew(self, chance: random.Random, _: Trouble | None) -> str:
        """Let all instances end."""
        self.world.start_anew()
        return "all instances end"

    def start(self, chance: random.Random, _: Trouble | None) -> str:
        """Bring the campaign some way without any fault, as it should go."""
        world, c, far = self.world, self.world.campaign, chance.choice([1, 2, 3, 4, 4, 5, 5, 6])
        self.confirmed("prepare", {})
        self.scheduled("notify")
        if far > 1:
            self._until(c.opens_at + chance.choice([HOUR, 20 * DAY]))
            for _each in range(chance.choice([3, 6, 12])):
                self.people.submit(chance)
                world.wait(MINUTE)
            self.scheduled("intake")
        if far > 2:
            self._until(c.closes_at + 20 * MINUTE)
            self.scheduled("intake")
            self.as_asked("freeze", self.scheduled("freeze"))
        if far > 3:
            self._until(c.draw_at + 5 * MINUTE)
            if c.posts:
                self.confirmed("draw", self.ward_number())
            self.scheduled("draw")
            self.scheduled("notify")
        if far > 4:
            world.wait(DAY)
            for _each in range(chance.choice([1, 4, 8])):
                self.people.register(chance)
            self.people.put("登録.csv", self.people.export())
            world.push(*self.people.notices.pop())
        if far > 5:
            self._until(c.ship_by_at - DAY)
            self.confirmed("ship", {})
            self.confirmed("ship", {"shipped": "all"})
            self.scheduled("analyse")
        return f"the campaign comes to stage {far}"

    def as_asked(self, step: str, answered: Answered) -> None:
        """Accept what `freeze` asks to be accepted, as the reply says."""
        accepted: dict[str, Any] = {}
        while (asked := dict(ACCEPT.findall(answered.said))) and asked.keys() - accepted.keys():
            accepted |= {name: int(number) for name, number in asked.items()}
            answered = self.confirmed(step, accepted)

    # People.

    def submit(self, chance: random.Random, _: Trouble | None) -> str:
        """Let some people answer the form."""
        return ", ".join(self.people.submit(chance) for _ in range(chance.choice([1, 2, 4])))

    def edit(self, chance: random.Random, _: Trouble | None) -> str:
        """Let somebody edit."""
        self.world.count("edit")
        return self.people.edit(chance)

    def delete(self, chance: random.Random, _: Trouble | None) -> str:
        """Let a response be deleted."""
        return self.people.delete(chance)

    def register(self, chance: random.Random, _: Trouble | None) -> str:
        """Let some winners register."""
        return ", ".join(self.people.register(chance) for _ in range(chance.choice([1, 3, 5])))

    def drop(self, chance: random.Random, trouble: Trouble | None) -> str:
        """Drop a CSV, and let the notification come, or not."""
        said = self.people.drop(chance)
        if chance.random() < 0.8:
            return f"{said}, {self.deliver(chance, trouble, newest=True)}"
        return said

    def bounce(self, chance: random.Random, _: Trouble | None) -> str:
        """Let a mail come back."""
        return self.people.bounce(chance)

    def answer(self, chance: random.Random, _: Trouble | None) -> str:
        """Let somebody answer a mail."""
        return self.people.answer(chance)

    def owner(self, chance: random.Random, _: Trouble | None) -> str:
        """Let the form's owner act."""
        return self.people.owner(chance)

    # What arrives by itself.

    def deliver(self, chance: random.Random, trouble: Trouble | None, *, newest: bool = False) -> str:
        """Deliver a notification; perhaps twice, or once more later."""
        notices = self.people.notices
        if not notices:
            return "no notification waits"
        at = len(notices) - 1 if newest else chance.randrange(len(notices))
        step, attributes = notices[at]
        if chance.random() < 0.8:
            notices.pop(at)
        self.world.push(step, attributes, trouble)
        if chance.random() < 0.2:
            self.world.push(step, attributes)
        return f"{step} is notified"

    def tick(self, chance: random.Random, trouble: Trouble | None) -> str:
        """Let the schedule call a step; mostly one that has something to do."""
        step = chance.choice(SCHEDULED)
        self.scheduled(step, trouble)
        return f"the schedule calls {step}"

    def scheduled(self, step: str, trouble: Trouble | None = None) -> Answered:
        """Let the schedule call a step."""
        if step == "intake":
            return self.world.push("intake", {"tick": "schedule"}, trouble)
        return self.world.press(step, {}, "schedule", trouble)

    def round(self, chance: random.Random, trouble: Trouble | None) -> str:
        """Let the schedule call every step once, in any order; trouble befalls one of them."""
        steps = chance.sample(SCHEDULED, len(SCHEDULED))
        hit = chance.randrange(len(steps))
        for number, step in enumerate(steps):
            self.scheduled(step, trouble if number == hit else None)
        return f"the schedule calls everything, {steps[hit]} in trouble" if trouble else "the schedule calls everything"

    # An operator.

    def do(self, chance: random.Random, trouble: Trouble | None) -> str:
        """Let an operator do something sensible, and enter the code that is shown."""
        step, body = self._sensible(chance)
        self.confirmed(step, body, trouble, first=chance.random() < 0.15)
        return f"an operator does {step} {body}"

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


def _told(answered: Answered) -> str:
    what = answered.code or answered.result[:12]
    struck = f" ({', '.join(answered.run.struck)})" if answered.run.struck else ""
    return f"{answered.step} {answered.status or 'dies'} {what}{struck}".rstrip()


WEIGHTS: dict[str, dict[str, int]] = {
    "early": {"do": 9, "tick": 2, "look": 1, "jump": 3, "submit": 1, "pick": 1, "round": 1, "drop": 1, "wait": 1},
    "open": {"submit": 8, "edit": 4, "delete": 1, "deliver": 4, "tick": 5, "do": 3, "look": 1, "code": 1, "jump": 3}
    | {"wait": 2, "round": 1, "anew": 1, "pick": 1, "drop": 1},
    "closed": {"tick": 6, "do": 5, "round": 3, "edit": 2, "submit": 2, "jump": 4, "look": 1, "code": 1, "wait": 2}
    | {"deliver": 1, "anew": 1, "delete": 1, "pick": 1},
    "drawn": {"tick": 6, "round": 4, "do": 8, "register": 5, "drop": 6, "bounce": 1, "answer": 1, "jump": 5, "look": 1}
    | {"code": 2, "wait": 3, "deliver": 2, "anew": 1, "pick": 2, "owner": 1, "submit": 1},
    "late": {"round": 6, "do": 8, "tick": 4, "drop": 3, "owner": 2, "jump": 4, "wait": 2, "look": 1, "code": 1}
    | {"register": 2, "answer": 1, "bounce": 1, "deliver": 1, "submit": 1, "anew": 1},
}
"""How often what happens, by how far a campaign is."""


def stage(world: StormWorld) -> str:
    """Tell how far a world is."""
    now, c = world.clock.now, world.campaign
    if "record.json" in world.published.files:
        return "late" if now >= c.ship_by_at else "drawn"
    if now < c.opens_at:
        return "early"
    return "open" if now < c.closes_at else "closed"


def next_action(world: StormWorld, chance: random.Random, *, nested: bool = False) -> Action:
    """Choose what happens next."""
    if not world.answers and chance.random() < 0.7:
        return Action("start", chance.randrange(1_000_000))
    weights = WEIGHTS[stage(world)]
    word = chance.choices(list(weights), list(weights.values()))[0]
    number = chance.randrange(1_000_000)
    troubled = {"tick": 0.5, "round": 0.5, "do": 0.5, "deliver": 0.5, "drop": 0.5, "code": 0.1}.get(word, 0)
    if nested or chance.random() >= troubled:
        return Action(word, number)
    kind = chance.choice(KINDS)
    at = min(int(chance.expovariate(1 / 3)), 40)
    meanwhile: tuple[Action, ...] = ()
    if kind == "held":
        waits = chance.random() < 0.6
        meanwhile = tuple(next_action(world, chance, nested=True) for _ in range(chance.choice([1, 2, 3])))
        if waits:
            meanwhile = (Action("lapse", number), *meanwhile)
    return Action(word, number, Trouble(kind, at, chance.random() < 0.7, meanwhile))
