"""
One run of a function, and what befalls it: it dies, a service fails it, or it is held up while other things happen.

Every call that a step makes of a port passes its `Run`. A `Trouble` strikes at the n-th of them:

| kind | the call is made | what the step sees |
| --- | --- | --- |
| `killed` | no | nothing, its process is dead |
| `killed after` | yes | nothing, its process is dead |
| `503` | no | the service does not answer, as often as the call is made again in this run |
| `lost` | yes | the service does not answer |
| `429` | no | the quota is used up (mail), or the same as 503 |
| `403` | no | the service refuses: a grant or a share is missing |
| `held` | yes | nothing; before the call other things happen, and time passes |
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from prizedraw.errors import Again, Broken, Problem, Refused
from prizedraw.ports import MailRejected
from support.fakes.form import NOT_SHARED
from support.faults import LOST, WRITES, Killed

DENIED = Problem("E-181", "権限がありません。")
KINDS = ("killed", "killed after", "503", "lost", "429", "403", "held")
_MAIL = ("mail", "bounces")
_FORM = ("form", "formfile")


@dataclass(frozen=True)
class Trouble:
    """What befalls a run at its call number *at* (from 0): of those that write, if *at_write*, else of all."""

    kind: str
    at: int
    at_write: bool = True
    meanwhile: tuple[Any, ...] = ()
    """The actions that happen while the run is held up."""

    def __str__(self) -> str:
        """Say it in a story."""
        said = {"503": "gets no answer", "lost": "loses the reply", "429": "is over quota", "403": "is refused"}
        what = said.get(self.kind, f"is {self.kind}")
        return f"{what} at {'write' if self.at_write else 'call'} {self.at + 1}"


@dataclass
class Run:
    """
    One run, from its beginning to its end or death.

    *struck* are the kinds of what befell it; *last_look* is the number of the event at which it last read a published
    file, or wrote anything, and the time then: what it does next is judged by what it could know. What is decided must
    be decided after what was written before it.
    """

    trouble: Trouble | None = None
    happen: Callable[[tuple[Any, ...]], None] = lambda actions: None
    look: Callable[[], tuple[int, Any]] = lambda: (0, None)
    struck: list[str] = field(default_factory=list)
    is_dead: bool = False
    last_look: tuple[int, Any] = (0, None)
    calls: int = 0
    writes: int = 0
    _away: str = ""

    def call(self, port: str, method: str, effect: Callable[[], Any]) -> Any:
        """
        Make one call of a *port*.

        Raises:
            Killed: the process died here, or is dead already.
            Again, Broken, Refused, MailRejected: the service failed, in the way in which that port says it.
        """
        if self.is_dead:
            raise Killed
        if self._away == port:
            raise _away(port, "503")
        kind = self._strike(method)
        if port == "published" and method in ("find", "read", "names"):
            self.last_look = self.look()
        if kind is None:
            return self._done(method, effect)
        self.struck.append(kind)
        if kind == "held":
            self.happen(self.trouble.meanwhile if self.trouble else ())
            return self._done(method, effect)
        if kind in ("killed after", "lost"):
            with suppress(Exception):
                effect()
        if kind in ("killed", "killed after"):
            self.is_dead = True
            raise Killed
        if kind == "503":
            self._away = port
        raise _away(port, kind)

    def _done(self, method: str, effect: Callable[[], Any]) -> Any:
        """Make the call; nothing that the run knew before it wrote tells whether its next step is right."""
        made = effect()
        if method in WRITES:
            self.last_look = self.look()
        return made

    def _strike(self, method: str) -> str | None:
        is_write = method in WRITES
        number = self.writes if self.trouble and self.trouble.at_write else self.calls
        counts = is_write or not (self.trouble and self.trouble.at_write)
        self.calls += 1
        self.writes += is_write
        if self.trouble is None or not counts or number != self.trouble.at:
            return None
        return self.trouble.kind


def _away(port: str, kind: str) -> Exception:
    """Return what a port raises where its service fails in one way."""
    if kind == "429" and port in _MAIL:
        return MailRejected("quota")
    if kind == "403":
        if port in _MAIL:
            return MailRejected("credentials")
        return Refused(NOT_SHARED) if port in _FORM else Broken(DENIED)
    return Again(LOST)


class Guard:
    """Another port in whose place this one stands: each of its methods passes the run that is on."""

    def __init__(self, port: Any, name: str, run: Callable[[], Run]) -> None:
        self._port = port
        self._name = name
        self._run = run

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._port, method)
        if not callable(found):
            return found
        name, run = self._name, self._run
        return lambda *given, **named: run().call(name, method, lambda: found(*given, **named))
