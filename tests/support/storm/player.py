"""Let actions happen in a world: time passes, people act, the schedule calls, notifications arrive; and tell of it."""

import random
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from prizedraw.times import JST
from support.clock import DAY, HOUR, MINUTE
from support.storm.actions import Action, stage
from support.storm.clumsy import Clumsy
from support.storm.people import MICRO, People
from support.storm.promises import Promises
from support.storm.runs import Trouble
from support.storm.world import Answered, StormWorld

ACCEPT = re.compile(r'"(accept_(?:gone|doubts))": (\d+)')
SCHEDULED = ("intake", "freeze", "draw", "notify", "forfeit", "analyse", "erase")
OFTEN = {
    "open": ("intake", "intake", "notify", "notify"),
    "closed": ("intake", "freeze", "draw"),
    "drawn": ("notify", "notify", "forfeit"),
    "late": ("erase", "erase"),
}
"""What is called more often, since there is something to do."""


class Player:
    """Whoever acts in a world: time, people, the schedule, a clumsy operator; *story* tells what they did."""

    def __init__(self, world: StormWorld) -> None:
        self.world = world
        self.people = People(world)
        self.story: list[str] = []
        self.operator = Clumsy(world, self.people)
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
        said = self._word(action.word)(chance, action.trouble)
        self._depth -= 1
        answers = world.answers[before:][:8]
        came = "; ".join(_told(one) for one in answers)
        trouble = f" [{action.trouble}]" if action.trouble is not None else ""
        text = f"{at.astimezone(JST):%m-%d %H:%M:%S.%f} {said}{trouble}" + (f": {came}" if came else "")
        self.story[line] = "    " * self._depth + text
        if not world.is_nested:
            world.promises.after_action()

    def _word(self, word: str) -> Callable[[random.Random, Trouble | None], str]:
        """Return what a word does: here, or at the operator's."""
        whose = self if hasattr(self, word) else self.operator
        done: Callable[[random.Random, Trouble | None], str] = getattr(whose, word)
        return done

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
        if chance.random() < 0.25:
            self.people.drop(chance)
            world.push(*self.people.notices[-1])
            self.round(chance, None)
        self.operator.confirmed("prepare", {})
        self.scheduled("notify")
        if far > 1:
            self._until(c.opens_at + chance.choice([MINUTE, HOUR, 20 * DAY]))
            for _each in range(chance.choice([1, 3, 6, 12])):
                self.people.submit(chance)
                world.wait(MINUTE)
            self.scheduled("intake")
            self.scheduled("notify")
            if chance.random() < 0.6:
                self.hand_over(chance, None)
        if far > 2:
            if chance.random() < 0.6:
                self._until(c.closes_at + MINUTE)
                self.people.rush(chance, c.closes_at)
            self._until(c.closes_at + 20 * MINUTE)
            self.scheduled("intake")
            self.as_asked("freeze", self.scheduled("freeze"))
        if far > 3:
            self._until(c.draw_at + 5 * MINUTE)
            if c.posts:
                self.operator.confirmed("draw", self.operator.ward_number())
            self.scheduled("draw")
        if far > 4 or (far > 3 and chance.random() < 0.3):
            self.scheduled("notify")
        if far > 4:
            world.wait(DAY)
            for _each in range(chance.choice([1, 4, 8])):
                self.people.register(chance)
            self.people.put("登録.csv", self.people.export())
            world.push(*self.people.notices.pop())
        if far > 5:
            self._until(c.ship_by_at - DAY)
            self.operator.confirmed("ship", {})
            self.operator.confirmed("ship", {"shipped": "all"})
            self.scheduled("analyse")
        return f"the campaign comes to stage {far}"

    def as_asked(self, step: str, answered: Answered) -> None:
        """Accept what `freeze` asks to be accepted, as the reply says."""
        accepted: dict[str, Any] = {}
        while (asked := dict(ACCEPT.findall(answered.said))) and asked.keys() - accepted.keys():
            accepted |= {name: int(number) for name, number in asked.items()}
            answered = self.operator.confirmed(step, accepted)

    # People.

    def submit(self, chance: random.Random, _: Trouble | None) -> str:
        """Let some people answer the form."""
        return ", ".join(self.people.submit(chance) for _ in range(chance.choice([1, 2, 4])))

    def hand_over(self, chance: random.Random, trouble: Trouble | None) -> str:
        """Let somebody hand their response over to another and enter anew, and let both be written to."""
        said = self.people.hand_over(chance)
        self.scheduled("intake")
        self.scheduled("notify", trouble)
        return said

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

    def missed(self, chance: random.Random, trouble: Trouble | None) -> str:
        """Let a CSV lack somebody who registered in time until their place has lapsed, and let it be given back."""
        world, c, promises = self.world, self.world.campaign, self.world.promises
        registered = {form.code for form in self.people.logo}
        codes = {label: code for label, code in self.people.codes().items() if code not in registered}
        could = sorted(promises.holding().keys() & codes.keys())
        if not could or world.clock.now >= c.claim_deadline_at:
            return "nobody registers who could be missed"
        label = chance.choice(could)
        form = self.people.send(label)
        # So late that no reserve moves up any more; or one does, and has the place when it is asked back.
        self._until(chance.choice([c.claim_last_at + MINUTE, c.claim_last_at + 9 * HOUR, c.claim_deadline_at + HOUR]))
        for lacking in (form, None):
            self.people.put("登録.csv", self.people.export(lacking=lacking))
            world.push(*self.people.notices.pop())
            if lacking is not None:
                self.scheduled("forfeit")
                self.operator.confirmed("forfeit", {})  # where so many lapse that the schedule does not let them go
        self.operator.confirmed("forfeit", {"restore": chance.choice([label, "all"])}, trouble)
        return f"a CSV lacks the registration of {label[:8]}, and the next one does not"

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
        step = chance.choice((*SCHEDULED, *OFTEN.get(stage(self.world), ())))
        self.scheduled(step, trouble)
        return f"the schedule calls {step}"

    def mails(self, chance: random.Random, trouble: Trouble | None) -> str:
        """Let the schedule send mail by day; mostly when somebody has given up a place, so that a reserve moves up."""
        now = self.world.clock.now.astimezone(JST)
        if not 9 <= now.hour < 19:
            morning = now.replace(hour=9, minute=chance.choice([0, 40]), second=0, microsecond=0)
            self._until(morning if morning > now else morning + DAY)
        said = "mail is sent"
        if "record.json" in self.world.published.files and chance.random() < 0.7:
            said += f", when {self.operator.let_go(chance, None)}"
        self.scheduled("notify", trouble)
        return said

    def rival(self, chance: random.Random, _: Trouble | None) -> str:
        """Let what is held up be called once more, by whoever called it."""
        held = self.world.held_up()
        if held is None:
            return "nothing is held up"
        step, body, who = held
        if who == "pubsub":
            self.world.push(step, body)
        elif who == "schedule" or not isinstance(body, dict):
            self.world.press(step, body, who)
        else:
            self.operator.confirmed(step, {name: value for name, value in body.items() if name != "confirm"})
        return f"{step} is called once more"

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


def _told(answered: Answered) -> str:
    what = answered.code or answered.result[:12]
    struck = f" ({', '.join(answered.run.struck)})" if answered.run.struck else ""
    return f"{answered.step} {answered.status or 'dies'} {what}{struck}".rstrip()
