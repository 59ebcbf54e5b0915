"""
Compare `freeze` with reading the same fields of the same entries through the official client, and nothing else.

The product does all that a freeze does: it closes the gate, reads labels and prizes, sorts and writes the pool, reads
it back, publishes, commits, signs. Published files and `state` lie in memory. The clock on the wall decides, since both
wait for the emulator.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from google.cloud.firestore import Client

from bench.measure import Cost, Row, fresh, in_turns, quietest, stopwatch
from bench.world import (
    CAMPAIGN,
    CLOSED,
    PREPARED,
    SCHEDULER,
    Sizes,
    databases,
    prepared,
    settings,
    take_in,
    write_pages,
)
from prizedraw import freeze
from prizedraw.adapters.memory import Memory
from prizedraw.freeze import FreezeOrder
from prizedraw.ports import Replace
from prizedraw.records.entries import Reconciliation, Totals
from prizedraw.records.running import ONLY
from prizedraw.rehearsal.google.emulators import FirestoreEmulator
from prizedraw.runtime.orders import Result
from support.clock import TIMES
from support.fakes.keys import MemoryKeys, MemorySigner

GOAL = 1.0


def rows(sizes: Sizes) -> Iterator[Row]:
    """Yield one row."""
    with TemporaryDirectory() as folder, FirestoreEmulator() as emulator:
        environ = {"FIRESTORE_EMULATOR_HOST": emulator.host}
        fresh(write_pages, folder, sizes.frozen)
        fresh(load, folder, environ=environ)
        fresh(floor, environ=environ)  # the emulator is slow at first, until Java has compiled it
        costs = in_turns(
            sizes.rounds, floor=lambda: fresh(floor, environ=environ), ours=lambda: fresh(ours, folder, environ=environ)
        )
    least, needed = (quietest(costs[side], "wall") for side in ("floor", "ours"))
    yield Row(f"freeze of {sizes.frozen:,} on the emulator: s", least, needed, GOAL)


def load(folder: str) -> Cost:
    """Take all pages in and reconcile."""
    keys, (sealed, state) = MemoryKeys(CAMPAIGN.id), databases()
    state.commit([Replace(PREPARED)])
    with stopwatch() as cost:
        take_in(folder, sealed, state, keys)
        take_in(folder, sealed, state, keys, closed=True)
    return cost


def floor() -> Cost:
    """Stream label and prizes of every entry."""
    entries = Client(project=settings().project, database="sealed").collection(f"campaigns/{CAMPAIGN.id}/entries")
    with stopwatch() as cost:
        for entry in entries.select(["label", "prizes"]).stream():
            entry.to_dict()
    return cost


def ours(folder: str) -> Cost:
    """Freeze, as the schedule does."""
    (sealed, left), state, signer = databases(), Memory(CAMPAIGN.id), MemorySigner()
    for kind in (Reconciliation, Totals):
        stored = left.get(kind, ONLY)
        if stored is not None:
            state.commit([Replace(stored.record)])
    with stopwatch() as cost:
        reply = freeze.run(
            FreezeOrder(),
            SCHEDULER,
            campaign=CAMPAIGN,
            manifest=next(Path(folder).iterdir()),  # any file: its hash is taken
            sealed=sealed,
            state=state,
            published=prepared(signer),
            signer=signer,
            times=TIMES,
            clock=lambda: CLOSED,
        )
    if reply.result is not Result.DONE:
        raise RuntimeError(reply.summary)
    return cost
