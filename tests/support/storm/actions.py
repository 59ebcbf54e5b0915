"""
What can happen next in a world, and how it is told: an `Action` is a word, a number and, at times, a `Trouble`.

The number decides every detail, together with the state of the world in which it happens, so that any subset of a
world's actions is a world too: that is what makes a story short (`shortened`). What the words do is said in `player`
and, of the operator's, in `clumsy`.
"""

import random
from dataclasses import dataclass

from support.storm.runs import KINDS, Trouble
from support.storm.world import StormWorld


@dataclass(frozen=True)
class Action:
    """One thing that happens: a *word* of `Player`, the *number* that decides its details, what befalls its run."""

    word: str
    number: int
    trouble: Trouble | None = None

    def __str__(self) -> str:
        """Name it."""
        return f"{self.word} {self.number}" + (f" [{self.trouble}]" if self.trouble else "")


WEIGHTS: dict[str, dict[str, int]] = {
    "unprepared": {"do": 9, "tick": 3, "look": 2, "jump": 3, "submit": 1, "pick": 1, "round": 2, "drop": 4, "wait": 1},
    "early": {"do": 9, "tick": 2, "look": 1, "jump": 3, "submit": 1, "pick": 1, "round": 1, "drop": 1, "wait": 1},
    "open": {"submit": 8, "edit": 4, "delete": 1, "deliver": 4, "tick": 5, "do": 3, "look": 1, "code": 1, "jump": 3}
    | {"wait": 2, "round": 1, "anew": 1, "pick": 1, "drop": 1, "hand_over": 2, "mails": 1},
    "closed": {"tick": 6, "do": 5, "round": 3, "edit": 2, "submit": 2, "jump": 4, "look": 1, "code": 1, "wait": 2}
    | {"deliver": 1, "anew": 1, "delete": 1, "pick": 1},
    "drawn": {"tick": 6, "round": 4, "do": 8, "register": 5, "drop": 6, "bounce": 1, "answer": 1, "jump": 5, "look": 1}
    | {"code": 2, "wait": 3, "deliver": 2, "anew": 1, "pick": 2, "owner": 1, "submit": 1, "let_go": 1, "parcel": 3}
    | {"mails": 5, "missed": 3},
    "late": {"round": 6, "do": 8, "tick": 4, "drop": 3, "owner": 2, "jump": 4, "wait": 2, "look": 1, "code": 1}
    | {"register": 2, "answer": 1, "bounce": 1, "deliver": 1, "submit": 1, "anew": 1, "parcel": 1},
}
"""How often what happens, by how far a campaign is."""


TROUBLED = dict.fromkeys(("tick", "round", "do", "deliver", "drop"), 0.5) | {
    "mails": 0.7,
    "parcel": 0.3,
    "missed": 0.5,
    "let_go": 0.3,
    "code": 0.1,
}
"""How often an action's run meets a trouble."""


def stage(world: StormWorld) -> str:
    """Tell how far a world is."""
    now, c = world.clock.now, world.campaign
    if "record.json" in world.published.files:
        return "late" if now >= c.ship_by_at else "drawn"
    if now < c.opens_at:
        return "early" if "rules.json" in world.published.files else "unprepared"
    return "open" if now < c.closes_at else "closed"


def next_action(world: StormWorld, chance: random.Random, *, nested: bool = False) -> Action:
    """Choose what happens next."""
    if not world.answers and chance.random() < 0.7:
        return Action("start", chance.randrange(1_000_000))
    weights = WEIGHTS[stage(world)]
    word = chance.choices(list(weights), list(weights.values()))[0]
    number = chance.randrange(1_000_000)
    troubled = TROUBLED.get(word, 0)
    if nested or chance.random() >= troubled:
        return Action(word, number)
    if word == "mails" and chance.random() < 0.7:
        return Action(word, number, _overtaken(chance, number))
    kind = chance.choice(KINDS)
    at = min(int(chance.expovariate(1 / 3)), 40) if chance.random() < 0.8 else chance.randrange(60)
    meanwhile: tuple[Action, ...] = ()
    if kind == "held":
        waits = chance.random() < 0.6
        meanwhile = tuple(next_action(world, chance, nested=True) for _ in range(chance.choice([1, 2, 3])))
        if chance.random() < 0.6:
            meanwhile = (Action(chance.choice(["rival", "let_go"]), number), *meanwhile)
        if waits:
            meanwhile = (Action("lapse", number), *meanwhile)
    return Action(word, number, Trouble(kind, at, chance.random() < 0.7, meanwhile))


def _overtaken(chance: random.Random, number: int) -> Trouble:
    """Hold a run up at one of its first letters, while another sends them, or the place that one tells of is lost."""
    rival, lapse, let_go = (Action(word, number) for word in ("rival", "lapse", "let_go"))
    return Trouble(
        "held", chance.choice([1, 2, 2, 3]), True, chance.choice([(lapse, rival), (rival,), (let_go,), (let_go,)])
    )
