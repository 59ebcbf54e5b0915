"""
Let a step die, or lose a reply, at a named point: before a write or after it.

A point is one call by which a step changes something beyond itself, named `<step>.<port>.<method>#<n>`: the n-th such
call since the faults were made, such as `intake.sealed.commit#3`. A fault is a point and the way in which it fails:

| way | the write is made | what the step sees |
| --- | --- | --- |
| `before` | no | nothing, its process is dead |
| `away` | no | `Again`: the service did not answer |
| `lost` | yes | `Again`: the service did not answer |
| `after` | yes | nothing, its process is dead |

The same run passes the same points, so that every fault can be tried one by one, or some chosen by a seed. This
module is in no archive: what a function is handed in production has no such points.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from functools import partial
from threading import Lock
from typing import Any, TypeVar, cast

from prizedraw.errors import Again, Problem

P = TypeVar("P")

WRITES = frozenset(
    {"commit", "create", "renew", "delete", "create_draft", "send_draft", "delete_draft", "make", "sign", "random"}
    | {"add", "destroy", "erase", "erase_mails"}
)
"""The methods of the ports that change something, or make what is only made once."""

AWAY = Problem("E-190", "リハーサルのための故障です。同じ操作をもう一度行ってください。")


class Way(StrEnum):
    """Name the ways in which a point fails."""

    BEFORE = "before"
    AWAY = "away"
    LOST = "lost"
    AFTER = "after"


class Killed(BaseException):
    """Say that the process died here; no `except Exception` takes it for an error."""


class Faults:
    """
    Count the points that steps pass, and fail at those that are armed; safe for several threads.

    *points* are those that were passed, in order; *fired* the faults that happened.
    """

    def __init__(self) -> None:
        self.points: list[str] = []
        self.fired: list[str] = []
        self._numbers: Counter[str] = Counter()
        self._ways: dict[str, Way] = {}
        self._meanwhile: dict[str, Callable[[], object]] = {}
        self._lock = Lock()

    def process(self, step: str) -> "Process":
        """Begin a new process that runs *step*."""
        return Process(step, self)

    def arm(self, fault: str) -> None:
        """Let one fault happen, by its name: `draw.published.create#1.lost`. It happens once."""
        point, _, way = fault.rpartition(".")
        self._ways[point] = Way(way)

    def arm_by_seed(self, seed: int, faults: Sequence[str]) -> str:
        """Let one of *faults* happen, always the same one for the same *seed*; return its name."""
        fault = random.Random(seed).choice(faults)
        self.arm(fault)
        return fault

    def meanwhile(self, point: str, happens: Callable[[], object]) -> None:
        """Hold a step up before a point, once, while something else *happens*; then let it go on."""
        self._meanwhile[point] = happens

    def reach(self, name: str) -> Way | None:
        """Take note that a step came to the next point of a *name*; return how it fails, if it does."""
        with self._lock:
            self._numbers[name] += 1
            point = f"{name}#{self._numbers[name]}"
            self.points.append(point)
            way = self._ways.pop(point, None)
            if way is not None:
                self.fired.append(f"{point}.{way}")
            happens = self._meanwhile.pop(point, None)
        if happens is not None:
            happens()
        return way


def faults_at(points: Sequence[str]) -> list[str]:
    """Name every fault of the *points*."""
    return [f"{point}.{way}" for point in points for way in Way]


class Process:
    """Run one step until it ends or dies. What a dead process still calls, while it unwinds, has no effect."""

    def __init__(self, step: str, faults: Faults) -> None:
        self._step = step
        self._faults = faults
        self._is_dead = False

    def before(self, port: P, name: str) -> P:
        """Stand before *port*, known as *name*, with a point at each method that changes something."""
        return cast(P, _Port(self, port, name))

    def call(self, name: str, method: str, effect: Callable[[], Any]) -> Any:
        """
        Make one call of a port.

        Raises:
            Killed: the process died here, or is dead already.
            Again: the reply was lost.
        """
        if self._is_dead:
            raise Killed
        way = self._faults.reach(f"{self._step}.{name}.{method}") if method in WRITES else None
        if way is None:
            return effect()
        if way in (Way.LOST, Way.AFTER):
            with suppress(Exception):  # whatever the answer was, it did not arrive
                effect()
        if way in (Way.BEFORE, Way.AFTER):
            self._is_dead = True
            raise Killed
        raise Again(AWAY)


class _Port:
    """Pass the calls of one port through its process."""

    def __init__(self, process: Process, port: object, name: str) -> None:
        self._process = process
        self._port = port
        self._name = name

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            return self._process.call(self._name, method, partial(getattr(self._port, method), *given, **named))

        return call
