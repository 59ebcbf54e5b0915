"""Play one world of the storm from its seed, or from a list of actions; make the story of a violation short."""

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from time import monotonic

from support.storm import chance
from support.storm.actions import Action, next_action
from support.storm.obedient import Obedient
from support.storm.player import Player
from support.storm.world import StormWorld

ACTIONS = 50


@dataclass
class Played:
    """What came of a world; *ended*: how its end went, empty if it did not come to that."""

    seed: int
    actions: list[Action]
    violation: tuple[str, str] | None
    story: list[str]
    tally: dict[str, int]
    presses: int
    ended: str = ""
    seconds: float = 0.0


def play(
    seed: int,
    actions: Sequence[Action] | None = None,
    *,
    number: int = ACTIONS,
    deeply: Callable[[StormWorld], None] | None = None,
    has_end: bool = True,
) -> Played:
    """
    Play the world of *seed*: *number* actions at random, or those that are given; then bring it to its end.

    *deeply* looks at what is published before that and after it. The end takes four times as long as the actions;
    without it (*has_end*) more worlds are begun in the same time.
    """
    began = monotonic()
    with chance.seeded(f"storm {seed}"):
        world = StormWorld(seed)
        player = Player(world)
        done: list[Action] = []
        dice = random.Random(f"actions {seed}")
        for at in range(number if actions is None else len(actions)):
            action = next_action(world, dice) if actions is None else actions[at]
            done.append(action)
            player.play(action)
            if world.violations:
                break
        ended = ""
        if has_end and not world.violations:
            ended = _end(world, player, deeply or (lambda _: None))
        violation = world.violations[0] if world.violations else None
    return Played(seed, done, violation, player.story, world.tally, world.presses, ended, monotonic() - began)


def _end(world: StormWorld, player: Player, deeply: Callable[[StormWorld], None]) -> str:
    """Bring a world to its end and look at it once more; return what end it came to."""
    world.promises.files_verify()
    world.promises.nothing_personal()
    deeply(world)
    was_prepared = world.is_prepared
    before = len(world.answers)
    obedient = Obedient(player)
    is_done = obedient.lead_to_the_end()
    player.story.append(f"an operator follows the replies, {len(world.answers) - before} presses")
    if is_done and not world.violations:
        obedient.afterwards()
    if world.violations:
        return "violation"
    world.promises.files_verify()
    world.promises.nothing_personal()
    deeply(world)
    if is_done:
        return "完了"
    if was_prepared or world.is_prepared:
        world.break_promise("no-end", obedient.said[-1500:])
    return "never prepared"


def shortened(played: Played, *, seconds: float = 60.0) -> Played:
    """Leave out of a story whatever it does not need, for so many *seconds* at most."""
    assert played.violation is not None
    kind, best, until = played.violation[0], played, monotonic() + seconds

    def still(actions: list[Action]) -> Played | None:
        if monotonic() > until:
            return None
        with suppress(Exception):
            tried = play(played.seed, actions)
            if tried.violation is not None and tried.violation[0] == kind:
                return tried
        return None

    size = max(1, len(best.actions) // 2)
    while size and monotonic() < until:
        at, is_shorter = 0, False
        while at < len(best.actions):
            found = still(best.actions[:at] + best.actions[at + size :])
            if found is not None:
                best, is_shorter = found, True
            else:
                at += size
        if not is_shorter or size > 1:
            size = size // 2 if size > 1 else (1 if is_shorter else 0)
    return _calmed(best, still)


def _calmed(best: Played, still: Callable[[list[Action]], Played | None]) -> Played:
    """Leave out troubles, and what happens while a run is held up."""
    for at, action in enumerate(list(best.actions)):
        if action.trouble is None:
            continue
        lighter = [replace(action, trouble=None)]
        inner = action.trouble.meanwhile
        lighter += [
            replace(action, trouble=replace(action.trouble, meanwhile=inner[:n] + inner[n + 1 :]))
            for n in range(len(inner))
        ]
        for one in lighter:
            found = still([*best.actions[:at], one, *best.actions[at + 1 :]])
            if found is not None and len(found.actions) > at:
                best = found
                break
    return best
