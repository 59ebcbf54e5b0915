"""
Publish the notifications of the form's watches, throttled as Google Forms throttles them.

https://developers.google.com/workspace/forms/api/guides/push-notifications
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prizedraw.ports import Clock

THROTTLE = timedelta(seconds=30)
Hook = Callable[[dict[str, str]], None]


@dataclass
class Notifications:
    """
    What watches publish: at most one message per watch in 30 seconds, each for one or more events.

    *drop* and *double* say how many of the next messages are lost or come twice, *delay* how late they are. `deliver`
    hands out what is due by the clock; `LocalForms.submit` calls it, whoever moves the clock calls it too.
    """

    clock: Clock
    drop: int = 0
    double: int = 0
    delay: timedelta = timedelta(0)
    hooks: list[Hook] = field(default_factory=list)
    _sent: dict[str, datetime] = field(default_factory=dict)
    _queue: list[tuple[datetime, dict[str, str]]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def event(self, watch: str, form: str, kind: str) -> None:
        """Record an event; one whose message is not yet published covers this one too."""
        with self._lock:
            now = self.clock()
            last = self._sent.get(watch)
            if last is not None and last > now:
                return
            sent = now if last is None else max(now, last + THROTTLE)
            self._sent[watch] = sent
            self._queue.append((sent + self.delay, {"eventType": kind, "formId": form, "watchId": watch}))

    def deliver(self) -> int:
        """Hand the messages that are due to every hook; return how many times a message was handed out."""
        with self._lock:
            now = self.clock()
            due = [message for at, message in self._queue if at <= now]
            self._queue = [(at, message) for at, message in self._queue if at > now]
            copies: list[dict[str, str]] = []
            for message in due:
                if self.drop:
                    self.drop -= 1
                    continue
                copies += [message] * (2 if self.double else 1)
                self.double = max(0, self.double - 1)
        # Outside the lock: a hook may run a function that calls Forms again.
        for message in copies:
            for hook in self.hooks:
                hook(dict(message))
        return len(copies)
