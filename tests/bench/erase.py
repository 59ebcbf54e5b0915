"""
Compare `erase` with listing the ids of the same documents and deleting them through the official client.

The documents are entries and ledger rows as `intake` leaves them, half of each; the floor lists the ids of both
collections and deletes 500 a `batch.commit`, and nothing else. The product does all that a run of `erase` does: takes
its leases, counts before and after, writes its rows, makes the report. All other places are empty, and `state` lies in
memory. The clock on the wall decides, since both wait for the emulator, which is filled anew before each turn.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from google.cloud.firestore import Client

from bench.measure import Cost, Row, fresh, in_turns, quietest, stopwatch
from bench.world import (
    CAMPAIGN,
    DATABASES,
    PREPARED,
    SCHEDULER,
    Sizes,
    databases,
    prepared,
    settings,
    take_in,
    write_pages,
)
from prizedraw import erase
from prizedraw.adapters.memory import Memory
from prizedraw.erase import ErasureOrder
from prizedraw.erasure.attested import BEGUN
from prizedraw.erasure.places import PLACES
from prizedraw.ports import Create, Record
from prizedraw.records.entries import Entry, LedgerRow
from prizedraw.records.erasure import Erasing
from prizedraw.records.running import ONLY
from prizedraw.rehearsal.google.emulators import FirestoreEmulator
from prizedraw.runtime import journal
from prizedraw.times import stamp
from support.clock import TIMES
from support.fakes.keys import MemoryKeys, MemorySigner
from support.fakes.places import FakeEraser, FakeFormFile, FakeHistory, FakeMailbox, FakeSheets
from support.fakes.published import FakePublished

GOAL = 1.3
KINDS: tuple[type[Record], ...] = (Entry, LedgerRow)
WRITES_A_BATCH = 500
PATTERNS = 200
"""How many responses the documents are copies of; ids are new."""
NOW = CAMPAIGN.erase_from_at + timedelta(hours=9)


def rows(sizes: Sizes) -> Iterator[Row]:
    """Yield one row."""
    with TemporaryDirectory() as folder, FirestoreEmulator() as emulator:
        environ = {"FIRESTORE_EMULATOR_HOST": emulator.host}
        fresh(write_pages, folder, PATTERNS, True)

        def turn(work: Callable[..., Cost], count: int) -> Cost:
            emulator.wipe()
            fresh(fill, folder, count, environ=environ)
            return fresh(work, folder, environ=environ)

        for work in (floor, ours):  # the emulator is slow at first, until Java has compiled it
            turn(work, min(sizes.frozen, 10_000))
        costs = in_turns(sizes.rounds, floor=lambda: turn(floor, sizes.frozen), ours=lambda: turn(ours, sizes.frozen))
    least, needed = (quietest(costs[side], "wall") for side in ("floor", "ours"))
    yield Row(f"erase of {sizes.frozen:,} documents on the emulator: s", least, needed, GOAL)


def fill(folder: str, count: int) -> Cost:
    """Write *count* documents: copies of what a few responses left behind, under ids of their own."""
    patterns = Memory(CAMPAIGN.id)
    state = Memory(CAMPAIGN.id)
    state.commit([Create(PREPARED)])
    take_in(folder, patterns, state, MemoryKeys(CAMPAIGN.id))
    sealed, _ = databases()
    with stopwatch() as cost:
        for kind in KINDS:
            models: list[Any] = list(patterns.scan(kind))
            copies = (replace(models[n % len(models)], id=secrets.token_hex(32)) for n in range(count // len(KINDS)))
            while some := [Create(copy) for copy in islice(copies, WRITES_A_BATCH)]:
                sealed.commit(some)
    return cost


def floor(folder: str) -> Cost:
    """List the ids of both collections and delete them; nothing of *folder* is needed for that."""
    client = Client(project=settings().project, database="sealed")
    with stopwatch() as cost:
        for kind in KINDS:
            listed = client.collection(f"campaigns/{CAMPAIGN.id}/{kind.COLLECTION}").select([]).stream()
            found = iter([document.reference for document in listed])
            while some := list(islice(found, WRITES_A_BATCH)):
                batch = client.batch()
                for reference in some:
                    batch.delete(reference)
                batch.commit()
    return cost


def ours(folder: str) -> Cost:
    """Run `erase` once, as the schedule does on its day."""
    (sealed, _), state, keys = databases(), Memory(CAMPAIGN.id), MemoryKeys(CAMPAIGN.id)
    signer, began = MemorySigner(), Erasing(ONLY, stamp(NOW), SCHEDULER.principal, "")
    state.commit([Create(began), journal.entry(lambda: NOW, SCHEDULER, erase.STEP, BEGUN)])
    manifest = Path(folder) / "manifest.json"
    manifest.write_text(json.dumps({"archives": {}}), encoding="utf-8")
    stores = [store for place in PLACES for store in place.stores]
    with stopwatch() as cost:
        reply = erase.run(
            ErasureOrder(),
            SCHEDULER,
            campaign=CAMPAIGN,
            manifest=manifest,
            sealed=sealed,
            state=state,
            published=prepared(signer),
            reports=FakePublished(),
            signer=signer,
            index=keys.prf("index"),
            claim=keys.prf("claim"),
            form=FakeFormFile(),
            sheets=FakeSheets(),
            mailbox=FakeMailbox(),
            histories={name: FakeHistory() for name in DATABASES},
            erasers={store: FakeEraser() for store in stores if store.startswith(("bucket/", "secret/", "key/"))},
            inventories={},
            render=lambda report, json_hash: b"",
            times=TIMES,
            clock=lambda: NOW,
        )
    if any(sealed.count(kind) for kind in KINDS):
        raise RuntimeError(reply.summary)
    return cost
