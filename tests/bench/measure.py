"""
Time work in fresh processes, in turns, and compare what the quietest third took.

An absolute time says little on a machine that others use too. So a floor and what is measured against it take turns,
round by round, each in a process of its own, and only their ratio is held against a goal. What disturbs makes either
slower and never faster, so that of both only the quietest third of the rounds counts. What computes without
waiting is compared by the CPU time of its process, which other processes hardly change; what waits for an emulator or
for a process to start is compared by the clock on the wall.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MIB = 2**20


@dataclass(frozen=True)
class Row:
    """Compare *ours* with its *floor*, both in the unit that stands in the name: their ratio must not exceed *goal*."""

    name: str
    floor: float
    ours: float
    goal: float

    @property
    def ratio(self) -> float:
        return self.ours / self.floor

    @property
    def ok(self) -> bool:
        return self.ratio <= self.goal

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "floor": self.floor,
            "ours": self.ours,
            "ratio": self.ratio,
            "goal": self.goal,
            "ok": self.ok,
        }


@dataclass
class Cost:
    """Hold what work cost: seconds on the wall, seconds of CPU of the process, its peak memory in MiB; what it said."""

    wall: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0
    said: str = ""


@contextmanager
def stopwatch() -> Iterator[Cost]:
    """Measure the block."""
    cost = Cost()
    wall, cpu = time.perf_counter(), time.process_time()
    yield cost
    cost.wall = time.perf_counter() - wall
    cost.cpu = time.process_time() - cpu
    cost.peak = peak_of("self")


def peak_of(process: int | str) -> float:
    """
    Return the peak resident memory of a process in MiB.

    `VmHWM` counts from exec on (https://man7.org/linux/man-pages/man5/proc_pid_status.5.html); `ru_maxrss` would count
    what the parent held when it forked.
    """
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / MIB
    return 0.0


def cpu_of(process: int) -> float:
    """Return the seconds of CPU that a running process has used, in user and kernel mode, to a hundredth."""
    after_name = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def fresh(work: Callable[..., Cost | None], *given: Any, environ: dict[str, str] | None = None) -> Cost:
    """Do *work*, a function of a module of this package, in a process of its own."""
    name = f"{work.__module__}:{work.__qualname__}"
    done = subprocess.run(
        [sys.executable, "-m", "bench.fresh", name, json.dumps(given)],
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "shared"), str(ROOT / "tests")]),
            **(environ or {}),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def in_turns(rounds: int, **works: Callable[[], Cost]) -> dict[str, list[Cost]]:
    """Let each of *works* have its turn, *rounds* times, the order reversed every other time."""
    costs: dict[str, list[Cost]] = {name: [] for name in works}
    for number in range(rounds):
        names = list(works)[:: 1 if number % 2 == 0 else -1]
        for name in names:
            costs[name].append(works[name]())
    return costs


def quietest(costs: list[Cost], unit: str) -> float:
    """Return the mean of the lowest third (one at least) of one *unit* of costs: wall, cpu or peak."""
    found: list[float] = sorted(getattr(cost, unit) for cost in costs)
    return fmean(found[: max(1, len(found) // 3)])
