"""
The one way to disturb a step: it dies or loses a reply at a point, or something else happens there meanwhile.

A point is one call by which a step changes something beyond itself, named `<step>.<port>.<method>#<n>`: the n-th such
call since the faults were made, such as `intake.sealed.commit#3`. A fault is a point and the way in which it fails:

| way | the write is made | what the step sees |
| --- | --- | --- |
| `before` | no | nothing, its process is dead |
| `away` | no | `Again`: the service did not answer |
| `lost` | yes | `Again`: the service did not answer |
| `after` | yes | nothing, its process is dead |

The same run passes the same points, so that every fault can be tried one by one (`cut_off`, `beside`), or some chosen
by a seed. `interposed` is for what is no fault: to look on, or to let something happen at a call, be it a read.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from enum import StrEnum
from itertools import product
from threading import Lock
from typing import Any, TypeVar, cast

from prizedraw.errors import Again, Problem
from support.quick import some_of

P = TypeVar("P")
T = TypeVar("T")

WRITES = frozenset(
    {"commit", "create", "renew", "delete", "create_draft", "send_draft", "delete_draft", "make", "sign", "random"}
    | {"add", "destroy", "erase", "erase_sent", "erase_mails"}
)
"""The methods of the ports that change something, or make what is only made once."""

LOST = Problem("E-151", "返事がありません。")


class Way(StrEnum):
    """The ways in which a point fails."""

    BEFORE = "before"
    AWAY = "away"
    LOST = "lost"
    AFTER = "after"


_EFFECTIVE = (Way.LOST, Way.AFTER)
"""The ways in which the write is made."""


class Killed(BaseException):
    """The end of a process; no `except Exception` takes it for an error."""


class Faults:
    """
    The points that steps pass, and those at which they fail; safe for several threads.

    The point number *at* (from 0) fails in its *way*; or *meanwhile* happens there, before the write or after it as
    *way* has it, and the step goes on. Others are armed by name. *points* are those that were passed, in order,
    *calls* the same as `<port>.<method>`; *fired* the faults that happened; *struck*, whether *at* was passed.
    """

    def __init__(self, at: int = -1, way: Way = Way.BEFORE, *, meanwhile: Callable[[], object] | None = None) -> None:
        self.points: list[str] = []
        self.calls: list[str] = []
        self.fired: list[str] = []
        self.struck = False
        self._at = at
        self._way = way
        self._happens = meanwhile
        self._numbers: Counter[str] = Counter()
        self._ways: dict[str, Way] = {}
        self._meanwhile: dict[str, Callable[[], object]] = {}
        self._lock = Lock()
        self._run = Process("", self)

    def before(self, port: P, name: str, *more: str) -> P:
        """Stand before *port*, for all that is one run; what `Process.before` does."""
        return port if self is NONE else self._run.before(port, name, *more)

    def process(self, step: str) -> "Process":
        """Begin a new process that runs *step*."""
        return Process(f"{step}.", self)

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

    def reach(self, step: str, call: str) -> tuple[Way | None, Callable[[], object] | None]:
        """
        Take note that a *step* came to its next *call* that is a point; let happen what does so before it.

        Return how it fails, if it does, and what happens after it.
        """
        with self._lock:
            name = f"{step}{call}"
            self._numbers[name] += 1
            point = f"{name}#{self._numbers[name]}"
            way, happens, then = self._ways.pop(point, None), self._meanwhile.pop(point, None), None
            if len(self.points) == self._at:
                self.struck = True
                if self._happens is None:
                    way = self._way
                elif self._way in _EFFECTIVE:
                    then = self._happens
                else:
                    happens = self._happens
            self.points.append(point)
            self.calls.append(call)
            if way is not None:
                self.fired.append(f"{point}.{way}")
        if happens is not None:
            happens()
        return way, then


def faults_at(points: Sequence[str]) -> list[str]:
    """Name every fault of the *points*."""
    return [f"{point}.{way}" for point in points for way in Way]


class Process:
    """One run of a step, until it ends or dies. What it still calls when dead, while it unwinds, has no effect."""

    def __init__(self, step: str, faults: Faults) -> None:
        self._step = step
        self._faults = faults
        self._is_dead = False

    def before(self, port: P, name: str, *more: str) -> P:
        """Stand before *port*, known as *name*, with a point at each method that changes something, and at *more*."""
        points = WRITES.union(more)

        def call(method: str, effect: Callable[..., Any], *given: Any, **named: Any) -> Any:
            return self._call(f"{name}.{method}" if method in points else None, lambda: effect(*given, **named))

        return cast(P, _Port(port, call))

    def _call(self, point: str | None, effect: Callable[[], Any]) -> Any:
        """
        Make one call of a port, be it a *point* or none.

        Raises:
            Killed: the process died here, or is dead already.
            Again: the reply was lost.
        """
        if self._is_dead:
            raise Killed
        way, then = (None, None) if point is None else self._faults.reach(self._step, point)
        if way is None:
            done = effect()
            if then is not None:
                then()
            return done
        if way in _EFFECTIVE:
            with suppress(Exception):  # whatever the answer was, it did not arrive
                effect()
        if way in (Way.BEFORE, Way.AFTER):
            self._is_dead = True
            raise Killed
        raise Again(LOST)


class _Port:
    """Another port in whose place this one stands: *call* is given each method's name, the method, and what it is."""

    def __init__(self, port: object, call: Callable[..., Any]) -> None:
        self._port = port
        self._call = call

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found
        return lambda *given, **named: self._call(name, found, *given, **named)


Disturbance = Faults | Process
"""What stands `before` the ports of a run."""

NONE = Faults()
"""No faults: ports are handed on as they are."""


def cut_off(
    make: Callable[[], T], act: Callable[[T, Faults], object], ways: Iterable[Way] = Way, *, fewest: int = 1
) -> Iterator[tuple[str, T]]:
    """
    Yield, for each point of *act* and each way to fail there, what *make* made, after *act* failed there on it.

    With the name of point and way. Of *fewest* points at least, so that none is lost unseen. A quick run draws one in
    four, and each call once at least.
    """
    cases = list(product(enumerate(_points(make, act, fewest)), ways))
    for (at, point), way in some_of(cases, 4, kind=lambda case: _call_of(case[0][1])):
        made, faults = make(), Faults(at, way)
        with suppress(Killed, Again):
            act(made, faults)
        assert faults.struck
        yield f"{point}.{way}", made


def beside(
    make: Callable[[], T], act: Callable[[T, Faults], object], other: Callable[[T], object], *, share: int = 4
) -> Iterator[tuple[str, T]]:
    """
    Yield, for each point of *act*, what *make* made, after *other* ran from its beginning to its end before it.

    A quick run draws one in *share*, and each call once at least.
    """
    for at, point in some_points(_points(make, act, 1), share):
        made = make()
        faults = Faults(at, meanwhile=lambda made=made: other(made))  # type: ignore[misc]
        with suppress(Again):
            act(made, faults)
        assert faults.struck
        yield f"beside {point}", made


def some_points(points: Iterable[str], share: int = 4) -> list[tuple[int, str]]:
    """Return the points to try, each with its number: in a quick run one in *share*, each call once at least."""
    return some_of(enumerate(points), share, kind=lambda numbered: _call_of(numbered[1]))


def some_faults(points: Sequence[str], share: int = 4) -> list[str]:
    """Return the faults to try at *points*: in a quick run one in *share*, at each call one at least."""
    return some_of(faults_at(points), share, kind=_call_of)


def _call_of(point: str) -> str:
    return point.partition("#")[0]


def _points(make: Callable[[], T], act: Callable[[T, Faults], object], fewest: int) -> list[str]:
    counted = Faults()
    act(make(), counted)
    assert len(counted.points) >= fewest
    return list(counted.points)


def interposed(port: P, **happens: Callable[..., object]) -> P:
    """
    Return *port*, with something happening before its methods of these names; it is given what they are.

    What it raises is raised in their place.
    """

    def call(method: str, effect: Callable[..., Any], *given: Any, **named: Any) -> Any:
        if method in happens:
            happens[method](*given, **named)
        return effect(*given, **named)

    return cast(P, _Port(port, call))


def at_first(wanted: object, happens: Callable[[], object]) -> Callable[..., None]:
    """Let something happen once, at the first call whose first argument is *wanted*: for `interposed`."""
    left = [happens]

    def look(first: object, *_: object) -> None:
        if first == wanted and left:
            left.pop()()

    return look
