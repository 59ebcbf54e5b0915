"""
Let one run at a time write, and stop an old run that still goes on.

A function that ran out of time keeps running for a while. So it does not do to take turns by the clock: each batch of
a run also moves its lease on, at the version at which this run last wrote it. Once another run has taken the lease
over, the old run's next batch meets a newer version and none of it is written (a fencing token).
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from prizedraw.errors import Again, Problem
from prizedraw.ports import Clock, Conflict, Create, Replace, Store, Write
from prizedraw.records.running import Lease
from prizedraw.times import instant_of

INTAKE = "intake"
"""The lease of those who write entries, in `sealed`."""

PLACES = "places"
"""
The lease, in `state`, of those who change what becomes of a place: `claim`, `forfeit`, `ship`, one at a time.

So no place lapses while its winner's address is being imported, and no address changes while it is being listed.
"""

SUPERSEDED = Problem("E-150", "別の実行がこの作業を引き継いだため、この実行は止まりました。")


class Hold:
    """Hold a lease and write under it; *until* is the instant at which others may take it over."""

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
        if now >= self._lease.until:
            raise Again(SUPERSEDED)
        self._write(replace(self._lease, commits=self._lease.commits + 1), writes)

    def release(self) -> None:
        """Let the next run begin at once."""
        self._write(replace(self._lease, commits=self._lease.commits + 1, until=instant_of(self._clock())), ())

    def _write(self, moved: Lease, writes: Sequence[Write]) -> None:
        """Commit; where the outcome is open, the lease tells: it moved on together with the *writes*, or not at all."""
        try:
            self._version = self._store.commit([Replace(moved, self._version), *writes])
        except (Conflict, Again):
            stored = self._store.get(Lease, moved.id)
            if stored is None or stored.record not in (moved, self._lease):
                raise Again(SUPERSEDED) from None
            if stored.record == self._lease:
                raise
            self._version = stored.version
        self._lease = moved


def acquire(store: Store, name: str, clock: Clock, length: timedelta) -> Hold | None:
    """Take the lease *name* for *length*; None if another run holds it."""
    now = clock()
    stored = store.get(Lease, name)
    if stored is not None and instant_of(now) < stored.record.until:
        return None
    commits = stored.record.commits + 1 if stored else 0
    lease = Lease(name, holder=secrets.token_hex(8), until=instant_of(now + length), commits=commits)
    try:
        version = store.commit([Replace(lease, stored.version) if stored else Create(lease)])
    except (Conflict, Again) as failure:
        found = store.get(Lease, name)
        if found is None or found.record != lease:
            if isinstance(failure, Again):
                raise
            return None
        version = found.version
    return Hold(store, lease, version, clock)
