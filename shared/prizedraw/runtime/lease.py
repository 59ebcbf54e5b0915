"""
Leases: one run at a time writes, and an old run that still goes on is fenced off.

A function that ran out of time keeps running for a while, so a lease that ends by the clock is not enough. That nothing
of an old run is written after a new one has begun follows from (M. Kleppmann, "How to do distributed locking"):

1. A run takes a lease that nobody has, or whose time is over, and at the version that it has read. Of two that try at
   once, one meets a newer version and has none.
2. Each batch of a run moves its lease on, in the same commit, at the version at which this run last wrote it: that
   version is the fencing token. Once another run has taken the lease over, the old run's next batch meets a newer
   version, and none of it is written.
3. Past its time a run writes nothing, whether or not another has come.
4. Where the reply to a commit is lost, the lease tells what became of it: it has moved on together with the batch, or
   neither has. If it is another run's by now, this one stops.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from prizedraw.errors import Again, PrizedrawError, Problem
from prizedraw.ports import Clock, Conflict, Create, Replace, Store, Write
from prizedraw.records.running import Lease
from prizedraw.times import instant_of

T = TypeVar("T")

INTAKE = "intake"
"""The lease of those who write entries, in `sealed`."""

AWARDS = "awards"
"""
The lease of those who change what becomes of an award: `claim`, `forfeit`, `ship`, one at a time; in `state`, and in
`sealed` too for whoever writes deliveries.

So no award lapses while its winner's address is being imported, and no address changes while it is being listed.
"""

MAILS = "notify"
"""The lease, in `state`, of those who send."""

BATCH = 400
"""So many records go into one commit; the rest of the 500 (`MAX_WRITES`) is for the lease and what belongs to them."""

SUPERSEDED = Problem("E-150", "別の実行がこの作業を引き継いだため、この実行は止まりました。")
BUSY = Problem(
    "E-200",
    "取り込み、送信、発送などの別の作業が実行中です。10分ほど待って、もう一度実行してください。",
)

_RESERVE = timedelta(minutes=2)
"""What a run keeps of its function's time for the batch that it is in, and for its reply."""


@dataclass(frozen=True, slots=True)
class RunTimes:
    """How long one run begins new work (*budget*), and how long nobody else may (*lease*): until it is surely dead."""

    budget: timedelta
    lease: timedelta


def run_times(timeout: timedelta) -> RunTimes:
    """Derive a run's times from the *timeout* after which its function is ended."""
    return RunTimes(budget=timeout - _RESERVE, lease=timeout)


class Busy(Again):
    """Another run holds a lease that this one needs."""


class Hold:
    """A lease that this run has, and the way to write under it."""

    def __init__(self, store: Store, lease: Lease, version: object, clock: Clock) -> None:
        self._store = store
        self._lease = lease
        self._version = version
        self._clock = clock

    def commit(self, writes: Sequence[Write]) -> None:
        """
        Make all *writes* (at most 499) or none, if this run still holds the lease.

        Raises:
            Conflict: one of the *writes* met an existing document or another version.
            Again: another run holds the lease now, or its time is over.
        """
        now = instant_of(self._clock())
        if now >= self._lease.until:  # (3)
            raise Again(SUPERSEDED)
        self._write(replace(self._lease, commits=self._lease.commits + 1), writes)

    def release(self) -> None:
        """Let the next run begin at once."""
        self._write(replace(self._lease, commits=self._lease.commits + 1, until=instant_of(self._clock())), ())

    def _write(self, moved: Lease, writes: Sequence[Write]) -> None:
        """Commit the *writes* together with the lease, *moved* on."""
        try:
            self._version = self._store.commit([Replace(moved, self._version), *writes])  # (2)
        except (Conflict, Again):
            stored = self._store.get(Lease, moved.id)  # (4)
            if stored is None or stored.record not in (moved, self._lease):
                raise Again(SUPERSEDED) from None
            if stored.record == self._lease:
                raise
            self._version = stored.version
        self._lease = moved


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield *items* in their order, in as many as one commit takes."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def acquire(store: Store, name: str, clock: Clock, length: timedelta) -> Hold | None:
    """Take the lease *name* for *length*; None if another run holds it."""
    now = clock()
    stored = store.get(Lease, name)
    if stored is not None and instant_of(now) < stored.record.until:  # (1)
        return None
    commits = stored.record.commits + 1 if stored else 0
    lease = Lease(name, holder=secrets.token_hex(8), until=instant_of(now + length), commits=commits)
    try:
        version = store.commit([Replace(lease, stored.version) if stored else Create(lease)])
    except (Conflict, Again) as failure:
        found = store.get(Lease, name)  # (4)
        if found is None or found.record != lease:
            if isinstance(failure, Again):
                raise
            return None
        version = found.version
    return Hold(store, lease, version, clock)


@contextmanager
def fenced(clock: Clock, times: RunTimes, *wanted: tuple[Store, str]) -> Iterator[list[Hold]]:
    """
    Take the leases *wanted* (by database and name), all or none, and give each back in the end.

    What happens inside is what the caller hears of: a lease that cannot be given back expires by itself, so a failing
    release neither hides an alarm nor turns done into again.

    Raises:
        Busy: another run holds one of them.
    """
    with ExitStack() as held:
        holds = []
        for store, name in wanted:
            hold = acquire(store, name, clock, times.lease)
            if hold is None:
                raise Busy(BUSY)
            held.callback(_release, hold)
            holds.append(hold)
        yield holds


def _release(hold: Hold) -> None:
    with suppress(PrizedrawError):
        hold.release()
