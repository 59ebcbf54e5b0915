"""
Let 100,000 responses pass through `intake` as it is deployed, and hold its memory against what a function has.

The function runs in a process of its own, from its archive, with Google's clients: it asks the local Forms for pages
of 5,000, unwraps its keys once, and stores in Firestore's emulator. It is called after closing, so that it reads
before it writes, and reconciles, which takes the most; on a slow machine more than once, since its time is limited.
Counted is the peak of the process that answered.
"""

import json
from collections.abc import Iterator

from bench.deployed import start, unpack
from bench.measure import Cost, Row, fresh
from bench.project import Entry, project
from bench.world import PREPARED, Sizes, databases, invented
from prizedraw.ports import Replace
from prizedraw.records.entries import Reconciliation
from prizedraw.records.running import ONLY
from prizedraw.runtime.orders import Result

FUNCTION_MIB = 512.0
TICK = {"message": {"attributes": {"tick": "schedule"}, "messageId": "1"}, "subscription": "intake"}
SECONDS = 1800.0


def rows(sizes: Sizes) -> Iterator[Row]:
    """Yield one row."""
    with project(Entry.OVER) as here:
        here.make_keysets()
        unpack(here.folder, ["intake"])
        for response in invented(sizes.large):
            here.google.forms.submit(response)
        fresh(be_prepared, environ=here.environ)
        cost = start(here.folder / "intake", here.environ, TICK, SECONDS)
        if json.loads(cost.said).get("result") != Result.DONE.value:
            raise RuntimeError(cost.said)
        fresh(be_complete, sizes.large, environ=here.environ)
    yield Row(f"intake of {sizes.large:,}, deployed: MiB peak", FUNCTION_MIB, cost.peak, 1.0)


def be_prepared() -> Cost:
    """Store what `prepare` leaves in `state`."""
    _, state = databases()
    state.commit([Replace(PREPARED)])
    return Cost()


def be_complete(count: int) -> Cost:
    """Demand a reconciliation that balances over *count* responses."""
    _, state = databases()
    stored = state.get(Reconciliation, ONLY)
    if stored is None or not stored.record.balances or stored.record.form_count != count:
        raise RuntimeError("not complete")
    return Cost()
