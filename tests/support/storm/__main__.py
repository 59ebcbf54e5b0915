"""Let a storm rage: many worlds, on all cores, until all are played; told as they go, and how to repeat what broke."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from time import monotonic

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # before numpy: two processes are enough for two cores

from support.storm import bugs, deep, figures  # noqa: E402
from support.storm.game import ACTIONS, Played, play, shortened  # noqa: E402

SHORTEN_SECONDS = 120.0
AGAIN = "./scripts/storm --worlds 1 --seed"


def main(given: Sequence[str] | None = None) -> int:
    """Play; return 1 if a promise was broken, or a planted bug was not found."""
    asked = _asked(given)
    if asked.planted:
        return _planted(asked)
    if asked.hunt:
        return _hunt(asked)
    began = monotonic()
    total, broken = figures.Figures(asked.seed, asked.actions), []
    seeds = range(asked.seed, asked.seed + asked.worlds)
    for played in _all(seeds, asked):
        total.add(played)
        if played.violation is not None:
            broken.append(played)
            _say(f"\nworld {played.seed} broke a promise: {played.violation[0]}")
        if total.worlds % 10 == 0 or total.worlds == asked.worlds:
            _say(f"\r{total.line(monotonic() - began)}", end="")
    total.seconds = monotonic() - began
    _say(f"\n{total.table()}")
    for played in broken[: asked.stories]:
        _tell(played)
    if asked.write:
        figures.write(total, asked.write)
    return 1 if broken else 0


def _asked(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/storm", description=__doc__)
    parser.add_argument("--worlds", type=int, default=100, help="how many worlds (100)")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first world (1); the others follow it")
    parser.add_argument("--actions", type=int, default=ACTIONS, help=f"how many actions a world ({ACTIONS})")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many at once (the cores)")
    parser.add_argument("--stories", type=int, default=3, help="how many violations are told as short stories (3)")
    parser.add_argument(
        "--planted", action="store_true", help="plant one bug after the other, and tell when it is found"
    )
    parser.add_argument("--bug", action="append", help="with --planted: only those whose name holds this word")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="write the figures into this page (docs/reliability.md)"
    )
    parser.add_argument("--hunt", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(given)


def _all(seeds: Iterable[int], asked: argparse.Namespace) -> Iterator[Played]:
    """Play the worlds, on several cores if there are."""
    if asked.processes == 1:
        yield from (_one(seed, asked.actions) for seed in seeds)
        return
    with ProcessPoolExecutor(asked.processes, max_tasks_per_child=None) as pool:
        waiting = [pool.submit(_one, seed, asked.actions) for seed in seeds]
        for done in as_completed(waiting):
            yield done.result()


def _one(seed: int, actions: int) -> Played:
    """Play one world; of some the stand-alone verifiers judge the files too."""
    return play(seed, number=actions, deeply=deep.verified if deep.is_due(seed) else None)


def _tell(played: Played) -> None:
    """Tell the shortest story of a violation that is found in some time, and how to play it again."""
    short = shortened(played, seconds=SHORTEN_SECONDS)
    assert short.violation is not None
    _say(f"\n== {short.violation[0]}: {short.violation[1]}")
    _say(
        f"   {len(short.actions)} actions of world {short.seed}; again: ./scripts/storm --worlds 1 --seed {short.seed}"
    )
    _say("\n".join(short.story))


def _hunt(asked: argparse.Namespace) -> int:
    """Play until a promise is broken; the last line is what was found, as JSON."""
    find = bugs.hunt(asked.worlds, asked.seed, asked.actions)
    _say(json.dumps(asdict(find)))
    return 0 if find.after else 1


def _planted(asked: argparse.Namespace) -> int:
    """Plant each bug, several hunts at a time; print the table."""
    wanted = [bug for bug in bugs.BUGS if not asked.bug or any(word in bug.name for word in asked.bug)]
    with ThreadPoolExecutor(asked.processes) as pool:  # each hunt is a process of its own
        hunts = {pool.submit(bugs.hunted, bug, asked.worlds, asked.seed): bug for bug in wanted}
        found: dict[str, bugs.Find] = {}
        for done in as_completed(hunts):
            bug = hunts[done]
            find = found[bug.name] = done.result()
            _say(f"{bug.name}: {f'after {find.after}, {find.kind}' if find.after else 'missed'}")
    table = figures.planted_table({bug.name: found[bug.name] for bug in wanted}, asked.worlds, asked.seed)
    _say(f"\n{table}")
    if asked.write:
        figures.write_planted(table, asked.write)
    return 0 if all(find.after for find in found.values()) else 1


def _say(text: str, end: str = "\n") -> None:
    """Write for whoever watches."""
    sys.stdout.write(text + end)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
