"""The time in a test: the one clock that tests move, spans of it by name, and what true time is waited for."""

from datetime import datetime, timedelta

from prizedraw.runtime.lease import run_times

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

TIMES = run_times(timedelta(minutes=9))
"""Of a function with the usual timeout."""
LEASE = TIMES.lease
TIMES_OF_ERASE = run_times(timedelta(minutes=29))
"""Of the one function that may run longer."""

BRIEF_SECONDS = 0.5
"""
The patience, in true time, with a service that is to stay away: a test waits it out.

A call that is to be answered has the functions' own, so that no outcome depends on how fast the machine is.
"""


class Clock:
    """A clock that stands still until a test sets *now*, or lets time pass."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def wait(self, time: timedelta) -> None:
        """Let *time* pass."""
        self.now += time

    def sleep(self, seconds: float) -> None:
        """Let time pass, as `time.sleep` is handed to a step."""
        self.wait(seconds * SECOND)
